# SPDX-License-Identifier: GPL-2.0-or-later
# tests/web/test_roi_edit.py - the mask editor in a real browser: every shape is drawn with the mouse,
# saved, made into a mask by calib-roi, and compared with the page's own mask pixel by pixel
import base64
import os
import subprocess

import numpy as np
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from browser import Page

ROWS, COLS = 90, 140


def run(*args, text=None):
    done = subprocess.run(args, input=text, capture_output=True, check=False)
    assert done.returncode == 0, (args, done.stderr)
    return done.stdout


def make_page(shapes=None):
    with open("cam.data", "w", encoding="utf-8") as f:
        f.write("CAM 0 MTRX:V2:%d:%d:50:50 0 0 0 0 0 0 0 0 0 0\n" % (ROWS, COLS))
        f.write("IP 0 CAM 0 0 0 -100000 90 0 0 0 0 0\n")
    image = np.arange(ROWS * COLS, dtype=np.float32).reshape(ROWS, COLS)
    np.save("array.npy", image)
    more = []
    if shapes is not None:
        with open("begin.txt", "w", encoding="utf-8") as f:
            f.write(shapes)
        more = ["-s", "begin.txt"]
    run("calib-roi", "edit", "-g", "cam.data", "-i", "array.npy", "-o", "edit.html", *more)
    run("calib-roi", "image", "-g", "cam.data", "-i", "array.npy", "-o", "image.npy")
    return np.load("image.npy")


class Editor(Page):
    def __init__(self, **how):
        super().__init__("edit.html", **how)
        self.wait(lambda: self.js("return document.body.dataset.ready") == "yes")
        self.js("state.data.quiet = true")
        self.canvas = self.find("#canvas")

    def point(self, x, y):
        """Offset from the middle of the canvas where a point of the image is."""
        at = self.js("""
            const [x, y] = state.view.toCanvas([arguments[0], arguments[1]]);
            const box = state.view.canvas.getBoundingClientRect();
            return [x / state.view.ratio - box.width / 2, y / state.view.ratio - box.height / 2];""",
                     x, y)
        return round(at[0]), round(at[1])

    def drag(self, *points):
        moves = ActionChains(self.driver, duration=20)
        for i, p in enumerate(points):
            moves.move_to_element_with_offset(self.canvas, *self.point(*p))
            if i == 0:
                moves.click_and_hold()
        moves.release().perform()

    def click(self, x, y):
        ActionChains(self.driver, duration=20).move_to_element_with_offset(
            self.canvas, *self.point(x, y)).click().perform()

    def keys(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def control(self, key):
        ActionChains(self.driver).key_down(Keys.CONTROL).send_keys(key).key_up(Keys.CONTROL).perform()

    def shapes(self):
        return self.js("return state.shapes.map(formatShape)")

    def mask(self):
        return np.array(self.js("return Array.from(state.mask)"), dtype=np.uint8)

    def count(self):
        return int(self.find("#count").text.split()[0])


def same_masks(page, rows, cols, forms=("text", "svg")):
    """The page's mask, and calib-roi's of what it saves in each form."""
    own = page.mask().reshape(rows, cols)
    for form in forms:
        page.find("#save-" + form).click()
        name = "shapes.txt" if form == "text" else "shapes.svg"
        text = page.saved(name)
        run("calib-roi", "draw", "-s", "-", "-i", "image.npy", "-o", "mask.npy", text=text.encode())
        mask = np.load("mask.npy")
        wrong = np.argwhere(mask != own)
        assert len(wrong) == 0, (form, page.shapes(), len(wrong), wrong[:5].tolist())
    run("calib-roi", "nda", "-g", "cam.data", "-m", "mask.npy", "-o", "nda.npy")
    masked = int((np.load("nda.npy") == 0).sum())
    assert masked == page.count(), (masked, page.count())
    return own


def draw_each_shape():
    image = make_page()
    rows, cols = image.shape
    drags = {"r": ((10, 8), (31, 24)), "c": ((40, 30), (52, 37)), "e": ((60, 10), (82, 21)),
             "i": ((70, 55), (86, 61)), "w": ((50, 20), (75, 33)), "l": ((5, 60), (33, 80)),
             "b": ((20, 40), (27, 44), (24, 50))}
    with Editor() as page:
        for n, (key, points) in enumerate(drags.items()):
            page.keys(key)
            if n % 2:
                page.keys("k")
            page.drag(*points)
            if n % 2:
                page.keys("k")
            assert len(page.shapes()) == n + 1, (key, page.shapes())
            own = same_masks(page, rows, cols)
            assert 0 < own.sum() < own.size, key
        page.keys("p")
        for corner in ((30, 60), (55, 64), (48, 85), (36, 70), (28, 82)):
            page.click(*corner)
        page.keys(Keys.ENTER)
        assert len(page.shapes()) == 8 and "polygon" in page.shapes()[7], page.shapes()
        same_masks(page, rows, cols)
        kinds = [s.split()[1] for s in page.shapes()]
        assert kinds == ["rect", "circle", "ellipse", "ring", "wedge", "line", "pixel", "polygon"]
        assert [s.split()[0] for s in page.shapes()].count("keep") == 3
        page.check_quiet()


def change_and_undo():
    make_page("keep circle 45 40 30\nmask rect 30 30 20 10 rot=30\nmask wedge 45 40 5 20 0 90\n"
              "mask seg=0 rect 0 0 5 5\nmask row 3\n")
    with Editor() as page:
        first = page.shapes()
        assert first[1] == "mask rect 30 30 20 10 rot=30" and first[3] == "mask seg=0 rect 0 0 5 5"
        before = page.mask()
        page.keys("v")
        page.drag((40, 35), (60, 45))				# the rectangle is moved
        moved = page.shapes()
        assert moved[1] != first[1] and moved[0] == first[0], moved
        page.keys(Keys.ARROW_LEFT)
        page.keys(Keys.DELETE)
        assert len(page.shapes()) == 4
        page.control("z")
        page.control("z")
        assert page.shapes() == moved
        page.control("z")
        assert page.shapes() == first and (page.mask() == before).all()
        page.control("y")
        assert page.shapes() == moved
        # a line typed in the list; a wrong one is refused with a word
        line = page.find("#list li:nth-child(3) input")
        line.send_keys(Keys.CONTROL + "a")
        line.send_keys("keep ring 45 40 3 9", Keys.ENTER)
        assert page.shapes()[2] == "keep ring 45 40 3 9"
        line = page.find("#list li:nth-child(3) input")
        line.send_keys(Keys.CONTROL + "a")
        line.send_keys("circle 1 2", Keys.ENTER)
        assert page.shapes()[2] == "keep ring 45 40 3 9"
        assert "circle has 2 numbers" in page.find("#message").text
        # what the page does not show is saved as it was
        page.find("#save-text").click()
        text = page.saved("shapes.txt")
        assert "mask seg=0 rect 0 0 5 5\n" in text and "GEOMETRY_CRC" in text
        # and opened again
        with open("again.txt", "w", encoding="utf-8") as f:
            f.write("mask circle 20 20 5\n")
        page.find("#open").send_keys(os.path.abspath("again.txt"))
        page.wait(lambda: len(page.shapes()) == 6)
        with open("bad.txt", "w", encoding="utf-8") as f:
            f.write("mask circle 20 20 5\nblob 3\n")
        page.find("#open").send_keys(os.path.abspath("bad.txt"))
        page.wait(lambda: "line 2: 'blob' is no shape" in page.find("#message").text)
        assert len(page.shapes()) == 6
        page.check_quiet()


def values_and_zoom():
    image = make_page()
    with Editor() as page:
        for col, row in ((5, 7), (60, 33)):
            ActionChains(page.driver).move_to_element_with_offset(
                page.canvas, *page.point(col, row)).perform()
            text = page.wait(lambda c=col, r=row: "column %d, row %d" % (c, r)
                             in page.find("#status").text and page.find("#status").text)
            assert "value %g," % image[row, col] in text, (text, image[row, col])
            sensor_row, sensor_col = divmod(int(image[row, col]), COLS)
            assert "sensor 0, its row %d, column %d" % (sensor_row, sensor_col) in text, text
        scale = page.js("return state.view.scale")
        page.keys("+", "+")
        assert page.js("return state.view.scale") > 2 * scale
        page.keys("0")
        assert abs(page.js("return state.view.scale") - scale) < 1e-9
        page.keys("?")
        assert page.js("return document.getElementById('keys').open")
        page.keys(Keys.ESCAPE)
        shown = page.js("return state.picture.getContext('2d').getImageData(30, 30, 1, 1).data[0]")
        for wrong in ("5", ""):
            page.js("document.getElementById('lo').value = '5';"
                    "document.getElementById('hi').value = arguments[0];"
                    "document.getElementById('hi').dispatchEvent(new Event('change'))", wrong)
            assert "must be below" in page.find("#message").text
        page.js("document.getElementById('map').value = 'gray';"
                "document.getElementById('lo').value = '0';"
                "document.getElementById('hi').value = '1e6';"
                "document.getElementById('hi').dispatchEvent(new Event('change'))")
        assert page.js("return state.picture.getContext('2d').getImageData(30, 30, 1, 1).data[0]") != shown
        page.check_contrast()
        page.check_quiet()
    with Editor(size=(375, 700)) as page:
        page.check_width()
        page.keys("r")
        page.drag((10, 8), (31, 24))
        assert len(page.shapes()) == 1
        page.check_contrast()
    with Editor(dark=True) as page:
        page.check_contrast()


def large_detector():
    run("calib-geom", "new", "CSPAD", "-o", "cam.data")
    array = np.random.default_rng(3).normal(1000, 30, (32, 185, 388)).astype(np.float32)
    array[3, 100, 200] = np.nan
    np.save("array.npy", array)
    run("calib-roi", "edit", "-g", "cam.data", "-i", "array.npy", "-o", "edit.html")
    run("calib-roi", "image", "-g", "cam.data", "-i", "array.npy", "-o", "image.npy")
    with Editor() as page:
        rows, cols = np.load("image.npy").shape
        got = page.js("return [state.data.values[777777], state.data.cells.length]")
        assert np.float32(got[0]) == array.ravel()[777777] and got[1] == array.size
        page.keys("c")
        page.drag((900, 900), (1100, 1000))
        page.keys("w")
        page.drag((500, 500), (700, 200))
        page.find("#save-text").click()
        text = page.saved("shapes.txt")
        run("calib-roi", "draw", "-s", "-", "-i", "image.npy", "-o", "mask.npy", text=text.encode())
        mask = np.load("mask.npy")
        own = page.js("let s = ''; for (let r = 0; r < state.mask.length; r += 8191) {"
                      "s += String.fromCharCode(...state.mask.subarray(r, r + 8191)); } return btoa(s)")
        own = np.frombuffer(base64.b64decode(own), dtype=np.uint8).reshape(rows, cols)
        assert (own == mask).all()
        run("calib-roi", "mask", "-g", "cam.data", "-s", "-", "-o", "nda.npy", text=text.encode())
        assert int((np.load("nda.npy") == 0).sum()) == page.count()
        page.check_quiet()


draw_each_shape()
change_and_undo()
values_and_zoom()
large_detector()

# SPDX-License-Identifier: GPL-2.0-or-later
# tests/web/test_report.py - the report of a dark run in a real browser: silent, readable, the value and
# the pixels of a bit where they should be
import glob
import subprocess

from selenium.webdriver.common.action_chains import ActionChains

from browser import Page


def run(*args):
    done = subprocess.run(args, capture_output=True, check=False)
    assert done.returncode == 0, (args, done.stderr)


run("calib-sim", "-e", "xppi0613", "-r", "5", "-d", "CSPAD2x2", "-n", "60", "--dead", "0.002", "-o", "data")
run("calibrun", "-e", "xppi0613", "-r", "5", "-d", "CSPAD2x2", "--root", "data", "-P", "-D", "-w", "w", "-c", "c")
pages = glob.glob("w/*-report-*.html")
assert len(pages) == 1, pages
run("calibrun", "-e", "xppi0613", "-r", "5", "-d", "CSPAD2x2", "--root", "data", "-P", "-w", "w", "-c", "c")


def ready(page):
    page.wait(lambda: page.js("return document.body.dataset.ready") == "yes")


with Page(pages[0], size=(1200, 900)) as page:
    ready(page)
    text = page.find("body").text
    for word in ("Is the run dark?", "Bad pixels", "Sensors", "Against the pedestals in force",
                 "Constants in the calibration directory", "5-end.data", "calib-dark --reproduce",
                 "Over the run", "Noise against position"):
        assert word in text, word
    image = page.find("#ave")
    # the pixel in row 10, column 20 of the second sensor: 205 rows further down in the picture
    page.js("arguments[0].scrollIntoView({block: 'center'})", image)
    box = page.js("const b = arguments[0].getBoundingClientRect(); return [b.width, b.height, "
                  "arguments[0].naturalWidth, arguments[0].naturalHeight]", image)
    assert box[2:] == [391, 390], box
    at = ((20.5 / box[2] - 0.5) * box[0], ((205 + 10.5) / box[3] - 0.5) * box[1])
    ActionChains(page.driver).move_to_element_with_offset(image, round(at[0]), round(at[1])).perform()
    line = page.js("return arguments[0].parentElement.nextElementSibling.textContent", image)
    assert line.startswith("sensor 1, row 10, column 20: "), line
    assert "value" in line or "bad" in line, line
    # a bit shows just the pixels it counts
    button = page.find("button[data-bit]")
    count = int(page.js("return arguments[0].closest('tr').children[2].textContent", button))
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    shown = page.js("""
        const c = document.querySelector('.picture canvas');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        let n = 0;
        for (let i = 3; i < d.length; i += 4)
            n += d[i] > 0;
        return n;""")
    assert shown == count > 0, (shown, count)
    button.click()
    assert page.js("return document.querySelectorAll('.picture canvas').length") == 0
    page.check_contrast()
    page.check_quiet()
with Page(pages[0], size=(375, 700)) as page:
    ready(page)
    page.check_width()
    page.check_contrast()
with Page(pages[0], dark=True) as page:
    ready(page)
    page.check_contrast()
# gain ranges have pictures and bits of their own, placed by a geometry
run("calib-sim", "-e", "xppi0613", "-r", "6", "-d", "Jungfrau", "-n", "30", "--dead", "0.002", "-o", "data")
run("calib-dark", "-e", "xppi0613", "-r", "6", "--root", "data", "-w", "j", "--partial")
stat = glob.glob("j/*-stat-*.h5")[0]
run("calib-hotpix", "--max-bad", "1", stat, "-o", "status.txt")
run("calib-geom", "new", "Jungfrau", "--sensors", "1", "-o", "j.data")
run("calib-plot", "--report", stat, "--status", "status.txt", "-g", "j.data", "-o", "j.html")
with Page("j.html", size=(1200, 900)) as page:
    ready(page)
    assert "Pixels where the geometry has them" in page.find("body").text
    page.find("button[data-bit]").click()
    shown = page.js("""
        return [...document.querySelectorAll('.picture')].map(p => {
            const c = p.querySelector('canvas');
            const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
            let n = 0;
            for (let i = 3; i < d.length; i += 4)
                n += d[i] > 0;
            return [p.querySelector('img').dataset.gain, n];
        });""")
    # dead pixels were simulated in the range that the run has; the others are defaults
    assert {gain for gain, n in shown} == {"0", "1", "2"}, shown
    assert all((n > 0) == (gain == "0") for gain, n in shown), shown
    page.check_quiet()

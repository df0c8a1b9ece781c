# Called by plot.sh: pictures of calib-plot pixel by pixel, and their texts.
import os
import subprocess
import sys

import numpy as np

import png


def plot(*args, status=0, text=None, env=None):
    run = subprocess.run(["calib-plot", *args], input=text, capture_output=True, check=False,
                         env=dict(os.environ, **(env or {})))
    assert run.returncode == status, (args, run.returncode, run.stderr)
    return run


def colours(name):
    table = [line.split() for line in open(sys.argv[1] + "/colormaps-256.tsv")]
    k = table[0].index(name)
    return np.array([[int(row[k][i:i + 2], 16) for i in (0, 2, 4)] for row in table[1:]])


def bare_pixels():
    a = np.arange(12, dtype=np.float64).reshape(3, 4)
    a[0, 1], a[1, 1], a[2, 3] = np.nan, -5, 50
    np.save("a.npy", a)
    m = np.ones((3, 4), "u1")
    m[1, 2] = 0
    np.save("m.npy", m)
    plot("a.npy", "--bare", "--range=0:10", "--mask", "m.npy", "--cmap", "gray", "--under=0000ff",
         "--over=ff0000", "-o", "a.png")
    i, palette, texts = png.read("a.png")
    want = np.clip(np.floor(a / 10 * 251), 0, 250) + 5
    want[0, 1], want[1, 1], want[1, 2], want[2, 3] = 4, 2, 1, 3
    want[2, 2] = 255            # 10, the upper end
    want[2, 3] = 3
    assert (i == want).all(), (i, want)
    got = [palette[k].tolist() for k in (1, 2, 3, 4)]
    assert got == [[255, 0, 255], [0, 0, 255], [255, 0, 0], [128, 128, 128]], got
    gray = colours("gray")
    for k in range(251):
        assert (palette[5 + k] == gray[int((k + 0.5) / 251 * 256)]).all(), k
    assert texts["Title"] == "a.npy" and "range 0 to 10" in texts["Comment"], texts
    one, two = open("a.png", "rb").read(), None
    plot("a.npy", "--bare", "--range=0:10", "--mask", "m.npy", "--cmap", "gray", "--under=0000ff",
         "--over=ff0000", "-o", "b.png")
    two = open("b.png", "rb").read()
    assert one == two, "the same array, other bytes"
    plot("a.npy", "--bare", "--scale=3", "--range=0:10", "-o", "c.png")
    i = png.read("c.png")[0]
    assert i.shape == (9, 12) and (i[:3, :3] == 5).all() and (i[:3, 3:6] == 4).all()
    plot("a.npy", "--grey16", "--range=0:10", "-o", "g.png")
    g = png.read("g.png")[0]
    assert g[0, 2] == round(65535 * 0.2) and g[1, 1] == 0 and g[2, 3] == 65535 and g[0, 1] == 0, g


def turned_and_cut():
    a = np.arange(6, dtype=np.float64).reshape(2, 3)
    np.save("a.npy", a)
    for k in range(4):
        for mirror in (False, True):
            want = np.rot90(a, k)
            want = want[:, ::-1] if mirror else want
            plot("a.npy", "--bare", "--range=0:5", "--rot90=%d" % k, *["--mirror"] * mirror, "-o", "r.png")
            i = png.read("r.png")[0]
            assert (i == np.clip(np.floor(want / 5 * 251), 0, 250) + 5).all(), (k, mirror, i)
    plot("a.npy", "--bare", "--range=0:5", "--window=1:2,0:2", "-o", "w.png")
    i = png.read("w.png")[0]
    assert i.shape == (1, 2) and i[0, 0] == int(3 / 5 * 251) + 5
    assert b"window 1:3,0:2: the picture has rows 0:2" in plot("a.npy", "--window=1:3,0:2", "-o", "x.png", status=1).stderr
    assert not os.path.exists("x.png")


def tables_and_geometry():
    a = np.arange(32 * 185 * 388, dtype=np.float32).reshape(32, 185, 388)
    np.save("a.npy", a)
    plot("a.npy", "--bare", "--range=minmax", "-o", "t.png")
    i = png.read("t.png")[0]
    assert i.shape == (1522, 1582), i.shape
    assert (i == 0).sum() == 110844
    s = 13
    at = (s % 8 * 191, s // 8 * 397)
    want = np.clip(np.floor(a[s, 40, 200].astype(float) / a.max() * 251), 0, 250) + 5
    assert i[at[0] + 40, at[1] + 200 + 3] == want
    subprocess.run(["calib-geom", "new", "CSPAD", "-o", "geo.data"], check=True)
    subprocess.run(["calib-geom", "image", "-g", "geo.data", "a.npy", "--vbase=-1", "-o", "image.npy"], check=True)
    image = np.load("image.npy")
    plot("a.npy", "-g", "geo.data", "--bare", "--range=minmax", "-o", "i.png")
    i = png.read("i.png")[0]
    want = np.clip(np.floor(image.astype(np.float64) / a.max() * 251), 0, 250) + 5
    assert (i == np.where(image < 0, 0, want)).all()


def texts_have_room():
    r = np.random.default_rng(5)
    np.save("n.npy", r.normal(1e5, 3, (100, 300)))
    np.save("tall.npy", r.normal(0, 1e-3, (900, 20)))
    for name in ("n.npy", "tall.npy"):
        for w, h in ((220, 240), (900, 1000), (2400, 1500)):
            plot(name, "--size=%d,%d" % (w, h), "--boxes", "boxes", "-o", "p.png", "--title",
                 "a title that is far too long for a small picture, with <markup> & more \x07 of it")
            i = png.read("p.png")[0]
            assert i.shape[:2] == (h, w)
            boxes = [line.rstrip("\n").split("\t") for line in open("boxes")][1:]
            assert any(t[4].startswith("a title") for t in boxes) or w < 300, boxes
            assert any(t[4].startswith("Mean=") for t in boxes) or w < 300, boxes
            boxes = [tuple(map(float, t[:4])) + (t[4],) for t in boxes]
            for x, y, bw, bh, t in boxes:
                assert x >= 0 and y >= 0 and x + bw <= w and y + bh <= h, (w, h, x, y, bw, bh, t)
            for k, a in enumerate(boxes):
                for b in boxes[k + 1:]:
                    apart = (a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0] or
                             a[1] + a[3] <= b[1] or b[1] + b[3] <= a[1])
                    assert apart, (w, h, a, b)
    plot("n.npy", "-o", "p.svg")
    assert open("p.svg").read(5) == "<?xml"
    plot("n.npy", "-o", "p.pdf")
    one = open("p.pdf", "rb").read()
    plot("n.npy", "-o", "p.pdf")
    assert one == open("p.pdf", "rb").read() and one[:5] == b"%PDF-"
    plot("n.npy", "-o", "p.html", "--title", "<b>&")
    page = open("p.html").read()
    assert "<title>&lt;b&gt;&amp;</title>" in page and "src=\"data:image/png;base64," in page
    assert "http" not in page.replace("http-equiv", "")


def odd_arrays():
    for name, a, say in (("nan", np.full((3, 3), np.nan), b"has no good value"),
                         ("same", np.full((3, 3), 7.0), b""), ("one", np.arange(5.0), b""),
                         ("zero", np.array([[0]]), b""), ("big", np.full((2, 2), 1e300), b""),
                         ("five", np.zeros((2, 1, 3, 4, 5)), b"")):
        np.save(name + ".npy", a)
        run = plot(name + ".npy", "-o", name + ".png")
        assert say in run.stderr, run.stderr
        png.read(name + ".png")
        plot(name + ".npy", "--log", "--bare", "-o", name + ".png")
    np.save("empty.npy", np.zeros((0, 5)))
    assert b"the array is empty" in plot("empty.npy", "-o", "x.png", status=1).stderr
    np.save("six.npy", np.zeros((1,) * 6))
    assert b"six.npy" in plot("six.npy", "-o", "x.png", status=1).stderr
    big = np.lib.format.open_memmap("large.npy", mode="w+", dtype=np.uint8, shape=(9000, 9000))
    big[:] = 1
    big[4000:, :] = 3
    del big
    run = plot("large.npy", "--bare", "-o", "large.png")
    assert b"are more than can be shown; each cell is the mean of 2x2" in run.stderr, run.stderr
    i = png.read("large.png")[0]
    assert i.shape == (4500, 4500) and i[0, 0] == 5 and i[4499, 4499] == 255
    os.remove("large.npy")
    os.remove("large.png")
    assert b"ends in none of .png" in plot("nan.npy", "-o", "x.jpg", status=2).stderr
    assert b"where to?" in plot("nan.npy", status=2).stderr


def previews():
    np.save("p.npy", np.array([[0, 85, 170, 255], [255, 170, 85, 0]], dtype=np.float64))
    run = plot("p.npy", "--preview=true", "--cmap=gray", "--range=0:255")
    want = "".join("\x1b[38;2;%d;%d;%d;48;2;%d;%d;%dm\u2580" % (a, a, a, b, b, b) for a, b in
                   ((0, 255), (85, 170), (170, 85), (255, 0)))
    assert run.stdout.decode().startswith(want + "\x1b[0m\n"), run.stdout
    run = plot("p.npy", "--preview=ascii", "--range=0:255")
    assert run.stdout.decode().splitlines()[0] == " -*@" or len(run.stdout.splitlines()[0]) == 4, run.stdout
    run = plot("p.npy", "--preview=256", "--cmap=gray", "--range=0:255")
    assert run.stdout.startswith(b"\x1b[38;5;16;48;5;231m"), run.stdout
    run = plot("p.npy", "--preview")
    assert run.stdout == b"", "nothing into a pipe unless asked"
    run = plot("p.npy", "--preview=sixel", "--cmap=gray", "--range=0:255")
    assert run.stdout.startswith(b"\x1bP0;1;0q\"1;1;4;2#") and b"\x1b\\" in run.stdout
    np.save("wide.npy", np.random.default_rng(1).normal(size=(60, 500)))
    run = plot("wide.npy", "--preview=ascii", env={"COLUMNS": "20"})
    assert max(len(line) for line in run.stdout.decode().splitlines()[:-1]) <= 20, run.stdout
    run = plot("p.npy", "--preview=ascii", "-o", "-", "--bare")
    assert run.stdout[:4] == b"\x89PNG" and b"@" in run.stderr


bare_pixels()
turned_and_cut()
tables_and_geometry()
texts_have_room()
odd_arrays()
previews()
print("ok")

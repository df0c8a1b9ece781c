# SPDX-License-Identifier: GPL-2.0-or-later
# tests/web/test_hotpix.py - calib-hotpix --html: the page counts exactly what calib-hotpix flags by the
# command that it shows
import glob
import subprocess

import numpy as np

from browser import Page


def run(*args):
    done = subprocess.run(args, capture_output=True, check=False, text=True)
    assert done.returncode == 0, (args, done.stderr)
    return done.stdout


run("calib-sim", "-e", "xppi0613", "-r", "5", "-d", "CSPAD2x2", "-n", "60", "--dead", "0.002", "--hot", "0.003",
    "-o", "data")
run("calib-dark", "-e", "xppi0613", "-r", "5", "--root", "data", "-w", "w")
stat = glob.glob("w/*-stat-*.h5")[0]
run("calib-hotpix", "--html", "page.html", stat)
with Page("page.html") as page:
    page.wait(lambda: page.js("return document.body.dataset.ready") == "yes")
    size = int(page.find("#count").text.split()[2])
    assert size == 143560, size
    counts = []
    for high, low, dim, bright in ((6, 0.1, 2, 16000), (4.2137, 3.0171, 1200.03, 1500.01), (0, 0.1, 0, 1350)):
        for name, value in (("rms-high", high), ("rms-low", low), ("ave-low", dim), ("ave-high", bright)):
            page.js("const e = document.getElementById(arguments[0]); e.value = arguments[1];"
                    "e.dispatchEvent(new Event('input'))", name, value)
        count = int(page.find("#count").text.split()[0])
        options = page.find("#command").text.split()[1:-3]
        run("calib-hotpix", *options, "--fraction=1", "--max-bad=1", stat, "-o", "status.npy")
        status = np.load("status.npy")
        # rms high and low, average high and low: the bits those four limits set
        bad = int(((status & (1 | 2 | 16 | 32)) != 0).sum())
        assert bad == count, (options, bad, count)
        shown = page.js("""
            const c = document.getElementById('picture');
            const d = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer);
            return d.reduce((n, v) => n + (v === 0xffff00ff), 0);""")
        assert shown == count, (shown, count)
        counts.append(count)
    assert len(set(counts)) == 3, counts
    page.js("const e = document.getElementById('rms-high-slider'); e.value = 100; "
            "e.dispatchEvent(new Event('input'))")
    assert int(page.find("#count").text.split()[0]) > counts[-1]
    page.check_contrast()
    page.check_quiet()
with Page("page.html", size=(375, 700), dark=True) as page:
    page.wait(lambda: page.js("return document.body.dataset.ready") == "yes")
    page.check_width()
    page.check_contrast()

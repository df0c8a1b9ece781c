# SPDX-License-Identifier: GPL-2.0-or-later
# tests/web/browser.py - a page from a file in headless Chromium, and what must hold for each
import glob
import json
import os
import re
import time

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service


class Page:
    """A page that was opened from its file."""

    def __init__(self, path, size=(1280, 1000), dark=False):
        options = Options()
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                     "--disable-dev-shm-usage", "--force-device-scale-factor=1",
                     "--window-size=%d,%d" % size):
            options.add_argument(word)
        if dark:
            options.add_argument("--force-dark-mode")
            options.add_argument("--blink-settings=preferredColorScheme=0")
        self.downloads = os.path.abspath("downloads")
        os.makedirs(self.downloads, exist_ok=True)
        options.add_experimental_option("prefs", {"download.default_directory": self.downloads})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False})
        if dark:
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                "features": [{"name": "prefers-color-scheme", "value": "dark"}]})
        begin = time.time()
        self.driver.get("file://" + os.path.abspath(path))
        self.wait(lambda: self.js("return document.readyState") == "complete")
        self.opened = time.time() - begin

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.driver.quit()

    def js(self, text, *args):
        return self.driver.execute_script(text, *args)

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def wait(self, what, seconds=20):
        end = time.time() + seconds
        while time.time() < end:
            value = what()
            if value:
                return value
            time.sleep(0.02)
        raise AssertionError("nothing came in %d seconds" % seconds)

    def saved(self, name):
        """The content of a download."""
        path = os.path.join(self.downloads, name)
        self.wait(lambda: os.path.exists(path) and not glob.glob(self.downloads + "/*.crdownload"))
        with open(path, encoding="utf-8") as f:
            text = f.read()
        os.remove(path)
        return text

    def check_quiet(self):
        """No error in the console, and nothing but the file itself was asked for."""
        for entry in self.driver.get_log("browser"):
            if "willReadFrequently" in entry["message"]:
                continue        # our own looking at the canvas
            assert entry["level"] not in ("SEVERE", "WARNING"), entry
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                assert url.split(":")[0] in ("file", "data", "blob"), url

    def check_width(self):
        """Nothing is wider than the window."""
        wide = self.js("return document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, "the page is %d pixels too wide" % wide

    def check_contrast(self, least=4.5):
        """Of every text that is seen, against the background behind it."""
        texts = self.js("""
            const out = [];
            for (const e of document.querySelectorAll('body *')) {
                const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
                const box = e.getBoundingClientRect(), style = getComputedStyle(e);
                if (!own && !e.matches('input, select') || !box.width || !box.height ||
                    style.visibility !== 'visible' || e.disabled || e.matches('script, option') ||
                    e.closest('svg'))
                    continue;
                let b = e, back = '';
                for (; b; b = b.parentElement) {
                    back = getComputedStyle(b).backgroundColor;
                    if (!/rgba\\(.*, 0\\)|transparent/.test(back))
                        break;
                }
                out.push([e.tagName + '.' + e.className, style.color, b ? back : 'rgb(255,255,255)']);
            }
            return out;""")
        assert len(texts) > 5, texts
        for name, colour, back in texts:
            assert contrast(colour, back) >= least, (name, colour, back, contrast(colour, back))


def luminance(colour):
    parts = [float(v) / 255 for v in re.findall(r"[\d.]+", colour)[:3]]
    parts = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a, b):
    a, b = sorted((luminance(a), luminance(b)))
    return (b + 0.05) / (a + 0.05)

"""report.html in a real browser: it fits a phone, loads nothing, and can be read in light and dark, and by keyboard."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

from plots import __main__ as program

from . import synthetic
from .browser import Browser

TAB = ("Tab", 9)
# The contrast of each text with what lies behind it (WCAG 2), the least five. Pictures have colours of their own.
CONTRASTS = """(() => {
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = element => {
    for (; element; element = element.parentElement) {
      const colour = parts(getComputedStyle(element).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll('body *:not(svg):not(svg *)')) {
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    if (!element.checkVisibility()) continue;
    const [a, b] = [light(parts(getComputedStyle(element).color)), light(ground(element))];
    found.push([(Math.max(a, b) + .05) / (Math.min(a, b) + .05), element.tagName + ' ' + element.textContent.slice(0, 40)]);
  }
  return found.sort((a, b) => a[0] - b[0]).slice(0, 5).concat([[found.length, 'texts']]);
})()"""
FOCUSED = """(() => { const it = document.activeElement, style = getComputedStyle(it);
  return [it.tagName, it.className, style.outlineStyle, parseFloat(style.outlineWidth)]; })()"""


class InABrowser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        result = synthetic.write(Path(folder.name) / "a result", synthetic.sweep(broken=synthetic.BROKEN, workers=(1, 4)))
        with contextlib.redirect_stdout(io.StringIO()):
            assert program.main([str(result), "--only", "phases,throughput"]) == 0
        cls.page = result / "report.html"

    def test_no_request_and_no_message(self):
        self.browser.open(self.page, 1440)
        methods = [event["method"] for event in self.browser.events]
        requests = [event["params"]["request"]["url"] for event in self.browser.events
                    if event["method"] == "Network.requestWillBeSent"]
        self.assertEqual([url for url in requests if not url.startswith("data:")], [self.page.resolve().as_uri()])
        for method in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
            self.assertNotIn(method, methods, self.browser.events)
        self.assertTrue(self.browser.value("document.fonts.ready.then(fonts => [...fonts].length === 2 && "
                                           "[...fonts].every(font => font.status === 'loaded'))"))

    def test_a_phone_scrolls_regions_and_not_the_page(self):
        for width in (320, 390, 1440):
            self.browser.open(self.page, width)
            self.assertLessEqual(self.browser.value("document.documentElement.scrollWidth"), width)
        self.browser.open(self.page, 390)
        self.assertGreaterEqual(self.browser.value(
            "Math.min(...[...document.querySelectorAll('figure svg')].map(svg => svg.getBoundingClientRect().width))"), 700)

    def test_texts_stand_out_in_light_and_dark(self):
        grounds = []
        for dark in (False, True):
            self.browser.open(self.page, 1440, dark)
            grounds.append(self.browser.value("getComputedStyle(document.body).backgroundColor"))
            *least, [count, _] = self.browser.value(CONTRASTS)
            self.assertGreater(count, 100)
            self.assertGreaterEqual(least[0][0], 4.5, least)
        self.assertEqual(grounds, ["rgb(255, 255, 255)", "rgb(18, 18, 18)"])

    def test_tab_reaches_every_region_and_shows_where_it_is(self):
        self.browser.open(self.page, 390)
        regions = self.browser.value(
            "[...document.querySelectorAll('[role=region]')].filter(it => it.checkVisibility()).length")
        reached, first = 0, None
        for _ in range(60):
            self.browser.press(*TAB)
            tag, name, outline, width = self.browser.value(FOCUSED)
            if tag == "BODY":
                break
            first = first or name
            self.assertEqual((outline, width >= 2), ("solid", True), (tag, name))
            reached += "wide" in name
        self.assertEqual((first, reached), ("skip", regions))
        self.browser.value("document.querySelector('figure .wide').focus()")
        self.browser.press("ArrowRight", 39)
        self.assertGreater(self.browser.value(
            "new Promise(done => { const it = document.activeElement; it.scrollLeft > 0 ? done(it.scrollLeft) : "
            "it.addEventListener('scroll', () => done(it.scrollLeft), { once: true }); })"), 0)


if __name__ == "__main__":
    unittest.main()

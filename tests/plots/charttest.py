"""What the charts' tests share."""

import tempfile
import unittest
from pathlib import Path

from plots import charts, data, findings, lint, micro, style, verdicts

from . import synthetic, synthetic_micro, synthetic_verdicts

# Of any sweep. What tuned needs, a profile, has tests of its own.
SWEEP_CHARTS = {chart.name: chart.draw for chart in charts.of_kind("sweep") if chart.name != "tuned"}
MICRO_CHARTS = {chart.name: chart.draw for chart in charts.of_kind("micro")}


class ChartTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        style.set_up()

    def sweep(self, rows, meta=synthetic.META, name="result", **more):
        return data.load(synthetic.write(self.folder / name, rows, meta, **more))

    def micro(self, rows, meta=synthetic.META, **more):
        return micro.load(synthetic_micro.write(self.folder / "micro", rows, meta, **more))

    def side_by_side(self, sweeps):
        """What the charts of several take."""
        path = self.folder / "side_by_side.json"
        synthetic.decide(*(sweep.directory for sweep in sweeps), side_by_side=path)
        return sweeps, findings.side_by_side(path, [sweep.findings.conditions for sweep in sweeps])

    def verdicts(self, document):
        return verdicts.load(synthetic_verdicts.write(self.folder, document))

    def readable(self, drawn):
        """The page of (page, why not)."""
        page, why_not = drawn
        self.assertIsNotNone(page, why_not)
        self.assertEqual(lint.check(page.figure), [])
        return page

    def words(self, page):
        return " ".join(" ".join(text.get_text().split()) for text in page.figure.findobj(style.matplotlib.text.Text))

"""Charts that compare: the forest of one comparison's verdicts, and several results side by side."""

import json
import os
import unittest

from plots import forest, sides, verdicts
from plots.pictures import svg
from plots.table import ResultError

from . import synthetic, synthetic_verdicts
from .charttest import ChartTest
from .synthetic_verdicts import cell

THOROUGH = "IPCSORT_THOROUGH" in os.environ


def _forest_test(case):
    def test(self):
        self.readable(forest.draw(self.verdicts(synthetic_verdicts.CASES[case]())))
    return test


def _sides_test(case):
    def test(self):
        self.readable(sides.draw(*self.side_by_side([self.sweep(rows, meta, f"result {index}")
                                                     for index, (rows, meta) in enumerate(synthetic.SIDES[case]())])))
    return test


class Readable(ChartTest):
    pass


for _case in synthetic_verdicts.CASES:
    setattr(Readable, f"test_forest_{_case}", _forest_test(_case))
for _case in synthetic.SIDES if THOROUGH else ("two_of_all", "six", "one_cell", "long_names_extreme", "broken"):
    setattr(Readable, f"test_sides_{_case}", _sides_test(_case))


class Forest(ChartTest):
    def page(self, cells, **more):
        page, why_not = forest.draw(self.verdicts(synthetic_verdicts.verdicts(cells, **more)))
        self.assertIsNotNone(page, why_not)
        return page

    def title(self, *cells, **more):
        return self.page(list(cells), **more).title

    def test_the_title_is_the_headline_and_the_rows_are_in_the_order_of_the_file(self):
        cells = [cell("fifo", "unchanged", 1.0), cell("pipe", "regressed", 1.06)]
        page = self.page(cells, headline="1 regressed, 1 unchanged")
        self.assertEqual(page.title, "1 regressed, 1 unchanged")
        names = [text for text in (text.get_text() for text in page.figure.texts) if text in ("fifo", "pipe")]
        self.assertEqual(names, ["fifo", "pipe"])

    def test_verdict_and_figures_stand_as_text_and_the_parts_in_common_once(self):
        words = self.words(self.page([cell("pipe, 4 files, 2 workers", "regressed", 1.12, 0.01, name="pipe"),
                                      cell("fifo, 4 files, 2 workers", "missing", reason="no such transport", name="fifo")],
                                     common=["4 files", "2 workers"]))
        for part in ("+12.0 % [+10.9, +13.1]", "slower", "only in the baseline: no such transport",
                     "All cells: 4 files, 2 workers.", "Grey band: changes up to 5 %",
                     "n = 24 pairs; right of 0 is slower", "lower is better", "commit abc123def456", "AMD EPYC 7B13, 2 cores."):
            self.assertIn(part, words)
        self.assertEqual(words.count("4 files"), 1)

    def test_the_rest_is_counted(self):
        words = self.words(self.page(synthetic_verdicts.CASES["many"]()["cells"]))
        self.assertRegex(words, r"Not shown for lack of space: 32 more cells \((\d+ [a-z ]+(, )?)+\)")

    def test_the_band_and_the_line_are_in_the_plot(self):
        axes = next(axes for axes in self.page([cell("pipe", "improved", 0.5)]).figure.axes if axes.get_xlabel())
        low, high = axes.get_xlim()
        self.assertTrue(low < 0.5 and 1.05 < high)
        self.assertIn("0 %", [tick.get_text() for tick in axes.get_xticklabels()])

    def test_the_same_data_give_the_same_bytes(self):
        first, second = (svg(self.page(synthetic_verdicts.grid()), "forest") for _ in range(2))
        self.assertEqual(first, second)


class VerdictsFile(ChartTest):
    def refused(self, document, *parts):
        with self.assertRaises(ResultError) as raised:
            self.verdicts(document)
        for part in ("verdicts.json", *parts, "write it anew with 'ipcsort ab --format json --output FILE'"):
            self.assertIn(part, str(raised.exception))

    def test_refusals_say_what_where_and_what_to_do(self):
        good = synthetic_verdicts.verdicts([cell("pipe", "regressed", 1.1)])
        self.refused('{"schema": 1,\n "title": }', "line 2, column 11: not JSON")
        self.refused("[]", "the file is not a JSON object")
        self.refused({**good, "schema": 2}, "schema is 2, this program reads 1")
        self.refused({name: value for name, value in good.items() if name != "cells"}, "cells is missing")
        self.refused({**good, "cells": [3]}, "cells[0] is not a JSON object")
        for change, part in (({"ratio": "much"}, 'cells[0].ratio holds "much", which is not a number or null'),
                             ({"ratio": -1}, "cells[0].ratio holds -1, which it cannot be"),
                             ({"verdict": "good"}, "cells[0].verdict holds 'good', which is none of regressed, "),
                             ({"pairs": True}, "cells[0].pairs holds true"),
                             ({"cell": None}, "cells[0].cell holds null")):
            self.refused({**good, "cells": [{**good["cells"][0], **change}]}, part)
        with self.assertRaises(ResultError) as raised:
            verdicts.load(self.folder / "nowhere.json")
        self.assertIn("nowhere.json: No such file or directory; check the path", str(raised.exception))

    def test_what_is_absent_may_be_null_or_missing(self):
        good = synthetic_verdicts.verdicts([{"cell": "pipe", "metric": "total", "verdict": "failed"}])
        del good["threshold"]
        read = self.verdicts(json.dumps(good))
        self.assertEqual((read.threshold, read.cells[0].ratio, read.cells[0].reason), (None, None, ""))

    def test_no_cells_are_no_chart(self):
        page, why_not = forest.draw(self.verdicts(synthetic_verdicts.verdicts([])))
        self.assertIsNone(page)
        self.assertIn("verdicts.json has no cells: nothing was compared", why_not)


class Sides(ChartTest):
    def sweeps(self, *rates, **more):
        """Each with these rates of pipe and fifo at one condition."""
        return [self.sweep(synthetic.sweep(["pipe", "fifo"], numbers=(1_000_000,), workers=(2,), references=False,
                                           rates=dict(zip(("pipe", "fifo"), pair)), **more), name=f"result {index}")
                for index, pair in enumerate(rates)]

    def draw(self, sweeps):
        return sides.draw(*self.side_by_side(sweeps))

    def test_the_title_is_the_headline(self):
        title = self.draw(self.sweeps((1e9, 2e9), (4e9, 1e9)))[0].title
        self.assertTrue(title.startswith("2 results side by side: with 1M numbers in 4 files, 2 workers, barrier, A: fifo moves "
                                         "the data fastest: 2.00 GB/s"), title)
        self.assertIn("; B: pipe moves the data fastest: 4.00 GB/s", title)

    def test_every_result_is_named_with_machine_version_commit_and_date(self):
        first, second = synthetic.SIDES["two_machines"]()
        page = self.readable(self.draw([self.sweep(*first, name="old"), self.sweep(*second, name="new")]))
        words = self.words(page)
        for part in ("A = old: ipcsort 0.1.0 · commit abc123def456 · 2026-11-22 15:00:00 UTC · AMD EPYC 7B13, 2 cores",
                     "B = new: ipcsort 0.2.0 · commit fedcba987654 with local changes · 2026-11-24 08:00:00 UTC · "
                     "Intel Xeon Gold 6230, 40 cores"):
            self.assertIn(part, words)
        limits = {axes.get_xlim() for axes in page.figure.axes if axes.get_xscale() == "log"}
        self.assertEqual(len(limits), 1)

    def test_only_common_conditions_and_of_these_the_most_workers(self):
        results = [self.sweep(synthetic.sweep(["pipe"], numbers=numbers, workers=workers), name=name) for
                   name, numbers, workers in (("a", (1000, 10_000, 100_000), (1, 4)),
                                              ("b", (10_000, 100_000, 1_000_000), (1, 2)))]
        words = self.words(self.draw(results)[0])
        self.assertIn("4 files, 1 worker.", words)
        self.assertIn("160 kB of payload", words)
        self.assertIn("1.6 MB of payload", words)
        self.assertNotIn("16 MB of payload", words)

    def test_marks_differ_in_shape_colour_and_filling(self):
        for column in zip(*sides.MARKS):
            self.assertIn(len(set(column)), (2, sides.RESULTS_MAX))
        page = self.draw(self.sweeps((1e9, 2e9), (4e9, 1e9)))[0]
        axes = next(axes for axes in page.figure.axes if axes.get_xlabel())
        marks = {(line.get_marker(), line.get_color(), line.get_mfc()) for line in axes.lines
                 if line.get_marker() != "None"}
        self.assertEqual(marks, {("o", sides.style.BLUE, sides.style.BLUE), ("D", sides.style.VERMILLION, "white")})

    def test_what_lends_is_left_out_and_said(self):
        results = [self.sweep(synthetic.sweep(["pipe"], lending=["null"], seed=seed), name=str(seed))
                   for seed in (1, 2)]
        words = self.words(self.draw(results)[0])
        self.assertIn("What lends its memory moves nothing and is left out.", words)
        self.assertNotIn("null lend", words)

    def test_why_not(self):
        one = self.sweeps((1e9, 2e9))[0]
        other = self.sweep(synthetic.sweep(["pipe"], numbers=(5,)), name="other")
        broken = self.sweep(synthetic.sweep(["pipe"], broken=(("pipe", None, None, "failed", "no"),)), name="broken")
        for sweeps, part in (([one], "one result has nothing to stand beside"), ([one] * 7, "7 results are more than"),
                             ([one, other], "no condition (files, numbers, workers) has rates in all of these results"),
                             ([one, broken], "no transport has a transfer rate in broken")):
            page, why_not = self.draw(sweeps)
            self.assertIsNone(page)
            self.assertIn(part, why_not)

    def test_the_same_data_give_the_same_bytes(self):
        first, second = (svg(self.draw(self.sweeps((1e9, 2e9), (4e9, 1e9)))[0], "sides") for _ in range(2))
        self.assertEqual(first, second)


if __name__ == "__main__":
    unittest.main()

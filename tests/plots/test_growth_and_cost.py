"""The charts of growth and of cost, and Amdahl's law beside the speed-up: their words and what they leave out."""

import unittest

from plots import cost, scaling, speedup

from . import synthetic
from .charttest import ChartTest


class Growth(ChartTest):
    def test_a_proven_crossing_is_said_with_the_sizes_around_it(self):
        page = self.readable(scaling.draw(self.sweep(synthetic.crossing())))
        self.assertRegex(page.title, r"^The total time grows with the power 0\.\d\d \(memfd_ring\) to 0\.\d\d "
                                     r"\(xsi_msg\) of the numbers, from 160 kB to 40 MB; the lead passes from pipe to memfd_ring "
                                     "between 160 kB and 4 MB$")
        shaded = [patch.get_xy()[:, 0] for axes in page.figure.axes for patch in axes.patches]
        self.assertEqual([(min(xs), max(xs)) for xs in shaded], [(160_000, 4_000_000)])

    def test_a_lead_that_is_a_tie_passes_on_nowhere(self):
        for numbers in (10_000, 250_000):
            rows = synthetic.crossing()
            for row in rows:
                if row["numbers"] == numbers and row["transport"] in ("pipe", "memfd_ring"):
                    row["total_tied_with_best"] = 1
            self.assertIn("no lead is proven to change hands", scaling.draw(self.sweep(rows))[0].title, numbers)
        title = scaling.draw(self.sweep(synthetic.crossing(n=1)))[0].title
        self.assertIn("no lead is proven to change hands", title)

    def test_who_has_no_result_has_not_lost_the_lead(self):
        rows = synthetic.crossing(broken=(("pipe", 250_000, None, "failed", "gone"),))
        self.assertIn("no lead is proven to change hands", scaling.draw(self.sweep(rows))[0].title)

    def test_the_exponents_are_those_of_the_file(self):
        rows = synthetic.sweep(["pipe", "fifo"], files=(1, 4))
        for row in rows:
            if row["kind"] == "transport":
                row.update(total_s_exponent_numbers=0.625 if row["transport"] == "pipe" else -0.001,
                           total_s_exponent_files=0.25)
        page = self.readable(scaling.draw(self.sweep(rows)))
        words = self.words(page)
        for part in ("pipe n^0.62", "fifo n^0.00", "pipe f^0.25", "serial", "threads",
                     "Over the file count it goes with the power 0.25 of the files, from 1 to 4 files."):
            self.assertIn(part, words)
        limits = {axes.get_ylim() for axes in page.figure.axes if axes.get_yscale() == "log"}
        self.assertEqual(len(limits), 1)

    def test_one_size_with_several_file_counts_is_growth_over_files(self):
        page = self.readable(scaling.draw(self.sweep(synthetic.sweep(numbers=(1_000_000,), files=(1, 2, 8)))))
        self.assertIn("of the files, from 1 to 8 files", page.title)

    def test_one_transport_leads_nobody(self):
        title = scaling.draw(self.sweep(synthetic.sweep(["pipe"])))[0].title
        self.assertRegex(title, r"^The total time of pipe grows with the power 0\.\d\d of the numbers, from 16 kB to "
                                "16 MB$")

    def test_nothing_that_worked(self):
        broken = tuple((name, None, None, "failed", "no") for name in synthetic.SIX)
        self.assertEqual(scaling.draw(self.sweep(synthetic.sweep(broken=broken))),
                         (None, "no transport has a successful run in this sweep"))


class Cost(ChartTest):
    def rows(self, costs, **more):
        """name -> CPU seconds per GB, with an interval of 5 %."""
        rows = synthetic.sweep(list(costs), numbers=(1_000_000,), workers=(2,), references=False,
                               rates={name: 1e9 * (index + 1) for index, name in enumerate(costs)}, **more)
        for row in rows:
            if row["kind"] == "transport" and row["runs_ok"]:
                value = costs[row["transport"]]
                row["cpu_s_per_gb_median"] = value
                if row["runs_ok"] > 5:
                    row.update(cpu_s_per_gb_ci_low=value * 0.95, cpu_s_per_gb_ci_high=value * 1.05)
        return rows

    def title(self, costs, **more):
        return cost.draw(self.sweep(self.rows(costs, **more)))[0].title

    def test_the_cheapest_and_what_the_fastest_costs(self):
        self.assertEqual(self.title({"pipe": 2.0, "fifo": 4.0, "memfd_ring": 3.0}),
                         "CPU time with 1M numbers in 4 files, 2 workers, barrier: pipe costs the least CPU time: 2.00 s per "
                         "GB, 1.50x ahead of memfd_ring; memfd_ring, best by the transfer, costs 1.50x as much")
        self.assertTrue(self.title({"pipe": 4.0, "fifo": 2.0}).endswith(
            "fifo costs the least CPU time: 2.00 s per GB, 2.00x ahead of pipe"))

    def test_intervals_that_meet_are_not_told_apart(self):
        self.assertTrue(self.title({"pipe": 2.0, "fifo": 4.0, "memfd_ring": 2.1}).endswith(
            "pipe and memfd_ring are tied (pipe: 2.00 s per GB; 7 runs each do not tell them apart)"))

    def test_without_intervals_nothing_is_proven(self):
        self.assertIn("pipe is ahead: 2.00 s per GB (1 run each: too few to name a winner)",
                      self.title({"pipe": 2.0, "fifo": 2.1}, n=1))

    def test_what_moves_nothing_is_the_floor_and_not_the_winner(self):
        rows = synthetic.sweep(["pipe", "fifo"], lending=["null"], numbers=(1_000_000,), workers=(2,))
        for row in rows:
            if row["transport"] == "null":
                row.update(cpu_s_per_gb_median=0.1, cpu_s_per_gb_ci_low=0.09, cpu_s_per_gb_ci_high=0.11)
        page = self.readable(cost.draw(self.sweep(rows)))
        self.assertNotIn("null", page.title)
        self.assertIn("null lend moves nothing", self.words(page))

    def test_a_wide_spread_takes_a_log_axis_and_a_narrow_one_starts_at_0(self):
        page = self.readable(cost.draw(self.sweep(self.rows({"pipe": 1.0, "fifo": 30.0}))))
        first, *others = [axes for axes in page.figure.axes if axes.get_xlabel()]
        self.assertEqual(first.get_xscale(), "log")
        self.assertEqual({(axes.get_xscale(), axes.get_xlim()[0]) for axes in others}, {("linear", 0)})
        self.assertIn("An axis that does not start at 0 is logarithmic", self.words(page))

    def test_no_page_faults_at_all_are_a_figure_too(self):
        rows = self.rows({"pipe": 1.0, "fifo": 2.0})
        for row in rows:
            row.update(faults_per_gb_median=0, faults_per_gb_ci_low=0, faults_per_gb_ci_high=0)
        self.readable(cost.draw(self.sweep(rows)))


class Amdahl(ChartTest):
    def words_of(self, share, workers=(1, 2, 4), names=("pipe", "fifo"), columns=None):
        rows = synthetic.sweep(list(names), workers=workers)
        for row in rows:
            if row["kind"] == "transport":
                row.update(amdahl_serial_share=share, speedup_vs_one_worker=row["workers"] ** 0.5)
        page = self.readable(speedup.draw(self.sweep(rows, columns=columns)))
        dotted = [line for axes in page.figure.axes for line in axes.lines if len(line.get_xdata()) == 41]
        return self.words(page), dotted

    def test_the_share_is_printed_and_the_law_drawn(self):
        for names in (("pipe", "fifo"), synthetic.SIX[:5] + ["pipe", "fifo", "posix_mq"]):
            words, (law,) = self.words_of(0.12, names=names)
            self.assertRegex(words, r"Amdahl: 12 % of \w+'s one-worker time does not shrink with workers")
            self.assertEqual((law.get_xdata()[0], law.get_ydata()[0]), (1, 1))
            self.assertAlmostEqual(law.get_xdata()[-1], 4)
            self.assertAlmostEqual(law.get_ydata()[-1], 1 / (0.12 + 0.88 / 4))

    def test_a_share_that_cannot_be_is_no_fit(self):
        for share, percent in ((-0.2, "-20 %"), (1.5, "150 %")):
            words, dotted = self.words_of(share)
            self.assertIn(f"Amdahl's law does not fit pipe (its serial share would be {percent})", words)
            self.assertEqual(dotted, [])

    def test_two_worker_counts_are_no_fit_and_no_words(self):
        words, dotted = self.words_of("", workers=(1, 2))
        self.assertNotIn("Amdahl", words)
        self.assertEqual(dotted, [])

    def test_a_file_without_the_column_says_so(self):
        old = [name for name in synthetic.COLUMNS if name not in synthetic.LATER_COLUMNS]
        words, dotted = self.words_of(0.12, columns=old)
        self.assertIn("summary.csv has no column amdahl_serial_share; ipcsort report makes it anew", words)
        self.assertEqual(dotted, [])


class OlderFile(ChartTest):
    def test_the_new_charts_say_what_is_missing(self):
        old = [name for name in synthetic.COLUMNS if name not in synthetic.LATER_COLUMNS]
        sweep = self.sweep(synthetic.sweep(), columns=old)
        for draw, column in ((scaling.draw, "total_s_exponent_numbers"), (cost.draw, "cpu_s_per_gb_median")):
            page, why_not = draw(sweep)
            self.assertIsNone(page)
            self.assertTrue(why_not.startswith(f"summary.csv has no column {column}"), why_not)
            self.assertTrue(why_not.endswith("; ipcsort report makes it anew"), why_not)
        page, why_not = cost.draw(self.sweep(synthetic.sweep(), columns=[*old, "total_s_exponent_files"]))
        self.assertIsNone(page)


if __name__ == "__main__":
    unittest.main()

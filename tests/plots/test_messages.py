"""Charts of single messages: throughput over the message size and round trips by percentile; and their file."""

import math
import os
import unittest

from plots import latency, messages, micro
from plots.pictures import svg
from plots.table import ResultError

from . import synthetic, synthetic_micro
from .charttest import MICRO_CHARTS, ChartTest
from .synthetic_micro import FOUR


def _lint_test(case):
    def test(self):
        figures = self.micro(synthetic_micro.CASES[case]())
        for name, draw in MICRO_CHARTS.items():
            with self.subTest(chart=name):
                self.readable(draw(figures, {}))
    return test


class Readable(ChartTest):
    pass


# As in test_charts.py.
FIRST_CASES = ("one", "all", "every_memory", "broken", "long_names", "extreme")

for _case in synthetic_micro.CASES if "IPCSORT_THOROUGH" in os.environ else FIRST_CASES:
    setattr(Readable, f"test_{_case}", _lint_test(_case))


class Messages(ChartTest):
    def title(self, rows):
        return messages.draw(self.micro(rows), {})[0].title

    def test_the_fastest_with_the_largest_and_with_the_smallest_message(self):
        rows = synthetic_micro.micro(rates=dict(zip(FOUR, (4e9, 2e9, 1e9, 5e8))))
        for row in rows:
            if row["bytes"] == 64 and row["transport"] == "pipe" and row["family"] == "throughput":
                row.update(bytes_per_s_median=6e9, bytes_per_s_min=5.9e9, bytes_per_s_max=6.1e9)
        self.assertEqual(self.title(rows), "memfd_ring moves messages of 1 MiB fastest: 4.00 GB/s (3.80 GB/s to 4.20 GB/s in 3 repetitions), 2.00x the next; with "
                                           "64 B pipe leads: 6.00 GB/s (5.90 GB/s to 6.10 GB/s in 3 repetitions)")

    def test_ranges_that_meet_are_not_told_apart(self):
        rows = synthetic_micro.micro(rates=dict(zip(FOUR, (4e9, 3.9e9, 1e9, 5e8))))
        self.assertEqual(self.title(rows), "With messages of 1 MiB memfd_ring and pipe are fastest and not told apart: "
                                           "4.00 GB/s (3.80 GB/s to 4.20 GB/s in 3 repetitions); with 64 B memfd_ring and pipe are not told apart: 4.00 GB/s (3.80 GB/s to 4.20 GB/s in 3 repetitions)")

    def test_one_repetition_proves_nothing(self):
        title = self.title(synthetic_micro.micro(repetitions=1, rates=dict(zip(FOUR, (4e9, 3.9e9, 1e9, 5e8)))))
        self.assertIn("1.03x the next (one repetition each: not proven)", title)

    def test_the_title_is_of_two_cpus_where_they_were_measured(self):
        rows = synthetic_micro.micro(placements=("same",), rates=dict(zip(FOUR, (1e9, 9e9, 1e8, 1e8)))) + \
            synthetic_micro.micro(placements=("cross",), rates=dict(zip(FOUR, (9e9, 1e9, 1e8, 1e8))))
        page = self.readable(messages.draw(self.micro(rows), {}))
        self.assertTrue(page.title.startswith("memfd_ring moves messages of 1 MiB fastest"), page.title)
        self.assertIn("The title speaks of: processes on two CPUs, the same buffer again.", self.words(page))

    def test_it_says_that_a_range_is_no_interval_and_names_ceiling_and_failures(self):
        words = self.words(messages.draw(self.micro(synthetic_micro.CASES["broken"]()), {})[0])
        for part in ("median of 2 to 3 repetitions; higher is better. Band: their range (no CI).", "memcpy, two copies",
                     "pipe: has no figures: not available: pipes are disabled in this sandbox",
                     "unix_stream: lost 1 of 3 repetitions at 64 B: write: ENOBUFS", "L1 32 KiB",
                     "AMD EPYC 7B13, 2 cores", "commit abc123def456"):
            self.assertIn(part, words)

    def test_a_size_without_figures_breaks_the_line(self):
        rows = synthetic_micro.micro(["pipe", "memfd_ring"], placements=("cross",), broken=(("pipe", 4096, 3, "gone"),))
        page = messages.draw(self.micro(rows), {})[0]
        lines = [list(line.get_ydata()) for axes in page.figure.axes for line in axes.lines
                 if len(line.get_xdata()) == 4]
        self.assertTrue(any(math.isnan(value) for line in lines for value in line))

    def test_options_are_named_where_they_differ(self):
        rows = synthetic_micro.micro(["pipe", "memfd_ring"], placements=("cross",))
        more = [dict(row, options="capacity=1048576") for row in rows if row["transport"] == "pipe"]
        words = self.words(messages.draw(self.micro(rows + more), {})[0])
        self.assertIn("pipe:capacity=1048576", words)

    def test_why_not(self):
        for rows, part in ((synthetic_micro.micro(families=("latency",)), "no transport has a message throughput"),
                           (synthetic_micro.micro(sizes=(64,)), "only one message size was measured")):
            page, why_not = messages.draw(self.micro(rows), {})
            self.assertIsNone(page)
            self.assertIn(part, why_not)
            self.assertIn("(ipcsort micro --", why_not)


class Latency(ChartTest):
    def page(self, rows, about=None):
        return latency.draw(self.micro(rows), about or {})[0]

    def test_the_fastest_at_the_median_and_in_the_tail(self):
        trips = dict(zip(FOUR, (2e-6, 8e-6, 1e-5, 2e-5)))
        self.assertEqual(self.page(synthetic_micro.micro(trips=trips, percentiles=2)).title,
                         "memfd_ring makes the round trip of 64 B fastest: 2.00 us (1.90 us to 2.10 us in 3 repetitions) at the median, the next takes 4.00x as "
                         "long")
        self.assertRegex(self.page(synthetic_micro.micro(trips=trips, percentiles=5)).title,
                         r"the next takes 4\.00x as long; at 99 % too: 10\.4 us \(9\.87 us to 10\.9 us in 3 repetitions\)$")

    def test_ranges_that_meet_are_not_told_apart(self):
        trips = dict(zip(FOUR, (2e-6, 2.1e-6, 1e-5, 2e-5)))
        self.assertEqual(self.page(synthetic_micro.micro(trips=trips)).title,
                         "memfd_ring and pipe make the round trip of 64 B fastest and are not told apart: 2.00 us (1.90 us to 2.10 us in 3 repetitions) at the "
                         "median; at 99 % memfd_ring and pipe are not told apart: 10.4 us (9.87 us to 10.9 us in 3 repetitions)")

    def test_percentiles_for_which_there_were_too_few_round_trips_are_named(self):
        words = self.words(self.page(synthetic_micro.micro()))
        self.assertIn("Missing, because there were too few round trips: 99.9 % of pipe and unix_stream; 99.99 % of pipe "
                      "and unix_stream.", words)
        self.assertIn("99.99 % of all", self.words(self.page(synthetic_micro.micro(percentiles=4))))

    def test_each_nine_takes_the_same_room_and_all_panels_the_same_times(self):
        page = self.readable(latency.draw(self.micro(synthetic_micro.micro(placements=("same", "cross", "free"))), {}))
        panels = [axes for axes in page.figure.axes if axes.get_xlabel()]
        self.assertEqual(len(panels), 3)
        self.assertEqual(len({axes.get_ylim() for axes in panels}), 1)
        ticks = [round(tick, 6) for tick in panels[0].get_xticks()]
        self.assertEqual(ticks, [round(-math.log10(0.5), 6), 1, 2, 3, 4])

    def test_it_says_how_it_was_measured(self):
        words = self.words(self.page(synthetic_micro.micro(placements=("same",))))
        for part in ("a message of 64 B there and back, median of 3 repetitions; lower is better. Thin: their range "
                     "(no CI).", "Measured with: both processes on one CPU, the same buffer again.",
                     "The smallest of the sizes measured"):
            self.assertIn(part, words)

    def test_why_not(self):
        page, why_not = latency.draw(self.micro(synthetic_micro.micro(families=("throughput",))), {})
        self.assertIsNone(page)
        self.assertEqual(why_not, "no transport has round trips here (ipcsort micro --measure latency)")


class File(ChartTest):
    def refused(self, part):
        with self.assertRaises(ResultError) as raised:
            micro.load(self.folder / "micro")
        self.assertIn(part, str(raised.exception))

    def test_refusals_say_what_where_and_what_to_do(self):
        self.refused("has no micro_summary.csv; name the directory that 'ipcsort micro --output' wrote")
        rows = synthetic_micro.micro(["pipe"])
        with self.assertRaises(ResultError) as raised:
            self.micro(rows, columns=[name for name in synthetic_micro.COLUMNS if name != "latency_p99_s_min"])
        self.assertIn("lacks the column latency_p99_s_min", str(raised.exception))
        (self.folder / "micro" / "micro_summary.csv").unlink()
        (self.folder / "micro" / "micro.csv").write_text("")
        self.refused("has micro.csv but no micro_summary.csv")
        rows[0]["latency_p99_s_min"] = "soon"
        synthetic.write_csv(self.folder / "micro" / "micro_summary.csv", rows[:1], synthetic_micro.COLUMNS)
        with self.assertRaises(ResultError) as raised:
            micro.load(self.folder / "micro")
        self.assertIn("line 2: column latency_p99_s_min holds 'soon', which is not a number", str(raised.exception))

    def test_machine_is_the_one_given_or_beside_the_file_or_unknown(self):
        rows = synthetic_micro.micro(["pipe"])
        for name, draw in MICRO_CHARTS.items():
            with self.subTest(chart=name):
                figures = self.micro(rows)
                self.assertIn("AMD EPYC 7B13", self.words(draw(figures, {})[0]))
                self.assertIn("Other, 8 cores", self.words(draw(figures, {"machine": {"cpu": "Other", "cores": 8}})[0]))
        (self.folder / "micro" / "meta.json").unlink()
        (self.folder / "micro" / "micro.json").write_text(
            '{"context": {"num_cpus": 2, "caches": [{"type": "Data", "level": 1, "size": 32768}], '
            '"date": "2026-11-26T10:48:43+00:00"}}')
        words = self.words(messages.draw(micro.load(self.folder / "micro"), {})[0])
        self.assertIn("machine unknown, 2 cores", words)
        self.assertIn("L1 32 KiB", words)
        (self.folder / "micro" / "micro.json").write_text('{"context": {"caches": [3]}}')
        self.assertIn("machine unknown", self.words(messages.draw(micro.load(self.folder / "micro"), {})[0]))

    def test_the_same_data_give_the_same_bytes(self):
        for name, draw in MICRO_CHARTS.items():
            first, second = (svg(draw(self.micro(synthetic_micro.micro()), {})[0], name) for _ in range(2))
            self.assertEqual(first, second, name)


if __name__ == "__main__":
    unittest.main()

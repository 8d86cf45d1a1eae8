"""Every made-up sweep through every chart: readable, the same bytes twice, and titles that say what the data say."""

import copy
import os
import random
import re
import unittest
import xml.etree.ElementTree

from plots import heatmap, lint, orders, phases, speedup, style, throughput, tuned
from plots.pictures import png, svg

from . import synthetic
from .charttest import SWEEP_CHARTS, ChartTest

THOROUGH = "IPCSORT_THOROUGH" in os.environ
NO_PROFILE = "no tuned options in this sweep (ipcsort tune finds them, sweep --profile default,tuned shows them)"
WHY_NOT = {"speedup": "only one worker count in this sweep",
           "scaling": "no transport has results at two data sizes or two file counts (sweep --numbers 1M,10M or "
                      "--files 1,4 shows growth)"}


def _lint_test(case):
    def test(self):
        sweep = self.sweep(synthetic.CASES[case]())
        for name, draw in SWEEP_CHARTS.items():
            with self.subTest(chart=name):
                page, why = draw(sweep)
                if page is None:
                    self.assertEqual(why, WHY_NOT.get(name))
                else:
                    self.assertEqual(lint.check(page.figure), [])
    return test


class Readable(ChartTest):
    def test_names_of_any_length_and_reasons_of_any_length(self):
        names = ["x" * 90, "mmap_" + "y" * 60, "ordinary"]
        broken = ((names[0], None, 4, "failed", "because " * 60), (names[1], 1000, None, "skipped", ""))
        for name, draw in SWEEP_CHARTS.items():
            with self.subTest(chart=name):
                self.assertEqual(lint.check(draw(self.sweep(synthetic.sweep(names, broken=broken)))[0].figure), [])

    def test_a_machine_with_strange_caches(self):
        meta = copy.deepcopy(synthetic.META)
        meta["machine"]["caches"] = [{"level": level, "type": "Data", "bytes": 1 << (15 + level)} for level in range(6)]
        self.readable(throughput.draw(self.sweep(synthetic.sweep(), meta)))

    def test_random_sweeps(self):
        for seed in range(3 if THOROUGH else 1):
            choice = random.Random(seed)
            broken = [(name, choice.choice([None, 1000]), choice.choice([None, 2, 3]),
                       choice.choice(["failed", "skipped"]), "x" * choice.randrange(80)) for name in choice.sample(synthetic.MANY, 4)]
            rows = synthetic.sweep(choice.sample(synthetic.MANY, choice.randrange(1, 12)), seed=seed, broken=broken,
                                   numbers=sorted({choice.randrange(1, 10**7) for _ in range(choice.randrange(1, 9))}),
                                   workers=sorted({1, choice.randrange(1, 40)}), n=choice.choice([1, 7]))
            sweep = self.sweep(rows)
            for name, draw in SWEEP_CHARTS.items():
                with self.subTest(seed=seed, chart=name):
                    page, _ = draw(sweep)
                    self.assertEqual(lint.check(page.figure) if page else [], [])


# The others differ less from these than these from one another; tests/run --thorough looks at all.
FIRST_CASES = ("shipped_files", "shipped_extreme", "six_lending", "only_lending", "one_cell", "broken", "long_names")

for _case in synthetic.CASES if THOROUGH else FIRST_CASES:
    setattr(Readable, f"test_{_case}", _lint_test(_case))


class Orders(ChartTest):
    def test_the_first_time_beside_steady_flow(self):
        for case, workers in (("shipped", (1, 2)), ("six", (2,)), ("long_names", (1, 2, 4)), ("broken", (1, 2))):
            with self.subTest(case):
                more = dict(workers=workers)
                rows = synthetic.both_orders({"shipped": synthetic.shipped, "six": synthetic.sweep,
                                              "long_names": lambda **of: synthetic.sweep(synthetic.LONG + ["pipe"], **of),
                                              "broken": lambda **of: synthetic.sweep(broken=synthetic.BROKEN, **of)}[case],
                                             **more)
                sweep = self.sweep(rows, name=case)
                page = self.readable(orders.draw(sweep))
                both = sweep.findings.two_orders[0]
                self.assertEqual(page.title, both.title)
                for place in (both.first.orders["transfer"].places[0], both.steady.orders["transfer"].places[0]):
                    self.assertIn(f" {place.rank} {style.shorten(place.cell.label, style.SMALL, 2.0)} ", self.words(page))
                headings = [f"{count} worker{'s' if count > 1 else ''}" for count in sorted({min(workers), max(workers)})]
                texts = [text.get_text() for text in page.figure.texts]
                self.assertEqual(sorted(text for text in texts if text in headings), sorted(headings))

    def test_without_both_there_is_nothing_to_set_side_by_side(self):
        self.assertIn("--transfer barrier,steady", orders.draw(self.sweep(synthetic.sweep()))[1])


class Tuned(ChartTest):
    def page(self, rows, meta):
        return self.readable(tuned.draw(self.sweep(rows, meta)))

    def lines(self, page):
        return [text.get_text() for text in page.figure.texts]

    def test_all_that_ships(self):
        names = [name for name in synthetic.SHIPPED if name != "null"]
        rows, meta = synthetic.tuned(transports=names, numbers=(100_000, 1_000_000, 5_000_000))
        self.page(rows, meta)
        sweep = self.sweep(rows, meta)  # the other charts have two lines per transport then
        for name, draw in SWEEP_CHARTS.items():
            with self.subTest(chart=name):
                page, _ = draw(sweep)
                self.assertEqual(lint.check(page.figure) if page else [], [])

    def test_one_transport_at_one_size(self):
        page = self.page(*synthetic.tuned({"pipe": 2.0}, ["pipe"], numbers=(1_000_000,)))
        self.assertEqual(page.title, "Tuned options make pipe 2.0x as fast at 16 MB")

    def test_one_run_each_proves_nothing(self):
        page = self.page(*synthetic.tuned(n=1))
        self.assertEqual(page.title, "At 160 MB no transport is faster with tuned options beyond the intervals")

    def test_names_of_any_length_and_many_sizes(self):
        page = self.page(*synthetic.tuned(transports=["x" * 90, "mmap_" + "y" * 60, "pipe"],
                                          numbers=(1000, 10_000, 100_000, 1_000_000, 10_000_000)))
        self.assertTrue(any(word.startswith("Not shown for lack of space: ") for word in self.lines(page)))

    def test_the_title_counts_what_the_intervals_show(self):
        page = self.page(*synthetic.tuned({"pipe": 1.02, "unix_stream": 1.5, "mmap_flags": 3.0}))
        self.assertEqual(page.title, "Tuned options make 2 of 6 transports faster at 160 MB, mmap_flags most: 3.0x")
        self.assertIn("3.00x", self.lines(page))
        self.assertIn("same", self.lines(page))

    def test_the_title_speaks_of_a_size_at_which_something_is_tuned(self):
        rows, meta = synthetic.tuned({"pipe": 2.0}, ["pipe", "fifo"])
        rows = [row for row in rows if not row["options"] or row["numbers"] < 10_000_000]
        page = self.page(rows, meta)
        self.assertEqual(page.title, "Tuned options make 1 of 2 transports faster at 16 MB, pipe most: 2.0x")
        self.assertIn("160 MB of payload", self.lines(page))

    def test_a_profile_is_one_line_whatever_its_options(self):
        rows, meta = synthetic.tuned()
        sweep = self.sweep(rows, meta)
        labels = {cell.label for cell in sweep.transports()}
        self.assertEqual(labels, {*synthetic.SIX, *(f"{name} tuned" for name in synthetic.SIX)})

    def test_without_a_profile_or_without_both_it_is_not_drawn(self):
        self.assertEqual(tuned.draw(self.sweep(synthetic.sweep())), (None, NO_PROFILE))
        rows, meta = synthetic.tuned()
        only = [row for row in rows if row["kind"] != "transport" or row["options"]]
        page, why = tuned.draw(self.sweep(only, meta))
        self.assertIsNone(page)
        self.assertIn("not both", why)

    def test_a_record_that_makes_no_sense_is_no_profile(self):
        rows, meta = synthetic.tuned()
        for profile in (None, 3, [], {"cells": 3}, {"cells": [1, {}, {"transport": [], "numbers": "x", "options": 1}]}):
            with self.subTest(profile):
                self.assertIsNone(tuned.draw(self.sweep(rows, {**meta, "profile": profile}))[0])

    def test_the_same_data_give_the_same_bytes(self):
        rows, meta = synthetic.tuned()
        first, second = (svg(tuned.draw(self.sweep(rows, meta))[0], "tuned") for _ in range(2))
        self.assertEqual(first, second)


class Lint(ChartTest):
    def faults(self, change):
        page, _ = heatmap.draw(self.sweep(synthetic.sweep(["pipe"])))
        change(page)
        return " ".join(lint.check(page.figure))

    def test_finds_what_it_is_for(self):
        def overlap(page):
            page.text(1, 0.5, "one over")
            page.text(1.1, 0.5, "the other")
        self.assertIn("overlaps", self.faults(overlap))
        self.assertIn("outside", self.faults(lambda page: page.text(style.WIDTH - 0.1, 0.5, "clipped")))
        self.assertIn("too small", self.faults(lambda page: page.text(5, 0.2, "tiny", 5)))

        def cover(page):
            axes = page.figure.add_axes((0, 0, 1, 1), zorder=99)
            axes.axis("off")
            axes.fill_between([0, 1], 0, 1, color="white")
        self.assertIn("covered", self.faults(cover))


class Bytes(ChartTest):
    def test_the_same_data_give_the_same_bytes(self):
        rows = synthetic.CASES["broken"]()
        for name, draw in SWEEP_CHARTS.items():
            with self.subTest(chart=name):
                first, second = (draw(self.sweep(rows))[0] for _ in range(2))
                self.assertEqual(svg(first, name), svg(second, name))
                if name == "throughput":
                    self.assertEqual(png(first), png(second))

    def test_charts_can_share_one_page(self):
        sweep = self.sweep(synthetic.sweep())
        seen = set()
        for name, draw in SWEEP_CHARTS.items():
            page, _ = draw(sweep)
            root = xml.etree.ElementTree.fromstring(svg(page, name))
            ids = [node.get("id") for node in root.iter() if node.get("id")]
            self.assertEqual(len(ids), len(set(ids)))
            self.assertFalse(seen & set(ids))
            seen |= set(ids)
            for node in root.iter():
                for key, value in node.attrib.items():
                    if key.endswith("href") and value.startswith("#"):
                        self.assertIn(value[1:], ids)
                    for target in re.findall(r"url\(#([^)]*)\)", value):
                        self.assertIn(target, ids)
            self.assertEqual(root.get("role"), "img")
            self.assertEqual(root[0].text, page.title)

    def test_png_is_1600_pixels_wide(self):
        content = png(phases.draw(self.sweep(synthetic.sweep()))[0])
        self.assertEqual(int.from_bytes(content[16:20], "big"), 1600)


class TitlesOf(dict):
    """Of one sweep, by chart; drawn when asked for."""

    def __init__(self, sweep):
        super().__init__()
        self.sweep = sweep

    def __missing__(self, name):
        page, why_not = SWEEP_CHARTS[name](self.sweep)
        return self.setdefault(name, page.title if page else why_not)


class Titles(ChartTest):
    def titles(self, rows):
        return TitlesOf(self.sweep(rows))

    def test_a_winner_is_named_with_its_lead(self):
        rates = dict(zip(synthetic.SIX, (5.1e9, 2.8e9, 1e9, 1e9, 1e9, 1e9)))
        titles = self.titles(synthetic.sweep(rates=rates, numbers=(10_000_000,)))
        self.assertRegex(titles["throughput"], r"^With 10M numbers in 4 files, 4 workers, barrier: mmap_flags moves the data "
                                               r"fastest: 5\.10 GB/s, 1\.82x \[1\.77, 1\.88\] ahead of pipe$")
        titles = self.titles(synthetic.sweep(rates=rates))
        self.assertEqual(titles["heatmap"], "mmap_flags is best in all 12 columns")

    def test_a_tie_is_called_a_tie(self):
        rates = dict(zip(synthetic.SIX, (1e9, 2.01e9, 1e9, 1e9, 2e9, 1e9)))
        titles = self.titles(synthetic.sweep(rates=rates, numbers=(1_000_000,), workers=(2,)))
        self.assertEqual(titles["throughput"], "With 1M numbers in 4 files, 2 workers, barrier: pipe and unix_stream are tied "
                                               "(pipe: 2.01 GB/s; 7 runs each do not tell them apart)")
        self.assertEqual(titles["heatmap"], titles["throughput"])
        titles = self.titles(synthetic.sweep(rates=rates))
        self.assertEqual(titles["heatmap"],
                         "No single winner: pipe and unix_stream are best or tied in all 12 columns each")
        titles = self.titles(synthetic.CASES["largest_broken"]())
        self.assertIn("8 of 9 columns with results", titles["heatmap"])
        titles = self.titles(synthetic.CASES["all_tied"]())
        self.assertIn("and 2 more are tied (", titles["throughput"])
        self.assertIn("and 2 more are tied (", titles["phases"])

    def test_the_tie_columns_decide_and_not_the_figures(self):
        rows = synthetic.sweep(["pipe", "fifo"], numbers=(1_000_000,), workers=(2,), rates={"pipe": 2e9, "fifo": 1e9})
        for row in rows:
            row.update(transfer_tied_with_best=1, total_tied_with_best=1)
        titles = self.titles(rows)
        self.assertIn("pipe and fifo are tied", titles["throughput"])
        self.assertIn(" are tied", titles["phases"])

    def test_without_intervals_nothing_is_proven(self):
        titles = self.titles(synthetic.sweep(n=1, rates=dict(zip(synthetic.SIX, range(10**9, 7 * 10**9, 10**9)))))
        for name in ("phases", "throughput", "heatmap", "cost"):
            self.assertIn("too few", titles[name])

    def test_too_few_runs_are_no_tie(self):
        rows = synthetic.sweep(n=1)
        for row in rows:  # as the file has it then: none is shown to be slower
            if row["kind"] == "transport":
                row.update(transfer_tied_with_best=1, total_tied_with_best=1)
        titles = self.titles(rows)
        for name in SWEEP_CHARTS:
            self.assertNotIn(" are tied", titles[name], name)
        self.assertIn("is ahead: ", titles["throughput"])

    def test_many_tied_are_counted_and_not_listed(self):
        titles = self.titles(synthetic.CASES["shipped_some_tied"]())
        self.assertRegex(titles["throughput"], r"barrier: \w+, \w+, \w+, \w+ and \d+ more are tied \(")

    def test_only_lending_is_a_time(self):
        titles = self.titles(synthetic.CASES["only_lending_one_size"]())
        self.assertRegex(titles["throughput"], r": null lend hands the data over fastest: 8\.00 us, 2\.00x \[.*\] ahead of "
                                               "fd_pass lend$")
        self.assertEqual(titles["heatmap"], titles["throughput"])

    def test_one_transport_has_no_runner_up(self):
        titles = self.titles(synthetic.CASES["one_cell"]())
        self.assertIn("pipe was measured alone: 2.26 GB/s", titles["throughput"])
        self.assertIn("pipe was measured alone", titles["phases"])

    def test_speedups_that_print_alike_are_not_ranked(self):
        rows = [row for row in synthetic.sweep(["pipe", "fifo"], workers=(1, 2), references=False)]
        for row in rows:
            if row["kind"] == "transport":
                row.update(speedup_vs_one_worker=1.52 if row["workers"] == 2 else 1.0, efficiency=0.76)
        self.assertEqual(self.titles(rows)["speedup"],
                         "With 2 workers fifo and pipe reach 1.5x the speed of one, 76 % of the ideal")
        for row in rows:
            row["workers"] = 4 if row["workers"] == 2 else row["workers"]
        self.assertEqual(self.titles(rows)["speedup"], "With 4 workers on 2 cores fifo and pipe reach 1.5x the speed of one")
        for row in rows:
            row["workers"] = 2 if row["workers"] == 4 else row["workers"]
        for row in rows:
            if row["kind"] == "transport" and row["workers"] == 2:
                row.update(speedup_vs_one_worker=0.8)
        self.assertTrue(self.titles(rows)["speedup"].startswith("More workers do not pay"))


class Content(ChartTest):
    def texts(self, name, rows, meta=synthetic.META):
        page, _ = SWEEP_CHARTS[name](self.sweep(rows, meta))
        return " ".join(" ".join(text.get_text().split()) for text in page.figure.findobj(style.matplotlib.text.Text))

    usual = {}  # what texts() has of the sweep that several tests look at, by chart

    def usual_texts(self, name):
        if name not in self.usual:
            self.usual[name] = self.texts(name, synthetic.sweep())
        return self.usual[name]

    def test_reasons_stand_below_the_heat_map(self):
        texts = self.texts("heatmap", synthetic.CASES["broken"]())
        self.assertIn("skipped: not available: AF_UNIX is disabled in this sandbox", texts)
        self.assertIn("failed: worker 3 died: write: ENOBUFS", texts)

    def test_machine_and_commit_in_every_footer(self):
        for name in SWEEP_CHARTS:
            texts = self.usual_texts(name)
            for part in ("AMD EPYC 7B13, 2 cores", "commit abc123def456", "2026-11-22 15:00:00 UTC"):
                self.assertIn(part, texts)

    def test_a_missing_or_odd_meta_file_is_no_obstacle(self):
        for meta in (None, {}, [], {"machine": None, "git": 3}, {"machine": {"caches": 5, "cores": "two"}}):
            for name in SWEEP_CHARTS if THOROUGH else ("throughput", "heatmap"):
                with self.subTest(meta=meta, chart=name):
                    (self.folder / "result" / "meta.json").unlink(missing_ok=True)
                    self.assertIn("commit unknown", self.texts(name, synthetic.sweep(["pipe"], references=False), meta))

    def test_direction_and_runs_in_every_subtitle(self):
        for name in SWEEP_CHARTS:
            texts = self.usual_texts(name)
            self.assertRegex(texts, "(higher|lower) is better")
            self.assertIn("n = 7 runs", texts)

    def test_a_size_without_result_breaks_the_line(self):
        broken = (("pipe", 10_000, None, "failed", "gone"),)
        page, _ = throughput.draw(self.sweep(synthetic.sweep(["pipe", "fifo"], workers=(2,), broken=broken)))
        lines = [list(line.get_ydata()) for axes in page.figure.axes for line in axes.lines
                 if len(line.get_xdata()) == 4]
        self.assertTrue(any(value != value for line in lines for value in line))

    def test_bars_start_at_zero_and_the_sum_is_the_stack(self):
        page, _ = phases.draw(self.sweep(synthetic.sweep()))
        axes = next(axes for axes in page.figure.axes if axes.get_xlabel())
        self.assertEqual(axes.get_xlim()[0], 0)
        self.assertEqual(axes.get_xscale(), "linear")
        self.assertEqual(min(patch.get_x() for patch in axes.patches), 0)

    def test_variants_of_one_transport_are_told_apart(self):
        rows = synthetic.sweep(["pipe"], references=False)
        more = synthetic.sweep(["pipe"], references=False, seed=2)
        for row in more:
            if row["kind"] == "transport":
                row.update(handover="lend", options="capacity=1048576")
        texts = self.texts("heatmap", rows + more)
        self.assertIn("pipe lend:capacity=1048576", texts)
        self.assertNotIn("pipe copy", texts)

    def test_lending_stands_apart_and_squashes_nothing(self):
        rows = synthetic.shipped(broken=())
        sweep = self.sweep(rows)
        page, _ = throughput.draw(sweep)
        copied = [cell.rate for cell in sweep.transports() if not cell.lent]
        self.assertGreater(max(cell.rate for cell in sweep.transports()), 1000 * max(copied))
        limits = {axes.get_ylim() for axes in page.figure.axes if axes.get_yscale() == "log"}
        self.assertEqual(len(limits), 2)  # one for all that copy, one for what is lent
        self.assertLess(max(high for _, high in limits), 10 * max(copied))
        for name in ("throughput", "heatmap"):
            self.assertNotIn("lend", SWEEP_CHARTS[name](sweep)[0].title)
            self.assertRegex(self.texts(name, rows), "Lent(:|,) nothing is copied.*lower is better")
        self.assertRegex(self.texts("phases", rows), "null lend .* hand-over 0")

    def test_every_one_of_many_is_named_and_at_most_seven_are_coloured(self):
        rows = synthetic.shipped(broken=())
        for name in SWEEP_CHARTS:
            texts = self.texts(name, rows)
            for label in synthetic.SHIPPED[:-1] + [f"{name} lend" for name in synthetic.LENDING]:
                self.assertRegex(texts, rf"(^| ){label}( |$)", name)
        many = [f"plugin_{index}" for index in range(12)]
        for rows in (rows, synthetic.sweep(many, workers=(1, 2, 4))):
            for draw in (throughput.draw, speedup.draw):
                for axes in draw(self.sweep(rows))[0].figure.axes:
                    coloured = [line for line in axes.lines if line.get_marker() in list(style.MARKERS)
                                and line.get_linestyle() != "None" and line.get_color() != style.GREY]
                    self.assertLessEqual(len(coloured), style.COLOURED_MAX)

    def test_one_slow_transport_does_not_squash_the_bars(self):
        rates = dict(zip(synthetic.SIX, (2e9, 2e9, 2e9, 2e9, 2e9, 1e6)))
        rows = synthetic.sweep(rates=rates, numbers=(1_000_000,), workers=(2,))
        page, _ = phases.draw(self.sweep(rows))
        axes = next(axes for axes in page.figure.axes if axes.get_xlabel())
        others = [row["total_s_median"] for row in rows if row["kind"] == "transport"][:5]
        self.assertLess(axes.get_xlim()[1], 5 * max(others))
        self.assertRegex(self.texts("phases", rows), "xsi_shm_sem .*15.3 s · transfer 100 %, bar cut")
        self.assertNotIn("bar cut", self.usual_texts("phases"))

    def test_the_most_frequent_pipeline_setting_is_drawn_and_the_others_are_owned_up_to(self):
        few = synthetic.sweep(["pipe"], numbers=(1000,), seed=3)
        for row in few:
            row["placement"] = "spread"
        rows = few + synthetic.sweep(["pipe"])
        sweep = self.sweep(rows)
        self.assertEqual({cell.placement for cell in sweep.transports()}, {"free"})
        for name in SWEEP_CHARTS:
            self.assertIn("1 other pipeline setting of this sweep not shown", self.texts(name, rows))

    def test_every_chart_says_every_setting(self):
        settings = ("sorter vqsort", "parser simd", "drain threads", "transfer barrier", "merge multiway", "pages huge",
                    "placement free", "memory fresh")
        for name in SWEEP_CHARTS:
            texts = self.usual_texts(name)
            for setting in settings:
                self.assertIn(setting, texts, name)


class Families(ChartTest):
    def test_every_transport_of_the_program_has_a_colour_of_its_family(self):
        sweep = self.sweep(synthetic.sweep(synthetic.SHIPPED, numbers=(1000,), workers=(1,)))
        families = {cell.label: cell.family for cell in sweep.transports()}
        self.assertLessEqual(set(families.values()), set(style.FAMILY_COLOUR), families)

    def test_what_the_program_does_not_know_is_said_to_be_unknown(self):
        rows = synthetic.sweep(["pipe", "of_a_plugin"])
        self.assertIn("black = unknown family", self.words(SWEEP_CHARTS["throughput"](self.sweep(rows))[0]))


class Look(unittest.TestCase):
    def test_colours_stand_out_from_white(self):
        def contrast(colour):
            parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
            linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in parts]
            return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
        for colour in [*style.FAMILY_COLOUR.values(), style.GREY]:
            self.assertGreaterEqual(contrast(colour), 3)
        for colour in [*style.TEXT_COLOUR.values(), style.QUIET, style.INK]:
            self.assertGreaterEqual(contrast(colour), 4.5)
        for phase, (colour, hatch) in phases.FILL.items():
            self.assertTrue(phase == "wait" or contrast(colour) >= 3, phase)

    def test_spread_keeps_distance_order_and_bounds(self):
        choice = random.Random(1)
        for _ in range(200):
            wanted = [choice.uniform(0, 5) for _ in range(choice.randrange(1, 12))]
            placed = style.spread(wanted, 0.3, 0, 5)
            for low, high in zip(*(sorted(placed)[start:] for start in (0, 1))):
                self.assertGreaterEqual(high - low, 0.3 - 1e-9)
            self.assertGreaterEqual(min(placed), -1e-9)
            self.assertLessEqual(max(placed), 5 + 1e-9)
            order = sorted(range(len(wanted)), key=lambda i: wanted[i])
            self.assertEqual(order, sorted(order, key=lambda i: placed[i]))
        self.assertEqual(style.spread([1.0, 3.0], 0.3, 0, 5), [1.0, 3.0])

    def test_wrap_loses_nothing_and_keeps_figures_with_their_units(self):
        text = "pipe moves the 16 MB payload fastest: 4.2 GB/s " * 3 + "z" * 200
        lines = style.wrap(text, 9, 3)
        self.assertEqual("".join(lines).replace(" ", ""), text.replace(" ", ""))
        self.assertTrue(all(style.text_width(line, 9) <= 3 for line in lines))
        self.assertFalse(any(line.startswith(("MB", "GB/s")) for line in lines))


if __name__ == "__main__":
    unittest.main()

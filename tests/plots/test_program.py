"""python3 -m plots as a user meets it: what it prints, writes, refuses, and with which exit code."""

import contextlib
import html
import io
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import plots
from plots import __main__ as program, charts

from . import synthetic

ROOT = Path(plots.__file__).resolve().parent.parent

SWEEP_CHARTS = [chart.name for chart in charts.of_kind("sweep")]


class Program(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.result = self.folder / "a result"

    def run_plots(self, *arguments, cwd=ROOT, **environment):
        return subprocess.run([sys.executable, "-m", "plots", *map(str, arguments)], cwd=cwd, text=True, timeout=600,
                              encoding="utf-8", capture_output=True, env={**os.environ, "LC_ALL": "C", **environment})

    def refused(self, code, part, *arguments):
        done = self.run_plots(*arguments)
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        self.assertRegex(done.stderr, r"\Aplots: [^\n]*\n\Z")
        self.assertIn(part, done.stderr)

    def test_draws_all_and_says_what_they_show(self):
        synthetic.write(self.result, *synthetic.tuned(workers=(1, 2, 4)))
        done = self.run_plots(self.result)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = [line.split("\t") for line in done.stdout.splitlines()]
        self.assertEqual([line[0] for line in lines], [f"charts/{name}.svg" for name in ("orders", *SWEEP_CHARTS)] + ["report.html"])
        self.assertIn("not drawn: these runs were not sent both once and again and again", lines[0][1])
        self.assertTrue(all(len(line) == 2 and len(line[1]) > 20 for line in lines))
        self.assertEqual(sorted(path.name for path in (self.result / "charts").iterdir()),
                         sorted(f"{name}.{kind}" for name in SWEEP_CHARTS for kind in ("svg", "png")))
        self.assertRegex(lines[-1][1], r"\AWith 10M numbers in 4 files, 4 workers, barrier: ")

    def test_works_from_a_path_with_spaces_and_whatever_matplotlibrc_says(self):
        synthetic.write(self.result, synthetic.sweep())
        here, there = self.folder / "here", self.folder / "there"
        home = self.folder / "home of ipcsort"
        shutil.copytree(ROOT / "plots", home / "plots", ignore=shutil.ignore_patterns("__pycache__"))
        (self.folder / "matplotlibrc").write_text("font.size: 30\nsvg.fonttype: path\ntext.color: red\n")
        some = ("--only", "phases,throughput")
        self.assertEqual(self.run_plots(self.result, "--output", here, *some).returncode, 0)
        done = self.run_plots(self.result, "--output", there, *some, cwd=home, MATPLOTLIBRC=str(self.folder / "matplotlibrc"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for path in here.rglob("*.*"):
            self.assertEqual(path.read_bytes(), (there / path.relative_to(here)).read_bytes(), path.name)
        self.assertTrue((there / "report.html").exists())
        self.assertIn("charts/phases.svg\t", done.stdout)

    def test_only_draws_what_is_asked_for(self):
        synthetic.write(self.result, synthetic.sweep())
        done = self.run_plots(self.result, "--only", "phases,heatmap")
        self.assertEqual([line.split("\t")[0] for line in done.stdout.splitlines()],
                         ["charts/heatmap.svg", "charts/phases.svg", "report.html"])
        self.assertEqual(len(list((self.result / "charts").iterdir())), 4)
        wrong = self.run_plots(self.result, "--only", "pie")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("no chart 'pie'", wrong.stderr)

    def test_a_chart_that_cannot_be_drawn_says_so_and_leaves_no_old_picture(self):
        synthetic.write(self.result, synthetic.sweep(workers=(2,)))
        (self.result / "charts").mkdir()
        (self.result / "charts" / "speedup.svg").write_text('<svg id="ipcsort-speedup">of an earlier sweep')
        done = self.run_plots(self.result, "--only", "phases,speedup")
        self.assertEqual(done.returncode, 0)
        self.assertIn("charts/speedup.svg\tnot drawn: only one worker count in this sweep\n", done.stdout)
        self.assertFalse((self.result / "charts" / "speedup.svg").exists())

    def test_nothing_drawable(self):
        broken = tuple((name, None, None, "failed", "no") for name in synthetic.SIX)
        synthetic.write(self.result, synthetic.sweep(broken=broken))
        done = self.run_plots(self.result)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(done.stdout.count("not drawn:"), len(SWEEP_CHARTS) + 1)  # and both orders
        self.assertIn(": nothing was measured.\n", done.stdout)
        self.assertIn("nothing to draw", done.stderr)
        page = (self.result / "report.html").read_text("utf-8")
        self.assertRegex(page, "<h1>[^<]*(?i:nothing was measured)[^<]*</h1>")
        self.assertIn("7 failed: no</li>", html.unescape(page).replace("\N{NO-BREAK SPACE}", " "))
        synthetic.write(self.result, [])
        self.assertEqual(self.run_plots(self.result).returncode, 3)

    def test_refusals_say_what_where_and_what_to_do(self):
        self.refused(2, "is not a directory; name the directory", self.folder / "nowhere")
        self.result.mkdir()
        self.refused(2, "has no summary.csv; name the directory", self.result)
        (self.result / "summary.csv").write_text("")
        self.refused(2, "summary.csv is empty", self.result)
        (self.result / "summary.csv").write_bytes(b"\xff\xfe\x00")
        self.refused(2, "is not a CSV file in UTF-8", self.result)
        rows = synthetic.sweep(["pipe"])
        without = [name for name in synthetic.COLUMNS if name not in ("workers", "total_s_median")]
        synthetic.write(self.result, rows, columns=without)
        self.refused(2, "lacks the columns workers, total_s_median", self.result)
        rows[0]["total_s_median"] = "soon"
        synthetic.write_csv(self.result / "summary.csv", rows[:1], synthetic.COLUMNS)
        self.refused(2, "no row that can be read (summary.csv, line 2: column total_s_median holds 'soon'", self.result)
        synthetic.write(self.result, [])
        synthetic.write(self.folder / "another", [])
        self.refused(2, "name a directory with --output", self.result, self.folder / "another")

    def test_damaged_rows_are_left_out_and_named(self):
        rows = synthetic.sweep(["pipe"])
        rows += dict(rows[0], total_s_median="soon"), dict(rows[1], workers=""), dict(rows[2], reason="no such letter")
        path = synthetic.write(self.result, synthetic.sweep(["pipe"])) / "summary.csv"
        synthetic.write_csv(path, rows, synthetic.COLUMNS)
        path.write_bytes(path.read_bytes().replace(b"no such letter", b"\xff") + b"transport,pi")
        done = self.run_plots(self.result, "--only", "phases")
        last = len(rows) + 1
        self.assertEqual(done.returncode, 0, done.stderr)
        says = [f"line {last - 2}: column total_s_median holds 'soon', which is not a number",
                f"line {last - 1}: column workers holds '', which is not a number",
                f"line {last}: column reason is not UTF-8",
                f"line {last + 1}: 2 fields where the header has {len(synthetic.COLUMNS)}"]
        self.assertEqual(done.stderr.splitlines(), [f"plots: {self.result}/summary.csv, {what}; the row is left out"
                                                    for what in says])
        page = (self.result / "report.html").read_text("utf-8")
        self.assertIn("What could not be read", page)
        for what in says:
            self.assertIn(f"summary.csv, {what}", html.unescape(page))

    def test_a_last_row_without_an_end_may_be_cut_off(self):
        path = synthetic.write(self.result, synthetic.sweep(["pipe"])) / "summary.csv"
        path.write_bytes(path.read_bytes()[:-2])  # its carriage return and line feed
        done = self.run_plots(self.result, "--only", "phases")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("it has no end, so it was cut off; the row is left out\n", done.stderr)

    def test_missing_optional_columns_leave_the_rest(self):
        without = [name for name in synthetic.COLUMNS if not name.startswith(("path_", "cpu_s_per_gb", "transfer_share"))]
        synthetic.write(self.result, synthetic.sweep(["pipe"]), columns=without)
        done = self.run_plots(self.result, "--only", "phases,heatmap")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("charts/phases.svg\tnot drawn: summary.csv has no column path_spawn_s_median", done.stdout)
        self.assertIn("charts/heatmap.svg\tpipe ", done.stdout)
        self.assertIn("path_merge_s_median", (self.result / "report.html").read_text("utf-8"))

    def test_no_python_package(self):
        synthetic.write(self.result, synthetic.sweep(["pipe"]))
        for module, package in (("matplotlib", "python3-matplotlib"), ("jinja2", "python3-jinja2")):
            blocker = self.folder / f"no {module}"
            blocker.mkdir()
            (blocker / f"{module}.py").write_text(f"raise ModuleNotFoundError(name='{module}')")
            done = self.run_plots(self.result, cwd=blocker, PYTHONPATH=str(ROOT))
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertEqual(done.stderr, f"plots: {sys.executable} cannot import {module}; install it (Debian: {package}) "
                                          "or use /usr/bin/python3\n")

    def test_further_columns_are_ignored_and_quoted_text_survives(self):
        rows = synthetic.sweep(broken=(("pipe", None, None, "failed", 'it said "no", and\nstopped'),))
        synthetic.write(self.result, rows, columns=["from_the_future", *synthetic.COLUMNS])
        self.assertEqual(self.run_plots(self.result, "--only", "heatmap").returncode, 0)
        self.assertIn('it said "no", and stopped', (self.result / "charts" / "heatmap.svg").read_text("utf-8")
                      .replace("&quot;", '"'))

    def test_damaged_meta_is_a_warning(self):
        synthetic.write(self.result, synthetic.sweep(["pipe"]))
        (self.result / "meta.json").write_text("{half")
        done = self.run_plots(self.result, "--only", "phases")
        self.assertEqual(done.returncode, 0)
        self.assertIn("machine unknown", done.stderr)
        self.assertIn("machine unknown", (self.result / "charts" / "phases.svg").read_text("utf-8"))

    def test_a_failed_write_leaves_the_old_file_and_no_half_one(self):
        target = self.folder / "phases.svg"
        target.write_text("old")
        with mock.patch.object(program, "open", create=True, side_effect=OSError(28, "No space left on device")):
            with self.assertRaises(OSError):
                program._write(target, b"new")
        with mock.patch("os.replace", side_effect=OSError(5, "Input/output error")):
            with self.assertRaises(OSError):
                program._write(target, b"new")
        self.assertEqual(target.read_text(), "old")
        self.assertEqual(list(self.folder.iterdir()), [target])

    def test_a_full_disk_is_said_and_the_old_page_stays(self):
        synthetic.write(self.result, synthetic.sweep(["pipe"]))
        old = "<title>ipcsort old"
        (self.result / "report.html").write_text(old)
        replace = os.replace

        def full(source, target):
            if Path(target).name == "report.html":
                raise OSError(28, "No space left on device")
            replace(source, target)
        with mock.patch("os.replace", side_effect=full), contextlib.redirect_stdout(io.StringIO()), \
                contextlib.redirect_stderr(io.StringIO()) as errors:
            self.assertEqual(program.main([str(self.result), "--only", "heatmap"]), 2)
        self.assertEqual(errors.getvalue(), f"plots: cannot write to {self.result}: No space left on device; free some space "
                         "or choose another place with --output\n")
        self.assertEqual((self.result / "report.html").read_text(), old)
        self.assertEqual(list(self.result.glob(".*")), [])

    def test_an_output_that_is_a_file_is_refused(self):
        synthetic.write(self.result, synthetic.sweep(["pipe"]))
        (self.folder / "taken").write_text("")
        self.refused(2, "choose another place with --output", self.result, "--output", self.folder / "taken")


if __name__ == "__main__":
    unittest.main()

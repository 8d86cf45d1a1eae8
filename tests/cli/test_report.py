"""ipcsort report: the page and the charts that report and sweep make, of one sweep, of several, of messages and verdicts."""

import json
import os
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

from support import HANG_LIMIT_S, PROGRAM, PYTHON_CHOSEN, list_fonts_once
from sweeping import SIX_CELLS, SweepTest

CANDIDATES = [os.environ["IPCSORT_PYTHON"]] if os.environ.get("IPCSORT_PYTHON") else ["/usr/bin/python3", "python3"]


setUpModule = list_fonts_once


def python_with_matplotlib():
    for python in CANDIDATES:
        try:
            done = subprocess.run([python, "-c", "import matplotlib, jinja2"], capture_output=True, timeout=HANG_LIMIT_S)
        except OSError:
            continue
        if done.returncode == 0:
            return python
    raise AssertionError(f"No Python with matplotlib and jinja2 was found (tried: {', '.join(CANDIDATES)}). "
                         "Install python3-matplotlib and python3-jinja2, or name one in IPCSORT_PYTHON.")


def with_last(lines, column, value):
    """The last row has another value there."""
    at = lines[0].split(",").index(column)
    fields = lines[-1].split(",")
    return "".join(lines[:-1]) + ",".join([*fields[:at], value, *fields[at + 1:]])


class Report(SweepTest):
    def setUp(self):
        super().setUp()
        self.program = self.installed()

    def report(self, *words, code=0, program=None, **environment):
        return self.run_program("report", *words, code=code, program=program or self.program,
                                **{**PYTHON_CHOSEN, **environment})

    def make_sweep(self):
        self.sweep(*SIX_CELLS)
        return (self.out / "summary.csv").read_bytes()

    def assert_drawn(self, done):
        python = python_with_matplotlib()
        self.assertIn(f"drawn with {python} (matplotlib ", done.stdout)
        for name in ("phases", "throughput"):
            self.assertIn(f"out/charts/{name}.svg", done.stdout)
            self.assertIn(b"<svg", (self.out / f"charts/{name}.svg").read_bytes())
        self.assertIn("Report: out/report.html\n    ", done.stdout)
        self.assertIn("<svg", (self.out / "report.html").read_text())

    def test_a_finished_sweep_is_drawn_anew(self):
        summary = self.make_sweep()
        (self.out / "summary.csv").unlink()
        done = self.report("out")
        self.assert_drawn(done)
        self.assertEqual(done.stderr, "")
        self.assertIn("pipe:capacity=128K", done.stdout)
        self.assertEqual((self.out / "summary.csv").read_bytes(), summary)

    def test_the_newest_below_results_without_a_name(self):
        self.refused("report", says=("results/", "ipcsort sweep"))
        self.sweep(*SIX_CELLS[:-2])
        self.sweep(*SIX_CELLS[:-2], "--seed", "2")
        newest = sorted((self.work / "results").iterdir())[-1]
        done = self.report(code=3, IPCSORT_PYTHON="/nonexistent")
        self.assertIn(f"results/{newest.name}/runs.csv", done.stdout)

    def test_charts_from_a_checkout_and_from_a_sweep(self):
        for program in ("checkout/build/release/ipcsort", "plain/build/ipcsort"):
            checkout = self.installed(program, program.split("/")[0] + "/plots")
            words = [word for word in SIX_CELLS if word != "--no-charts"]
            self.assert_drawn(self.run_program("sweep", *words, "--fresh", program=checkout, **PYTHON_CHOSEN))

    def test_an_unfinished_sweep_says_so(self):
        self.make_sweep()
        meta = self.meta()
        del meta["finished_utc"]
        (self.out / "meta.json").write_text(json.dumps(meta))
        lines = self.runs.read_text().splitlines(keepends=True)
        self.runs.write_text("".join(lines[:21]))
        done = self.report("out")
        self.assertIn("not finished", done.stderr)
        self.assertIn("20 rows it has of 30 or more", done.stderr)
        self.assert_drawn(done)

    def test_a_cut_file_says_what_is_missing(self):
        self.make_sweep()
        whole = self.runs.read_text()
        self.runs.write_text(whole[:len(whole) - 40])
        done = self.report("out", **self.one_chart())
        self.assertIn("the last row of out/runs.csv was cut off", done.stderr)
        self.assertIn("29 rows it has of 30 or more", done.stderr)
        self.runs.write_text(whole.splitlines(keepends=True)[0])
        self.refused("report", "out", says=("out/runs.csv has no rows", "ipcsort sweep"))

    def test_interrupted_while_the_page_is_made(self):
        self.make_sweep()
        waiting = self.write("python-that-waits", """#!/bin/sh
echo > started; exec sleep 60
""")
        waiting.chmod(0o755)
        process = self.start("report", "out", program=self.program, IPCSORT_PYTHON=str(waiting))
        self.wait_until(lambda: (self.work / "started").exists(), "the page is being made")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=HANG_LIMIT_S)
        self.assertEqual((process.returncode, err), (130, "ipcsort: interrupted while the page was made; ipcsort report makes it anew\n"))
        self.assertIn("out/runs.csv", out)
        (self.work / "started").unlink()
        process = self.start("report", "out", "--output", "page", program=self.program, IPCSORT_PYTHON=str(waiting))
        self.wait_until(lambda: (self.work / "started").exists(), "the page is being made")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=HANG_LIMIT_S)
        self.assertEqual((process.returncode, (self.work / "page").exists()), (130, False))

    def test_interrupted_before_any_counted_run(self):
        self.make_sweep()
        lines = self.runs.read_text().splitlines(keepends=True)
        warm = lines[0].split(",").index("warm")
        self.runs.write_text(lines[0] + "".join(line for line in lines[1:] if line.split(",")[warm] == "1"))
        done = self.report("out", code=3)
        self.assertIn("No run was counted.", done.stdout)
        self.assertNotIn("0 failed", done.stdout)
        self.assertIn("the report is not complete", done.stderr)
        self.assertIn("no counted run", (self.out / "report.html").read_text())

    def test_what_is_no_result(self):
        (self.work / "foreign").mkdir()
        self.write("foreign/notes.txt", "mine")
        self.write("file", "")
        for name in ("foreign", "file", "missing", ""):
            self.refused("report", name, says=(f"{name} is not a result", "runs.csv"))
        self.assertEqual([path.name for path in (self.work / "foreign").iterdir()], ["notes.txt"])
        self.refused("report", *[f"{number}" for number in range(7)], says="at most 6 sweeps")

    def test_damaged_results(self):
        self.make_sweep()
        rows, meta = self.runs.read_text(), (self.out / "meta.json").read_text()
        lines = rows.splitlines(keepends=True)
        for content, says in ((rows.replace("total_s,", "total,", 1), ("missing column", "total_s")),
                              (rows.replace("seq,block,pos,", "", 1), ("seq, block, pos",)),
                              (rows + "\n", ("record 32", "empty line", "take it out")),
                              (with_last(lines, "total_s", ""), ("record 31, column total_s", "the run was ok")),
                              (lines[0] + "x" + "".join(lines[1:]), ("2", "seq", "'x0'"))):
            self.runs.write_text(content)
            self.refused("report", "out", says=("out/runs.csv", *says))
        self.runs.write_text(rows.replace("transport,pipe,", "transport,pip,", 1))
        self.assertIn("7 cells where 6 were planned", self.report("out", code=3, IPCSORT_PYTHON="/nonexistent").stderr)
        self.runs.write_text(rows)
        for content in ("", "{", "not json"):
            (self.out / "meta.json").write_text(content)
            self.refused("report", "out", says=("out/meta.json", "JSON"))
        (self.out / "meta.json").unlink()
        self.refused("report", "out", says=("out", "meta.json"))
        (self.out / "meta.json").write_text(meta)
        self.runs.unlink()
        self.refused("report", "out", says=("out", "runs.csv"))

    def test_columns_in_another_order_and_more_of_them(self):
        self.make_sweep()
        lines = [line.split(",", 1) for line in self.runs.read_text().splitlines()]
        self.assertEqual(lines[0][0], "seq")
        self.runs.write_text("".join(f"{rest},{first},{'note' if first == 'seq' else 'new'}\n" for first, rest in lines))
        self.assertIn("pipe", self.report("out", code=3, IPCSORT_PYTHON="/nonexistent").stdout)

    def test_no_python_that_can_draw(self):
        self.make_sweep()
        without = self.write("python-without", "#!/bin/sh\nexit 1\n")
        without.chmod(0o755)
        for python in ("/nonexistent", str(without)):
            done = self.report("out", code=3, IPCSORT_PYTHON=python)
            self.assertIn("pipe", done.stdout)  # the table is there all the same
            for word in (python, "matplotlib", "python3-matplotlib", "python3-jinja2", "IPCSORT_PYTHON"):
                self.assertIn(word, done.stderr)
        # For a sweep the charts are an extra: its rows are there.
        words = [word for word in SIX_CELLS if word != "--no-charts"]
        done = self.run_program("sweep", *words, program=self.program, IPCSORT_PYTHON="/nonexistent")
        self.assertIn("python3-matplotlib", done.stderr)

    def test_a_program_without_its_charts_says_where_it_looked(self):
        self.make_sweep()
        alone = shutil.copy(PROGRAM, self.root / "alone")
        done = self.report("out", code=3, program=alone)
        self.assertIn("plots", done.stderr)
        self.assertIn(str(self.root.parent / "share/ipcsort"), done.stderr)

    def test_nothing_could_be_measured(self):
        words = ["none" if word == "serial,memcpy_one_copy" else word for word in SIX_CELLS]
        self.sweep(*words, code=3, IPCSORT_FAULT="after_fork:kill")
        done = self.report("out", code=3)
        self.assertIn("nothing was measured", done.stdout)
        self.assertIn("peer_died", done.stdout)
        self.assertIn("peer_died", (self.out / "report.html").read_text())

    def test_two_sweeps_side_by_side(self):
        self.make_sweep()
        shutil.copytree(self.out, self.work / "other one")
        done = self.report("out", "other one")
        page = next((self.work / "results").glob("*-report"))
        for text in ("A = out. ", "B = other one. ", "transport", f"Report: results/{page.name}/report.html\n"):
            self.assertIn(text, done.stdout)
        verdicts = json.loads((page / "verdicts.json").read_text())
        self.assertEqual({cell["ratio"] for cell in verdicts["cells"]}, {1})
        for chart in ("sides", "forest"):
            self.assertTrue((page / f"charts/{chart}.svg").exists(), chart)
        self.refused("report", "out", "out", says="same directory")
        self.refused("report", "out", "./out", says="same directory")

    def test_sweeps_without_a_common_condition(self):
        self.make_sweep()
        words = [word if word != "2K" else "3K" for word in SIX_CELLS]
        self.sweep(*words[:-1], "other")
        done = self.report("out", "other", "--output", "page", code=3)
        self.assertIn("no condition in common", done.stdout)
        self.assertIn("nothing to draw", done.stderr)
        self.assertIn("no condition has a result in all of them", (self.work / "page/report.html").read_text())
        self.assertFalse((self.work / "page/verdicts.json").exists(), "verdicts of nothing")

    def test_messages_with_a_sweep_and_alone(self):
        self.make_sweep()
        self.run_program("micro", "--transports", "pipe", "--measure", "throughput,latency", "--sizes", "64,4K",
                         "--placement", "free", "--min-time", "1ms", "--repetitions", "2", "--output", "messages")
        (self.work / "messages/micro_summary.csv").unlink()
        done = self.report("out", "messages")
        for chart in ("phases", "messages", "latency"):
            self.assertIn(f"out/charts/{chart}.svg", done.stdout)
        done = self.report("messages")
        self.assertIn("Report: messages/report.html", done.stdout)
        self.assertIn("latency", done.stdout)
        self.assertIn("pipe", (self.work / "messages/micro_summary.csv").read_text())

    def test_verdicts_of_ab(self):
        cell = {"cell": "pipe, 4 files", "metric": "total", "verdict": "regressed", "ratio": 1.1, "ratio_ci_low": 1.08,
                "ratio_ci_high": 1.12, "pairs": 12, "detectable_effect": 0.03, "baseline_s": 1, "candidate_s": 1.1,
                "reason": ""}
        self.write("ab.json", json.dumps({
            "schema": 1, "title": "ipcsort ab", "baseline": "old", "candidate": "new", "headline": "1 regressed",
            "interrupted": False, "notes": ["12 pairs."], "threshold": 0.025, "cells": [cell]}))
        self.assertIn("page/charts/forest.svg", self.report("ab.json", "--output", "page").stdout)
        self.refused("report", "ab.json", "ab.json", says="one file of verdicts")

    def test_what_cannot_be_written(self):
        self.make_sweep()
        self.write("taken", "")
        self.refused("report", "out", "--output", "taken", says=("taken", "--output"))
        self.refused("report", "out", "--output", "taken/below", says=("taken/below", "--output"))
        self.refused("report", "out", "--output", "", says="--output is empty")
        (self.work / "foreign").mkdir()
        self.write("foreign/notes.txt", "mine")
        self.refused("report", "out", "--output", "foreign", says=("foreign holds notes.txt", "--output"))
        (self.work / "empty").mkdir()
        python = self.one_chart()
        self.report("out", "--output", "empty", **python)
        self.report("out", "--output", "empty", **python)


if __name__ == "__main__":
    unittest.main()

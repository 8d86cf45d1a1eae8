"""Results outlive the program: what each released version wrote is read, reported, compared, exported and taken up."""

import csv
import io
import json
import shutil
import subprocess
import unittest

from support import HANG_LIMIT_S, PROGRAM, PYTHON_CHOSEN, ROOT, CliTest, list_fonts_once, rows_of

FORMATS = ROOT / "tests" / "formats"

setUpModule = list_fonts_once


class Formats(CliTest):
    def setUp(self):
        super().setUp()
        self.versions = sorted(path.name for path in FORMATS.iterdir() if path.is_dir())
        self.assertIn("0.1.0", self.versions)

    def each(self):
        """A copy of what each version wrote, as the working directory."""
        top = self.work
        for version in self.versions:
            self.work = shutil.copytree(FORMATS / version, top / version)
            yield version
        self.work = top

    def plan_words(self):
        """The options that the sweep was made with."""
        config = json.loads((self.work / "sweep/meta.json").read_text())["plan"]["config"]
        self.write("config", "".join(line for line in config.splitlines(keepends=True) if not line.startswith("output")))
        return ("--config", "config", "--output", "sweep", "--no-charts")

    def test_a_report_of_all_of_it(self):
        program = self.installed()
        for _ in self.each():
            before = {path: (self.work / path).read_text() for path in ("sweep/runs.csv", "sweep/meta.json", "micro/micro.csv")}
            done = self.run_program("report", "sweep", "micro", "ab.json", "--output", "page", program=program, **PYTHON_CHOSEN)
            self.assertEqual(done.stderr, "")
            for word in ("pipe:capacity=128K", "memfd_lend lend", "latency, memory hot, placement free", "page/report.html"):
                self.assertIn(word, done.stdout)
            page = (self.work / "page/report.html").read_text()
            for word in ("pipe:capacity=128K", "mmap_flags"):
                self.assertIn(word, page)
            self.assertEqual({path: (self.work / path).read_text() for path in before}, before)

    def test_its_summaries_are_made_anew_with_the_same_figures(self):
        for version in self.each():
            self.run_program("report", "sweep", "micro", code=3, IPCSORT_PYTHON="/nonexistent")
            for path in ("sweep/summary.csv", "sweep/overall.csv", "micro/micro_summary.csv"):
                old, new = rows_of(FORMATS / version / path), rows_of(self.work / path)
                self.assertEqual([{name: row[name] for name in old[0]} for row in new], old, path)

    def test_a_comparison(self):
        for _ in self.each():
            shutil.copytree(self.work / "sweep", self.work / "same")
            report = json.loads(self.run_program("compare", "sweep", "same", "--format", "json").stdout)
            self.assertEqual({cell["ratio"] for cell in report["cells"]}, {1})
            self.run_program("sweep", *self.plan_words()[:2], "--output", "now", "--no-charts", "--quiet")
            done = subprocess.run([PROGRAM, "compare", "sweep", "now", "--force", "--format", "json"], cwd=self.work,
                                  env=self.environment(), capture_output=True, text=True, timeout=HANG_LIMIT_S)
            self.assertIn(done.returncode, (0, 1), done.stderr)  # times of two days: any of them may have regressed
            cells = json.loads(done.stdout)["cells"]
            self.assertEqual([cell["verdict"] for cell in cells if cell["ratio"] is None], [])

    def test_an_export(self):
        for _ in self.each():
            runs = [row for row in rows_of(self.work / "sweep/runs.csv") if row["warm"] == "0"]
            exported = json.loads(self.run_program("export", "sweep", "--format", "gbench").stdout)["benchmarks"]
            self.assertEqual(len([entry for entry in exported if entry["name"].startswith("total/")]), len(runs))
            cells = csv.DictReader(io.StringIO(self.run_program("export", "sweep", "--format", "csv").stdout))
            self.assertEqual(len(list(cells)), len(rows_of(self.work / "sweep/summary.csv")))

    def test_it_is_taken_up(self):
        for _ in self.each():
            words = self.plan_words()
            self.assertIn("complete", self.run_program("sweep", *words).stderr)
            runs = self.work / "sweep/runs.csv"
            lines = runs.read_text().splitlines(keepends=True)
            kept = "".join(lines[:-10])
            runs.write_text(kept)
            self.assertIn(f"taking up sweep after {len(lines) - 11} rows", self.run_program("sweep", *words).stderr)
            self.assertTrue(runs.read_text().startswith(kept))
            rows = rows_of(runs)
            self.assertEqual(len({(row["block"], row["pos"]) for row in rows}), len(lines) - 1)
            self.assertEqual({row["status"] for row in rows}, {"ok"})
            self.assertTrue(all(float(row["total_s"]) > 0 and row["started_utc"].endswith("Z") for row in rows))

    def test_its_profile(self):
        for _ in self.each():
            row = self.run_json("--transports", "pipe", "--numbers", "20K", "--workers", "1", "--profile", "profile.json")
            entry = json.loads((self.work / "profile.json").read_text())["entries"][0]
            self.assertEqual(row["options"], "".join(f"{name}={value}" for name, value in entry["options"].items()))


if __name__ == "__main__":
    unittest.main()

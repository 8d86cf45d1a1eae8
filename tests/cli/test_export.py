"""ipcsort export: what other tools are to read, read by them."""

import csv
import io
import json
import re
import statistics
import unittest

from consumers import compare
from support import rows_of
from sweeping import SIX_CELLS, SIX_CELLS_RUNS, SweepTest

COUNTED = SIX_CELLS_RUNS * 4 // 5  # one of the five blocks is to warm up


class Export(SweepTest):
    def setUp(self):
        super().setUp()
        self.sweep(*SIX_CELLS)

    def export(self, form, *words, code=0):
        return self.run_program("export", "out", "--format", form, *words, code=code)

    def benchmarks(self, form):
        text = self.export(form).stdout
        document = json.loads(text)
        self.assertIsInstance(document["context"]["caches"], list)
        self.assertEqual(document["context"]["num_cpus"], self.meta()["machine"]["cores_usable"])
        for entry in document["benchmarks"]:
            self.assertEqual(entry["run_type"], "iteration")
            self.assertEqual(entry["run_name"], entry["name"])
            self.assertRegex(entry["name"], r"\A(total|transfer)(/\w+:[\w=,]+)+\Z")
            self.assertEqual(entry["time_unit"], "ns")
            self.assertGreater(entry["real_time"], 0)
            self.assertGreater(entry["cpu_time"], 0)
        return document["benchmarks"]

    def counted(self, **columns):
        return [row for row in rows_of(self.runs) if row["warm"] == "0"
                and all(row[name] == value for name, value in columns.items())]

    def test_an_entry_for_each_counted_run(self):
        entries = [entry for entry in self.benchmarks("gbench") if entry["name"].startswith("total/")]
        self.assertEqual(len(entries), COUNTED)
        pipe = [entry for entry in entries if "/transport:pipe/options:capacity=128K/" in entry["name"]]
        self.assertEqual([entry["repetition_index"] for entry in pipe], [0, 1, 2, 3])
        self.assertEqual({entry["repetitions"] for entry in pipe}, {4})
        for entry, row in zip(pipe, self.counted(options="capacity=128K")):
            self.assertAlmostEqual(entry["real_time"], float(row["total_s"]) * 1e9, delta=1)

    def test_one_entry_for_each_cell(self):
        entries = self.benchmarks("gbench-median")
        names = [entry["name"] for entry in entries]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(len([name for name in names if name.startswith("total/")]), 6)
        [serial] = [entry for entry in entries if "/transport:serial/" in entry["name"]]  # nothing is transferred
        times = [float(row["total_s"]) for row in self.counted(transport="serial")]
        self.assertAlmostEqual(serial["real_time"], statistics.median(times) * 1e9, delta=1)

    def test_compare_py_reads_them(self):
        for form in ("gbench", "gbench-median"):
            with self.subTest(form):
                self.assertEqual(self.export(form, "--output", "old.json").stdout, "")
                document = json.loads((self.work / "old.json").read_text())
                for entry in document["benchmarks"]:
                    entry["real_time"] *= 2
                self.write("new.json", json.dumps(document))
                report = compare(self.work / "old.json", self.work / "new.json")
                for name in {entry["name"] for entry in document["benchmarks"]}:
                    self.assertRegex(report, rf"(?m)^{re.escape(name)} +\+1\.0000 +\+0\.0000 ")
                self.assertRegex(report, r"(?m)^OVERALL_GEOMEAN +\+1\.0000 +\+0\.0000 ")

    def test_a_dash_is_standard_output(self):
        for form in ("gbench", "csv"):
            self.assertEqual(self.export(form, "--output", "-").stdout, self.export(form).stdout)
        self.assertFalse((self.work / "-").exists())

    def test_github_action_benchmark(self):
        entries = json.loads(self.export("github-action").stdout)
        self.assertEqual(len(entries), 6)
        for entry in entries:
            self.assertEqual(set(entry), {"name", "unit", "value", "range", "extra"})
            self.assertIsInstance(entry["value"], float)
            self.assertTrue(all(isinstance(entry[key], str) for key in ("name", "unit", "range", "extra")))
            self.assertEqual(entry["unit"], "ms")
            self.assertRegex(entry["range"], r"\A± \S")
            self.assertIn("4 runs", entry["extra"])
        self.assertEqual(len({entry["name"] for entry in entries}), 6)

    def test_csv_is_the_summary(self):
        text = self.export("csv").stdout
        self.assertEqual(text, (self.out / "summary.csv").read_text())
        self.assertEqual(len(list(csv.DictReader(io.StringIO(text)))), 6)

    def test_a_run_that_failed_is_no_time(self):
        lines = self.runs.read_text().splitlines(keepends=True)
        status = lines[0].split(",").index("status")
        last = lines[-1].split(",")
        last[status] = "timeout"
        self.runs.write_text("".join(lines[:-1]) + ",".join(last))
        done = self.export("gbench")
        self.assertIn("1 run failed", done.stderr)
        totals = [entry for entry in json.loads(done.stdout)["benchmarks"] if entry["name"].startswith("total/")]
        self.assertEqual(len(totals), COUNTED - 1)

        self.runs.write_text("".join(lines[:2]))  # the first block is to warm up
        done = self.export("gbench", code=3)
        self.assertEqual((done.stdout, done.stderr), ("", "ipcsort: out has no counted run that succeeded\n"))

    def test_what_cannot_be_is_refused(self):
        (self.work / "foreign").mkdir()
        for words, says in ((("foreign", "--format", "csv"), "foreign is not a result"),
                            (("missing", "--format", "csv"), "missing is not a result"),
                            (("out",), "--format"), (("--format", "csv"), "directory"),
                            (("out", "out", "--format", "csv"), "one result directory"),
                            (("out", "--format", "gbnech"), "did you mean gbench?"),
                            (("out", "--format", "xml"), "'xml'"),
                            (("out", "--format", "csv", "--output", "no/such"), "no/such"),
                            (("out", "--format", "csv", "--output", "foreign"), "foreign")):
            with self.subTest(words):
                self.refused("export", *words, says=says)
        rows = self.runs.read_text()
        for content, says in ((rows.replace("total_s,", "total,", 1), ("missing column", "total_s")),
                              (rows.replace(",pipe,", ',"pipe,', 1), ("quote",))):
            self.runs.write_text(content)
            self.refused("export", "out", "--format", "gbench", says=("out/runs.csv", *says))
        self.runs.write_text(rows[:-20])  # a row cut off while it was written is none
        totals = [e for e in json.loads(self.export("gbench").stdout)["benchmarks"] if e["name"].startswith("total/")]
        self.assertEqual(len(totals), COUNTED - 1)


if __name__ == "__main__":
    unittest.main()

"""ipcsort compare: two recorded sweeps, their rows planted."""

import csv
import io
import json
import random
import unittest
import xml.etree.ElementTree as ElementTree

from support import CliTest

COPYING = ("pipe", "fifo", "unix_stream", "socketpair_stream", "mmap_flags", "xsi_shm_sem")
SWEEP = ("--preset", "smoke", "--numbers", "1K", "--transports", ",".join(COPYING), "--handover", "copy",
         "--references", "serial,memcpy_one_copy", "--blocks", "10", "--no-charts", "--quiet")


class Compare(CliTest):
    recorded = None  # header, rows and meta.json of a real sweep

    def setUp(self):
        super().setUp()
        if Compare.recorded is None:
            self.run_program("sweep", *SWEEP, "--output", "recorded")
            with open(self.work / "recorded/runs.csv", newline="", encoding="utf-8") as file:
                reader = csv.DictReader(file)
                rows = list(reader)
            Compare.recorded = (reader.fieldnames, rows, json.loads((self.work / "recorded/meta.json").read_text()))
        self.header, rows, meta = Compare.recorded
        self.rows = [dict(row) for row in rows]
        self.meta = json.loads(json.dumps(meta))

    def plant(self, name, factors=None, seed=1, drop=(), meta=None, edit=None):
        """The sweep as directory `name`, with times of 1 % noise that `factors` multiply by transport."""
        noise = random.Random(seed)
        directory = self.work / name
        directory.mkdir()
        with open(directory / "runs.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self.header, lineterminator="\n")
            writer.writeheader()
            for row in self.rows:
                row = dict(row, total_s=0.1 * noise.uniform(0.99, 1.01) * (factors or {}).get(row["transport"], 1))
                if edit:
                    edit(row)
                if row["transport"] not in drop:
                    writer.writerow(row)
        (directory / "meta.json").write_text(json.dumps({**self.meta, **(meta or {})}))
        return directory

    def compare(self, *words, code=0):
        return self.run_program("compare", *words, code=code)

    def verdicts(self, *words, code=0):
        cells = json.loads(self.compare(*words, "--format", "json", code=code).stdout)["cells"]
        return {cell["cell"].split(",")[0]: cell["verdict"] for cell in cells}

    def test_unchanged(self):
        self.plant("old")
        self.plant("new", seed=2)
        done = self.compare("old", "new", "--strict")
        self.assertRegex(done.stdout, r"\n7 unchanged \(MDE \d\.\d to \d\.\d %\)\n\Z")
        self.assertIn("The session's shift", done.stdout)
        self.assertEqual(done.stderr, "")

    def test_a_planted_slow_down_is_named_and_nothing_else(self):
        self.plant("old")
        self.plant("new", {"fifo": 1.2}, seed=2)
        expected = {name: "unchanged" for name in (*COPYING, "serial")} | {"fifo": "regressed"}
        self.assertEqual(self.verdicts("old", "new", code=1), expected)
        self.assertEqual(self.verdicts("old/runs.csv", "new/runs.csv", code=1), expected)
        self.assertEqual(self.verdicts("new", "old"), expected | {"fifo": "improved"})

    def test_every_format_says_the_same(self):
        self.plant("old")
        self.plant("new", {"fifo": 1.2}, seed=2, drop=("pipe",))
        report = json.loads(self.compare("old", "new", "--format", "json", code=1).stdout)
        self.assertEqual(report["schema"], 1)
        cells = {cell["cell"]: cell["verdict"] for cell in report["cells"]}
        rows = list(csv.DictReader(io.StringIO(self.compare("old", "new", "--format", "csv", code=1).stdout)))
        self.assertEqual({row["cell"]: row["verdict"] for row in rows}, cells)
        self.assertEqual((rows[0]["verdict"], rows[1]["verdict"]), ("regressed", "missing"))
        suites = ElementTree.fromstring(self.compare("old", "new", "--format", "junit", code=1).stdout)
        self.assertEqual({case.get("name") for case in suites.iter("testcase")}, set(cells))
        self.assertEqual([case.find("failure") is not None for case in suites.iter("testcase")], [True] + 6 * [False])
        self.assertEqual([suites.get(name) for name in ("tests", "failures", "errors", "skipped")], ["7", "1", "0", "1"])
        markdown = self.compare("old", "new", "--format", "markdown", code=1).stdout
        table = self.compare("old", "new", code=1).stdout
        for cell in cells:
            self.assertIn(cell, markdown)
            self.assertIn(cell, table)
        for text in (markdown, table):
            self.assertIn(report["headline"], text)

    def test_output_goes_to_a_file(self):
        self.plant("old")
        self.plant("new", seed=2)
        done = self.compare("old", "new", "--format", "junit", "--output", "report.xml")
        self.assertRegex(done.stdout, r"\A7 unchanged \([^\n]+\n\Z")
        self.assertEqual(len(list(ElementTree.parse(self.work / "report.xml").iter("testcase"))), 7)
        self.assertEqual(self.compare("old", "new", "--format", "junit", "--output", "-").stdout, (self.work / "report.xml").read_text())

    def test_failed_cells(self):
        def fail(row):
            if row["transport"] == "fifo" and row["block"] == "3":
                row.update(status="peer_died", error='worker 1: "killed", by <9>', total_s="")
        self.plant("old")
        self.plant("new", seed=2, edit=fail)
        done = self.compare("old", "new", code=3)
        self.assertIn('the candidate: peer_died: worker 1: "killed", by <9>', done.stdout)
        self.assertIn("1 failed, 6 unchanged", done.stdout)

    def test_inconclusive_counts_only_when_strict(self):
        def first_blocks(row):
            row["warm"] = int(int(row["block"]) > 4)
        for name in ("old", "new"):
            self.plant(name, edit=first_blocks)
        self.assertIn("7 inconclusive", self.compare("old", "new").stdout)
        self.assertIn("it takes 6 of each", self.compare("old", "new", "--strict", code=4).stdout)

    def test_one_order_in_all_blocks_gives_no_verdicts(self):
        def ordered(row):
            names = [*COPYING, "serial", "memcpy_one_copy"]
            row["seq"] = int(row["block"]) * len(names) + names.index(row["transport"])
        self.plant("old")
        self.plant("new", {"fifo": 1.2}, edit=ordered)
        done = self.compare("old", "new")
        self.assertIn("the candidate was not recorded in randomised blocks: every block ran", done.stdout)
        self.assertIn("7 inconclusive", done.stdout)

    def test_other_machine(self):
        machine = {**self.meta["machine"], "cpu": "Abacus\n9000", "kernel": "Linux 9"}
        self.plant("old")
        self.plant("new", {"fifo": 1.2}, seed=2, meta={"machine": machine})
        done = self.compare("old", "new", code=5)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\Aipcsort: old and new are not comparable: cpu: .* and Abacus\\x0a9000\. [^\n]*\n\Z")
        forced = self.compare("old", "new", "--force")
        self.assertIn("NOT COMPARABLE", forced.stdout)
        self.assertRegex(forced.stdout, r"fifo,.*inconclusive +\+(19|20|21)\.\d %")
        self.assertIn("kernel: ", forced.stdout)
        self.compare("old", "new", "--force", "--strict", code=4)

    def test_other_plan(self):
        plan = self.meta["plan"]
        self.plant("old")
        for name, more, says in (
                ("size", {"config": plan["config"].replace("numbers = 1K", "numbers = 9K")}, "plan, numbers: 1K and 9K"),
                ("hidden", {}, "with the same options"),
                ("bare", {"config": 7}, "plan, blocks: 10 and not given")):
            self.plant(name, meta={"plan": {**plan, "hash": "x", **more}})
            self.assertIn(says, self.compare("old", name, code=5).stderr)

    def test_nothing_in_common(self):
        self.plant("old", drop=COPYING)
        self.plant("new", drop=("serial",))
        done = self.compare("old", "new", code=3)
        self.assertIn("6 new, 1 missing", done.stdout)

    def test_an_unfinished_sweep_says_so(self):
        del self.meta["finished_utc"]
        self.plant("old")
        self.plant("new", seed=2)
        self.assertRegex(self.compare("old", "new").stdout, r"The candidate is not finished: it has \d+ rows\.")

    def test_what_is_no_result(self):
        self.plant("old")
        (self.work / "empty").mkdir()
        self.write("notes.txt", "mine")
        for name in ("empty", "notes.txt", "nowhere", ""):
            self.refused("compare", "old", name, says=(name, "sweep"))
        self.refused("compare", "old", "old/runs.csv", says="the same directory")
        for words in ((), ("old",), ("old", "old", "old")):
            self.refused("compare", *words, says="two result directories")
        self.refused("compare", "old", "old", "--format", "yaml", says="table, csv, json, markdown, junit")
        self.refused("compare", "old", "old", "--metric", "speed", says="total|transfer|cpu")

    def test_damaged_rows(self):
        self.plant("old")
        runs = self.plant("new") / "runs.csv"
        text = runs.read_text()
        lines = text.splitlines(keepends=True)
        fields = lines[4].split(",")
        at = self.header.index("total_s")
        version = self.meta["version"]

        def with_time(value):
            return "".join([*lines[:4], ",".join([*fields[:at], value, *fields[at + 1:]]), *lines[5:]])
        for content, says in ((text.replace("total_s", "total", 1), ("missing column total_s", f"ipcsort {version} wrote it")),
                              (lines[0] + lines[1][:40] + "\n" + "".join(lines[2:]), ("record 2", "fields")),
                              (with_time("nan"), ("record 5", "total_s", "not finite")),
                              (with_time("fast"), ("record 5", "total_s", "not a number")),
                              (with_time("-1"), ("seq 3", "time that no run can take")),
                              ("name,age\nBob,7\n", ("missing column seq",)),
                              (lines[0], ("no rows",)), ("", ("no rows",))):
            runs.write_text(content)
            self.refused("compare", "old", "new", says=("new/runs.csv", *says))
        runs.write_text(text[:-20])  # torn while it was written
        self.assertIn("The last row of the candidate was cut off", self.compare("old", "new").stdout)
        runs.unlink()
        self.refused("compare", "old", "new", says=("new", "runs.csv"))

    def test_damaged_meta(self):
        self.plant("old")
        meta = self.plant("new") / "meta.json"
        whole = json.loads(meta.read_text())
        for content, says in (("{", ("JSON",)), ("[]", ("no plan",)), ("{}", ("no plan",)),
                              (json.dumps({**whole, "schema": 2}), ("schema 2", "reads schema 1")),
                              (json.dumps({**whole, "schema": None}), ("schema null",)),
                              (json.dumps({**whole, "machine": 3}), ("no such machine",))):
            meta.write_text(content)
            self.refused("compare", "old", "new", says=("new/meta.json", *says))
        meta.write_text(json.dumps({**whole, "git": [1], "compiler": None, "flags": {}}))
        self.assertIn("unknown", self.compare("old", "new").stdout)
        meta.unlink()
        self.refused("compare", "old", "new", says=("new", "meta.json"))

    def test_help_says_what_it_cannot_do(self):
        text = self.compare("--help").stdout
        for word in ("ipcsort ab", "321 to 391", "5 not comparable"):
            self.assertIn(word, text)


if __name__ == "__main__":
    unittest.main()

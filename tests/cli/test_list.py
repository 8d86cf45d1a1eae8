"""ipcsort list: what there is, in three forms."""

import csv
import io
import json
import unittest

from support import CliTest

MACHINE_DEPENDENT = {"usable", "limit", "reason"}


class List(CliTest):
    def test_csv_is_the_golden_one(self):
        entries = self.entries()
        self.assertEqual(list(entries[0]), ["name", "kind", "usable", "naming", "framing", "payload_copies", "limit",
                                            "options", "needs", "summary", "reason"])
        text = io.StringIO()
        columns = [name for name in entries[0] if name not in MACHINE_DEPENDENT]
        lines = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
        lines.writeheader()
        lines.writerows(entries)
        self.golden("list.csv", text.getvalue())

    def test_what_cannot_be_used_says_why(self):
        for entry in self.entries():
            self.assertEqual(entry["usable"] == "yes", entry["reason"] == "", entry)
        nowhere = str(self.root / ("x" * 100))
        entry = json.loads(self.run_program("list", "--format", "json", XDG_RUNTIME_DIR=nowhere).stdout)
        self.assertIn("unix_stream", [e["name"] for e in entry if not e["usable"] and e["reason"]])

    def test_json_and_table_have_the_same_names(self):
        entries = self.entries()
        listed = json.loads(self.run_program("list", "--format", "json").stdout)
        self.assertEqual([entry["name"] for entry in listed], [entry["name"] for entry in entries])
        self.assertEqual([entry["usable"] for entry in listed], [entry["usable"] == "yes" for entry in entries])
        table = self.run_program("list").stdout
        self.assertEqual([line.split()[0] for line in table.splitlines() if line[0] != " "],
                         [entry["name"] for entry in entries])
        for entry in entries:
            self.assertIn(entry["summary"], table)

    def test_columns_are_those_of_the_files(self):
        for file, some in (("runs", ("`seq`", "`status`", "`total_s`")), ("summary", ("`transport`", "`runs_ok`"))):
            text = self.run_program("list", "--columns", file).stdout
            self.assertTrue(text.startswith("| column | unit | meaning |\n|---|"))
            for name in some:
                self.assertIn(name, text)
        header = self.run_program("run", "--transports", "pipe", "--numbers", "10", "--format", "csv").stdout
        described = [line.split("`")[1] for line in self.run_program("list", "--columns", "runs").stdout.splitlines()[2:]]
        self.assertEqual(described, header.splitlines()[0].split(","))

    def test_refuses_what_it_does_not_know(self):
        self.refused("list", "--format", "xml", says=("--format", "'xml'", "table", "csv", "json"))
        self.refused("list", "--columns", "rows", says=("--columns", "'rows'", "runs", "summary"))
        self.refused("list", "--format", says="--format")


if __name__ == "__main__":
    unittest.main()

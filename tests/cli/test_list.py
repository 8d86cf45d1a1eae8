"""ipcsort list: what there is, in all its forms."""

import csv
import io
import json
import os
import re
import unittest

from support import CliTest


def unwrapped(text):
    return " ".join(text.split())


class List(CliTest):
    def test_what_cannot_be_used_says_why(self):
        for entry in self.entries():
            self.assertEqual(entry["usable"] == "yes", entry["reason"] == "", entry)
        nowhere = str(self.root / ("x" * 100))  # too long a path for a socket
        os.mkdir(nowhere)
        entry = json.loads(self.run_program("list", "--format", "json", XDG_RUNTIME_DIR=nowhere).stdout)
        self.assertIn("unix_stream", [e["name"] for e in entry if not e["usable"] and e["reason"]])

    def test_json_and_table_have_the_same_names(self):
        entries = self.entries()
        listed = json.loads(self.run_program("list", "--format", "json").stdout)
        self.assertEqual([entry["name"] for entry in listed], [entry["name"] for entry in entries])
        self.assertEqual([entry["usable"] for entry in listed], [entry["usable"] == "yes" for entry in entries])
        table = self.run_program("list").stdout
        named = [line.split()[0] for line in table.splitlines() if re.match(r"  \S", line)]
        self.assertEqual(sorted(named), sorted(entry["name"] for entry in entries))
        text = unwrapped(table)
        for entry in entries:
            self.assertIn(f"{entry['name']} {entry['summary']}", text)

    def test_table_is_short_and_narrow_and_has_its_families(self):
        lines = self.run_program("list").stdout.splitlines()
        self.assertEqual([line for line in lines if len(line) > 80], [])
        entries = self.entries()
        self.assertLess(len(lines), 2 * len(entries) + 10)
        heading = ""
        heading_of = {}
        for line in lines:
            if line and line[0] != " ":
                heading = line
            elif re.match(r"  \S", line):
                heading_of[line.split()[0]] = heading
        titles = {"shared_memory": "Shared memory", "lent_memory": "Lent memory, read in place",
                  "single_copy": "One copy by the kernel", "stream": "Streams", "message": "Messages",
                  "floor": "The harness's own floor", "": "To compare with: not transports"}
        self.assertEqual(heading_of, {entry["name"]: titles[entry["family"]] for entry in entries})

    def test_one_is_told_in_full(self):
        for entry in self.entries():
            lines = self.run_program("list", entry["name"]).stdout.splitlines()
            text = unwrapped("\n".join(lines))
            self.assertTrue(text.startswith(f"{entry['name']}: {entry['summary']}"))
            for field in ("needs", "peer_death", "best_for", "limit", "framing", "reason"):
                self.assertIn(entry[field], text)
            for option in filter(None, entry["options"].split(" ")):
                written, default = option.rstrip(")").split("(")
                self.assertRegex(text, rf"option {re.escape(written)}, default {re.escape(default)}: \S")
            # A word that is longer than a line is not broken.
            self.assertEqual([line for line in lines if len(line) > 80 and len(line.split()) > 2], [])

    def test_one_that_cannot_be_used_says_why(self):
        nowhere = str(self.root / ("x" * 100))  # too long a path for a socket
        os.mkdir(nowhere)
        self.assertIn("it can be used", unwrapped(self.run_program("list", "unix_stream").stdout))
        entries = json.loads(self.run_program("list", "unix_stream", "--format", "json", XDG_RUNTIME_DIR=nowhere).stdout)
        text = unwrapped(self.run_program("list", "unix_stream", XDG_RUNTIME_DIR=nowhere).stdout)
        reason, said = (re.sub(r"[0-9a-f]{32}\.sock", "ANY.sock", one) for one in (unwrapped(entries[0]["reason"]), text))
        self.assertIn("it cannot be used: " + reason, said)
        table = unwrapped(self.run_program("list", XDG_RUNTIME_DIR=nowhere).stdout)
        self.assertIn(entries[0]["summary"] + " (cannot be used here)", table)

    def test_some_in_the_order_asked_for(self):
        listed = list(csv.DictReader(io.StringIO(
            self.run_program("list", "serial", "pipe", "--format", "csv").stdout)))
        self.assertEqual([entry["name"] for entry in listed], ["serial", "pipe"])
        text = self.run_program("list", "unix_stream", "pipe").stdout
        self.assertLess(text.index("unix_stream:"), text.index("\npipe:"))

    def test_markdown_has_a_row_and_a_section_for_each_transport(self):
        text = self.run_program("list", "--format", "markdown").stdout
        self.assertTrue(text.startswith("# The transports\n"))
        for entry in self.entries():
            is_transport = entry["kind"] == "transport"
            self.assertEqual(text.count(f"\n| [`{entry['name']}`](#{entry['name']}) |"), is_transport)
            self.assertEqual(text.count(f"\n### {entry['name']}\n\n{entry['summary']}\n"), is_transport)
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines() if line.startswith("| [`")}
        self.assertEqual(cells, {8})
        self.assertNotIn("a death was noticed", text)

    def test_markdown_quotes_the_kill_loop(self):
        header = ("transport,kills,ok_after_sent,hangs,leaks,wrong,noticed_ms_p50,noticed_ms_p99,noticed_ms_max,"
                  "row_ms_p50,row_ms_p99,row_ms_max\n")
        deaths = self.write("deaths.csv", header + "pipe,120,3,0,0,0,0.412,5.719,16.49,1.8,12.9,13.0\n"
                                                   "unix_stream,2,2,0,0,0,,,,,,\n")
        text = self.run_program("list", "--format", "markdown", "--deaths", deaths).stdout
        rows = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| [`")}
        self.assertTrue(rows["pipe"].endswith("| 0.4 ms; worst 16 ms of 117 |"), rows["pipe"])
        self.assertTrue(rows["unix_stream"].endswith("| EOF | |"), rows["unix_stream"])
        self.refused("list", "--deaths", deaths, says="--format markdown")
        for content, says in (("a,b\n1,2\n", "no column transport"), (header + "pipe,1\n", "row 1"), ("", "empty"),
                              (header + "pipe,1,0,0,0,0,x,1,1,1,1,1\n", "'x'"),
                              (header + "pipe,-1,0,0,0,0,1,1,1,1,1,1\n", "'-1'")):
            path = self.write("wrong.csv", content)
            self.refused("list", "--format", "markdown", "--deaths", path, says=("--deaths", says))
        self.refused("list", "--format", "markdown", "--deaths", "nowhere.csv", says="nowhere.csv")

    def test_columns_are_those_of_the_files(self):
        for file, some in (("runs", ("`seq`", "`status`", "`total_s`")), ("summary", ("`transport`", "`runs_ok`")),
                           ("overall", ("`ratio_to_leader`",)), ("micro", ("`latency_p90_s`",)),
                           ("micro_summary", ("`share_of_ceiling_median`",)), ("verdicts", ("`verdict`",))):
            text = self.run_program("list", "--columns", file).stdout
            self.assertTrue(text.startswith("| column | unit | meaning |\n|---|"))
            for name in some:
                self.assertIn(name, text)
        header = self.run_program("run", "--transports", "pipe", "--numbers", "10", "--format", "csv").stdout
        described = [line.split("`")[1] for line in self.run_program("list", "--columns", "runs").stdout.splitlines()[2:]]
        self.assertEqual(described, header.splitlines()[0].split(","))

    def test_refuses_what_it_does_not_know(self):
        self.refused("list", "--format", "xml", says=("--format", "'xml'", "table", "csv", "json", "markdown"))
        self.refused("list", "pip", says=("'pip'", "did you mean pipe?"))
        self.refused("list", "pipe", "--format", "markdown", says="leave the names out")
        self.refused("list", "--columns", "rows", says=("--columns", "'rows'", "runs", "summary"))
        self.refused("list", "--format", says="--format")


if __name__ == "__main__":
    unittest.main()

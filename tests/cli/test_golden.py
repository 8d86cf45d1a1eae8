"""What programs and people rely on word for word: headers of CSV files, the keys of JSON, help, lists, presets, and the
report of the reference. tests/golden/renew writes these files anew where a difference is meant.
"""

import csv
import html.parser
import io
import json
import re
import shutil
import unittest

from support import PROGRAM, PYTHON_CHOSEN, ROOT, CliTest, list_fonts_once

REFERENCE = ROOT / "results" / "reference"
SMALL = ("--transports", "pipe", "--numbers", "1K", "--files", "1", "--workers", "1")
ONE_WAY = (*SMALL, "--placement", "one", "--memory", "fresh", "--metric", "total", "--budget", "1ms")
setUpModule = list_fonts_once
PRESETS = ("smoke", "quick", "ci", "full", "lecture")

# What is in these depends on the machine, or on what it is doing.
UNFOLDED = {"machine", "kernel_costs", "busy", "warnings", "notes"}


def kind_of(value):
    if isinstance(value, bool):
        return "yes or no"
    return {dict: "object", list: "list", str: "text", type(None): "nothing"}.get(type(value), "number")


def shape(name, values, depth=0):
    """Lines that say which kinds of value `name` has, and which names and kinds are below it, in order."""
    yield "  " * depth + name + ": " + " or ".join(sorted({kind_of(value) for value in values}))
    if name in UNFOLDED:
        return
    objects = [value for value in values if isinstance(value, dict)]
    for key in dict.fromkeys(key for value in objects for key in value):
        below = [value[key] for value in objects if key in value]
        yield from shape(key + ("" if len(below) == len(objects) else " (not always)"), below, depth + 1)
    items = [item for value in values if isinstance(value, list) for item in value]
    if items:
        yield from shape("each", items, depth + 1)


class PageText(html.parser.HTMLParser):
    """What a page says, a line for each block and each row of a table; its pictures are left out."""

    UNREAD = {"style", "script", "svg"}
    INLINE = {"a", "abbr", "b", "code", "em", "i", "small", "span", "strong", "sub", "sup", "td", "th"}

    def __init__(self, text):
        super().__init__()
        self.unread, self.said = 0, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.unread += tag in self.UNREAD
        self.said.append("| " if tag in ("td", "th") else "" if tag in self.INLINE else "\n")

    def handle_endtag(self, tag):
        self.unread -= tag in self.UNREAD
        self.said.append("" if tag in self.INLINE else "\n")

    def handle_data(self, data):
        if not self.unread:
            self.said.append(re.sub(r"\s+", " ", data))

    def lines(self):
        lines = (" ".join(line.split()) for line in "".join(self.said).split("\n"))
        return "".join(line + "\n" for line in lines if line)


class Golden(CliTest):
    def out(self, *words, **environment):
        return self.run_program(*words, **environment).stdout

    def sweep_twice(self):
        self.out("sweep", "--preset", "smoke", *SMALL, "--references", "memcpy_one_copy", "--no-charts", "--output", "swept")
        shutil.copytree(self.work / "swept", self.work / "again")

    def test_headers_of_csv(self):
        self.sweep_twice()
        self.out("micro", "--transports", "pipe", "--measure", "throughput", "--sizes", "64", "--placement", "free",
                 "--min-time", "1ms", "--repetitions", "1", "--quiet", "--output", "messages")
        told = {path.partition("/")[2]: (self.work / path).read_text()
                for path in ("swept/runs.csv", "swept/summary.csv", "messages/micro.csv", "messages/micro_summary.csv")}
        told["overall.csv"] = (REFERENCE / "overall.csv").read_text()  # only of more conditions; Reference makes it anew
        for words in (("run", *SMALL), ("report", "swept"), ("report", "swept", "again"), ("report", "messages"),
                      ("export", "swept"), ("compare", "swept", "again"), ("list",), ("doctor", "--time", "1ms"),
                      ("gen", "--numbers", "1", "--output", "numbers"), ("tune", *SMALL, "--time-budget", "1ms"),
                      ("ab", "--baseline", PROGRAM, *ONE_WAY)):
            code = 3 if words[0] == "report" else 0  # without a Python there is no page
            told["ipcsort " + " ".join(words[:1 if PROGRAM in words else 3])] = self.run_program(
                *words, "--format", "csv", code=code, IPCSORT_PYTHON="/nonexistent").stdout
        self.golden("csv_headers.txt", "".join(
            f"{name}\n" + "".join(f"  {column}\n" for column in next(csv.reader(io.StringIO(text))))
            for name, text in told.items()))

    def assert_shape(self, name, *texts):
        self.golden(f"json/{name}.txt", "".join(line + "\n" for line in shape(name, [json.loads(text) for text in texts])))

    def test_shapes_of_json(self):
        self.sweep_twice()
        as_json = ("--format", "json")
        failed = self.run_program("run", *SMALL, *as_json, code=3, IPCSORT_FAULT="ready:kill:0").stdout
        self.assert_shape("run", self.out("run", *SMALL, *as_json), failed)
        self.assert_shape("doctor", self.out("doctor", "--time", "1ms", *as_json))
        self.assert_shape("tune", self.out("tune", *SMALL, "--time-budget", "1ms", *as_json))
        asked = ("recommend", "--from", REFERENCE, "--payload", "20M", *as_json, "--workers")
        self.assert_shape("recommend", self.out(*asked, "4"), self.out(*asked, "1"),
                          self.run_program(*asked, "4", "--need", "zero-copy,boundaries", code=3).stdout)
        self.assert_shape("ab", self.out("ab", "--baseline", PROGRAM, *ONE_WAY, *as_json))
        self.assert_shape("selftest", self.run_program("selftest", "aa", *ONE_WAY, *as_json, code=3).stdout)
        self.assert_shape("compare", self.out("compare", REFERENCE, shutil.copytree(REFERENCE, self.work / "same"), *as_json))
        self.assert_shape("meta", (self.work / "swept/meta.json").read_text())
        self.assert_shape("export", self.out("export", "swept", "--format", "gbench"))

    def test_list(self):
        entries = json.loads(self.out("list", "--format", "json"))
        rows = list(csv.DictReader(io.StringIO(self.out("list", "--format", "csv"))))
        for entry in (*entries, *rows):
            for name in ("usable", "limit", "reason"):
                entry[name] = "as this machine has it"
        text = io.StringIO()
        lines = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        lines.writeheader()
        lines.writerows(rows)
        self.golden("list/list.csv", text.getvalue())
        self.golden("list/list.json", json.dumps(entries, indent=2) + "\n")
        # Where lines are broken depends on what cannot be used here.
        table = re.sub(r"\n {20,}", " ", self.out("list")).replace(" (cannot be used here)", "")
        self.golden("list/list.txt", table)
        each = re.sub(r"\n {14,}", " ", self.out("list", *(entry["name"] for entry in entries)))
        self.golden("list/each.txt", re.sub(r"(?m)^  (limit|here) .*\n", "", each))
        # As Markdown it is docs/transports.md, with the columns of docs/csv.md; tests/project compares these.

    def test_help(self):
        overview = self.out("--help")
        self.golden("help/ipcsort.txt", overview)
        dated = re.compile(r"\A(\.TH \S+ 1) .*")
        self.golden("manual/ipcsort.1", dated.sub(r"\1", self.out("manual")))
        commands = re.findall(r"(?m)^  (\w+)", re.search(r"\nCommands:\n((?:  .*\n)+)", overview)[1])
        self.assertGreater(len(commands), 10)
        for command in commands:
            self.golden(f"help/{command}.txt", self.out(command, "--help"))
        self.golden("manual/ipcsort-sweep.1", dated.sub(r"\1", self.out("manual", "sweep")))

    def test_presets(self):
        self.golden("presets/none.conf", self.out("sweep", "--print-config"))
        for preset in PRESETS:
            self.golden(f"presets/{preset}.conf", self.out("sweep", "--preset", preset, "--print-config"))


class Reference(CliTest):
    """What is kept in results/ is what the program makes of the rows that are kept there."""

    def test_summaries_and_page(self):
        shutil.copytree(REFERENCE, self.work / REFERENCE.name)
        done = self.run_program("report", REFERENCE.name, "--output", "page", program=self.installed(), **PYTHON_CHOSEN)
        for name in ("summary.csv", "overall.csv", "micro_summary.csv"):
            self.assertEqual((self.work / REFERENCE.name / name).read_bytes(), (REFERENCE / name).read_bytes(), name)
        self.golden("reference/terminal.txt", re.sub(r"drawn with .*", "drawn with ...", done.stdout))
        self.golden("reference/page.txt", PageText((self.work / "page/report.html").read_text()).lines())


if __name__ == "__main__":
    unittest.main()

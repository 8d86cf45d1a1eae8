"""report.html: what it says, and how it is built, by reading it as a browser would."""

import contextlib
import copy
import hashlib
import html.parser
import io
import json
import re
import tempfile
import unittest
from pathlib import Path

from plots import __main__ as program, charts

from . import synthetic, synthetic_micro, synthetic_verdicts

VOID = {"meta", "link", "br", "img", "hr", "input"}
SIZE_MAX_BYTES = 1.5 * 2**20
NASTY = "<script>alert('&amp;\"')</script>"


class Element:
    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent, self.children = tag, attributes, parent, []

    @property
    def text(self):
        """As it reads: one blank where there are several, no difference between kinds of them."""
        return " ".join("".join(child if isinstance(child, str) else child.text for child in self.children).split())

    def all(self, *tags):
        for child in self.children:
            if isinstance(child, Element):
                if not tags or child.tag in tags:
                    yield child
                yield from child.all(*tags)

    def inside(self, tag):
        return self.parent is not None and (self.parent.tag == tag or self.parent.inside(tag))


class Reader(html.parser.HTMLParser):
    """Strict: every element is closed, in order."""

    def __init__(self, text):
        super().__init__()
        self.root = self.at = Element("", {}, None)
        self.feed(text)
        self.close()
        assert self.at is self.root, f"<{self.at.tag}> is not closed"

    def handle_starttag(self, tag, attributes):
        assert len({name for name, _ in attributes}) == len(attributes), f"<{tag}> has an attribute twice"
        element = Element(tag, dict(attributes), self.at)
        self.at.children.append(element)
        if tag not in VOID:
            self.at = element

    def handle_startendtag(self, tag, attributes):
        self.at.children.append(Element(tag, dict(attributes), self.at))

    def handle_endtag(self, tag):
        assert self.at.tag == tag, f"</{tag}> closes <{self.at.tag}>"
        self.at = self.at.parent

    def handle_data(self, data):
        self.at.children.append(data)


class PageTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, rows, meta=synthetic.META, name="a result"):
        return synthetic.write(self.folder / name, rows, meta)

    def make(self, *words, only="heatmap", code=0):
        """(the page, its lines on standard output)"""
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()) as self.errors:
            self.assertEqual(program.main([*map(str, words), *(["--only", only] if only else [])]), code)
        lines = output.getvalue().splitlines()
        directory = next((words[index + 1] for index, word in enumerate(words) if word == "--output"), words[0])
        text = (Path(directory) / "report.html").read_text("utf-8")
        return Reader(text).root, lines

    def section(self, root, name):
        return next(element for element in root.all("section") if element.attributes["aria-labelledby"] == name)

    def check_structure(self, root):
        """What a browser without eyes, and one without a network, needs."""
        elements = list(root.all())
        ids = [element.attributes["id"] for element in elements if "id" in element.attributes]
        self.assertEqual(len(ids), len(set(ids)))
        for element in elements:
            for name in ("aria-labelledby", "aria-describedby"):
                for target in element.attributes.get(name, "").split():
                    self.assertIn(target, ids)
            for name, value in element.attributes.items():
                if name in ("href", "xlink:href", "src"):
                    self.assertRegex(value, r"\A#")
                    self.assertIn(value[1:], ids)
                for target in re.findall(r"url\((?!data:)['\"]?([^)'\"]*)", value or ""):
                    self.assertRegex(target, r"\A#")
            self.assertFalse([name for name in element.attributes if name.startswith("on")])
        self.assertFalse(list(root.all("script", "link", "iframe", "img", "object")))
        style = next(root.all("style")).children[0]
        self.assertFalse(re.findall(r"url\((?!data:)|@import", style))
        page_element = next(root.all("html"))
        self.assertEqual(page_element.attributes["lang"], "en")
        metas = {element.attributes.get("name", element.attributes.get("http-equiv")): element.attributes.get("content")
                 for element in root.all("meta")}
        self.assertIn("default-src 'none'", metas["Content-Security-Policy"])
        self.assertEqual(metas["color-scheme"], "light dark")
        self.assertIn("width=device-width", metas["viewport"])
        for landmark in ("header", "nav", "main", "footer", "title", "h1"):
            self.assertEqual(len([e for e in root.all(landmark) if not e.inside("svg")]), 1, landmark)
        levels = [int(element.tag[1]) for element in root.all("h1", "h2", "h3", "h4", "h5", "h6")]
        self.assertEqual(levels[0], 1)
        self.assertTrue(all(after <= before + 1 for before, after in zip(levels, levels[1:])), levels)
        for table in root.all("table"):
            self.assertTrue(next(table.all("caption")).text)
            self.assertTrue(all(cell.attributes.get("scope") in ("col", "row", "rowgroup") for cell in table.all("th")))
            width = len(list(next(table.all("thead")).all("th")))
            for row in table.all("tr"):
                cells = list(row.all("td", "th"))
                self.assertEqual(sum(int(cell.attributes.get("colspan", 1)) for cell in cells), width)
                self.assertTrue(list(row.all("th")))
        for region in root.all("div"):
            if "tabindex" in region.attributes:
                self.assertEqual((region.attributes["tabindex"], region.attributes["role"]), ("0", "region"))
                self.assertTrue(region.attributes["aria-label"])
        for figure in root.all("figure"):
            picture = next(figure.all("svg"))
            self.assertEqual(picture.attributes["role"], "img")
            self.assertTrue(next(picture.all("title")).text and next(picture.all("desc")).text)
            self.assertRegex(next(figure.all("figcaption")).text, r"\AData: ")
            heading = next(e for e in root.all("h3") if e.attributes.get("id") == figure.attributes["aria-labelledby"])
            self.assertEqual(heading.text, next(picture.all("title")).text)

    # ---- a sweep ----

    def test_everything_that_ships_in_all_charts(self):
        names = [name for name in synthetic.SHIPPED if name != "null"] + ["plugin_one", "plugin_two", "plugin_three"]
        result = self.write(synthetic.shipped(transports=names, files=(1, 4), workers=(1, 2, 4)))
        root, lines = self.make(result, only=None)
        self.check_structure(root)
        self.assertLess((result / "report.html").stat().st_size, SIZE_MAX_BYTES)
        drawn = [line.split("\t")[0] for line in lines if "not drawn" not in line]
        self.assertEqual(len(list(root.all("figure"))), len(drawn) - 1)
        self.assertEqual(drawn[-1], "report.html")
        table = next(self.section(root, "transports").all("table"))
        labels = [row.text for row in table.all("th") if row.attributes["scope"] == "row"]
        for name in names + [f"{name} lend" for name in synthetic.LENDING]:
            self.assertIn(name, labels)
        undrawn = self.section(root, "charts").text
        self.assertIn("tuned: no tuned options in this sweep", undrawn)

    def headline(self, root):
        """All that the title says in a few words."""
        return next(line.text for line in next(root.all("header")).all("p") if line.attributes.get("class") == "lead")

    def test_the_verdict_comes_first_and_a_tie_is_a_tie(self):
        rates = dict(zip(synthetic.SIX, (2e9, 1.99e9, 1.98e9, 0.5e9, 0.9e9, 1.1e9)))
        result = self.write(synthetic.sweep(rates=rates, numbers=(1000, 5_000_000), workers=(1, 4), files=(1,)))
        root, lines = self.make(result)
        self.assertEqual(next(root.all("h1")).text,
                         "mmap_flags, pipe and posix_shm_sem are tied, with 5M numbers and 4 workers")
        self.assertEqual(self.headline(root),
                         "With 5M numbers in 1 file, 4 workers, barrier: mmap_flags, pipe and posix_shm_sem are tied "
                         "(mmap_flags: 2.00 GB/s; 7 runs each do not tell them apart).")
        self.assertEqual(lines[-1].split("\t")[1], self.headline(root))
        answers = [row.text for row in self.section(root, "best").all("tr")]
        self.assertEqual(answers, ["Payload Best Figure".replace(" ", ""), "4 workers",
                                   "20 MBmmap_flags, pipe and posix_shm_sem are tied2.00 GB/s",
                                   "4 kBmmap_flags, pipe and posix_shm_sem are tied2.00 GB/s", "1 worker",
                                   "20 MBmmap_flags, pipe and posix_shm_sem are tied2.00 GB/s",
                                   "4 kBmmap_flags, pipe and posix_shm_sem are tied2.00 GB/s"])
        table = next(self.section(root, "transports").all("table"))
        self.assertIn("Rank 1 is shared by all that are not shown to be slower", next(table.all("caption")).text)
        ranks = {next(row.all("th")).text: next(row.all("td")).text for row in table.all("tr") if list(row.all("td"))}
        self.assertEqual([ranks[name] for name in ("mmap_flags", "pipe", "posix_shm_sem", "xsi_shm_sem", "unix_stream",
                                                   "socketpair_dgram")], ["1 tie", "1 tie", "1 tie", "4", "5", "6"])

    def test_one_that_leads_and_one_run_each(self):
        root, _ = self.make(self.write(synthetic.sweep(["pipe", "fifo"], rates={"pipe": 2e9, "fifo": 1e9},
                                                       numbers=(1_000_000,), workers=(2,))))
        self.assertRegex(self.headline(root), r"barrier: pipe moves the data fastest: 2\.00 GB/s, 2\.00x "
                                              r"\[1\.94, 2\.06\] ahead of fifo\.$")
        root, _ = self.make(self.write(synthetic.sweep(["pipe", "fifo"], rates={"pipe": 2e9, "fifo": 1e9}, n=1,
                                                       numbers=(1_000_000,), workers=(2,))))
        self.assertIn("(1 run each: too few to name a winner)", self.headline(root))
        self.assertIn("pipe is ahead (too few runs)", self.section(root, "best").text)

    def test_when_workers_send_as_they_sort_the_total_decides(self):
        rows = synthetic.sweep(["pipe", "fifo"], rates={"pipe": 2e9, "fifo": 1e7}, numbers=(1_000_000,), workers=(2,))
        for row in rows:
            row["transfer"] = "overlap"
        root, _ = self.make(self.write(rows))
        self.assertRegex(self.headline(root), r"pipe finishes first: [\d.]+ ms in all, [\d.]+x \[.*\] ahead of fifo")

    def test_what_is_sent_once_stands_beside_what_is_sent_again_and_again(self):
        rows = synthetic.both_orders(synthetic.sweep, transports=["pipe", "fifo"], lending=["null"], numbers=(1000, 1_000_000),
                                     workers=(1,))
        meta = copy.deepcopy(synthetic.META)
        meta["kernel_costs"] = {"touches": [{"memory": "private", "page_bytes": 4096, "fault_s": 2.5e-7, "mib_s": 6.4e-5},
                                            {"memory": "shared", "page_bytes": 2 << 20, "reason": "none here"}],
                                "wakes": [{"processes": 4, "wake_s": 2e-5}, {"processes": "x", "wake_s": "y"}, 7]}
        root, _ = self.make(self.write(rows, meta), only="orders")
        self.check_structure(root)
        both = self.section(root, "orders")
        self.assertEqual(len(list(both.all("svg"))), 1)
        for part in ("Why they differ: ", "Into fresh memory ", "; into memory in use ", "16 kB, 1 worker: "):
            self.assertIn(part, both.text)
        self.assertIn("The floor: null, which hands over without moving anything, takes", self.section(root, "best").text)
        self.assertIn("only the section on the first time shows", self.section(root, "best").text)
        known = self.section(root, "provenance").text
        self.assertIn("0.25 us for 4 KiB of private memory", known)
        self.assertIn("20 us for 4 at once", known)

    def test_other_pipelines_have_a_sentence(self):
        rows = synthetic.sweep(["pipe"], numbers=(1000, 2000), workers=(2,))
        more = synthetic.sweep(["fifo"], numbers=(1000,), workers=(2,))
        for row in more:
            row["merge"] = "streaming"
        root, _ = self.make(self.write(rows + more))
        self.assertIn("With merge streaming, which the rest of this page does not show: With 1K numbers in 4 files, 2 workers, "
                      "barrier, merge streaming: fifo was measured alone", self.section(root, "best").text)

    def test_the_standing_over_all_conditions_is_the_first_sentence(self):
        result = self.write(synthetic.sweep(["pipe", "fifo", "posix_mq"], numbers=(1000,), workers=(2,)))
        header = "transport,ratio_to_leader,ratio_to_leader_ci_low,ratio_to_leader_ci_high,conditions,blocks\n"
        (result / "overall.csv").write_text(f"{header}pipe,1,1,1,6,12\nfifo,1.02,0.98,1.05,6,12\nposix_mq,1.8,1.7,1.9,6,12\n")
        synthetic.decide(result)
        root, _ = self.make(result)
        self.assertIn("Over all 6 conditions and 12 blocks, geometric mean of the time as a multiple of pipe's: fifo 1.02 "
                      "[0.98, 1.05], posix_mq 1.80 [1.70, 1.90].", next(root.all("header")).text)

    def test_findings_that_are_missing_or_of_another_form_are_refused(self):
        result = self.write(synthetic.sweep(["pipe"]))
        text = (result / "findings.json").read_text()
        for damaged in (None, "{half", "[]", '{"schema": 2}', text.replace('"places"', '"plates"')):
            (result / "findings.json").unlink(missing_ok=True)
            if damaged is not None:
                (result / "findings.json").write_text(damaged)
            with contextlib.redirect_stderr(io.StringIO()) as errors:
                self.assertEqual(program.main([str(result)]), 2, damaged)
            self.assertRegex(errors.getvalue(), r"findings\.json.*'ipcsort report' makes it anew")

    def test_findings_may_lie_elsewhere(self):
        result = self.write(synthetic.sweep(["pipe"]))
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        (result / "findings.json").rename(elsewhere / "findings.json")
        root, _ = self.make(result, "--decisions", elsewhere)
        self.assertIn("pipe was measured alone", next(root.all("h1")).text)

    def test_what_went_wrong_is_counted_and_listed(self):
        rows = synthetic.sweep(broken=synthetic.BROKEN)
        rows[0].update(noisy=1, runs_disturbed=2)
        result = self.write(rows)
        meta = {key: value for key, value in synthetic.META.items() if key != "finished_utc"}
        (result / "meta.json").write_text(json.dumps(meta))
        root, _ = self.make(result)
        self.assertIn("This sweep is not finished", next(root.all("header")).text)
        said = self.section(root, "problems").text
        for part in ("20 cells of 112 skipped or failed.", "1 of 112 cells are known less exactly",
                     "unix_stream, 1M numbers in 4 files, 4 workers, barrier: skipped: not available: AF_UNIX is disabled",
                     "xsi_shm_sem, 10K numbers in 4 files, 2 workers, barrier: 7 failed: the parent received 39996 of 40000"):
            self.assertIn(part, said)
        self.assertIn("skipped: needs 40 MB in /dev/shm", self.section(root, "transports").text)
        (result / "meta.json").write_text(json.dumps({**meta, "finished_utc": "2026-11-22T15:09:00Z"}))
        self.assertNotIn("not finished", self.make(result)[0].text)

    def test_how_and_on_what(self):
        meta = copy.deepcopy(synthetic.META)
        meta.update(finished_utc="2026-11-22T15:09:00Z", compiler="GNU 12.2.0", flags="-O3 -DNDEBUG",
                    argv=["ipcsort", "sweep", "--output", "results/my result", "-q"],
                    warnings=[{"what": "the governor is powersave", "remedy": "set performance"}],
                    plan={"seed": 5, "blocks": 6, "blocks_max": 12, "warmup": 1, "precision": 0.02, "time_budget_s": 240,
                          "run_time_s": 0.02, "attempts_max": 2, "config": "memory = ready\nworkers = 1,4\n"})
        meta["git"]["dirty"] = True
        meta["machine"].update(virtual=True, hypervisor="KVM", governor="powersave", turbo=False)
        rows = [dict(row, memory="ready") for row in synthetic.sweep(["pipe"])]
        result = self.write(rows, meta)
        (result / "runs.csv").write_bytes(b"seq\n1\n")
        root, _ = self.make(result)
        how = [line.text for line in next(self.section(root, "method").all("ol")).all("li")]
        self.assertEqual(len(how), 5)
        for sentence, parts in zip(how, (("at least 6 blocks after 1 warm-up block", "known to 2 %", "12 blocks and 4 minutes"),
                                         ("random order (seed 5)", "memcpy calibrations lead"),
                                         ("repeated until they take 20 ms", "at most 2 attempts"),
                                         ("first all workers get ready", "page faults happened before the start"),
                                         ("none below 6 runs", "all else is a tie"))):
            for part in parts:
                self.assertIn(part, sentence)
        known = self.section(root, "provenance")
        for part in ("AMD EPYC 7B13", "L2 unified 1 MiB", "25 GB", "Linux 6.18", "yes, KVM", "governor powersave, turbo off",
                     "the governor is powersave (remedy: set performance)", "abc123def4567890 with local changes",
                     "GNU 12.2.0", "-O3 -DNDEBUG", "2026-11-22 15:00 UTC", "6 B", hashlib.sha256(b"seq\n1\n").hexdigest(),
                     hashlib.sha256((result / "summary.csv").read_bytes()).hexdigest()):
            self.assertIn(part, known.text)
        self.assertEqual(next(known.all("pre")).text, "ipcsort sweep --output 'results/my result' -q")
        self.assertNotIn(str(self.folder), (result / "report.html").read_text("utf-8"))

    def test_nothing_is_taken_for_markup(self):
        meta = copy.deepcopy(synthetic.META)
        meta.update(version=NASTY, argv=["ipcsort", NASTY], compiler=NASTY, warnings=[{"what": NASTY, "remedy": NASTY}],
                    plan={"config": f"output = {NASTY}\n", "blocks": NASTY})
        meta["machine"].update(cpu=NASTY, kernel=NASTY)
        rows = synthetic.sweep(["pipe", NASTY], broken=((NASTY, 1000, None, "failed", NASTY),))
        result = self.write(rows, meta, name="<b>&'\"")
        (result / "overall.csv").write_text("transport,ratio_to_leader,ratio_to_leader_ci_low,ratio_to_leader_ci_high,"
                                            "conditions,blocks\npipe,1,1,1,6,12\n"
                                            f"\"{NASTY.replace(chr(34), chr(34) * 2)}\",2,1.8,2.2,6,12\n")
        synthetic.decide(result)
        verdicts = self.verdicts(title=NASTY, headline=NASTY, notes=[NASTY], cell=NASTY)
        root, _ = self.make(result, "--verdicts", verdicts, only="heatmap,forest")
        self.check_structure(root)
        self.assertGreater(root.text.count(NASTY), 15)
        self.assertFalse(list(root.all("b")))

    def test_the_same_bytes_wherever_it_lies_and_is_written(self):
        first = self.write(synthetic.sweep(["pipe", "fifo"]), name="one/result")
        second = self.write(synthetic.sweep(["pipe", "fifo"]), name="two/result")
        self.make(first)
        self.make(second, "--output", self.folder / "elsewhere")
        self.assertEqual((first / "report.html").read_bytes(), (self.folder / "elsewhere/report.html").read_bytes())

    def test_no_result_at_all(self):
        broken = tuple((name, None, None, "failed", "deadline of 60 s passed") for name in synthetic.SIX)
        root, lines = self.make(self.write(synthetic.sweep(broken=broken, references=False)), only=None, code=3)
        self.check_structure(root)
        self.assertTrue(self.headline(root).endswith(": nothing was measured."))
        self.assertIn("7 failed: deadline of 60 s passed", self.section(root, "problems").text)
        self.assertEqual(lines[-1], f"report.html\t{self.headline(root)}")

    def test_meta_of_any_kind(self):
        result = self.write(synthetic.sweep(["pipe"]))
        for meta in ("{}", "[]", "nothing", '{"machine": 5, "plan": [1], "argv": "x", "warnings": {"a": 1}, "git": null}',
                     '{"machine": {"caches": [{"bytes": "x"}, 7], "cores": "many", "ram_bytes": true}, "plan": {"config": 4}}'):
            (result / "meta.json").write_text(meta)
            root, _ = self.make(result)
            self.check_structure(root)
            self.assertIn("machine unknown", next(root.all("header")).text)

    # ---- micro, verdicts, several ----

    def verdicts(self, title="pipe against pipe", headline="1 of 2 cells regressed", notes=("the session moved by 1 %",),
                 cell="pipe 100K 4 workers"):
        cells = [synthetic_verdicts.cell(cell, "regressed", 1.08, 0.03, detectable_effect=0.03),
                 synthetic_verdicts.cell("fifo", "failed", reason="the candidate ended")]
        document = synthetic_verdicts.verdicts(cells, title=title, headline=headline, notes=list(notes), interrupted=True)
        return synthetic_verdicts.write(self.folder, document)

    def test_verdicts_alone(self):
        root, lines = self.make("--verdicts", self.verdicts(), "--output", self.folder / "there", only="forest")
        self.check_structure(root)
        self.assertEqual(next(root.all("h1")).text, "1 of 2 cells regressed")
        self.assertEqual(lines[-1], "report.html\t1 of 2 cells regressed")
        said = self.section(root, "verdicts")
        self.assertIn("the session moved by 1 %", said.text)
        rows = [[cell.text for cell in row.all("td", "th")] for row in next(said.all("tbody")).all("tr")]
        self.assertEqual(rows, [["pipe 100K 4 workers", "total", "regressed", "+8.0 %", "+4.8 % to +11.2 %", "3 %", "24",
                                 "100 ms", "108 ms", ""],
                                ["fifo", "total", "failed", "–", "–", "–", "–", "–", "–", "the candidate ended"]])
        self.assertIn("interrupted", next(root.all("header")).text)

    def test_several_sweeps(self):
        rates = dict(zip(synthetic.SIX, (2e9, 1.9e9, 1.0e9, 0.5e9, 0.9e9, 1.1e9)))
        other = copy.deepcopy(synthetic.META)
        other["machine"].update(kernel="Linux 5.10", cpu="Xeon")
        other["plan"]["config"] = "numbers = 1K\n"
        first = self.write(synthetic.sweep(rates=rates, numbers=(1000, 5_000_000), workers=(1, 4)), name="first")
        second = self.write(synthetic.sweep(rates={**rates, "pipe": 3e9}, numbers=(5_000_000,), workers=(4,),
                                            broken=(("xsi_shm_sem", None, None, "skipped", "no"),)), other, name="second")
        third = self.write([], name="third")
        def beside(*results):
            path = self.folder / "side_by_side.json"
            synthetic.decide(*results, side_by_side=path)
            document = json.loads(path.read_text())
            path.write_text(json.dumps({**document, "differences": ["kernel: A Linux 6.18; B Linux 5.10"]}))
            return [*results, "--side-by-side", path]

        root, lines = self.make(*beside(first, second), "--verdicts", self.verdicts(), "--output", self.folder / "both",
                                only="sides,forest")
        self.check_structure(root)
        said = self.section(root, "results").text
        self.assertIn("kernel: A Linux 6.18; B Linux 5.10", said)
        self.assertEqual([entry.text for entry in self.section(root, "best").all("dt")], ["A first", "B second"])
        figures = self.section(root, "figures")
        self.assertEqual(len(list(figures.all("table"))), 1)
        rows = {next(row.all("th")).text: [cell.text for cell in row.all("td")]
                for row in figures.all("tr") if list(row.all("td"))}
        self.assertEqual(rows["mmap_flags"], ["best 2.000 (1.880 to 2.100)", "2.000 (1.880 to 2.100)"])
        self.assertEqual(rows["pipe"], ["1.900 (1.786 to 1.995)", "best 3.000 (2.820 to 3.150)"])
        self.assertEqual(rows["xsi_shm_sem"][1], "skipped")
        self.assertIn("B: xsi_shm_sem, 5M numbers in 4 files, 4 workers, barrier: skipped: no", self.section(root, "problems").text)
        self.assertIn("Two sessions differ by more than most changes do", next(root.all("header")).text)
        self.assertRegex(lines[-1], r"A: mmap_flags moves the data fastest: 2\.00 GB/s.*; B: pipe moves the data fastest: 3\.00")
        root, _ = self.make(*beside(first, third), "--output", self.folder / "none", only="sides", code=3)
        self.check_structure(root)
        self.assertIn("There is no condition", self.section(root, "figures").text)

    def test_micro_figures_with_a_sweep_and_without(self):
        directory = synthetic_micro.write(self.folder / "micro figures", synthetic_micro.micro(["pipe"]), None)
        root, lines = self.make(directory, only="messages")
        self.check_structure(root)
        self.assertEqual(next(root.all("h1")).text, next(root.all("h3")).text)
        self.assertIn("pipe", lines[-1])
        self.assertIn("micro_summary.csv", self.section(root, "provenance").text)
        (directory / "meta.json").write_text(json.dumps({"git": {"commit": "another"}}))
        root, lines = self.make(self.write(synthetic.sweep(["pipe"])), directory, only="heatmap,messages")
        self.assertIn("of another program than the sweep (commit another, not abc123def4567890)",
                      next(root.all("header")).text)
        self.check_structure(root)
        self.assertEqual(len(list(root.all("figure"))), 2)
        self.assertIn("The messages: micro figures", self.section(root, "provenance").text)
        self.assertEqual([line.split("\t")[0] for line in lines],
                         ["charts/heatmap.svg", "charts/messages.svg", "report.html"])

    def test_every_chart_says_where_its_figures_are(self):
        for chart in charts.CHARTS:
            self.assertRegex(chart.data, r"^[a-z_ ]*(\.csv)?( of each result)?: \w", chart.name)


if __name__ == "__main__":
    unittest.main()

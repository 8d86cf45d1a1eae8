"""How ipcsort looks on a terminal, how much it says, and the formats that all commands share."""

import csv
import fcntl
import io
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import unittest

from support import HANG_LIMIT_S, PROGRAM, CliTest
from sweeping import SIX_CELLS, SLOW, SweepTest

BAR = "\r\x1b[K"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CELLS = ("--preset", "smoke", "--numbers", "2K", "--transports", "pipe,mmap_flags:buffer=64K:chunk=32K:wait=yield",
         "--handover", "copy", "--references", "serial", "--workers", "1,2", "--no-charts", "--output", "out")
WITHOUT_PYTHON = {"IPCSORT_PYTHON": "/nonexistent"}  # no charts: they take their time


def screen_of(text):
    """The lines that stay, as a terminal shows them that is wide enough."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        lines.append(COLOUR.sub("", line.rpartition(BAR)[2]))
    return lines


def pieces_of(text):
    """All that was ever written between two moves of the cursor."""
    return [COLOUR.sub("", piece) for piece in re.split(r"[\r\n]|\x1b\[K", text)]


class Terminal(SweepTest):
    def on_terminal(self, *words, columns=80, code=0, both=True, **environment):
        """What it writes to a terminal of that width; with `both` unset only standard error goes there."""
        ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        process = subprocess.Popen([PROGRAM, *map(str, words)], cwd=self.work, stdin=subprocess.DEVNULL, stderr=its,
                                   stdout=its if both else subprocess.DEVNULL,
                                   env=self.environment(**{"TERM": "xterm", **environment}))
        os.close(its)
        written, end = b"", time.monotonic() + HANG_LIMIT_S
        try:
            while select.select([ours], [], [], max(0, end - time.monotonic()))[0]:
                try:
                    read = os.read(ours, 1 << 16)
                except OSError:  # EIO: nobody has the other end any more
                    break
                if not read:
                    break
                written += read
            self.assertEqual(process.wait(max(0.1, end - time.monotonic())), code, written.decode())
        finally:
            process.kill()
            process.wait()
            os.close(ours)
        return written.decode()

    def test_nothing_is_wider_than_the_terminal_and_the_bar_goes(self):
        for columns in (80, 160):
            with self.subTest(columns):
                text = self.on_terminal("sweep", *CELLS, "--fresh", columns=columns, IPCSORT_FAULT=SLOW)
                for piece in pieces_of(text):
                    self.assertLessEqual(len(piece), columns, piece)
                bars = [piece for piece in pieces_of(text) if piece.startswith("[")]
                self.assertTrue(bars, "no bar was shown")
                self.assertRegex(bars[-1], r"\A\[#+\.*\]  (run \d+/10  )?block 1/1  cell \d/5  ")
                screen = screen_of(text)
                self.assertFalse([line for line in screen if "[#" in line or "[." in line], screen)
                self.assertTrue([line for line in screen if re.match(r"rank +transport +throughput", line)], screen)
                self.assertEqual("no room for" in text, columns == 80)
                name = "mmap_flags:buf...=32K:wait=yield" if columns == 80 else "mmap_flags:buffer=64K:chunk=32K:wait=yield"
                self.assertTrue([line for line in screen if line.startswith("   ?  ")])  # of one block
                self.assertTrue([line for line in screen if name[:14] in line and name[-9:] in line])

    def test_colours_are_for_those_who_can_see_and_want_them(self):
        self.sweep(*CELLS)
        report = ("report", "out")
        shown = self.on_terminal(*report, code=3, **WITHOUT_PYTHON)
        self.assertRegex(shown, r"\x1b\[1;32m(pipe|mmap)")
        for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}):
            plain = self.on_terminal(*report, code=3, **WITHOUT_PYTHON, **environment)
            self.assertNotIn("\x1b", plain)
            self.assertEqual(plain, COLOUR.sub("", shown))
        self.assertIn("\x1b[1;32m", self.on_terminal(*report, code=3, NO_COLOR="", **WITHOUT_PYTHON))
        piped = self.run_program(*report, code=3, **WITHOUT_PYTHON).stdout
        self.assertNotIn("\x1b", piped)
        self.assertIn("mmap_flags:buffer=64K:chunk=32K:wait=yield", piped)
        forced = self.run_program(*report, code=3, CLICOLOR_FORCE="1", **WITHOUT_PYTHON).stdout
        self.assertEqual(COLOUR.sub("", forced), piped)
        self.assertNotEqual(forced, piped)
        narrow = self.run_program(*report, code=3, COLUMNS="70", **WITHOUT_PYTHON).stdout
        self.assertLessEqual(max(map(len, narrow.splitlines())), 70)

    def test_quiet_says_nothing_and_verbose_a_line_for_each_run(self):
        self.assertEqual(self.on_terminal("sweep", *CELLS, "--quiet", both=False, IPCSORT_FAULT=SLOW), "")
        done = self.sweep(*CELLS, "--fresh", "--verbose")
        lines = [line for line in done.stderr.splitlines() if " took " in line]
        self.assertEqual(len(lines), 10)  # serial has one worker, so five cells of two blocks
        self.assertRegex(lines[0], r"\A\S+, 2 files, 2K numbers, [12] workers?, barrier: \S+ [mu]s \(.*parse .*sort ")
        self.assertNotIn("ipcsort doctor says which", done.stderr)
        self.refused("sweep", *CELLS, "-q", "-v", says=("--quiet", "--verbose"))
        self.refused("run", "--transports", "pipe", "-q", "-v", says=("--quiet", "--verbose"))
        done = self.run_program("run", "--transports", "pipe", "--numbers", "2K", "-v")
        self.assertRegex(done.stderr, r"(?m)^ipcsort: pipe, .* took ")

    def test_only_failures_are_told_when_it_is_quiet(self):
        done = self.sweep(*SIX_CELLS, "-q", code=3, IPCSORT_FAULT="mid_payload:kill")
        self.assertRegex(done.stderr, r"\Aipcsort: \d+ of \d+ runs failed; their rows say why, and --fresh measures anew\n\Z")

    def test_formats_of_a_sweep(self):
        done = self.sweep(*CELLS, "--format", "csv")
        self.assertEqual(done.stdout, (self.out / "summary.csv").read_text())
        self.assertIn("out/runs.csv", done.stderr)
        again = self.sweep(*CELLS, "--format", "csv", "--quiet")
        self.assertEqual((again.stdout, again.stderr), (done.stdout, ""))
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        listed = json.loads(self.run_program("report", "out", "--format", "json", code=3, **WITHOUT_PYTHON).stdout)
        self.assertEqual([row["transport"] for row in listed], [row["transport"] for row in rows])
        for row, of_json in zip(rows, listed):
            self.assertEqual(list(row), list(of_json))
            self.assertEqual(of_json["total_s_median"], float(row["total_s_median"]))
            self.assertEqual((row["total_s_ci_low"], of_json["total_s_ci_low"]), ("", None))
            self.assertEqual((row["workers"], row["options"] or None), (str(of_json["workers"]), of_json["options"]))
        page = self.run_program("report", "out", "--format", "markdown", code=3, **WITHOUT_PYTHON).stdout
        self.assertTrue(page.startswith("### 2K numbers in 2 files, 2 workers, barrier\n\n| rank | transport |"))
        self.assertIn("### The other conditions\n\n| numbers |", page)
        self.assertNotIn("out/runs.csv", page)


class Formats(CliTest):
    RUN = ("run", "--transports", "pipe", "--numbers", "2K")

    def test_what_else_is_written_in_them(self):
        for name, columns in (("gen", ["path", "numbers", "bytes"]), ("clean", ["kind", "name"])):
            words = (name, "--numbers", "10", "--files", "2", "--output") if name == "gen" else (name,)
            for form in ("csv", "json", "markdown"):
                text = self.run_program(*words, *([form] if name == "gen" else []), "--format", form).stdout
                if form == "csv":
                    self.assertEqual(text.splitlines()[0].split(","), columns)
                elif form == "json":
                    self.assertEqual([list(row) for row in json.loads(text)], [columns] * (2 if name == "gen" else 0))
                else:
                    self.assertEqual(text.splitlines()[0], f"| {' | '.join(columns)} |")
        self.assertEqual((self.work / "csv/0000.txt").stat().st_size,
                         json.loads(self.run_program("gen", "--numbers", "10", "--files", "2", "--output", "again",
                                                     "--format", "json").stdout)[0]["bytes"])

    def test_a_run_as_markdown_and_the_facts_of_the_machine(self):
        text = self.run_program(*self.RUN, "--format", "markdown").stdout
        self.assertTrue(text.startswith("| column | value | unit |\n"))
        self.assertIn("| transport | pipe |", text)
        facts = dict(csv.reader(io.StringIO(self.run_program("doctor", "--time", "10ms", "--format", "csv").stdout)))
        self.assertEqual(facts["name"], "value")
        self.assertEqual(facts["machine/cores_usable"], str(len(os.sched_getaffinity(0))))

    def test_streaming_is_explained_and_what_lending_makes_idle(self):
        self.assertIn("merged while it was received", self.run_program(*self.RUN, "--merge", "streaming").stdout)
        done = self.run_program("run", "--transports", "memfd_lend:chunk=4K", "--handover", "lend", "--numbers", "2K",
                                "--merge", "streaming", "--format", "json")
        self.assertIn("memfd_lend:chunk=4K changes nothing", done.stderr)
        self.assertIn("--merge streaming is as multiway", done.stderr)
        self.assertEqual(json.loads(done.stdout)["status"], "ok")

    def test_misspelt_values_are_guessed(self):
        for words, meant in ((("run", "--transports", "pip"), "pipe"), (("run", "--transports", "serail"), "serial"),
                             ((*self.RUN, "--format", "jsn"), "json"), ((*self.RUN, "--sorter", "vqsrt"), "vqsort"),
                             ((*self.RUN, "--distribution", "ziff"), "zipf"), (("sweep", "--preset", "smok"), "smoke"),
                             (("run", "--transports", "pipe:capcity=1M"), "capacity"),
                             (("run", "--transports", "mmap_flags:wait=spn"), "spin"),
                             (("list", "--columns", "summry"), "summary"), (("list", "--format", "cvs"), "csv"),
                             (("micro", "--measure", "latncy"), "latency"), (("gen", "--format", "jsno"), "json")):
            with self.subTest(words):
                self.refused(*words, says=f"; did you mean {meant}?")

    def test_a_chunk_that_no_message_holds_is_told_before_the_first_run(self):
        for name in ("mmap_flags", "socketpair_dgram", "unix_dgram", "xsi_msg"):
            for command in ("run", "sweep"):
                self.refused(command, "--transports", f"{name}:chunk=64M", "--handover", "copy", "--numbers", "2K",
                             says=(f"{name}: chunk=67108864", "at most"))
        self.assertEqual(self.run_json("--transports", "xsi_msg:chunk=1K", "--numbers", "2K")["status"], "ok")

    def test_another_schedule_is_another_sweep_and_that_is_said(self):
        words = ("sweep", *CELLS[:-2])
        self.run_program(*words)
        [made] = (self.work / "results").iterdir()
        meta = json.loads((made / "meta.json").read_text())
        del meta["finished_utc"]
        (made / "meta.json").write_text(json.dumps(meta))
        self.refused(*words, "--output", made, "--time-budget", "1h", says=("same cells with another schedule", "time budget"))
        done = self.run_program(*words, "--time-budget", "1h")
        self.assertIn(f"results/{made.name} is an unfinished sweep of the same cells with another schedule", done.stderr)


if __name__ == "__main__":
    unittest.main()

"""ipcsort itself: help, version, wrong commands, and outputs that cannot be written."""

import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import unittest

from support import HANG_LIMIT_S, PROGRAM, CliTest, rows_of

COMMANDS = ("sweep", "recommend", "run", "tune", "ab", "selftest", "report", "export", "micro", "compare", "list", "doctor",
            "gen", "clean", "help", "completion", "manual")
SMALL_SWEEP = ("sweep", "--preset", "smoke", "--references", "none", "--numbers", "2K", "--no-charts", "--output", "out")


class Main(CliTest):
    def run_with(self, *words, **how):
        return subprocess.run([PROGRAM, *words], cwd=self.work, env=self.environment(), timeout=HANG_LIMIT_S, **how)

    def test_no_arguments_is_wrong_usage_and_shows_the_commands(self):
        done = self.run_program(code=2)
        self.assertEqual(done.stdout, "")
        for command in COMMANDS:
            self.assertRegex(done.stderr, rf"(?m)^  {command} +\w")

    def test_help(self):
        overview = self.run_program("--help")
        self.assertEqual(overview.stderr, "")
        for word in ("-h", "help"):
            self.assertEqual(self.run_program(word).stdout, overview.stdout)
        listed = re.search(r"\nCommands:\n((?:  .*\n)+)", overview.stdout)[1]
        self.assertEqual(tuple(re.findall(r"(?m)^  (\w+)", listed)), COMMANDS)

    def test_help_of_a_command_begins_with_examples(self):
        for command in COMMANDS:
            with self.subTest(command):
                text = self.run_program(command, "--help").stdout
                parts = [text.index(f"\n  ipcsort {command}"), text.index(f"\nUsage: ipcsort {command} [OPTION]..."),
                         text.index("  -h, --help  "), text.index("\nExit status: 0 ")]
                self.assertTrue(text.startswith("Examples:\n"))
                self.assertEqual(parts, sorted(parts))
                self.assertEqual(self.run_program(command, "-h").stdout, text)
                self.assertEqual(self.run_program("help", command).stdout, text)

    def test_each_value_has_a_name(self):
        for command in COMMANDS:
            self.assertNotRegex(self.run_program(command, "--help").stdout, r"(?m)^  (-\w, )?--[\w-]+ (?=arg)",
                                f"{command}: one_value(NAME) names what an option takes")

    def test_help_is_as_wide_as_the_terminal(self):
        widest = {}
        for columns in (40, 80, 160):
            lines = self.on_terminal(columns, "sweep", "--help").splitlines()
            lines = [line for line in lines if not line.startswith("  ipcsort ")]  # examples are not broken
            widest[columns] = max(map(len, lines))
        self.assertEqual(widest[40], widest[80])
        self.assertLessEqual(widest[80], 80)
        self.assertGreater(widest[160], 120)
        self.assertLessEqual(widest[160], 160)

    def on_terminal(self, columns, *words):
        """What the program prints on a terminal of that width."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen([PROGRAM, *words], cwd=self.work, env=self.environment(), stdout=theirs)
        os.close(theirs)
        text = b""
        with contextlib.suppress(OSError):  # EIO: the other side is closed
            while chunk := os.read(ours, 65536):
                text += chunk
        os.close(ours)
        self.assertEqual(process.wait(timeout=HANG_LIMIT_S), 0)
        return text.decode().replace("\r\n", "\n")

    def test_version(self):
        self.assertRegex(self.run_program("--version").stdout,
                         r"\Aipcsort \d+\.\d+\.\d+ \((unknown|[0-9a-f]{12}(, modified)?), \w+ \d+\.\d+\.\d+, \w+\)\n\Z")

    def test_an_unknown_command_is_named_and_a_near_one_suggested(self):
        for wrong, meant in (("swep", "sweep"), ("lst", "list"), ("rum", "run"), ("reprot", "report")):
            done = self.run_program(wrong, code=2)
            self.assertIn(f"'{wrong}'", done.stderr)
            self.assertIn(f"did you mean {meant}?", done.stderr)
            self.assertIn(f"did you mean {meant}?", self.refused("help", wrong))
        self.assertNotIn("did you mean", self.run_program("frobnicate", code=2).stderr)
        self.assertIn(r"'a\x1b[2Jb'", self.run_program("a\x1b[2Jb", code=2).stderr)

    def test_unknown_options_and_stray_words_are_named(self):
        for words, says in ((("sweep", "--wokers", "1"), ("--wokers", "--workers?")),
                            (("run", "--transport", "pipe"), ("--transport;", "--transports?")),
                            (("list", "--columsn"), ("--columsn", "--columns?")),
                            (("gen", "-x"), ("option -x",)), (("list", "all"), ("'all'",)),
                            (("run", "--transports", "pipe", "mmap"), ("'mmap'",)),
                            (("clean", "everything"), ("'everything'",))):
            with self.subTest(words):
                self.refused(*words, says=says)

    def test_a_reader_that_leaves_ends_it_quietly(self):
        for words in (("list",), ("list", "--format", "json"), ("sweep", "--help"), ("sweep", "--dry-run")):
            with self.subTest(words):
                ends = os.pipe()
                os.close(ends[0])
                done = self.run_with(*words, stdout=ends[1], stderr=subprocess.PIPE)
                os.close(ends[1])
                self.assertEqual((done.returncode, done.stderr), (-signal.SIGPIPE, b""))

    def test_an_output_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            for words in (("list",), ("--help",), ("--version",), ("sweep", "--print-config"),
                          ("run", "--transports", "pipe", "--numbers", "10", "--format", "json")):
                with self.subTest(words):
                    done = self.run_with(*words, stdout=full, stderr=subprocess.PIPE)
                    self.assertEqual(done.returncode, 3)
                    self.assertIn(b"standard output", done.stderr)
        done = self.run_with("list", stderr=subprocess.PIPE, preexec_fn=lambda: os.close(1))
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"standard output", done.stderr)

    def test_closed_descriptors_let_no_words_into_the_recorded_rows(self):
        def close_all():
            for fd in (0, 1, 2):
                os.close(fd)
        env = self.environment(IPCSORT_FAULT="mid_payload:kill")  # failures are told on stderr
        done = subprocess.run([PROGRAM, *SMALL_SWEEP, "--transports", "pipe,mmap_flags", "--handover", "copy", "--blocks", "2"], cwd=self.work, env=env,
                              preexec_fn=close_all, timeout=HANG_LIMIT_S)
        self.assertEqual(done.returncode, 3)
        self.assertEqual([row["status"] for row in rows_of(self.work / "out/runs.csv")], ["peer_died"] * 6)
        self.assertEqual((self.work / "out/.lock").read_bytes(), b"")

    def test_a_sweep_goes_on_when_nobody_reads_its_progress(self):
        ends = os.pipe()
        os.close(ends[0])
        env = self.environment(IPCSORT_FAULT="mid_payload:kill")
        subprocess.run([PROGRAM, *SMALL_SWEEP, "--transports", "pipe", "--blocks", "3"], cwd=self.work, env=env, stdout=ends[1], stderr=ends[1],
                       timeout=HANG_LIMIT_S)
        os.close(ends[1])
        self.assertEqual(len(rows_of(self.work / "out/runs.csv")), 4)

    def test_clean_with_nothing_to_do(self):
        self.assertIn("nothing", self.run_program("clean").stdout)


if __name__ == "__main__":
    unittest.main()

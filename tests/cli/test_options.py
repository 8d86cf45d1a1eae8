"""The options of ipcsort sweep: presets, configuration files, and values that cannot be."""

import re
import unittest

from support import CliTest

HUGE = "9" * 30


class Options(CliTest):
    def plan(self, *words):
        """What --dry-run prints, and the plan's hash in it."""
        text = self.run_program("sweep", "--dry-run", *words).stdout
        return text, re.search(r"; plan ([0-9a-f]{16})$", text, re.MULTILINE)[1]

    def test_bad_values_are_refused_in_one_sentence(self):
        whole = ("-1", "abc", "", ",", "1,", ",1", "1,,2", "1.5", "1e6", " 1", "0x10", "5x", HUGE)
        one = ("-1", "abc", "", ",", "1,2", "1.5", "1e6", " 1", "1K", HUGE)
        word = ("-1", "0", HUGE, "abc", "", ",", "VQSORT")
        for option, values in (("files", ("0", "100001", *whole)), ("numbers", whole),
                               ("workers", ("0", "1025", "4294967297", *whole)),
                               ("blocks", ("0", "100001", "4294967297", *one)), ("warmup", ("100001", *one)),
                               ("seed", one), ("data-seed", one),
                               ("deadline", ("0", "-1", "abc", "", "1.5", "5x", "25h", "300 ms", HUGE)),
                               ("cache-limit", ("-1", "abc", "", "1.5", "5x", "1T", HUGE)), ("cache-dir", ("",)),
                               ("output", ("",)), ("transports", word), ("references", word), ("transfer", word),
                               ("sorter", word), ("parser", word), ("drain", word), ("merge", word), ("pages", word),
                               ("handover", word), ("distribution", word), ("preset", word), ("config", ("missing", ""))):
            for value in values:
                with self.subTest(option=option, value=value):
                    shown = [f"'{part}'" for part in value.split(",")] + [f"'{value}'", f" {value} is not between", "empty", "cannot be read"]
                    said = self.refused("sweep", "--dry-run", f"--{option}", value, says=option.rstrip("s"))
                    self.assertTrue(any(part in said for part in shown), said)
        self.assertEqual(list(self.work.iterdir()), [])

    def test_choices_are_listed(self):
        for option, choices in (("sorter", "vqsort|std|qsort"), ("parser", "simd|from_chars|fscanf"),
                                ("transfer", "overlap|barrier|steady"), ("rounds", "1|4|8|16|32"), ("merge", "multiway|streaming|concat"), ("placement", "free|spread|pairs|one"), ("pages", "base|huge"),
                                ("drain", "threads|sequential"), ("distribution", "uniform"),
                                ("preset", "smoke|quick|ci|full|lecture"), ("references", "memcpy_one_copy"),
                                ("transports", "mmap_flags")):
            self.refused("sweep", "--dry-run", f"--{option}", "wrong", says=("'wrong'", choices))

    def test_missing_values_switches_and_repetition(self):
        self.refused("sweep", "--files", says="--files")
        self.refused("sweep", "--fresh=1", says="--fresh")
        self.refused("sweep", "--files", "1", "--files", "2", says=("--files", "more than once"))

    def test_of_a_value_that_is_said_twice_one_is_taken(self):
        for words in (("--transports", "pipe,pipe"), ("--transfer", "steady,steady"), ("--workers", "2,2"), ("--files", "2,2")):
            given = dict(zip(*[iter(("--preset", "smoke", "--transports", "pipe", "--transfer", "steady"))] * 2)) | dict([words])
            once, twice = (self.plan(*(word for pair in (given | {words[0]: value}).items() for word in pair))[1]
                           for value in (words[1].split(",")[0], words[1]))
            self.assertEqual(once, twice)

    def test_how_often_steady_flow_is_sent_is_said(self):
        printed = lambda *words: self.run_program("sweep", *words, "--print-config").stdout  # noqa: E731
        self.assertIn("rounds = 8\n", printed("--transfer", "barrier,steady"))
        self.assertIn("rounds = 16\n", printed("--transfer", "steady", "--rounds", "16"))
        self.assertIn("rounds = 1\n", printed("--transfer", "barrier"))

    def test_a_number_that_is_too_large_is_called_so(self):
        self.assertIn("too large a number", self.refused("sweep", "--numbers", "99999999999999999999", says="--numbers"))
        self.assertIn("at most 1024G", self.refused("sweep", "--transports", "mmap_flags:buffer=16T", says="buffer=16T"))

    def test_a_dry_run_passes_over_results_that_it_cannot_read(self):
        old = self.work / "results" / "20200101T000000Z-old"
        old.mkdir(parents=True)
        (old / "runs.csv").write_text("seq,block\n0,0\n")
        (old / "meta.json").write_text('{"plan": {"hash": "0"}}')
        self.assertIn("Time: unknown", self.run_program("sweep", "--dry-run").stdout)

    def test_a_most_below_the_least_is_refused(self):
        self.refused("sweep", "--blocks", "6", "--blocks-max", "3", says=("--blocks-max 3", "--blocks 6"))
        self.refused("sweep", "--blocks-max", "3", says=("--blocks-max 3", "--blocks"))

    def test_dry_run_prints_the_plan_and_makes_nothing(self):
        text, _ = self.plan("--preset", "smoke", "--output", "out")
        subjects = []
        for entry in self.entries():
            subjects += [entry["name"]] if entry["payload_copies"] != "0" else []
            subjects += [entry["name"] + " lend"] if entry["lends"] == "yes" else []
        self.assertTrue(text.startswith(f"{len(subjects)} cells in 2 conditions, "))
        self.assertIn(f"1 warm-up + 1 counted blocks, {2 * len(subjects)} rows", text)
        for subject in subjects:
            self.assertRegex(text, rf"(?m)^  {subject}, 2 files, 100K numbers, [12] workers?, barrier")
        self.assertRegex(text, r"Input files: up to 1\.\d+ MB in ")
        self.assertEqual(list(self.work.iterdir()), [])
        self.assertFalse((self.root / "cache").exists())

    def test_dry_run_says_why_a_cell_is_skipped(self):
        self.runtime.joinpath("x" * 90).mkdir()
        done = self.run_program("sweep", "--dry-run", "--preset", "smoke", "--transports", "pipe,unix_stream",
                                XDG_RUNTIME_DIR=str(self.runtime / ("x" * 90)))
        self.assertIn(", 1 skipped;", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^  unix_stream, .*   skipped: \S")

    def test_the_plan_is_told_by_its_hash(self):
        _, base = self.plan("--preset", "smoke")
        self.assertEqual(self.plan("--preset", "smoke", "--output", "elsewhere", "--quiet")[1], base)
        for words in (("--seed", "2"), ("--blocks", "2"), ("--warmup", "0"), ("--numbers", "2K"), ("--workers", "3"),
                      ("--files", "1"), ("--transfer", "overlap"), ("--sorter", "std"), ("--parser", "fscanf"),
                      ("--drain", "sequential"), ("--merge", "concat"), ("--pages", "base"), ("--data-seed", "2"),
                      ("--distribution", "zipf"), ("--transports", "pipe"), ("--transports", "pipe:capacity=1M"),
                      ("--references", "none")):
            self.assertNotEqual(self.plan("--preset", "smoke", *words)[1], base, words)
        once, twice = ("--preset", "smoke", "--workers", "1,2"), ("--preset", "smoke", "--workers", "1,2,2,1")
        self.assertEqual(self.plan(*once), self.plan(*twice))

    def test_print_config_round_trip(self):
        self.write("a", "1\n")
        for words in ((), ("--preset", "smoke"), ("--preset", "full", "--transports", "pipe,pipe:capacity=1M", "--seed",
                                                  "5", "--warmup", "0", "--quiet", "--fresh", "--no-charts"),
                      ("--preset", "lecture", "--references", "none", "--deadline", "90s"),
                      ("--preset", "smoke", "--distribution", "zipf", "--data-seed", "18446744073709551615"),
                      ("--transports", "pipe", "--input", "a", "a")):
            with self.subTest(words):
                config = self.run_program("sweep", *words, "--print-config").stdout
                self.assertRegex(config, r"\A(\S+ = \S[^\n]*\n)+\Z")
                self.write("config", config)
                self.assertEqual(self.run_program("sweep", "--config", "config", "--print-config").stdout, config)
                again, given = (re.sub(r"(?m)^Memory: .*\n", "", self.plan(*each)[0])  # what is free is not ours
                                for each in (("--config", "config"), words))
                self.assertEqual(again, given)

    def test_the_command_line_goes_over_the_file_over_the_preset(self):
        self.write("config", "# a comment\n\n  numbers = 2K   # another\nworkers = 3\n")
        text, _ = self.plan("--preset", "smoke", "--config", "config", "--workers", "1", "--transports", "pipe")
        self.assertIn("  pipe, 2 files, 2K numbers, 1 worker, barrier\n", text)
        text, _ = self.plan("--config", "config", "--transports", "pipe")  # without a preset: the defaults
        self.assertIn("  pipe, 4 files, 2K numbers, 3 workers, overlap\n", text)

    def test_a_configuration_that_cannot_be(self):
        for content, says in (("fles = 2\n", ("'fles'", "--files")), ("files: 2\n", ("'files: 2'",)),
                              ("files\n", ("'files'",)), ("files = 2\nfiles = 3\n", ("config:2: ", "files", "more than once, first in line 1")),
                              ("preset = smoke\n", ("'preset'", "command line")), ("config = x\n", ("'config'",)),
                              ("fresh = 0\n", ("'fresh'", "command line")), ("[part]\nfiles = 1\n", ("'part.files'",))):
            with self.subTest(content):
                self.write("config", content)
                self.refused("sweep", "--dry-run", "--config", "config", says=("config:", *says))
        for line, says in (("workers = many", "'many'"), ("transports = pipe,pip", "'pip'"), ("sorter = bubble", "'bubble'"),
                           ("blocks = 0", "'0'")):
            self.write("config", f"# one\n\n{line}\n")
            self.refused("sweep", "--dry-run", "--config", "config", says=("config:3: ", says))
        self.assertNotIn("config:", self.refused("sweep", "--dry-run", "--config", "config", "--blocks", "0", says="'0'"))
        (self.work / "directory").mkdir()
        self.refused("sweep", "--dry-run", "--config", "directory", says=("directory", "cannot be read"))
        self.write("config", "files = 2\n")
        self.write("a", "1\n")
        self.refused("sweep", "--dry-run", "--config", "config", "--input", "a", says=("--files", "--input"))

    def test_input_on_sweep(self):
        self.write("a", "1\n2\n")
        self.write("b", "3\n")
        text, first = self.plan("--preset", "smoke", "--transports", "pipe", "--input", "a", "b")
        self.assertIn("  pipe, 2 files, 3 numbers, 2 workers, barrier\n", text)
        self.assertNotIn("Input files", text)
        self.write("b", "4\n")
        self.assertNotEqual(self.plan("--preset", "smoke", "--transports", "pipe", "--input", "a", "b")[1], first)
        self.write("b", "x\n")
        self.refused("sweep", "--preset", "smoke", "--input", "a", "b", "--output", "out", says=("b: byte 0", "'x'"))
        self.assertFalse((self.work / "out").exists())


if __name__ == "__main__":
    unittest.main()

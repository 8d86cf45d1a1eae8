"""ipcsort run: every transport and reference, the three formats, and what happens when a worker fails."""

import csv
import io
import json
import os
import subprocess
import time
import unittest

from support import CliTest

REFERENCES = ("serial", "threads", "memcpy_one_copy", "memcpy_two_copies")
SMALL = ("--numbers", "5K", "--files", "3", "--workers", "2")
ONE_PIPE = ("--transports", "pipe", *SMALL)


class Run(CliTest):
    def test_every_transport_and_reference(self):
        for name in (*self.transports(), *REFERENCES):
            for transfer in ("overlap", "barrier"):
                with self.subTest(name, transfer=transfer):
                    row = self.run_json("--transports", name, *self.handover(name), *SMALL, "--transfer", transfer)
                    self.assertEqual((row["status"], row["error"], row["transport"]), ("ok", None, name))
                    self.assertEqual((row["numbers"], row["files"]), (5000, 3))
                    self.assertGreater(row["total_s"], 0)
                    if row["kind"] == "transport":
                        self.assertEqual(row["payload_bytes"], 20000)
                        self.assertGreater(row["transfer_window_s"], 0)
                        self.assertEqual(row["transfer_bytes_per_s"] is None, row["handover"] == "lend")

    def test_more_workers_than_files_and_more_files_than_workers(self):
        for files, workers in ((1, 5), (7, 2), (3, 3)):
            for more in ((), ("--merge", "concat")):
                row = self.run_json("--transports", "mmap_flags", "--numbers", "3001", "--files", files, "--workers",
                                    workers, *more)
                self.assertEqual((row["status"], row["files"], row["workers"]), ("ok", files, workers))

    def test_every_value_of_every_setting(self):
        for option, values in (("sorter", ("vqsort", "std", "qsort")), ("parser", ("simd", "from_chars", "fscanf")),
                               ("drain", ("threads", "sequential")), ("merge", ("multiway", "concat")),
                               ("pages", ("base", "huge")), ("handover", ("copy",)),
                               ("placement", ("free", "spread", "one")), ("memory", ("fresh", "ready")),
                               ("distribution", ("uniform", "sorted", "reversed", "nearly-sorted", "few-distinct",
                                                 "zipf"))):
            for value in values:
                with self.subTest(option=option, value=value):
                    row = self.run_json(*ONE_PIPE, f"--{option}", value)
                    self.assertEqual((row["status"], row[option]), ("ok", value))

    def test_every_transport_in_every_place_and_into_ready_memory(self):
        for name in (*self.transports(), *REFERENCES):
            for placement in ("spread", "one"):
                with self.subTest(name, placement=placement):
                    row = self.run_json("--transports", name, *self.handover(name), *SMALL, "--placement", placement,
                                        "--memory", "ready")
                    self.assertEqual((row["status"], row["placement"], row["memory"]), ("ok", placement, "ready"))
                    if placement == "one":
                        self.assertEqual(len(row["cpus"].split()), 1, row["cpus"])

    def test_repeats_are_one_row(self):
        row = self.run_json(*ONE_PIPE, "--repeat", "3", "--transfer", "barrier")
        self.assertEqual((row["status"], row["repeats"], row["payload_bytes"]), ("ok", 3, 20000))
        self.assertGreater(row["cost_s"], 3 * row["total_s"])
        path = sum(row[f"path_{phase}_s"] for phase in ("spawn", "read", "parse", "sort", "wait", "transfer", "other"))
        self.assertAlmostEqual(path + row["merge_s"], row["total_s"], delta=1e-6)
        self.refused("run", *ONE_PIPE, "--repeat", "0", says=("--repeat",))

    def test_a_slow_down_on_purpose_is_a_share_of_what_it_slows(self):
        # Nine tenths of the total are burnt behind the merge.
        row = self.run_json(*ONE_PIPE, IPCSORT_SLOWDOWN="total:900%")
        self.assertGreater(row["merge_s"], 0.85 * row["total_s"])
        row = self.run_json(*ONE_PIPE, "--transfer", "barrier", IPCSORT_SLOWDOWN="transfer:900%")
        self.assertGreater(row["transfer_s_max"], 1.5 * row["transfer_s_mean"], "only the last of two is held back")
        row = self.run_json(*ONE_PIPE, IPCSORT_SLOWDOWN="cpu:900%")
        self.assertGreater(row["parent_user_s"] + row["parent_system_s"],
                           5 * (row["workers_user_s"] + row["workers_system_s"]))
        self.refused("run", *ONE_PIPE, IPCSORT_SLOWDOWN="total:fast", says=("IPCSORT_SLOWDOWN", "total:5%"))

    def test_extreme_sizes(self):
        self.assertEqual(self.run_json("--transports", "pipe", "--numbers", "1", "--workers", "3")["status"], "ok")
        self.refused("run", "--transports", "pipe", "--numbers", "0", says=("--numbers", "nothing would be measured"))

    def test_csv_has_a_header_and_one_row(self):
        text = self.run_program("run", *ONE_PIPE, "--format", "csv").stdout
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual([(row["transport"], row["status"]) for row in rows], [("pipe", "ok")])

    def test_table_says_how_it_went(self):
        done = self.run_program("run", *ONE_PIPE)
        self.assertEqual(done.stdout.splitlines()[0], "ok")
        for word in ("total", "parse", "sort", "transfer", "merge", "verified"):
            self.assertIn(word, done.stdout)

    def test_options_of_a_transport(self):
        row = self.run_json("--transports", "pipe:capacity=1M", *SMALL)
        self.assertEqual((row["status"], row["transport"], row["options"]), ("ok", "pipe", "capacity=1M"))
        row = self.run_json("--transports", "mmap_flags:wait=yield:buffer=4K", *SMALL)
        self.assertEqual((row["status"], row["options"]), ("ok", "buffer=4K wait=yield"))

    def test_wrong_transports_and_options(self):
        for text, says in (("pype", ("'pype'", "there are pipe, ", "serial")),
                           ("pipe:capcity=1M", ("pipe", "capcity=1M", "capacity=")),
                           ("pipe:capacity=abc", ("capacity=abc", "BYTES")), ("pipe:capacity=0", ("capacity=0",)),
                           ("pipe:capacity=-4K", ("capacity=-4K",)), ("pipe:capacity=", ("capacity=",)),
                           ("mmap_flags:wait=sleep", ("wait=sleep", "spin|yield")),
                           ("pipe:capacity", ("'pipe:capacity'", "OPTION=VALUE")), ("pipe:", ("'pipe:'",)),
                           ("pipe:capacity=4K:capacity=8K", ("capacity=", "twice")),
                           ("serial:capacity=4K", ("serial", "reference")), ("", ("empty name",)), ("pipe,", ("empty name",))):
            with self.subTest(text):
                self.refused("run", "--transports", text, *SMALL, says=says)

    def test_two_values_are_for_sweep(self):
        for words in (("--numbers", "1K,2K"), ("--workers", "1,2"), ("--files", "1,2"), ("--transfer", "overlap,barrier"),
                      ("--references", "serial")):
            done = self.run_program("run", "--transports", "pipe", *words, code=2)
            self.assertIn("one value each", done.stderr)
            self.assertIn("sweep", done.stderr)
        self.assertIn("8", self.run_program("run", "--transports", "pipe", "--numbers", "1K,2K", "--workers", "1,2",
                                            "--files", "1,2", code=2).stderr)

    def test_needs_a_transport_and_a_known_format(self):
        self.refused("run", says=("--transports", "ipcsort list"))
        self.refused("run", *ONE_PIPE, "--format", "yaml", says=("--format", "'yaml'", "json"))

    def test_a_cache_that_cannot_be(self):
        self.write("file", "")
        self.refused("run", *ONE_PIPE, "--cache-dir", "file", says=("file", "not a directory", "--cache-dir"))
        self.refused("run", *ONE_PIPE, "--cache-dir", "file/x", says=("file/x", "--cache-dir"))
        self.refused("run", *ONE_PIPE, "--cache-dir", "", says=("--cache-dir", "empty"))
        self.refused("run", *ONE_PIPE, "--cache-limit", "1K", says="--cache-limit")


class Write(CliTest):
    """The merged numbers as text, held against sort(1)."""

    def of(self, *words):
        self.run_program("run", *words, "--write", "out")
        return (self.work / "out").read_bytes()

    def test_every_distribution_and_both_merges(self):
        for distribution in ("uniform", "sorted", "reversed", "nearly-sorted", "few-distinct", "zipf"):
            words = (*ONE_PIPE, "--distribution", distribution)
            with self.subTest(distribution):
                merged = self.of(*words)
                inputs = (self.root / "cache").rglob(f"{distribution}-*/*.txt")
                expected = subprocess.run(["sort", "-n", *inputs], env={**os.environ, "LC_ALL": "C"},
                                          capture_output=True, check=True).stdout
                self.assertTrue(merged == expected, "multiway")
                self.assertTrue(self.of(*words, "--merge", "streaming") == expected, "streaming")
        for words in (("--transports", "serial"), ("--transports", "memfd_lend", "--handover", "lend"),
                      ("--transports", "pipe", "--transfer", "steady", "--rounds", "4", "--repeat", "2")):
            merged = self.of("--workers", "1", *words, *SMALL[:4], "--distribution", "zipf")
            self.assertTrue(merged == expected, words)

    def test_to_standard_output_goes_nothing_else(self):
        done = self.run_program("run", *ONE_PIPE, "--write", "-", "--format", "json")
        self.assertEqual(done.stdout.encode(), self.of(*ONE_PIPE))
        self.assertEqual(json.loads(done.stderr[done.stderr.index("{"):])["status"], "ok")

    def test_what_cannot_be_written(self):
        for path, says in ((self.work, "it is a directory"), ("no/out", "make that directory first"), ("", "--write is empty")):
            self.refused("run", *ONE_PIPE, "--write", path, says=("--write", says))
        self.refused("run", *ONE_PIPE, "--write", "out", "--merge", "concat", says=("--write", "--merge multiway"))
        self.refused("run", "--transports", "memcpy_one_copy", *SMALL, "--write", "out", says=("--write", "none of the input's"))
        self.write("numbers", "3\n1\n2\n")
        (self.work / "same").symlink_to("numbers")
        for path in ("numbers", "same"):
            self.refused("run", "--transports", "pipe", "--workers", "1", "--input", "numbers", "--write", path,
                         says=("--write", path, "--input"))
        self.assertEqual((self.work / "numbers").read_text(), "3\n1\n2\n")
        for name in ("numbers", "same"):
            (self.work / name).unlink()
        row = self.run_json(*ONE_PIPE, "--write", "/dev/full", code=3)
        self.assertEqual((row["status"], row["error"]), ("error", "write(/dev/full): No space left on device"))
        self.write("out", "as it was")
        self.run_json(*ONE_PIPE, "--write", "out", code=3, IPCSORT_FAULT="ready:exit")
        self.assertEqual([(path.name, path.read_text()) for path in self.work.iterdir()], [("out", "as it was")])


class Faults(CliTest):
    def test_a_killed_worker_is_named(self):
        for name in self.transports():
            with self.subTest(name):
                row = self.run_json("--transports", name, *self.handover(name), *SMALL, code=3,
                                    IPCSORT_FAULT="mid_payload:kill")
                self.assertEqual((row["status"], row["total_s"]), ("peer_died", None))
                self.assertIn("worker 1", row["error"])
                self.assertIn("SIGKILL", row["error"])

    def test_the_deadline_ends_a_hang(self):
        begin = time.monotonic()
        row = self.run_json(*ONE_PIPE, "--deadline", "300ms", code=3, IPCSORT_FAULT="ready:delay=60000")
        self.assertLess(time.monotonic() - begin, 30)
        self.assertEqual(row["status"], "timeout")
        self.assertIn("worker 1", row["error"])
        table = self.run_program("run", *ONE_PIPE, "--deadline", "300ms", code=3, IPCSORT_FAULT="ready:stop").stdout
        self.assertRegex(table, r"\Atimeout: [^\n]+\n\Z")

    def test_a_worker_that_leaves_without_its_data(self):
        row = self.run_json(*ONE_PIPE, code=3, IPCSORT_FAULT="ready:exit")
        self.assertIn(row["status"], ("error", "peer_died"))
        self.assertIn("worker 1", row["error"])

    def test_a_fault_can_strike_the_worker_that_is_named(self):
        row = self.run_json(*ONE_PIPE, code=3, IPCSORT_FAULT="attached:kill:0")
        self.assertIn("worker 0", row["error"])

    def test_a_malformed_fault_is_refused(self):
        for fault in ("x", "ready", "ready:boom", "nowhere:kill", "ready:kill:x", "ready:kill:-1", "ready:kill:1:2",
                      "ready:delay", "ready:delay=", "ready:delay=-1", ":"):
            for words in (("run", *ONE_PIPE), ("sweep", "--preset", "smoke", "--output", "out")):
                with self.subTest(fault, command=words[0]):
                    self.refused(*words, says=("IPCSORT_FAULT", f"'{fault}'"), IPCSORT_FAULT=fault)
        self.assertFalse((self.work / "out").exists())


if __name__ == "__main__":
    unittest.main()

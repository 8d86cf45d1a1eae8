"""What does not fit into memory is refused before anything is made, and the estimate holds for runs that fit."""

import re
import unittest

from support import PROGRAM, CliTest, rows_of

HUGE = "100000000K"  # 10^11 numbers: 1.2 TB in memory
SCALE = {"kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}


def bytes_in(text, pattern):
    found = re.search(pattern + r" ([0-9.]+) (\w+)", text)
    return float(found[1]) * SCALE[found[2]]


class Refused(CliTest):
    def files_made(self):
        cache = self.root / "cache"
        return sorted(path for path in [*cache.rglob("*"), *self.work.rglob("*")] if path.is_file())

    def test_a_run_that_cannot_fit(self):
        text = self.refused("run", "--transports", "pipe", "--numbers", HUGE,
                            says=("pipe, ", "100G numbers", "can be had", "fewer numbers", "--handover lend"))
        self.assertAlmostEqual(bytes_in(text, "needs up to"), 1.2e12, delta=0.1e12)
        self.refused("run", "--transports", "memfd_lend", "--handover", "copy", "--numbers", HUGE,
                     says="--handover lend (")
        self.refused("run", "--transports", "serial", "--numbers", HUGE, says=("serial, ", "fewer numbers"))
        self.assertEqual(self.files_made(), [])

    def test_no_number_of_numbers_gets_through(self):
        for numbers in ("18446744073709551615", "18446744073G"):
            self.refused("run", "--transports", "pipe", "--numbers", numbers, says="can be had")
        self.assertEqual(self.files_made(), [])

    def test_a_sweep_or_comparison_of_which_nothing_fits(self):
        words = ("--numbers", HUGE, "--transports", "pipe,memfd_lend", "--references", "none")
        self.refused("sweep", *words, "--preset", "smoke", "--output", "out", says=("memfd_lend lend, ", "needs up to"))
        self.refused("sweep", *words, "--dry-run", says="needs up to")
        self.refused("ab", "--baseline", PROGRAM, *words, says="needs up to")
        self.refused("selftest", "aa", *words, says="needs up to")
        self.assertEqual(self.files_made(), [])

    def test_of_a_sweep_only_what_does_not_fit_is_skipped(self):
        words = ("sweep", "--preset", "smoke", "--transports", "pipe,memfd_lend", "--references", "none", "--handover",
                 "copy", "--numbers", f"1K,{HUGE}", "--no-charts")
        dry = self.run_program(*words, "--dry-run").stdout
        self.assertIn("2 skipped", dry)
        self.assertIn("1K numbers", re.search(r"^Memory: up to .*$", dry, re.MULTILINE)[0])
        self.assertLess(bytes_in(dry, "Input files: up to"), 1e6)
        self.run_program(*words, "--output", "out")
        rows = rows_of(self.work / "out" / "runs.csv")
        for row in rows:
            self.assertEqual(row["status"], "ok" if row["numbers"] == "1000" else "skipped")
            self.assertEqual("needs up to" in row["error"], row["status"] == "skipped")
        self.assertEqual({row["numbers"] for row in rows}, {"1000", str(10**11)})

    def test_data_for_which_there_is_no_disk_is_refused_before_the_first_set_is_made(self):
        done = self.run_program("sweep", "--preset", "smoke", "--transports", "pipe", "--handover", "copy",
                                "--references", "none", "--numbers", "1K,1M", "--cache-limit", "2M", code=2)
        self.assertIn("--cache-limit", done.stderr)
        self.assertEqual([path for path in self.files_made() if path.suffix == ".txt"], [])


class Estimate(CliTest):
    def test_it_is_not_below_what_is_used_nor_far_above(self):
        for transport, handover in (("pipe", "copy"), ("memfd_ring", "copy"), ("memfd_lend", "lend"),
                                    ("posix_shm_sem", "lend"), ("fd_pass", "copy")):
            if transport not in self.transports():
                continue
            for files, workers in ((4, 1), (4, 4), (1, 4)):
                with self.subTest(transport, handover=handover, files=files, workers=workers):
                    words = ("--transports", transport, "--handover", handover, "--files", files, "--workers", workers,
                             "--numbers", "4M", "--transfer", "barrier")
                    row = self.run_json(*words)
                    self.assertEqual((row["status"], row["error"]), ("ok", None))
                    parent, all_workers = row["parent_rss_bytes_max"], workers * row["worker_rss_bytes_max"]
                    # What is lent is in the memory of both, if the parent has looked at it.
                    shared = row["payload_bytes"] if handover == "lend" else 0
                    used = max(parent, all_workers, parent + all_workers - shared)
                    dry = self.run_program("sweep", *words, "--references", "none", "--dry-run").stdout
                    estimate = bytes_in(dry, "Memory: up to")
                    self.assertGreaterEqual(estimate, used)
                    reserved = transport == "posix_shm_sem" and files < workers
                    self.assertLess(estimate, (4 if reserved else 2) * used + 16e6)


if __name__ == "__main__":
    unittest.main()

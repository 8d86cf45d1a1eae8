"""ipcsort recommend."""

import csv
import json
import unittest

from support import ROOT, running
from sweeping import SLOW, SweepTest

REFERENCE = ("--from", ROOT / "results" / "reference")
LARGE = ("--payload", "20M", "--workers", "4", *REFERENCE)
NEEDS = ("zero-copy", "boundaries", "no-spin", "no-names", "eof-on-death", "survives-a-killed-worker", "unprivileged",
         "other-user", "other-container")


class RecommendTest(SweepTest):
    def recommend(self, *words, code=0, **environment):
        return self.run_program("recommend", *words, code=code, **environment)

    def answer(self, *words, code=0, **environment):
        return json.loads(self.recommend(*words, "--format", "json", code=code, **environment).stdout)


class Recorded(RecommendTest):
    def rivals_in_reference(self):
        """The rows of the summary that LARGE asks about, the best first."""
        asked = {"kind": "transport", "handover": "copy", "numbers": "5000000", "workers": "4", "transfer": "steady"}
        with (ROOT / "results" / "reference" / "summary.csv").open() as summary:
            rows = [row for row in csv.DictReader(summary) if all(row[name] == value for name, value in asked.items())]
        return sorted(rows, key=lambda row: (row["transfer_time_ratio_to_second"] == "",
                                             row["transfer_tied_with_best"] == "0", float(row["transfer_time_ratio_to_best"])))

    def test_three_lines_and_what_was_ruled_out(self):
        done = self.recommend(*LARGE)
        self.assertEqual(done.stderr, "")
        lines = done.stdout.splitlines()
        # What the sweep found is what is answered, whatever that is when the reference is recorded anew.
        best, second = self.rivals_in_reference()[:2]
        self.assertRegex(lines[0], r"\ATake \w+ \(.*\): [\d.]+ GB/s with 20\.0 MB \(5M numbers in 4 files, 4 workers, steady\)\.\Z")
        if second["transfer_tied_with_best"] == "1":
            self.assertTrue(lines[1].startswith("It ties with "), lines[1])
        else:
            self.assertTrue(lines[0].startswith(f"Take {best['transport']} "), lines[0])
            times, low, high = (float(second[f"transfer_time_ratio_to_best{end}"]) for end in ("", "_ci_low", "_ci_high"))
            self.assertEqual(lines[1], f"It leads: the runner-up, {second['transport']}, takes {times:.2f} times "
                                       f"[{low:.2f}, {high:.2f}] as long.")
        self.assertRegex(lines[2], r"\AThe answer at other sizes: below (4\.00 MB|20\.0 MB|it) ")
        self.assertRegex(done.stdout, r"(?m)^pipe +\d+\.\d\d times \[")
        self.assertNotRegex(done.stdout, r"(?m)^null ")
        self.assertIn("Rows: ", done.stdout)

    def test_formats(self):
        found = self.answer(*LARGE)
        self.assertEqual(found["question"]["payload_bytes"], 20_000_000)
        is_tied = self.rivals_in_reference()[1]["transfer_tied_with_best"] == "1"
        self.assertEqual(found["answer"]["certainty"], "ties" if is_tied else "leads")
        self.assertEqual(found["answer"]["runner_up"] is None, is_tied)
        self.assertTrue(is_tied or found["answer"]["runner_up"]["ci_low"] > 1)
        self.assertEqual(len(found["lines"]), 3)
        self.assertEqual(len(found["ruled_out"]), 20)
        marked = self.recommend(*LARGE, "--format", "markdown")
        self.assertIn("| transport | why |", marked.stdout)
        self.assertIn("Rows: ", marked.stderr)
        self.assertEqual(self.recommend(*LARGE, "--format", "markdown", "--quiet").stderr, "")

    def test_each_need_rules_out(self):
        rules = {need: [each["transport"] for each in self.answer(*LARGE, "--need", need)["ruled_out"]
                        if each["why"] == f"does not meet {need}"] for need in NEEDS}
        self.assertEqual(rules["unprivileged"], [])
        self.assertEqual(rules["no-spin"], ["mmap_flags"])
        self.assertIn("pipe", rules["zero-copy"])
        self.assertIn("memfd_ring", rules["eof-on-death"])
        self.assertEqual(sorted(rules["no-names"] + rules["other-user"]),
                         sorted(name for name in self.transports_there() if name != "null"))
        lent = self.answer(*LARGE, "--need", "zero-copy")
        self.assertIn("to hand over", lent["lines"][0])
        first = self.answer(*LARGE, "--first", "--need", "no-names,eof-on-death")
        self.assertEqual(first["question"]["transfer"], "barrier")
        self.assertEqual(first["question"]["needs"], ["no-names", "eof-on-death"])

    def transports_there(self):
        return [entry["name"] for entry in self.entries() if entry["kind"] == "transport"]

    def test_the_nearest_miss_is_named(self):
        done = self.recommend(*LARGE, "--need", "zero-copy,boundaries", code=3)
        self.assertIn("No transport meets zero-copy and boundaries. Nearest is ", done.stdout)
        self.assertIn(", which lacks ", done.stdout)
        found = self.answer("--payload", "20M", "--need", "zero-copy,boundaries", code=3)
        self.assertIsNone(found["answer"])
        self.assertEqual({each["why"].split(" meet ")[0] for each in found["ruled_out"]}, {"does not"})
        self.assertFalse((self.work / "results").exists(), "nothing is measured for that")

    def test_the_nearest_recorded_size_answers(self):
        question = self.answer("--payload", "30M", "--workers", "4", *REFERENCE)["question"]
        self.assertEqual((question["payload_bytes"], question["measured_bytes"]), (30_000_000, 20_000_000))
        self.refused("recommend", "--payload", "80M", "--workers", "4", *REFERENCE,
                     says=("nothing of about 80.0 MB", "20.0 MB with 4 workers and steady", "leave --from out"))
        self.refused("recommend", "--payload", "20M", "--workers", "3", *REFERENCE, says="3 workers")
        self.assertEqual(self.answer("--payload", "20M", *REFERENCE)["question"]["workers"], 4, "the most that were recorded")

    def test_what_cannot_be_is_refused(self):
        for words, says in (((), ("--payload", "--numbers")), (("--payload", "1M", "--numbers", "1M"), "once"),
                            (("--payload", "3"), "4 bytes"), (("--payload", "x"), "'x'"), (("--numbers", "0"), "'0'"),
                            (("--payload", "1M", "--need", "no-spn"), ("'no-spn'", *NEEDS, "did you mean no-spin?")),
                            (("--payload", "1M", "--need", ""), "''"), (("--payload", "1M", "--workers", "1,2"), "--workers"),
                            (("--payload", "1M", "--transports", "serial"), "serial"),
                            (("--payload", "1M", "--transports", "pipe,null"), "null"),
                            (("--payload", "1M", "--from", "nowhere"), "nowhere"), (("--payload", "1M", "--from", ""), "--from"),
                            ((*LARGE, "--output", "out"), "--output"), (("--payload", "1M", "--time-budget", "0"), "'0'"),
                            (("--payload", "1M", "--format", "csv"), "csv"), (("--message", "0"), "'0'"),
                            (("--message", "4K", "--workers", "2"), "--workers"), (("--message", "4K", "--first"), "--first"),
                            (("--message", "4K", "--need", "zero-copy"), "zero-copy"), (("--message", "4K", "--numbers", "4"), "once")):
            with self.subTest(words):
                self.refused("recommend", *words, says=says)
        self.assertEqual(list(self.work.iterdir()), [])


class Measured(RecommendTest):
    SMALL = ("--numbers", "20K", "--workers", "1", "--output", "out")
    TWO = (*SMALL, "--transports", "pipe,unix_stream,socketpair_dgram", "--need", "eof-on-death,unprivileged")

    def test_measures_what_meets_the_needs_and_keeps_the_rows(self):
        found = self.answer(*self.TWO, "--time-budget", "4s")
        self.assertIn(found["answer"]["transport"], ("pipe", "unix_stream"))
        self.assertEqual({(row["transport"], row["numbers"]) for row in self.whole_rows()},
                         {(name, size) for name in ("pipe", "unix_stream") for size in ("1250", "20000", "320000")})
        self.assertEqual({row["transfer"] for row in self.whole_rows()}, {"steady"})
        self.assertEqual(self.meta()["argv"][:2], ["ipcsort", "recommend"])
        self.assertIn("finished_utc", self.meta())
        self.assertIn({"transport": "socketpair_dgram", "why": "does not meet eof-on-death"}, found["ruled_out"])
        again = self.answer("--numbers", "20K", "--workers", "1", "--from", "out", "--need", "eof-on-death")
        self.assertEqual(again["answer"], found["answer"])

    def test_one_block_is_no_verdict(self):
        done = self.recommend(*self.TWO, "--time-budget", "1ms", "--quiet")
        self.assertIn("Too few runs to say that it leads", done.stdout)
        self.assertIn("--time-budget 1m tells more", done.stdout)

    def test_messages(self):
        found = self.answer("--message", "4K", "--transports", "pipe,unix_stream,socketpair_dgram", "--need", "eof-on-death",
                            "--time-budget", "3s")
        self.assertEqual(found["question"], {"message_bytes": 4096, "needs": ["eof-on-death"]})
        self.assertIn(found["answer"]["transport"], ("pipe", "unix_stream"))
        self.assertIn(" with 4 KiB (messages one way between two processes).", found["lines"][0])
        self.assertLessEqual({each["bytes"] for each in found["answer"]["at_other_sizes"]}, {256, 65536})
        done = self.recommend("--message", "1M", "--transports", "socketpair_dgram,pipe", "--need", "boundaries",
                              "--time-budget", "1ms", "--quiet", code=3)
        self.assertRegex(done.stdout, r"Nearest is socketpair_dgram: a message of 1 MiB is cut: \S")
        self.assertEqual(list(self.work.iterdir()), [])

    def test_what_fails_is_ruled_out(self):
        done = self.recommend(*self.SMALL, "--transports", "pipe", "--time-budget", "1ms", "--quiet", code=3,
                              IPCSORT_FAULT="ready:kill:0")
        self.assertIn("Nearest is pipe: ", done.stdout)

    def test_an_interruption_ends_it(self):
        process = self.start("recommend", *self.TWO, "--first", IPCSORT_FAULT=SLOW)
        self.wait_until(lambda: self.count_rows() >= 2 or process.poll() is not None, "2 rows")
        process.send_signal(2)
        self.assertEqual(process.communicate(timeout=60)[0], "")
        self.assertEqual(process.returncode, 130)

    def test_an_interruption_in_the_middle_of_messages(self):
        process = self.start("recommend", "--message", "4K", "--transports", "pipe,fifo")
        self.wait_until(lambda: len(running(str(self.root))) > 1 or process.poll() is not None, "a process that sends")
        process.send_signal(2)
        self.assertEqual(process.communicate(timeout=60)[0], "")
        self.assertEqual(process.returncode, 130)


if __name__ == "__main__":
    unittest.main()

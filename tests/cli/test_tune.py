"""ipcsort tune, and --profile of sweep and run."""

import csv
import io
import json
import signal
import unittest

from support import HANG_LIMIT_S, PROGRAM, rows_of
from sweeping import SweepTest

ONE_SIZE = ("--numbers", "20K", "--files", "2", "--workers", "1", "--quiet")
TWO = ("--transports", "pipe,unix_stream", *ONE_SIZE)
SMALL = ("--preset", "smoke", "--numbers", "2K", "--handover", "copy", "--references", "none",
         "--no-charts", "--output", "out")
TUNED = "results/profile-tuned.json"


class TuneTest(SweepTest):
    def setUp(self):
        super().setUp()
        self.profile = self.work / TUNED

    def tune(self, *words, code=0, **environment):
        return self.run_program("tune", *words, code=code, **environment)

    def read(self):
        return json.loads(self.profile.read_text())

    def make(self, entries, change=None):
        """A profile of this machine with {(transport, numbers): options}."""
        if not self.profile.exists():
            self.tune(*ONE_SIZE, "--transports", "pipe", "--time-budget", "1ms")
        content = self.read()
        model = content["entries"][0]
        content["entries"] = [{**model, "transport": name, "numbers": numbers, "options": options,
                               "decision": "tuned" if options else "defaults"}
                              for (name, numbers), options in entries.items()]
        if change:
            change(content)
        self.profile.write_text(json.dumps(content))
        return self.profile

    def options_used(self):
        return {(row["transport"], row["options"]) for row in rows_of(self.runs)}


class Tuning(TuneTest):
    def test_two_transports_from_scratch_and_again(self):
        done = self.tune(*TWO, "--time-budget", "6s")
        self.assertIn("2 of 2 cells done in", done.stdout)
        self.assertNotIn("The profile that was there before", done.stdout)
        content = self.read()
        self.assertEqual((content["schema"], content["workers"], content["files"]), (1, 1, 2))
        self.assertRegex(content["machine"]["fingerprint"], r"\A[0-9a-f]{16}\Z")
        self.assertEqual(content["about"]["argv"][:2], ["ipcsort", "tune"])
        self.assertEqual([(entry["transport"], entry["numbers"]) for entry in content["entries"]],
                         [("pipe", 20000), ("unix_stream", 20000)])
        for entry in content["entries"]:
            self.assertIn(entry["decision"], ("tuned", "defaults", "undecided"))
            self.assertEqual(entry["raced"][0]["options"], {})
            self.assertGreater(entry["raced"][0]["blocks"], 0)
            self.assertEqual(entry["payload_bytes"], 80000)
            self.assertIn(f'{entry["transport"]}, 20K numbers', done.stdout)
            self.assertEqual(bool(entry["options"]), entry["decision"] == "tuned")
            if entry["decision"] == "tuned":
                self.assertGreater(entry["gain"]["ci_low"], 1)
        again = self.tune(*TWO, "--time-budget", "6s", "--seed", "2")
        self.assertRegex(again.stdout, r"chose the same options in [012] of 2 cells")

    def test_formats(self):
        words = (*TWO, "--time-budget", "500ms", "--output", "tuned.json")
        done = self.tune(*words, "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        self.assertEqual([row["transport"] for row in rows], ["pipe", "unix_stream"])
        self.assertFalse(self.profile.exists())
        done = self.tune(*words, "--format", "json")
        self.assertEqual(json.loads(done.stdout), json.loads((self.work / "tuned.json").read_text()))
        done = self.tune(*words[:-1], "-")
        self.assertEqual(len(json.loads(done.stdout)["entries"]), 2)
        self.assertFalse((self.work / "-").exists())
        self.tune(*words[:-1], "-", "--format", "csv", code=2)

    def test_what_cannot_be_used_is_dropped_with_its_reason(self):
        self.tune(*ONE_SIZE, "--transports", "posix_mq", "--time-budget", "4s")
        raced = self.read()["entries"][0]["raced"]
        refused = [each for each in raced if each["options"] == {"chunk": "64K"}]
        self.assertEqual(len(refused), 1)
        self.assertIn("chunk=65536 is more than it can carry", refused[0]["dropped"])

    def test_no_time_leaves_the_defaults(self):
        done = self.tune(*TWO, "--time-budget", "1ms")
        self.assertEqual({entry["decision"] for entry in self.read()["entries"]}, {"undecided"})
        self.assertIn("the budget was over", done.stdout)

    def test_runs_that_fail_end_with_3_and_are_said(self):
        self.tune(*TWO, "--time-budget", "2s", code=3, IPCSORT_FAULT="ready:kill:0")
        for entry in self.read()["entries"]:
            self.assertEqual((entry["decision"], entry["options"]), ("failed", {}))
            self.assertIn("peer_died", entry["reason"])

    def test_a_dry_run_says_what_would_be_raced(self):
        done = self.tune("--dry-run", "--transports", "pipe,mmap_flags,fd_pass", "--numbers", "1K,2K", "--time-budget", "5m")
        self.assertRegex(done.stdout, r"(?m)^6 cells .* within 5m")
        self.assertRegex(done.stdout, r"(?m)^  pipe, 24 sets of options: capacity=256K\|1M\|16K chunk=\S+\|4K$")
        self.assertEqual(list(self.work.iterdir()), [])

    def test_what_only_lends_is_left_out(self):
        done = self.tune("--dry-run", "--transports", "pipe,null", "--numbers", "1K")
        self.assertIn("left out: null: ", done.stderr)
        done = self.tune("--dry-run", "--transports", "null", code=2)
        self.assertIn("nothing to tune", done.stderr.splitlines()[-1])

    def start_tuning(self, *words, **environment):
        """Its standard error goes to self.errors."""
        self.errors = self.write("errors", "")
        return self.start("-c", 'exec 2>errors; exec "$0" tune "$@"', PROGRAM, *words, program="/bin/sh", **environment)

    def test_an_interruption_keeps_what_was_decided(self):
        process = self.start_tuning("--transports", "pipe", "--numbers", "200K,500K", "--workers", "1", "--time-budget", "8s")
        self.wait_until(lambda: "pipe, 500K numbers: " in self.errors.read_text() or process.poll() is not None,
                        "the first decision")
        self.refused("tune", "--transports", "pipe", "--numbers", "1K", says="is being written by another ipcsort tune")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=HANG_LIMIT_S)
        self.assertEqual(process.returncode, 130, self.errors.read_text())
        self.assertIn("1 of 2 cells done", out)
        self.assertIn("interrupted; what had been decided by then is in", self.errors.read_text())
        content = self.read()
        self.assertEqual([entry["numbers"] for entry in content["entries"]], [500_000])
        self.assertTrue(content["about"]["interrupted"])

    def test_an_interruption_before_any_decision_writes_nothing(self):
        process = self.start_tuning("--transports", "pipe", "--numbers", "2K", "--workers", "1", IPCSORT_FAULT="ready:delay=60000")
        self.wait_until(lambda: self.runtime.joinpath("ipcsort").exists() and any(self.runtime.joinpath("ipcsort").iterdir()),
                        "the first run")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=HANG_LIMIT_S)
        self.assertEqual(process.returncode, 130)
        self.assertIn("nothing was written", self.errors.read_text())
        self.assertFalse(self.profile.exists())


class Refusals(TuneTest):
    def test_wrong_options(self):
        for words, says in ((("--transports", "pipe:capacity=1M"), ("capacity=1M", "the name alone")),
                            (("--transports", "serial"), "serial"), (("--transports", "pype"), "'pype'"),
                            (("--workers", "1,2"), "one value"), (("--files", "1,2"), "one value"),
                            (("--format", "yaml"), "yaml"), (("--time-budget", "none"), "'none'"),
                            (("--time-budget", "0s"), "--time-budget"), (("--output", ""), "--output"),
                            (("--output", "absent/file"), "absent/file"), (("--seed", "x"), "--seed"),
                            (("--numbers", "many"), "--numbers"), (("--handover", "lend"), "--handover"),
                            (("--transfer", "overlap"), "--transfer"), (("--blocks", "3"), "--blocks")):
            with self.subTest(words):
                self.refused("tune", *words, says=says)


class Profiles(TuneTest):
    def test_default_and_tuned_side_by_side(self):
        self.make({("pipe", 2000): {"chunk": "8K"}, ("unix_stream", 2000): {}})
        done = self.sweep(*SMALL, "--transports", "pipe,unix_stream,fifo", "--profile", "default,tuned")
        self.assertEqual(self.options_used(), {("pipe", ""), ("pipe", "chunk=8K"), ("unix_stream", ""), ("fifo", "")})
        self.assertIn("not measured twice: unix_stream (2K)", done.stderr)
        self.assertIn("nothing for fifo", done.stderr)
        told = self.meta()["profile"]
        self.assertEqual([source["name"] for source in told["sources"]], ["default", "tuned"])
        self.assertIn({"source": "tuned", "transport": "pipe", "numbers": 2000, "options": "chunk=8K", "has_entry": True},
                      told["cells"])

    def test_tuned_alone_is_for_those_without_options_of_their_own(self):
        self.make({("pipe", 1_000_000): {"chunk": "8K"}})
        self.sweep(*SMALL, "--transports", "pipe,pipe:capacity=128K", "--profile", "tuned")
        self.assertEqual(self.options_used(), {("pipe", "chunk=8K"), ("pipe", "capacity=128K")})

    def test_another_profile_is_another_plan(self):
        self.make({("pipe", 2000): {"chunk": "8K"}})
        words = (*SMALL, "--transports", "pipe", "--profile", "tuned")
        before = self.plan_hash(*words)
        self.make({("pipe", 2000): {"chunk": "16K"}})
        self.assertNotEqual(self.plan_hash(*words), before)
        self.assertEqual(self.plan_hash(*SMALL, "--transports", "pipe"),
                         self.plan_hash(*SMALL, "--transports", "pipe", "--profile", "default"))

    def test_a_run_takes_its_options(self):
        path = self.make({("pipe", 1000): {"chunk": "8K"}, ("pipe", 1_000_000): {"chunk": "64K"}})
        words = ("--transports", "pipe", "--workers", "1", "--numbers")
        self.assertEqual(self.run_json(*words, "2K", "--profile", "tuned")["options"], "chunk=8K")
        self.assertEqual(self.run_json(*words, "200K", "--profile", path)["options"], "chunk=64K")
        self.assertIsNone(self.run_json(*words, "2K", "--profile", "default")["options"])
        done = self.run_program("run", *words, "2K", "--profile", "default,tuned", code=2)
        self.assertIn("run measures one cell", done.stderr)

    def test_one_that_is_not_there_says_how_to_make_it(self):
        self.refused("sweep", *SMALL, "--profile", "tuned", says=(TUNED, "ipcsort tune"))
        self.refused("run", "--transports", "pipe", "--profile", "absent.json", says=("absent.json", "ipcsort tune"))
        self.refused("sweep", *SMALL, "--profile", "", says="--profile")
        self.refused("sweep", *SMALL, "--profile", "default,", says="--profile")

    def test_one_that_is_damaged_is_named_with_what_is_wrong(self):
        for content, says in (("", "not JSON"), ("{}", "is not a profile"), (b"\xff\x00", "not JSON")):
            path = self.write("bad.json", content)
            self.refused("sweep", *SMALL, "--profile", path, says=("bad.json", says))
        path = self.make({("pipe", 2000): {"chunk": "8K"}}, lambda content: content["entries"][0].pop("options"))
        self.refused("sweep", *SMALL, "--profile", path, says=("entries 1", "options"))
        path = self.make({("pipe", 2000): {"size": "8K"}})
        self.refused("sweep", *SMALL, "--transports", "pipe", "--profile", "tuned", says=("size=8K", "tuned"))

    def test_one_of_another_machine(self):
        def move(content):
            content["machine"]["cpu"] = "Imaginary 9000"

        path = self.make({("pipe", 2000): {"chunk": "8K"}}, move)
        words = (*SMALL, "--transports", "pipe", "--profile")
        done = self.sweep(*words, "tuned", code=5)
        self.assertRegex(done.stderr, r"\Aipcsort: [^\n]*Imaginary 9000[^\n]*\n\Z")
        self.run_program("run", "--transports", "pipe", "--numbers", "2K", "--profile", "tuned", code=5)
        self.assertIn("Imaginary 9000", self.sweep(*words, path).stderr)
        self.assertEqual(self.options_used(), {("pipe", "chunk=8K")})

    def test_another_number_of_workers_is_said(self):
        self.make({("pipe", 2000): {"chunk": "8K"}})
        done = self.sweep("--dry-run", *SMALL, "--transports", "pipe", "--profile", "tuned")
        self.assertIn("was tuned with 1 worker;", done.stderr)
        self.assertIn("pipe:chunk=8K", done.stdout)


if __name__ == "__main__":
    unittest.main()

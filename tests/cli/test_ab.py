"""ipcsort ab and selftest: verdicts on the program itself, and baselines that are anything but an ipcsort."""

import csv
import io
import json
import signal
import unittest

from support import HANG_LIMIT_S, PROGRAM, CliTest

# Runs of a few milliseconds, so that a verdict takes a second.
SMALL = ("--numbers", "1K", "--files", "1", "--workers", "1", "--run-time", "1ms")
TINY = (*SMALL, "--transfer", "barrier", "--placement", "one", "--memory", "fresh", "--metric", "total")
ONE_PIPE = ("--transports", "pipe", "--handover", "copy", *TINY)
LIST = "name,kind\\npipe,transport\\n"
ANSWER = {"status": "ok", "error": None, "repeats": 1, "disturbed": 0, "total_s": 0.01, "transfer_window_s": 0.001,
          "parent_user_s": 0.01, "parent_system_s": 0, "workers_user_s": 0.01, "workers_system_s": 0,
          "payload_bytes": 4000, "steps": 2, "faults_minor": 100, "parent_rss_bytes_max": 4e6,
          "worker_rss_bytes_max": 2e6}


class AbTest(CliTest):
    def fake(self, run="exit 1", version="echo 'ipcsort 9.9 (fake)'", listing=f"printf '{LIST}'"):
        """A program that answers like an ipcsort as far as the shell commands given do."""
        path = self.write("fake", f'#!/bin/sh\ncase "$1" in\n--version) {version};;\nlist) {listing};;\nrun) {run};;\nesac\n')
        path.chmod(0o755)
        return path

    def slowed(self, percent):
        """This program, slower."""
        path = self.write("slowed", f'#!/bin/sh\nIPCSORT_SLOWDOWN=total:{percent}% exec {PROGRAM} "$@"\n')
        path.chmod(0o755)
        return path

    def ab(self, *words, code=0, **environment):
        return self.run_program("ab", *words, code=code, **environment)

    def cells(self, *words, code=0, **environment):
        text = self.ab(*words, "--format", "csv", "--quiet", code=code, **environment).stdout
        return list(csv.DictReader(io.StringIO(text)))


class Verdicts(AbTest):
    def test_a_slower_candidate_regresses_in_every_cell(self):
        report = self.work / "report.json"
        done = self.ab("--baseline", PROGRAM, "--candidate", self.slowed(100), "--transports", "pipe,null", "--handover",
                       "copy,lend", *TINY, "--output", report, "--format", "json", code=1)
        self.assertEqual(done.stdout, "2 regressed\n")
        data = json.loads(report.read_text())
        self.assertEqual({cell["cell"]: cell["verdict"] for cell in data["cells"]},
                         {"pipe, 1 file, 1K numbers, 1 worker, barrier, on one CPU": "regressed",
                          "null lend, 1 file, 1K numbers, 1 worker, barrier, on one CPU": "regressed"})
        self.assertIn(str(PROGRAM), data["baseline"])
        self.assertIn("slowed", data["candidate"])
        notes = "\n".join(data["notes"])
        for word in ("Machine: ", "metric total", "memory fresh", "placement one", "pairs of runs", "seed 1", "one build"):
            self.assertIn(word, notes)

    def test_what_only_the_candidate_has_is_new(self):
        cells = self.cells("--baseline", self.fake(listing="printf 'name,kind\\nolder,transport\\n'"), "--transports",
                           "pipe", *TINY, code=3)
        self.assertEqual([cell["verdict"] for cell in cells], ["new"])
        cells = self.cells("--baseline", self.fake(), "--candidate", self.fake(), "--transports", "fifo", *TINY, code=3)
        self.assertEqual(cells, [])

    def test_no_time_is_inconclusive(self):
        words = ("--baseline", PROGRAM, *ONE_PIPE, "--budget", "1ms")
        cells = self.cells(*words)
        self.assertEqual([cell["verdict"] for cell in cells], ["inconclusive"])
        self.assertIn("budget", cells[0]["reason"])
        self.cells(*words, "--strict", code=4)

    def test_each_transport_crosses_cores_once_unless_a_placement_is_given(self):
        words = ("--baseline", PROGRAM, "--transports", "pipe", "--numbers", "1K", "--handover", "copy", "--budget", "1ms",
                 "--transfer", "barrier")
        names = [cell["cell"] for cell in self.cells(*words)]
        self.assertIn("on one CPU", names[0])
        self.assertEqual(len([name for name in names if "spread" in name]), len(names) - 1)
        self.assertEqual(len(self.cells(*words, "--placement", "free")), 1)

    def test_steady_cells_are_compared_by_the_transfer_and_the_whole_run_once(self):
        words = ("--baseline", PROGRAM, "--transports", "pipe,fifo", "--numbers", "1K", "--handover", "copy", "--budget", "1ms",
                 "--placement", "one")
        self.assertEqual([(cell["cell"].split(",")[0], "steady" in cell["cell"], cell["metric"]) for cell in self.cells(*words)],
                         [("pipe", True, "transfer"), ("fifo", True, "transfer"), ("pipe", False, "total")])
        self.assertEqual({cell["metric"] for cell in self.cells(*words, "--metric", "cpu")}, {"cpu"})

    def test_an_interruption_reports_what_there_is(self):
        baseline = self.fake(run="touch begun; exec sleep 1000")
        process = self.start("ab", "--baseline", baseline, *ONE_PIPE, "--format", "json", "--quiet")
        self.wait_until((self.work / "begun").exists, "the first run")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=HANG_LIMIT_S)
        self.assertEqual(process.returncode, 130, err)
        report = json.loads(out)
        self.assertTrue(report["interrupted"])
        self.assertEqual([(cell["verdict"], cell["pairs"]) for cell in report["cells"]], [("inconclusive", 0)])
        self.assertIn("interrupted", report["cells"][0]["reason"])


class Refusals(AbTest):
    def test_a_baseline_that_is_none(self):
        plain = self.write("plain", "no program")
        for path, says in ((self.work / "absent", "No such file"), (plain, "Permission denied"), (self.work, "--baseline")):
            with self.subTest(path):
                self.refused("ab", "--baseline", path, *ONE_PIPE, says=("--baseline", str(path), says))
        plain.chmod(0o755)
        for program in (plain, "/bin/true", "/bin/false", self.fake(version="echo 'bench 1.0 (x)'")):
            with self.subTest(program):
                self.refused("ab", "--baseline", program, *ONE_PIPE, says=("--baseline", str(program)))

    def test_wrong_options(self):
        self.refused("ab", *ONE_PIPE, says="--baseline")
        self.refused("ab", "--baseline", "", *ONE_PIPE, says="--baseline")
        self.refused("ab", "--baseline", PROGRAM, "--candidate", "", *ONE_PIPE, says="--candidate")
        for words, says in ((("--metric", "speed"), "total|transfer|cpu, or auto"),
                            (("--placement", "two"), ("'two'", "or auto")),
                            (("--format", "yaml"), "junit"), (("--output", ""), "--output"),
                            (("--output", "absent/file"), "absent/file"), (("--budget", "0s"), "--budget"),
                            (("--candidate", "absent"), "--candidate"), (("--transports", "pype"), "'pype'")):
            with self.subTest(words):
                self.refused("ab", "--baseline", PROGRAM, *SMALL, *words, says=says)

    def test_a_program_that_crashes_or_hangs_when_asked_who_it_is(self):
        for version, says in (("kill -SEGV $$", "SIGSEGV"), ("sleep 1000", "did not end within")):
            path = self.fake(version=version)
            done = self.ab("--baseline", path, *ONE_PIPE, "--deadline", "1s", code=3)
            self.assertRegex(done.stderr, r"\Aipcsort: [^\n]+\n\Z")
            for word in (str(path), "--version", says):
                self.assertIn(word, done.stderr)

    def test_another_version(self):
        without = {name: value for name, value in ANSWER.items() if name != "repeats"}
        for fake, says in ((dict(run=f"echo '{json.dumps(without)}'"), "'repeats'"),
                           (dict(run="echo 'there is no option --placement' >&2; exit 2"), "no option --placement"),
                           (dict(listing="echo other"), "name")):
            with self.subTest(says):
                path = self.fake(**fake)
                done = self.ab("--baseline", path, *ONE_PIPE, code=5)
                self.assertRegex(done.stderr, r"\Aipcsort: [^\n]+\n\Z")
                for word in (str(path), "ipcsort 9.9, fake", says):
                    self.assertIn(word, done.stderr)

    def test_a_baseline_whose_runs_fail_is_no_regression(self):
        for run, says in (("echo 'it broke' >&2; kill -SEGV $$", ("SIGSEGV", "it broke")), ("echo rubbish", ("rubbish",)),
                          ("echo '{\"status\": \"error\", \"error\": \"wrong sum\"}'; exit 3", ("error: wrong sum",)),
                          ("exec sleep 1000", ("deadline",))):
            with self.subTest(run):
                # Time enough for a run of the candidate, also when others keep the CPUs busy.
                limit = "5s" if "sleep" in run else "5m"
                cells = self.cells("--baseline", self.fake(run=run), *ONE_PIPE, "--deadline", limit, code=3)
                self.assertEqual([cell["verdict"] for cell in cells], ["failed"])
                for word in ("baseline: ", *says):
                    self.assertIn(word, cells[0]["reason"])
                self.assertNotIn("candidate", cells[0]["reason"])


class Selftest(AbTest):
    def test_a_slow_down_on_purpose_is_found(self):
        words = ("selftest", "aa", *ONE_PIPE, "--inject-slowdown", "100%")
        data = json.loads(self.run_program(*words, "--format", "json").stdout)
        self.assertEqual((data["passed"], data["verdicts"], data["regressed"], data["stage_1_flagged"]), (True, 1, 1, 1))
        self.assertGreater(data["pairs_mean"], 0)

    def test_undecided_cells_are_neither_alarms_nor_found(self):
        words = ("selftest", *ONE_PIPE, "--budget", "1ms", "aa")
        done = self.run_program(*words, "--verdicts", "3", code=3)
        self.assertIn("3 verdicts in 3 comparisons", done.stdout)
        self.assertIn("0 false alarms of 3", done.stdout)
        self.assertIn("nothing was decided", done.stdout)
        self.assertNotIn("passed", done.stdout)
        self.assertIn("nothing was decided", self.run_program(*words, "--inject-slowdown", "5%", code=3).stdout)

    def test_wrong_words(self):
        self.refused("selftest", says="selftest aa")
        self.refused("selftest", "ab", says="selftest aa")
        self.refused("selftest", "aa", *ONE_PIPE, "--inject-slowdown", "much", says=("much", "5%"))
        self.refused("selftest", "aa", *ONE_PIPE, "--inject-slowdown", "5", says=("--inject-slowdown", "5%"))
        self.refused("selftest", "aa", *ONE_PIPE, "--comparisons", "0", says="--comparisons")
        self.refused("selftest", "aa", *ONE_PIPE, "--format", "csv", says="--format")

    def test_runs_that_fail_are_no_verdict(self):
        done = self.run_program("selftest", "aa", *ONE_PIPE, code=3, IPCSORT_FAULT="ready:kill:0")
        self.assertIn("0 verdicts", done.stdout)


if __name__ == "__main__":
    unittest.main()

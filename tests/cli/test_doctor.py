"""ipcsort doctor: what it says of the machine, in both forms, and how it ends."""

import json
import signal
import unittest

from support import HANG_LIMIT_S, CliTest

QUICK = ("doctor", "--time", "1s")


class Doctor(CliTest):
    def test_json_has_it_all_and_is_the_machine_of_a_sweep(self):
        report = json.loads(self.run_program(*QUICK, "--format", "json").stdout)
        self.assertEqual(report["schema"], 1)
        for key in ("version", "git", "build_type", "machine", "activity", "noise", "kernel_costs", "measuring", "warnings"):
            self.assertIn(key, report)
        self.assertEqual([probe["name"] for probe in report["noise"]["probes"]],
                         ["compute", "memory", "lent", "lent huge", "pipe", "fork", "clock", "timer"])
        ways = report["measuring"]["ways"]
        self.assertEqual(len({(way["placement"], way["memory"], way["metric"]) for way in ways}), 18)
        for way in ways:
            self.assertIn("reason" if "reason" in way else "pairs_needed", way)
        for warning in report["warnings"]:
            self.assertTrue(warning["what"] and warning["remedy"], warning)

        self.run_program("sweep", "--preset", "smoke", "--numbers", "1K", "--transports", "pipe", "--references", "none",
                         "--blocks", "1", "--warmup", "0", "--no-charts", "--output", "out")
        meta = json.loads((self.work / "out/meta.json").read_text())
        self.assertRegex(meta["machine"]["fingerprint"], r"\A[0-9a-f]{16}\Z")
        self.assertEqual(meta["machine"], report["machine"])
        for costs in (meta["kernel_costs"], report["kernel_costs"]):
            self.assertEqual([(each["memory"], each["page_bytes"]) for each in costs["touches"]],
                             [("private", 4096), ("private", 2 << 20), ("shared", 4096), ("shared", 2 << 20)])
            self.assertEqual([each["processes"] for each in costs["wakes"]], [1, 4])
            for each in costs["touches"] + costs["wakes"]:
                self.assertTrue("reason" in each or "fault_s" in each or "wake_s" in each, each)
        self.assertIsInstance(meta["warnings"], list)

    def test_text_has_a_remedy_with_each_warning(self):
        done = self.run_program(*QUICK)
        for word in ("Processor", "Memory", "System", "fingerprint", "Limits", "kernel.msgmnb", "compute", "pipe, 2 files",
                     "first touch of private memory by 4 KiB", "waking 4 sleeping processes", "--transfer barrier"):
            self.assertIn(word, done.stdout)
        self.assertIn("about 1 s", done.stderr)
        lines = done.stdout.splitlines()
        warned = [number for number, line in enumerate(lines) if line.startswith(("  ! ", "  - "))]
        self.assertEqual(bool(warned), "No warnings." not in lines)
        for number in warned:
            self.assertRegex(lines[number + 1], r"\A      \S")

    def test_no_time_for_pairs_is_said(self):
        done = self.run_program("doctor", "--time", "1ms")
        self.assertIn("give more --time", done.stdout)
        self.assertIn("No way of measuring could be judged", done.stdout)

    def test_interrupted(self):
        process = self.start("doctor", "--time", "60s")
        self.assertIn("probing", process.stderr.readline())
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=HANG_LIMIT_S)
        self.assertEqual((process.returncode, out), (130, ""))
        self.assertIn("interrupted", err)

    def test_wrong_options(self):
        for words, says in ((("--format", "xml"), "table, csv, json, markdown"), (("--time", "soon"), "'soon'"),
                            (("--time", "0"), "--time"), (("--cache-dir", ""), "--cache-dir"),
                            (("--tiem", "1s"), "did you mean --time"), (("now",), "now")):
            with self.subTest(words):
                self.refused("doctor", *words, says=says)


if __name__ == "__main__":
    unittest.main()

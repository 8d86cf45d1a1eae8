"""ipcsort sweep: what it records, where it refuses to, and how it takes failing runs and full disks."""

import json
import os
import signal
import subprocess
import unittest

from support import HANG_LIMIT_S, PROGRAM, namespace, parent_of, rows_of, running
from sweeping import SIX_CELLS, SIX_CELLS_RUNS, SLOW, STUCK, SweepTest

# The six cells, for tests that say themselves how often.
CELLS = tuple(word for before, word in zip(("",) + SIX_CELLS, SIX_CELLS) if "--blocks" not in (before, word))


class Sweep(SweepTest):
    def test_smoke_writes_rows_summary_and_meta(self):
        done = self.sweep("--preset", "smoke", "--output", "out", "--no-charts")
        names = []
        for entry in self.entries():
            ways = (entry["payload_copies"] != "0") + (entry["lends"] == "yes")
            names += [entry["name"]] * ways if entry["usable"] == "yes" else []
        rows = self.assert_complete(runs=2 * len(names))
        for block, warm in (("0", "1"), ("1", "0")):
            inside = [row for row in rows if row["block"] == block]
            self.assertEqual(sorted(row["transport"] for row in inside), sorted(names))
            self.assertEqual({row["warm"] for row in inside}, {warm})
        summary = rows_of(self.out / "summary.csv")
        self.assertEqual(sorted(row["transport"] for row in summary), sorted(names))
        self.assertEqual({row["runs_ok"] for row in summary}, {"1"})
        meta = self.meta()
        self.assertEqual(meta["argv"], ["ipcsort", "sweep", "--preset", "smoke", "--output", "out", "--no-charts"])
        self.assertEqual(meta["plan"]["cells"], len(names))
        self.assertEqual(meta["plan"]["hash"], self.plan_hash("--preset", "smoke"))
        for name in names:
            self.assertIn(name, done.stdout)
        for name in ("runs.csv", "summary.csv", "meta.json"):
            self.assertIn(f"out/{name}", done.stdout)
        self.assertEqual(sorted(path.name for path in self.out.iterdir()),
                         [".lock", "findings.json", "meta.json", "runs.csv", "schema.json", "summary.csv"])

    def test_a_sweep_goes_on_with_what_is_not_known_well_enough(self):
        words = (*CELLS, "--blocks-max", "8", "--blocks", "7", "--precision", "0.0001%")
        self.sweep(*words)
        rows = self.whole_rows()
        self.assertEqual(max(int(row["block"]) for row in rows), 8, "a warm-up, seven blocks and one for the unsettled")
        summary = rows_of(self.out / "summary.csv")
        self.assertIn("1", {row["noisy"] for row in summary})
        self.assertEqual(self.meta()["plan"]["blocks_max"], 8)
        self.assertIn("complete", self.sweep(*words).stderr)

    def test_a_time_budget_ends_it(self):
        self.sweep(*CELLS, "--blocks", "1000", "--time-budget", "1s")
        rows = self.whole_rows()
        self.assertLess(len(rows), 6 * 1000)
        self.assertIn("finished_utc", self.meta())

    def test_a_budget_that_one_block_exceeds_is_said_beforehand(self):
        words = (*CELLS[:CELLS.index("--output")], "--blocks", "2", "--time-budget", "1ms")
        self.assertIn("or one counted block, whichever is later", self.sweep(*words, "--dry-run").stdout)
        self.sweep(*SIX_CELLS[:-2])
        both = (r"the time budget of 1 s is exceeded: warm-up and one counted block of all cells are measured in any case "
                r"and take\s+about \d+ s")
        self.assertRegex(self.sweep(*words, "--dry-run").stdout, both)
        self.assertRegex(self.sweep(*words).stderr, both)
        self.assertNotIn("exceeded", self.sweep(*words[:-1], "1h", "--dry-run").stdout)

    def test_short_runs_are_repeated(self):
        self.sweep(*CELLS, "--blocks", "1", "--run-time", "200ms")
        for row in self.whole_rows():
            if row["warm"] == "1":
                self.assertEqual(row["repeats"], "1")
            elif row["kind"] == "transport":
                self.assertGreater(int(row["repeats"]), 1)

    def test_the_same_command_again_measures_nothing(self):
        first = self.sweep(*SIX_CELLS).stdout
        before = self.runs.read_bytes()
        again = self.sweep(*SIX_CELLS)
        self.assertIn("complete", again.stderr)
        self.assertIn("--fresh", again.stderr)
        self.assertEqual(again.stdout, first)
        self.assertEqual(self.runs.read_bytes(), before)

    def test_without_an_output_each_sweep_gets_a_directory_below_results(self):
        for _ in range(2):
            self.sweep(*SIX_CELLS[:-2])
        made = sorted((self.work / "results").iterdir())
        self.assertEqual(len(made), 2)
        for path in made:
            self.assertEqual(len(rows_of(path / "runs.csv")), SIX_CELLS_RUNS)

    def test_another_plan_in_the_same_place_is_refused(self):
        self.sweep(*SIX_CELLS)
        before = self.runs.read_bytes()
        self.refused("sweep", *SIX_CELLS, "--seed", "2", says=("out", "another plan", "--output", "--fresh"))
        self.assertEqual(self.runs.read_bytes(), before)

    def test_fresh_discards_what_is_there(self):
        self.sweep(*SIX_CELLS)
        self.sweep(*SIX_CELLS, "--seed", "2", "--fresh")
        self.assert_complete()
        self.assertEqual(self.meta()["plan"]["hash"], self.plan_hash(*SIX_CELLS, "--seed", "2"))

    def test_rows_without_meta_are_not_taken_for_a_sweep(self):
        self.out.mkdir()
        self.write("out/runs.csv", "not,ours\n1,2\n")
        self.refused("sweep", *SIX_CELLS, says=("out", "runs.csv", "meta.json", "--output"))
        self.assertEqual(self.runs.read_text(), "not,ours\n1,2\n")
        self.write("out/meta.json", "{")
        self.refused("sweep", *SIX_CELLS, says=("out/meta.json", "JSON"))

    def test_two_sweeps_in_one_place(self):
        process = self.start_until(1, *SIX_CELLS, IPCSORT_FAULT=SLOW)
        self.refused("sweep", *SIX_CELLS, says=("out", "another sweep", "--output"))
        self.assertEqual(process.wait(HANG_LIMIT_S), 0)
        self.assert_complete()

    def test_an_output_that_cannot_be(self):
        self.write("file", "")
        for output in ("file", "file/below", "/proc/nothing/here"):
            self.refused("sweep", *SIX_CELLS[:-1], output, says=(output, "--output"))
        self.assertEqual([path.name for path in self.work.iterdir()], ["file"])

    def test_other_files_in_the_directory_stay(self):
        self.out.mkdir()
        self.sweep(*SIX_CELLS)
        self.write("out/notes.txt", "mine")
        self.sweep(*SIX_CELLS, "--fresh")
        self.assertEqual((self.out / "notes.txt").read_text(), "mine")

    def test_a_failing_cell_does_not_stop_the_others(self):
        done = self.sweep(*SIX_CELLS, code=3, IPCSORT_FAULT="mid_payload:kill")
        rows = self.whole_rows()
        self.assertEqual(len(rows), SIX_CELLS_RUNS)
        for row in rows:
            self.assertEqual(row["status"], "peer_died" if row["kind"] == "transport" else "ok", row["error"])
            self.assertEqual("worker 1" in row["error"], row["kind"] == "transport")
            self.assertEqual(row["total_s"] == "", row["kind"] == "transport")
        self.assertIn(f"{4 * 5} of {SIX_CELLS_RUNS} runs failed", done.stderr)
        self.assertIn("pipe:capacity=128K, 2 files", done.stderr)
        self.assertIn("Skipped or failed", done.stdout)
        again = self.sweep(*SIX_CELLS, code=3)  # failures are results: they are not measured again
        self.assertIn("complete", again.stderr)
        self.assertEqual(self.whole_rows(), rows)

    def test_a_transport_that_cannot_be_used_is_skipped_with_the_reason(self):
        far = self.runtime / ("x" * 90)
        far.mkdir()
        self.sweep("--preset", "smoke", "--numbers", "1K", "--transports", "pipe,unix_stream", "--no-charts",
                   "--output", "out", XDG_RUNTIME_DIR=str(far))
        skipped = [row for row in self.whole_rows() if row["status"] == "skipped"]
        self.assertEqual([row["transport"] for row in skipped], ["unix_stream"])
        self.assertTrue(skipped[0]["error"])

    def test_quiet_and_no_charts(self):
        self.assertNotIn("Charts", self.sweep(*SIX_CELLS).stdout)
        done = self.sweep(*SIX_CELLS, "--fresh", "--quiet", code=3, IPCSORT_FAULT="mid_payload:kill")
        self.assertNotIn("2 files", done.stderr)

    def test_input_files_of_ones_own(self):
        self.write("a", "1\n2\n")
        self.write("b", "3\n" * 5000)
        words = ("--preset", "smoke", "--workers", "1,3", "--transports", "pipe", "--references", "none", "--no-charts",
                 "--output", "out", "--input", "a", "b")
        self.sweep(*words)
        rows = self.assert_complete(runs=4)
        self.assertEqual({(row["distribution"], row["files"], row["numbers"]) for row in rows}, {("input", "2", "5002")})
        self.assertFalse((self.root / "cache").exists())
        self.assertIn("complete", self.sweep(*words).stderr)
        self.write("a", "1\n3\n")
        self.refused("sweep", *words, says="another plan")


class FullDisk(SweepTest):
    def test_a_page_that_there_is_no_room_for_is_a_failure(self):
        python = self.write("python", """#!/bin/sh
printf 'matplotlib\\t3.6\\n'; echo "plots: cannot write to out: No space left" >&2; exit 2
""")
        python.chmod(0o755)
        done = self.run_program("sweep", "--preset", "smoke", "--numbers", "1K", "--transports", "pipe", "--references", "none",
                                "--blocks", "1", "--warmup", "0", "--output", "out", code=3, IPCSORT_PYTHON=str(python))
        self.assertIn("the report is not complete", done.stderr)

    def test_rows_stay_whole_and_the_sweep_is_taken_up_later(self):
        if os.sysconf("SC_PAGE_SIZE") != 4096:
            self.skipTest("the disk of three pages is sized for pages of 4096 bytes")
        words, why = namespace()
        if words is None:
            self.skipTest(f"no mount namespace of one's own can be had: {why}")
        self.out.mkdir()
        script = """
            mount -t tmpfs -o size=12k none out || exit 99
            "$0" "$@"; echo $? >status
            cp out/runs.csv full.csv
            mount -o remount,size=4m out || exit 99
            "$0" "$@" || exit 98
            cp out/runs.csv out/meta.json ."""
        command = (PROGRAM, "sweep", *SIX_CELLS)
        done = subprocess.run([*words, "sh", "-c", script, *command], cwd=self.work, env=self.environment(), text=True,
                              capture_output=True, timeout=HANG_LIMIT_S)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.work / "status").read_text(), "3\n")
        self.assertIn("runs.csv", done.stderr)
        self.assertIn("No space left", done.stderr)
        self.runs = self.work / "full.csv"
        before = self.whole_rows()
        self.assertIn(len(before), range(1, SIX_CELLS_RUNS))
        self.assertIn(f"taking up out after {len(before)} rows", done.stderr)
        self.runs = self.work / "runs.csv"
        after = self.whole_rows()
        self.assertEqual(after[:len(before)], before)
        self.assertEqual([int(row["seq"]) for row in after], list(range(SIX_CELLS_RUNS)))
        self.assertIn("finished_utc", json.loads((self.work / "meta.json").read_text()))


class Leaks(SweepTest):
    OBJECTS = "find /dev/shm -mindepth 1; for kind in shm sem msg; do tail -n +2 /proc/sysvipc/$kind; done"

    def start_inside(self, script, *command):
        """Starts a shell where all System V objects and all of /dev/shm are its own."""
        words, why = namespace()
        if words is None:
            self.skipTest(f"no namespaces of one's own can be had: {why}")
        script = f"mount -t tmpfs none /dev/shm || exit 99; objects() {{ {self.OBJECTS}; }}\n{script}"
        return self.start(*words[1:], "sh", "-c", script, PROGRAM, *command, program=words[0])

    def finish(self, process):
        out, err = process.communicate(timeout=HANG_LIMIT_S)
        self.assertEqual(process.returncode, 0, err)
        return out

    def test_nothing_is_left_by_good_runs_nor_by_killed_workers(self):
        for fault in ("", "mid_payload:kill", "after_fork:kill", "sent:kill:0"):
            shell = self.start_inside(f'IPCSORT_FAULT={fault} "$0" "$@" >/dev/null 2>&1; objects', "sweep", "--preset",
                                      "smoke", "--numbers", "2K", "--no-charts", "--output", f"out {fault}")
            self.assertEqual(self.finish(shell), "", fault)
            self.assertEqual(list(self.runtime.glob("ipcsort/*")), [])

    def test_what_a_killed_driver_left_is_removed_by_clean_and_by_every_start(self):
        script = """
            IPCSORT_FAULT=%s "$0" "$@" & wait $!
            echo killed; until [ -e go ]; do sleep 0.01; done; rm go; objects >left; %s >&2; objects; "$0" clean"""
        removers = ('"$0" clean', '"$0" run --transports pipe --numbers 10', '"$0" sweep --config config --no-charts')
        self.write("config", "transports = pipe\nreferences = none\nnumbers = 10\nblocks = 1\n")
        for number, transport in enumerate(self.transports()):
            # Who cleans up is all the same to a transport; two of them are put through all ways.
            for remover in removers if transport in ("pipe", "xsi_shm_sem") else [removers[number % len(removers)]]:
                with self.subTest(transport, remover=remover):
                    shell = self.start_inside(script % (STUCK, remover), "run", "--transports", transport,
                                              *self.handover(transport), "--numbers", "2K", "--workers", "2", "--transfer", "barrier")
                    # The driver, the process of the run, and two workers: all objects are there.
                    self.wait_until(lambda: len(running(str(self.root))) >= 4, "the workers are there")
                    inside = running(str(self.root))
                    driver = [pid for pid in inside if parent_of(pid) not in {*inside, None}]
                    self.assertEqual(len(driver), 1)
                    os.kill(driver[0], signal.SIGKILL)
                    self.wait_until(lambda: not running(str(self.root)), "all of them are gone")
                    self.write("go", "")
                    out = self.finish(shell)
                    self.assertRegex(out, r"\Akilled\nnothing [^\n]*\n\Z")
                    if transport == "xsi_shm_sem":
                        self.assertNotEqual((self.work / "left").read_text(), "", "there was nothing to remove")


if __name__ == "__main__":
    unittest.main()

"""ipcsort sweep, interrupted: what was recorded stays, whole, and the same command again does the rest."""

import csv
import io
import os
import shutil
import signal
import time
import unittest

from support import HANG_LIMIT_S, parent_of, processes_of
from sweeping import SIX_CELLS, SIX_CELLS_RUNS, SLOW, STUCK, SweepTest


class Resume(SweepTest):
    def stop(self, process, signal_number):
        """Sends the signal and returns what the program said before its end, which must come soon."""
        begin = time.monotonic()
        process.send_signal(signal_number)
        _, said = process.communicate(timeout=HANG_LIMIT_S)
        self.assertLess(time.monotonic() - begin, 30)  # a run that is stuck goes on for a minute
        self.assertEqual(processes_of(str(self.root)), [])
        return said

    def take_up(self, kept):
        """The same command again: the rows that are there stay as they are, the rest follows."""
        done = self.sweep(*SIX_CELLS)
        finished = sum(row["status"] != "interrupted" for row in csv.DictReader(io.StringIO(kept)))
        self.assertIn(f"taking up out after {finished} row", done.stderr)
        self.assertTrue(self.runs.read_text().startswith(kept))
        self.assert_complete()
        self.assertIn("complete", self.sweep(*SIX_CELLS).stderr)

    def test_interrupt_and_terminate(self):
        for signal_number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
            with self.subTest(signal_number.name):
                process = self.start_until(3, *SIX_CELLS, IPCSORT_FAULT=SLOW)
                said = self.stop(process, signal_number)
                self.assertEqual(process.returncode, code, said)
                self.assertIn("interrupted", said)
                self.assertIn("same command", said)
                rows = self.whole_rows()
                self.assertLess(len(rows), SIX_CELLS_RUNS)
                self.assertEqual([row["status"] for row in rows[:-1]], ["ok"] * (len(rows) - 1))
                self.assertIn(rows[-1]["status"], ("ok", "interrupted"))
                self.assertTrue((self.out / "summary.csv").exists())
                self.assertNotIn("finished_utc", self.meta())
                self.take_up(self.runs.read_text())
                shutil.rmtree(self.out)

    def test_interrupted_again_and_again(self):
        for rows in (2, 5, 9):
            self.stop(self.start_until(rows, *SIX_CELLS, IPCSORT_FAULT=SLOW), signal.SIGINT)
        self.take_up(self.runs.read_text())

    def test_a_hanging_run_does_not_hold_up_the_interrupt(self):
        process = self.start_stuck()
        self.stop(process, signal.SIGINT)
        self.assertEqual(process.returncode, 130)
        self.assertEqual([row["status"] for row in self.whole_rows()][-1], "interrupted")
        self.take_up(self.runs.read_text())

    def start_stuck(self):
        """A sweep whose run hangs: the driver, the process of the run and its workers are there."""
        process = self.start("sweep", *SIX_CELLS, IPCSORT_FAULT=STUCK)
        # Before meta.json is there, processes are woken to see what that takes.
        self.wait_until(lambda: (self.out / "meta.json").exists() and len(processes_of(str(self.root))) >= 4,
                        "the workers are there")
        return process

    def test_interrupt_while_numbers_are_generated(self):
        words = ("--preset", "smoke", "--numbers", "500M", "--no-charts", "--output", "out")
        process = self.start("sweep", *words)
        self.wait_until(lambda: list(self.root.glob("cache/ipcsort/.ipcsort-tmp-*")), "a set is being made")
        said = self.stop(process, signal.SIGINT)
        self.assertEqual(process.returncode, 130)
        self.assertIn("nothing was recorded", said)
        self.assertEqual(list(self.root.glob("cache/ipcsort/*-seed*")), [])

    def test_a_killed_driver_takes_its_workers_along(self):
        process = self.start_stuck()
        self.stop_at_once(process)
        kept = self.runs.read_text()
        self.take_up(kept)
        self.assertIn("nothing", self.run_program("clean").stdout)

    def stop_at_once(self, process):
        process.kill()
        process.wait(HANG_LIMIT_S)  # not communicate(): workers left behind would hold the pipes open
        self.wait_until(lambda: not processes_of(str(self.root)), "the workers are gone")

    def test_killed_between_rows_again_and_again(self):
        for rows in range(2, 14, 3):
            process = self.start_until(rows, *SIX_CELLS, IPCSORT_FAULT="ready:delay=30")
            self.stop_at_once(process)
            self.whole_rows()
        self.take_up(self.runs.read_text())
        self.assertIn("nothing", self.run_program("clean").stdout)

    def test_a_killed_process_of_a_run_is_a_failed_row(self):
        driver = self.start_stuck()
        runs = [pid for pid in processes_of(str(self.root)) if parent_of(pid) == driver.pid]
        self.assertEqual(len(runs), 1)
        before = self.count_rows()
        os.kill(runs[0], signal.SIGKILL)
        self.wait_until(lambda: self.count_rows() > before, "its row")
        self.stop(driver, signal.SIGINT)
        row = self.whole_rows()[before]
        self.assertEqual(row["status"], "error")
        self.assertIn("SIGKILL", row["error"])

    def test_a_torn_last_line_is_dropped_and_measured_again(self):
        process = self.start_until(3, *SIX_CELLS, IPCSORT_FAULT=SLOW)
        self.stop_at_once(process)
        whole = self.runs.read_text()
        lines = whole.splitlines(keepends=True)
        for torn in (whole[:-1], whole[:-len(lines[-1]) // 2], whole + "7,", whole + '7,0,7,1,"2026'):
            with self.subTest(torn[-40:]):
                self.runs.write_text(torn)
                self.take_up(torn[:torn.rindex("\n") + 1])

    def test_rows_missing_from_a_finished_sweep_are_measured_again(self):
        self.sweep(*SIX_CELLS)
        lines = self.runs.read_text().splitlines(keepends=True)
        for kept in ("".join(lines[:5]), "".join(lines[:3] + lines[7:]), lines[0]):
            self.runs.write_text(kept)
            self.sweep(*SIX_CELLS)
            self.assertTrue(self.runs.read_text().startswith(kept))
            self.assert_complete()

    def test_a_torn_header(self):
        process = self.start_until(1, *SIX_CELLS, IPCSORT_FAULT=SLOW)
        self.stop_at_once(process)
        for torn in ("", "seq,blo"):
            with self.subTest(torn):
                self.runs.write_text(torn)
                self.sweep(*SIX_CELLS)
                self.assert_complete()

    def test_a_damaged_row_is_named(self):
        process = self.start_until(3, *SIX_CELLS, IPCSORT_FAULT=SLOW)
        self.stop_at_once(process)
        lines = self.runs.read_text().splitlines(keepends=True)
        damaged = "".join([*lines[:2], "x" + lines[2], *lines[3:]])
        self.runs.write_text(damaged)
        self.refused("sweep", *SIX_CELLS, says=("out/runs.csv", "3", "seq"))
        self.assertEqual(self.runs.read_text(), damaged)


if __name__ == "__main__":
    unittest.main()

"""What the tests of recorded sweeps share."""

import json
import re

from support import CliTest, rows_of

SIX_CELLS = ("--preset", "smoke", "--numbers", "2K", "--transports", "pipe,mmap_flags,pipe:capacity=128K,xsi_shm_sem",
             "--handover", "copy", "--references", "serial,memcpy_one_copy", "--blocks", "4", "--no-charts", "--output", "out")
SIX_CELLS_RUNS = 6 * 5
SLOW = "ready:delay=150"  # a fault that does no harm: each run of a transport takes that long
STUCK = "ready:delay=60000"


class SweepTest(CliTest):
    def setUp(self):
        super().setUp()
        self.out = self.work / "out"
        self.runs = self.out / "runs.csv"

    def sweep(self, *words, code=0, **environment):
        return self.run_program("sweep", *words, code=code, **environment)

    def meta(self):
        return json.loads((self.out / "meta.json").read_text())

    def count_rows(self):
        return max(0, self.runs.read_bytes().count(b"\n") - 1) if self.runs.exists() else 0

    def start_until(self, rows, *words, **environment):
        """A sweep that has recorded so many rows, and goes on."""
        process = self.start("sweep", *words, **environment)
        self.wait_until(lambda: self.count_rows() >= rows or process.poll() is not None, f"{rows} rows")
        self.assertIsNone(process.poll(), "the sweep has ended already")
        return process

    def whole_rows(self):
        """The rows of runs.csv; every line has all its fields and its end."""
        text = self.runs.read_text()
        self.assertTrue(text.endswith("\n"))
        rows = rows_of(self.runs)
        for row in rows:
            self.assertNotIn(None, row, "a field too many")
            self.assertNotIn(None, row.values(), "a field too few")
        return rows

    def assert_complete(self, runs=SIX_CELLS_RUNS, status="ok"):
        """Every run is there exactly once, interrupted tries aside."""
        rows = [row for row in self.whole_rows() if row["status"] != "interrupted"]
        self.assertEqual(len(rows), runs)
        self.assertEqual(len({row["seq"] for row in rows}), runs)
        self.assertEqual(len({(row["block"], row["pos"]) for row in rows}), runs)
        self.assertEqual({row["status"] for row in rows}, {status})
        self.assertEqual(self.meta()["plan"]["rows"], runs)
        self.assertIn("finished_utc", self.meta())
        self.assertTrue((self.out / "summary.csv").exists())
        return rows

    def plan_hash(self, *words):
        return re.search(r"; plan ([0-9a-f]{16})$", self.sweep("--dry-run", *words).stdout, re.MULTILINE)[1]

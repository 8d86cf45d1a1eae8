"""The tests of the command line themselves: one that is killed leaves nothing behind."""

import os
import signal
import subprocess
import sys
import unittest
from pathlib import Path

from support import CliTest, processes_of

STUCK_TEST = """
import unittest
from support import CliTest

class Stuck(CliTest):
    def test(self):
        self.run_program("run", "--transports", "pipe", "--numbers", "1K", "--transfer", "barrier",
                         IPCSORT_FAULT="ready:delay=600000")
"""


class Support(CliTest):
    def test_a_test_that_is_killed_takes_its_processes_along(self):
        folder = Path(__file__).parent
        test = subprocess.Popen([sys.executable, "-c", f"{STUCK_TEST}\nunittest.main()"], cwd=self.work,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"})
        mark = f"ipcsort-cli-{test.pid}-"
        # The driver, the process of the run and its workers.
        self.wait_until(lambda: len(processes_of(mark)) >= 4 or test.poll() is not None, "the workers are there")
        test.send_signal(signal.SIGKILL)
        self.assertEqual(test.wait(), -signal.SIGKILL)
        self.wait_until(lambda: not processes_of(mark) and not list(Path("/tmp").glob(mark + "*")), "all of it is gone")


if __name__ == "__main__":
    unittest.main()

"""Runs the commands of docs/ci.md as they stand, in a repository with a base and a head.

Building is left out: both sides are the program under test, which scripts/build of that repository puts in place. The
time for measuring is cut short; what the commands are called with is not.
"""
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
IPCSORT = os.path.abspath(os.environ["IPCSORT"])
BUILD = f"""#!/bin/sh
cd "$(dirname "$0")/.." && mkdir -p build/$1 && ln -sf {IPCSORT} build/$1/$2
"""
# Unchanged programs have no cell that regressed; within so short a time most cells are undecided.
SHORT = {"BUDGET": "4s"}


def git(directory, *words):
    subprocess.run(["git", "-c", "user.name=test", "-c", "user.email=test@example.org", *words], cwd=directory, check=True,
                   capture_output=True)


class CiDocument(unittest.TestCase):
    def setUp(self):
        text = (ROOT / "docs/ci.md").read_text()
        self.github, self.gitlab = (yaml.safe_load(block) for block in
                                    re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.head = Path(scratch.name) / "head"
        (self.head / "scripts").mkdir(parents=True)
        (self.head / ".gitignore").write_text("/build\n")
        for name, script in (("setup", "#!/bin/sh\n"), ("build", BUILD)):
            path = self.head / "scripts" / name
            path.write_text(script)
            path.chmod(0o755)
        git(self.head, "init", "--initial-branch", "main")
        git(self.head, "add", "--all")
        git(self.head, "commit", "--message", "base")
        git(self.head, "update-ref", "refs/remotes/origin/main", "HEAD")
        git(self.head, "commit", "--allow-empty", "--message", "head")

    def run_script(self, script, **environment):
        result = subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=self.head, text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                env={**os.environ, **SHORT, **environment})
        self.assertEqual(result.returncode, 0, f"{script}\n{result.stdout}")

    def test_github(self):
        summary = self.head / "summary.md"
        job = self.github["jobs"]["gate"]
        self.assertEqual(list(SHORT), list(job["env"]))
        for step in job["steps"]:
            if "run" in step:
                self.run_script(step["run"], GITHUB_BASE_REF="main", GITHUB_STEP_SUMMARY=str(summary))
        self.assertIn("|", summary.read_text(), "a table")

    def test_gitlab(self):
        base = subprocess.run(["git", "rev-parse", "origin/main"], cwd=self.head, capture_output=True, text=True,
                              check=True).stdout.strip()
        for line in self.gitlab["gate"]["script"]:
            if not line.startswith("apt-get"):
                self.run_script(line, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
        self.assertIn("<testsuite", (self.head / self.gitlab["gate"]["artifacts"]["reports"]["junit"]).read_text())


if __name__ == "__main__":
    unittest.main()

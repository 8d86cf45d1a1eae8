"""Runs every command that the README shows, from the top of the checkout, in the order of the text."""
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Commands that are under way when this runs, or that need another machine's answer.
ELSEWHERE = ("git clone", "cd ipcsort", "tests/run", "sudo ")

# What measures for longer than tests/run can spare, and the user's own directory, which is not ours to install to;
# everything else about them is the same.
INSTEAD = {"bench/run": "bench/run --preset smoke",
           "build/release/ipcsort recommend --payload 40M --workers 8 --need no-names,eof-on-death":
           "build/release/ipcsort recommend --payload 400K --workers 8 --need no-names,eof-on-death --time-budget 5s",
           "build/release/ipcsort recommend --message 4K --need boundaries --time-budget 20s":
           "build/release/ipcsort recommend --message 4K --need boundaries --time-budget 2s",
           "build/release/ipcsort ab --baseline build/release/ipcsort --transports pipe,memfd_ring --budget 20s --format json --output data/ab.json":
           "build/release/ipcsort ab --baseline build/release/ipcsort --transports pipe,memfd_ring --budget 6s --format json --output data/ab.json",
           "build/release/ipcsort selftest aa --transports pipe --budget 1m":
           "build/release/ipcsort selftest aa --transports pipe --budget 5s || test $? = 3",  # it may decide nothing
           "scripts/build release && cmake --install build/release --prefix ~/.local":
           "scripts/build release && cmake --install build/release --prefix build/installed"}


def commands():
    text = (ROOT / "README.md").read_text()
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            command = line.split("  #")[0].strip()
            if command and not command.startswith(ELSEWHERE):
                yield INSTEAD.get(command, command)


def sweeps():
    return {path for path in (ROOT / "results").iterdir() if path.is_dir()}


class Readme(unittest.TestCase):
    def test_commands_do_what_they_say(self):
        before = sweeps()
        made = [ROOT / "data", ROOT / "build" / "installed"]
        self.assertFalse(made[0].exists(), "data/ is in the way: the README's commands write it")
        environment = {name: value for name, value in os.environ.items() if name != "IPCSORT_FAULT"}
        try:
            ran = 0
            for command in commands():
                print(f"+ {command}", file=sys.stderr, flush=True)
                result = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environment, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
                self.assertEqual(result.returncode, 0, f"{command}\n{result.stdout}")
                ran += 1
            self.assertGreater(ran, 3)
        finally:
            for path in (sweeps() - before) | {path for path in made if path.exists()}:
                shutil.rmtree(path)


if __name__ == "__main__":
    unittest.main()

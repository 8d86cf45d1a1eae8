"""The programs of others that read what ipcsort writes."""

import subprocess

from support import HANG_LIMIT_S

# Of Google Benchmark, in Debian's libbenchmark-tools; it needs the python3-scipy of the same Python.
COMPARE = ("/usr/bin/python3", "/usr/share/benchmark/compare.py", "--no-color", "benchmarks")


def compare(old, new):
    """What compare.py says of two JSON files."""
    done = subprocess.run([*COMPARE, old, new], capture_output=True, text=True, timeout=HANG_LIMIT_S)
    assert done.returncode == 0, done.stderr
    return done.stdout

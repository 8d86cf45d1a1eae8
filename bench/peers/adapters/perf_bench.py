"""perf bench sched pipe: round trips of four bytes through two pipes. (sched messaging has forty processes in groups:
there is nothing like it here.)"""

import re

from cells import Cell, Figures
from processes import Failed

NAME = "perf bench"
PROGRAMS = ("perf",)
PACKAGES = ("linux-perf",)

TRIP_BYTES = 4
TRIPS = 20000


def version(bench):
    return bench.version(["perf", "--version"], r"version (\S+)")


def cells(_sizes):
    yield Cell(NAME, "sched pipe", "latency_mean_s", TRIP_BYTES, ("pipe",),
               f"{TRIP_BYTES} bytes whatever the sizes asked for; the peer prints a mean only, so ours is one too; it "
               "does not check what arrived; pinned from outside once its two sides exist")


def prepare(bench):
    pass


def figures(text):
    found = re.search(r"^\s*([0-9.]+) usecs/op\s*$", text, re.MULTILINE)
    if not found:
        raise Failed("perf bench sched pipe printed no usecs/op")
    return Figures(latency_mean_s=1e-6 * float(found.group(1)))


def measure(bench, _cell):
    with bench.start(["perf", "bench", "sched", "pipe", "--loop", str(TRIPS)], bench.both) as process:
        process.pin_pair(generations=2)
        process.wait()
        return figures(process.printed())

"""Open MPI between two ranks, by a small program of ours that is compiled on the spot."""

import os
import re
from pathlib import Path

from cells import Cell, Figures, messages_of, trips_of
from processes import Failed

NAME = "Open MPI"
PROGRAMS = ("mpirun", "mpicc")
PACKAGES = ("openmpi-bin", "libopenmpi-dev")

SOURCE = Path(__file__).with_name("open_mpi_pair.c")
# Its component for shared memory is vader; which of its ways to copy is told, so that it is known.
MECHANISMS = {
    "shared memory": ("none", ("memfd_ring", "memfd_ring:wait=spin"), ("bytes_per_s", "latency_p50_s")),
    "cma": ("cma", ("process_vm_readv",), ("bytes_per_s",)),
}
NOTE = "the receiver reads every word but checks nothing, ours checks; the peer polls all the time"
EXTRA = {"cma": "; messages up to 4 KiB with their header go through shared memory all the same"}


def version(bench):
    return bench.version(["mpirun", "--version"], r"\(Open MPI\) (\S+)")


def cells(sizes):
    for mechanism, (_, ours, figure_names) in MECHANISMS.items():
        for figure in figure_names:
            for size in sizes:
                yield Cell(NAME, mechanism, figure, size, ours, NOTE + EXTRA.get(mechanism, ""))


def _program(bench):
    return str(bench.directory / "open_mpi_pair")


def prepare(bench):
    bench.output(["mpicc", "-O2", "-o", _program(bench), str(SOURCE)], bench.both)


def figures(text):
    values = {name: float(value) for name, value in re.findall(r"^(\w+) ([0-9.e+-]+)$", text, re.MULTILINE)}
    if "bytes_per_s" not in values and "latency_p50_s" not in values:
        raise Failed("the program under mpirun printed no figures")
    return Figures(**{name: values.get(name) for name in ("bytes_per_s", "latency_p50_s", "latency_mean_s")})


def measure(bench, cell):
    count = (messages_of if cell.measure == "throughput" else trips_of)(cell.message_bytes)
    pair = [_program(bench), cell.measure, str(cell.message_bytes), str(count)]
    words = ["mpirun", "--oversubscribe", "--bind-to", "none", "--mca", "pml", "ob1", "--mca", "btl", "self,vader",
             "--mca", "btl_vader_single_copy_mechanism", MECHANISMS[cell.mechanism][0]]
    if os.geteuid() == 0:
        words.append("--allow-run-as-root")
    first, second = (["-np", "1", "taskset", "-c", str(cpu), *pair] for cpu in bench.cpus)
    return figures(bench.output([*words, *first, ":", *second], bench.both))

"""ucx_perftest: tagged messages of UCX over one of its transports, a server and a client process."""

import csv

from cells import Cell, Figures, messages_of, trips_of
from processes import Failed, free_port

NAME = "ucx_perftest"
PROGRAMS = ("ucx_perftest", "ucx_info")
PACKAGES = ("ucx-utils",)

SHARED_MEMORY = ("memfd_ring", "memfd_ring:wait=spin", "mmap_flags", "posix_shm_sem")
UNREAD = "the peer does not read what arrived, ours reads and checks it"
POLLS = "the peer polls all the time"
WINDOW = "; it has many messages under way at once"
# Without a threshold of 0 small messages would go through posix, which cma needs beside it.
MECHANISMS = {
    "posix": ({"UCX_TLS": "posix,self"}, SHARED_MEMORY, ("bytes_per_s", "latency_p50_s")),
    "sysv": ({"UCX_TLS": "sysv,self"}, ("xsi_shm_sem",), ("bytes_per_s",)),
    "cma": ({"UCX_TLS": "cma,posix,self", "UCX_RNDV_THRESH": "0"}, ("process_vm_readv",), ("bytes_per_s",)),
    "tcp": ({"UCX_TLS": "tcp,self", "UCX_NET_DEVICES": "lo"}, ("tcp_loopback",), ("bytes_per_s", "latency_p50_s")),
}
EXTRA = {"cma": "; every message by rendezvous, as ours"}


def version(bench):
    return bench.version(["ucx_info", "-v"], r"[Vv]ersion[: ]+(\S+)")


def cells(sizes):
    for mechanism, (_, ours, figures) in MECHANISMS.items():
        for figure in figures:
            for size in sizes:
                window = WINDOW if figure == "bytes_per_s" else ""
                yield Cell(NAME, mechanism, figure, size, ours,
                           f"{UNREAD}; {POLLS}{window}{EXTRA.get(mechanism, '')}")


def prepare(bench):
    pass


def figures(cell, text):
    """From its CSV. A MB is 2^20 bytes there, and a latency is half a round trip, in microseconds."""
    lines = text.splitlines()
    begin = next((at for at, line in enumerate(lines) if line.startswith("iterations,")), None)
    row = next(csv.DictReader(lines[begin:]), None) if begin is not None else None
    try:
        if cell.measure == "throughput":
            return Figures(bytes_per_s=float(row["overall_bw"]) * (1 << 20))
        return Figures(latency_p50_s=2e-6 * float(row["50.0_percentile_lat"]),
                       latency_mean_s=2e-6 * float(row["overall_lat"]))
    except (TypeError, KeyError, ValueError):
        raise Failed("ucx_perftest printed no figures that are known here") from None


def measure(bench, cell):
    environment = MECHANISMS[cell.mechanism][0]
    port = free_port()
    test, count = (("tag_bw", messages_of) if cell.measure == "throughput" else ("tag_lat", trips_of))
    client = ["ucx_perftest", "127.0.0.1", "-p", str(port), "-t", test, "-s", str(cell.message_bytes),
              "-n", str(count(cell.message_bytes)), "-w", "100", "-f", "-v"]
    return figures(cell, bench.client_output(["ucx_perftest", "-p", str(port), "-f"], client, port, **environment))

"""stress-ng: those of its stressors that move messages of a known size from one process to another."""

import re

from cells import Cell, Figures
from processes import Failed

NAME = "stress-ng"
PROGRAMS = ("stress-ng",)
PACKAGES = ("stress-ng",)

# 0.15 takes --pipe-data-size and writes 512 bytes all the same; told this size, every version writes it.
PIPE_BYTES = 512
SIZES = {"fifo": (8, 4096), "msg": (4, 8192)}
PINNED = "pinned from outside once its two sides exist"
UNREAD = f"the peer does not read all that arrived, ours reads and checks it; {PINNED}"
NOTES = {
    "pipe": f"messages of {PIPE_BYTES} bytes whatever the sizes asked for; the peer's pipe is in packet mode, and its "
            f"writer fills each message; it reads and checks what arrived, as ours; {PINNED}",
    "fifo": f"the peer waits with select before each read; {UNREAD}",
    "msg": f"the peer also asks for the state of the queue, once in hundreds of messages; {UNREAD}",
}
OURS = {"pipe": ("pipe",), "fifo": ("fifo",), "msg": ("xsi_msg",)}


def version(bench):
    return bench.version(["stress-ng", "--version"], r"version (\S+)")


def cells(sizes):
    yield Cell(NAME, "pipe", "bytes_per_s", PIPE_BYTES, OURS["pipe"], NOTES["pipe"])
    for mechanism, (least, most) in SIZES.items():
        for size in sizes:
            cannot = "" if least <= size <= most else f"stress-ng takes {least} to {most} bytes for --{mechanism}"
            yield Cell(NAME, mechanism, "bytes_per_s", size, OURS[mechanism], NOTES[mechanism], cannot)


def prepare(bench):
    pass


def _words(cell):
    size = str(cell.message_bytes)
    return {"pipe": ["--pipe", "1", "--pipe-data-size", size, "--verify"],
            "fifo": ["--fifo", "1", "--fifo-readers", "1", "--fifo-data-size", size],
            "msg": ["--msg", "1", "--msg-bytes", size]}[cell.mechanism]


def _metric(text, name):
    found = re.search(rf"^\s+(?:- )?{re.escape(name)}: ([0-9.]+)$", text, re.MULTILINE)
    if not found or float(found.group(1)) <= 0:
        raise Failed(f"stress-ng gave no {name}")
    return float(found.group(1))


def bytes_per_s(cell, text):
    """From its YAML."""
    if cell.mechanism == "fifo":
        return cell.message_bytes * _metric(text, f"fifo-{cell.message_bytes}-byte-writes-per-sec")
    operations_per_s = _metric(text, "bogo-ops") / _metric(text, "wall-clock-time")
    if cell.mechanism == "msg":
        return cell.message_bytes * operations_per_s
    rate = _metric(text, "mb-per-sec-pipe-write-rate") * (1 << 20)
    each = rate / operations_per_s
    if not 0.8 < each / cell.message_bytes < 1.25:
        raise Failed(f"stress-ng moved {each:.0f} bytes an operation, not {cell.message_bytes}")
    return rate


def measure(bench, cell):
    result = bench.directory / "stress-ng.yaml"
    result.unlink(missing_ok=True)
    words = ["stress-ng", *_words(cell), "--timeout", "1", "--metrics", "--yaml", str(result),
             "--temp-path", str(bench.directory)]
    with bench.start(words, bench.both) as process:
        process.pin_pair(generations=3)  # the program, the stressor, its other side
        process.wait()
    if not result.exists():
        raise Failed("stress-ng wrote no metrics")
    return Figures(bytes_per_s=bytes_per_s(cell, result.read_text()))

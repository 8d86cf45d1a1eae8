"""Made-up sweeps: result directories with the columns of the real ones and numbers that are consistent enough to draw.

`python3 -m tests.plots.synthetic DIR` writes every data set of CASES below DIR, to look at.
"""

from __future__ import annotations

import csv
import json
import math
import os
import random
import subprocess
import sys
from pathlib import Path

from plots import schema

ROOT = Path(__file__).resolve().parents[2]
FINDINGS = os.environ.get("IPCSORT_FINDINGS", str(ROOT / "build/release/test-programs/findings"))
COLUMNS = [column.name for column in schema.columns(Path("/nowhere"), "summary.csv")]
# What an earlier version did not write.
LATER_COLUMNS = """cpu_s_per_gb_median cpu_s_per_gb_ci_low cpu_s_per_gb_ci_high context_switches_per_gb_median
context_switches_per_gb_ci_low context_switches_per_gb_ci_high faults_per_gb_median faults_per_gb_ci_low
faults_per_gb_ci_high total_s_exponent_numbers total_s_exponent_files amdahl_serial_share""".split()

SIX = ["mmap_flags", "pipe", "posix_shm_sem", "socketpair_dgram", "unix_stream", "xsi_shm_sem"]
MANY = SIX + ["fifo", "memfd_ring", "memfd_futex", "posix_mq", "xsi_msg", "unix_dgram", "unix_seqpacket",
              "socketpair_stream", "tcp_loopback", "udp_loopback", "vmsplice_pipe", "splice_pipe", "process_vm_readv",
              "shm_spin_ring", "hugetlb_ring", "mmap_eventfd", "packet_pipe", "pty", "plugin_example"]
# What ships: 22 transports, of which some lend as well and one only lends.
SHIPPED = """pipe fifo mmap_flags xsi_shm_sem xsi_shm_mutex xsi_msg xsi_msg_sem posix_shm_sem posix_mq unix_stream
unix_dgram socketpair_stream socketpair_dgram socketpair_seqpacket tcp_loopback memfd_ring memfd_lend fd_pass
pipe_vmsplice process_vm_readv io_uring null""".split()
LENDING = ["memfd_lend", "fd_pass", "mmap_flags", "xsi_shm_sem", "posix_shm_sem", "null"]
LONG = ["posix_shm_with_a_very_long_name", "unix_stream_with_a_large_buffer", "xsi_message_queue_typed_by_pids"]
SPEED = {"shared": 5.0e9, "stream": 2.4e9, "other": 1.1e9}
META = {"schema": 1, "version": "0.1.0", "git": {"commit": "abc123def4567890", "dirty": False},
        "started_utc": "2026-11-22T15:00:00Z",
        "machine": {"cpu": "AMD EPYC 7B13", "cores": 2, "kernel": "Linux 6.18", "distro": "Debian GNU/Linux 12",
                    "ram_bytes": 25000000000,
                    "caches": [{"level": 1, "type": "Data", "bytes": 32768},
                               {"level": 1, "type": "Instruction", "bytes": 32768},
                               {"level": 2, "type": "Unified", "bytes": 1048576},
                               {"level": 3, "type": "Unified", "bytes": 33554432}]},
        "plan": {"seed": 1, "blocks": 7, "hash": "0"}, "argv": ["ipcsort", "sweep"]}


def _row(kind: str, name: str, files: int, numbers: int, workers: int, **more) -> dict:
    row = {column: "" for column in COLUMNS}
    row.update(kind=kind, transport=name, handover="copy", files=files, numbers=numbers, workers=workers,
               distribution="uniform", data_seed=1, sorter="vqsort", parser="simd", drain="threads", transfer="barrier",
               merge="multiway", pages="huge", placement="free", memory="fresh", rounds="1", status="ok", runs_ok=0, runs_failed=0,
               runs_disturbed=0, payload_bytes=4 * files * numbers)
    row.update(more)
    return row


def _measured(row: dict, rate: float | None, n: int, noise: random.Random) -> None:
    payload, workers = row["payload_bytes"], row["workers"]
    parallel = min(workers, 2) / (1 + 0.05 * abs(workers - 2))
    spend = {"spawn": 2e-4 * workers, "read": payload * 2.6 / 12e9 / parallel,
             "parse": payload * 2.6 / 1.4e9 / parallel,
             "sort": payload / 0.9e9 / parallel, "wait": 1e-4, "transfer": payload / rate if rate else 0.0,
             "merge": payload / 3e9, "other": 3e-5}
    spend = {phase: value * noise.uniform(0.95, 1.05) for phase, value in spend.items()}
    if not rate:
        del spend["wait"], spend["transfer"]
    total = sum(spend.values())
    row.update({f"path_{phase}_s_median": value for phase, value in spend.items()})
    row.update(runs_ok=n, total_s_median=total * noise.uniform(0.99, 1.01), total_s_hl=total)
    if rate:
        row.update(transfer_share_median=spend["transfer"] / total, transfer_bytes_per_s_median=rate,
                   one_copy_bytes_per_s_median=9e9 if payload < 2**25 else 7e9)
    if row["kind"] == "transport":
        cost = {"cpu_s": 1.4 * total, "context_switches": 20 * workers + payload / 2**16,
                "faults": 300 + payload / 2**12}
        own = random.Random(f"{row['transport']} {row['handover']} {payload} {workers}")
        for what, value in cost.items():
            value *= own.uniform(0.8, 1.25) * 1e9 / payload
            row[f"{what}_per_gb_median"] = value
            if n > 5:
                row.update({f"{what}_per_gb_ci_low": value * 0.93, f"{what}_per_gb_ci_high": value * 1.06})
    if n > 1:
        row.update(total_s_ci_low=total * 0.97, total_s_ci_high=total * 1.03)
        if rate:
            row.update(transfer_bytes_per_s_ci_low=rate * 0.94, transfer_bytes_per_s_ci_high=rate * 1.05)


def _set_total(row: dict, total: float) -> None:
    for column, factor in (("median", 1), ("hl", 1), ("ci_low", 0.97), ("ci_high", 1.03)):
        if row[f"total_s_{column}"] != "":
            row[f"total_s_{column}"] = total * factor / row["workers"] ** 0.5


def _ranked(group: list[dict], what: str, value: str, higher: bool, tie: float, n: int) -> None:
    names = {"transfer": "transfer_time_ratio", "total": "total_ratio"}[what]
    group = [row for row in group if row[value] != ""]
    group.sort(key=lambda row: row[value], reverse=higher)
    for row in group:
        ratio = group[0][value] / row[value] if higher else row[value] / group[0][value]
        row.update({f"{what}_percent_of_best": 100 / ratio, f"{names}_to_best": ratio})
        if n > 1:
            row.update({f"{what}_tied_with_best": int(ratio <= tie), f"{names}_to_best_ci_low": ratio * 0.97,
                        f"{names}_to_best_ci_high": ratio * 1.03})
    if len(group) > 1:
        ratio = 100 / group[1][f"{what}_percent_of_best"]
        group[0][f"{names}_to_second"] = ratio
        if n > 1:
            group[0].update({f"{names}_to_second_ci_low": ratio * 0.97, f"{names}_to_second_ci_high": ratio * 1.03})


def sweep(transports=SIX, files=(4,), numbers=(1000, 10_000, 100_000, 1_000_000), workers=(1, 2, 4), n=7, tie=1.03,
          extreme=False, rates=None, broken=(), references=True, seed=1, lending=(), totals=None) -> list[dict]:
    """`broken`: (transport, numbers or None, workers or None, status, reason). `rates`: name -> bytes per second.
    `totals`: name -> the total time of so many payload bytes.
    `lending`: the transports that also have a row in which nothing is copied."""
    noise = random.Random(seed)
    rows = []
    for count in files:
        for amount in numbers:
            for w in workers:
                group = []
                for index, name in enumerate([*transports, *lending]):
                    row = _row("transport", name, count, amount, w)
                    if index >= len(transports):
                        row["handover"] = "lend"
                    fault = next((fault for fault in broken if fault[0] == name and fault[1] in (None, amount)
                                  and fault[2] in (None, w)), None)
                    if fault:
                        row.update(status=fault[3], reason=fault[4], runs_ok=0, runs_failed=n * (fault[3] == "failed"))
                    else:
                        kind = "shared" if any(part in name for part in ("shm", "mmap", "memfd", "ring")) else \
                            "stream" if any(part in name for part in ("pipe", "stream", "fifo", "tcp")) else "other"
                        size = row["payload_bytes"]
                        rate = SPEED[kind] * (1 - 0.03 * index) * size / (size + 60_000 * w) * noise.uniform(0.93, 1.07)
                        if extreme:
                            rate = 6e9 / 10 ** (4 * index / max(1, len(transports) - 1))
                        if rates:
                            rate = rates[name]
                        if row["handover"] == "lend":  # in a time that hardly depends on the size
                            rate = size / (4e-6 * w * (1 + index - len(transports)))
                        _measured(row, rate, n, noise)
                        if totals:
                            _set_total(row, totals[name](size))
                    group.append(row)
                for handover in ("copy", "lend"):
                    _ranked([row for row in group if row["handover"] == handover], "transfer",
                            "transfer_bytes_per_s_median", True, tie, n)
                _ranked(group, "total", "total_s_median", False, tie, n)
                rows += group
                if references:
                    row = _row("reference", "threads", count, amount, w)
                    _measured(row, None, n, noise)
                    rows.append(row)
                    if w == min(workers):
                        row = _row("reference", "serial", count, amount, 1)
                        _measured(row, None, n, noise)
                        rows.append(row)
                for name, rate in (("memcpy_one_copy", 8e9), ("memcpy_two_copies", 4e9)):
                    row = _row("calibration", name, count, amount, w)
                    row.update(runs_ok=n, transfer_bytes_per_s_median=rate, total_s_median=row["payload_bytes"] / rate)
                    rows.append(row)
    _speedups(rows)
    fit(rows)
    for row in rows:
        _state_the_window(row)
    return rows


def fit(rows: list[dict]) -> None:
    """Exponents and Amdahl's share, as the C++ side finds them: least squares over a series."""
    keys = ("transport", "options", "handover")
    for own, column in (("numbers", "total_s_exponent_numbers"), ("files", "total_s_exponent_files"),
                        ("workers", "amdahl_serial_share")):
        series: dict[tuple, list[dict]] = {}
        for row in rows:
            if row["kind"] == "transport" and row["total_s_median"] != "":
                others = tuple(row[name] for name in ("files", "numbers", "workers") if name != own)
                series.setdefault((*(row[name] for name in keys), *others), []).append(row)
        for group in series.values():
            at = {row[own]: row["total_s_median"] for row in group}
            value = _amdahl(at) if own == "workers" else _exponent(at)
            for row in group:
                row[column] = value


def _exponent(at: dict[int, float]) -> float | str:
    if len(at) < 2:
        return ""
    points = [(math.log(size), math.log(total)) for size, total in at.items()]
    x, y = (sum(point[i] for point in points) / len(points) for i in (0, 1))
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


def _amdahl(at: dict[int, float]) -> float | str:
    """T(w)/T(1) = s + (1 - s)/w."""
    if len(at) < 3 or 1 not in at:
        return ""
    rest = [(1 - 1 / w, total / at[1] - 1 / w) for w, total in at.items() if w > 1]
    return sum(a * b for a, b in rest) / sum(a * a for a, _ in rest)


def _state_the_window(row: dict) -> None:
    """How long the transfer took; what was lent has nothing else, since no byte was moved at any rate."""
    for window, rate in (("median", "median"), ("ci_low", "ci_high"), ("ci_high", "ci_low")):
        value = row[f"transfer_bytes_per_s_{rate}"]
        if value != "" and row["kind"] == "transport":
            row[f"transfer_window_s_{window}"] = row["payload_bytes"] / value
    if row["handover"] == "lend":
        row.update(transfer_bytes_per_s_median="", transfer_bytes_per_s_ci_low="", transfer_bytes_per_s_ci_high="")


def _speedups(rows: list[dict]) -> None:
    totals = {(row["kind"], row["transport"], row["handover"], row["files"], row["numbers"], row["workers"]):
              row["total_s_median"]
              for row in rows if row["total_s_median"] != ""}
    for (kind, name, handover, files, amount, w), total in totals.items():
        row = next(row for row in rows if row["total_s_median"] == total and row["transport"] == name
                   and row["handover"] == handover)
        one = totals.get((kind, name, handover, files, amount, 1))
        serial = totals.get(("reference", "serial", "copy", files, amount, 1))
        if kind != "calibration" and one:
            row.update(speedup_vs_one_worker=one / total, efficiency=one / total / w)
        if kind != "calibration" and serial:
            row["speedup_vs_serial"] = serial / total


BROKEN = (("posix_shm_sem", 1_000_000, None, "skipped", "needs 40 MB in /dev/shm, where 16 MB are free; "
           "mount -o remount,size=1G /dev/shm"),
          ("socketpair_dgram", None, 4, "failed", "worker 3 died: write: ENOBUFS (No buffer space available)"),
          ("xsi_shm_sem", 10_000, 2, "failed", "the parent received 39996 of 40000 numbers"),
          ("unix_stream", None, None, "skipped", "not available: AF_UNIX is disabled in this sandbox"))
ALL_BROKEN = tuple((name, 1_000_000, None, "failed", "deadline of 60 s passed") for name in SIX)

SHIPPED_BROKEN = (("xsi_msg_sem", None, None, "skipped", "kernel.msgmnb is 16384, 65536 are needed; "
                   "sysctl kernel.msgmnb=65536"),
                  ("io_uring", None, 2, "failed", "deadline: worker 1 did not finish within 60 s"),
                  ("posix_mq", 10_000_000, None, "failed", "mq_send(/ipcsort-1): EMSGSIZE (Message too long)"))


def shipped(**more) -> list[dict]:
    names = [name for name in SHIPPED if name != "null"]
    return sweep(**{**dict(transports=names, lending=LENDING, numbers=(10_000, 1_000_000, 10_000_000), workers=(1, 2),
                           broken=SHIPPED_BROKEN), **more})


def both_orders(make=shipped, **more) -> list[dict]:
    """Sent once and again and again: in steady flow everything is faster, in another order."""
    steady = make(seed=2, **more)
    for row in steady:
        row.update(transfer="steady", rounds="8")
        for column in COLUMNS:
            if column.startswith("transfer_bytes_per_s") and row[column] != "":
                row[column] *= 3
            elif column.startswith("transfer_window_s") and row[column] != "":
                row[column] /= 3
    return make(**more) + [row for row in steady if row["transport"] != "serial"]


def tuned(gains=None, transports=SIX, numbers=(10_000, 1_000_000, 10_000_000), n=7, workers=(2,), chunk="8K"):
    """(rows, meta) of a sweep with --profile default,tuned: the tuned row of each transport in `gains` is so many times
    as fast; the profile keeps the defaults of the others."""
    gains = {name: 1 + 0.3 * index for index, name in enumerate(transports)} if gains is None else gains
    rows = sweep(transports, numbers=numbers, n=n, workers=workers)
    cells = []
    for row in [row for row in rows if row["kind"] == "transport"]:
        gain = gains.get(row["transport"])
        options = "" if gain is None else f"capacity=1M chunk={chunk if row['numbers'] > min(numbers) else '64K'}"
        cell = {"source": "tuned", "transport": row["transport"], "numbers": row["numbers"], "options": options,
                "has_entry": True}
        cells += [cell] if cell not in cells else []
        if gain is None:
            continue
        faster = {**row, "options": options}
        for column in COLUMNS:
            if column.startswith("transfer_bytes_per_s") and row[column] != "":
                faster[column] = row[column] * gain
            elif column.startswith("transfer_window_s") and row[column] != "":
                faster[column] = row[column] / gain
        rows.append(faster)
    sources = [{"name": "default"}, {"name": "tuned", "about": {}, "workers": 2}]
    return rows, {**META, "profile": {"sources": sources, "cells": cells}}


def crossing(**more) -> list[dict]:
    """pipe leads at first, and memfd_ring from 4 MB on."""
    totals = {"pipe": lambda size: 1e-3 + size / 1e8, "memfd_ring": lambda size: 5e-3 + size / 4e8,
              "xsi_msg": lambda size: 8e-3 + size / 1e7}
    return sweep(list(totals), totals=totals, numbers=(10_000, 250_000, 2_500_000), workers=(1, 2), **more)


OTHER_META = {**META, "version": "0.2.0", "git": {"commit": "fedcba9876543210", "dirty": True},
              "started_utc": "2026-11-24T08:00:00Z",
              "machine": {**META["machine"], "cpu": "Intel Xeon Gold 6230", "cores": 40}}

CASES = {
    "crossing": crossing,
    "shipped_files": lambda: shipped(files=(1, 4, 16)),
    "shipped": shipped,
    "shipped_extreme": lambda: shipped(extreme=True, workers=(1, 2, 4)),
    "shipped_one_size": lambda: shipped(numbers=(1_000_000,), workers=(2,)),
    "shipped_one_run": lambda: shipped(n=1),
    "shipped_some_tied": lambda: shipped(tie=3),
    "six_lending": lambda: sweep(lending=["mmap_flags", "posix_shm_sem", "xsi_shm_sem"]),
    "three_lending": lambda: sweep(SIX[:3], lending=["mmap_flags", "posix_shm_sem"], workers=(1, 2)),
    "three_lending_one_size": lambda: sweep(SIX[:3], lending=["mmap_flags"], numbers=(1_000_000,), workers=(2,)),
    "only_lending": lambda: sweep([], lending=["null"], workers=(1, 2)),
    "only_lending_one_size": lambda: sweep([], lending=["null", "fd_pass"], numbers=(1_000_000,), workers=(2,)),
    "one_lending_cell": lambda: sweep([], lending=["null"], numbers=(1_000_000,), workers=(2,), references=False),
    "one_run": lambda: sweep(["pipe"], n=1, workers=(2,)),
    "six": lambda: sweep(),
    "one": lambda: sweep(["pipe"]),
    "eight": lambda: sweep(MANY[:8], workers=(1, 2, 4, 8)),
    "many": lambda: sweep(MANY, workers=(1, 2, 4, 8, 16), numbers=(100, 1000, 10_000, 100_000, 1_000_000, 10_000_000)),
    "one_cell": lambda: sweep(["pipe"], numbers=(1_000_000,), workers=(2,), references=False),
    "one_size": lambda: sweep(numbers=(1_000_000,), workers=(1, 2)),
    "one_size_many": lambda: sweep(MANY, numbers=(1_000_000,), workers=(2,), extreme=True),
    "two_sizes": lambda: sweep(numbers=(900_000, 1_000_000), workers=(2,)),
    "broken": lambda: sweep(broken=BROKEN),
    "largest_broken": lambda: sweep(broken=ALL_BROKEN),
    "extreme": lambda: sweep(extreme=True),
    "long_names": lambda: sweep(LONG + ["pipe"]),
    "no_interval": lambda: sweep(n=1),
    "tied": lambda: sweep(rates=dict(zip(SIX, (2e9, 2.01e9, 1e9, 0.5e9, 0.9e9, 1.1e9)))),
    "all_tied": lambda: sweep(rates=dict.fromkeys(SIX, 2e9), tie=1.5),
    "many_sizes": lambda: sweep(numbers=[100 * 2**power for power in range(16)], workers=(1, 2)),
    "many_files": lambda: sweep(files=(1, 2, 4, 8), numbers=(1000, 1_000_000)),
    "sixty_four_workers": lambda: sweep(workers=(1, 2, 4, 8, 16, 32, 64)),
}


# Results that stand side by side: (rows, meta) of each.
SIDES = {
    "two_machines": lambda: [(sweep(), META), (sweep(seed=2, workers=(2, 4)), OTHER_META)],
    "two_of_all": lambda: [(shipped(), META), (shipped(seed=2), OTHER_META)],
    "six": lambda: [(sweep(MANY[:4 + seed], seed=seed, n=7 if seed % 2 else 1), META) for seed in range(6)],
    "one_cell": lambda: [(sweep(["pipe"], numbers=(1_000_000,), workers=(2,), seed=seed), META) for seed in (1, 2)],
    "long_names_extreme": lambda: [(sweep(LONG, extreme=True, seed=seed), META) for seed in (1, 2)],
    "broken": lambda: [(sweep(), META), (sweep(broken=BROKEN), {})],
}


def decide(*directories: Path, side_by_side: Path | None = None) -> None:
    """Writes what the program finds in them."""
    words = ["--side-by-side", str(side_by_side)] if side_by_side else []
    subprocess.run([FINDINGS, *words, *map(str, directories)], check=True, timeout=600)


def write_csv(path: Path, rows: list[dict], columns: list[str]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, extrasaction="ignore", restval="")
        writer.writeheader()
        writer.writerows(rows)


def write(directory: Path, rows: list[dict], meta=META, columns=None) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    write_csv(directory / "summary.csv", rows, COLUMNS)
    decide(directory)
    if columns:  # as another version, or somebody's editor, has left the file
        write_csv(directory / "summary.csv", rows, columns)
    if meta is not None:
        (directory / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    return directory


if __name__ == "__main__":
    for case, make in CASES.items():
        write(Path(sys.argv[1]) / case, make())

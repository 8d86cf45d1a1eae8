"""Made-up figures of single messages: micro_summary.csv as 'ipcsort micro' writes it."""

from __future__ import annotations

import json
import random
from pathlib import Path

from .synthetic import LONG, META, SHIPPED, decide, write_csv

VALUES = "bytes_per_s messages_per_s latency_p50_s latency_p90_s latency_p99_s latency_p999_s latency_p9999_s".split()
COLUMNS = ["family", "transport", "options", "bytes", "memory", "placement", "repetitions", "repetitions_failed",
           "error", *(f"{value}_{part}" for value in VALUES for part in ("median", "min", "max")),
           "ceiling_bytes_per_s_median", "share_of_ceiling_median"]
FOUR = ["memfd_ring", "pipe", "process_vm_readv", "unix_stream"]
ALL = [name for name in SHIPPED if name != "null"]
SIZES = (64, 4096, 65536, 1048576)
PERCENTILES = ("p50", "p90", "p99", "p999", "p9999")


def _row(**values) -> dict:
    return {**dict.fromkeys(COLUMNS, ""), "options": "", "error": "", "repetitions_failed": 0, **values}


def _set(row: dict, value: str, median: float, spread: float) -> None:
    for part, factor in (("median", 1), ("min", 1 - spread), ("max", 1 + spread)):
        row[f"{value}_{part}"] = median * factor


def micro(transports=FOUR, sizes=SIZES, placements=("cross", "free"), memories=("hot",), repetitions=3, spread=0.05,
          rates=None, trips=None, percentiles=5, broken=(), families=("throughput", "latency"), seed=1) -> list[dict]:
    """`rates`: name -> bytes/s at any size. `trips`: name -> seconds of a round trip at the median. `broken`:
    transport, size or None, repetitions lost, error. The slower ones have two percentiles fewer than `percentiles`."""
    noise = random.Random(seed)
    spread = spread if repetitions > 1 else 0
    rows = []
    for family in families:
        for placement in placements:
            for memory in memories:
                for size in sizes:
                    ceiling = 9e9 * size / (size + 3000)
                    for index, name in enumerate(transports):
                        row = _row(family=family, transport=name, bytes=size, memory=memory, placement=placement,
                                   repetitions=repetitions)
                        fault = next((fault for fault in broken if fault[0] == name and fault[1] in (None, size)), None)
                        lost = fault[2] if fault else 0
                        row.update(repetitions=repetitions - lost, repetitions_failed=lost,
                                   error=fault[3] if fault else "")
                        if row["repetitions"]:
                            per_message = (1 + index) * 4e-7 * noise.uniform(0.9, 1.1)
                            if family == "throughput":
                                rate = rates[name] if rates else size / (per_message + size / 5e9)
                                _set(row, "bytes_per_s", rate, spread)
                                _set(row, "messages_per_s", rate / size, spread)
                                row.update(ceiling_bytes_per_s_median=ceiling, share_of_ceiling_median=rate / ceiling)
                            else:
                                trip = trips[name] if trips else 2 * per_message + size / 2e9
                                for nines, percentile in enumerate(PERCENTILES[:max(1, percentiles - 2 * (index % 2))]):
                                    _set(row, f"latency_{percentile}_s", trip * (1 + nines) ** 1.5, spread)
                        rows.append(row)
    return rows


BROKEN = (("pipe", None, 3, "not available: pipes are disabled in this sandbox"),
          ("unix_stream", 64, 1, "write: ENOBUFS (No buffer space available)"))
CASES = {
    "four": micro,
    "one": lambda: micro(["pipe"], placements=("cross",)),
    "all": lambda: micro(ALL, placements=("same", "cross", "free")),
    "all_sizes": lambda: micro(ALL, sizes=[2**power for power in range(21)], placements=("cross",)),
    "every_memory": lambda: micro(memories=("hot", "stream", "cold"), placements=("same", "cross", "free")),
    "one_repetition": lambda: micro(repetitions=1),
    "few_round_trips": lambda: micro(percentiles=2),
    "broken": lambda: micro(broken=BROKEN),
    "long_names": lambda: micro(LONG + ["pipe"]),
    "extreme": lambda: micro(rates=dict(zip(FOUR, (1e10, 1e8, 1e6, 1e4))),
                             trips=dict(zip(FOUR, (1e-7, 1e-5, 1e-3, 0.1)))),
}


def write(directory: Path, rows: list[dict], meta=META, columns=None) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    write_csv(directory / "micro_summary.csv", rows, COLUMNS)
    decide(directory)
    if columns:
        write_csv(directory / "micro_summary.csv", rows, columns)
    if meta is not None:
        (directory / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    return directory

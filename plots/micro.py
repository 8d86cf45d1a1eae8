"""Reading micro_summary.csv: one row per benchmark of single messages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from . import table
from .data import Facts, read_meta
from .table import ResultError

AGAIN = "run 'ipcsort micro' again"
# How a column of a percentile is named, and the share of the round trips that were at least as fast.
PERCENTILES = (("latency_p50_s", "50", 0.5), ("latency_p90_s", "90", 0.9), ("latency_p99_s", "99", 0.99),
               ("latency_p999_s", "99.9", 0.999), ("latency_p9999_s", "99.99", 0.9999))
PLACEMENTS = {"same": "both processes on one CPU", "cross": "the processes on two CPUs",
              "free": "the kernel places the processes"}
CEILING = "memcpy_two_copies"


@dataclass(frozen=True)
class Range:
    """Of the repetitions: not a confidence interval."""

    median: float
    low: float
    high: float

    def overlaps(self, other: "Range") -> bool:
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True)
class Benchmark:
    """One row of micro_summary.csv; as data.Cell, the fields are the columns."""

    family: str
    transport: str
    options: str
    bytes: Optional[int]
    memory: str
    placement: str
    repetitions: Optional[int]
    repetitions_failed: Optional[int]
    error: str
    bytes_per_s_median: Optional[float]
    bytes_per_s_min: Optional[float]
    bytes_per_s_max: Optional[float]
    latency_p50_s_median: Optional[float]
    latency_p50_s_min: Optional[float]
    latency_p50_s_max: Optional[float]
    latency_p90_s_median: Optional[float]
    latency_p90_s_min: Optional[float]
    latency_p90_s_max: Optional[float]
    latency_p99_s_median: Optional[float]
    latency_p99_s_min: Optional[float]
    latency_p99_s_max: Optional[float]
    latency_p999_s_median: Optional[float]
    latency_p999_s_min: Optional[float]
    latency_p999_s_max: Optional[float]
    latency_p9999_s_median: Optional[float]
    latency_p9999_s_min: Optional[float]
    latency_p9999_s_max: Optional[float]
    ceiling_bytes_per_s_median: Optional[float]

    @property
    def label(self) -> str:
        return f"{self.transport} {self.options}".strip()

    @property
    def where(self) -> tuple[str, str]:
        return self.placement, self.memory

    def range(self, column: str) -> Optional[Range]:
        """Over the repetitions, where there is one that a log axis can take."""
        median, low, high = (getattr(self, f"{column}_{part}") for part in ("median", "min", "max"))
        if median is None or median <= 0:
            return None
        return Range(median, low if low is not None and 0 < low <= median else median,
                     high if high is not None and high >= median else median)


@dataclass(frozen=True)
class Micro(Facts):
    directory: Path
    benchmarks: list[Benchmark]
    damage: list[str]  # what of micro_summary.csv could not be read

    def of(self, family: str) -> list[Benchmark]:
        """Of transports and, for throughput, the copy that is their ceiling; each with a message size."""
        return [row for row in self.benchmarks if row.family == family and row.transport and row.bytes]


def has_figures(directory: Path) -> bool:
    return (directory / "micro_summary.csv").exists() or (directory / "micro.csv").exists()


def _machine(directory: Path) -> dict[str, Any]:
    """meta.json if there is one, else the little that Google Benchmark's own file says of the machine."""
    if (directory / "meta.json").exists():
        return read_meta(directory / "meta.json")[0]
    try:
        context = json.loads((directory / "micro.json").read_text(encoding="utf-8")).get("context", {})
        caches = [{"level": cache["level"], "type": cache["type"], "bytes": cache["size"]}
                  for cache in context.get("caches", [])]
        return {"machine": {"cores": context.get("num_cpus"), "caches": caches}, "started_utc": context.get("date")}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def load(directory: Path) -> Micro:
    path = directory / "micro_summary.csv"
    if not path.exists():
        if (directory / "micro.csv").exists():
            raise ResultError(f"{directory} has micro.csv but no micro_summary.csv; it is of an earlier version of "
                              f"ipcsort: {AGAIN}")
        raise ResultError(f"{directory} has no micro_summary.csv; name the directory that 'ipcsort micro --output' wrote")
    found = table.read(path, Benchmark, AGAIN)
    return Micro(_machine(directory), directory, found.rows, found.damage)

"""Reading micro_summary.csv: one row per benchmark of single messages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from . import findings, schema, table
from .data import Facts, derived, read_meta
from .table import ResultError

SUMMARY = "micro_summary.csv"
AGAIN = "run 'ipcsort micro' again"
# How a column of a percentile is named, and the share of the round trips that were at least as fast.
PERCENTILES = (("latency_p50_s", "50", 0.5), ("latency_p90_s", "90", 0.9), ("latency_p99_s", "99", 0.99),
               ("latency_p999_s", "99.9", 0.999), ("latency_p9999_s", "99.99", 0.9999))
# Best known first: a chart that has room for one shows the first there is.
PLACEMENTS = {"cross": "processes on two CPUs", "free": "processes not pinned", "same": "both processes on one CPU"}
MEMORIES = {"hot": "the same buffer again", "stream": "through a buffer larger than the caches",
            "cold": "flushed before each message"}


@dataclass(frozen=True)
class Range:
    """Of the repetitions: not a confidence interval."""

    median: float
    low: float
    high: float


class Benchmark(table.Row):
    """One row of micro_summary.csv, each column an attribute; with the `label` and the transport's family `kin`."""

    label: str
    kin: str

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
    sentences: dict[str, str]  # what the figures say: throughput, latency
    damage: list[str]  # what of micro_summary.csv could not be read

    def of(self, family: str) -> list[Benchmark]:
        """Of transports, with a message size."""
        return [row for row in self.benchmarks if row.family == family and row.transport and row.bytes
                and not row.transport.startswith("memcpy_")]


def in_words(where: tuple[str, str]) -> str:
    """'processes on two CPUs, the same buffer again'"""
    return ", ".join(words.get(name, name) for words, name in zip((PLACEMENTS, MEMORIES), where) if name)


def by_difference(places: list[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
    """What tells each of them from the others, in few words; of a single one the placement."""
    placements, memories = ({where[index] for where in places} for index in (0, 1))
    return {where: [PLACEMENTS.get(where[0], where[0])] * (len(placements) > 1 or len(memories) == 1)
            + [f"{where[1]} memory"] * (len(memories) > 1) for where in places}


def memories_in_words(places: list[tuple[str, str]]) -> str:
    """'Hot memory: the same buffer again; cold memory: flushed before each message.'; "" where there is one kind."""
    names = [name for name in MEMORIES if any(where[1] == name for where in places)]
    text = "; ".join(f"{name} memory: {MEMORIES[name]}" for name in names)
    return f"{text[:1].upper()}{text[1:]}." if len(names) > 1 else ""


def by_place(where: tuple[str, str]) -> tuple[int, ...]:
    """Sort key of a (placement, memory); a name that is new here comes last."""
    return tuple([*words, name].index(name) for words, name in zip((MEMORIES, PLACEMENTS), reversed(where)))


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
        return {"machine": {"cores": context.get("num_cpus"), "caches": caches},
                "started_utc": str(context.get("date", "")).replace("+00:00", "Z")}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def load(directory: Path, decisions: Optional[Path] = None) -> Micro:
    """`decisions`: the directory that holds what was made from the rows, where it is another."""
    path = derived(directory, decisions, SUMMARY)
    if not path.exists():
        if (directory / "micro.csv").exists():
            raise ResultError(f"{directory} has micro.csv but no {SUMMARY}; it is of an earlier version of "
                              f"ipcsort: {AGAIN}")
        raise ResultError(f"{directory} has no {SUMMARY}; name the directory that 'ipcsort micro --output' "
                          "wrote")
    columns = schema.columns(directory, SUMMARY)
    found = table.read(path, columns, Benchmark, [column.name for column in columns], (), AGAIN)

    def make(document: dict[str, Any]) -> dict[str, str]:
        named = findings.names(document)
        for place, row in zip(found.places, found.rows):
            row.label, row.kin = named[place]["name"], named[place]["family"]
        return {name: document[name] for name in ("throughput", "latency")}

    sentences = findings.read((decisions or directory) / "micro_findings.json", make)
    return Micro(_machine(directory), directory, found.rows, sentences, found.damage)

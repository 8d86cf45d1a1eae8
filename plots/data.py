"""Reading and choosing: summary.csv, findings.json and meta.json become a Sweep; nothing is computed here but counts of
rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Sequence

from . import findings, schema, table
from .findings import Condition, Findings
from .table import ResultError

PHASES = ("spawn", "read", "parse", "sort", "wait", "transfer", "merge", "other")
SUMMARY = "summary.csv"


class Cell(table.Row):
    """One row of summary.csv, each column an attribute; with the `label` and the `family` that findings.json gives it, and
    the values of the settings it was measured with."""

    label: str
    family: str
    of_memcpy: str  # "" where that share says nothing
    setting: tuple

    @property
    def ok(self) -> bool:
        return self.status not in ("failed", "skipped") and (self.total_s_median or 0) > 0

    @property
    def rate(self) -> Optional[float]:
        """Transfer throughput, where there is one that a log axis and a division can take. Of what was lent, payload
        over the time of the hand-over: only good for an order."""
        value = self.transfer_bytes_per_s_median
        if self.lent:
            value = self.payload_bytes / self.transfer_window_s_median \
                if self.payload_bytes and self.transfer_window_s_median else None
        return value if self.ok and value is not None and value > 0 else None

    @property
    def lent(self) -> bool:
        """The workers lent the parent their memory: nothing was moved, so `rate` is not that of a transfer."""
        return self.handover == "lend"

    @property
    def speed(self) -> Optional[float]:
        """What a line or dot of the transfer stands for: the rate, or the time in which a lent payload changed hands."""
        return (self.transfer_window_s_median if self.lent else self.rate) if self.rate else None

    @property
    def speed_interval(self) -> Optional[tuple[float, float]]:
        return self.interval("transfer_window_s" if self.lent else "transfer_bytes_per_s")

    @property
    def speed_bounds(self) -> list[float]:
        """What an axis has to hold of it."""
        return [self.speed, *(self.speed_interval or ())]

    @property
    def total_interval(self) -> Optional[tuple[float, float]]:
        return self.interval("total_s")

    @property
    def condition(self) -> tuple[int, int, int]:
        return self.files, self.numbers, self.workers

    def phase(self, name: str) -> float:
        return max(0.0, getattr(self, f"path_{name}_s_median") or 0.0)


@dataclass(frozen=True)
class Facts:
    """meta.json: machine, version, plan."""

    meta: dict[str, Any]

    def about(self, *path: str) -> Any:
        """meta.json at that path, or None: a missing part is no reason not to draw."""
        value: Any = self.meta
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value


@dataclass(frozen=True)
class Sweep(Facts):
    directory: Path
    findings: Findings
    conditions: list[Condition]  # of one pipeline setting, the largest first
    others: list[list[Condition]]  # of each further pipeline setting
    setting: dict[str, str]  # that one: the names of its settings and their values
    meta_problem: str  # empty: meta.json was read
    lacks: frozenset[str]  # the columns that summary.csv does not have
    damage: list[str]  # what of summary.csv could not be read
    rows: int  # of summary.csv

    @property
    def cells(self) -> list[Cell]:
        """Of the one setting. The serial reference belongs to several conditions."""
        return list(dict.fromkeys(cell for it in self.conditions for cell in [*it.cells, *it.beside]))

    def transports(self) -> list[Cell]:
        return [cell for it in self.conditions for cell in it.cells]

    def no_column(self, *names: str) -> str:
        """Why what needs these columns is not drawn; "" when the file has them all."""
        missing = [name for name in names if name in self.lacks]
        return f"{SUMMARY} has no column {' and no column '.join(missing)}; ipcsort report makes it anew" if missing else ""

    def at(self, cell: Cell) -> Condition:
        """The condition that the cell belongs to."""
        return next(it for it in self.conditions if it.cells and it.cells[0].condition == cell.condition)

    def largest(self, cells: Sequence[Cell]) -> Condition:
        """The largest condition that has one of these."""
        return next(it for it in self.conditions if any(cell in cells for cell in it.cells))

    def differs(self, conditions: Sequence[Condition]) -> list[str]:
        """'pages base': the settings of these that are others than those of the sweep."""
        theirs = dict(zip(self.setting, conditions[0].cells[0].setting))
        return [f"{name} {theirs[name]}" for name, value in self.setting.items() if theirs[name] != value]


def read_meta(path: Path) -> tuple[dict[str, Any], str]:
    """(what it holds, "") or ({}, what is wrong)"""
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
        return (meta, "") if isinstance(meta, dict) else ({}, f"{path} is not a JSON object")
    except OSError as error:
        return {}, f"cannot read {path}: {error.strerror}"
    except ValueError as error:
        return {}, f"{path} is not JSON ({error})"


def _complete(cells: list[Cell]) -> None:
    """A skipped cell may carry no payload; it belongs to the size its neighbours of the same condition moved."""
    known = {(cell.files, cell.numbers): cell.payload_bytes for cell in cells if cell.payload_bytes}
    for cell in cells:
        cell.payload_bytes = cell.payload_bytes or known.get((cell.files, cell.numbers))


def _profiles(meta: dict[str, Any]) -> dict[tuple[str, int, str], str]:
    """What meta.json says of --profile, by transport, numbers and options; nothing where it says nothing that can be
    understood."""
    profile = meta.get("profile")
    cells = profile.get("cells") if isinstance(profile, dict) else None
    found: dict[tuple[str, int, str], str] = {}
    for cell in cells if isinstance(cells, list) else []:
        if not isinstance(cell, dict):
            continue
        key = cell.get("transport"), cell.get("numbers"), cell.get("options")
        source = " ".join(Path(str(cell.get("source"))).stem.split())
        if isinstance(key[0], str) and isinstance(key[1], int) and isinstance(key[2], str) and key[2] and source:
            found.setdefault(key, source)
    return found


def _name(cells: dict[int, Cell], rows: list[dict[str, str]], meta: dict[str, Any], settings: Sequence[str]) -> None:
    """What a profile chose may differ from size to size, and is one thing all the same: it has the profile's name."""
    profiles = _profiles(meta)
    for place, cell in cells.items():
        cell.family, cell.of_memcpy = rows[place]["family"], rows[place]["of_memcpy"]
        cell.profile = "" if cell.kind != "transport" or cell.lent else \
            profiles.get((cell.transport, cell.numbers, cell.options), "")
        cell.label = f"{cell.transport} {cell.profile}" if cell.profile else rows[place]["name"]
        cell.setting = tuple(getattr(cell, name) for name in settings)


def derived(directory: Path, decisions: Optional[Path], name: str) -> Path:
    """Where that file is, which was made from the rows: in `decisions`, if `directory` could not be written."""
    elsewhere = decisions / name if decisions else directory / name
    return elsewhere if elsewhere.exists() else directory / name


def load(directory: Path, decisions: Optional[Path] = None) -> Sweep:
    """`decisions`: the directory that holds what was made from the rows, where it is another."""
    if not directory.is_dir():
        raise ResultError(f"{directory} is not a directory; name the directory that 'ipcsort sweep' wrote")
    path = derived(directory, decisions, SUMMARY)
    if not path.exists():
        raise ResultError(f"{directory} has no {SUMMARY}; name the directory that 'ipcsort sweep' wrote")
    columns = schema.columns(directory, SUMMARY)
    found = table.read(path, columns, Cell, (*schema.SUBJECT, *schema.PLACE, "status", "total_s_median"), schema.PLACE,
                       "repeat the sweep")
    cells = dict(zip(found.places, found.rows))
    _complete(found.rows)
    meta, problem = read_meta(directory / "meta.json")
    settings = schema.settings(columns)

    def make(document: dict[str, Any]) -> Findings:
        _name(cells, findings.names(document), meta, settings)
        return findings.of_sweep(document, cells)

    decided = findings.read((decisions or directory) / findings.NAME, make)
    grouped: dict[tuple, list[Condition]] = {}
    for condition in decided.conditions:
        if condition.cells:
            grouped.setdefault(condition.cells[0].setting, []).append(condition)
    most = max(grouped, key=lambda key: sum(cell.ok for it in grouped[key] for cell in it.cells), default=())
    return Sweep(meta, directory, decided, grouped.pop(most, []), list(grouped.values()), dict(zip(settings, most)),
                 problem, found.lacks, found.damage, len(found.rows))

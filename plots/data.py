"""Reading and choosing: summary.csv and meta.json become a Sweep; nothing is computed here but counts of rows."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, Optional

from . import table
from .table import ResultError

# The pipeline settings that, with files, numbers and workers, make up a condition.
SETTINGS = ("distribution", "sorter", "parser", "drain", "transfer", "merge", "pages")
# Those of them that also mean something for a row without a transport (serial has nothing to drain).
SHARED_SETTINGS = ("distribution", "sorter", "parser", "pages")
PHASES = ("spawn", "read", "parse", "sort", "wait", "transfer", "merge", "other")


@dataclass(frozen=True)
class Cell:
    """One row of summary.csv. These fields are the columns the charts need: this class is the reader's schema. A file
    may lack those with a default; Sweep.lacks names them then, and what needs them says so."""

    kind: str
    transport: str
    options: str
    handover: str
    files: int
    numbers: int
    workers: int
    status: str
    total_s_median: Optional[float]
    distribution: str = ""
    sorter: str = ""
    parser: str = ""
    drain: str = ""
    transfer: str = ""
    merge: str = ""
    pages: str = ""
    runs_ok: Optional[int] = None
    runs_failed: Optional[int] = None
    runs_disturbed: Optional[int] = None
    reason: str = ""
    noisy: Optional[int] = None
    payload_bytes: Optional[int] = None
    total_s_ci_low: Optional[float] = None
    total_s_ci_high: Optional[float] = None
    path_spawn_s_median: Optional[float] = None
    path_read_s_median: Optional[float] = None
    path_parse_s_median: Optional[float] = None
    path_sort_s_median: Optional[float] = None
    path_wait_s_median: Optional[float] = None
    path_transfer_s_median: Optional[float] = None
    path_merge_s_median: Optional[float] = None
    path_other_s_median: Optional[float] = None
    transfer_share_median: Optional[float] = None
    transfer_window_s_median: Optional[float] = None
    transfer_window_s_ci_low: Optional[float] = None
    transfer_window_s_ci_high: Optional[float] = None
    transfer_bytes_per_s_median: Optional[float] = None
    transfer_bytes_per_s_ci_low: Optional[float] = None
    transfer_bytes_per_s_ci_high: Optional[float] = None
    one_copy_bytes_per_s_median: Optional[float] = None
    share_of_one_copy_median: Optional[float] = None
    transfer_percent_of_best: Optional[float] = None
    transfer_time_ratio_to_best: Optional[float] = None
    transfer_time_ratio_to_best_ci_low: Optional[float] = None
    transfer_time_ratio_to_best_ci_high: Optional[float] = None
    transfer_tied_with_best: Optional[int] = None
    transfer_time_ratio_to_second: Optional[float] = None
    total_percent_of_best: Optional[float] = None
    total_ratio_to_best: Optional[float] = None
    total_ratio_to_best_ci_low: Optional[float] = None
    total_ratio_to_best_ci_high: Optional[float] = None
    total_tied_with_best: Optional[int] = None
    total_ratio_to_second: Optional[float] = None
    speedup_vs_serial: Optional[float] = None
    speedup_vs_one_worker: Optional[float] = None
    efficiency: Optional[float] = None
    cpu_s_per_gb_median: Optional[float] = None
    cpu_s_per_gb_ci_low: Optional[float] = None
    cpu_s_per_gb_ci_high: Optional[float] = None
    context_switches_per_gb_median: Optional[float] = None
    context_switches_per_gb_ci_low: Optional[float] = None
    context_switches_per_gb_ci_high: Optional[float] = None
    faults_per_gb_median: Optional[float] = None
    faults_per_gb_ci_low: Optional[float] = None
    faults_per_gb_ci_high: Optional[float] = None
    total_s_exponent_numbers: Optional[float] = None
    total_s_exponent_files: Optional[float] = None
    amdahl_serial_share: Optional[float] = None

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
    def rate_interval(self) -> Optional[tuple[float, float]]:
        low, high = self.transfer_bytes_per_s_ci_low, self.transfer_bytes_per_s_ci_high
        return (low, high) if low is not None and high is not None and 0 < low <= high else None

    @property
    def lent(self) -> bool:
        """The workers lent the parent their memory: nothing was moved, so `rate` is not that of a transfer."""
        return self.handover == "lend"

    @property
    def handover_s(self) -> Optional[float]:
        """What a lent payload is measured by: the time in which it changed hands."""
        return self.transfer_window_s_median if self.rate else None

    @property
    def handover_interval(self) -> Optional[tuple[float, float]]:
        low, high = self.transfer_window_s_ci_low, self.transfer_window_s_ci_high
        return (low, high) if low is not None and high is not None and 0 < low <= high else None

    @property
    def total_interval(self) -> Optional[tuple[float, float]]:
        low, high = self.total_s_ci_low, self.total_s_ci_high
        return (low, high) if low is not None and high is not None and 0 < low <= high else None

    @property
    def condition(self) -> tuple[int, int, int]:
        return self.files, self.numbers, self.workers

    def phase(self, name: str) -> float:
        return max(0.0, getattr(self, f"path_{name}_s_median") or 0.0)

    def settings(self, names: Iterable[str] = SETTINGS) -> tuple[str, ...]:
        return tuple(getattr(self, name) for name in names)


@dataclass(frozen=True)
class Ranking:
    """What the ranking columns of one condition say."""

    best: Cell
    tied: list[Cell]  # with the best, which is not in it; empty when there is no interval behind "tied"
    second: Optional[Cell]
    proven: bool  # there is an interval behind "faster" and "tied"
    ratio: Optional[float]
    interval: Optional[tuple[float, float]]


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
    cells: list[Cell]  # of one pipeline setting
    meta_problem: str  # empty: meta.json was read
    others: list[list[Cell]]  # the transports' rows of each further pipeline setting
    shows: dict[str, bool]  # transport -> do its options differ, so that a label needs them
    profiles: dict[tuple[str, int, str], str]  # transport, numbers, options -> the profile that they are from
    lacks: frozenset[str]  # the optional columns that summary.csv does not have
    damage: list[str]  # what of summary.csv could not be read

    @property
    def other_settings(self) -> int:
        return len(self.others)

    def transports(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == "transport"]

    def label(self, cell: Cell) -> str:
        # Copying is what a transport does; what does otherwise says so. What a profile chose may differ from size to
        # size, and is one thing all the same.
        options = self.profile_of(cell) or (cell.options if self.shows.get(cell.transport) else "")
        parts = [cell.transport, cell.handover if cell.kind == "transport" and cell.handover != "copy" else "", options]
        return " ".join(part for part in parts if part)

    def profile_of(self, cell: Cell) -> str:
        """The profile that the cell's options are from, as a label has it; "" for any other cell."""
        if cell.kind != "transport" or cell.lent:
            return ""
        return self.profiles.get((cell.transport, cell.numbers, cell.options), "")

    def no_column(self, *names: str) -> str:
        """Why what needs these columns is not drawn; "" when the file has them all."""
        missing = [name for name in names if name in self.lacks]
        return f"summary.csv has no column {' and no column '.join(missing)}; ipcsort report makes it anew" \
            if missing else ""

    def at(self, files: int, numbers: int, workers: int, kind: str) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == kind and cell.condition == (files, numbers, workers)]


def read_meta(path: Path) -> tuple[dict[str, Any], str]:
    """(what it holds, "") or ({}, what is wrong)"""
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
        return (meta, "") if isinstance(meta, dict) else ({}, f"{path} is not a JSON object")
    except OSError as error:
        return {}, f"cannot read {path}: {error.strerror}"
    except ValueError as error:
        return {}, f"{path} is not JSON ({error})"


def _of_setting(cells: list[Cell], setting: tuple[str, ...]) -> list[Cell]:
    """The rows of one pipeline setting. A reference or calibration belongs to it when what applies to it agrees;
    if several rows of one reference do, the one that agrees in most columns stands for it."""
    wanted = dict(zip(SETTINGS, setting))
    chosen: list[Cell] = []
    standing_in: dict[tuple, tuple[int, int]] = {}
    for cell in cells:
        if cell.kind == "transport":
            if cell.settings() == setting:
                chosen.append(cell)
            continue
        if any(getattr(cell, name) not in ("", wanted[name]) for name in SHARED_SETTINGS):
            continue
        key = (cell.kind, cell.transport, cell.handover, cell.options, cell.condition)
        agreeing = sum(getattr(cell, name) == wanted[name] for name in SETTINGS)
        if key not in standing_in:
            standing_in[key] = (agreeing, len(chosen))
            chosen.append(cell)
        elif agreeing > standing_in[key][0]:
            standing_in[key] = (agreeing, standing_in[key][1])
            chosen[standing_in[key][1]] = cell
    return chosen


def _with_payload(cells: list[Cell]) -> list[Cell]:
    """A skipped cell may carry no payload; it belongs to the size its neighbours of the same condition moved."""
    known = {(cell.files, cell.numbers): cell.payload_bytes for cell in cells if cell.payload_bytes}
    return [cell if cell.payload_bytes else
            dataclasses.replace(cell, payload_bytes=known.get((cell.files, cell.numbers))) for cell in cells]


def _profiles(meta: dict[str, Any]) -> dict[tuple[str, int, str], str]:
    """What meta.json says of --profile; nothing where it says nothing that can be understood."""
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


def load(directory: Path) -> Sweep:
    if not directory.is_dir():
        raise ResultError(f"{directory} is not a directory; name the directory that 'ipcsort sweep' wrote")
    path = directory / "summary.csv"
    if not path.exists():
        raise ResultError(f"{directory} has no summary.csv; name the directory that 'ipcsort sweep' wrote")
    found = table.read(path, Cell, "repeat the sweep")
    cells = found.rows
    meta, problem = read_meta(directory / "meta.json")
    counts: dict[tuple[str, ...], int] = {}
    for cell in cells:
        if cell.kind == "transport":
            counts[cell.settings()] = counts.get(cell.settings(), 0) + cell.ok
    others = []
    if counts:
        chosen = max(counts, key=lambda setting: counts[setting])  # ties: the first in the file
        others = [_with_payload([cell for cell in cells if cell.kind == "transport" and cell.settings() == setting])
                  for setting in counts if setting != chosen]
        cells = _of_setting(cells, chosen)
    shows = {}
    for name in {cell.transport for cell in cells}:
        shows[name] = len({cell.options for cell in cells if cell.transport == name}) > 1
    return Sweep(meta, directory, _with_payload(cells), problem, others, shows, _profiles(meta), found.lacks,
                 found.damage)


def ranked(cells: list[Cell], of: str) -> list[Cell]:
    """One condition's transports by `of`, "transfer" or "total", best first. By "transfer" those that lend are ranked
    among themselves: `cells` holds one kind only. Several may reach 100 %; only the best's row states a lead over the
    second."""
    if of == "transfer":
        return sorted((cell for cell in cells if cell.rate),
                      key=lambda cell: (-(cell.transfer_percent_of_best or 0), cell.transfer_time_ratio_to_second is None,
                                        -(cell.rate or 0), cell.transport))
    return sorted((cell for cell in cells if cell.ok),
                  key=lambda cell: (-(cell.total_percent_of_best or 0), cell.total_ratio_to_second is None,
                                    cell.total_s_median, cell.transport))


def rank(cells: list[Cell], of: str) -> Optional[Ranking]:
    """What the ranking columns say about these, which are as for ranked()."""
    measured = ranked(cells, of)
    ratio = "transfer_time_ratio_to_best" if of == "transfer" else "total_ratio_to_best"
    if not measured:
        return None
    best, rest = measured[0], measured[1:]
    second = rest[0] if rest else None
    # The figures of the very row that is named: the file's second may be another where several tie with the best.
    low, high = (getattr(second, f"{ratio}_ci_low"), getattr(second, f"{ratio}_ci_high")) if second else (None, None)
    interval = (low, high) if low is not None and high is not None else None
    # Too few runs for an interval: the file calls all tied then, because none is shown to be slower.
    proven = second is not None and getattr(second, f"{of}_tied_with_best") is not None and interval is not None
    tied = [cell for cell in rest if proven and getattr(cell, f"{of}_tied_with_best") == 1]
    return Ranking(best, tied, second, proven, getattr(second, ratio) if second else None, interval)

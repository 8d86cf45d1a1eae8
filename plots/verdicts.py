"""Reading the verdicts of a comparison: the JSON that 'ipcsort ab --format json' writes."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from .table import ResultError, printable

AGAIN = "write it anew with 'ipcsort ab --format json --output FILE'"
SCHEMA = 1
VERDICTS = ("regressed", "failed", "inconclusive", "improved", "new", "missing", "within-threshold", "unchanged")


@dataclass(frozen=True)
class Cell:
    """A comparison of one cell by one metric; `ratio` is candidate over baseline, above 1 is slower."""

    cell: str
    name: str  # without what all cells share
    metric: str
    verdict: str
    ratio: Optional[float]
    ratio_ci_low: Optional[float]
    ratio_ci_high: Optional[float]
    pairs: int
    detectable_effect: Optional[float]
    baseline_s: Optional[float]
    candidate_s: Optional[float]
    reason: str

    @property
    def interval(self) -> Optional[tuple[float, float]]:
        return (self.ratio_ci_low, self.ratio_ci_high) \
            if self.ratio_ci_low is not None and self.ratio_ci_high is not None else None


@dataclass(frozen=True)
class Verdicts:
    path: Path
    title: str
    baseline: str
    candidate: str
    headline: str
    interrupted: bool
    notes: list[str]
    threshold: Optional[float]  # 0.05: what matters starts at 5 %
    common: list[str]  # "4 files": what the names of all cells share
    cells: list[Cell]  # in the order of the file: what needs attention first

    @property
    def counted(self) -> str:
        """What Cell.pairs counts: ab measures in pairs; of two recordings it is the runs of the side that has fewer."""
        return "pair" if self.title == "ipcsort ab" else "run"


_MISSING = object()


class _Reader:
    """One JSON object of the file; a value that cannot be meant is an error that says where."""

    def __init__(self, path: Path, where: str, values: Any):
        self.path, self.where, self.values = path, where, values
        if not isinstance(values, dict):
            self.damaged(f"{where or 'the file'} is not a JSON object")

    def damaged(self, what: str):
        raise ResultError(f"{self.path}: {what}; {AGAIN}")

    def take(self, name: str, kinds: tuple, words: str, default: Any = _MISSING) -> Any:
        value = self.values.get(name, default)
        at = f"{self.where}.{name}" if self.where else name
        if value is _MISSING:
            self.damaged(f"{at} is missing")
        # In Python true is a number, in a verdict it is none.
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            self.damaged(f"{at} holds {json.dumps(value)[:60]}, which is not {words}")
        return value

    def text(self, name: str, default: Any = _MISSING) -> str:
        return " ".join(self.take(name, (str,), "a text", default).split())

    def number(self, name: str, positive: bool = False) -> Optional[float]:
        value = self.take(name, (int, float, type(None)), "a number or null", None)
        if value is None:
            return None
        if not math.isfinite(value) or (positive and value <= 0):
            self.damaged(f"{self.where + '.' if self.where else ''}{name} holds {value}, which it cannot be")
        return float(value)

    def list(self, name: str, default: Any = _MISSING) -> list:
        return self.take(name, (list,), "a list", default)


def _cell(path: Path, index: int, values: Any) -> Cell:
    read = _Reader(path, f"cells[{index}]", values)
    verdict = read.text("verdict")
    if verdict not in VERDICTS:
        read.damaged(f"cells[{index}].verdict holds '{verdict}', which is none of {', '.join(VERDICTS)}")
    cell = read.text("cell")
    return Cell(cell, read.text("name", cell), read.text("metric"), verdict, read.number("ratio", True),
                read.number("ratio_ci_low", True), read.number("ratio_ci_high", True),
                int(read.number("pairs") or 0), read.number("detectable_effect"), read.number("baseline_s"),
                read.number("candidate_s"), read.text("reason", ""))


def load(path: Path) -> Verdicts:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultError(f"cannot read {path}: {error.strerror}; check the path and its permissions") from None
    except json.JSONDecodeError as error:
        raise ResultError(f"{path}, line {error.lineno}, column {error.colno}: not JSON ({error.msg}); "
                          f"{AGAIN}") from None
    except UnicodeDecodeError as error:
        raise ResultError(f"{path} is not a JSON file in UTF-8 ({error}); {AGAIN}") from None
    read = _Reader(path, "", document)
    schema = read.take("schema", (int,), "a number")
    if schema != SCHEMA:
        read.damaged(f"schema is {schema}, this program reads {SCHEMA}")
    return Verdicts(path, read.text("title"), read.text("baseline"), read.text("candidate"), read.text("headline"),
                    read.take("interrupted", (bool,), "true or false", False),
                    [" ".join(str(note).split()) for note in read.list("notes", [])], read.number("threshold", True),
                    [printable(str(part)) for part in read.list("common", [])],
                    [_cell(path, index, values) for index, values in enumerate(read.list("cells"))])

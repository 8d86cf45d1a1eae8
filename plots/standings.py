"""The table of one condition: a row for each transport and handover, best first."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Callable, Optional, Sequence

from . import style, units
from .data import Cell
from .findings import Condition

DASH = "–"
LENT = "Lent, nothing is copied: the time of the hand-over stands for a throughput; ranked among themselves by it"


@dataclass(frozen=True)
class Column:
    head: str
    text: bool = False


@dataclass(frozen=True)
class Value:
    text: str
    kind: str = ""  # of the CSS
    share: Optional[int] = None  # percent; a bar beside the figure


@dataclass(frozen=True)
class Row:
    label: str
    rank: str = DASH
    tied: bool = False
    cells: list[Value] = field(default_factory=list)
    reason: str = ""  # instead of figures


@dataclass(frozen=True)
class Group:
    heading: str
    rows: list[Row]


@dataclass(frozen=True)
class Table:
    place: str  # the condition
    caption: str  # what follows it
    columns: list[Column]
    groups: list[Group]

    @property
    def row_count(self) -> int:
        return sum(len(group.rows) for group in self.groups)


def _decimals(least: float) -> int:
    """So many that the least value shows three digits; at most three, at least none."""
    return min(3, max(0, 2 - math.floor(math.log10(least)))) if least > 0 else 0


def per(scale: float, values: Sequence[float]) -> Callable[[float], str]:
    """All of a column with as many decimals, so that they line up."""
    decimals = _decimals(min(values) / scale) if values else 0
    return lambda value: f"{value / scale:,.{decimals}f}"


def to(interval: Optional[tuple[float, float]], text: Callable[[float], str]) -> str:
    return f"{text(interval[0])} to {text(interval[1])}" if interval else DASH


def remark(cell: Cell) -> str:
    """What to bear in mind about a row."""
    parts = ["noisy"] if cell.noisy == 1 else []
    parts += [f"{cell.runs_disturbed} disturbed"] if cell.runs_disturbed else []
    parts += [f"{cell.runs_failed} failed"] if cell.runs_failed else []
    return ", ".join(parts)


@dataclass(frozen=True)
class Scale:
    """Of a column: a unit for its head, and how each of its values is written."""

    unit: str
    text: Callable[[float], str]

    def of(self, value: Optional[float]) -> str:
        return DASH if value is None else self.text(value)


def _scale(values: Sequence[float], choose: Callable[[list[float]], tuple[str, float]]) -> Scale:
    values = [value for value in values if value]
    unit, scale = choose(values) if values else ("", 1.0)
    return Scale(unit, per(scale, values))


@dataclass(frozen=True)
class Columns:
    """What is said of each cell, by columns whose figures line up."""

    rate: Scale
    handover: Scale
    total: Scale
    cpu: Optional[Scale]
    share_of: str  # the column with the per cent of the best

    @property
    def heads(self) -> list[Column]:
        columns = [Column("Rank"), Column("Transport", True),
                   Column(f"Throughput{f', {self.rate.unit}' if self.rate.unit else ''}"), Column("95 % CI"),
                   Column("of best"), Column("of memcpy"), Column(f"Total, {self.total.unit}"), Column("95 % CI"),
                   Column("Transfer’s share")]
        columns += [Column("CPU s per GB")] if self.cpu else []
        return columns + [Column("Runs"), Column("Remark", True)]

    def values(self, cell: Cell) -> list[Value]:
        percent = lambda share: units.percent(share) if share is not None and cell.kind == "transport" else DASH  # noqa: E731
        of_best, part = getattr(cell, self.share_of), cell.transfer_share_median
        is_timed = cell.kind != "calibration"
        found = [*self._speed(cell), Value(percent(of_best / 100 if of_best is not None else None)),
                 Value(percent(cell.share_of_one_copy_median if cell.of_memcpy else None)),
                 Value(self.total.of(cell.total_s_median if is_timed else None)),
                 Value(to(cell.total_interval if is_timed else None, self.total.text), "ci"),
                 Value(units.percent(part), "", round(100 * min(1.0, max(0.0, part)))) if part is not None and is_timed
                 else Value(DASH)]
        found += [Value(self.cpu.of(cell.cpu_s_per_gb_median))] if self.cpu else []
        return [*found, Value(f"{cell.runs_ok}" if cell.runs_ok is not None else DASH), Value(remark(cell), "text tag")]

    def _speed(self, cell: Cell) -> list[Value]:
        scale = self.handover if cell.lent else self.rate
        unit = f" {scale.unit}" if cell.lent else ""
        return [Value(f"{scale.text(cell.speed)}{unit}" if cell.rate else DASH), Value(to(cell.speed_interval, scale.text),
                                                                                       "ci")]


def _columns(condition: Condition, measured: Sequence[Cell]) -> Columns:
    least = lambda values: units.seconds_unit(min(values))  # noqa: E731
    cpu = [cell.cpu_s_per_gb_median for cell in measured if cell.kind == "transport"]
    return Columns(_scale([cell.rate for cell in measured if not cell.lent], units.rate_unit),
                   _scale([cell.speed for cell in measured if cell.lent], least),
                   _scale([cell.total_s_median for cell in measured if cell.kind != "calibration"], least),
                   _scale(cpu, lambda values: ("", 1.0)) if any(value is not None for value in cpu) else None,
                   f"{condition.by}_percent_of_best")


def of(condition: Condition) -> Table:
    order = condition.decisive
    handover = condition.orders["handover"].places if condition.by == "transfer" else []
    ranked = [place.cell for place in [*order.places, *handover]]
    # What moves nothing, a copy that has a total but no rate, and what lent without a time still have a row.
    unranked = [cell for cell in condition.cells if cell.ok and cell not in ranked]
    beside = [cell for cell in condition.beside if cell.ok]
    without = [cell for cell in condition.cells if not cell.ok]
    columns = _columns(condition, ranked + unranked + beside)
    placed = lambda places: [Row(place.cell.label, place.rank.rstrip("=") or DASH, place.rank.endswith("="),  # noqa: E731
                                 columns.values(place.cell)) for place in places]
    groups = [Group("", placed(order.places)), Group(LENT, placed(handover)),
              Group("Not ranked", [Row(cell.label, cells=columns.values(cell)) for cell in unranked]),
              Group("For comparison, no transports", [Row(cell.label, cells=columns.values(cell)) for cell in beside]),
              Group("Without a result", [Row(cell.label, reason=f"{cell.status if cell.status != 'ok' else 'no result'}: "
                                             f"{cell.reason or 'no reason recorded'}") for cell in without])]
    return Table(place(condition), _caption(condition), columns.heads, [group for group in groups if group.rows])


def place(condition: Condition) -> str:
    """'5M numbers in 4 files, 2 workers, barrier; 20 MB of payload'"""
    return f"{condition.text}; {style.payload(condition.cells[0])} of payload"


def _caption(condition: Condition) -> str:
    order = condition.decisive
    text = f"{order.verdict}."
    if len(order.places) < 2 or not order.proven:
        return text
    return f"{text} Sorted by the {condition.by}, compared in pairs. Rank 1 is shared by all that are not shown to be " \
        "slower than the best; what follows is slower than that one, but not always than its neighbours."

"""The table of one condition: a row for each transport and handover, best first."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Callable, Optional, Sequence

from . import style, units
from .data import Cell, Sweep, ranked
from .findings import Finding, of_condition

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


def _placed(rows: list[Cell], of: str) -> list[tuple[Cell, str, bool]]:
    """(cell, rank, shares it). Those that tie with the best share its rank and come first, although some of them may look
    slower than others that do not: they are known less well. Without an interval the order is all there is."""
    tied_with_best = f"{of}_tied_with_best"
    proven = len(rows) > 1 and getattr(rows[1], tied_with_best) is not None
    first = [cell for index, cell in enumerate(rows) if index == 0 or (proven and getattr(cell, tied_with_best) == 1)]
    rest = [cell for cell in rows if cell not in first]
    return [(cell, "1", len(first) > 1) for cell in first] + \
        [(cell, f"{index}", False) for index, cell in enumerate(rest, len(first) + 1)]


def of(sweep: Sweep, cells: Sequence[Cell]) -> Table:
    """`cells`: the transports of one condition, at least one."""
    finding = of_condition(sweep, cells)
    files, numbers, workers = cells[0].condition
    by_transfer = finding.by == "transfer"
    copied = ranked([cell for cell in cells if not cell.lent], "transfer") if by_transfer else ranked(list(cells), "total")
    lent = ranked([cell for cell in cells if cell.lent], "transfer") if by_transfer else []
    measured = copied + lent
    # A copy that has a total but no rate, and what lent without a time, still have a row.
    measured += [cell for cell in ranked(list(cells), "total") if cell not in measured]
    beside = [cell for cell in sweep.cells if cell.kind != "transport" and cell.ok and (cell.files, cell.numbers) ==
              (files, numbers) and cell.workers == (1 if cell.transport == "serial" else workers)]

    rates = [cell.rate for cell in measured + beside if cell.rate and not cell.lent]
    unit, scale = units.rate_unit(rates) if rates else ("", 1.0)
    rate = per(scale, rates)
    times = [cell.handover_s for cell in measured if cell.rate and cell.lent]
    time_unit, time_scale = units.seconds_unit(min(times)) if times else ("s", 1.0)
    handover = per(time_scale, times)
    totals = [cell.total_s_median for cell in measured + beside if cell.kind != "calibration"]
    total_unit, total_scale = units.seconds_unit(min(totals)) if totals else ("s", 1.0)
    total = per(total_scale, totals)
    with_cpu = any(cell.cpu_s_per_gb_median is not None for cell in measured)
    cpu = per(1.0, [cell.cpu_s_per_gb_median for cell in measured if cell.cpu_s_per_gb_median])
    share_of = "transfer_percent_of_best" if by_transfer else "total_percent_of_best"

    def values(cell: Cell) -> list[Value]:
        is_transport = cell.kind == "transport"
        if cell.lent:
            speed = [Value(f"{handover(cell.handover_s)} {time_unit}" if cell.rate else DASH),
                     Value(to(cell.handover_interval, handover), "ci")]
        else:
            speed = [Value(rate(cell.rate) if cell.rate else DASH), Value(to(cell.rate_interval, rate), "ci")]
        of_best, of_copy = getattr(cell, share_of), cell.share_of_one_copy_median
        part = cell.transfer_share_median
        found = [*speed, Value(units.percent(of_best / 100) if of_best is not None and is_transport else DASH),
                 Value(units.percent(of_copy) if of_copy is not None and is_transport else DASH)]
        if cell.kind == "calibration":
            found += [Value(DASH), Value(DASH, "ci"), Value(DASH)]
        else:
            found += [Value(total(cell.total_s_median)), Value(to(cell.total_interval, total), "ci"),
                      Value(units.percent(part), "", round(100 * min(1.0, max(0.0, part)))) if part is not None else
                      Value(DASH)]
        if with_cpu:
            found.append(Value(cpu(cell.cpu_s_per_gb_median) if cell.cpu_s_per_gb_median is not None else DASH))
        return [*found, Value(f"{cell.runs_ok}" if cell.runs_ok is not None else DASH), Value(remark(cell), "text tag")]

    def rows(group: list[Cell], of_what: str) -> list[Row]:
        return [Row(sweep.label(cell), number, tied, values(cell)) for cell, number, tied in _placed(group, of_what)]

    groups = [Group("", rows(copied, finding.by))] if copied else []
    if lent:
        groups.append(Group(LENT, rows(lent, "transfer")))
    unranked = [cell for cell in measured if cell not in copied and cell not in lent]
    if unranked:
        groups.append(Group("Not ranked", [Row(sweep.label(cell), cells=values(cell)) for cell in unranked]))
    if beside:
        groups.append(Group("For comparison, no transports", [Row(cell.transport, cells=values(cell)) for cell in beside]))
    without = [cell for cell in cells if not cell.ok]
    if without:
        groups.append(Group("Without a result", [
            Row(sweep.label(cell), reason=f"{cell.status if cell.status != 'ok' else 'no result'}: "
                f"{cell.reason or 'no reason recorded'}") for cell in without]))

    columns = [Column("Rank"), Column("Transport", True), Column(f"Throughput{f', {unit}' if unit else ''}"),
               Column("95 % CI"), Column("of best"), Column("of memcpy"), Column(f"Total, {total_unit}"),
               Column("95 % CI"), Column("Transfer’s share")]
    columns += [Column("CPU s per GB")] if with_cpu else []
    columns += [Column("Runs"), Column("Remark", True)]
    return Table(place(cells[0]), _caption(finding, copied), columns, groups)


def place(cell: Cell) -> str:
    """'20 MB of payload, 4 workers, 4 files'"""
    return f"{style.payload(cell)} of payload, {units.count(cell.workers, 'worker')}, {units.count(cell.files, 'file')}"


def _caption(finding: Finding, copied: list[Cell]) -> str:
    text = f"{finding.brief()}. "
    if len(copied) < 2:
        return text.rstrip()
    what = "transfer" if finding.by == "transfer" else "total"
    if getattr(copied[1], f"{what}_tied_with_best") is None:
        return text + "Too few runs for an interval: the order is that of the medians, and nothing is proven."
    return text + f"Sorted by the {what}, compared in pairs. Rank 1 is shared by all that are not shown to be slower than " \
        "the best; what follows is slower than that one, but not always than its neighbours."

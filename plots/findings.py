"""Who is best under which condition, in words: what the ranking columns say, and no more."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Optional, Sequence

from . import style, units
from .data import Cell, Ranking, Sweep, rank


@dataclass(frozen=True)
class Finding:
    """Of one condition. The texts are parts of a sentence; empty where there is nothing to say."""

    files: int
    numbers: int
    workers: int
    payload: str
    by: str  # "transfer" or "total"
    ranking: Optional[Ranking]
    who: str  # "pipe and fifo tie", "pipe is fastest"
    figure: str  # "3.31 GB/s"
    share: str  # "37 % of memcpy"
    ahead: str  # "1.3x the runner-up"

    def sentence(self) -> str:
        """'20 MB, 4 workers: pipe and fifo tie, 3.31 GB/s, 37 % of memcpy'"""
        return f"{self.payload}, {units.count(self.workers, 'worker')}: {self.brief()}"

    def brief(self) -> str:
        return ", ".join(part for part in (self.who, self.figure, self.ahead, self.share) if part)


def yardstick(cells: Iterable[Cell]) -> str:
    """Is the transfer what a condition is about? With the barrier it is measured on its own; when workers send while
    others still sort, and where nothing is moved, only the total can be compared."""
    return "transfer" if any(cell.transfer == "barrier" and not cell.lent and cell.rate for cell in cells) else "total"


def _who(sweep: Sweep, ranking: Ranking, by: str, measured: int, planned: int) -> str:
    name = sweep.label(ranking.best)
    if measured == 1:
        return f"{name} was measured alone" if planned == 1 else f"{name} alone has a result"
    if ranking.tied:
        names = [name] + [sweep.label(cell) for cell in ranking.tied]
        return f"all {measured} {'transports' if by == 'transfer' else 'ways'} tie" if len(names) == measured > 2 else \
            f"{style.join(names, 2)} tie"
    if not ranking.proven:
        return f"{name} is ahead{style.unproven(ranking)}"
    return f"{name} is fastest" if by == "transfer" else f"{name} finishes first"


def of_condition(sweep: Sweep, cells: Sequence[Cell]) -> Finding:
    """`cells`: the transports of one condition, at least one."""
    first = next((cell for cell in cells if cell.payload_bytes), cells[0])
    by = yardstick(cells)
    compared = [cell for cell in cells if not cell.lent] if by == "transfer" else list(cells)
    ranking = rank(compared, by)
    where = (first.files, first.numbers, first.workers, style.payload(first), by)
    if ranking is None:
        return Finding(*where, None, "nothing was measured", "", "", "")
    measured = sum(1 for cell in compared if (cell.rate if by == "transfer" else cell.ok))
    # Of several that tie the best figure that any of them has: medians may stand in another order than pairs do.
    tied = [ranking.best, *ranking.tied]
    best = max(tied, key=lambda cell: cell.rate) if by == "transfer" else min(tied, key=lambda cell: cell.total_s_median)
    figure = units.rate(best.rate) if by == "transfer" else f"{units.seconds(best.total_s_median)} in all"
    figure = f"up to {figure}" if by == "transfer" and ranking.tied else figure
    share = f"{units.percent(best.share_of_one_copy_median)} of memcpy" \
        if by == "transfer" and best.share_of_one_copy_median is not None else ""
    ahead = "" if ranking.tied or not ranking.proven or ranking.ratio is None else \
        f"the runner-up takes {units.ratio(ranking.ratio)} as long"
    return Finding(*where, ranking, _who(sweep, ranking, by, measured, len(compared)), figure, share, ahead)


def conditions(cells: Iterable[Cell]) -> list[list[Cell]]:
    """The transports' rows by condition, the largest first: numbers, then workers, then files."""
    found: dict[tuple[int, int, int], list[Cell]] = {}
    for cell in cells:
        if cell.kind == "transport":
            found.setdefault((cell.numbers, cell.workers, cell.files), []).append(cell)
    return [found[key] for key in sorted(found, reverse=True)]


def of_sweep(sweep: Sweep) -> list[Finding]:
    """One for each condition, the largest first."""
    return [of_condition(sweep, cells) for cells in conditions(sweep.transports())]


def leading(found: Sequence[Finding]) -> Optional[Finding]:
    """The largest condition that has a result."""
    return next((it for it in found if it.ranking), None)


def sentence(found: Sequence[Finding]) -> str:
    """The result in one line: the largest payload, and the smallest with as many workers and files."""
    first = leading(found)
    if first is None:
        return "no transport has a successful run in this sweep"
    text = first.sentence()
    alike = [it for it in found if it.ranking and (it.workers, it.files) == (first.workers, first.files)]
    if alike[-1] is not first:
        text += f"; {alike[-1].payload}: {alike[-1].brief()}"
    return text


@dataclass(frozen=True)
class Standing:
    """A row of overall.csv."""

    transport: str
    ratio: float
    low: float
    high: float
    conditions: int
    blocks: int


def read_overall(path: Path) -> tuple[list[Standing], str]:
    """(rows, what is wrong with the file). A sweep may have nothing to say there: no file, no rows."""
    if not path.exists():
        return [], ""
    try:
        with open(path, newline="", encoding="utf-8") as stream:
            return [Standing(" ".join(row["transport"].split()), float(row["ratio_to_leader"]),
                             float(row["ratio_to_leader_ci_low"]), float(row["ratio_to_leader_ci_high"]),
                             int(row["conditions"]), int(row["blocks"]))
                    for row in csv.DictReader(stream, strict=True)], ""
    except OSError as error:
        what = error.strerror
    except KeyError as error:
        what = f"no column {error}"
    except (csv.Error, TypeError, ValueError, AttributeError) as error:  # what is not there, or no number
        what = str(error)
    return [], f"{path.name}: {what}; the standing over all conditions is left out"


def overall(standings: Sequence[Standing]) -> str:
    """All conditions together, in one sentence."""
    if len(standings) < 2:
        return ""
    leader, rest = standings[0], standings[1:]
    close = [it for it in rest if it.low <= 1]
    apart = [it for it in rest if it.low > 1]
    with_interval = lambda it: f"{it.transport} takes {units.exact_ratio(it.ratio)} as long (95 % interval " \
        f"{units.exact_ratio(it.low)} to {units.exact_ratio(it.high)})"  # noqa: E731
    text = f"Over all {units.count(leader.conditions, 'condition')} together " \
           f"({units.count(leader.blocks, 'block')}, geometric mean of the time) "
    text += f"{style.join([leader.transport, *(it.transport for it in close)])} tie" if close else \
        f"{leader.transport} leads"
    if apart:
        text += f"; {with_interval(apart[0])}"
        if len(apart) > 1:
            text += f", the slowest, {apart[-1].transport}, {units.exact_ratio(apart[-1].ratio)}"
    return text + "."

"""The page that sets several sweeps side by side: what differs between them, who is best in each, and all figures of the
conditions that they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Optional, Sequence

from . import facts, standings, units
from .data import Cell, Sweep
from .findings import Condition, SideBySide
from .page import Drawing, charts, comparison, could_not_read, only_files, provenance, render, source, troubles, unread
from .verdicts import Verdicts

ROWS_MAX = 900


def names(sweeps: Sequence[Sweep], found: SideBySide) -> list[str]:
    """'A reference'"""
    return [f"{letter} {facts.name_of(sweep.directory)}" for letter, sweep in zip(found.letters, sweeps)]


def _results(sweeps: Sequence[Sweep], found: SideBySide) -> dict[str, Any]:
    rows = []
    for letter, sweep in zip(found.letters, sweeps):
        commit = facts.text(sweep.about("git", "commit"))[:12]
        fields = [facts.text(sweep.about("machine", "cpu")), facts.text(sweep.about("machine", "cores")),
                  facts.text(sweep.about("version")),
                  f"{commit}{' with local changes' if commit and sweep.about('git', 'dirty') else ''}",
                  facts.text(sweep.about("compiler")), facts.text(sweep.about("machine", "kernel")),
                  facts.when(sweep.about("started_utc")) + (", not finished" if facts.unfinished(sweep) else "")]
        rows.append(dict(letter=letter, name=facts.name_of(sweep.directory),
                         fields=[field or "not known" for field in fields]))
    return dict(id="results", title="The results", template="results.html.j2", rows=rows,
                heads=["Machine", "Cores", "Version", "Commit", "Compiler", "Kernel", "Begun"],
                differences=found.differences)


def _answers(sweeps: Sequence[Sweep], found: SideBySide) -> dict[str, Any]:
    rows = [dict(letter=letter, name=facts.name_of(sweep.directory), sentence=sweep.findings.headline,
                 overall=sweep.findings.overall) for letter, sweep in zip(found.letters, sweeps)]
    return dict(id="best", title="Who is best in each", template="answers.html.j2", rows=rows)


@dataclass(frozen=True)
class Figures:
    """One condition by results: the throughput, or, where none is measured on its own, the total."""

    by: str
    conditions: list[Condition]

    def of(self, condition: Condition) -> dict[str, Cell]:
        return {cell.label: cell for cell in condition.cells if self.by == "total" or not cell.lent}

    def value(self, cell: Optional[Cell]) -> Optional[float]:
        if cell is None or not cell.ok:
            return None
        return cell.rate if self.by == "transfer" else cell.total_s_median

    def entry(self, condition: Condition, label: str, text: Callable[[float], str]) -> dict[str, str]:
        cell, winners = self.of(condition).get(label), condition.orders[self.by].winners
        if not self.value(cell):
            state = "not in it" if cell is None else cell.status if cell.status != "ok" else "no result"
            return dict(text=state, ci="", best="")
        interval = cell.speed_interval if self.by == "transfer" else cell.total_interval
        return dict(text=text(self.value(cell)), ci=standings.to(interval, text),
                    best="" if cell not in winners else "tie" if len(winners) > 1 else "best")

    def labels(self) -> list[str]:
        """By the first result that has a figure for it, best first."""
        sign = -1 if self.by == "transfer" else 1

        def order(label: str) -> tuple:
            values = [self.value(self.of(condition).get(label)) for condition in self.conditions]
            return tuple((value is None, sign * (value or 0)) for value in values) + (label,)

        return sorted({label for condition in self.conditions for label in self.of(condition)}, key=order)


def _table(figures: Figures, heads: list[str]) -> dict[str, Any]:
    values = [value for condition in figures.conditions for cell in figures.of(condition).values()
              if (value := figures.value(cell))]
    unit, scale = units.rate_unit(values) if figures.by == "transfer" else units.seconds_unit(min(values))
    text = standings.per(scale, values)
    rows = [dict(label=label, cells=[figures.entry(condition, label, text) for condition in figures.conditions])
            for label in figures.labels()]
    what = f"Throughput in {unit}, higher is better" if figures.by == "transfer" else f"Total time in {unit}, lower is better"
    return dict(caption=f"{standings.place(figures.conditions[0])}. {what}; medians, in brackets their 95 % intervals. "
                "Marked and in bold: the best of its column, or what ties with it.", rows=rows, heads=heads)


def _figures(sweeps: Sequence[Sweep], found: SideBySide) -> dict[str, Any]:
    tables, count = [], 0
    for by, conditions in found.common:
        table = _table(Figures(by, conditions), names(sweeps, found))
        count += len(table["rows"]) * len(sweeps)
        if tables and count > ROWS_MAX:
            break
        tables.append(table)
    left_out = len(found.common) - len(tables)
    return dict(id="figures", title="All transports in the conditions they share", template="side_figures.html.j2",
                tables=tables, left_out=f"{units.count(left_out, 'smaller condition')} left out for lack of space: see "
                "summary.csv." if left_out else "")


def _problems(sweeps: Sequence[Sweep], letters: Sequence[str]) -> dict[str, Any]:
    found = [troubles(sweep) for sweep in sweeps]
    return dict(id="problems", title="Skipped, failed, uncertain", template="problems.html.j2",
                sentences=[f"{letter}: {' '.join(sentences)}" for letter, (sentences, _) in zip(letters, found)],
                lines=[f"{letter}: {line}" for letter, (_, lines) in zip(letters, found) for line in lines])


def page(sweeps: Sequence[Sweep], found: SideBySide, drawing: Drawing, verdicts: Optional[Verdicts]) -> tuple[bytes, str]:
    """(the page, its verdict in a sentence)"""
    alerts = ["Two sessions differ by more than most changes do, also on one machine: a difference between results is a "
              "hint, not a verdict. For a verdict compare two programs in turn (ipcsort ab)."]
    alerts += [f"{letter} is not finished: its figures are from the rows that it has so far."
               for letter, sweep in zip(found.letters, sweeps) if facts.unfinished(sweep)]
    damage = [f"{letter}: {line}" for letter, sweep in zip(found.letters, sweeps) for line in could_not_read(sweep)]
    titles = names(sweeps, found)
    sources = [source(sweep, name) for sweep, name in zip(sweeps, titles)]
    if verdicts:
        sources.append(only_files(verdicts.path.parent, (verdicts.path.name,), "the verdicts"))
    body = [_results(sweeps, found), comparison(verdicts, drawing, verdicts.headline) if verdicts else None,
            _answers(sweeps, found), _figures(sweeps, found), charts(drawing.of(False)), _problems(sweeps, found.letters),
            unread(damage), provenance(sources)]
    return render("ipcsort side by side", found.headline, ["ipcsort report", *titles], [], alerts, body, drawing), \
        found.headline

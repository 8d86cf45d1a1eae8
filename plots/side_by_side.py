"""The page that sets several sweeps side by side: what differs between them, who is best in each, and all figures of the
conditions that they share."""

from __future__ import annotations

import string
from typing import Any, Callable, Optional, Sequence

from . import facts, findings, standings, style, units
from .data import Cell, Sweep, rank
from .page import (COLUMNS, Drawing, charts, comparison, could_not_read, only_files, provenance, render, source, troubles,
                   unread)
from .verdicts import Verdicts

# Options of a plan that say nothing about what was measured.
ASIDE = ("output", "data-seed", "cache-limit", "deadline")
ROWS_MAX = 900


def letter(index: int) -> str:
    """A, B ... Z, A2, B2 ..."""
    turn = index // len(string.ascii_uppercase)
    return string.ascii_uppercase[index % len(string.ascii_uppercase)] + (f"{turn + 1}" if turn else "")


def names(sweeps: Sequence[Sweep]) -> list[str]:
    """'A reference'"""
    return [f"{letter(index)} {facts.name_of(sweep.directory)}" for index, sweep in enumerate(sweeps)]


def _facts(sweep: Sweep) -> dict[str, str]:
    """What two results may differ in, by name; in the order of the page."""
    found = {name: value for name, value in facts.machine(sweep) if name != "Fingerprint"}
    found |= {name: value for name, value in facts.program(sweep) if name not in ("Started", "Finished")}
    return found | {f"--{name}": value for name, value in facts.plan(sweep).items() if name not in ASIDE}


def differences(sweeps: Sequence[Sweep]) -> list[str]:
    """'Kernel: A Linux 6.1; B and C Linux 6.18', a line for each fact that is not the same everywhere."""
    known = [_facts(sweep) for sweep in sweeps]
    lines = []
    for name in dict.fromkeys(name for each in known for name in each):
        having: dict[str, list[str]] = {}
        for index, each in enumerate(known):
            having.setdefault(each.get(name, "not known"), []).append(letter(index))
        if len(having) > 1:
            parts = (f"{style.join(letters, 26)} {value}" for value, letters in having.items())
            lines.append(f"{name}: {'; '.join(parts)}")
    return lines


def _results(sweeps: Sequence[Sweep]) -> dict[str, Any]:
    rows = []
    for index, sweep in enumerate(sweeps):
        commit = facts.text(sweep.about("git", "commit"))[:12]
        fields = [facts.text(sweep.about("machine", "cpu")), facts.text(sweep.about("machine", "cores")),
                  facts.text(sweep.about("version")),
                  f"{commit}{' with local changes' if commit and sweep.about('git', 'dirty') else ''}",
                  facts.text(sweep.about("compiler")), facts.text(sweep.about("machine", "kernel")),
                  facts.when(sweep.about("started_utc")) + (", not finished" if facts.unfinished(sweep) else "")]
        rows.append(dict(letter=letter(index), name=facts.name_of(sweep.directory),
                         fields=[field or "not known" for field in fields]))
    return dict(id="results", title="The results", template="results.html.j2", rows=rows,
                heads=["Machine", "Cores", "Version", "Commit", "Compiler", "Kernel", "Begun"],
                differences=differences(sweeps))


def _answers(sweeps: Sequence[Sweep]) -> dict[str, Any]:
    rows = []
    for index, sweep in enumerate(sweeps):
        found = findings.of_sweep(sweep)
        standing, _ = findings.read_overall(sweep.directory / "overall.csv")
        rows.append(dict(letter=letter(index), name=facts.name_of(sweep.directory), sentence=findings.sentence(found),
                         overall=findings.overall(standing)))
    return dict(id="best", title="Who is best in each", template="answers.html.j2", rows=rows)


def common(sweeps: Sequence[Sweep]) -> list[tuple[int, int, int]]:
    """The conditions (numbers, workers, files) for which every sweep has a result, the largest first."""
    sets = [{(cell.numbers, cell.workers, cell.files) for cell in sweep.transports() if cell.ok} for sweep in sweeps]
    return sorted(set.intersection(*sets), reverse=True)


def _best(cells: Sequence[Cell], by: str) -> set[Cell]:
    """The best of one result and those that tie with it; by the total, all; otherwise those that copy."""
    found = rank([cell for cell in cells if by == "total" or not cell.lent], by)
    return set([found.best, *found.tied]) if found else set()


def _table(sweeps: Sequence[Sweep], condition: tuple[int, int, int]) -> dict[str, Any]:
    """Transports by results: the throughput, or, where none is measured on its own, the total."""
    numbers, workers, files = condition
    per_sweep = [sweep.at(files, numbers, workers, "transport") for sweep in sweeps]
    by = "transfer" if all(findings.yardstick(cells) == "transfer" for cells in per_sweep) else "total"
    shown = [[cell for cell in cells if by == "total" or not cell.lent] for cells in per_sweep]
    label_of = [{sweep.label(cell): cell for cell in cells} for sweep, cells in zip(sweeps, shown)]
    best = [_best(cells, by) for cells in per_sweep]
    value: Callable[[Cell], Optional[float]] = lambda cell: cell.rate if by == "transfer" else cell.total_s_median
    interval = lambda cell: cell.rate_interval if by == "transfer" else cell.total_interval  # noqa: E731
    values = [value(cell) for cells in shown for cell in cells if cell.ok and value(cell)]
    unit, scale = units.rate_unit(values) if by == "transfer" else units.seconds_unit(min(values))
    text = standings.per(scale, values)

    def order(label: str) -> tuple:
        """By the first result that has a figure for it, best first."""
        figures = [value(found[label]) if label in found and found[label].ok else None for found in label_of]
        sign = -1 if by == "transfer" else 1
        return tuple((figure is None, sign * (figure or 0)) for figure in figures) + (label,)

    rows = []
    for label in sorted({label for found in label_of for label in found}, key=order):
        cells = []
        for index, found in enumerate(label_of):
            cell = found.get(label)
            if cell is None or not cell.ok or not value(cell):
                cells.append(dict(text="not in it" if cell is None else cell.status if cell.status != "ok" else "no result",
                                  ci="", best=""))
                continue
            word = "" if cell not in best[index] else "tie" if len(best[index]) > 1 else "best"
            cells.append(dict(text=text(value(cell)), best=word, ci=standings.to(interval(cell), text)))
        rows.append(dict(label=label, cells=cells))
    first = next(cell for cell in per_sweep[0] if cell.ok)
    what = f"Throughput in {unit}, higher is better" if by == "transfer" else f"Total time in {unit}, lower is better"
    return dict(caption=f"{standings.place(first)}. {what}; medians, in brackets their 95 % intervals. Marked and in bold: "
                "the best of its column, or what ties with it.",
                rows=rows, heads=names(sweeps))


def _figures(sweeps: Sequence[Sweep]) -> dict[str, Any]:
    conditions = common(sweeps)
    tables, count = [], 0
    for condition in conditions:
        table = _table(sweeps, condition)
        count += len(table["rows"]) * len(sweeps)
        if tables and count > ROWS_MAX:
            break
        tables.append(table)
    left_out = len(conditions) - len(tables)
    return dict(id="figures", title="All transports in the conditions they share", template="side_figures.html.j2",
                tables=tables, left_out=f"{units.count(left_out, 'smaller condition')} left out for lack of space: see "
                "summary.csv." if left_out else "")


def _problems(sweeps: Sequence[Sweep]) -> dict[str, Any]:
    found = [troubles(sweep) for sweep in sweeps]
    return dict(id="problems", title="Skipped, failed, uncertain", template="problems.html.j2",
                sentences=[f"{letter(index)}: {' '.join(sentences)}" for index, (sentences, _) in enumerate(found)],
                lines=[f"{letter(index)}: {line}" for index, (_, lines) in enumerate(found) for line in lines])


def page(sweeps: Sequence[Sweep], drawing: Drawing, verdicts: Optional[Verdicts]) -> tuple[bytes, str]:
    """(the page, its verdict in a sentence)"""
    shared = common(sweeps)
    firsts = [findings.leading(findings.of_sweep(sweep)) for sweep in sweeps]
    headline = f"{len(sweeps)} results side by side: {_headline(sweeps, shared)}"
    alerts = ["Two sessions differ by more than most changes do, also on one machine: a difference between results is a "
              "hint, not a verdict. For a verdict compare two programs in turn (ipcsort ab)."]
    alerts += [f"{letter(index)} is not finished: its figures are from the rows that it has so far."
               for index, sweep in enumerate(sweeps) if facts.unfinished(sweep)]
    alerts += [f"{letter(index)}: no transport has a successful run." for index, first in enumerate(firsts) if not first]
    damage = [f"{letter(index)}: {line}" for index, sweep in enumerate(sweeps) for line in could_not_read(sweep)]
    sources = [source(sweep, name) for sweep, name in zip(sweeps, names(sweeps))]
    if verdicts:
        sources.append(only_files(verdicts.path.parent, (verdicts.path.name,), "the verdicts"))
    body = [_results(sweeps), comparison(verdicts, drawing, verdicts.headline) if verdicts else None, _answers(sweeps),
            _figures(sweeps), charts(drawing.of([chart for chart in COLUMNS if chart != "forest"])), _problems(sweeps),
            unread(damage), provenance(sources)]
    return render("ipcsort side by side", headline, ["ipcsort report", *names(sweeps)], [], alerts, body, drawing), headline


def _headline(sweeps: Sequence[Sweep], shared: Sequence[tuple[int, int, int]]) -> str:
    """Is the same transport best in all of them, at the largest condition they share?"""
    if not shared:
        return "no condition has a result in all of them"
    numbers, workers, files = shared[0]
    found = [findings.of_condition(sweep, sweep.at(files, numbers, workers, "transport")) for sweep in sweeps]
    where = f"with {units.count(workers, 'worker')} and {found[0].payload}"
    labels = [{sweep.label(it.ranking.best)} | {sweep.label(cell) for cell in it.ranking.tied}
              for sweep, it in zip(sweeps, found)]
    first = found[0].ranking
    in_all = [sweeps[0].label(cell) for cell in [first.best, *first.tied]
              if all(sweeps[0].label(cell) in each for each in labels)]
    figures = "; ".join(f"{letter(index)}: {it.figure}" for index, it in enumerate(found))
    if in_all:
        return f"{where}, {style.join(in_all, 2)} {'is' if len(in_all) == 1 else 'are'} best or tied in all ({figures})"
    return f"{where}, " + "; ".join(f"{letter(index)}: {it.brief()}" for index, it in enumerate(found))

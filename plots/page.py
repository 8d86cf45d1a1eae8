"""report.html: what is said where. The words come from the modules beside this one, the form from templates/."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Sequence

import jinja2
from markupsafe import Markup, escape

from . import facts, fonts, standings, style, units
from .charts import CHARTS
from .data import Sweep
from .findings import Condition
from .micro import Micro
from .verdicts import Verdicts

ROWS_MAX = 900  # in folded tables: with more of them the page would grow beyond what a mail may carry
LINES_MAX = 200  # of cells without a result
DAMAGE_MAX = 20
FILES_CAPTION = "What this page was made from and what lies beside it, with size and digest"


@dataclass(frozen=True)
class Chart:
    name: str
    title: str
    picture: str  # SVG
    data: str  # where its figures are


@dataclass(frozen=True)
class Drawing:
    """What became of the charts."""

    charts: list[Chart]
    undrawn: list[tuple[str, str]]  # name, why not

    def of(self, *sections: str) -> "Drawing":
        """The charts of these kinds, which stand in sections of their own; without a kind all others."""
        kind_of = {chart.name: chart.kind for chart in CHARTS}
        here = lambda name, apart: kind_of[name] in sections if sections else kind_of[name] not in apart  # noqa: E731
        # What of the orders could not be drawn has no section.
        return Drawing([chart for chart in self.charts if here(chart.name, ("verdicts", "orders"))],
                       [(name, why) for name, why in self.undrawn if here(name, ("verdicts",))])


def _glued(value: Any) -> Any:
    """No line ends between a figure and its unit. What is markup, or to be copied, stays as it is."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return style.GLUED.sub("\N{NO-BREAK SPACE}", value)


def render(name: str, headline: str, origin: Sequence[str], lead: Sequence[str], alerts: Sequence[str],
           sections: Sequence[Optional[dict[str, Any]]], drawing: Drawing) -> bytes:
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True,
                                     trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
                                     finalize=_glued)
    return environment.get_template("layout.html.j2").render(
        name=name, headline=headline, origin=[part for part in origin if part], lead=[part for part in lead if part],
        alerts=[part for part in alerts if part], sections=[section for section in sections if section],
        fonts=Markup(fonts.rules(chart.picture for chart in drawing.charts))).encode()


# ---- sections ----

def answer(sweep: Sweep) -> Optional[dict[str, Any]]:
    first = next((it for it in sweep.conditions if it.ok), None)
    if not first:
        return None
    files = first.cells[0].files
    usual = [it for it in sweep.conditions if it.cells[0].files == files]
    caption = "The best transport by worker count and payload; ‘of memcpy’ is its share of what a plain memcpy " \
        "reached there." if {it.by for it in sweep.conditions} == {"transfer"} else "The best by worker count and payload. " \
        "‘In all’: the transfer was not measured on its own, so the total time is compared."
    return dict(id="best", title="Who is best where", template="answer.html.j2", caption=caption,
                with_files=len(usual) < len(sweep.conditions), groups=_by_workers(usual),
                more=_by_workers([it for it in sweep.conditions if it.cells[0].files != files]),
                notes=[sweep.findings.floor] + style.setting_note(sweep) + [_of_others(sweep, conditions) for conditions in sweep.others])


def _by_workers(found: Sequence[Condition]) -> list[dict[str, Any]]:
    counts = sorted({it.cells[0].workers for it in found}, reverse=True)
    return [dict(heading=units.count(workers, "worker"),
                 findings=[dict(payload=style.payload(it.cells[0]), files=it.cells[0].files, order=it.decisive)
                           for it in found if it.cells[0].workers == workers]) for workers in counts]


def _of_others(sweep: Sweep, conditions: Sequence[Condition]) -> str:
    """A sweep may hold several pipelines. The page shows the one with the most results; of the others, who is best."""
    first = next((it for it in conditions if it.ok), None)
    beside = any(it in (both.first, both.steady) for both in sweep.findings.two_orders for it in conditions)
    where = "only the section on the first time shows" if beside else "the rest of this page does not show"
    return f"With {style.join(sweep.differs(conditions), 7)}, which {where}: " \
        f"{first.sentence if first else 'nothing was measured.'}"


def conditions(sweep: Sweep) -> Optional[dict[str, Any]]:
    if not sweep.conditions:
        return None
    # As the headline: the largest condition that has a result.
    first = next((it for it in sweep.conditions if it.ok), sweep.conditions[0])
    rest = [it for it in sweep.conditions if it is not first]
    more: list[standings.Table] = []
    for condition in rest:
        table = standings.of(condition)
        if sum(it.row_count for it in more) + table.row_count > ROWS_MAX:
            break
        more.append(table)
    left_out = f"{units.count(len(rest) - len(more), 'smaller condition')} left out for lack of space: see summary.csv." \
        if len(rest) > len(more) else ""
    return dict(id="transports", title=f"All transports at {style.payload(first.cells[0])}, "
                f"{units.count(first.cells[0].workers, 'worker')}", template="conditions.html.j2",
                first=standings.of(first), more=more, left_out=left_out,
                more_summary=f"The same for {units.count(len(more), 'other condition')}")


def two_orders(sweep: Sweep, drawing: Drawing) -> Optional[dict[str, Any]]:
    """What is sent once beside what is sent again and again."""
    found, own = sweep.findings.two_orders, drawing.of("orders")
    if not own.charts:
        return None
    place = lambda both: f"{style.payload(both.first.cells[0])}, {units.count(both.first.cells[0].workers, 'worker')}"  # noqa: E731
    return dict(charts(own), id="orders", title="The first time, and in steady flow", template="orders.html.j2", why=f"{found[0].why} {found[0].faults}",
                more=[f"{place(both)}: {both.title}. {both.faults}" for both in found[1:]])


def charts(drawing: Drawing) -> Optional[dict[str, Any]]:
    if not drawing.charts and not drawing.undrawn:
        return None
    return dict(id="charts", title="Charts", template="charts.html.j2",
                speak_of_black=any(re.search("[bB]lack =", chart.picture) for chart in drawing.charts),
                charts=[dict(name=chart.name, title=chart.title, picture=Markup(chart.picture),
                             hint=f"Data: {chart.data}.") for chart in drawing.charts],
                undrawn=[f"{name}: {why}." for name, why in drawing.undrawn])


def problems(sweep: Sweep) -> dict[str, Any]:
    sentences, lines = troubles(sweep)
    return dict(id="problems", title="Skipped, failed, uncertain", template="problems.html.j2", sentences=sentences,
                lines=lines)


def troubles(sweep: Sweep) -> tuple[list[str], list[str]]:
    """(what to bear in mind, a sentence each; a line for each cell that failed or was skipped)"""
    lines, of_all = sweep.findings.troubles, f"{sweep.rows:,} cells"
    count = f"{units.count(len(lines), 'cell')} of {sweep.rows:,} skipped or failed." if lines else \
        f"All {of_all} have a result."
    if len(lines) > LINES_MAX:
        lines = lines[:LINES_MAX] + [f"and {len(lines) - LINES_MAX:,} more such lines: see summary.csv"]
    return [count, *sweep.findings.reservations], lines


def unread(lines: Sequence[str]) -> Optional[dict[str, Any]]:
    lines = list(lines)
    if not lines:
        return None
    if len(lines) > DAMAGE_MAX:
        lines = lines[:DAMAGE_MAX] + [f"and {len(lines) - DAMAGE_MAX:,} more such lines"]
    return dict(id="unread", title="What could not be read", template="problems.html.j2",
                sentences=["The rest of the page holds without it."], lines=lines)


def could_not_read(sweep: Sweep) -> list[str]:
    lines = list(sweep.damage)
    if sweep.meta_problem:
        lines.append(sweep.meta_problem.replace(f"{sweep.directory}/", "") + ": machine, program and plan are unknown")
    if sweep.lacks:
        columns = sorted(sweep.lacks)
        lines.append(f"summary.csv has no {'column' if len(columns) == 1 else 'columns'} {', '.join(columns)}: another "
                     "version of ipcsort wrote it; 'ipcsort report' makes it anew")
    return lines


def method(sweep: Sweep) -> dict[str, Any]:
    return dict(id="method", title="How it was measured", template="method.html.j2", sentences=facts.method(sweep),
                options=sorted(facts.plan(sweep).items()))


def provenance(sources: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return dict(id="provenance", title="Machine, program, data", template="provenance.html.j2", sources=sources)


def source(known: Sweep | Micro, name: str = "") -> dict[str, Any]:
    """`name`: where there are several."""
    return dict(name=name, machine=facts.machine(known), warnings=facts.warnings(known), program=facts.program(known),
                command=escape(facts.command(known)), files=facts.files(known.directory),
                caption=FILES_CAPTION)


def only_files(directory: Path, names: Sequence[str], of: str) -> dict[str, Any]:
    return dict(name=of, machine=[], warnings=[], program=[], command="", files=facts.files(directory, names),
                caption=FILES_CAPTION)


# ---- pages ----

def of_sweep(sweep: Sweep, micro: Optional[Micro], drawing: Drawing, verdicts: Optional[Verdicts]) -> tuple[bytes, str]:
    """(the page, its verdict in a sentence)"""
    headline = sweep.findings.headline
    machine = facts.text(sweep.about("machine", "cpu")) or "machine unknown"
    cores = style.cores(sweep)
    alerts = []
    if facts.unfinished(sweep):
        alerts.append(f"This sweep is not finished: what follows is from the {sweep.rows:,} cells that it has so "
                      "far. The same command takes it up where it stopped.")
    unreadable = could_not_read(sweep) + (micro.damage if micro else [])
    sources = [source(sweep)]
    if micro and micro.directory.resolve() != sweep.directory.resolve():
        sources[0] = source(sweep, f"The sweep: {facts.name_of(sweep.directory)}")
        sources.append(source(micro, f"The messages: {facts.name_of(micro.directory)}"))
        alerts += facts.not_alike(sweep, micro)
    if verdicts:
        sources.append(only_files(verdicts.path.parent, (verdicts.path.name,), "the verdicts"))
    body = [answer(sweep), two_orders(sweep, drawing), conditions(sweep),
            charts(drawing.of()),
            comparison(verdicts, drawing, verdicts.headline) if verdicts else None, problems(sweep), unread(unreadable),
            method(sweep), provenance(sources)]
    origin = ["ipcsort report", facts.name_of(sweep.directory),
              machine + (f", {units.count(cores, 'core')}" if cores else ""), facts.when(sweep.about("started_utc"))]
    return render(f"ipcsort {facts.name_of(sweep.directory)}", sweep.findings.title, origin,
                  [headline, sweep.findings.overall], alerts, body,
                  drawing), headline


def comparison(verdicts: Verdicts, drawing: Drawing, headline: str = "") -> dict[str, Any]:
    """The section with the verdicts of ab or compare; with its headline, where the page has another."""
    section = charts(drawing.of("verdicts")) or dict(charts=[], undrawn=[], speak_of_black=False)
    return dict(section, id="verdicts", title="Verdicts", template="verdicts.html.j2", headline=headline,
                notes=verdicts.notes, baseline=verdicts.baseline, candidate=verdicts.candidate,
                interrupted=verdicts.interrupted, counted=f"{verdicts.counted.capitalize()}s", rows=[_verdict_row(cell) for cell in verdicts.cells])


def _verdict_row(cell) -> dict[str, Any]:
    change = lambda ratio: f"{100 * (ratio - 1):+.1f} %".replace("-", "−")  # noqa: E731
    interval = cell.interval
    return dict(cell=cell.cell, metric=cell.metric, verdict=cell.verdict,
                change=change(cell.ratio) if cell.ratio is not None else standings.DASH,
                interval=f"{change(interval[0])} to {change(interval[1])}" if interval else standings.DASH,
                detectable=units.percent(cell.detectable_effect) if cell.detectable_effect is not None else standings.DASH,
                pairs=cell.pairs or standings.DASH,
                baseline=units.seconds(cell.baseline_s) if cell.baseline_s is not None else standings.DASH,
                candidate=units.seconds(cell.candidate_s) if cell.candidate_s is not None else standings.DASH,
                reason=cell.reason)


def of_verdicts(verdicts: Verdicts, drawing: Drawing) -> tuple[bytes, str]:
    sources = [only_files(verdicts.path.parent, (verdicts.path.name,), "the verdicts")]
    alerts = ["The comparison was interrupted: cells that were not decided by then are inconclusive."] \
        if verdicts.interrupted else []
    page = render(verdicts.title, verdicts.headline, ["ipcsort report", verdicts.title,
                  f"{verdicts.baseline} against {verdicts.candidate}"], [], alerts,
                  [comparison(verdicts, drawing), provenance(sources)], drawing)
    return page, verdicts.headline


def of_micro(micro: Micro, drawing: Drawing, verdicts: Optional[Verdicts]) -> tuple[bytes, str]:
    """Message figures without a sweep."""
    messages = drawing.of()
    headline = messages.charts[0].title if messages.charts else "No transport has figures for single messages"
    name = facts.name_of(micro.directory)
    sources = [source(micro)]
    if verdicts:
        sources.append(only_files(verdicts.path.parent, (verdicts.path.name,), "the verdicts"))
    body = [charts(messages), comparison(verdicts, drawing, verdicts.headline) if verdicts else None,
            unread(micro.damage), provenance(sources)]
    origin = ["ipcsort report", name, facts.text(micro.about("machine", "cpu")), facts.when(micro.about("started_utc"))]
    return render(f"ipcsort {name}", headline, origin, [], [], body, drawing), headline

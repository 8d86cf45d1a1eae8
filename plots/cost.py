"""What a gigabyte costs besides time: CPU seconds, context switches and page faults, a panel of dots each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from matplotlib.ticker import MaxNLocator

from . import style, units
from .data import Cell, Sweep, rank

ROW, ROW_CROWDED = 0.3, 0.24  # inches
FLOOR = "null"  # what it costs to move nothing
LOG_FROM = 20  # the largest over the smallest


@dataclass(frozen=True)
class Measure:
    column: str
    heading: str
    unit: str

    def value(self, cell: Cell) -> Optional[float]:
        return getattr(cell, f"{self.column}_median")

    def interval(self, cell: Cell) -> Optional[tuple[float, float]]:
        low, high = getattr(cell, f"{self.column}_ci_low"), getattr(cell, f"{self.column}_ci_high")
        return (low, high) if low is not None and high is not None and low <= high else None


CPU = Measure("cpu_s_per_gb", "CPU time per GB", "CPU-s")
MEASURES = (CPU, Measure("context_switches_per_gb", "Context switches per GB", "switches"),
            Measure("faults_per_gb", "Page faults per GB", "faults"))


def _meet(one: Optional[tuple[float, float]], other: Optional[tuple[float, float]]) -> bool:
    return bool(one and other) and one[0] <= other[1] and other[0] <= one[1]


def title(sweep: Sweep, cells: list[Cell]) -> str:
    """The cheapest by CPU time, and what the one with the fastest transfer costs compared with it. What moves nothing
    is no competitor; `cells` are of one condition, the cheapest first."""
    real = [cell for cell in cells if cell.transport != FLOOR] or cells
    best, cost = real[0], CPU.value(real[0])
    figure = f"{units.number(cost)} CPU-s per GB"
    name = sweep.label(best)
    if len(real) == 1:
        return f"{name} costs {figure}"
    proven = all(CPU.interval(cell) for cell in real)
    tied = [cell for cell in real[1:] if proven and _meet(CPU.interval(best), CPU.interval(cell))]
    names = [name] + [sweep.label(cell) for cell in tied]
    who = f"All {len(real)} transports" if len(names) == len(real) > 2 else \
        style.join(names) if len(names) < 5 else f"{len(names)} of {len(real)} transports"
    text = f"{who} cost least CPU time and are not told apart: {figure}" if tied else \
        f"{name} costs least CPU time: {figure}" + ("" if proven else style.unproven_runs(best))
    ranking = rank([cell for cell in cells if not cell.lent], "transfer")
    fastest = ranking.best if ranking else None
    if fastest is None or CPU.value(fastest) is None or len(names) == len(real):
        return text
    among = f"{sweep.label(fastest)}, with the fastest transfer" if not ranking.tied else \
        f"{sweep.label(fastest)}, one of {len(ranking.tied) + 1} with the fastest transfer"
    if fastest in [best, *tied]:
        return f"{text}; {'among them ' if tied else ''}{among}" if tied else f"{text}; it is also " \
            f"{'the one with the fastest transfer' if not ranking.tied else 'one of those with the fastest transfer'}"
    return f"{text}; {among}, costs {units.ratio(CPU.value(fastest) / cost)} as much"


def draw(sweep: Sweep):
    """(Page, "") or (None, why not)."""
    why_not = sweep.no_column(*(f"{measure.column}_median" for measure in MEASURES))
    if why_not:
        return None, why_not
    measured = [cell for cell in sweep.transports() if cell.ok and CPU.value(cell)]
    if not measured:
        return None, "no transport has a CPU cost in this sweep"
    largest = max(measured, key=lambda cell: (cell.numbers, cell.workers, cell.files))
    here = sweep.at(*largest.condition, "transport")
    cells = sorted((cell for cell in here if cell in measured), key=lambda cell: (CPU.value(cell), sweep.label(cell)))
    return _page(sweep, cells, here), ""


def _page(sweep: Sweep, cells: list[Cell], here: list[Cell]) -> style.Page:
    looks = style.looks(sweep)
    row = ROW if len(cells) <= 14 else ROW_CROWDED
    height = len(cells) * row + 0.1
    names = [style.shorten(sweep.label(cell), style.LABEL, 2.2) for cell in cells]
    per = {measure: 1e3 if min(_bounds(measure, cells), default=0) >= 1e3 else 1.0 for measure in MEASURES}
    texts = {measure: ["–" if measure.value(cell) is None else
                       units.number(measure.value(cell) / per[measure], trim=False) for cell in cells]
             for measure in MEASURES}
    left = style.MARGIN + max(style.text_width(name, style.LABEL) for name in names) + 0.15
    asides = {measure: 0.12 + max(style.text_width(text, style.LABEL) for text in texts[measure])
              for measure in MEASURES}
    gap = 0.25
    width = (style.WIDTH - style.MARGIN - left - sum(asides.values()) - gap * (len(MEASURES) - 1)) / len(MEASURES)

    has_interval = any(measure.interval(cell) for measure in MEASURES for cell in cells)
    scales = {measure: _on_log(measure, cells) for measure in MEASURES}
    axes_text = "Log axes." if all(scales.values()) else "The axes start at 0." if not any(scales.values()) else \
        "An axis that does not start at 0 is logarithmic."
    cell = cells[0]
    subtitle = [f"Cost of the whole run (parsing and sorting too), parent and workers, per 10^9 B of payload; "
                f"{style.runs(cells, has_interval)}; lower is better.",
                f"The largest condition with a result: {style.condition(cell)}, {style.payload(cell)} of payload. Rows "
                "sorted by CPU time.",
                f"{style.family_line(looks[sweep.label(cell)] for cell in cells)}. {axes_text}"]
    notes = []
    if any(cell.transport == FLOOR for cell in cells):
        notes.append(f"{FLOOR} lend moves nothing: what the pipeline costs without any "
                     "transport.")
    notes += style.setting_note(sweep, cells) + style.problems(sweep, here, where=False)
    page = style.Page(title(sweep, cells), subtitle, height + 0.5 + 0.3, notes, style.footer(sweep))
    x = left
    for measure in MEASURES:
        axes = page.axes(x, 0.5, width, height)
        _scale(axes, measure, cells, scales[measure], per[measure])
        style.fixed_ticks(axes.yaxis, [], [])
        axes.grid(axis="x", color=style.HAIR, lw=0.6)
        page.text(x, 0.5 + height + 0.14, measure.heading, style.LABEL, bold=True)
        axes.set_xlabel(f"{measure.unit}{'' if per[measure] == 1 else ', thousands'}", fontsize=style.SMALL)
        axes.hlines(range(len(cells)), *axes.get_xlim(), color=style.HAIR, lw=0.6, zorder=1)
        for index, cell in enumerate(cells):
            y = 0.5 + height - (index + 0.5) * height / len(cells)
            if measure is MEASURES[0]:
                page.text(left - 0.1, y, names[index], ha="right")
            page.text(x + width + asides[measure], y, texts[measure][index], ha="right")
            look, value = looks[sweep.label(cell)], measure.value(cell)
            if value is None or (scales[measure] and value <= 0):
                continue
            if measure.interval(cell):
                axes.plot(measure.interval(cell), [index, index], color=look.colour, lw=2.0, solid_capstyle="butt",
                          zorder=2.5)
            axes.plot([value], [index], color=look.colour, marker=look.marker, ms=6, ls="", clip_on=False, zorder=4,
                      mfc="white" if look.lent else look.colour)
        x += width + asides[measure] + gap
    return page


def _bounds(measure: Measure, cells: list[Cell]) -> list[float]:
    return [value for cell in cells for value in (measure.value(cell), *(measure.interval(cell) or ()))
            if value is not None]


def _on_log(measure: Measure, cells: list[Cell]) -> bool:
    positive = [value for value in _bounds(measure, cells) if value > 0]
    return bool(positive) and max(positive) / min(positive) > LOG_FROM


def _scale(axes, measure: Measure, cells: list[Cell], on_log: bool, per: float) -> None:
    bounds = _bounds(measure, cells)
    if on_log:
        axes.set_xscale("log", base=10)
        low, high = style.log_limits([value for value in bounds if value > 0])
        ticks = style.log_ticks(low, high, 5)
    else:
        low, high = 0.0, max([*bounds, 1e-9]) * 1.08
        ticks = [tick for tick in MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(0, high) if 0 <= tick <= high]
    axes.set(xlim=(low, high), ylim=(len(cells) - 0.5, -0.5))
    style.number_ticks(axes.xaxis, ticks, per)

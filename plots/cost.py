"""What a gigabyte costs besides time: CPU seconds, context switches and page faults, a panel of dots each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from matplotlib.ticker import MaxNLocator

from . import style, units
from .data import Cell, Sweep
from .findings import Condition

DATA = "summary.csv: cpu_s_per_gb_*, context_switches_per_gb_*, faults_per_gb_*"
ROW, ROW_CROWDED = 0.3, 0.24  # inches
FLOOR = "floor"  # the family of what moves nothing
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


def title(condition: Condition) -> str:
    """The cheapest by CPU time, and what the one with the fastest transfer costs compared with it."""
    order, transfer = condition.orders["cpu"], condition.orders["transfer"]
    text = f"CPU time with {condition.text}: {order.verdict}"
    fastest = transfer.cells[0] if transfer.places else None
    place = next((place for place in order.places if place.cell is fastest), None)
    if place is None or fastest in order.winners:
        return text
    return f"{text}; {fastest.label}, best by the transfer, costs {units.exact_ratio(100 / place.percent_of_best)} as much"


def draw(sweep: Sweep):
    """(Page, "") or (None, why not)."""
    why_not = sweep.no_column(*(f"{measure.column}_median" for measure in MEASURES))
    if why_not:
        return None, why_not
    condition = next((it for it in sweep.conditions if it.orders["cpu"].places), None)
    if condition is None:
        return None, "no transport has a CPU cost in this sweep"
    cells = sorted((cell for cell in condition.cells if cell.ok and CPU.value(cell)),
                   key=lambda cell: (CPU.value(cell), cell.label))
    return _page(sweep, condition, cells), ""


def _page(sweep: Sweep, condition: Condition, cells: list[Cell]) -> style.Page:
    looks = style.looks(sweep)
    row = ROW if len(cells) <= 14 else ROW_CROWDED
    height = len(cells) * row + 0.1
    names = [style.shorten(cell.label, style.LABEL, 2.2) for cell in cells]
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
    subtitle = [f"Cost of the whole run (parsing and sorting too), parent and workers, per 10^9 B of payload; "
                f"{style.runs(cells, has_interval)}; lower is better.",
                f"The largest condition with a result: {condition.text}, {style.payload(cells[0])} of payload. Rows "
                "sorted by CPU time.",
                f"{style.family_line(looks[cell.label] for cell in cells)}. {axes_text}"]
    notes = []
    floor = [cell.label for cell in cells if cell.family == FLOOR]
    if floor:
        notes.append(f"{style.join(floor)} moves nothing: what the pipeline costs without any transport.")
    notes += style.setting_note(sweep) + style.problems(condition.cells, where=False)
    page = style.Page(title(condition), subtitle, height + 0.5 + 0.3, notes, style.footer(sweep))
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
            look, value = looks[cell.label], measure.value(cell)
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

"""Where the time of one run goes: a stack of phases per transport, bars from 0."""

from __future__ import annotations

import math
from dataclasses import dataclass

from matplotlib.patches import Polygon, Rectangle

from . import style, units
from .data import PHASES, Cell, Sweep
from .findings import Condition

DATA = "summary.csv: total_s_median, path_*_s_median, transfer_share_median"
# Fill and hatch. All fills but waiting (idle, hence hollow) stand out 3:1 from white. No dots: in an SVG each of them
# is a circle of many points, and the file grows tenfold.
FILL = {"spawn": (style.BLACK, ""), "read": ("#5a5a5a", "|||"), "parse": (style.PINK, "xxx"),
        "sort": (style.BLUE, "\\\\\\"), "wait": ("white", "----"), "transfer": (style.VERMILLION, ""),
        "merge": (style.GREEN, "///"), "other": ("#8c8c8c", "")}
ROW, BAR = 0.34, 0.2  # inches; with many bars the rows move closer
ROW_CROWDED = 0.26
CUT_AT = 5  # a bar this many times as long as the median one is cut


def title(condition: Condition) -> str:
    order = condition.orders["total"]
    shares = [cell.transfer_share_median for cell in order.winners if cell.transfer_share_median is not None]
    low, high = (units.percent(min(shares)), units.percent(max(shares))) if shares else ("", "")
    what = "the hand-over" if all(cell.lent for cell in order.winners) else "transfer"
    spent = f"; {what} takes {low if low == high else f'{low} to {high}'} of it" if shares else ""
    return f"With {condition.text}: {order.verdict}{spent}"


def _segment(axes, y: float, left: float, length: float, phase: str, inch: float, row: float) -> None:
    colour, hatch = FILL[phase]
    narrow = length * inch < 0.04  # the white rim would swallow a sliver
    rim = style.QUIET if phase == "wait" else colour if narrow else "white"
    axes.add_artist(Rectangle((left, y - BAR / row / 2), length, BAR / row, facecolor=colour, edgecolor=rim,
                             hatch="" if narrow else hatch, linewidth=0 if narrow else 0.7))


def _cut(lengths: list[float]) -> float:
    """Where bars are cut so that one very slow transport does not squash all others; infinite when none has to be."""
    ordered = sorted(lengths)
    bound = CUT_AT * ordered[(len(ordered) - 1) // 2]
    return 1.3 * max(length for length in ordered if length <= bound) if ordered[-1] > bound else math.inf


@dataclass(frozen=True)
class Bar:
    cell: Cell
    y: float  # in rows
    name: str
    text: str  # at its end
    end: float  # seconds
    is_cut: bool


def _length(cell: Cell) -> float:
    return max(cell.total_s_median, sum(cell.phase(name) for name in PHASES))


def _bars(rows: list[tuple[float, Cell]], cut: float) -> list[Bar]:
    bars = []
    for y, cell in rows:
        text = units.seconds(cell.total_s_median, trim=False)
        if cell.transfer_share_median is not None and cell.kind == "transport":
            text += f" · {'hand-over' if cell.lent else 'transfer'} {units.percent(cell.transfer_share_median)}"
        is_cut = _length(cell) > cut
        bars.append(Bar(cell, y, style.shorten(cell.label, style.LABEL, 2.7), text + (", bar cut" if is_cut else ""),
                        min(max(_length(cell), cell.total_s_ci_high or 0), cut), is_cut))
    return bars


def draw(sweep: Sweep):
    """(Page, "") or (None, why not)."""
    why_not = sweep.no_column(*(f"path_{phase}_s_median" for phase in PHASES))
    if why_not:
        return None, why_not
    condition = next((it for it in sweep.conditions if it.ok), None)
    if condition is None:
        return None, "no transport has a successful run in this sweep"
    by_total = lambda cell: (cell.total_s_median, cell.label)  # noqa: E731
    transports = sorted((cell for cell in condition.cells if cell.ok), key=by_total)
    references = sorted((cell for cell in condition.beside if cell.kind == "reference" and cell.ok), key=by_total)
    rows = list(enumerate(transports)) + [(len(transports) + 0.9 + index, cell)
                                          for index, cell in enumerate(references)]
    cut = _cut([_length(cell) for _, cell in rows])
    return _page(sweep, condition, _bars(rows, cut), len(transports), cut), ""


def _page(sweep: Sweep, condition: Condition, bars: list[Bar], count: int, cut: float) -> style.Page:
    row = ROW if len(bars) <= 14 else ROW_CROWDED
    row_count = count + (0.9 + len(bars) - count if len(bars) > count else 0)
    left = style.MARGIN + max([style.text_width(bar.name, style.LABEL) for bar in bars]
                              + [style.text_width("References", style.SMALL)]) + 0.1
    width = style.WIDTH - style.MARGIN - left
    # The scale leaves room for every bar's text at its end. Seconds per inch.
    scale = max(bar.end / max(0.5, width - 0.15 - style.text_width(bar.text, style.LABEL)) for bar in bars)
    strip = 0.34
    cells = [bar.cell for bar in bars]
    subtitle = ["Total time from fork to merged, by phase of the worker that finished last; "
                f"{style.runs(cells[:count], False)}; lower is better.",
                f"The largest condition with a result: {condition.text}, {style.payload(cells[0])} of payload."]
    page = style.Page(title(condition), subtitle, strip + row_count * row + 0.5,
                      _notes(sweep, condition, bars, cut), style.footer(sweep))
    height = row_count * row
    axes = page.axes(left, 0.45, width, height)
    _time_axis(axes, scale * width, min(scale * width, cut), row_count)
    for bar in bars:
        _draw_bar(axes, bar, cut, scale, row)
        inches = 0.45 + height - (bar.y + 0.5) * row
        page.text(left - 0.1, inches, bar.name, ha="right")
        page.text(left + bar.end / scale + 0.08, inches, bar.text)
    if len(bars) > count:
        page.text(left - 0.1, 0.45 + height - (count + 0.45) * row, "References", style.SMALL, style.QUIET, ha="right")
        axes.axhline(count - 0.35, color=style.HAIR, lw=0.8)
    _draw_key(page, [phase for phase in PHASES if any(bar.cell.phase(phase) > 0 for bar in bars)],
              style.MARGIN, 0.45 + height + strip - 0.14)
    return page


def _notes(sweep: Sweep, condition: Condition, bars: list[Bar], cut: float) -> list[str]:
    notes = []
    if any(bar.cell.total_interval for bar in bars):
        notes.append("| is the median total with its 95 % CI. Each phase is a median of its own, so a stack may end "
                     "a little beside it.")
    if any(bar.is_cut for bar in bars):
        notes.append(f"Bars beyond {units.seconds(cut)} are cut there, so that the others can be seen.")
    if any(bar.cell.lent for bar in bars):
        notes.append("lend: the workers sort in memory that the parent reads, so nothing is copied and the transfer is "
                     "the hand-over alone.")
    return notes + style.setting_note(sweep) + style.problems(condition.cells, where=False)


def _time_axis(axes, high: float, last_tick: float, row_count: float) -> None:
    axes.set(xlim=(0, high), ylim=(row_count - 0.5, -0.5))
    axes.spines["left"].set_color(style.QUIET)
    unit, unit_s = units.seconds_unit(high * 0.6)
    ticks = [tick for tick in axes.xaxis.get_major_locator().tick_values(0, high / unit_s)
             if 0 <= tick * unit_s <= last_tick]
    style.fixed_ticks(axes.xaxis, [tick * unit_s for tick in ticks], [units.number(tick) for tick in ticks])
    style.fixed_ticks(axes.yaxis, [], [])
    axes.set_xlabel(f"time ({unit})", fontsize=style.SMALL)
    axes.grid(axis="x", color=style.HAIR, lw=0.6)


def _draw_bar(axes, bar: Bar, cut: float, scale: float, row: float) -> None:
    cell, y, start = bar.cell, bar.y, 0.0
    for phase in PHASES:
        length = min(cell.phase(phase), cut - start)
        if length > 0:
            _segment(axes, y, start, length, phase, 1 / scale, row)
        start += max(0.0, length)
    if bar.is_cut:
        for back in (0.2, 0.3):  # inches before the cut
            x, slant, half = cut - back * scale, 0.05 * scale, BAR / row * 0.7
            axes.add_artist(Polygon([(x, y + half), (x + slant, y - half), (x + 1.8 * slant, y - half),
                                     (x + 0.8 * slant, y + half)], facecolor="white", edgecolor="none", zorder=5))
        return
    axes.plot([cell.total_s_median] * 2, [y - 0.42, y + 0.42], color=style.INK, lw=1.4, solid_capstyle="butt")
    if cell.total_interval:
        low, high = cell.total_interval
        axes.plot([low, min(high, cut)], [y, y], color=style.INK, lw=1.0)


def _draw_key(page: style.Page, phases: list[str], x: float, y: float) -> None:
    canvas = page.canvas()
    for phase in phases:
        colour, hatch = FILL[phase]
        canvas.add_artist(Rectangle((x, y - 0.06), 0.22, 0.12, facecolor=colour, hatch=hatch, linewidth=0.6,
                                   edgecolor=style.QUIET if phase == "wait" else "white"))
        page.text(x + 0.28, y, phase, style.SMALL, style.QUIET)
        x += 0.28 + style.text_width(phase, style.SMALL) + 0.22

"""Where the time of one run goes: a stack of phases per transport, bars from 0."""

from __future__ import annotations

import math

from matplotlib.patches import Polygon, Rectangle

from . import style, units
from .data import PHASES, Cell, Ranking, Sweep, rank

# Fill and hatch. All fills but waiting (idle, hence hollow) stand out 3:1 from white. No dots: in an SVG each of them
# is a circle of many points, and the file grows tenfold.
FILL = {"spawn": (style.BLACK, ""), "read": ("#5a5a5a", "|||"), "parse": (style.PURPLE, "xxx"),
        "sort": (style.BLUE, "\\\\\\"), "wait": ("white", "----"), "transfer": (style.VERMILLION, ""),
        "merge": (style.GREEN, "///"), "other": ("#8c8c8c", "")}
ROW, BAR = 0.34, 0.2  # inches; with many bars the rows move closer
ROW_CROWDED = 0.26
CUT_AT = 5  # a bar this many times as long as the median one is cut


def title(sweep: Sweep, ranking: Ranking, of_how_many: int) -> str:
    best = ranking.best
    shares = [cell.transfer_share_median for cell in [best] + ranking.tied if cell.transfer_share_median is not None]
    name, total = sweep.label(best), units.seconds(best.total_s_median)
    low, high = (units.percent(min(shares)), units.percent(max(shares))) if shares else ("", "")
    what = "the hand-over" if all(cell.lent for cell in [best] + ranking.tied) else "transfer"
    spent = f"; {what} takes {low if low == high else f'{low} to {high}'} of it" if shares else ""
    if of_how_many == 1:
        return f"{name} takes {total} in total{spent}"
    if ranking.tied:
        names = [name] + [sweep.label(cell) for cell in ranking.tied]
        who = f"All {of_how_many}" if len(names) == of_how_many > 2 else style.join(names)
        shortest = min(cell.total_s_median for cell in [best, *ranking.tied])
        return f"{who} tie for the shortest total: {units.seconds(shortest)}{spent}"
    is_ahead = ranking.ratio is not None and ranking.ratio >= 1
    ahead = f", the runner-up {units.ratio(ranking.ratio)} as long" if is_ahead else ""
    if not ranking.proven:
        return f"{name} took the shortest total: {total}{ahead}{style.unproven(ranking)}{spent}"
    return f"{name} finishes first: {total} in total{ahead}{spent}"


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


def draw(sweep: Sweep):
    """(Page, "") or (None, why not)."""
    why_not = sweep.no_column(*(f"path_{phase}_s_median" for phase in PHASES))
    if why_not:
        return None, why_not
    measured = [cell for cell in sweep.transports() if cell.ok]
    if not measured:
        return None, "no transport has a successful run in this sweep"
    largest = max(measured, key=lambda cell: (cell.numbers, cell.workers, cell.files))
    here = sweep.at(*largest.condition, "transport")
    bars = sorted((cell for cell in here if cell.ok), key=lambda cell: (cell.total_s_median, sweep.label(cell)))
    references = [cell for cell in sweep.cells if cell.kind == "reference" and cell.ok
                  and (cell.files, cell.numbers) == (largest.files, largest.numbers)
                  and cell.workers == (1 if cell.transport == "serial" else largest.workers)]
    references.sort(key=lambda cell: (cell.total_s_median, sweep.label(cell)))
    ranking = rank(here, "total")
    rows: list[tuple[float, Cell]] = [(index, cell) for index, cell in enumerate(bars)]
    rows += [(len(bars) + 0.9 + index, cell) for index, cell in enumerate(references)]
    row = ROW if len(rows) <= 14 else ROW_CROWDED
    row_count = len(bars) + (0.9 + len(references) if references else 0)

    # The scale leaves room for every bar's text at its end.
    names = {cell: style.shorten(sweep.label(cell), style.LABEL, 2.7) for _, cell in rows}
    left = style.MARGIN + max([style.text_width(name, style.LABEL) for name in names.values()]
                              + [style.text_width("References", style.SMALL)]) + 0.1
    width = style.WIDTH - style.MARGIN - left
    texts, ends = {}, {}
    for _, cell in rows:
        share = cell.transfer_share_median
        has_share = share is not None and cell.kind == "transport"
        texts[cell] = units.seconds(cell.total_s_median, trim=False)
        if has_share:
            texts[cell] += f" · {'hand-over' if cell.lent else 'transfer'} {units.percent(share)}"
        ends[cell] = max(cell.total_s_median, cell.total_s_ci_high or 0, sum(cell.phase(name) for name in PHASES))
    cut = _cut([max(cell.total_s_median, sum(cell.phase(name) for name in PHASES)) for _, cell in rows])
    is_cut = {cell: max(cell.total_s_median, sum(cell.phase(name) for name in PHASES)) > cut for _, cell in rows}
    for cell in ends:
        texts[cell] += ", bar cut" if is_cut[cell] else ""
        ends[cell] = min(ends[cell], cut)
    scale = max(ends[cell] / max(0.5, width - 0.15 - style.text_width(texts[cell], style.LABEL))
                for _, cell in rows)  # seconds per inch

    # Phase names go above the first bar where its segment is wide enough; the others share one line of samples.
    used = [phase for phase in PHASES if any(cell.phase(phase) > 0 for _, cell in rows)]
    direct, at = [], 0.0
    for phase in used:
        length = bars[0].phase(phase)
        if length / scale >= style.text_width(phase, style.SMALL) + 0.08:
            direct.append((phase, at + length / 2))
        at += length
    keyed = [phase for phase in used if phase not in [name for name, _ in direct]]
    strip = (0.24 if direct else 0.06) + (0.28 if keyed else 0)

    tie = " A tie: not shown to be slower." if ranking.tied else ""
    subtitle = ["Total time from fork to merged, by phase of the worker that finished last; "
                f"{style.runs(bars, False)}; lower is better.",
                f"The largest condition with a result: {style.condition(largest)}, {style.payload(largest)} of "
                "payload.", (style.runner_up(sweep, ranking) + tie).strip()]
    notes = []
    if any(cell.total_s_ci_low is not None and cell.total_s_ci_high is not None for _, cell in rows):
        notes.append("| is the median total with its 95 % CI. Each phase is a median of its own, so a stack may end "
                     "a little beside it.")
    if any(is_cut.values()):
        notes.append(f"Bars beyond {units.seconds(cut)} are cut there, so that the others can be seen.")
    if any(cell.lent for cell in bars):
        notes.append("lend: the workers sort in memory that the parent reads, so nothing is copied and the transfer is "
                     "the hand-over alone.")
    notes += style.setting_note(sweep, bars) + style.problems(sweep, here, where=False)
    page = style.Page(title(sweep, ranking, len(bars)), subtitle, strip + row_count * row + 0.5, notes,
                      style.footer(sweep))
    height = row_count * row
    axes = page.axes(left, 0.45, width, height)
    axes.set(xlim=(0, scale * width), ylim=(row_count - 0.5, -0.5))
    axes.spines["left"].set_color(style.QUIET)
    unit, unit_s = units.seconds_unit(scale * width * 0.6)
    ticks = [tick for tick in axes.xaxis.get_major_locator().tick_values(0, scale * width / unit_s)
             if 0 <= tick * unit_s <= min(scale * width, cut)]
    style.fixed_ticks(axes.xaxis, [tick * unit_s for tick in ticks], [units.number(tick) for tick in ticks])
    style.fixed_ticks(axes.yaxis, [], [])
    axes.set_xlabel(f"time ({unit})", fontsize=style.SMALL)
    axes.grid(axis="x", color=style.HAIR, lw=0.6)

    for y, cell in rows:
        start = 0.0
        for phase in PHASES:
            length = min(cell.phase(phase), cut - start)
            if length > 0:
                _segment(axes, y, start, length, phase, 1 / scale, row)
            start += max(0.0, length)
        if is_cut[cell]:
            for back in (0.2, 0.3):  # inches before the cut
                x, slant, half = cut - back * scale, 0.05 * scale, BAR / row * 0.7
                axes.add_artist(Polygon([(x, y + half), (x + slant, y - half), (x + 1.8 * slant, y - half),
                                        (x + 0.8 * slant, y + half)], facecolor="white", edgecolor="none", zorder=5))
        else:
            axes.plot([cell.total_s_median] * 2, [y - 0.42, y + 0.42], color=style.INK, lw=1.4, solid_capstyle="butt")
            if cell.total_s_ci_low is not None and cell.total_s_ci_high is not None:
                axes.plot([cell.total_s_ci_low, min(cell.total_s_ci_high, cut)], [y, y], color=style.INK, lw=1.0)
        inches = 0.45 + height - (y + 0.5) * row
        page.text(left - 0.1, inches, names[cell], ha="right")
        page.text(left + ends[cell] / scale + 0.08, inches, texts[cell])
    if references:
        page.text(left - 0.1, 0.45 + height - (len(bars) + 0.45) * row, "References", style.SMALL, style.QUIET,
                  ha="right")
        axes.axhline(len(bars) - 0.35, color=style.HAIR, lw=0.8)
    top = 0.45 + height
    for phase, middle in direct:
        page.text(left + middle / scale, top + 0.09, phase, style.SMALL, style.QUIET, ha="center")
    if keyed:
        canvas, x, y = page.canvas(), left, top + strip - 0.14
        for phase in keyed:
            colour, hatch = FILL[phase]
            canvas.add_artist(Rectangle((x, y - 0.06), 0.22, 0.12, facecolor=colour, hatch=hatch, linewidth=0.6,
                                       edgecolor=style.QUIET if phase == "wait" else "white"))
            page.text(x + 0.28, y, phase, style.SMALL, style.QUIET)
            x += 0.28 + style.text_width(phase, style.SMALL) + 0.22
    return page, ""

"""A comparison cell by cell: the change in per cent with its interval, beside the band in which a change does not
matter, and the verdict in words."""

from __future__ import annotations

import math
from typing import Optional

from matplotlib.ticker import MaxNLocator

from . import style, units
from .verdicts import VERDICTS, Cell, Verdicts

DATA = "the verdicts: ratio, ratio_ci_low, ratio_ci_high, verdict, threshold"
ROWS_MAX = 40
ROW, ROW_CROWDED = 0.3, 0.24  # inches
NAME_MAX = 3.6
LOG_BEYOND = 2.5  # a time so many times as long, or as short: per cent would squash the rest
# Verdict -> (of time, of CPU time), marker, colour, filled. The words say what the colour does.
WORDS = {"regressed": ("slower", "more CPU"), "improved": ("faster", "less CPU"),
         "unchanged": ("no change", "no change"), "within-threshold": ("small change",) * 2,
         "inconclusive": ("undecided",) * 2, "failed": ("failed",) * 2, "new": ("only in the candidate",) * 2,
         "missing": ("only in the baseline",) * 2}
LOOKS = {"regressed": (">", style.VERMILLION, True), "improved": ("<", style.BLUE, True),
         "unchanged": ("o", style.BLACK, True), "within-threshold": ("s", style.BLACK, True),
         "inconclusive": ("o", style.BLACK, False)}


def change(ratio: float) -> str:
    """+5.3 %, -0.4 %, +1,240 %"""
    value = 100 * (ratio - 1)
    text = f"{value:+,.1f}" if abs(value) < 99.95 else f"{value:+,.0f}"
    return f"{'0.0' if text in ('+0.0', '-0.0') else text} %"


def word(cell: Cell) -> str:
    return WORDS[cell.verdict][cell.metric == "cpu"]


def name(cell: Cell, with_metric: bool) -> str:
    return f"{cell.name} ({cell.metric})" if with_metric else cell.name


def draw(verdicts: Verdicts):
    """(Page, "") or (None, why not)."""
    if not verdicts.cells:
        return None, f"{verdicts.path} has no cells: nothing was compared"
    return _page(verdicts), ""


def _page(verdicts: Verdicts) -> style.Page:
    everything = verdicts.cells
    cells = everything[:ROWS_MAX]
    metrics = sorted({cell.metric for cell in everything})
    row = ROW if len(cells) <= 20 else ROW_CROWDED
    height = len(cells) * row + 0.1
    names = [style.shorten(name(cell, len(metrics) > 1), style.LABEL, NAME_MAX) for cell in cells]
    left = style.MARGIN + max(style.text_width(text, style.LABEL) for text in names) + 0.15
    figures = [_figures(cell) for cell in cells]
    words = [word(cell) for cell in cells]
    figure_width = max(style.text_width(text, style.LABEL) for text in figures)
    word_width = max((style.text_width(text, style.LABEL, True) for text, cell in zip(words, cells) if cell.ratio),
                     default=0)
    width = style.WIDTH - style.MARGIN - left - 0.15 - figure_width - 0.15 - word_width

    lost = {cell: ": ".join(part for part in (word(cell), cell.reason) if part) for cell in cells if cell.ratio is None}
    room = style.WIDTH - style.MARGIN - left - 0.1
    notes = _notes(verdicts, len(metrics) > 1, [cell for cell in cells if cell not in lost
                                                or style.text_width(lost[cell], style.LABEL) > room])
    subtitle = _subtitle(verdicts, cells, metrics)
    page = style.Page(style.capital(verdicts.headline), subtitle, height + 0.5 + 0.1, notes, verdicts.title)
    axes = page.axes(left, 0.5, width, height)
    _scale(axes, cells, verdicts.threshold)
    axes.set_ylim(len(cells) - 0.5, -0.5)
    style.fixed_ticks(axes.yaxis, [], [])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("change of the time (negative is faster)" if metrics != ["cpu"] else
                    "change of the CPU time (negative is less)", fontsize=style.SMALL)
    if verdicts.threshold:
        axes.axvspan(max(1 - verdicts.threshold, 1e-9), 1 + verdicts.threshold, color=style.SHADE, lw=0, zorder=0.5)
    axes.grid(axis="x", color=style.HAIR, lw=0.6)
    axes.axvline(1, color=style.QUIET, lw=1.0, zorder=1.2)
    for index, cell in enumerate(cells):
        y = 0.5 + height - (index + 0.5) * height / len(cells)
        page.text(left - 0.1, y, names[index], ha="right")
        marker, colour, filled = LOOKS.get(cell.verdict, ("", style.BLACK, False))
        if cell.ratio is None:
            axes.axhspan(index - 0.5, index + 0.5, color="white", lw=0, zorder=1.4)  # no line runs through the words
            page.text(left + 0.1, y, style.shorten(lost[cell], style.LABEL, room), colour=style.QUIET)
            continue
        if cell.interval:
            axes.plot(cell.interval, [index, index], color=colour, lw=1.8, solid_capstyle="butt", zorder=2.5)
        axes.plot([cell.ratio], [index], color=colour, marker=marker or "x", mfc=colour if filled else "white", ms=6,
                  ls="", zorder=4)
        page.text(left + width + 0.15 + figure_width, y, figures[index], ha="right")
        page.text(left + width + 0.3 + figure_width, y, words[index], colour=style.TEXT_COLOUR[colour],
                  bold=cell.verdict in ("regressed", "improved"))
    return page


def _subtitle(verdicts: Verdicts, cells: list[Cell], metrics: list[str]) -> list[str]:
    has_interval = any(cell.interval for cell in cells)
    pairs = sorted({cell.pairs for cell in cells if cell.pairs})
    n = "" if not pairs else f", n = {pairs[0]}" + (f" to {pairs[-1]}" if len(pairs) > 1 else "") + \
        f" {verdicts.counted}{'' if pairs == [1] else 's'}"
    what = {"total": "total time", "transfer": "transfer time", "cpu": "CPU time"}
    measured = style.join([what.get(metric, metric) for metric in metrics])
    return [f"Baseline: {verdicts.baseline}. Candidate: {verdicts.candidate}.",
            f"Change of the {measured}, candidate over baseline{' with 95 % CI' if has_interval else ''}{n}; right "
            f"of 0 is {'more' if metrics == ['cpu'] else 'slower'}, lower is better.",
            f"All cells: {', '.join(verdicts.common)}." if verdicts.common else "",
            (f"Grey band: changes up to {units.percent(verdicts.threshold)}, too small to matter. "
             if verdicts.threshold else "") + "Triangle = slower or faster, square = a small change, dot = no "
            "change, hollow = undecided."]


def _notes(verdicts: Verdicts, with_metric: bool, cut: list[Cell]) -> list[str]:
    """`cut`: the cells whose reason does not stand in their row."""
    notes, hidden = list(verdicts.notes), verdicts.cells[ROWS_MAX:]
    if hidden:
        counted = [f"{sum(cell.verdict == verdict for cell in hidden)} {WORDS[verdict][0]}" for verdict in VERDICTS
                   if any(cell.verdict == verdict for cell in hidden)]
        notes.insert(0, f"Not shown for lack of space: {units.count(len(hidden), 'more cell')} ({', '.join(counted)}).")
    return notes + _reasons(cut, with_metric)


def _figures(cell: Cell) -> str:
    if cell.ratio is None:
        return ""
    if cell.interval is None:
        return change(cell.ratio)
    low, high = (change(bound).removesuffix(" %") for bound in cell.interval)
    return f"{change(cell.ratio)} [{low}, {high}]"


def _reasons(cells: list[Cell], with_metric: bool, most: int = 10) -> list[str]:
    """Each reason once, with the cells that it is of."""
    grouped: dict[tuple[str, str], list[str]] = {}
    of_word: dict[str, int] = {}
    for cell in cells:
        of_word[word(cell)] = of_word.get(word(cell), 0) + 1
        if cell.reason:
            grouped.setdefault((word(cell), cell.reason), []).append(name(cell, with_metric))
    lines = []
    for (state, reason), names in grouped.items():
        who = f"All {len(names)} cells" if len(names) == of_word[state] > 3 else \
            "; ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        lines.append(f"{who}: {state}: {reason}")
    return lines if len(lines) <= most else \
        lines[:most - 1] + [f"and {len(lines) - most + 1} more reasons: see the file"]


def _limits(cells: list[Cell], threshold: Optional[float]) -> tuple[float, float]:
    """Of ratios; the band and the line at 0 are within."""
    ratios = [1.0] + [bound for cell in cells if cell.ratio for bound in (cell.ratio, *(cell.interval or ()))]
    band = threshold or 0.05
    return min(*ratios, 1 - band), max(*ratios, 1 + band)


def _scale(axes, cells: list[Cell], threshold: Optional[float]) -> None:
    low, high = _limits(cells, threshold)
    if high > LOG_BEYOND or low < 1 / LOG_BEYOND:
        axes.set_xscale("log", base=10)
        pad = (high / low) ** 0.06
        low, high = low / pad, high * pad
        ticks = sorted({1.0, *(tick for tick in style.log_ticks(low, high, 9) if not 0.6 < tick < 1.6)})
    else:
        pad = (high - low) * 0.06
        low, high = low - pad, high + pad
        ticks = [1 + tick / 100 for tick in MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]).tick_values(100 * (low - 1),
                                                                                         100 * (high - 1))]
        ticks = [tick for tick in ticks if low <= tick <= high]
    axes.set_xlim(low, high)
    style.fixed_ticks(axes.xaxis, ticks, [_tick(tick) for tick in ticks])


def _tick(ratio: float) -> str:
    value = 100 * (ratio - 1)
    return "0 %" if abs(value) < 1e-6 else f"{'+' if value > 0 else '-'}{units.number(abs(value))} %"

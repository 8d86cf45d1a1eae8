"""Several results side by side, of machines or of versions: per payload size a row per transport, a mark per result."""

from __future__ import annotations

import math
from dataclasses import dataclass

from . import style, units
from .data import Cell, Sweep, rank
from .throughput import evenly

RESULTS_MAX = 6
PANELS_MAX = 3
ROW, ROW_CROWDED = 0.34, 0.28  # inches
# Told apart by colour, by shape and by being filled or hollow.
MARKS = (("o", style.BLUE, True), ("D", style.VERMILLION, False), ("^", style.GREEN, True), ("s", style.PURPLE, False),
         ("v", style.BLACK, True), ("P", style.GREY, False))


@dataclass(frozen=True)
class Result:
    letter: str
    name: str
    sweep: Sweep
    cells: list[Cell]  # that copied and have a rate

    def at(self, condition: tuple[int, int, int]) -> dict[str, Cell]:
        return {self.sweep.label(cell): cell for cell in self.cells if cell.condition == condition}

    @property
    def about(self) -> str:
        """'A = results/reference: AMD EPYC, 2 cores, ipcsort 0.1.0, commit 2c4316c7eeb4, 2026-11-26'"""
        return f"{self.letter} = {self.name}: {style.footer(self.sweep)}"


def title(results: list[Result], condition: tuple[int, int, int], size: str) -> str:
    """Whose best transport is the best, at one condition."""
    best = {}
    for result in results:
        ranking = rank(list(result.at(condition).values()), "transfer")
        best[result.letter] = ranking.best
    sweeps = {result.letter: result.sweep for result in results}
    order = sorted(best, key=lambda letter: (-best[letter].rate, letter))
    first, second = order[0], order[1]
    words = lambda letter: f"{sweeps[letter].label(best[letter])} {units.rate(best[letter].rate)}"  # noqa: E731
    intervals = {letter: best[letter].rate_interval for letter in order}
    if not all(intervals.values()):
        return f"At {size} the best of {first} is ahead: {words(first)}, {_ratio(best, first, second)} the best of " \
               f"{second}, {words(second)} (too few runs for an interval: not proven)"
    tied = [letter for letter in order[1:] if intervals[letter][1] >= intervals[first][0]]
    if tied:
        return f"At {size} the best of {style.join([first, *tied], 6)} are not told apart: " \
               f"{', '.join(words(letter) for letter in [first, *tied][:3])}"
    return f"At {size} {first} has the best: {words(first)}, {_ratio(best, first, second)} the best of {second}, " \
           f"{words(second)}"


def _ratio(best: dict[str, Cell], first: str, second: str) -> str:
    return units.ratio(best[first].rate / best[second].rate)


def common_conditions(results: list[Result]) -> list[tuple[int, int, int]]:
    """(files, numbers, workers) that all results have: of those with the most workers, at the file count with the most
    sizes."""
    sets = [{cell.condition for cell in result.cells} for result in results]
    common = set.intersection(*sets)
    if not common:
        return []
    most = max(workers for _, _, workers in common)
    by_files: dict[int, list[int]] = {}
    for files, numbers, workers in common:
        if workers == most:
            by_files.setdefault(files, []).append(numbers)
    files = max(by_files, key=lambda files: (len(by_files[files]), files))
    return [(files, numbers, most) for numbers in sorted(by_files[files])]


def draw(sweeps: list[Sweep]):
    """(Page, "") or (None, why not)."""
    if len(sweeps) < 2:
        return None, "one result has nothing to stand beside; name two or more result directories"
    if len(sweeps) > RESULTS_MAX:
        return None, f"{len(sweeps)} results are more than can be told apart; name {RESULTS_MAX} at most"
    names = [sweep.directory.resolve().name for sweep in sweeps]
    if len(set(names)) < len(names):
        names = [str(sweep.directory) for sweep in sweeps]
    results = [Result(chr(ord("A") + index), names[index], sweep,
                      [cell for cell in sweep.transports() if cell.rate and not cell.lent and cell.payload_bytes])
               for index, sweep in enumerate(sweeps)]
    for result in results:
        if not result.cells:
            return None, f"no transport has a transfer rate in {result.name}"
    conditions = common_conditions(results)
    if not conditions:
        return None, "no condition (files, numbers, workers) has rates in all of these results; measure the same " \
                     "ones (ipcsort sweep --print-config, then --config)"
    return _page(results, conditions), ""


def _page(results: list[Result], conditions: list[tuple[int, int, int]]) -> style.Page:
    shown = evenly(conditions, PANELS_MAX)
    at = {(result.letter, condition): result.at(condition) for result in results for condition in shown}
    last = shown[-1]
    best_of: dict[str, float] = {}
    for result in reversed(results):  # the first result that has a transport decides its place
        best_of.update({label: cell.rate for label, cell in at[result.letter, last].items()})
    labels = sorted({label for cells in at.values() for label in cells},
                    key=lambda label: (label not in best_of, -best_of.get(label, 0), label))
    drawn = [cell for cells in at.values() for cell in cells.values()]
    rates = [rate for cell in drawn for rate in (cell.rate, *(cell.rate_interval or ()))]
    unit, scale = units.rate_unit(rates)
    limits = style.log_limits(rates)
    row = (ROW if len(labels) <= 14 else ROW_CROWDED) * (1 + 0.12 * (len(results) - 2))
    height = len(labels) * row + 0.1
    names = [style.shorten(label, style.LABEL, 2.2) for label in labels]
    left = style.MARGIN + max(style.text_width(name, style.LABEL) for name in names) + 0.15
    gap = 0.2
    width = (style.WIDTH - style.MARGIN - 0.1 - left - gap * (len(shown) - 1)) / len(shown)

    size_of = {condition: style.payload(next(iter(at[results[0].letter, condition].values()))) for condition in shown}
    files, _, workers = last
    subtitle = [f"Transfer throughput, {style.runs(drawn, any(cell.rate_interval for cell in drawn))}; higher is "
                f"better. {units.count(files, 'file')}, {units.count(workers, 'worker')}.",
                f"The conditions that all results have; where a mark is missing, that result has no rate. Rows sorted "
                f"by the last panel, A first. Log axis{', the same in all panels' if len(shown) > 1 else ''}."
                + (" What lends its memory moves nothing and is left out." if _lends(results) else "")]
    notes = [f"{result.about}." for result in results]
    hidden = [condition for condition in conditions if condition not in shown]
    if hidden:
        notes.append(f"Not shown for lack of space: {units.count(len(hidden), 'further payload size')}.")
    settings = {result.letter: style.setting_note(result.sweep, result.cells) for result in results}
    notes += settings["A"] if len({tuple(text) for text in settings.values()}) == 1 else \
        [f"{letter}: {text}" for letter, texts in settings.items() for text in texts]
    notes += [f"{result.letter}: {line}" for result in results
              for line in style.problems(result.sweep, [cell for condition in shown for cell in
                                                        result.sweep.at(*condition, "transport")], where=True, most=4)]
    notes.append("Figures of two sessions differ by more than their intervals say: for two versions on one machine "
                 "ipcsort ab is exact.")
    page = style.Page(title(results, last, size_of[last]), subtitle, height + 0.5 + 0.55, notes,
                      f"{len(results)} results; machine and commit of each stand above")
    canvas = page.canvas()
    _key(page, canvas, results, left, 0.5 + height + 0.42)
    ticks = style.log_ticks(*limits, most=5 if len(shown) > 1 else 7)
    for index, condition in enumerate(shown):
        x = left + index * (width + gap)
        axes = page.axes(x, 0.5, width, height)
        axes.set_xscale("log", base=10)
        axes.set(xlim=limits, ylim=(len(labels) - 0.5, -0.5))
        style.number_ticks(axes.xaxis, ticks, scale)
        style.fixed_ticks(axes.yaxis, [], [])
        axes.grid(axis="x", color=style.HAIR, lw=0.6)
        axes.set_xlabel(f"throughput ({unit})", fontsize=style.SMALL)
        axes.hlines([place + 0.5 for place in range(len(labels) - 1)], *limits, color=style.HAIR, lw=0.6, zorder=1)
        page.text(x, 0.5 + height + 0.14, f"{size_of[condition]} of payload", style.LABEL, bold=True)
        if index == 0:
            for place, name in enumerate(names):
                page.text(left - 0.1, 0.5 + height - (place + 0.5) * height / len(labels), name, ha="right")
        step = min(0.3, 0.66 / (len(results) - 1))  # of a row, between the marks of two results
        for number, result in enumerate(results):
            marker, colour, filled = MARKS[number]
            cells = [at[result.letter, condition].get(label) for label in labels]
            places = [place + step * (number - (len(results) - 1) / 2) for place in range(len(labels))]
            style.bars(axes, places, [cell.rate_interval if cell else None for cell in cells], colour, 1.6,
                       horizontal=True)
            axes.plot([cell.rate if cell else math.nan for cell in cells], places, color=colour, marker=marker, ms=4.5,
                      mfc=colour if filled else "white", mew=1.1, ls="", clip_on=False, zorder=4)
    return page


def _lends(results: list[Result]) -> bool:
    return any(cell.lent for result in results for cell in result.sweep.transports())


def _key(page: style.Page, canvas, results: list[Result], x: float, y: float) -> None:
    """Which mark is whose, with what tells the results apart at a glance."""
    for (marker, colour, filled), result in zip(MARKS, results):
        canvas.plot([x + 0.06], [y], color=colour, marker=marker, ms=6, mfc=colour if filled else "white", mew=1.2,
                    ls="")
        text = style.shorten(f"{result.letter} {result.name}", style.SMALL,
                             (style.WIDTH - style.MARGIN - x) / len(results) if len(results) < 4 else 1.0)
        page.text(x + 0.17, y, text, style.SMALL)
        x += 0.17 + style.text_width(text, style.SMALL) + 0.25

"""Several results side by side, of machines or of versions: per payload size a row per transport, a mark per result."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional

from . import style, units
from .data import Cell, Sweep
from .findings import SideBySide
from .throughput import evenly

DATA = "summary.csv of each result: transfer_bytes_per_s_*, total_s_*"
RESULTS_MAX = 6
PANELS_MAX = 3
ROW, ROW_CROWDED = 0.34, 0.28  # inches
# Told apart by colour, by shape and by being filled or hollow.
MARKS = (("o", style.BLUE, True), ("D", style.VERMILLION, False), ("^", style.GREEN, True), ("s", style.PINK, False),
         ("v", style.BLACK, True), ("P", style.GREY, False))


@dataclass(frozen=True)
class Result:
    letter: str
    name: str
    sweep: Sweep
    cells: list[Cell]  # that copied and have a rate

    def at(self, condition: tuple[int, int, int]) -> dict[str, Cell]:
        return {cell.label: cell for cell in self.cells if cell.condition == condition}

    @property
    def about(self) -> str:
        """'A = results/reference: AMD EPYC, 2 cores, ipcsort 0.1.0, commit 2c4316c7eeb4, 2026-11-26'"""
        return f"{self.letter} = {self.name}: {style.footer(self.sweep)}"


def common_conditions(results: list[Result], found: SideBySide) -> list[tuple[int, int, int]]:
    """(files, numbers, workers) with rates in all results: of those with the most workers, at the file count with the
    most sizes; the largest last."""
    common = [key for key in dict.fromkeys(it[0].cells[0].condition for _, it in found.common)
              if all(result.at(key) for result in results)]
    most = max((workers for *_, workers in common), default=0)
    common = [key for key in common if key[2] == most]
    count_of = {files: sum(key[0] == files for key in common) for files, *_ in common}
    return sorted(key for key in common if key[0] == max(count_of, key=lambda files: (count_of[files], files)))


def draw(sweeps: list[Sweep], found: SideBySide):
    """(Page, "") or (None, why not)."""
    if len(sweeps) < 2:
        return None, "one result has nothing to stand beside; name two or more result directories"
    if len(sweeps) > RESULTS_MAX:
        return None, f"{len(sweeps)} results are more than can be told apart; name {RESULTS_MAX} at most"
    names = [sweep.directory.resolve().name for sweep in sweeps]
    if len(set(names)) < len(names):
        names = [str(sweep.directory) for sweep in sweeps]
    results = [Result(found.letters[index], names[index], sweep,
                      [cell for cell in sweep.transports() if cell.rate and not cell.lent and cell.payload_bytes])
               for index, sweep in enumerate(sweeps)]
    for result in results:
        if not result.cells:
            return None, f"no transport has a transfer rate in {result.name}"
    conditions = common_conditions(results, found)
    if not conditions:
        return None, "no condition (files, numbers, workers) has rates in all of these results; measure the same " \
                     "ones (ipcsort sweep --print-config, then --config)"
    return _page(results, conditions, found.headline), ""


def _page(results: list[Result], conditions: list[tuple[int, int, int]], headline: str) -> style.Page:
    shown = evenly(conditions, PANELS_MAX)
    at = {(result.letter, condition): result.at(condition) for result in results for condition in shown}
    last = shown[-1]
    best_of: dict[str, float] = {}
    for result in reversed(results):  # the first result that has a transport decides its place
        best_of.update({label: cell.rate for label, cell in at[result.letter, last].items()})
    labels = sorted({label for cells in at.values() for label in cells},
                    key=lambda label: (label not in best_of, -best_of.get(label, 0), label))
    drawn = [cell for cells in at.values() for cell in cells.values()]
    rates = [rate for cell in drawn for rate in (cell.rate, *(cell.speed_interval or ()))]
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
    subtitle = [f"Transfer throughput, {style.runs(drawn, any(cell.speed_interval for cell in drawn))}; higher is "
                f"better. {units.count(files, 'file')}, {units.count(workers, 'worker')}.",
                f"The conditions that all results have; where a mark is missing, that result has no rate. Rows sorted "
                f"by the last panel, A first. Log axis{', the same in all panels' if len(shown) > 1 else ''}."
                + (" What lends its memory moves nothing and is left out." if _lends(results) else "")]
    notes = _notes(results, shown, len(conditions) - len(shown))
    page = style.Page(headline, subtitle, height + 0.5 + 0.55, notes,
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
        for number, result in enumerate(results):
            _draw_marks(axes, [at[result.letter, condition].get(label) for label in labels], number, len(results))
    return page


def _notes(results: list[Result], shown: list[tuple[int, int, int]], hidden: int) -> list[str]:
    notes = [f"{result.about}." for result in results]
    if hidden:
        notes.append(f"Not shown for lack of space: {units.count(hidden, 'further payload size')}.")
    settings = {result.letter: style.setting_note(result.sweep) for result in results}
    notes += settings[results[0].letter] if len({tuple(text) for text in settings.values()}) == 1 else \
        [f"{letter}: {text}" for letter, texts in settings.items() for text in texts]
    notes += [f"{result.letter}: {line}" for result in results
              for line in style.problems([cell for cell in result.sweep.transports() if cell.condition in shown],
                                         where=True, most=4)]
    return [*notes, "Figures of two sessions differ by more than their intervals say: for two versions on one machine "
                    "ipcsort ab is exact."]


def _draw_marks(axes, cells: list[Optional[Cell]], number: int, of: int) -> None:
    """One result's, a little apart from those of the others."""
    marker, colour, filled = MARKS[number]
    step = min(0.3, 0.66 / (of - 1))  # of a row
    places = [place + step * (number - (of - 1) / 2) for place in range(len(cells))]
    style.bars(axes, places, [cell.speed_interval if cell else None for cell in cells], colour, 1.6, horizontal=True)
    axes.plot([cell.rate if cell else math.nan for cell in cells], places, color=colour, marker=marker, ms=4.5,
              mfc=colour if filled else "white", mew=1.1, ls="", clip_on=False, zorder=4)


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

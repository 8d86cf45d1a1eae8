"""Speed-up over the same transport with one worker, and the efficiency beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional

from matplotlib.ticker import MaxNLocator

from . import style, units
from .data import Cell, Sweep

DATA = "summary.csv: speedup_vs_one_worker, efficiency, amdahl_serial_share"
THREADS = "threads (no transport)"
NO_INTERVAL = " The file holds no interval for speed-ups."


def title(sweep: Sweep, cells: list[Cell]) -> str:
    """The best speed-up, and what the most workers bring when that is less. The file holds no interval for a
    speed-up, so what prints alike is called equal."""
    workers = max(cells, key=lambda cell: (cell.speedup_vs_one_worker, -cell.workers)).workers
    group = sorted((cell for cell in cells if cell.workers == workers),
                   key=lambda cell: (-cell.speedup_vs_one_worker, cell.label))
    best = max(cell.speedup_vs_one_worker for cell in group)
    printed = units.ratio(best)
    names = [cell.label for cell in group if units.ratio(cell.speedup_vs_one_worker) == printed]
    who = f"all {len(names)} transports" if len(names) == len(group) > 2 else style.join(names)
    many = len(names) > 1
    if best < 1:
        return f"More workers do not pay: the best, {who} with {workers} workers, run{'' if many else 's'} at " \
               f"{printed} the speed of one"
    shares = [cell.efficiency for cell in group if cell.label in names and cell.efficiency is not None]
    low, high = (units.percent(min(shares)), units.percent(max(shares))) if shares else ("", "")
    spent = f", {low if low == high else f'{low} to {high}'} of the ideal" if shares else ""
    # More workers than cores cannot be so many times as fast, whatever the transport.
    core_count = style.cores(sweep)
    crowd = f"{workers} workers"
    if core_count and workers > core_count:
        crowd, spent = f"{workers} workers on {units.count(core_count, 'core')}", ""
    most = max(cell.workers for cell in cells)
    last = max(cell.speedup_vs_one_worker for cell in cells if cell.workers == most)
    then = f"; {most} workers bring {units.ratio(last)} at most" if most != workers else ""
    if len(names) == len(group):  # no one to gain more than
        return f"With {crowd} {who} reach{'' if many else 'es'} {printed} the speed of one{spent}{then}"
    return f"With {crowd} {who} gain{'' if many else 's'} most: {printed} the speed of one{spent}{then}"


def amdahl(sweep: Sweep, cells: list[Cell], workers: list[int]) -> tuple[Optional[Cell], str]:
    """(the transport with the best speed-up if Amdahl's law fits it, the sentence about it). Below three worker counts
    there is no fit and nothing to say."""
    if len(workers) < 3:
        return None, ""
    if sweep.no_column("amdahl_serial_share"):
        return None, f"No fit of Amdahl's law: {sweep.no_column('amdahl_serial_share')}."
    best = max((cell for cell in cells if cell.kind == "transport" and cell.workers > workers[0]),
               key=lambda cell: (cell.speedup_vs_one_worker, -cell.workers, cell.label))
    share, name = best.amdahl_serial_share, best.label
    if share is None:
        return None, ""
    if not 0 <= share <= 1:
        return None, f"Amdahl's law does not fit {name} (its serial share would be {100 * share:.0f} %): no curve."
    return best, f"Amdahl: {units.percent(share)} of {name}'s one-worker time does not shrink with workers (thin " \
                 "dots: the fitted law)."


def _draw_amdahl(axes, best: Cell, look: style.Look, most: int) -> None:
    share = best.amdahl_serial_share
    counts = [most ** (step / 40) for step in range(41)]
    axes.plot(counts, [1 / (share + (1 - share) / count) for count in counts], color=look.colour, lw=0.9,
              ls=(0, (1, 2.5)), zorder=3)


@dataclass(frozen=True)
class Plot:
    """The cells of one size, transports and threads, and what all three forms of the chart say of them."""

    sweep: Sweep
    cells: list[Cell]
    workers: list[int]

    @property
    def most(self) -> int:
        return self.workers[-1]

    @property
    def on_log(self) -> bool:
        return self.most > 8

    @property
    def transports(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == "transport"]

    @property
    def threads(self) -> list[Cell]:
        return sorted((cell for cell in self.cells if cell.kind == "reference"), key=lambda cell: cell.workers)

    @property
    def fitted(self) -> Optional[Cell]:
        return amdahl(self.sweep, self.cells, self.workers)[0]

    @property
    def limits(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Of workers and of speed-ups. The ideal line may leave the plot: what was measured decides the scale, not what
        was hoped for."""
        shown = [cell.speedup_vs_one_worker for cell in self.cells]
        xlim = (self.workers[0] / 1.15, self.most * 1.15) if self.on_log else (0, self.most * 1.05)
        return xlim, (min(min(shown) / 1.3, 0.8) if self.on_log else 0, max(max(shown) * 1.15, 1.5))

    def page(self, how: str, body_height: float, core_note: str) -> style.Page:
        here = [cell for cell in self.sweep.transports()
                if (cell.numbers, cell.files) == (self.cells[0].numbers, self.cells[0].files)]
        notes = [core_note] if core_note else []
        notes += style.setting_note(self.sweep) + style.problems(here, where=True)
        more = [cell for cell in self.transports if cell.workers > self.workers[0]]
        return style.Page(title(self.sweep, more), [*_subtitle(self.sweep, self.cells, self.most), how + NO_INTERVAL],
                          body_height, notes, style.footer(self.sweep))

    def core_note(self, in_plot: str = "") -> str:
        """How many cores there are; with `in_plot` behind it where that lies within the plot."""
        count = style.cores(self.sweep)
        inside = bool(count) and self.limits[0][0] < count < self.limits[0][1]
        return f"The machine has {units.count(count, 'core')}{in_plot if inside else ''}." if count else ""

    def speedups(self, label: str) -> list[float]:
        """A worker count without a result breaks the line, as in the throughput chart."""
        at = {cell.workers: cell for cell in self.transports if cell.label == label}
        return [at[count].speedup_vs_one_worker if count in at else math.nan for count in self.workers]

    def last(self) -> dict[str, Cell]:
        """Label -> the cell with the most workers; with a result for the fewest only there is no speed-up to show."""
        found: dict[str, Cell] = {}
        for cell in sorted(self.transports, key=lambda cell: cell.workers):
            if cell.workers > self.workers[0]:
                found[cell.label] = cell
        return found


def _figures(cell: Cell, most: int) -> str:
    text = units.exact_ratio(cell.speedup_vs_one_worker)
    return text + (f", {units.percent(cell.efficiency)}" if cell.efficiency is not None and cell.workers == most else "")


def _subtitle(sweep: Sweep, cells: list[Cell], most: int) -> list[str]:
    cell = cells[0]
    lines = [f"Speed-up of the total time over the same transport with one worker, {style.runs(cells, False)}; "
             f"higher is better. {units.count(cell.numbers, 'number')} in {units.count(cell.files, 'file')}. "]
    against = [cell for cell in cells if cell.workers == most and cell.kind == "transport" and cell.speedup_vs_serial]
    if against:
        best = max(against, key=lambda cell: cell.speedup_vs_serial)
        lines.append(f"Against the serial reference (one process, no transport) the best with "
                     f"{units.count(most, 'worker')} is {best.label}: "
                     f"{units.exact_ratio(best.speedup_vs_serial)}.")
    return [*lines, amdahl(sweep, cells, sorted({cell.workers for cell in cells if cell.kind == "transport"}))[1]]


def _mark_cores(plot: Plot, axes) -> bool:
    """Whether the cores lie within the plot."""
    count, xlim = style.cores(plot.sweep), plot.limits[0]
    if not count or not xlim[0] < count < xlim[1]:
        return False
    axes.axvline(count, color=style.QUIET, lw=0.9, ls=(0, (1, 2)))
    return True


def _speedup_ticks(plot: Plot, axes, most: int) -> None:
    floor, top = plot.limits[1]
    ticks = style.log_ticks(floor, top, most) if plot.on_log else \
        [tick for tick in MaxNLocator(most - 1, steps=[1, 2, 5, 10]).tick_values(0, top) if tick <= top]
    style.fixed_ticks(axes.yaxis, ticks, [f"{units.number(tick)}x" for tick in ticks])


def _worker_ticks(plot: Plot, page: style.Page, axes, at: float) -> None:
    kept = style.thin([page.place(axes, count, at)[0] for count in plot.workers],
                      [str(count) for count in plot.workers], style.SMALL)
    style.fixed_ticks(axes.xaxis, [plot.workers[i] for i in kept], [str(plot.workers[i]) for i in kept])


def _draw_threads(plot: Plot, axes, name: str) -> list[style.EndLabel]:
    points = [(cell.workers, cell.speedup_vs_one_worker) for cell in plot.threads]
    return [style.draw_reference(axes, points, name)] if points else []


def _panels(plot: Plot) -> style.Page:
    """Too many lines for one plot: a panel per family. The efficiency at the most workers stands in the labels."""
    looks, last, most = style.looks(plot.sweep), plot.last(), plot.most
    groups = {name: found for name, labels in style.groups(plot.sweep).items()
              if (found := [label for label in labels if label in last])}
    figures = {label: f"  {_figures(cell, most)}" for label, cell in last.items()}
    tail = max(style.text_width(text, style.SMALL) for text in figures.values())
    name_width = style.label_width([*last, "threads"]) + tail
    grid = style.grid([len(labels) + bool(plot.threads) for labels in groups.values()], name_width, 0.36, 1.7)
    how = "Beside each name: its speed-up with the most workers and the efficiency (speed-up / workers). " \
          f"{style.family_line(looks[label] for label in last)}." \
          + (" Dashed black: threads, without a transport." if plot.threads else "") \
          + " Light grey: the lines of the other panels; solid grey: the ideal." + (" Log axes." if plot.on_log else "")
    page = plot.page(how, grid.body_height, plot.core_note(" (dotted)"))
    canvas = page.canvas()
    xlim, ylim = plot.limits
    bases = (2, 2) if plot.on_log else (None, None)
    for (name, labels), box in zip(groups.items(), grid.boxes):
        axes = style.panel(page, box, grid.width, style.heading(name), 0.22, xlim, ylim, bases, "workers")
        _speedup_ticks(plot, axes, 5)
        _worker_ticks(plot, page, axes, ylim[1])
        axes.plot([xlim[0], most], [xlim[0], most], color=style.QUIET, lw=1.0, zorder=1)
        _mark_cores(plot, axes)
        style.draw_context(axes, plot.workers, (plot.speedups(label) for label in last if label not in labels))
        ends = _draw_threads(plot, axes, "threads")
        if plot.fitted and plot.fitted.label in labels:
            _draw_amdahl(axes, plot.fitted, looks[plot.fitted.label], most)
        for label in reversed(labels):
            look = looks[label]
            axes.plot(plot.workers, plot.speedups(label), **look.line(True))
            ends.append(style.EndLabel(style.shorten(label, style.SMALL, name_width - tail) + figures[label],
                                       last[label].workers, last[label].speedup_vs_one_worker, look.colour,
                                       look.text_colour))
        style.label_panel(page, axes, canvas, ends, box, grid.width)
    return page


def _dots(plot: Plot) -> style.Page:
    """Many transports and only two worker counts: the speed-up is one figure each, a dot in a sorted row."""
    most, looks = plot.most, style.looks(plot.sweep)
    rows = sorted((cell for cell in plot.cells if cell.workers == most),
                  key=lambda cell: (-cell.speedup_vs_one_worker, cell.label))
    names = {cell: style.shorten(cell.label if cell.kind == "transport" else THREADS, style.LABEL, 2.7) for cell in rows}
    values = {cell: _figures(cell, most) for cell in rows}
    left = style.MARGIN + max(style.text_width(name, style.LABEL) for name in names.values()) + 0.15
    aside = 0.2 + max(style.text_width(value, style.LABEL) for value in values.values())
    width, row = style.WIDTH - style.MARGIN - left - aside, 0.3 if len(rows) <= 14 else 0.24
    height = len(rows) * row + 0.1
    shown = [looks[cell.label] for cell in rows if cell.kind == "transport"]
    how = f"With {units.count(most, 'worker')}; at the right the speed-up and the efficiency (speed-up / " \
          f"workers). {style.family_line(shown)}. The axis starts at 0."
    page = plot.page(how, height + 0.5 + 0.3, plot.core_note())
    axes = page.axes(left, 0.5, width, height)
    best = max(cell.speedup_vs_one_worker for cell in rows)
    high = max(best * 1.08, 1.1, most * 1.05 if most <= 2 * best else 0)
    axes.set(xlim=(0, high), ylim=(len(rows) - 0.5, -0.5))
    ticks = [tick for tick in MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(0, high) if tick <= high]
    style.fixed_ticks(axes.xaxis, ticks, [f"{units.number(tick)}x" for tick in ticks])
    style.fixed_ticks(axes.yaxis, [], [])
    axes.grid(axis="x", color=style.HAIR, lw=0.6)
    axes.set_xlabel(f"speed-up with {units.count(most, 'worker')} over {plot.workers[0]}", fontsize=style.SMALL)
    for place, text in ((1, "no gain"), (most, "ideal")):
        if place <= high:
            axes.axvline(place, color=style.QUIET, lw=1.0, ls="-" if text == "ideal" else (0, (1, 2)))
            page.text(page.place(axes, place, 0)[0], 0.5 + height + 0.12, text, style.SMALL, style.QUIET, ha="center")
    for index, cell in enumerate(rows):
        look = looks[cell.label] if cell.kind == "transport" else style.Look("", "|", "-")
        axes.axhline(index, color=style.HAIR, lw=0.6)
        axes.plot([cell.speedup_vs_one_worker], [index], color=look.colour, marker=look.marker, ms=7, ls="",
                  mfc="white" if look.lent else look.colour, mew=2 if look.marker == "|" else 1, clip_on=False)
        y = 0.5 + height - (index + 0.5) * height / len(rows)
        page.text(left - 0.1, y, names[cell], ha="right")
        page.text(style.WIDTH - style.MARGIN, y, values[cell], ha="right")
    return page


def _lines(plot: Plot) -> style.Page:
    """Few transports: one plot, and the efficiency in a second, smaller one."""
    looks, small, left = style.looks(plot.sweep), 2.3, style.MARGIN + 0.5
    labels = [label for label in looks if any(cell.label == label for cell in plot.transports)]
    name_width = style.label_width([*labels, *[THREADS] * bool(plot.threads)])
    width = style.WIDTH - style.MARGIN - left - 0.35 - name_width - 0.65 - small
    height = max(3.6, (len(labels) + bool(plot.threads)) * style.LABEL_GAP + 0.2)
    xlim, ylim = plot.limits
    inside = xlim[0] < (style.cores(plot.sweep) or 0) < xlim[1]
    how = style.family_line(looks[label] for label in labels) + \
        ("; both speed-up axes are logarithmic." if plot.on_log else ".")
    page = plot.page(how, height + 0.5 + 0.5, "" if inside else plot.core_note())
    axes, panel = page.axes(left, 0.5, width, height), page.axes(style.WIDTH - style.MARGIN - small, 0.5, small, height)
    high = max([1.05] + [cell.efficiency * 1.05 for cell in plot.cells if cell.efficiency is not None])
    for each, base, limits in ((axes, 2, ylim), (panel, None, (0, high))):
        if plot.on_log:
            each.set_xscale("log", base=2)
        if plot.on_log and base:
            each.set_yscale("log", base=base)
        each.set(xlim=xlim, ylim=limits)
        _worker_ticks(plot, page, each, limits[1])
        each.set_xlabel("workers", fontsize=style.SMALL)
        each.grid(axis="y", color=style.HAIR, lw=0.6)
        _mark_cores(plot, each)
    _speedup_ticks(plot, axes, 7)
    shares = [tick for tick in panel.yaxis.get_major_locator().tick_values(0, high) if tick <= high]
    style.fixed_ticks(panel.yaxis, shares, [units.percent(tick) for tick in shares])
    page.text(left - 0.45, 0.5 + height + 0.34, "Speed-up", bold=True)
    page.text(style.WIDTH - style.MARGIN - small - 0.45, 0.5 + height + 0.34, "Efficiency (speed-up / workers)", bold=True)
    panel.axhline(1, color=style.QUIET, lw=1.0, zorder=1)
    _name_ideal(plot, page, axes, inside, (left, 0.5 + height + 0.1, width))
    if plot.fitted:
        _draw_amdahl(axes, plot.fitted, looks[plot.fitted.label], plot.most)
    ends = _draw_threads(plot, axes, THREADS)
    _draw_efficiency(panel, plot.workers, plot.threads, dict(color=style.BLACK, lw=1.1, ls=(0, (6, 3)), zorder=2))
    for label in reversed(labels):
        cells = sorted((cell for cell in plot.transports if cell.label == label), key=lambda cell: cell.workers)
        look = looks[label]
        axes.plot(plot.workers, plot.speedups(label), **look.line())
        _draw_efficiency(panel, plot.workers, cells, look.line())
        ends.append(style.EndLabel(style.shorten(label, style.SMALL, name_width), cells[-1].workers,
                                   cells[-1].speedup_vs_one_worker, look.colour, look.text_colour))
    style.label_ends(page, axes, page.canvas(), ends, left + width + 0.3, 0.55, 0.5 + height)
    return page


def _draw_efficiency(axes, workers: list[int], cells: list[Cell], line: dict) -> None:
    at = {cell.workers: cell.efficiency for cell in cells if cell.efficiency is not None}
    if at:
        axes.plot(workers, [at.get(count, math.nan) for count in workers], **line)


def _name_ideal(plot: Plot, page: style.Page, axes, with_cores: bool, box: tuple[float, float, float]) -> None:
    """The ideal is named where its line leaves the plot, above it, as are the cores."""
    left, y, width = box
    xlim, (_, top) = plot.limits
    start = xlim[0] if plot.on_log else 0
    axes.plot([start, plot.most], [start, plot.most], color=style.QUIET, lw=1.0, zorder=1)
    marks = [(page.place(axes, min(plot.most, top), top)[0], "ideal")]
    if with_cores:
        count = style.cores(plot.sweep)
        marks.append((page.place(axes, count, top)[0], units.count(count, "core")))
    marks.sort()
    gap = (style.text_width(marks[0][1], style.SMALL) + style.text_width(marks[-1][1], style.SMALL)) / 2 + 0.12
    for (_, text), at in zip(marks, style.spread([x for x, _ in marks], gap, left + 0.2, left + width)):
        page.text(at, y, text, style.SMALL, style.QUIET, ha="center")


def draw(sweep: Sweep):
    drawn = [cell for cell in sweep.cells if cell.ok and (cell.speedup_vs_one_worker or 0) > 0
             and (cell.kind == "transport" or (cell.kind == "reference" and cell.transport == "threads"))]
    counts: dict[tuple[int, int], set] = {}
    for cell in drawn:
        if cell.kind == "transport":
            counts.setdefault((cell.numbers, cell.files), set()).add(cell.workers)
    if len({cell.workers for cell in sweep.transports()}) < 2:
        return None, "only one worker count in this sweep"
    usable = [key for key in counts if len(counts[key]) > 1]
    if not usable:
        return None, "no transport has speed-ups at two worker counts (is a run with one worker in the plan?)"
    numbers, files = max(usable)
    workers = sorted(counts[numbers, files])
    plot = Plot(sweep, [cell for cell in drawn if (cell.numbers, cell.files) == (numbers, files)
                        and cell.workers in workers], workers)
    if not style.crowded(style.groups(sweep)):
        return _lines(plot), ""
    return (_dots if len(workers) == 2 else _panels)(plot), ""

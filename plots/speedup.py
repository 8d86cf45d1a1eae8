"""Speed-up over the same transport with one worker, and the efficiency beside it."""

from __future__ import annotations

import math
from typing import Optional

from matplotlib.ticker import MaxNLocator

from . import style, units
from .data import Cell, Sweep


def title(sweep: Sweep, cells: list[Cell]) -> str:
    """The best speed-up, and what the most workers bring when that is less. The file holds no interval for a
    speed-up, so what prints alike is called equal."""
    workers = max(cells, key=lambda cell: (cell.speedup_vs_one_worker, -cell.workers)).workers
    group = sorted((cell for cell in cells if cell.workers == workers),
                   key=lambda cell: (-cell.speedup_vs_one_worker, sweep.label(cell)))
    best = max(cell.speedup_vs_one_worker for cell in group)
    printed = units.ratio(best)
    names = [sweep.label(cell) for cell in group if units.ratio(cell.speedup_vs_one_worker) == printed]
    who = f"all {len(names)} transports" if len(names) == len(group) > 2 else style.join(names)
    many = len(names) > 1
    if best < 1:
        return f"More workers do not pay: the best, {who} with {workers} workers, run{'' if many else 's'} at " \
               f"{printed} the speed of one"
    shares = [cell.efficiency for cell in group if sweep.label(cell) in names and cell.efficiency is not None]
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
               key=lambda cell: (cell.speedup_vs_one_worker, -cell.workers, sweep.label(cell)))
    share, name = best.amdahl_serial_share, sweep.label(best)
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


def _subtitle(sweep: Sweep, cells: list[Cell], most: int) -> list[str]:
    cell = cells[0]
    lines = [f"Speed-up of the total time over the same transport with one worker, {style.runs(cells, False)}; "
             f"higher is better. {units.count(cell.numbers, 'number')} in {units.count(cell.files, 'file')}. "]
    against = [cell for cell in cells if cell.workers == most and cell.kind == "transport" and cell.speedup_vs_serial]
    if against:
        best = max(against, key=lambda cell: cell.speedup_vs_serial)
        lines.append(f"Against the serial reference (one process, no transport) the best with "
                     f"{units.count(most, 'worker')} is {sweep.label(best)}: "
                     f"{units.exact_ratio(best.speedup_vs_serial)}.")
    return [*lines, amdahl(sweep, cells, sorted({cell.workers for cell in cells if cell.kind == "transport"}))[1]]


def _panels(sweep: Sweep, cells: list[Cell], workers: list[int], more: list[Cell]) -> style.Page:
    """Too many lines for one plot: a panel per family. The efficiency at the most workers stands in the labels."""
    most = workers[-1]
    looks = style.looks(sweep)
    at = {(sweep.label(cell), cell.workers): cell for cell in cells if cell.kind == "transport"}
    threads = {cell.workers: cell.speedup_vs_one_worker for cell in cells if cell.kind == "reference"}
    groups = {name: [label for label in labels if any((label, count) in at for count in workers)]
              for name, labels in style.groups(sweep).items()}
    last = {label: max(count for name, count in at if name == label) for label, _ in at}
    # With a result for the fewest workers only there is no speed-up to show.
    last = {label: count for label, count in last.items() if count > workers[0]}
    groups = {name: [label for label in labels if label in last] for name, labels in groups.items()}
    groups = {name: labels for name, labels in groups.items() if labels}

    def figures(label: str) -> str:
        cell = at[label, last[label]]
        text = f"  {units.exact_ratio(cell.speedup_vs_one_worker)}"
        return text + (f", {units.percent(cell.efficiency)}" if cell.efficiency is not None and last[label] == most
                       else "")

    tail = max(style.text_width(figures(label), style.SMALL) for label in last)
    name_width = style.label_width([*last, "threads"]) + tail
    grid = style.grid([len(labels) + bool(threads) for labels in groups.values()], name_width, 0.36, 1.7)
    on_log = most > 8
    shown = [cell.speedup_vs_one_worker for cell in at.values()] + list(threads.values())
    top = max(max(shown) * 1.15, 1.5)
    floor = min(min(shown) / 1.3, 0.8) if on_log else 0
    xlim = (workers[0] / 1.15, most * 1.15) if on_log else (0, most * 1.05)
    here = [cell for cell in sweep.transports() if (cell.numbers, cell.files) == (cells[0].numbers, cells[0].files)]
    subtitle = _subtitle(sweep, cells, most)
    subtitle += [f"Beside each name: its speed-up with the most workers and the efficiency (speed-up / workers). "
                 f"{style.family_line(looks[label] for label in last)}."
                 + (" Dashed black: threads, without a transport." if threads else "")
                 + " Light grey: the lines of the other panels; solid grey: the ideal."
                 + (" Log axes." if on_log else "") + " The file holds no interval for speed-ups."]
    core_count = style.cores(sweep)
    notes = style.setting_note(sweep, here) + style.problems(sweep, here, where=True)
    if core_count:
        notes.insert(0, f"The machine has {units.count(core_count, 'core')}"
                     + (" (dotted)." if xlim[0] < core_count < xlim[1] else "."))
    page = style.Page(title(sweep, more), subtitle, grid.body_height, notes, style.footer(sweep))
    canvas = page.canvas()
    fitted, _ = amdahl(sweep, cells, workers)
    for (name, labels), (x, bottom, height) in zip(groups.items(), grid.boxes):
        axes = page.axes(x, bottom, grid.width, height)
        if on_log:
            axes.set_xscale("log", base=2)
            axes.set_yscale("log", base=2)
        axes.set(xlim=xlim, ylim=(floor, top))
        ticks = style.log_ticks(floor, top, 5) if on_log else \
            [tick for tick in MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(0, top) if tick <= top]
        style.fixed_ticks(axes.yaxis, ticks, [f"{units.number(tick)}x" for tick in ticks])
        places = [page.place(axes, count, top)[0] for count in workers]
        kept = style.thin(places, [str(count) for count in workers], style.SMALL)
        style.fixed_ticks(axes.xaxis, [workers[i] for i in kept], [str(workers[i]) for i in kept])
        axes.set_xlabel("workers", fontsize=style.SMALL)
        axes.grid(axis="y", color=style.HAIR, lw=0.6)
        page.text(x - 0.45, bottom + height + 0.22, style.heading(name), style.LABEL, bold=True)
        axes.plot([xlim[0], most], [xlim[0], most], color=style.QUIET, lw=1.0, zorder=1)
        if core_count and xlim[0] < core_count < xlim[1]:
            axes.axvline(core_count, color=style.QUIET, lw=0.9, ls=(0, (1, 2)))
        ends = []
        style.draw_context(axes, workers, (_speedups(at, label, workers) for label in last if label not in labels))
        if threads:
            counts = sorted(threads)
            axes.plot(counts, [threads[count] for count in counts], color=style.BLACK, lw=1.1, ls=(0, (6, 3)),
                      zorder=2)
            ends.append(style.EndLabel("threads", counts[-1], threads[counts[-1]], style.BLACK, style.INK))
        if fitted and sweep.label(fitted) in labels:
            _draw_amdahl(axes, fitted, looks[sweep.label(fitted)], most)
        for label in reversed(labels):
            look = looks[label]
            axes.plot(workers, _speedups(at, label, workers), **look.line(True))
            ends.append(style.EndLabel(style.shorten(label, style.SMALL, name_width - tail) + figures(label),
                                       last[label], at[label, last[label]].speedup_vs_one_worker, look.colour,
                                       look.text_colour))
        style.label_ends(page, axes, canvas, ends, x + grid.width + 0.25, bottom + 0.05, bottom + height - 0.02)
    return page


def _dots(sweep: Sweep, cells: list[Cell], workers: list[int], more: list[Cell]) -> style.Page:
    """Many transports and only two worker counts: the speed-up is one figure each, a dot in a sorted row."""
    most = workers[-1]
    looks = style.looks(sweep)
    rows = sorted((cell for cell in cells if cell.workers == most),
                  key=lambda cell: (-cell.speedup_vs_one_worker, sweep.label(cell)))
    names = {cell: style.shorten(sweep.label(cell) if cell.kind == "transport" else "threads (no transport)",
                                 style.LABEL, 2.7) for cell in rows}
    values = {cell: units.exact_ratio(cell.speedup_vs_one_worker)
              + (f", {units.percent(cell.efficiency)}" if cell.efficiency is not None else "") for cell in rows}
    left = style.MARGIN + max(style.text_width(name, style.LABEL) for name in names.values()) + 0.15
    aside = 0.2 + max(style.text_width(value, style.LABEL) for value in values.values())
    width, row = style.WIDTH - style.MARGIN - left - aside, 0.3 if len(rows) <= 14 else 0.24
    height = len(rows) * row + 0.1
    here = [cell for cell in sweep.transports() if (cell.numbers, cell.files) == (cells[0].numbers, cells[0].files)]
    shown = [looks[sweep.label(cell)] for cell in rows if cell.kind == "transport"]
    subtitle = _subtitle(sweep, cells, most)
    subtitle.append(f"With {units.count(most, 'worker')}; at the right the speed-up and the efficiency (speed-up / "
                    f"workers). {style.family_line(shown)}. The axis starts at 0. The file holds no interval for "
                    "speed-ups.")
    core_count = style.cores(sweep)
    notes = [f"The machine has {units.count(core_count, 'core')}."] if core_count else []
    notes += style.setting_note(sweep, here) + style.problems(sweep, here, where=True)
    page = style.Page(title(sweep, more), subtitle, height + 0.5 + 0.3, notes, style.footer(sweep))
    axes = page.axes(left, 0.5, width, height)
    best = max(cell.speedup_vs_one_worker for cell in rows)
    high = max(best * 1.08, 1.1, most * 1.05 if most <= 2 * best else 0)
    axes.set(xlim=(0, high), ylim=(len(rows) - 0.5, -0.5))
    ticks = [tick for tick in MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(0, high) if tick <= high]
    style.fixed_ticks(axes.xaxis, ticks, [f"{units.number(tick)}x" for tick in ticks])
    style.fixed_ticks(axes.yaxis, [], [])
    axes.grid(axis="x", color=style.HAIR, lw=0.6)
    axes.set_xlabel(f"speed-up with {units.count(most, 'worker')} over {workers[0]}", fontsize=style.SMALL)
    for place, text in ((1, "no gain"), (most, "ideal")):
        if place <= high:
            axes.axvline(place, color=style.QUIET, lw=1.0, ls="-" if text == "ideal" else (0, (1, 2)))
            page.text(page.place(axes, place, 0)[0], 0.5 + height + 0.12, text, style.SMALL, style.QUIET, ha="center")
    for index, cell in enumerate(rows):
        look = looks.get(sweep.label(cell)) if cell.kind == "transport" else \
            style.Look(style.BLACK, "|", "-", False)
        axes.axhline(index, color=style.HAIR, lw=0.6)
        axes.plot([cell.speedup_vs_one_worker], [index], color=look.colour, marker=look.marker, ms=7, ls="",
                  mfc="white" if look.lent else look.colour, mew=2 if look.marker == "|" else 1, clip_on=False)
        y = 0.5 + height - (index + 0.5) * height / len(rows)
        page.text(left - 0.1, y, names[cell], ha="right")
        page.text(style.WIDTH - style.MARGIN, y, values[cell], ha="right")
    return page


def _speedups(at: dict[tuple[str, int], Cell], label: str, workers: list[int]) -> list[float]:
    """A worker count without a result breaks the line, as in the throughput chart."""
    return [at[label, count].speedup_vs_one_worker if (label, count) in at else math.nan for count in workers]


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
    cells = [cell for cell in drawn if (cell.numbers, cell.files) == (numbers, files)]
    workers = sorted(counts[numbers, files])
    most = workers[-1]
    cells = [cell for cell in cells if cell.workers in workers]
    more = [cell for cell in cells if cell.kind == "transport" and cell.workers > workers[0]]

    looks = style.looks(sweep)
    if style.crowded(sweep):
        return (_dots if len(workers) == 2 else _panels)(sweep, cells, workers, more), ""
    threads = "threads (no transport)"
    lines = [(name, [cell for cell in cells if cell.kind == "transport" and sweep.label(cell) == name])
             for name in looks]
    lines = [(name, group) for name, group in lines if group]
    colours = style.family_line(looks[name] for name, _ in lines)
    with_threads = [cell for cell in cells if cell.kind == "reference"]
    if with_threads:
        lines.append((threads, with_threads))
        looks[threads] = style.Look(style.BLACK, "|", (0, (6, 3)), False)

    on_log = most > 8
    left = style.MARGIN + 0.5
    name_width = style.label_width([name for name, _ in lines])
    small = 2.3
    width = style.WIDTH - style.MARGIN - left - 0.35 - name_width - 0.65 - small
    height = max(3.6, len(lines) * style.LABEL_GAP + 0.2)
    subtitle = _subtitle(sweep, cells, most)
    subtitle.append(colours + ("; both speed-up axes are logarithmic." if on_log else ".")
                    + " The file holds no interval for speed-ups.")
    here = [cell for cell in sweep.transports() if (cell.numbers, cell.files) == (numbers, files)]
    notes = style.setting_note(sweep, here) + style.problems(sweep, here, where=True)
    core_count = style.cores(sweep)
    page = style.Page(title(sweep, more), subtitle, height + 0.5 + 0.5, notes, style.footer(sweep))
    canvas = page.canvas()

    # The ideal line may leave the plot: what was measured decides the scale, not what was hoped for.
    top = max(max(cell.speedup_vs_one_worker for cell in cells) * 1.15, 1.5)
    xlim = (workers[0] / 1.15, most * 1.15) if on_log else (0, most * 1.05)
    floor = min(min(cell.speedup_vs_one_worker for cell in cells) / 1.3, 0.8) if on_log else 0
    axes = page.axes(left, 0.5, width, height)
    panel = page.axes(style.WIDTH - style.MARGIN - small, 0.5, small, height)
    has_efficiency = [cell for cell in cells if cell.efficiency is not None]
    for each in (axes, panel):
        if on_log:
            each.set_xscale("log", base=2)
        each.set_xlim(xlim)
        first = page.place(each, xlim[0], 0 if each is panel or not on_log else 1)[0]
        places = [page.place(each, count, 1)[0] - first for count in workers]
        kept = style.thin(places, [str(count) for count in workers], style.SMALL)
        style.fixed_ticks(each.xaxis, [workers[i] for i in kept], [str(workers[i]) for i in kept])
        each.set_xlabel("workers", fontsize=style.SMALL)
        each.grid(axis="y", color=style.HAIR, lw=0.6)
    if on_log:
        axes.set_yscale("log", base=2)
        ticks = style.log_ticks(floor, top)
    else:
        ticks = [tick for tick in axes.yaxis.get_major_locator().tick_values(0, top) if tick <= top]
    axes.set_ylim(floor, top)
    style.fixed_ticks(axes.yaxis, ticks, [f"{units.number(tick)}x" for tick in ticks])
    high = max([1.05] + [cell.efficiency * 1.05 for cell in has_efficiency])
    panel.set_ylim(0, high)
    shares = [tick for tick in panel.yaxis.get_major_locator().tick_values(0, high) if tick <= high]
    style.fixed_ticks(panel.yaxis, shares, [units.percent(tick) for tick in shares])

    page.text(left - 0.45, 0.5 + height + 0.34, "Speed-up", bold=True)
    page.text(style.WIDTH - style.MARGIN - small - 0.45, 0.5 + height + 0.34, "Efficiency (speed-up / workers)",
              bold=True)
    ideal = [xlim[0] if on_log else 0, most]
    axes.plot(ideal, ideal, color=style.QUIET, lw=1.0, zorder=1)
    panel.axhline(1, color=style.QUIET, lw=1.0, zorder=1)
    # Named where the line leaves the plot, above it.
    exit_at = min(most, top)
    x, _ = page.place(axes, exit_at, top)
    marks = [(x, "ideal")]
    if core_count and xlim[0] < core_count < xlim[1]:
        for each in (axes, panel):
            each.axvline(core_count, color=style.QUIET, lw=0.9, ls=(0, (1, 2)))
        marks.append((page.place(axes, core_count, top)[0], units.count(core_count, "core")))
    elif core_count:
        notes.append(f"The machine has {units.count(core_count, 'core')}.")
    marks.sort()
    gap = (style.text_width(marks[0][1], style.SMALL) + style.text_width(marks[-1][1], style.SMALL)) / 2 + 0.12
    for (x, text), at in zip(marks, style.spread([x for x, _ in marks], gap, left + 0.2, left + width)):
        page.text(at, 0.5 + height + 0.1, text, style.SMALL, style.QUIET, ha="center")

    fitted, _ = amdahl(sweep, cells, workers)
    if fitted:
        _draw_amdahl(axes, fitted, looks[sweep.label(fitted)], most)
    ends = []
    for name, group in reversed(lines):
        look = looks[name]
        group = sorted(group, key=lambda cell: cell.workers)
        # A worker count without a result breaks the line, as in the throughput chart.
        at_count = {cell.workers: cell for cell in group}
        found = [at_count.get(count) for count in workers]
        axes.plot(workers, [cell.speedup_vs_one_worker if cell else math.nan for cell in found], **look.line())
        panel.plot(workers, [cell.efficiency if cell and cell.efficiency is not None else math.nan for cell in found],
                   **look.line())
        ends.append(style.EndLabel(style.shorten(name, style.SMALL, name_width), group[-1].workers,
                                   group[-1].speedup_vs_one_worker, look.colour, look.text_colour))
    style.label_ends(page, axes, canvas, ends, left + width + 0.3, 0.55, 0.5 + height)
    return page, ""

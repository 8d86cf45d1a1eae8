"""Transfer throughput over payload size, one panel per worker count; dots when there is one size only."""

from __future__ import annotations

import math

from . import style, units
from .data import Cell, Ranking, Sweep, rank

PANELS_MAX = 4
CEILING = "memcpy, one copy"


def leader(sweep: Sweep, ranking: Ranking, of_how_many: int) -> str:
    """The finding for one condition, in the words the heat map uses too."""
    best = ranking.best
    name, size, rate = sweep.label(best), style.payload(best), units.rate(best.rate)
    if of_how_many == 1:
        return f"{name} moves the {size} payload at {rate}"
    if ranking.tied:
        names = [name] + [sweep.label(cell) for cell in ranking.tied]
        who = f"All {of_how_many} transports" if len(names) == of_how_many > 2 else style.join(names)
        return f"{who} tie at {size}: {rate}"
    ahead = f", {units.ratio(ranking.ratio)} the runner-up" if ranking.ratio is not None else ""
    unproven = "" if ranking.proven else " (no interval, so not proven)"
    return f"{name} moves the {size} payload fastest: {rate}{ahead}{unproven}"


def title(sweep: Sweep, cells: list[Cell], ranking: Ranking) -> str:
    """The finding at the largest payload, and who leads at the smallest when that is someone else."""
    at_size = [cell for cell in cells if cell.payload_bytes == ranking.best.payload_bytes and cell.rate]
    text = leader(sweep, ranking, len(at_size))
    smallest = min(cell.payload_bytes for cell in cells if cell.rate)
    if smallest != ranking.best.payload_bytes:
        other = rank([cell for cell in cells if cell.payload_bytes == smallest], "transfer")
        first = {sweep.label(ranking.best)} | {sweep.label(cell) for cell in ranking.tied}
        then = [sweep.label(other.best)] + [sweep.label(cell) for cell in other.tied]
        if set(then) != first:
            how = "tie" if len(then) > 1 else "leads" if other.proven else "is ahead"
            text += f"; at {units.size(smallest)} {style.join(then, 2)} {how}"
    return text


def pick_files(cells: list[Cell]) -> int:
    """The file count with results at the most sizes; of equals the largest."""
    sizes: dict[int, set] = {}
    for cell in cells:
        if cell.rate and cell.payload_bytes:
            sizes.setdefault(cell.files, set()).add(cell.payload_bytes)
    return max(sizes, key=lambda files: (len(sizes[files]), files))


def other_files(sweep: Sweep, files: int) -> list[str]:
    others = sorted({cell.files for cell in sweep.transports()} - {files})
    return [f"Not shown: the cells with {style.join([str(count) for count in others], 6)} "
            f"file{'s' if others != [1] else ''} (see summary.csv)."] if others else []


def ceilings(sweep: Sweep, files: int, workers: int) -> dict[int, float]:
    """Payload -> what one memcpy of it reaches, from the column of any cell, else from the calibration's own row."""
    found = {}
    for cell in sweep.cells:
        if (cell.files, cell.workers) == (files, workers) and cell.payload_bytes:
            own = cell.rate if cell.kind == "calibration" and cell.transport == "memcpy_one_copy" else None
            value = cell.one_copy_bytes_per_s_median or own
            if value and value > 0:
                found.setdefault(cell.payload_bytes, value)
    return found


def evenly(values: list[int], most: int) -> list[int]:
    """At most so many, evenly chosen, the least and the largest among them."""
    if len(values) <= most:
        return values
    if most == 1:
        return values[-1:]
    return sorted({values[round(index * (len(values) - 1) / (most - 1))] for index in range(most)})


def draw(sweep: Sweep):
    everything = sweep.transports()
    if not any(cell.rate and cell.payload_bytes for cell in everything):
        return None, "no transport has a transfer rate in this sweep"
    files = pick_files(everything)
    cells = [cell for cell in everything if cell.files == files and cell.payload_bytes]
    with_rate = [cell for cell in cells if cell.rate]
    all_workers = sorted({cell.workers for cell in with_rate})
    sizes = sorted({cell.payload_bytes for cell in with_rate})
    most = all_workers[-1]
    last = [cell for cell in with_rate if cell.workers == most]
    largest = max(cell.payload_bytes for cell in last)
    ranking = rank([cell for cell in last if cell.payload_bytes == largest], "transfer")
    looks = style.looks(sweep)
    what = f"Transfer throughput, {style.runs(with_rate, any(cell.rate_interval for cell in with_rate))}; " \
           f"higher is better. {units.count(files, 'file')}, "
    if len(sizes) == 1:
        return _dots(sweep, what, cells, last, ranking, looks, all_workers), ""
    return _lines(sweep, what, cells, sizes, all_workers, ranking, looks), ""


def _lines(sweep: Sweep, what: str, cells: list[Cell], sizes: list[int], all_workers: list[int], ranking: Ranking,
           looks: dict) -> style.Page:
    with_rate = [cell for cell in cells if cell.rate]
    measured = {sweep.label(cell) for cell in with_rate}
    labels = [label for label in looks if label in measured]  # best first
    files, most = cells[0].files, all_workers[-1]
    shown = evenly(all_workers, PANELS_MAX if len(labels) <= 12 else 2)
    left, gap = style.MARGIN + 0.55, 0.3
    name_width = style.label_width(labels + [CEILING])
    aside = 0.3 + name_width  # for the names at the line ends
    columns = 2 if len(shown) > 1 and (style.WIDTH - 2 * left - 2 * aside) / 2 >= 2.6 else 1
    width = (style.WIDTH - style.MARGIN - columns * (left + aside) - (columns - 1) * gap) / columns
    height = max(2.9 if len(shown) > 1 else 4.0, (len(labels) + 1) * style.LABEL_GAP + 0.1)

    by_panel = {workers: ceilings(sweep, files, workers) for workers in shown}
    rates = [cell.rate for cell in with_rate if cell.workers in shown]
    rates += [bound for cell in with_rate if cell.workers in shown for bound in cell.rate_interval or ()]
    rates += [rate for panel in by_panel.values() for size, rate in panel.items() if size in sizes]
    unit, scale = units.rate_unit(rates)
    low, high = style.log_limits(rates)
    first, last = sizes[0], sizes[-1]
    pad = (last / first) ** 0.05
    xlim = (first / pad, last * pad)
    caches = [(name, size) for name, size in style.data_caches(sweep) if xlim[0] < size < xlim[1]]
    cache_rows, cache_at = _cache_labels(caches, xlim, width)
    head = 0.28 + 0.18 * cache_rows
    row_height = head + height + 0.62
    rows = math.ceil(len(shown) / columns)

    subtitle = [what + (f"{units.count(most, 'worker')}. " if len(shown) == 1 else "one panel per worker count, the "
                        f"title speaks of {units.count(most, 'worker')}."), style.runner_up(sweep, ranking),
                f"{style.family_line(looks[label] for label in labels)}. Dashed: memcpy"
                + (", dotted: caches" if caches else "") + ". Log axes."]
    notes = []
    if len(shown) < len(all_workers):
        hidden = [str(workers) for workers in all_workers if workers not in shown]
        notes.append(f"Not shown for lack of space: {', '.join(hidden)} workers (see the heat map or summary.csv).")
    notes += other_files(sweep, files) + style.setting_note(sweep, with_rate)
    notes += style.problems(sweep, cells, where=True)
    page = style.Page(title(sweep, [cell for cell in cells if cell.workers == most], ranking), subtitle,
                      rows * row_height, notes, style.footer(sweep))
    canvas = page.canvas()
    ticks = style.log_ticks(low, high)
    for index, workers in enumerate(shown):
        x = left + (index % columns) * (width + aside + gap + left)
        bottom = page.body_height - (index // columns + 1) * row_height + 0.5
        axes = page.axes(x, bottom, width, height)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log", base=10)
        axes.set(xlim=xlim, ylim=(low, high))
        style.fixed_ticks(axes.yaxis, ticks, [units.number(tick / scale) for tick in ticks])
        names = [units.size(size) for size in sizes]
        places = [page.place(axes, size, low)[0] for size in sizes]
        kept = style.thin(places, names, style.SMALL)
        style.fixed_ticks(axes.xaxis, sizes, [name if i in kept else "" for i, name in enumerate(names)])
        axes.grid(axis="y", color=style.HAIR, lw=0.6)
        axes.set_xlabel("payload per run (all workers together)", fontsize=style.SMALL)
        page.text(x - 0.45, bottom + height + head - 0.12, f"{unit}, {units.count(workers, 'worker')}", style.LABEL,
                  bold=True)
        for (name, size), (text_x, text_row) in zip(caches, cache_at):
            axes.axvline(size, color=style.QUIET, lw=0.9, ls=(0, (1, 2)))
            page.text(x + text_x, bottom + height + 0.08 + 0.18 * text_row, f"{name} {units.size(size)}", style.SMALL,
                      style.QUIET, ha="center")
        ends = []
        ceiling = sorted((size, rate) for size, rate in by_panel[workers].items() if size in sizes)
        if ceiling:
            axes.plot(*zip(*ceiling), color=style.BLACK, lw=1.1, ls=(0, (6, 3)), zorder=2)
            ends.append(style.EndLabel(CEILING, *ceiling[-1], style.BLACK, style.INK))
        for label in reversed(labels):  # the best last, on top
            line = sorted((cell for cell in with_rate if cell.workers == workers and sweep.label(cell) == label),
                          key=lambda cell: cell.payload_bytes)
            if not line:
                continue
            look = looks[label]
            # A size without a result breaks the line: nobody measured what a bridge over it would show.
            at_size = {cell.payload_bytes: cell for cell in line}
            rates = [at_size[size].rate if size in at_size else math.nan for size in sizes]
            bands = [(at_size[size].rate_interval if size in at_size else None) or (math.nan, math.nan)
                     for size in sizes]
            axes.fill_between(sizes, [band[0] for band in bands], [band[1] for band in bands], color=look.colour,
                              alpha=0.18, lw=0, zorder=2)
            axes.plot(sizes, rates, color=look.colour, ls=look.dash, marker=look.marker, ms=4.5,
                      mfc="white" if look.grey else look.colour, mew=0.9, lw=1.0 if look.grey else 1.6,
                      zorder=3 if look.grey else 4, clip_on=False)
            text = style.shorten(label, style.SMALL, name_width)
            ends.append(style.EndLabel(text, line[-1].payload_bytes, line[-1].rate, look.colour, look.text_colour))
        style.label_ends(page, axes, canvas, ends, x + width + 0.25, bottom + 0.05, bottom + height - 0.02)
    return page


def _cache_labels(caches: list[tuple[str, int]], xlim: tuple[float, float], width: float):
    """(rows used, [(inches from the left of the plot, row)]): labels above the plot, in rows so that none overlap."""
    ends: list[float] = []
    places = []
    for name, size in caches:
        half = style.text_width(f"{name} {units.size(size)}", style.SMALL) / 2
        at = width * math.log(size / xlim[0]) / math.log(xlim[1] / xlim[0])
        at = min(max(at, half), width - half)
        row = next((i for i, end in enumerate(ends) if end + 0.12 < at - half), len(ends))
        ends[row:row + 1] = [at + half]
        places.append((at, row))
    return len(ends), places


def _dots(sweep: Sweep, what: str, cells: list[Cell], last: list[Cell], ranking: Ranking, looks: dict,
          all_workers: list[int]) -> style.Page:
    """One size: a dot with its interval per transport, best first. Dots may stand on a log axis, bars may not."""
    row = 0.3
    shown = sorted(last, key=lambda cell: (-(cell.transfer_percent_of_best or 0), -cell.rate, sweep.label(cell)))
    best = ranking.best
    ceiling = ceilings(sweep, best.files, best.workers).get(best.payload_bytes)
    rates = [cell.rate for cell in shown]
    bounds = rates + [bound for cell in shown for bound in cell.rate_interval or ()] + ([ceiling] if ceiling else [])
    unit, scale = units.rate_unit(rates)
    names = [style.shorten(sweep.label(cell), style.LABEL, 2.7) for cell in shown]
    values = [units.number(cell.rate / scale, trim=False) for cell in shown]
    left = style.MARGIN + max(style.text_width(name, style.LABEL) for name in names) + 0.15
    aside = 0.15 + max([style.text_width(f"{value} {unit}", style.LABEL) for value in values])
    width = style.WIDTH - style.MARGIN - left - aside
    height = len(shown) * row + 0.1

    on_log = max(bounds) / min(bounds) > 20
    subtitle = [what + f"{units.count(best.workers, 'worker')}, {style.payload(best)} of payload "
                "(the only size).", style.runner_up(sweep, ranking),
                f"{style.family_line(looks[sweep.label(cell)] for cell in shown)}. "
                + ("Log axis." if on_log else "The axis starts at 0.")]
    notes = []
    if len(all_workers) > 1:
        hidden = ", ".join(str(workers) for workers in all_workers[:-1])
        notes.append(f"Not shown: {hidden} worker{'s' if hidden != '1' else ''} (see the heat map).")
    here = [cell for cell in cells if cell.condition == best.condition]
    notes += other_files(sweep, best.files) + style.setting_note(sweep, shown)
    notes += style.problems(sweep, here, where=False)
    page = style.Page(title(sweep, here, ranking), subtitle, height + 0.5 + 0.3, notes, style.footer(sweep))
    axes = page.axes(left, 0.5, width, height)
    if on_log:
        axes.set_xscale("log", base=10)
        low, high = style.log_limits(bounds)
        ticks = style.log_ticks(low, high)
    else:
        low, high = 0.0, max(bounds) * 1.05
        ticks = [tick * scale for tick in axes.xaxis.get_major_locator().tick_values(0, high / scale)
                 if tick * scale <= high]
    axes.set(xlim=(low, high), ylim=(len(shown) - 0.5, -0.5))
    style.fixed_ticks(axes.xaxis, ticks, [units.number(tick / scale) for tick in ticks])
    style.fixed_ticks(axes.yaxis, [], [])
    axes.grid(axis="x", color=style.HAIR, lw=0.6)
    axes.set_xlabel(f"throughput ({unit})", fontsize=style.SMALL)
    if ceiling:
        axes.axvline(ceiling, color=style.BLACK, lw=1.1, ls=(0, (6, 3)))
        half = style.text_width(CEILING, style.SMALL) / 2
        at = min(max(page.place(axes, ceiling, 0)[0], style.MARGIN + half), style.WIDTH - style.MARGIN - half)
        page.text(at, 0.5 + height + 0.12, CEILING, style.SMALL, ha="center")
    for index, (cell, name, value) in enumerate(zip(shown, names, values)):
        look = looks[sweep.label(cell)]
        axes.axhline(index, color=style.HAIR, lw=0.6)
        if cell.rate_interval:
            axes.plot(cell.rate_interval, [index, index], color=look.colour, lw=2.2)
        axes.plot([cell.rate], [index], color=look.colour, marker=look.marker, ms=7, ls="", clip_on=False)
        y = 0.5 + height - (index + 0.5) * height / len(shown)
        page.text(left - 0.1, y, name, ha="right")
        page.text(style.WIDTH - style.MARGIN, y, f"{value} {unit}", ha="right")
    return page

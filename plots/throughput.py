"""Transfer throughput over payload size, one panel per worker count; dots when there is one size only."""

from __future__ import annotations

import math
from dataclasses import dataclass

from . import style, units
from .data import Cell, Ranking, Sweep, rank

PANELS_MAX = 4
CEILING = "memcpy, one copy"


def leader(sweep: Sweep, ranking: Ranking, of_how_many: int) -> str:
    """The finding for one condition, in the words the heat map uses too."""
    best = ranking.best
    name, size = sweep.label(best), style.payload(best)
    figure = units.seconds(best.handover_s) if best.lent else units.rate(best.rate)
    does, at = (f"hands the {size} payload over", "in") if best.lent else (f"moves the {size} payload", "at")
    if of_how_many == 1:
        return f"{name} {does} {at} {figure}"
    if ranking.tied:
        names = [name] + [sweep.label(cell) for cell in ranking.tied]
        who = f"All {of_how_many} {'that lend' if best.lent else 'transports'}" \
            if len(names) == of_how_many > 2 else style.join(names)
        return f"{who} tie at {size}: {style.best_figure([best, *ranking.tied])}"
    # In pairs with one that is not proven to be slower, the best may come out behind.
    is_ahead = ranking.ratio is not None and ranking.ratio >= 1
    ahead = f", {units.ratio(ranking.ratio)} the runner-up" if is_ahead else ""
    return f"{name} {does} fastest: {figure}{ahead}{'' if ranking.proven else style.unproven(ranking)}"


def lent_line(sweep: Sweep, cells: list[Cell]) -> str:
    """What lending reaches, for the subtitle of a chart about copying; `cells` are of one condition."""
    ranking = rank([cell for cell in cells if cell.lent], "transfer")
    if ranking is None or not any(cell.rate for cell in cells if not cell.lent):
        return ""
    many = sum(1 for cell in cells if cell.lent and cell.rate)
    return f"Lent, nothing is copied: {leader(sweep, ranking, many)}."


def title(sweep: Sweep, cells: list[Cell], ranking: Ranking) -> str:
    """The finding at the largest payload, and who leads at the smallest when that is someone else."""
    cells = [cell for cell in cells if cell.lent == ranking.best.lent]
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
    # The title speaks of copying, where there is any.
    ranked = [cell for cell in last if not cell.lent] or last
    largest = max(cell.payload_bytes for cell in ranked)
    ranking = rank([cell for cell in ranked if cell.payload_bytes == largest], "transfer")
    looks = style.looks(sweep)
    only_lent = all(cell.lent for cell in with_rate)
    what = f"{'Time of the hand-over' if only_lent else 'Transfer throughput'}, " \
           f"{style.runs(with_rate, any(cell.rate_interval or cell.handover_interval for cell in with_rate))}; " \
           f"{'lower' if only_lent else 'higher'} is better. {units.count(files, 'file')}, "
    if len(sizes) == 1:
        return _dots(sweep, what, cells, last, ranking, looks, all_workers), ""
    return _lines(sweep, what, cells, sizes, all_workers, ranking, looks), ""


@dataclass(frozen=True)
class Panel:
    heading: str
    workers: int
    labels: list[str]  # best first
    context: list[str]  # drawn without a name, in light grey
    lent: bool = False


def _panels(sweep: Sweep, cells: list[Cell], shown: list[int], unit: str) -> list[Panel]:
    """One per worker count, or, when there are too many lines for that, one per family; and one for what is lent."""
    most = shown[-1]
    here = {sweep.label(cell) for cell in cells if cell.workers in shown}
    groups = {name: [label for label in labels if label in here] for name, labels in style.groups(sweep).items()}
    groups = {name: labels for name, labels in groups.items() if labels}
    lent = groups.pop(style.LENT, [])
    if style.crowded(sweep):
        everyone = [label for labels in groups.values() for label in labels]
        panels = [Panel(f"{style.heading(name)}, {unit}", most, labels,
                        [label for label in everyone if label not in labels]) for name, labels in groups.items()]
    elif groups:
        labels = [label for labels in groups.values() for label in labels]
        panels = [Panel(f"{unit}, {units.count(workers, 'worker')}", workers, labels, []) for workers in shown]
    else:
        panels = []
    if lent:
        panels.append(Panel("Lent, nothing is copied: ", most, lent, [], True))
    return panels


def _lines(sweep: Sweep, what: str, cells: list[Cell], sizes: list[int], all_workers: list[int], ranking: Ranking,
           looks: dict) -> style.Page:
    with_rate = [cell for cell in cells if cell.rate]
    copied = [cell for cell in with_rate if not cell.lent]
    files, most = cells[0].files, all_workers[-1]
    crowded = style.crowded(sweep)
    shown = all_workers[-1:] if crowded or not copied else evenly(all_workers, PANELS_MAX)
    by_panel = {workers: ceilings(sweep, files, workers) for workers in shown}
    by_panel = {workers: {size: rate for size, rate in found.items() if size in sizes}
                for workers, found in by_panel.items() if copied}
    rates = [cell.rate for cell in copied if cell.workers in shown]
    rates += [bound for cell in copied if cell.workers in shown for bound in cell.rate_interval or ()]
    rates += [rate for panel in by_panel.values() for rate in panel.values()] if rates else []
    unit, scale = units.rate_unit(rates) if rates else ("", 1.0)
    times = [cell.handover_s for cell in with_rate if cell.lent and cell.workers == most]
    times += [bound for cell in with_rate if cell.lent and cell.workers == most
              for bound in cell.handover_interval or ()]
    time_unit, time_scale = units.seconds_unit(min(times)) if times else ("", 1.0)
    panels = _panels(sweep, with_rate, shown, unit)

    first, last = sizes[0], sizes[-1]
    pad = (last / first) ** 0.08
    xlim = (first / pad, last * pad)
    caches = [(name, size) for name, size in style.data_caches(sweep) if xlim[0] < size < xlim[1]]
    name_width = style.label_width([label for panel in panels for label in panel.labels]
                                   + [CEILING] * any(by_panel.values()))
    label_counts = [len(panel.labels) + bool(not panel.lent and by_panel[panel.workers]) for panel in panels]
    least = 1.7 if crowded else 2.9 if len(panels) > 1 else 4.0
    width = style.grid(label_counts, name_width, 0, least).width
    cache_rows, cache_at = cache_labels(caches, xlim, width)
    head = 0.28 + 0.18 * cache_rows
    grid = style.grid(label_counts, name_width, head, least)

    workers_text = f"{units.count(most, 'worker')}. "
    if len(shown) > 1:
        workers_text = f"one panel per worker count, the title speaks of {workers_text}"
    at_best = [cell for cell in with_rate if cell.condition == ranking.best.condition]
    subtitle = [what + workers_text, style.runner_up(sweep, ranking), lent_line(sweep, at_best),
                f"{style.family_line(looks[label] for panel in panels for label in panel.labels)}."
                + (" Light grey: the lines of the other panels." if any(panel.context for panel in panels) else "")
                + (" Dashed: memcpy." if any(by_panel.values()) else "")
                + (" Dotted: caches." if caches else "") + " Log axes."]
    notes = []
    hidden = [str(workers) for workers in all_workers if workers not in shown]
    if hidden:
        notes.append(f"Not shown for lack of space: {', '.join(hidden)} worker{'s' if hidden != ['1'] else ''} (see "
                     "the heat map or summary.csv).")
    notes += other_files(sweep, files) + style.setting_note(sweep, with_rate)
    notes += style.problems(sweep, cells, where=True)
    page = style.Page(title(sweep, [cell for cell in cells if cell.workers == most], ranking), subtitle,
                      grid.body_height, notes, style.footer(sweep))
    canvas = page.canvas()
    names = [units.size(size) for size in sizes]
    for panel, (x, bottom, height) in zip(panels, grid.boxes):
        value_scale = time_scale if panel.lent else scale
        low, high = style.log_limits(times if panel.lent else rates)
        ticks = style.log_ticks(low, high, 5 if height < 2.4 else 7)
        axes = page.axes(x, bottom, width, height)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log", base=10)
        axes.set(xlim=xlim, ylim=(low, high))
        style.number_ticks(axes.yaxis, ticks, value_scale)
        places = [page.place(axes, size, low)[0] for size in sizes]
        kept = style.thin(places, names, style.SMALL)
        style.fixed_ticks(axes.xaxis, sizes, [name if i in kept else "" for i, name in enumerate(names)])
        axes.grid(axis="y", color=style.HAIR, lw=0.6)
        axes.set_xlabel("payload per run (all workers together)", fontsize=style.SMALL)
        heading = panel.heading + (f"hand-over in {time_unit}, lower is better" if panel.lent else "")
        page.text(x - 0.45, bottom + height + head - 0.12, heading, style.LABEL, bold=True)
        for (name, size), (text_x, text_row) in zip(caches, cache_at):
            axes.axvline(size, color=style.QUIET, lw=0.9, ls=(0, (1, 2)))
            page.text(x + text_x, bottom + height + 0.08 + 0.18 * text_row, f"{name} {units.size(size)}", style.SMALL,
                      style.QUIET, ha="center")
        at = {(sweep.label(cell), cell.payload_bytes): cell for cell in with_rate if cell.workers == panel.workers}
        value = (lambda cell: cell.handover_s) if panel.lent else (lambda cell: cell.rate)
        style.draw_context(axes, sizes, ([at[label, size].rate if (label, size) in at else math.nan for size in sizes]
                                         for label in panel.context))
        ends = []
        ceiling = sorted(by_panel[panel.workers].items()) if not panel.lent else []
        if ceiling:
            axes.plot(*zip(*ceiling), color=style.BLACK, lw=1.1, ls=(0, (6, 3)), zorder=2)
            ends.append(style.EndLabel(CEILING, *ceiling[-1], style.BLACK, style.INK))
        # Each line stands a little beside its size, so that the intervals do not hide each other.
        nearest = min(b - a for a, b in zip(places, places[1:])) if len(places) > 1 else width
        step = min(0.05, 0.4 * nearest / len(panel.labels))
        inch = (xlim[1] / xlim[0]) ** (1 / width)
        for index, label in reversed(list(enumerate(panel.labels))):  # the best last, on top
            found = [at.get((label, size)) for size in sizes]
            if not any(found):
                continue
            look = looks[label]
            beside = inch ** (step * (index - (len(panel.labels) - 1) / 2))
            placed = [size * beside for size in sizes]
            style.bars(axes, placed, [(cell.handover_interval if panel.lent else cell.rate_interval) if cell else None
                                      for cell in found], look.colour, 1.0)
            # A size without a result breaks the line: nobody measured what a bridge over it would show.
            axes.plot(placed, [value(cell) if cell else math.nan for cell in found], **look.line(crowded))
            x_end, end = [(size, cell) for size, cell in zip(placed, found) if cell][-1]
            ends.append(style.EndLabel(style.shorten(label, style.SMALL, name_width), x_end, value(end), look.colour,
                                       look.text_colour))
        style.label_ends(page, axes, canvas, ends, x + width + 0.25, bottom + 0.05, bottom + height - 0.02)
    return page


def cache_labels(caches: list[tuple[str, int]], xlim: tuple[float, float], width: float):
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
    """One size: a dot with its interval per transport, best first; what is lent below, with an axis of its own. Dots
    may stand on a log axis, bars may not."""
    shown = sorted(last, key=lambda cell: (-(cell.transfer_percent_of_best or 0), -cell.rate, sweep.label(cell)))
    row = 0.3 if len(shown) <= 14 else 0.24
    best = ranking.best
    ceiling = ceilings(sweep, best.files, best.workers).get(best.payload_bytes)
    blocks = [block for block in ([cell for cell in shown if not cell.lent], [cell for cell in shown if cell.lent])
              if block]
    names = {cell: style.shorten(sweep.label(cell), style.LABEL, 2.7) for cell in shown}
    rates = [cell.rate for cell in shown if not cell.lent]
    unit, scale = units.rate_unit(rates) if rates else ("", 1.0)
    values = {cell: units.seconds(cell.handover_s, trim=False) if cell.lent else
              f"{units.number(cell.rate / scale, trim=False)} {unit}" for cell in shown}
    left = style.MARGIN + max(style.text_width(name, style.LABEL) for name in names.values()) + 0.15
    aside = 0.15 + max([style.text_width(value, style.LABEL) for value in values.values()])
    width = style.WIDTH - style.MARGIN - left - aside

    drawn = []
    for block in blocks:
        if block[0].lent:
            bounds = [cell.handover_s for cell in block] + [bound for cell in block
                                                            for bound in cell.handover_interval or ()]
            name, per = units.seconds_unit(min(bounds))
            axis = f"Lent, nothing is copied: hand-over in {name}, lower is better"
        else:
            bounds = [cell.rate for cell in block] + [bound for cell in block for bound in cell.rate_interval or ()]
            bounds += [ceiling] if ceiling else []
            per, axis = scale, f"throughput ({unit})"
        drawn.append((block, bounds, per, axis, max(bounds) / min(bounds) > 20))
    logs = {on_log for *_, on_log in drawn}
    at_best = [cell for cell in last if cell.condition == best.condition]
    subtitle = [what + f"{units.count(best.workers, 'worker')}, {style.payload(best)} of payload "
                "(the only size).", style.runner_up(sweep, ranking), lent_line(sweep, at_best),
                f"{style.family_line(looks[sweep.label(cell)] for cell in shown)}. "
                + ("Log axis." if logs == {True} else "The axis starts at 0." if logs == {False} else
                   "An axis that does not show 0 is logarithmic.")]
    notes = []
    if len(all_workers) > 1:
        hidden = ", ".join(str(workers) for workers in all_workers[:-1])
        notes.append(f"Not shown: {hidden} worker{'s' if hidden != '1' else ''} (see the heat map).")
    here = [cell for cell in cells if cell.condition == best.condition]
    notes += other_files(sweep, best.files) + style.setting_note(sweep, shown)
    notes += style.problems(sweep, here, where=False)
    heights = [len(block) * row + 0.1 for block in blocks]
    page = style.Page(title(sweep, here, ranking), subtitle, sum(heights) + len(heights) * 0.5
                      + 0.25 * (len(blocks) - 1) + 0.3, notes, style.footer(sweep))
    bottom = page.body_height - 0.3
    for (block, bounds, per, axis, on_log), height in zip(drawn, heights):
        bottom -= height
        axes = page.axes(left, bottom, width, height)
        if on_log:
            axes.set_xscale("log", base=10)
            low, high = style.log_limits(bounds)
            ticks = style.log_ticks(low, high)
        else:
            low, high = 0.0, max(bounds) * 1.05
            ticks = [tick * per for tick in axes.xaxis.get_major_locator().tick_values(0, high / per)
                     if tick * per <= high]
        axes.set(xlim=(low, high), ylim=(len(block) - 0.5, -0.5))
        style.number_ticks(axes.xaxis, ticks, per)
        style.fixed_ticks(axes.yaxis, [], [])
        axes.grid(axis="x", color=style.HAIR, lw=0.6)
        axes.set_xlabel(axis, fontsize=style.SMALL)
        if ceiling and not block[0].lent:
            axes.axvline(ceiling, color=style.BLACK, lw=1.1, ls=(0, (6, 3)))
            half = style.text_width(CEILING, style.SMALL) / 2
            at = min(max(page.place(axes, ceiling, 0)[0], style.MARGIN + half), style.WIDTH - style.MARGIN - half)
            page.text(at, bottom + height + 0.12, CEILING, style.SMALL, ha="center")
        for index, cell in enumerate(block):
            look = looks[sweep.label(cell)]
            axes.axhline(index, color=style.HAIR, lw=0.6)
            interval = cell.handover_interval if cell.lent else cell.rate_interval
            if interval:
                axes.plot(interval, [index, index], color=look.colour, lw=2.2)
            axes.plot([cell.handover_s if cell.lent else cell.rate], [index], color=look.colour, marker=look.marker,
                      mfc="white" if look.lent else look.colour, ms=7, ls="", clip_on=False)
            y = bottom + height - (index + 0.5) * height / len(block)
            page.text(left - 0.1, y, names[cell], ha="right")
            page.text(style.WIDTH - style.MARGIN, y, values[cell], ha="right")
        bottom -= 0.75
    return page

"""Transfer throughput over payload size, one panel per worker count; dots when there is one size only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional, Sequence

from . import style, units
from .data import Cell, Sweep
from .findings import Condition, Order

DATA = "summary.csv: transfer_bytes_per_s_*, one_copy_bytes_per_s_median; of what was lent transfer_window_s_*"
PANELS_MAX = 4
CEILING = "memcpy, one copy"


def spoken(condition: Condition) -> Order:
    """What a title about the transfer speaks of: copying, where there is any."""
    transfer = condition.orders["transfer"]
    return transfer if transfer.places else condition.orders["handover"]


def verdict(condition: Condition, order: Order) -> str:
    return f"With {condition.text}: {order.verdict}"


def lent_line(condition: Condition) -> str:
    """What lending reaches, for the subtitle of a chart about copying."""
    transfer, handover = condition.orders["transfer"], condition.orders["handover"]
    return f"Lent, nothing is copied: {handover.verdict}." if transfer.places and handover.places else ""


def title(conditions: Sequence[Condition]) -> str:
    """The finding at the largest payload, and who leads at the smallest when that is someone else; the largest comes
    first."""
    first, last = conditions[0], conditions[-1]
    text = verdict(first, spoken(first))
    if {cell.label for cell in spoken(first).winners} == {cell.label for cell in spoken(last).winners}:
        return text
    return f"{text}; at {style.payload(last.cells[0])} {spoken(last).who}"


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
    told = [it for it in sweep.conditions if (it.cells[0].files, it.cells[0].workers) == (files, all_workers[-1])
            and any(cell in with_rate for cell in it.cells)]
    copying = [it for it in told if it.orders["transfer"].places]
    only_lent = all(cell.lent for cell in with_rate)
    what = f"{'Time of the hand-over' if only_lent else 'Transfer throughput'}, " \
           f"{style.runs(with_rate, any(cell.speed_interval for cell in with_rate))}; " \
           f"{'lower' if only_lent else 'higher'} is better. {units.count(files, 'file')}, "
    make = _dots if len({cell.payload_bytes for cell in with_rate}) == 1 else _lines
    return make(sweep, what, cells, copying or told, all_workers), ""


# ---- several sizes: lines ----

@dataclass(frozen=True)
class Panel:
    heading: str
    workers: int
    labels: list[str]  # best first
    context: list[str]  # drawn without a name, in light grey
    lent: bool = False


@dataclass(frozen=True)
class Scale:
    """Of a value axis."""

    unit: str
    scale: float
    bounds: list[float]


def _rates(cells: list[Cell], more: Sequence[float]) -> Scale:
    bounds = [bound for cell in cells for bound in cell.speed_bounds]
    bounds += more if bounds else []
    return Scale(*(units.rate_unit(bounds) if bounds else ("", 1.0)), bounds)


def _times(cells: list[Cell]) -> Scale:
    """In the unit in which the text states the best at the largest payload."""
    bounds = [bound for cell in cells for bound in cell.speed_bounds]
    largest = max((cell.payload_bytes for cell in cells), default=0)
    told = [cell.speed for cell in cells if cell.payload_bytes == largest]
    return Scale(*(units.seconds_unit(min(told)) if bounds else ("", 1.0)), bounds)


def _panels(grouped: dict[str, list[str]], here: set[str], shown: list[int], unit: str, time_unit: str) -> list[Panel]:
    """One per worker count, or, when there are too many lines for that, one per family; and one for what is lent."""
    crowded = style.crowded(grouped)
    groups = {name: found for name, labels in grouped.items() if (found := [label for label in labels if label in here])}
    lent = groups.pop(style.LENT, [])
    everyone = [label for labels in groups.values() for label in labels]
    if crowded:
        panels = [Panel(f"{style.heading(name)}, {unit}", shown[-1], labels,
                        [label for label in everyone if label not in labels]) for name, labels in groups.items()]
    else:
        panels = [Panel(f"{unit}, {units.count(workers, 'worker')}", workers, everyone, []) for workers in shown
                  if everyone]
    if lent:
        panels.append(Panel(f"Lent, nothing is copied: hand-over in {time_unit}, lower is better", shown[-1], lent, [], True))
    return panels


def _lines(sweep: Sweep, what: str, cells: list[Cell], told: Sequence[Condition], all_workers: list[int]) -> style.Page:
    with_rate = [cell for cell in cells if cell.rate]
    copied = [cell for cell in with_rate if not cell.lent]
    sizes = sorted({cell.payload_bytes for cell in with_rate})
    grouped, looks = style.groups(sweep), style.looks(sweep)
    crowded = style.crowded(grouped)
    shown = all_workers[-1:] if crowded or not copied else evenly(all_workers, PANELS_MAX)
    ceiling_of = {workers: {size: rate for size, rate in ceilings(sweep, cells[0].files, workers).items()
                            if size in sizes} for workers in shown if copied}
    rates = _rates([cell for cell in copied if cell.workers in shown],
                   [rate for found in ceiling_of.values() for rate in found.values()])
    times = _times([cell for cell in with_rate if cell.lent and cell.workers == shown[-1]])
    panels = _panels(grouped, {cell.label for cell in with_rate if cell.workers in shown}, shown, rates.unit, times.unit)

    pad = (sizes[-1] / sizes[0]) ** 0.08
    xlim = (sizes[0] / pad, sizes[-1] * pad)
    caches = [(name, size) for name, size in style.data_caches(sweep) if xlim[0] < size < xlim[1]]
    name_width = style.label_width([label for panel in panels for label in panel.labels]
                                   + [CEILING] * any(ceiling_of.values()))
    label_counts = [len(panel.labels) + bool(not panel.lent and ceiling_of[panel.workers]) for panel in panels]
    least = 1.7 if crowded else 2.9 if len(panels) > 1 else 4.0
    width = style.grid(label_counts, name_width, 0, least).width
    cache_rows, cache_at = cache_labels(caches, xlim, width)
    head = 0.28 + 0.18 * cache_rows
    grid = style.grid(label_counts, name_width, head, least)

    subtitle = _subtitle(what, told[0], all_workers, shown, panels, looks,
                         any(ceiling_of.values()), bool(caches))
    notes = _notes(sweep, cells, [str(workers) for workers in all_workers if workers not in shown])
    page = style.Page(title(told), subtitle, grid.body_height, notes, style.footer(sweep))
    canvas = page.canvas()
    names = [units.size(size) for size in sizes]
    for panel, box in zip(panels, grid.boxes):
        scale = times if panel.lent else rates
        low, high = style.log_limits(scale.bounds)
        axes = style.panel(page, box, width, panel.heading, head - 0.12, xlim, (low, high), (2, 10),
                           "payload per run (all workers together)")
        style.number_ticks(axes.yaxis, style.log_ticks(low, high, 5 if box[2] < 2.4 else 7), scale.scale)
        style.named_ticks(page, axes, sizes, names, low)
        style.mark_caches(page, axes, box, caches, cache_at)
        at = {(cell.label, cell.payload_bytes): cell for cell in with_rate if cell.workers == panel.workers}
        style.draw_context(axes, sizes, ([at[label, size].rate if (label, size) in at else math.nan for size in sizes]
                                         for label in panel.context))
        ceiling = [] if panel.lent else sorted(ceiling_of[panel.workers].items())
        ends = [style.draw_reference(axes, ceiling, CEILING)] if ceiling else []
        places = [page.place(axes, size, low)[0] for size in sizes]
        ends += _draw_panel(axes, panel, at, sizes, looks, _beside(places, xlim, width, len(panel.labels)), crowded,
                            name_width)
        style.label_panel(page, axes, canvas, ends, box, width)
    return page


def _subtitle(what: str, told: Condition, all_workers: list[int], shown: list[int], panels: list[Panel],
              looks: dict[str, style.Look], has_ceiling: bool, has_caches: bool) -> list[str]:
    workers_text = f"{units.count(all_workers[-1], 'worker')}. "
    if len(shown) > 1:
        workers_text = f"one panel per worker count, the title speaks of {workers_text}"
    return [what + workers_text, lent_line(told),
            f"{style.family_line(looks[label] for panel in panels for label in panel.labels)}."
            + (" Light grey: the lines of the other panels." if any(panel.context for panel in panels) else "")
            + (" Dashed: memcpy." if has_ceiling else "") + (" Dotted: caches." if has_caches else "") + " Log axes."]


def _notes(sweep: Sweep, cells: list[Cell], hidden: list[str]) -> list[str]:
    notes = [f"Not shown for lack of space: {', '.join(hidden)} worker{'s' if hidden != ['1'] else ''} (see the heat map "
             "or summary.csv)."] if hidden else []
    return notes + other_files(sweep, cells[0].files) + style.setting_note(sweep) + style.problems(cells, where=True)


def _beside(places: list[float], xlim: tuple[float, float], width: float, count: int) -> list[float]:
    """Factors by which each line stands a little beside its size, so that the intervals do not hide each other."""
    nearest = min(b - a for a, b in zip(places, places[1:])) if len(places) > 1 else width
    step = min(0.05, 0.4 * nearest / count)
    inch = (xlim[1] / xlim[0]) ** (1 / width)
    return [inch ** (step * (index - (count - 1) / 2)) for index in range(count)]


def _draw_panel(axes, panel: Panel, at: dict[tuple[str, int], Cell], sizes: list[int], looks: dict[str, style.Look],
                beside: list[float], small: bool, name_width: float) -> list[style.EndLabel]:
    ends = []
    for label, factor in reversed(list(zip(panel.labels, beside))):  # the best last, on top
        found = [at.get((label, size)) for size in sizes]
        if not any(found):
            continue
        look, placed = looks[label], [size * factor for size in sizes]
        style.bars(axes, placed, [cell.speed_interval if cell else None for cell in found], look.colour, 1.0)
        # A size without a result breaks the line: nobody measured what a bridge over it would show.
        axes.plot(placed, [cell.speed if cell else math.nan for cell in found], **look.line(small))
        x_end, end = [(size, cell) for size, cell in zip(placed, found) if cell][-1]
        ends.append(style.EndLabel(style.shorten(label, style.SMALL, name_width), x_end, end.speed, look.colour,
                                   look.text_colour))
    return ends


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


# ---- one size: dots ----

@dataclass(frozen=True)
class Block:
    """What copies, or what is lent: an axis of its own."""

    cells: list[Cell]
    scale: Scale
    axis: str

    @property
    def on_log(self) -> bool:
        return max(self.scale.bounds) / min(self.scale.bounds) > 20


def _blocks(shown: list[Cell], ceiling: Optional[float]) -> list[Block]:
    copied, lent = ([cell for cell in shown if cell.lent == lends] for lends in (False, True))
    blocks = []
    if copied:
        scale = _rates(copied, [ceiling] if ceiling else [])
        blocks.append(Block(copied, scale, f"throughput ({scale.unit})"))
    if lent:
        scale = _times(lent)
        blocks.append(Block(lent, scale, f"Lent, nothing is copied: hand-over in {scale.unit}, lower is better"))
    return blocks


def _dots(sweep: Sweep, what: str, cells: list[Cell], told: Sequence[Condition], all_workers: list[int]) -> style.Page:
    """A dot with its interval per transport, best first; what is lent below, with an axis of its own. Dots may stand on a
    log axis, bars may not."""
    condition, looks = told[0], style.looks(sweep)
    shown = sorted((cell for cell in condition.cells if cell.rate),
                   key=lambda cell: (-(cell.transfer_percent_of_best or 0), -cell.rate, cell.label))
    best = shown[0]
    row = 0.3 if len(shown) <= 14 else 0.24
    ceiling = ceilings(sweep, best.files, best.workers).get(best.payload_bytes)
    blocks = _blocks(shown, ceiling)
    names = {cell: style.shorten(cell.label, style.LABEL, 2.7) for cell in shown}
    values = {cell: f"{units.number(cell.speed / block.scale.scale, trim=False)} {block.scale.unit}"
              for block in blocks for cell in block.cells}
    left = style.MARGIN + max(style.text_width(name, style.LABEL) for name in names.values()) + 0.15
    width = style.WIDTH - style.MARGIN - left - 0.15 - max(style.text_width(value, style.LABEL)
                                                           for value in values.values())
    logs = {block.on_log for block in blocks}
    subtitle = [what + f"{units.count(best.workers, 'worker')}, {style.payload(best)} of payload (the only size).",
                lent_line(condition),
                f"{style.family_line(looks[cell.label] for cell in shown)}. "
                + ("Log axis." if logs == {True} else "The axis starts at 0." if logs == {False} else
                   "An axis that does not show 0 is logarithmic.")]
    hidden = ", ".join(str(workers) for workers in all_workers[:-1])
    notes = [f"Not shown: {hidden} worker{'s' if hidden != '1' else ''} (see the heat map)."] if hidden else []
    notes += other_files(sweep, best.files) + style.setting_note(sweep) + style.problems(condition.cells, where=False)
    heights = [len(block.cells) * row + 0.1 for block in blocks]
    page = style.Page(title(told), subtitle, sum(heights) + len(heights) * 0.5 + 0.25 * (len(blocks) - 1) + 0.3, notes,
                      style.footer(sweep))
    bottom = page.body_height - 0.3
    for block, height in zip(blocks, heights):
        bottom -= height
        axes = _block_axes(page, block, (left, bottom, width, height))
        if ceiling and not block.cells[0].lent:
            axes.axvline(ceiling, color=style.BLACK, lw=1.1, ls=(0, (6, 3)))
            half = style.text_width(CEILING, style.SMALL) / 2
            at = min(max(page.place(axes, ceiling, 0)[0], style.MARGIN + half), style.WIDTH - style.MARGIN - half)
            page.text(at, bottom + height + 0.12, CEILING, style.SMALL, ha="center")
        for index, cell in enumerate(block.cells):
            look = looks[cell.label]
            axes.axhline(index, color=style.HAIR, lw=0.6)
            if cell.speed_interval:
                axes.plot(cell.speed_interval, [index, index], color=look.colour, lw=2.2)
            axes.plot([cell.speed], [index], color=look.colour, marker=look.marker,
                      mfc="white" if look.lent else look.colour, ms=7, ls="", clip_on=False)
            y = bottom + height - (index + 0.5) * height / len(block.cells)
            page.text(left - 0.1, y, names[cell], ha="right")
            page.text(style.WIDTH - style.MARGIN, y, values[cell], ha="right")
        bottom -= 0.75
    return page


def _block_axes(page: style.Page, block: Block, box: tuple[float, float, float, float]):
    axes = page.axes(*box)
    per, bounds = block.scale.scale, block.scale.bounds
    if block.on_log:
        axes.set_xscale("log", base=10)
        low, high = style.log_limits(bounds)
        ticks = style.log_ticks(low, high)
    else:
        low, high = 0.0, max(bounds) * 1.05
        ticks = [tick * per for tick in axes.xaxis.get_major_locator().tick_values(0, high / per) if tick * per <= high]
    axes.set(xlim=(low, high), ylim=(len(block.cells) - 0.5, -0.5))
    style.number_ticks(axes.xaxis, ticks, per)
    style.fixed_ticks(axes.yaxis, [], [])
    axes.grid(axis="x", color=style.HAIR, lw=0.6)
    axes.set_xlabel(block.axis, fontsize=style.SMALL)
    return axes

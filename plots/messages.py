"""Throughput over the size of a message, of single transports: a panel per placement and kind of memory, or, when there
are too many lines for that, one per family."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Iterable, Optional

from . import style, units
from .data import Facts
from .micro import Benchmark, Leaders, Micro, by_difference, by_place, in_words, leaders, memories_in_words
from .throughput import cache_labels

COLUMN = "bytes_per_s"
PANELS_MAX = 4
MARKERS_MAX = 6  # with more sizes the lines tell enough
CEILING = "memcpy, two copies"


def families(micro: Micro, rows: list[Benchmark], column: str, higher: bool) -> dict[str, list[str]]:
    """Family -> its labels, best first by the last of `rows` that has a figure; what style.groups is for a sweep."""
    merit: dict[str, tuple] = {}
    for row in rows:
        found = row.range(column)
        label = micro.label(row)
        if found:
            merit[label] = (0, -found.median if higher else found.median)
        merit.setdefault(label, (1, 0.0))
    family = {micro.label(row): style.family(row.transport) for row in rows}
    grouped = {name: [label for label in sorted(merit, key=lambda label: (merit[label], label))
                      if family[label] == name] for name in style.FAMILY_COLOUR}
    return {name: labels for name, labels in grouped.items() if labels}


def looks(groups: dict[str, list[str]]) -> dict[str, style.Look]:
    colour_of = {label: style.FAMILY_COLOUR[family] for family, labels in groups.items() for label in labels}
    panels = groups.values() if crowded(groups) else [list(colour_of)]
    return style.choose_looks(panels, colour_of)


def crowded(groups: dict[str, list[str]]) -> bool:
    return sum(len(labels) for labels in groups.values()) > style.COLOURED_MAX


def repetitions(rows: Iterable[Benchmark]) -> str:
    """'median of 3 repetitions'"""
    counts = sorted({row.repetitions for row in rows if row.repetitions})
    if counts in ([], [1]):
        return "one repetition, so nothing says how much it varies"
    many = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"median of {many} repetitions"


def unproven(found: Leaders) -> str:
    return "" if found.proven or found.second is None else " (one repetition each: not proven)"


def problems(micro: Micro, rows: list[Benchmark], most: int = 12) -> list[str]:
    """One line per reason: what has no figures, or lost repetitions."""
    grouped: dict[tuple[str, str], list[Benchmark]] = {}
    for row in rows:
        lost, kept = row.repetitions_failed or 0, row.repetitions or 0
        if not kept or lost:
            state = f"lost {lost} of {lost + kept} repetitions" if kept else "has no figures"
            grouped.setdefault((state, row.error or "no reason recorded"), []).append(row)
    lines = []
    for (state, error), group in grouped.items():
        names = list(dict.fromkeys(micro.label(row) for row in group))
        sizes = sorted({row.bytes for row in group})
        everywhere = len(group) == sum(micro.label(row) in names for row in rows)
        at = "" if everywhere else f" at {style.join([units.size(size) for size in sizes], 3)}"
        lines.append(f"{style.join(names, 4)}: {state}{at}: {error}")
    if len(lines) > most:
        lines = lines[:most - 1] + [f"and {len(lines) - most + 1} more such lines: see micro_summary.csv"]
    return lines


def _names(micro: Micro, found: Leaders) -> list[str]:
    return [micro.label(row) for row in [found.best, *found.tied]]


def _who(names: list[str], of_how_many: int) -> str:
    return f"all {of_how_many} transports" if len(names) == of_how_many > 4 else style.join(names)


def title(micro: Micro, rows: list[Benchmark]) -> str:
    """Who is fastest with the largest message, and with the smallest; `rows` are of one placement and memory."""
    sizes = sorted({row.bytes for row in rows if row.range(COLUMN)})
    of_size = [[row for row in rows if row.bytes == size and row.range(COLUMN)] for size in (sizes[-1], sizes[0])]
    last, first = (leaders(group, COLUMN, True) for group in of_size)
    last_of, first_of = map(len, of_size)
    large, small = units.size(sizes[-1]), units.size(sizes[0])
    names, rate = _names(micro, last), units.rate(last.best.range(COLUMN).median)
    if last.second is None:
        text = f"{names[0]} moves messages of {large} at {rate}"
    elif last.tied:
        text = f"With messages of {large} {_who(names, last_of)} are fastest and not told apart: {rate}"
    else:
        ahead = last.best.range(COLUMN).median / last.second.range(COLUMN).median
        text = f"{names[0]} moves messages of {large} fastest: {rate}, {units.ratio(ahead)} the next{unproven(last)}"
    then, rate = _names(micro, first), units.rate(first.best.range(COLUMN).median)
    if first.second is None:
        return f"{text}; of {small} {'' if then == names else f'{then[0]} '}at {rate}"
    if first.tied:
        return f"{text}; with {small} {_who(then, first_of)} are not told apart: {rate}"
    how = "too" if then == names else f"{then[0]} {'leads' if first.proven else 'is ahead'}"
    return f"{text}; with {small} {how}: {rate}"


@dataclass(frozen=True)
class Panel:
    heading: str
    where: tuple[str, str]
    labels: list[str]
    context: list[str]


def draw(micro: Micro, about: dict):
    """(Page, "") or (None, why not); `about` is meta.json of the machine, {} for what lies beside micro_summary.csv."""
    everything = micro.of("throughput")
    rows = [row for row in everything if row.range(COLUMN)]
    if not rows:
        return None, "no transport has a message throughput here (ipcsort micro --measure throughput)"
    sizes = sorted({row.bytes for row in rows})
    if len(sizes) < 2:
        return None, "only one message size was measured (ipcsort micro --sizes 64,4K,64K,1M shows more)"
    return _page(micro, Facts(about or micro.meta), everything, rows, sizes), ""


def _page(micro: Micro, facts: Facts, everything: list[Benchmark], rows: list[Benchmark],
          sizes: list[int]) -> style.Page:
    places = sorted({row.where for row in rows}, key=by_place)
    main = [row for row in rows if row.where == places[0]]
    groups = families(micro, sorted(rows, key=lambda row: (row.where == places[0], row.bytes)), COLUMN, True)
    everyone = [label for labels in groups.values() for label in labels]
    look_of = looks(groups)
    many = crowded(groups)
    shown = places[:1 if many else PANELS_MAX]
    drawn = [row for row in rows if row.where in shown]
    ceilings = {where: _ceiling([row for row in drawn if row.where == where]) for where in shown}
    rates = [rate for row in drawn for rate in (row.range(COLUMN).low, row.range(COLUMN).high)]
    rates += [rate for found in ceilings.values() for rate in found.values()]
    unit, scale = units.rate_unit(rates)
    low, high = style.log_limits(rates)
    headings = by_difference(shown)
    panels = []
    for family, labels in groups.items() if many else [("", everyone)]:
        for where in shown:
            here = {micro.label(row) for row in drawn if row.where == where}
            text = ", ".join([*([style.heading(family)] if many else headings[where]), unit])
            if here & set(labels):
                panels.append(Panel(text[:1].upper() + text[1:], where, [label for label in labels if label in here],
                                    [label for label in everyone if label in here and label not in labels]))

    pad = (sizes[-1] / sizes[0]) ** 0.04
    xlim = (sizes[0] / pad, sizes[-1] * pad)
    caches = [(name, size) for name, size in style.data_caches(facts) if xlim[0] < size < xlim[1]]
    name_width = style.label_width(everyone + [CEILING] * any(ceilings.values()))
    counts = [len(panel.labels) + bool(ceilings[panel.where]) for panel in panels]
    least = 1.7 if many else 2.6
    width = style.grid(counts, name_width, 0, least).width
    cache_rows, cache_at = cache_labels(caches, xlim, width)
    head = 0.28 + 0.18 * cache_rows
    grid = style.grid(counts, name_width, head, least)

    ranged = any(row.range(COLUMN).low < row.range(COLUMN).high for row in drawn)
    subtitle = [f"One-way throughput over the message size, {repetitions(drawn)}; higher is better. "
                + ("Band: their range (no CI)." if ranged else "")]
    subtitle += [("All panels: " if many else "The title speaks of: ") + in_words(places[0]) + "."] \
        if many or len(shown) > 1 else []
    subtitle += ["Dashed: memcpy through a buffer between, two copies; one copy or none may pass it."] \
        if any(ceilings.values()) else []
    subtitle += [f"{style.family_line(look_of[label] for panel in panels for label in panel.labels)}."
                 + (" Light grey: the lines of the other panels." if any(panel.context for panel in panels) else "")
                 + (" Dotted: caches." if caches else "") + " Log axes."]
    hidden = [in_words(where) for where in places if where not in shown]
    notes = [note for note in [memories_in_words(shown)] if note]
    notes += [f"Not shown for lack of space: {'; '.join(hidden)} (see micro_summary.csv)."] if hidden else []
    notes += problems(micro, [row for row in everything if row.where in shown])
    page = style.Page(title(micro, main), subtitle, grid.body_height, notes, style.footer(facts))
    canvas = page.canvas()
    ticks = style.log_ticks(low, high, 5 if many else 7)
    names = [units.size(size) for size in sizes]
    for panel, (x, bottom, height) in zip(panels, grid.boxes):
        axes = page.axes(x, bottom, width, height)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log", base=10)
        axes.set(xlim=xlim, ylim=(low, high))
        style.number_ticks(axes.yaxis, ticks, scale)
        kept = style.thin([page.place(axes, size, low)[0] for size in sizes], names, style.SMALL)
        style.fixed_ticks(axes.xaxis, sizes, [name if i in kept else "" for i, name in enumerate(names)])
        axes.grid(axis="y", color=style.HAIR, lw=0.6)
        axes.set_xlabel("message size", fontsize=style.SMALL)
        page.text(x - 0.45, bottom + height + head - 0.12, panel.heading, style.LABEL, bold=True)
        for (name, size), (text_x, text_row) in zip(caches, cache_at):
            axes.axvline(size, color=style.QUIET, lw=0.9, ls=(0, (1, 2)))
            page.text(x + text_x, bottom + height + 0.08 + 0.18 * text_row, f"{name} {units.size(size)}", style.SMALL,
                      style.QUIET, ha="center")
        at = {(micro.label(row), row.bytes): row for row in drawn if row.where == panel.where}
        style.draw_context(axes, sizes, ([_median(at.get((label, size))) for size in sizes] for label in panel.context))
        ends = []
        ceiling = sorted(ceilings[panel.where].items())
        if ceiling:
            axes.plot(*zip(*ceiling), color=style.BLACK, lw=1.1, ls=(0, (6, 3)), zorder=2)
            ends.append(style.EndLabel(CEILING, *ceiling[-1], style.BLACK, style.INK))
        for label in reversed(panel.labels):  # the best last, on top
            ends.append(_draw_line(axes, label, [(size, at.get((label, size))) for size in sizes], look_of[label], many,
                                   name_width))
        style.label_ends(page, axes, canvas, ends, x + width + 0.25, bottom + 0.05, bottom + height - 0.02)
    return page


def _ceiling(rows: list[Benchmark]) -> dict[int, float]:
    """Message size -> what memcpy reaches with it."""
    return {row.bytes: row.ceiling_bytes_per_s_median for row in rows if (row.ceiling_bytes_per_s_median or 0) > 0}


def _median(row: Optional[Benchmark]) -> float:
    """A size without figures breaks the line."""
    return row.range(COLUMN).median if row else math.nan


def _draw_line(axes, label: str, points: list[tuple[int, Optional[Benchmark]]], look: style.Look, small: bool,
               name_width: float) -> style.EndLabel:
    sizes = [size for size, _ in points]
    low, high = ([getattr(row.range(COLUMN), end) if row else math.nan for _, row in points] for end in ("low", "high"))
    axes.fill_between(sizes, low, high, color=look.colour, alpha=0.2, lw=0, zorder=1.6)
    axes.plot(sizes, [_median(row) for _, row in points], markevery=math.ceil(len(points) / MARKERS_MAX),
              **look.line(small))
    size, row = [(size, row) for size, row in points if row][-1]
    return style.EndLabel(style.shorten(label, style.SMALL, name_width), size, _median(row), look.colour,
                          look.text_colour)

"""Throughput over the size of a message, of single transports: a panel per placement and kind of memory, or, when there
are too many lines for that, one per family."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable, Iterable, Optional

from . import style, units
from .data import Facts
from .micro import Benchmark, Micro, by_difference, by_place, in_words, memories_in_words
from .throughput import cache_labels

DATA = "micro_summary.csv: bytes_per_s_*, ceiling_bytes_per_s_median"
COLUMN = "bytes_per_s"
PANELS_MAX = 4
MARKERS_MAX = 6  # with more sizes the lines tell enough
CEILING = "memcpy, two copies"


def families(rows: list[Benchmark], column: str, higher: bool) -> dict[str, list[str]]:
    """Family -> its labels, best first by the last of `rows` that has a figure; what style.groups is for a sweep."""
    merit: dict[str, tuple] = {}
    for row in rows:
        found = row.range(column)
        if found:
            merit[row.label] = (0, -found.median if higher else found.median)
        merit.setdefault(row.label, (1, 0.0))
    kin = {row.label: row.kin for row in rows}
    return {name: [label for label in sorted(merit, key=lambda label: (merit[label], label)) if kin[label] == name]
            for name in style.by_family(kin.values())}


def looks(groups: dict[str, list[str]]) -> dict[str, style.Look]:
    return style.choose_looks(groups, {label: family for family, labels in groups.items() for label in labels})


def repetitions(rows: Iterable[Benchmark]) -> str:
    """'median of 3 repetitions'"""
    counts = sorted({row.repetitions for row in rows if row.repetitions})
    if counts in ([], [1]):
        return "one repetition, so nothing says how much it varies"
    many = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"median of {many} repetitions"


def problems(rows: list[Benchmark], most: int = 12) -> list[str]:
    """One line per reason: what has no figures, or lost repetitions."""
    grouped: dict[tuple[str, str], list[Benchmark]] = {}
    for row in rows:
        lost, kept = row.repetitions_failed or 0, row.repetitions or 0
        if not kept or lost:
            state = f"lost {lost} of {lost + kept} repetitions" if kept else "has no figures"
            grouped.setdefault((state, row.error or "no reason recorded"), []).append(row)
    lines = []
    for (state, error), group in grouped.items():
        names = list(dict.fromkeys(row.label for row in group))
        sizes = sorted({row.bytes for row in group})
        everywhere = len(group) == sum(row.label in names for row in rows)
        at = "" if everywhere else f" at {style.join([units.size(size) for size in sizes], 3)}"
        lines.append(f"{style.join(names, 4)}: {state}{at}: {error}")
    if len(lines) > most:
        lines = lines[:most - 1] + [f"and {len(lines) - most + 1} more such lines: see micro_summary.csv"]
    return lines


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


def panels_of(groups: dict[str, list[str]], rows: list[Benchmark], shown: list[tuple[str, str]],
              heading: Callable[[str, tuple[str, str]], list[str]]) -> list[Panel]:
    """One per place, or, when there are too many lines for that, one per family and place. `heading` gets the family, ""
    where there is but one panel for all."""
    everyone = [label for labels in groups.values() for label in labels]
    panels = []
    for family, labels in groups.items() if style.crowded(groups) else [("", everyone)]:
        for where in shown:
            here = {row.label for row in rows if row.where == where}
            if here & set(labels):
                panels.append(Panel(style.capital(", ".join(heading(family, where))), where,
                                    [label for label in labels if label in here],
                                    [label for label in everyone if label in here and label not in labels]))
    return panels


def _page(micro: Micro, facts: Facts, everything: list[Benchmark], rows: list[Benchmark],
          sizes: list[int]) -> style.Page:
    places = sorted({row.where for row in rows}, key=by_place)
    groups = families(sorted(rows, key=lambda row: (row.where == places[0], row.bytes)), COLUMN, True)
    many, look_of = style.crowded(groups), looks(groups)
    shown = places[:1 if many else PANELS_MAX]
    drawn = [row for row in rows if row.where in shown]
    ceilings = {where: _ceiling([row for row in drawn if row.where == where]) for where in shown}
    rates = [rate for row in drawn for rate in (row.range(COLUMN).low, row.range(COLUMN).high)]
    rates += [rate for found in ceilings.values() for rate in found.values()]
    unit, scale = units.rate_unit(rates)
    limits = style.log_limits(rates)
    apart = by_difference(shown)
    panels = panels_of(groups, drawn, shown, lambda family, where: [*([style.heading(family)] if family else apart[where]),
                                                                    unit])
    pad = (sizes[-1] / sizes[0]) ** 0.04
    xlim = (sizes[0] / pad, sizes[-1] * pad)
    caches = [(name, size) for name, size in style.data_caches(facts) if xlim[0] < size < xlim[1]]
    name_width = style.label_width([*look_of, *[CEILING] * any(ceilings.values())])
    counts = [len(panel.labels) + bool(ceilings[panel.where]) for panel in panels]
    least = 1.7 if many else 2.6
    width = style.grid(counts, name_width, 0, least).width
    cache_rows, cache_at = cache_labels(caches, xlim, width)
    head = 0.28 + 0.18 * cache_rows
    grid = style.grid(counts, name_width, head, least)
    page = style.Page(micro.sentences["throughput"],
                      _subtitle(drawn, places, shown, panels, look_of, any(ceilings.values()), bool(caches)),
                      grid.body_height, _notes(everything, places, shown), style.footer(facts))
    canvas = page.canvas()
    names = [units.size(size) for size in sizes]
    for panel, box in zip(panels, grid.boxes):
        axes = style.panel(page, box, width, panel.heading, head - 0.12, xlim, limits, (2, 10), "message size")
        style.number_ticks(axes.yaxis, style.log_ticks(*limits, 5 if many else 7), scale)
        style.named_ticks(page, axes, sizes, names, limits[0])
        style.mark_caches(page, axes, box, caches, cache_at)
        at = {(row.label, row.bytes): row for row in drawn if row.where == panel.where}
        style.draw_context(axes, sizes, ([_median(at.get((label, size))) for size in sizes] for label in panel.context))
        ceiling = sorted(ceilings[panel.where].items())
        ends = [style.draw_reference(axes, ceiling, CEILING)] if ceiling else []
        for label in reversed(panel.labels):  # the best last, on top
            ends.append(_draw_line(axes, label, [(size, at.get((label, size))) for size in sizes], look_of[label], many,
                                   name_width))
        style.label_panel(page, axes, canvas, ends, box, width)
    return page


def _subtitle(drawn: list[Benchmark], places: list[tuple[str, str]], shown: list[tuple[str, str]], panels: list[Panel],
              look_of: dict[str, style.Look], has_ceiling: bool, has_caches: bool) -> list[str]:
    ranged = any(row.range(COLUMN).low < row.range(COLUMN).high for row in drawn)
    return [f"One-way throughput over the message size, {repetitions(drawn)}; higher is better. "
            + ("Band: their range (no CI)." if ranged else ""),
            ("The title speaks of: " if len(shown) > 1 else "All panels: " if len(panels) > 1 else "Measured with: ")
            + in_words(places[0]) + ".",
            "Dashed: memcpy through a buffer between, two copies; one copy or none may pass it." if has_ceiling else "",
            f"{style.family_line(look_of[label] for panel in panels for label in panel.labels)}."
            + (" Light grey: the lines of the other panels." if any(panel.context for panel in panels) else "")
            + (" Dotted: caches." if has_caches else "") + " Log axes."]


def _notes(everything: list[Benchmark], places: list[tuple[str, str]], shown: list[tuple[str, str]]) -> list[str]:
    notes = [note for note in [memories_in_words(shown)] if note]
    return notes + not_shown(places, shown) + problems([row for row in everything if row.where in shown])


def not_shown(places: list[tuple[str, str]], shown: list[tuple[str, str]]) -> list[str]:
    hidden = [in_words(where) for where in places if where not in shown]
    return [f"Not shown for lack of space: {'; '.join(hidden)} (see micro_summary.csv)."] if hidden else []


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

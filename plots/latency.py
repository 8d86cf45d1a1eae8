"""Round trips of one small message: how long they take at each percentile, on an axis of nines."""

from __future__ import annotations

import math
from typing import Optional

from . import style, units
from .data import Facts
from .messages import Panel, families, looks, not_shown, panels_of, problems, repetitions
from .micro import PERCENTILES, Benchmark, Micro, Range, by_difference, by_place, in_words, memories_in_words

DATA = "micro_summary.csv: latency_p*_s_*"
PANELS_MAX, PANELS_MAX_CROWDED = 3, 2  # placements
MEDIAN = PERCENTILES[0][0]


def nines(share: float) -> float:
    """50 % -> 0.3, 90 % -> 1, 99.9 % -> 3"""
    return -math.log10(1 - share)


def draw(micro: Micro, about: dict):
    """(Page, "") or (None, why not); `about` is meta.json of the machine, {} for what lies beside micro_summary.csv."""
    everything = micro.of("latency")
    rows = [row for row in everything if row.range(MEDIAN)]
    if not rows:
        return None, "no transport has round trips here (ipcsort micro --measure latency)"
    smallest = min(row.bytes for row in rows)
    return _page(micro, Facts(about or micro.meta), [row for row in everything if row.bytes == smallest],
                 [row for row in rows if row.bytes == smallest], sorted({row.bytes for row in rows})), ""


def _without(drawn: list[Benchmark], column: str) -> tuple[list[str], int]:
    """(the transports that lack this percentile, with the place where others of their lines have it; how many lines)"""
    lines: dict[str, dict[tuple[str, str], bool]] = {}
    for row in drawn:
        lines.setdefault(row.label, {})[row.where] = bool(row.range(column))
    names = []
    for label, has in sorted(lines.items()):
        lacking = [where for where, there in has.items() if not there]
        if lacking:
            names.append(label + ("" if len(lacking) == len(has) else f" ({'; '.join(map(in_words, lacking))})"))
    return names, sum(not there for has in lines.values() for there in has.values())


def _page(micro: Micro, facts: Facts, everything: list[Benchmark], rows: list[Benchmark],
          sizes: list[int]) -> style.Page:
    places = sorted({row.where for row in rows}, key=by_place)
    groups = families(sorted(rows, key=lambda row: row.where == places[0]), MEDIAN, False)
    many, look_of = style.crowded(groups), looks(groups)
    shown = places[:PANELS_MAX_CROWDED if many else PANELS_MAX]
    drawn = [row for row in rows if row.where in shown]
    columns = [column for column in PERCENTILES if any(row.range(column[0]) for row in drawn)]
    limits = style.log_limits([time for row in drawn for column, _, _ in columns if row.range(column)
                               for time in (row.range(column).low, row.range(column).high)])
    apart = by_difference(shown)
    panels = panels_of(groups, drawn, shown, lambda family, where: [style.heading(family)] * bool(family)
                       + (apart[where] if not family or len(shown) > 1 else []))
    name_width = style.label_width(look_of)
    grid = style.grid([len(panel.labels) for panel in panels], name_width, 0.36, 1.5 if many else 2.6)
    notes = [note for note in [memories_in_words(shown)] if note] + not_shown(places, shown)
    others = [units.size(each) for each in sizes[1:]]
    notes += [f"The smallest of the sizes measured; the others, {style.join(others, 6)}: see micro_summary.csv."] \
        if others else []
    notes += problems([row for row in everything if row.where in shown])
    page = style.Page(micro.sentences["latency"], _subtitle(drawn, places, shown, panels, look_of, many),
                      grid.body_height, notes, style.footer(facts))
    canvas = page.canvas()
    xs = [nines(share) for _, _, share in columns]
    for panel, box in zip(panels, grid.boxes):
        axes = style.panel(page, box, grid.width, panel.heading, 0.2, (xs[0] - 0.12, xs[-1] + 0.12), limits, (None, 10),
                           "percentile of the round trips")
        ticks = style.log_ticks(*limits, 6)
        style.fixed_ticks(axes.yaxis, ticks, [units.seconds(tick) for tick in ticks])
        style.named_ticks(page, axes, xs, [f"{percentile} %" for _, percentile, _ in columns], limits[0])
        at = {row.label: [row.range(column) for column, _, _ in columns] for row in drawn if row.where == panel.where}
        style.draw_context(axes, xs, (_medians(at[label]) for label in panel.context))
        ends = _draw_lines(axes, panel, at, xs, look_of, many, name_width)
        style.label_panel(page, axes, canvas, ends, box, grid.width)
    return page


def _medians(found: list[Optional[Range]]) -> list[float]:
    return [each.median if each else math.nan for each in found]


def _draw_lines(axes, panel: Panel, at: dict[str, list[Optional[Range]]], xs: list[float], look_of: dict[str, style.Look],
                small: bool, name_width: float) -> list[style.EndLabel]:
    ends = []
    step = min(0.035, 0.25 / len(panel.labels))  # each line a little beside, so that the ranges stay apart
    for index, label in reversed(list(enumerate(panel.labels))):  # the best last, on top
        look = look_of[label]
        placed = [place + step * (index - (len(panel.labels) - 1) / 2) for place in xs]
        style.bars(axes, placed, [(found.low, found.high) if found else None for found in at[label]], look.colour, 0.9)
        axes.plot(placed, _medians(at[label]), **look.line(small))
        end, found = [(place, found) for place, found in zip(placed, at[label]) if found][-1]
        ends.append(style.EndLabel(style.shorten(label, style.SMALL, name_width), end, found.median, look.colour,
                                   look.text_colour))
    return ends


def _subtitle(drawn: list[Benchmark], places: list[tuple[str, str]], shown: list[tuple[str, str]], panels: list[Panel],
              look_of: dict[str, style.Look], many: bool) -> list[str]:
    missing = [(percentile, _without(drawn, column)) for column, percentile, _ in PERCENTILES]
    everywhere = len({(row.label, row.where) for row in drawn})
    counted = [f"{percentile} % of {'all' if lines == everywhere else style.join(names, 4)}"
               for percentile, (names, lines) in missing if names]
    return [f"Round-trip time: a message of {units.size(drawn[0].bytes)} there and back, {repetitions(drawn)}; lower is "
            "better. Thin: their range (no CI).",
            f"A percentile: so many of the round trips were at least as fast. "
            f"{'The title speaks of' if len(shown) > 1 else 'Measured with'}: {in_words(places[0])}.",
            f"Missing, because there were too few round trips: {'; '.join(counted)}." if counted else "",
            f"{style.family_line(look_of[label] for panel in panels for label in panel.labels)}."
            + (" Light grey: the lines of the other families." if many else "")
            + f" Log axis of times{', the same in all panels' if len(panels) > 1 else ''}."]

"""Round trips of one small message: how long they take at each percentile, on an axis of nines."""

from __future__ import annotations

import math

from . import style, units
from .data import Facts
from .messages import Panel, crowded, families, looks, problems, repetitions, unproven
from .micro import PERCENTILES, Benchmark, Leaders, Micro, by_difference, by_place, in_words, leaders, memories_in_words

PANELS_MAX, PANELS_MAX_CROWDED = 3, 2  # placements
MEDIAN = PERCENTILES[0][0]


def nines(share: float) -> float:
    """50 % -> 0.3, 90 % -> 1, 99.9 % -> 3"""
    return -math.log10(1 - share)


def _who(micro: Micro, found: Leaders) -> str:
    return style.join([micro.label(row) for row in [found.best, *found.tied]])


def title(micro: Micro, rows: list[Benchmark], columns: list[tuple[str, str, float]]) -> str:
    """Who is fastest at the median and at the last percentile that all have; `rows` are of one size and place."""
    size = units.size(rows[0].bytes)
    found = leaders(rows, MEDIAN, False)
    name, time = micro.label(found.best), units.seconds(found.best.range(MEDIAN).median)
    if found.second is None:
        text = f"A round trip of {size} takes {name} {time} at the median"
    elif found.tied:
        text = f"{_who(micro, found)} make the round trip of {size} fastest and are not told apart: {time} at the " \
               "median"
    else:
        ahead = found.second.range(MEDIAN).median / found.best.range(MEDIAN).median
        text = f"{name} makes the round trip of {size} fastest: {time} at the median, the next takes " \
               f"{units.ratio(ahead)} as long{unproven(found)}"
    common = [column for column in columns[1:] if all(row.range(column[0]) for row in rows if row.range(MEDIAN))]
    if not common:
        return text
    column, percentile, _ = common[-1]
    tail = leaders(rows, column, False)
    time = units.seconds(tail.best.range(column).median)
    if tail.second is None or ([tail.best] == [found.best] and not tail.tied and not found.tied):
        return f"{text}; at {percentile} % {'' if tail.second is None else f'too, '}{time}"
    verb = "are not told apart" if tail.tied else "leads" if tail.proven else "is ahead"
    return f"{text}; at {percentile} % {_who(micro, tail)} {verb}: {time}"


def draw(micro: Micro, about: dict):
    """(Page, "") or (None, why not); `about` is meta.json of the machine, {} for what lies beside micro_summary.csv."""
    everything = micro.of("latency")
    rows = [row for row in everything if row.range(MEDIAN)]
    if not rows:
        return None, "no transport has round trips here (ipcsort micro --measure latency)"
    smallest = min(row.bytes for row in rows)
    return _page(micro, Facts(about or micro.meta), [row for row in everything if row.bytes == smallest],
                 [row for row in rows if row.bytes == smallest], sorted({row.bytes for row in rows})), ""


def _without(micro: Micro, drawn: list[Benchmark], column: str) -> tuple[list[str], int]:
    """(the transports that lack this percentile, with the place where others of their lines have it; how many lines)"""
    lines: dict[str, dict[tuple[str, str], bool]] = {}
    for row in drawn:
        lines.setdefault(micro.label(row), {})[row.where] = bool(row.range(column))
    names = []
    for label, has in sorted(lines.items()):
        lacking = [where for where, there in has.items() if not there]
        if lacking:
            names.append(label + ("" if len(lacking) == len(has) else f" ({'; '.join(map(in_words, lacking))})"))
    return names, sum(not there for has in lines.values() for there in has.values())


def _page(micro: Micro, facts: Facts, everything: list[Benchmark], rows: list[Benchmark],
          sizes: list[int]) -> style.Page:
    places = sorted({row.where for row in rows}, key=by_place)
    groups = families(micro, sorted(rows, key=lambda row: row.where == places[0]), MEDIAN, False)
    everyone = [label for labels in groups.values() for label in labels]
    look_of = looks(groups)
    many = crowded(groups)
    shown = places[:PANELS_MAX_CROWDED if many else PANELS_MAX]
    drawn = [row for row in rows if row.where in shown]
    columns = [column for column in PERCENTILES if any(row.range(column[0]) for row in drawn)]
    times = [time for row in drawn for column, _, _ in columns if row.range(column)
             for time in (row.range(column).low, row.range(column).high)]
    low, high = style.log_limits(times)
    headings = by_difference(shown)
    panels = []
    for family, labels in groups.items() if many else [("", everyone)]:
        for where in shown:
            here = {micro.label(row) for row in drawn if row.where == where}
            words = [style.heading(family)] if many else []
            text = ", ".join(words + (headings[where] if not many or len(shown) > 1 else []))
            if here & set(labels):
                panels.append(Panel(text[:1].upper() + text[1:], where, [label for label in labels if label in here],
                                    [label for label in everyone if label in here and label not in labels]))
    name_width = style.label_width(everyone)
    grid = style.grid([len(panel.labels) for panel in panels], name_width, 0.36, 1.5 if many else 2.6)

    missing = [(percentile, _without(micro, drawn, column)) for column, percentile, _ in PERCENTILES]
    everywhere = len({(micro.label(row), row.where) for row in drawn})
    counted = [f"{percentile} % of {'all' if lines == everywhere else style.join(names, 4)}"
               for percentile, (names, lines) in missing if names]
    size = units.size(rows[0].bytes)
    subtitle = [f"Round-trip time: a message of {size} there and back, {repetitions(drawn)}; lower is better. "
                "Thin: their range (no CI).",
                f"A percentile: so many of the round trips were at least as fast. "
                f"{'The title speaks of' if len(shown) > 1 else 'Measured with'}: {in_words(places[0])}.",
                f"Missing, because there were too few round trips: {'; '.join(counted)}." if counted else "",
                f"{style.family_line(look_of[label] for panel in panels for label in panel.labels)}."
                + (" Light grey: the lines of the other families." if many else "")
                + f" Log axis of times{', the same in all panels' if len(panels) > 1 else ''}."]
    hidden = [in_words(where) for where in places if where not in shown]
    notes = [note for note in [memories_in_words(shown)] if note]
    notes += [f"Not shown for lack of space: {'; '.join(hidden)} (see micro_summary.csv)."] if hidden else []
    others = [units.size(each) for each in sizes[1:]]
    notes += [f"The smallest of the sizes measured; the others, {style.join(others, 6)}: see micro_summary.csv."] \
        if others else []
    notes += problems(micro, [row for row in everything if row.where in shown])
    main = [row for row in rows if row.where == places[0]]
    page = style.Page(title(micro, main, columns), subtitle, grid.body_height, notes, style.footer(facts))
    canvas = page.canvas()
    ticks = style.log_ticks(low, high, 6)
    xs = [nines(share) for _, _, share in columns]
    names = [f"{percentile} %" for _, percentile, _ in columns]
    for panel, (x, bottom, height) in zip(panels, grid.boxes):
        axes = page.axes(x, bottom, grid.width, height)
        axes.set_yscale("log", base=10)
        axes.set(xlim=(xs[0] - 0.12, xs[-1] + 0.12), ylim=(low, high))
        style.fixed_ticks(axes.yaxis, ticks, [units.seconds(tick) for tick in ticks])
        kept = style.thin([page.place(axes, at, low)[0] for at in xs], names, style.SMALL)
        style.fixed_ticks(axes.xaxis, xs, [name if i in kept else "" for i, name in enumerate(names)])
        axes.grid(axis="y", color=style.HAIR, lw=0.6)
        axes.set_xlabel("percentile of the round trips", fontsize=style.SMALL)
        page.text(x - 0.45, bottom + height + 0.2, panel.heading, style.LABEL, bold=True)
        at = {micro.label(row): [row.range(column) for column, _, _ in columns] for row in drawn
              if row.where == panel.where}
        median = lambda label: [found.median if found else math.nan for found in at[label]]  # noqa: E731
        style.draw_context(axes, xs, (median(label) for label in panel.context))
        ends = []
        step = min(0.035, 0.25 / len(panel.labels))  # each line a little beside, so that the ranges stay apart
        for index, label in reversed(list(enumerate(panel.labels))):  # the best last, on top
            look = look_of[label]
            placed = [place + step * (index - (len(panel.labels) - 1) / 2) for place in xs]
            style.bars(axes, placed, [(found.low, found.high) if found else None for found in at[label]], look.colour,
                       0.9)
            axes.plot(placed, median(label), **look.line(many))
            end, found = [(place, found) for place, found in zip(placed, at[label]) if found][-1]
            ends.append(style.EndLabel(style.shorten(label, style.SMALL, name_width), end, found.median, look.colour,
                                       look.text_colour))
        style.label_ends(page, axes, canvas, ends, x + grid.width + 0.25, bottom + 0.05, bottom + height - 0.02)
    return page

"""How the total time grows: over the data size and over the file count, both axes logarithmic."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Callable, Optional, Sequence

from . import style, units
from .data import Cell, Sweep
from .throughput import other_files, pick_files

DATA = "summary.csv: total_s_*, total_s_exponent_numbers, total_s_exponent_files"
NEEDS = ("total_s_exponent_numbers", "total_s_exponent_files")
REFERENCE_DASHES = {"serial": (0, (2, 2)), "threads": (0, (6, 3))}


@dataclass(frozen=True)
class Growth:
    """The cells that differ in one quantity only."""

    what: str  # "numbers" or "files"
    cells: list[Cell]  # of transports, also those without a result
    references: list[Cell]
    place: Callable[[Cell], int]  # where on the x axis
    name: Callable[[int], str]  # of a place
    axis: str
    exponent: Callable[[Cell], Optional[float]]

    @property
    def ok(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.ok]

    @property
    def places(self) -> list[int]:
        return sorted({self.place(cell) for cell in self.ok})

    def at(self, place: int) -> list[Cell]:
        return [cell for cell in self.cells if self.place(cell) == place]

    def span(self, low: int, between: str, high: int) -> str:
        """'4 MB to 20 MB', '1 to 4 files'"""
        return f"{self.name(low)} {between} {self.name(high)}" + (" files" if self.what == "files" else "")

    @property
    def exponents(self) -> dict[str, float]:
        """Label -> the exponent, which is the same in all rows of a series."""
        return {cell.label: self.exponent(cell) for cell in self.ok if self.exponent(cell) is not None}


@dataclass(frozen=True)
class Crossing:
    """Between these two neighbouring places the lead passes on, and neither lead is a matter of luck."""

    before: str
    after: str
    low: int
    high: int


def crossings(sweep: Sweep, growth: Growth) -> list[Crossing]:
    found = []
    for low, high in zip(growth.places, growth.places[1:]):
        first, then = (sweep.at(growth.at(place)[0]).orders["total"] for place in (low, high))
        before, after = first.cells[0].label, then.cells[0].label
        if before == after or not first.proven or not then.proven:
            continue
        here, there = ({cell.label for cell in growth.at(place) if cell.ok} for place in (low, high))
        tied_here, tied_there = ({cell.label for cell in order.winners[1:]} for order in (first, then))
        # Who has no result at the other place has neither kept the lead nor lost it there.
        if before in there - tied_there and after in here - tied_here:
            found.append(Crossing(before, after, low, high))
    return found


def power(growth: Growth, exponent: float) -> str:
    """'n^0.93', n the numbers or f the files"""
    return f"{growth.what[0]}^{_figure(exponent)}"


def _figure(exponent: float) -> str:
    text = f"{exponent:.2f}"
    return "0.00" if text == "-0.00" else text


def _grows(growth: Growth, exponents: dict[str, float]) -> str:
    """'with the power 0.62 (pipe) to 0.81 (fifo) of the numbers, from 4 MB to 20 MB'; the exponents have no interval,
    so these are the ends of what was found and no ranking."""
    low, high = (choose(exponents, key=lambda label: (exponents[label], label)) for choose in (min, max))
    ends = [_figure(exponents[low]), _figure(exponents[high])]
    between = ends[0] if ends[0] == ends[1] else f"{ends[0]} ({low}) to {ends[1]} ({high})"
    span = growth.span(growth.places[0], "to", growth.places[-1])
    return f"with the power {between} of the {growth.what}, from {span}"


def title(sweep: Sweep, growths: Sequence[Growth]) -> str:
    growth = growths[0]
    labels = {cell.label for cell in growth.ok}
    text = f"{f'The total time of {next(iter(labels))}' if len(labels) == 1 else 'The total time'} grows " \
           f"{_grows(growth, growth.exponents)}"
    found = [(growth, crossing) for growth in growths for crossing in crossings(sweep, growth)]
    if found:
        text += f"; {_passes(*found[0])}"
        if len(found) > 1:
            text += f" (and {units.count(len(found) - 1, 'more time')})"
    elif len(labels) > 1:
        text += "; no lead is proven to change hands"
    return text


def _passes(growth: Growth, crossing: Crossing) -> str:
    return f"the lead passes from {crossing.before} to {crossing.after} between " \
           f"{growth.span(crossing.low, 'and', crossing.high)}"


def _over_size(sweep: Sweep, everything: list[Cell]) -> Optional[Growth]:
    if not any(cell.rate and cell.payload_bytes for cell in everything):
        return None
    files = pick_files(everything)
    most = max(cell.workers for cell in everything if cell.ok and cell.files == files)
    fits = lambda cell: cell.files == files and bool(cell.payload_bytes)  # noqa: E731
    return Growth("numbers", [cell for cell in everything if fits(cell) and cell.workers == most],
                  _references(sweep, fits, most), lambda cell: cell.payload_bytes, units.size,
                  f"payload ({units.count(files, 'file')}, {units.count(most, 'worker')})",
                  lambda cell: cell.total_s_exponent_numbers)


def _over_files(sweep: Sweep, everything: list[Cell]) -> Optional[Growth]:
    counts: dict[int, set[int]] = {}
    for cell in everything:
        if cell.ok:
            counts.setdefault(cell.numbers, set()).add(cell.files)
    if not counts:
        return None
    numbers = max(counts, key=lambda numbers: (len(counts[numbers]), numbers))
    most = max(cell.workers for cell in everything if cell.ok and cell.numbers == numbers)
    fits = lambda cell: cell.numbers == numbers  # noqa: E731
    return Growth("files", [cell for cell in everything if fits(cell) and cell.workers == most],
                  _references(sweep, fits, most), lambda cell: cell.files, str,
                  f"files ({units.count(numbers, 'number')}, {units.count(most, 'worker')})",
                  lambda cell: cell.total_s_exponent_files)


def _references(sweep: Sweep, fits: Callable[[Cell], bool], workers: int) -> list[Cell]:
    return [cell for cell in sweep.cells if cell.transport in REFERENCE_DASHES and cell.kind == "reference" and cell.ok
            and fits(cell) and cell.workers == (1 if cell.transport == "serial" else workers)]


@dataclass(frozen=True)
class Panel:
    heading: str
    growth: Growth
    labels: list[str]  # best first
    context: list[str]  # drawn without a name, in light grey
    tails: dict[str, str]  # what stands behind a name: how its time grows


def _panels(sweep: Sweep, growths: Sequence[Growth]) -> list[Panel]:
    """One per quantity, or, when there are too many lines for that, one per family and quantity, side by side."""
    families = style.groups(sweep)
    everyone = [label for labels in families.values() for label in labels]
    crowded = style.crowded(families)
    panels = []
    for family, members in families.items() if crowded else [("", everyone)]:
        for growth in growths:
            here = {cell.label for cell in growth.ok}
            labels = [label for label in members if label in here]
            over = "over the data size" if growth.what == "numbers" else "over the file count"
            heading = f"{style.heading(family)}, {over}" if crowded else f"Total time {over}"
            tails = {label: f"  {power(growth, exponent)}" for label, exponent in growth.exponents.items()}
            if labels:
                panels.append(Panel(heading, growth, labels, [label for label in everyone if label in here
                                                              and label not in labels], tails))
    return panels


def draw(sweep: Sweep):
    why_not = sweep.no_column(*NEEDS)
    if why_not:
        return None, why_not
    everything = sweep.transports()
    growths = [growth for growth in (_over_size(sweep, everything), _over_files(sweep, everything))
               if growth and len(growth.places) > 1 and growth.exponents]
    if not growths:
        if not any(cell.ok for cell in everything):
            return None, "no transport has a successful run in this sweep"
        return None, "no transport has results at two data sizes or two file counts (sweep --numbers 1M,10M or " \
                     "--files 1,4 shows growth)"
    return _page(sweep, growths), ""


def _page(sweep: Sweep, growths: list[Growth]) -> style.Page:
    looks = style.looks(sweep)
    crowded = style.crowded(style.groups(sweep))
    shown = [cell for growth in growths for cell in growth.ok]
    drawn = shown + [cell for growth in growths for cell in growth.references]
    limits = style.log_limits([time for cell in drawn for time in (cell.total_s_median, *(cell.total_interval or ()))])
    panels = _panels(sweep, growths)
    labels = {label for panel in panels for label in panel.labels}
    tail = max(style.text_width(text, style.SMALL) for panel in panels for text in panel.tails.values())
    name_width = style.label_width([*labels, "threads"], 2.7 if len(panels) == 1 else 1.75) + tail
    counts = [len(panel.labels) + len({cell.transport for cell in panel.growth.references}) for panel in panels]
    grid = style.grid(counts, name_width, 0.36, 1.5 if crowded else 3.2)
    page = style.Page(title(sweep, growths), _subtitle(sweep, growths, panels, looks, len(drawn) > len(shown)),
                      grid.body_height, _notes(sweep, growths), style.footer(sweep))
    canvas = page.canvas()
    for panel, box in zip(panels, grid.boxes):
        growth, places = panel.growth, panel.growth.places
        pad = (places[-1] / places[0]) ** 0.06
        axes = style.panel(page, box, grid.width, panel.heading, 0.2, (places[0] / pad, places[-1] * pad), limits, (2, 10),
                           growth.axis)
        ticks = style.log_ticks(*limits, most=5 if crowded else 7)
        style.fixed_ticks(axes.yaxis, ticks, [units.seconds(tick) for tick in ticks])
        style.named_ticks(page, axes, places, [growth.name(place) for place in places], limits[0])
        for crossing in crossings(sweep, growth):
            axes.axvspan(crossing.low, crossing.high, color=style.SHADE, lw=0, zorder=0.5)
        ends = [dataclasses.replace(end, text=style.shorten(end.text, style.SMALL, name_width - tail)
                                    + panel.tails.get(end.text, "")) for end in _draw_lines(axes, panel, looks, crowded)]
        style.label_panel(page, axes, canvas, ends, box, grid.width)
    return page


def _subtitle(sweep: Sweep, growths: list[Growth], panels: list[Panel], looks: dict[str, style.Look],
              with_references: bool) -> list[str]:
    shown = [cell for growth in growths for cell in growth.ok]
    found = [(growth, crossing) for growth in growths for crossing in crossings(sweep, growth)]
    by_files = next((growth for growth in growths if growth.what == "files"), None)
    lines = [f"Total time from fork to merged, {style.runs(shown, any(cell.total_interval for cell in shown))}; "
             f"lower is better. Log axes{', that of the time the same in all panels' if len(panels) > 1 else ''}."]
    lines += [f"Over the file count it goes {_grows(by_files, by_files.exponents)}."] \
        if by_files and growths[0] is not by_files else []
    bases = " and ".join(f"{growth.what[0]}^b ({growth.what[0]} = {growth.what})" for growth in growths)
    lines += [f"Beside each name {bases}: the power b fitted to its medians. 1 is in proportion, 0 no growth."]
    if len(found) > 1 or (found and len(growths) > 1):
        lines += [f"Shaded: {'; '.join(_passes(*one) for one in found)}."]
    elif found:
        lines += ["Shaded: where the lead passes on."]
    return lines + [f"{style.family_line(looks[label] for panel in panels for label in panel.labels)}."
                    + (" Dashed black: references without a transport." if with_references else "")
                    + (" Light grey: the lines of the other families." if any(panel.context for panel in panels) else "")]


def _notes(sweep: Sweep, growths: list[Growth]) -> list[str]:
    by_files = any(growth.what == "files" for growth in growths)
    notes = other_files(sweep, growths[0].cells[0].files) if not by_files else []
    hidden = sorted({cell.workers for cell in sweep.transports()} - {cell.workers for growth in growths
                                                                     for cell in growth.ok})
    if hidden:
        notes.append(f"Not shown: the cells with {style.join([str(count) for count in hidden], 6)} "
                     f"worker{'s' if hidden != [1] else ''} (see the speed-up or summary.csv).")
    notes += style.setting_note(sweep)
    return notes + style.problems(dict.fromkeys(cell for growth in growths for cell in growth.cells), where=True)


def _draw_lines(axes, panel: Panel, looks: dict[str, style.Look], small: bool) -> list[style.EndLabel]:
    """A line per label; the ends carry the whole label."""
    growth, places = panel.growth, panel.growth.places
    at = {(cell.label, growth.place(cell)): cell for cell in growth.ok}
    median = lambda cell: cell.total_s_median if cell else math.nan  # noqa: E731
    style.draw_context(axes, places, ([median(at.get((label, place))) for place in places] for label in panel.context))
    ends = []
    for name in sorted({cell.transport for cell in growth.references}):
        cells = sorted((cell for cell in growth.references if cell.transport == name), key=growth.place)
        ends.append(style.draw_reference(axes, [(growth.place(cell), cell.total_s_median) for cell in cells], name,
                                         REFERENCE_DASHES[name]))
    for label in reversed(panel.labels):  # the best last, on top
        look = looks[label]
        found = [at.get((label, place)) for place in places]
        style.bars(axes, places, [cell.total_interval if cell else None for cell in found], look.colour, 0.9)
        axes.plot(places, [median(cell) for cell in found], **look.line(small))
        place, last = [(place, cell) for place, cell in zip(places, found) if cell][-1]
        ends.append(style.EndLabel(label, place, last.total_s_median, look.colour, look.text_colour))
    return ends

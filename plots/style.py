"""What all charts share: colours, families, the page with title, subtitle, notes and footer, and label placement."""

from __future__ import annotations

import dataclasses
import functools
import math
import re
from dataclasses import dataclass
from typing import Iterable, Optional, Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.textpath import TextToPath
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from . import units
from .data import Cell, Facts, Sweep

WIDTH = 10.0  # inches; with DPI this makes a PNG of 1600 pixels
DPI = 160
MARGIN = 0.2
TITLE, SUBTITLE, LABEL, SMALL = 13.0, 9.5, 9.0, 8.5  # points
INK, QUIET, GREY, HAIR = "#1a1a1a", "#4d4d4d", "#8c8c8c", "#d0d0d0"

# The five Okabe-Ito colours that stand out 3:1 from white. Text needs 4.5:1, hence a darker twin of each.
BLUE, VERMILLION, GREEN, PINK, BLACK = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000"
BROWN = "#8a6d1f"  # a sixth that keeps apart from them
TEXT_COLOUR = {BLUE: "#005f95", VERMILLION: "#a84a00", GREEN: "#00704f", PINK: "#9b4577", BLACK: "#1a1a1a",
               BROWN: "#6e5716", GREY: "#5c5c5c"}
# In the words of findings.json; any other family is black, too, and named.
FAMILY_COLOUR = {"shared memory": BLUE, "lent memory": BROWN, "stream": VERMILLION, "message": GREEN,
                 "single copy": PINK, "floor": BLACK}
COLOUR_WORD = {BLUE: "blue", VERMILLION: "vermillion", GREEN: "green", PINK: "pink", BROWN: "brown",
               BLACK: "black"}
LENT = "lent"  # the group of what lends its memory instead of copying, whatever its family
MARKERS = "osD^vPX*<>hdp"
SHADE = "#ececec"  # behind lines
CONTEXT = "#b4b4b4"  # lines that another panel names
DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))
COLOURED_MAX = 7


def set_up() -> None:
    """Start from matplotlib's own defaults, so that a person's matplotlibrc cannot change the bytes."""
    matplotlib.rcdefaults()
    matplotlib.rcParams.update({
        "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans"], "font.size": LABEL,
        "text.parse_math": False, "text.color": INK, "svg.fonttype": "none", "svg.hashsalt": "ipcsort",
        "hatch.linewidth": 0.7, "axes.edgecolor": GREY, "axes.linewidth": 0.8, "axes.labelcolor": QUIET,
        "xtick.color": GREY, "ytick.color": GREY, "xtick.labelcolor": QUIET, "ytick.labelcolor": QUIET,
        "xtick.labelsize": SMALL, "ytick.labelsize": SMALL, "path.simplify": False,
    })


def family_colour(family: str) -> str:
    return FAMILY_COLOUR.get(family, BLACK)


def by_family(names: Iterable[str]) -> list[str]:
    """Each once, in the order of the colours."""
    order = list(FAMILY_COLOUR)
    return sorted(set(names), key=lambda name: (order.index(name) if name in order else len(order), name))


@functools.lru_cache(maxsize=4096)
def _word_width(word: str, points: float, bold: bool) -> float:
    font = FontProperties(family="DejaVu Sans", size=points, weight="bold" if bold else "normal")
    return TextToPath().get_text_width_height_descent(word, font, ismath=False)[0] / 72


def text_width(text: str, points: float, bold: bool = False) -> float:
    """Inches, without a figure. By words, which recur: breaking lines measures many beginnings of one text."""
    first, *others = text.split(" ")
    space = _word_width("n n", points, bold) - 2 * _word_width("n", points, bold) if others else 0.0
    return _word_width(first, points, bold) + sum(space + _word_width(word, points, bold) for word in others)


def line_height(points: float) -> float:
    return points * 1.32 / 72


def shorten(text: str, points: float, width: float) -> str:
    """Take out of the middle: names of one mechanism differ at their ends."""
    if text_width(text, points) <= width:
        return text
    keep = len(text)
    while keep > 4 and text_width(text[:(keep + 1) // 2] + "…" + text[-(keep // 2):], points) > width:
        keep -= 1
    return text[:(keep + 1) // 2] + "…" + text[-(keep // 2):]


# "16 MB" and "n = 7" stay on one line.
GLUED = re.compile(r"(?<=\d) (?=(?:B|KiB|MB|GB|[kMG]?B/s|s|ms|us|%|workers?|files?|cores?|runs?)\b|%)|(?<=\bn) (?==)"
                    r"|(?<= =) (?=\d)|(?<=%) (?=CI)|(?<=\b[A-Z]:) (?=\d)")


def wrap(text: str, points: float, width: float, bold: bool = False) -> list[str]:
    lines = [""]
    for word in GLUED.sub("\0", " ".join(text.split())).split(" "):
        word = word.replace("\0", " ")
        while text_width(word, points, bold) > width:  # a word wider than the page: cut it
            cut = len(word)
            while cut > 1 and text_width(word[:cut], points, bold) > width:
                cut -= 1
            lines += [word[:cut]]
            word = word[cut:]
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, points, bold) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return [line for line in lines if line]


def balanced(text: str, points: float, width: float, bold: bool) -> list[str]:
    """As many lines as needed and none of them a lone word."""
    lines = wrap(text, points, width, bold)
    while len(lines) > 1 and width > 2:
        width -= 0.2
        narrower = wrap(text, points, width, bold)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return lines


class Page:
    """A figure of fixed width whose height follows from its texts and its body. All lengths are inches."""

    def __init__(self, title: str, subtitle: Sequence[str], body_height: float, notes: Sequence[str], foot: str):
        inner = WIDTH - 2 * MARGIN
        head = [(line, TITLE, True, INK) for line in balanced(title, TITLE, inner, True)]
        head += [(line, SUBTITLE, False, QUIET) for part in subtitle if part
                 for line in wrap(part, SUBTITLE, inner)]
        tail = [(line, SMALL, False, QUIET) for note in notes for line in wrap(note, SMALL, inner)]
        foot_lines = [(line, SMALL - 0.5, False, "#595959") for line in wrap(foot, SMALL - 0.5, inner)]
        height_of = lambda lines: sum(line_height(points) for _, points, _, _ in lines)  # noqa: E731
        self.title = title
        self.description = " ".join(part for part in subtitle if part)
        self.title_height = MARGIN + len(balanced(title, TITLE, inner, True)) * line_height(TITLE)
        self.bottom = MARGIN + height_of(foot_lines) + 0.1 + height_of(tail) + (0.12 if tail else 0)
        self.body_height = body_height
        self.height = self.bottom + body_height + 0.16 + height_of(head) + MARGIN
        self.figure = Figure(figsize=(WIDTH, self.height), dpi=DPI, facecolor="white")
        self._write(head, self.height - MARGIN)
        self._write(tail, self.bottom - 0.12)
        self._write(foot_lines, MARGIN + height_of(foot_lines))

    def _write(self, lines: list, top: float) -> None:
        for line, points, bold, colour in lines:
            self.text(MARGIN, top - self.bottom, line, points, colour, bold=bold, va="top")
            top -= line_height(points)

    def text(self, x: float, y: float, text: str, points: float = LABEL, colour: str = INK, bold: bool = False,
             ha: str = "left", va: str = "center") -> None:
        """x from the left edge, y from the bottom of the body."""
        self.figure.text(x / WIDTH, (self.bottom + y) / self.height, text, fontsize=points, color=colour, ha=ha,
                         va={"center": "center_baseline"}.get(va, va), fontweight="bold" if bold else "normal")

    def axes(self, x: float, y: float, width: float, height: float) -> Axes:
        axes = self.figure.add_axes((x / WIDTH, (self.bottom + y) / self.height, width / WIDTH, height / self.height))
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(length=3)
        axes.patch.set_visible(False)  # shapes of the canvas below may reach under the plot's edge
        axes.set_axisbelow(True)
        return axes

    def canvas(self) -> Axes:
        """Axes over the whole figure in inches (y from the bottom of the body), for shapes outside a plot. They lie
        below everything else: what they hold must never cover a text."""
        axes = self.figure.add_axes((0, 0, 1, 1), zorder=-1)
        axes.set(xlim=(0, WIDTH), ylim=(-self.bottom, self.height - self.bottom))
        axes.axis("off")
        return axes

    def place(self, axes: Axes, x: float, y: float) -> tuple[float, float]:
        """Data coordinates to the inches that text() takes. The axes' limits must be final."""
        px, py = axes.transData.transform((x, y))
        return px / self.figure.dpi, py / self.figure.dpi - self.bottom


# ---- texts ----

def footer(facts: Facts) -> str:
    cpu, count = facts.about("machine", "cpu"), facts.about("machine", "cores")
    commit, dirty = facts.about("git", "commit"), facts.about("git", "dirty")
    started = facts.about("started_utc")
    machine = [f"{cpu}" if cpu else "machine unknown", f"{count} core{'' if count == 1 else 's'}" if count else ""]
    parts = [f"ipcsort {facts.about('version') or '(version unknown)'}",
             f"commit {str(commit)[:12]}{' with local changes' if dirty else ''}" if commit else "commit unknown",
             f"{str(started).replace('T', ' ').replace('Z', ' UTC')}" if started else "date unknown",
             ", ".join(part for part in machine if part),
             str(facts.about("machine", "kernel") or ""), str(facts.about("machine", "distro") or "")]
    return " · ".join(" ".join(part.split()) for part in parts if part)


def cores(facts: Facts) -> Optional[int]:
    value = facts.about("machine", "cores")
    return value if isinstance(value, int) and value > 0 else None


def data_caches(facts: Facts) -> list[tuple[str, int]]:
    """(name, bytes) of the caches that hold data, smallest first."""
    caches = facts.about("machine", "caches")
    found = {}
    for cache in caches if isinstance(caches, list) else []:
        if isinstance(cache, dict) and cache.get("type") in ("Data", "Unified") \
                and isinstance(cache.get("bytes"), int) and cache["bytes"] > 0:
            found[f"L{cache.get('level', '?')}"] = cache["bytes"]
    return sorted(found.items(), key=lambda item: item[1])


def payload(cell: Cell) -> str:
    return units.size(cell.payload_bytes) if cell.payload_bytes else f"{cell.numbers:,} numbers"


def runs(cells: Iterable[Cell], with_interval: bool) -> str:
    """'median of n = 7 runs with 95 % CI'"""
    counts = [cell.runs_ok or 0 for cell in cells if cell.ok]
    low, high = (min(counts), max(counts)) if counts else (0, 0)
    if high <= 1:
        return "one run per cell, so no confidence interval"
    many = f"{low}" if low == high else f"{low} to {high}"
    return f"median of n = {many} runs" + (" with 95 % CI" if with_interval else "")


def join(names: Sequence[str], most: int = 3) -> str:
    names = list(names)
    if len(names) > most + 1:
        names = names[:most] + [f"{len(names) - most} more"]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def setting_note(sweep: Sweep) -> list[str]:
    """What all that is shown was measured with."""
    text = "Measured with: " + ", ".join(f"{name} {value}" for name, value in sweep.setting.items() if value)
    if sweep.others:
        text += f". {units.count(len(sweep.others), 'other pipeline setting')} of this sweep not shown"
    if sweep.setting.get("transfer") == "steady":
        text += ". Total, phases and CPU time are those of the first round"
    return [text + "."] if sweep.setting else []


def problems(cells: Iterable[Cell], where: bool, most: int = 12) -> list[str]:
    """One line per reason: what was skipped, failed or lost runs. `where` names the conditions."""
    cells = list(cells)
    grouped: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        if not cell.ok:
            state = cell.status if cell.status != "ok" else "without a result"
            grouped.setdefault((state, cell.reason or "no reason recorded"), []).append(cell)
        elif cell.runs_failed:
            state = f"lost {cell.runs_failed} of {cell.runs_failed + (cell.runs_ok or 0)} runs"
            grouped.setdefault((state, cell.reason or "no reason recorded"), []).append(cell)
    lines = []
    for (state, reason), group in grouped.items():
        names = list(dict.fromkeys(cell.label for cell in group))
        places = list(dict.fromkeys(f"{payload(cell)} with {units.count(cell.workers, 'worker')}" for cell in group))
        everywhere = len(group) == sum(cell.label in names for cell in cells)
        at = "" if not where else " everywhere" if everywhere else f" at {join(places, 2)}"
        lines.append(f"{join(names, 4)} {state}{at}: {reason}")
    if len(lines) > most:
        lines = lines[:most - 1] + [f"and {len(lines) - most + 1} more such lines: see summary.csv"]
    return lines


# ---- lines and their labels ----

@dataclass(frozen=True)
class Look:
    family: str
    marker: str
    dash: object
    grey: bool = False
    lent: bool = False

    @property
    def colour(self) -> str:
        return GREY if self.grey else family_colour(self.family)

    @property
    def text_colour(self) -> str:
        return TEXT_COLOUR[self.colour]

    def line(self, small: bool = False) -> dict:
        """For Axes.plot, in a small panel finer. What is lent has hollow markers."""
        return dict(color=self.colour, ls=self.dash, marker=self.marker, ms=3.5 if small else 4.5,
                    mew=0.7 if small else 0.9, mfc="white" if self.lent else self.colour,
                    lw=0.9 if self.grey else 1.1 if small else 1.6, zorder=3 if self.grey else 4, clip_on=False)


def groups(sweep: Sweep) -> dict[str, list[str]]:
    """Family -> its labels, best first by the transfer at the largest payload with the most workers; what lends is a
    group of its own, the last."""
    merit: dict[str, tuple] = {}
    for cell in sweep.transports():
        key = (cell.rate is not None, cell.workers, cell.payload_bytes or 0, cell.transfer_percent_of_best or 0,
               cell.rate or 0, LENT if cell.lent else cell.family)
        merit[cell.label] = max(merit.get(cell.label, key), key)
    found: dict[str, list[str]] = {}
    for label in sorted(merit, key=lambda label: (merit[label], label), reverse=True):
        found.setdefault(merit[label][-1], []).append(label)
    return {name: found[name] for name in [*by_family(name for name in found if name != LENT), LENT] if name in found}


def crowded(grouped: dict[str, list[str]]) -> bool:
    """More lines than one plot can show apart: one panel per family then."""
    return sum(len(labels) for labels in grouped.values()) > COLOURED_MAX


def looks(sweep: Sweep) -> dict[str, Look]:
    """How each transport looks, in every chart of the sweep: its family's colour, and within one panel a marker of its
    own. More than a panel can show apart are grey."""
    cells = sweep.transports()
    return choose_looks(groups(sweep), {cell.label: cell.family for cell in cells},
                        {cell.label for cell in cells if cell.lent})


def choose_looks(grouped: dict[str, list[str]], family_of: dict[str, str], lent: Iterable[str] = ()) -> dict[str, Look]:
    """For labels that share a panel a marker each, and a dash each within a colour."""
    panels = list(grouped.values())
    if not crowded(grouped):
        panels = [[label for labels in panels for label in labels]]
    chosen: dict[str, Look] = {}
    for labels in panels:
        used: dict[str, int] = {}
        for index, label in enumerate(labels):
            look = Look(family_of[label], MARKERS[index % len(MARKERS)], "-", index >= COLOURED_MAX, label in lent)
            member = used.get(look.colour, 0)
            used[look.colour] = member + 1
            chosen[label] = dataclasses.replace(look, dash=DASHES[member % len(DASHES)])
    return chosen


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def heading(group: str) -> str:
    """A group's name above its panel."""
    return "Lent, nothing is copied" if group == LENT else capital(group)


def family_line(drawn: Iterable[Look]) -> str:
    """The colours in words, for the subtitle."""
    drawn = list(drawn)
    parts = [f"{COLOUR_WORD[family_colour(name)]} = {name}"
             for name in by_family(look.family for look in drawn if not look.grey)]
    if any(look.grey for look in drawn):
        parts.append(f"grey = behind the {COLOURED_MAX} fastest of the family")
    if any(look.lent for look in drawn):
        parts.append("hollow = lent")
    return "Colour: " + ", ".join(parts)


@dataclass(frozen=True)
class Grid:
    """Panels of equal width, in rows whose height follows from their end labels. Inches."""

    width: float  # of one plot
    boxes: list[tuple[float, float, float]]  # left, bottom and height of each plot
    body_height: float


def grid(label_counts: Sequence[int], name_width: float, head: float, least: float) -> Grid:
    """`name_width` inches for the labels at the right of each plot, `head` above it."""
    left, foot, gap, tie = 0.55, 0.5, 0.15, 0.3
    columns = 2 if len(label_counts) > 1 and (WIDTH - 2 * MARGIN - gap) / 2 - left - tie - name_width >= 1.5 else 1
    cell = (WIDTH - 2 * MARGIN - (columns - 1) * gap) / columns
    rows = [label_counts[start:start + columns] for start in range(0, len(label_counts), columns)]
    heights = [max(least, max(row) * LABEL_GAP + 0.1) for row in rows]
    body = sum(heights) + len(rows) * (head + foot) + (len(rows) - 1) * 0.12
    boxes, top = [], body
    for row, height in zip(rows, heights):
        bottom = top - head - height
        boxes += [(MARGIN + left + index * (cell + gap), bottom, height) for index in range(len(row))]
        top = bottom - foot - 0.12
    return Grid(cell - left - tie - name_width, boxes, body)


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions at least `gap` apart, within [low, high] if they fit, as close to the wanted ones as possible."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    blocks: list[list[float]] = []  # [mean of (wanted - rank * gap), members]; equal blocks are pushed apart together
    for rank_, index in enumerate(order):
        blocks.append([wanted[index] - rank_ * gap, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            mean, members = blocks.pop()
            blocks[-1] = [(blocks[-1][0] * blocks[-1][1] + mean * members) / (blocks[-1][1] + members),
                          blocks[-1][1] + members]
    starts = [start for start, members in blocks for _ in range(int(members))]
    ceiling = high - (len(wanted) - 1) * gap
    result = [0.0] * len(wanted)
    for rank_, index in enumerate(order):
        result[index] = max(low, min(starts[rank_], ceiling)) + rank_ * gap
    return result


@dataclass(frozen=True)
class EndLabel:
    text: str
    x: float  # of the line's last point, in data coordinates
    y: float
    colour: str  # of the line
    text_colour: str


LABEL_GAP = line_height(SMALL) + 0.01


def label_ends(page: Page, axes: Axes, canvas: Axes, labels: Sequence[EndLabel], x_text: float, low: float,
               high: float) -> None:
    """Names at the right of a plot, pushed apart, each tied to its line's end by a hair line."""
    ends = [page.place(axes, label.x, label.y) for label in labels]
    ties: dict[str, list[tuple[float, float]]] = {}  # one path per colour: a path per line would double the file
    for label, (x, y), at in zip(labels, ends, spread([y for _, y in ends], LABEL_GAP, low, high)):
        page.text(x_text, at, label.text, SMALL, label.text_colour)
        beside = [(x_text - 0.2, at)] if x > x_text - 0.3 else [(x_text - 0.2, y + (at - y) * 0.5)]
        ties.setdefault(label.colour, []).extend([(x + 0.05, y), *beside, (x_text - 0.05, at), (math.nan, math.nan)])
    for colour, points in ties.items():
        canvas.add_line(Line2D(*zip(*points), color=colour, lw=0.5, alpha=0.7))


def label_width(labels: Iterable[str], most: float = 2.7) -> float:
    return min(most, max((text_width(label, SMALL) for label in labels), default=0.0))


# ---- axes ----

def log_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Round values within [low, high], from the finest ladder that is not too dense."""
    for ladder in ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        ticks = [step * 10.0**decade for decade in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
                 for step in ladder if low <= step * 10.0**decade <= high]
        if len(ticks) <= most:
            return ticks
    return ticks[::math.ceil(len(ticks) / most)]


def log_limits(values: Sequence[float], least: float = 4.0) -> tuple[float, float]:
    """Limits around the values, never narrower than `least`, so that noise does not look like a landslide."""
    low, high = min(values), max(values)
    grow = max(1.0, math.sqrt(least * low / high))
    pad = (high / low * grow * grow) ** 0.05
    return low / grow / pad, high * grow * pad


def bars(axes: Axes, places: Sequence[float], intervals: Sequence[Optional[tuple[float, float]]], colour: str,
         width: float, horizontal: bool = False) -> None:
    """Intervals as one path."""
    points = [point for place, interval in zip(places, intervals) if interval
              for point in ((place, interval[0]), (place, interval[1]), (place, math.nan))]
    if points:
        along, across = zip(*points)
        axes.plot(*((across, along) if horizontal else (along, across)), color=colour, lw=width, zorder=2.5,
                  solid_capstyle="butt")


def draw_context(axes: Axes, xs: Sequence[float], lines: Iterable[Sequence[float]]) -> None:
    """The lines that other panels name, as one path: a path each would make up half of the file."""
    lines = list(lines)
    if lines:
        axes.plot([*xs, math.nan] * len(lines), [y for line in lines for y in [*line, math.nan]], color=CONTEXT, lw=0.7,
                  zorder=1.5)


def number_ticks(axis, ticks: Sequence[float], scale: float = 1.0) -> None:
    fixed_ticks(axis, ticks, [units.number(tick / scale) for tick in ticks])


def fixed_ticks(axis, ticks: Sequence[float], labels: Sequence[str]) -> None:
    axis.set_major_locator(FixedLocator(list(ticks)))
    axis.set_major_formatter(FixedFormatter(list(labels)))
    axis.set_minor_locator(NullLocator())


def named_ticks(page: Page, axes: Axes, places: Sequence[float], names: Sequence[str], at: float) -> None:
    """At these places of the x axis, whose limits are final; names only as far as they fit. `at`: any y."""
    kept = thin([page.place(axes, place, at)[0] for place in places], names, SMALL)
    fixed_ticks(axes.xaxis, places, [name if i in kept else "" for i, name in enumerate(names)])


def panel(page: Page, box: tuple[float, float, float], width: float, heading: str, head: float,
          xlim: tuple[float, float], ylim: tuple[float, float], logs: tuple[Optional[int], Optional[int]], across: str) -> Axes:
    """Axes with their heading `head` inches above them; `logs` has the bases of both."""
    x, bottom, height = box
    axes = page.axes(x, bottom, width, height)
    if logs[0]:
        axes.set_xscale("log", base=logs[0])
    if logs[1]:
        axes.set_yscale("log", base=logs[1])
    axes.set(xlim=xlim, ylim=ylim)
    axes.grid(axis="y", color=HAIR, lw=0.6)
    axes.set_xlabel(across, fontsize=SMALL)
    page.text(x - 0.45, bottom + height + head, heading, LABEL, bold=True)
    return axes


def label_panel(page: Page, axes: Axes, canvas: Axes, ends: Sequence[EndLabel], box: tuple[float, float, float],
                width: float) -> None:
    x, bottom, height = box
    label_ends(page, axes, canvas, ends, x + width + 0.25, bottom + 0.05, bottom + height - 0.02)


def mark_caches(page: Page, axes: Axes, box: tuple[float, float, float], caches: Sequence[tuple[str, int]],
                places: Sequence[tuple[float, int]]) -> None:
    x, bottom, height = box
    for (name, size_bytes), (text_x, row) in zip(caches, places):
        axes.axvline(size_bytes, color=QUIET, lw=0.9, ls=(0, (1, 2)))
        page.text(x + text_x, bottom + height + 0.08 + 0.18 * row, f"{name} {units.size(size_bytes)}", SMALL, QUIET,
                  ha="center")


def draw_reference(axes: Axes, points: Sequence[tuple[float, float]], name: str, dash: object = (0, (6, 3))) -> EndLabel:
    """A black line that is no transport."""
    axes.plot(*zip(*points), color=BLACK, lw=1.1, ls=dash, zorder=2)
    return EndLabel(name, *points[-1], BLACK, INK)


def thin(positions: Sequence[float], labels: Sequence[str], points: float, gap: float = 0.12) -> list[int]:
    """Indices of the labels that fit side by side; the last one (the largest size) always stays."""
    kept: list[int] = []
    left = math.inf
    for index in range(len(positions) - 1, -1, -1):
        half = text_width(labels[index], points) / 2
        if positions[index] + half + gap <= left:
            kept.append(index)
            left = positions[index] - half
    return kept[::-1]

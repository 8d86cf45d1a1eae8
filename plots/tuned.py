"""Default and tuned options side by side: per transport and payload size two dots with their intervals, and how many
times as fast the tuned one is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from . import style, units
from .data import Cell, Sweep
from .throughput import evenly, other_files, pick_files

DATA = "summary.csv: transfer_bytes_per_s_*, options; meta.json: profile"
PANELS_MAX = 3
ROW, ROW_CROWDED = 0.34, 0.28  # inches
BESIDE = 0.17  # of a row: so far above and below its middle the two dots stand
SAME = "same"


@dataclass(frozen=True)
class Pair:
    """A transport at one size."""

    default: Cell
    tuned: Optional[Cell]  # None: the profile keeps the defaults

    @property
    def ratio(self) -> Optional[float]:
        return self.tuned.rate / self.default.rate if self.tuned else None

    @property
    def apart(self) -> bool:
        """The intervals do not meet, and the tuned one is the faster."""
        if not self.tuned or not self.tuned.speed_interval or not self.default.speed_interval:
            return False
        return self.tuned.speed_interval[0] > self.default.speed_interval[1]


def _pairs(cells: list[Cell]) -> dict[str, Pair]:
    """Of one condition, by transport."""
    pairs = {}
    for cell in cells:
        if cell.options or not cell.rate or cell.lent:
            continue
        tuned = [other for other in cells if other.transport == cell.transport and other.rate and other.profile]
        pairs[cell.transport] = Pair(cell, tuned[0] if tuned else None)
    return pairs


def _is_tuned(pairs: dict[str, Pair]) -> bool:
    return any(pair.tuned for pair in pairs.values())


def title(size: str, pairs: dict[str, Pair]) -> str:
    """What tuning did at one size, the largest at which anything is off its defaults."""
    faster = {name: pair for name, pair in pairs.items() if pair.apart}
    if not faster:
        return f"At {size} no transport is faster with tuned options beyond the intervals"
    most = max(faster, key=lambda name: faster[name].ratio)
    gain = units.ratio(faster[most].ratio)
    if len(pairs) == 1:
        return f"Tuned options make {most} {gain} as fast at {size}"
    return f"Tuned options make {len(faster)} of {len(pairs)} transports faster at {size}, {most} most: {gain}"


def draw(sweep: Sweep):
    if "profile" not in sweep.meta or not any(cell.profile for cell in sweep.transports()):
        return None, "no tuned options in this sweep (ipcsort tune finds them, sweep --profile default,tuned shows them)"
    everything = [cell for cell in sweep.transports() if not cell.lent]
    complete = [cell for cell in everything if cell.rate and cell.payload_bytes]
    if not any(cell.profile for cell in complete) or not any(not cell.options for cell in complete):
        return None, "default and tuned options are not both in this sweep (sweep --profile default,tuned)"
    files = pick_files(complete)
    most = max(cell.workers for cell in complete if cell.files == files)
    cells = [cell for cell in complete if (cell.files, cell.workers) == (files, most)]
    by_size = {size: _pairs([cell for cell in cells if cell.payload_bytes == size])
               for size in sorted({cell.payload_bytes for cell in cells})}
    by_size = {size: pairs for size, pairs in by_size.items() if pairs}
    if not any(_is_tuned(pairs) for pairs in by_size.values()):
        return None, "no transport has both default and tuned options at one size"
    return _page(sweep, everything, by_size, files, most), ""


def _page(sweep: Sweep, everything: list[Cell], by_size: dict[int, dict[str, Pair]], files: int,
          most: int) -> style.Page:
    sizes = evenly(list(by_size), PANELS_MAX)
    last = by_size[sizes[-1]]
    rate_of = lambda pair: (pair.tuned or pair.default).rate  # noqa: E731
    names = sorted({name for size in sizes for name in by_size[size]},
                   key=lambda name: (name not in last, -rate_of(last[name]) if name in last else 0, name))
    shown = [cell for size in sizes for pair in by_size[size].values() for cell in (pair.default, pair.tuned) if cell]
    bounds = [cell.rate for cell in shown] + [bound for cell in shown for bound in cell.speed_interval or ()]
    unit, scale = units.rate_unit(bounds)
    limits = style.log_limits(bounds)
    row = ROW if len(names) <= 14 else ROW_CROWDED
    height = len(names) * row + 0.1
    texts = {name: style.shorten(name, style.LABEL, 2.2) for name in names}
    look_of = {name: style.Look(pair.default.family, "D", "-") for size in sizes for name, pair in by_size[size].items()}
    figures = {(size, name): units.exact_ratio(pair.ratio) if pair.tuned else SAME
               for size in sizes for name, pair in by_size[size].items()}
    left = style.MARGIN + max(style.text_width(text, style.LABEL) for text in texts.values()) + 0.15
    aside = 0.3 + max(style.text_width(text, style.LABEL, True) for text in figures.values())
    width = (style.WIDTH - style.MARGIN - left) / len(sizes) - aside

    hidden = [units.size(size) for size in by_size if size not in sizes]
    subtitle = [f"Transfer throughput, {style.runs(shown, any(cell.speed_interval for cell in shown))}; higher is better. "
                f"{units.count(files, 'file')}, {units.count(most, 'worker')}.",
                "Hollow circle = default options, filled diamond = tuned for this machine; beside them tuned over default "
                f"(ratio of the medians, bold where the intervals do not meet), or {SAME}: the profile has the defaults.",
                f"{style.family_line(look_of.values())}. Log axis{', the same in all panels' if len(sizes) > 1 else ''}."]
    notes = [f"Not shown for lack of space: {style.join(hidden)} (see summary.csv)."] if hidden else []
    notes += other_files(sweep, files) + style.setting_note(sweep)
    notes += style.problems([cell for cell in everything if (cell.files, cell.workers) == (files, most)], where=True)
    told = max(size for size in by_size if _is_tuned(by_size[size]))
    page = style.Page(title(units.size(told), by_size[told]), subtitle, height + 0.5 + 0.3, notes, style.footer(sweep))
    for index, size in enumerate(sizes):
        x = left + index * (width + aside)
        axes = page.axes(x, 0.5, width, height)
        axes.set_xscale("log", base=10)
        axes.set(xlim=limits, ylim=(len(names) - 0.5, -0.5))
        ticks = style.log_ticks(*limits, most=5 if len(sizes) > 1 else 7)
        style.number_ticks(axes.xaxis, ticks, scale)
        style.fixed_ticks(axes.yaxis, [], [])
        axes.grid(axis="x", color=style.HAIR, lw=0.6)
        axes.set_xlabel(f"throughput ({unit})", fontsize=style.SMALL)
        page.text(x, 0.5 + height + 0.14, f"{units.size(size)} of payload", style.LABEL, bold=True)
        for place, name in enumerate(names):
            y = 0.5 + height - (place + 0.5) * height / len(names)
            axes.axhline(place, color=style.HAIR, lw=0.6)
            if index == 0:
                page.text(left - 0.1, y, texts[name], ha="right")
            pair = by_size[size].get(name)
            if pair is None:
                continue
            _dots(axes, place, pair, look_of[name])
            page.text(x + width + 0.1, y, figures[size, name], bold=pair.apart)
    return page


def _dots(axes, place: int, pair: Pair, look: style.Look) -> None:
    above, below = (place - BESIDE, place + BESIDE) if pair.tuned else (place, place)
    marks = [(pair.default, above, "o", "white", 5.5)]
    if pair.tuned:
        axes.plot([pair.default.rate, pair.tuned.rate], [above, below], color=look.colour, lw=0.7, zorder=2)
        marks.append((pair.tuned, below, look.marker, look.colour, 5))
    for cell, y, marker, face, size in marks:
        if cell.speed_interval:
            axes.plot(cell.speed_interval, [y, y], color=look.colour, lw=1.8, solid_capstyle="butt", zorder=2.5)
        axes.plot([cell.rate], [y], color=look.colour, marker=marker, mfc=face, ms=size, ls="", clip_on=False, zorder=4)

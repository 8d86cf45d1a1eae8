"""Two orders side by side: what each transport reaches the first time, into memory that nobody has touched, and in steady
flow, into memory in use. A line joins the two, so that who crosses whom is seen at once."""

from __future__ import annotations

from typing import Sequence

from . import style, units
from .data import Cell, Sweep
from .findings import Place, TwoOrders

DATA = "summary.csv: transfer_bytes_per_s_*; findings.json: two_orders"
HEADS = ("first, into fresh memory", "steady, memory in use")
PANELS_MAX = 2
TIE = 0.3  # inches from a line's end to its label


def draw(sweep: Sweep):
    found = [both for both in sweep.findings.two_orders if all(_rated(both))]
    if not found:
        return None, "these runs were not sent both once and again and again (sweep --transfer barrier,steady)"
    shown = _shown(found)
    return _page(sweep, found, shown), ""


def _rated(both: TwoOrders) -> tuple[list[Place], list[Place]]:
    """The places of each order that have a rate."""
    first, steady = ([place for place in condition.orders["transfer"].places if place.cell.rate]
                     for condition in (both.first, both.steady))
    return first, steady


def _shown(found: Sequence[TwoOrders]) -> list[TwoOrders]:
    """The largest size, with the most workers and with the fewest."""
    at = lambda both: (both.first.cells[0].files, both.first.cells[0].numbers)  # noqa: E731
    same = [both for both in found if at(both) == at(found[0])]
    return same if len(same) <= PANELS_MAX else [same[0], same[-1]]


def _page(sweep: Sweep, found: list[TwoOrders], shown: list[TwoOrders]) -> style.Page:
    cells = [place.cell for both in shown for places in _rated(both) for place in places]
    bounds = [bound for cell in cells for bound in cell.speed_bounds]
    unit, scale = units.rate_unit(bounds)
    low, high = style.log_limits(bounds)
    text = lambda place: f"{place.rank} {style.shorten(place.cell.label, style.SMALL, 2.0)} " \
        f"{units.number(place.cell.rate / scale, trim=False)}"  # noqa: E731
    aside = max(style.text_width(text(place), style.SMALL, True) for both in shown for places in _rated(both)
                for place in places) + TIE
    left, width = style.MARGIN + aside, style.WIDTH - 2 * (style.MARGIN + aside)
    head, gap = 0.5, 0.25
    heights = [max(2.4, max(len(places) for places in _rated(both)) * style.LABEL_GAP + 0.1) for both in shown]
    files = shown[0].first.cells[0].files
    subtitle = [f"Rank, transport and throughput ({unit}), {style.runs(cells, False)}; higher is better. "
                f"{style.payload(cells[0])} of payload, {units.count(files, 'file')}"
                + (", one panel per worker count; the title speaks of the first." if len(shown) > 1 else "."),
                "Ranks compare in pairs of runs, so medians may stand in another order; 1= is shared by all that are not shown to "
                "be slower than the best; ? has too few runs; bold: alone the first in its order.",
                f"{style.family_line(_look(place.cell) for both in shown for places in _rated(both) for place in places)}. "
                "Log axis, the same on both sides" + (" and in all panels." if len(shown) > 1 else ".")]
    notes = [f"{units.count(len(found) - len(shown), 'other condition')} of this sweep not shown: see findings.json."] \
        if len(found) > len(shown) else []
    page = style.Page(shown[0].title, subtitle, sum(heights) + len(shown) * head + (len(shown) - 1) * gap, notes,
                      style.footer(sweep))
    top = page.body_height
    for both, height in zip(shown, heights):
        bottom = top - head - height
        page.text(style.WIDTH / 2, top - 0.12, units.count(both.first.cells[0].workers, "worker"), style.LABEL, bold=True,
                  ha="center")
        axes = page.axes(left, bottom, width, height)
        axes.set_yscale("log", base=10)
        axes.set(xlim=(0, 1), ylim=(low, high))
        axes.spines[["bottom", "left"]].set_visible(False)
        for axis in (axes.xaxis, axes.yaxis):
            style.fixed_ticks(axis, [], [])
        _panel(page, axes, _rated(both), text)
        for x, ha, words in ((left, "left", HEADS[0]), (left + width, "right", HEADS[1])):
            page.text(x, bottom + height + 0.12, words, style.SMALL, style.QUIET, ha=ha)
        top = bottom - gap
    return page


def _look(cell: Cell) -> style.Look:
    return style.Look(cell.family, "o", "-")


def _panel(page: style.Page, axes, orders: tuple[list[Place], list[Place]], text) -> None:
    box = axes.get_position()
    to_inch = lambda fraction: fraction * page.height - page.bottom  # noqa: E731
    floor, ceiling = to_inch(box.y0) + 0.05, to_inch(box.y1) - 0.02
    steady = {place.cell.label: place.cell for place in orders[1]}
    for place in reversed(orders[0]):  # the best last, on top
        if place.cell.label in steady:
            axes.plot([0, 1], [place.cell.rate, steady[place.cell.label].rate], color=_look(place.cell).colour, lw=1.1)
    for side, places in enumerate(orders):
        axes.axvline(side, color=style.HAIR, lw=0.8, zorder=1)
        for place in places:
            axes.plot([side], [place.cell.rate], color=_look(place.cell).colour, marker="o", ms=4, ls="", clip_on=False)
        _label(page, axes, side, places, text, floor, ceiling)


def _label(page: style.Page, axes, side: int, places: list[Place], text, floor: float, ceiling: float) -> None:
    """Beside the ends, in the order of the ranks, each tied to its end."""
    out, ha = (1, "left") if side else (-1, "right")
    ends = [page.place(axes, side, place.cell.rate) for place in places]
    ats = style.spread([y for _, y in ends], style.LABEL_GAP, floor, ceiling)
    ties: dict[str, list[tuple[float, float]]] = {}
    for place, (x, y), at in zip(places, ends, ats):
        look = _look(place.cell)
        page.text(x + out * TIE, at, text(place), style.SMALL, look.text_colour, bold=place.rank == "1", ha=ha)
        ties.setdefault(look.colour, []).extend([(x + out * 0.06, y), (x + out * (TIE - 0.05), at), (float("nan"),) * 2])
    canvas = page.canvas()
    for colour, points in ties.items():
        canvas.plot(*zip(*points), color=colour, lw=0.5, alpha=0.7)

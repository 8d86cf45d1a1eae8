"""Transport x payload size: cells print the throughput; the colour is the share of the best's speed, paired by block."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Optional, Sequence

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from . import style, units
from .data import Cell, Sweep
from .findings import Condition, Order
from .throughput import ceilings, evenly, lent_line, other_files, pick_files, verdict

DATA = "summary.csv: transfer_bytes_per_s_median, transfer_percent_of_best, transfer_tied_with_best"
ROW, ROW_CROWDED = 0.3, 0.24  # inches
ROOM = 0.12  # above the row of the ceiling
FOOT = 0.42
ASIDE = 0.34  # the heading of what is lent
COLOURS = LinearSegmentedColormap.from_list("share", ["#ffffff", "#d6e6f2", "#a6cde6", "#5b9bd0", "#0b4a86"])
REFERENCE = "memcpy, one copy"
LENT = "Lent: nothing is copied; the time of the hand-over, lower is better"


def _ink_on(rgb) -> str:
    """Black or white, whichever reads better (WCAG luminance)."""
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in rgb[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return style.BLACK if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "white"


def title(conditions: Sequence[Condition], orders: Sequence[Order], column_count: int) -> str:
    """Who leads in how many of the columns that have a result; with one column, by how much."""
    if len(orders) == 1:
        return verdict(conditions[0], orders[0])
    alone: dict[str, int] = {}
    among: dict[str, int] = {}
    for order in orders:
        winners = [cell.label for cell in order.winners]
        if len(order.places) > 1:
            among.update({label: among.get(label, 0) + 1 for label in winners})
            if len(winners) == 1:
                alone[winners[0]] = alone.get(winners[0], 0) + 1
    if not among:
        return f"{orders[0].winners[0].label} is the only transport with results"
    most = max(among.values())
    first = [name for name in among if among[name] == most]
    columns = f"all {most} columns" if most == len(orders) else f"{most} of {len(orders)} columns"
    if len(orders) < column_count:
        columns += " with results"
    if not all(order.proven for order in orders):
        columns += " (too few runs to name a winner)"
    if len(first) > 1:
        return f"No single winner: {style.join(first)} are best or tied in {columns} each"
    solo = alone.get(first[0], 0)
    text = f"{first[0]} is best in {columns}" if solo == most else \
        f"{first[0]} is best or tied in {columns}, " + (f"alone in {solo}" if solo else "never alone")
    others = [name for name in alone if name != first[0]]
    return text + "".join(f"; {name} is alone in {alone[name]}" for name in others[:3])


@dataclass(frozen=True)
class Column:
    workers: int
    size: int
    condition: Condition

    @property
    def cells(self) -> dict[str, Cell]:
        return {cell.label: cell for cell in self.condition.cells}

    def order(self, lent: bool) -> Order:
        return self.condition.orders["handover" if lent else "transfer"]


@dataclass(frozen=True)
class Grid:
    """What stands where; inches."""

    columns: list[Column]
    rows: list[str]  # labels; those that copy first
    lent_rows: set[str]
    row_height: float
    cell_width: float
    left: float
    gap: float  # between worker counts
    ceiling_height: float

    @property
    def several(self) -> bool:
        return len({column.workers for column in self.columns}) > 1

    @property
    def head(self) -> float:
        return 0.3 + (0.24 if self.several else 0)

    @property
    def height(self) -> float:
        return len(self.rows) * self.row_height + self.ceiling_height + (ASIDE if self.lent_rows else 0)

    @property
    def ceiling_depth(self) -> float:
        return (len(self.rows) - len(self.lent_rows)) * self.row_height + ROOM + self.row_height / 2

    def depth(self, index: int) -> float:
        """The top of a row, down from that of the first."""
        below = index >= len(self.rows) - len(self.lent_rows)
        return index * self.row_height + (self.ceiling_height + ASIDE if below else 0)

    def x(self, index: int) -> float:
        counts = list(dict.fromkeys(column.workers for column in self.columns))
        return self.left + index * self.cell_width + self.gap * counts.index(self.columns[index].workers)


def _choose(columns: list[Column], fit: int, room: float) -> tuple[list[Column], list[str]]:
    """(those that there is room for, what is said of the others)"""
    workers = list(dict.fromkeys(column.workers for column in columns))
    sizes = sorted({column.size for column in columns})
    notes = []
    if len(columns) + room * (len(workers) - 1) > fit:
        if len(workers) > 1:
            hidden = [str(count) for count in workers[:-1]]
            notes.append(f"Not shown for lack of space: the cells with {style.join(hidden, 8)} "
                         f"worker{'s' if hidden != ['1'] else ''} (see summary.csv).")
            workers = workers[-1:]
        if len(sizes) > fit:
            notes.append(f"{fit} of {len(sizes)} sizes shown, for lack of space (the others: see summary.csv).")
            sizes = evenly(sizes, fit)
    return [column for column in columns if column.workers in workers and column.size in sizes], notes


def _rows(columns: Sequence[Column], lent: bool) -> list[str]:
    """By the last column, then by the one before it, and so on; without a result at the end."""
    def merit(label: str) -> tuple:
        found = [column.cells.get(label) for column in reversed(columns)]
        return tuple(-(cell.transfer_percent_of_best or 0) if cell and cell.rate else 1 for cell in found) + (label,)

    return sorted({cell.label for column in columns for cell in column.condition.cells if cell.lent == lent}, key=merit)


def _letters(cells: Sequence[Cell]) -> dict[tuple[str, str], str]:
    """Skipped and failed cells share a letter when the reason is the same."""
    found: dict[tuple[str, str], str] = {}
    for cell in cells:
        if not cell.ok and (cell.status, cell.reason) not in found:
            index = len(found)
            found[cell.status, cell.reason] = string.ascii_lowercase[index % 26] * (1 + index // 26)
    return found


def draw(sweep: Sweep):
    everything = sweep.transports()
    if not any(cell.rate and cell.payload_bytes for cell in everything):
        return None, "no transport has a transfer rate in this sweep"
    files = pick_files(everything)
    columns = sorted((Column(it.cells[0].workers, it.cells[0].payload_bytes, it) for it in sweep.conditions
                      if it.cells[0].files == files and it.cells[0].payload_bytes),
                     key=lambda column: (column.workers, column.size))
    with_rate = [cell for column in columns for cell in column.condition.cells if cell.rate]
    rates = [cell.rate for cell in with_rate if not cell.lent]
    unit, scale = units.rate_unit(rates) if rates else ("", 1.0)
    numbers = {cell: units.seconds(cell.speed, trim=False) if cell.lent else units.number(cell.rate / scale, trim=False)
               for cell in with_rate}
    grid, notes = _layout(sweep, files, columns, numbers, bool(rates))
    cells = [cell for column in grid.columns for cell in column.condition.cells]
    # Letters run from the top row down.
    letters = _letters(sorted(cells, key=lambda cell: (grid.rows.index(cell.label), cell.workers, cell.payload_bytes)))
    notes += other_files(sweep, files) + style.setting_note(sweep)
    notes += [f"({letter}) {'without a result' if state == 'ok' else state}: {reason or 'no reason recorded'}"
              for (state, reason), letter in letters.items()]
    notes += style.problems([cell for cell in cells if cell.ok], where=True)
    spoken = any(column.order(False).places for column in grid.columns)  # of copying, where there is any
    told = [column for column in grid.columns if column.order(not spoken).places]
    page = style.Page(title([column.condition for column in told], [column.order(not spoken) for column in told],
                            len(grid.columns)),
                      _subtitle(files, grid, with_rate, unit), grid.head + grid.height + FOOT, notes, style.footer(sweep))
    _draw(sweep, page, grid, files, numbers, letters, scale)
    return page, ""


def _layout(sweep: Sweep, files: int, columns: list[Column], numbers: dict[Cell, str],
            has_rates: bool) -> tuple[Grid, list[str]]:
    names = {cell.label for column in columns for cell in column.condition.cells}
    left = style.MARGIN + 0.24 + max(style.text_width(style.shorten(name, style.LABEL, 2.7), style.LABEL)
                                     for name in [*names, REFERENCE])
    width = style.WIDTH - style.MARGIN - left
    least = 0.1 + max([style.text_width(text, style.LABEL, True) for text in numbers.values()]
                      + [style.text_width(text, style.SMALL)
                         for text in ["skip b", *(units.size(column.size) for column in columns)]])
    shown, notes = _choose(columns, max(1, int(width / least)), 0.3)
    groups = len({column.workers for column in shown})
    gap = 0.3 * least if groups > 1 else 0
    copied, lent = _rows(shown, False), _rows(shown, True)
    row = ROW if len(copied) + len(lent) <= 14 else ROW_CROWDED
    has_ceiling = has_rates and any(_ceiling(sweep, files, column) for column in shown)
    return Grid(shown, copied + lent, set(lent), row, min((width - gap * (groups - 1)) / len(shown), 1.8), left, gap,
                row + ROOM if has_ceiling else 0), notes


def _ceiling(sweep: Sweep, files: int, column: Column) -> Optional[float]:
    return ceilings(sweep, files, column.workers).get(column.size)


def _subtitle(files: int, grid: Grid, with_rate: list[Cell], unit: str) -> list[str]:
    last = grid.columns[-1]
    proven = any(column.order(lent).proven and column.order(lent).places for column in grid.columns
                 for lent in (False, True))
    return [(f"Transfer throughput in {unit} by payload size" if unit else "Time of the hand-over by payload size")
            + f", {style.runs(with_rate, False)}; {'higher' if unit else 'lower'} is better. " + units.count(files, "file")
            + (f", {units.count(last.workers, 'worker')}" if not grid.several else "")
            + "; rows sorted by the % of best in the last column.",
            lent_line(last.condition),
            "Outlined: the best of its column" + (" and what ties with it (not shown to be slower)." if proven else
                                                  "; no interval, so ties are unknown.")]


def _draw(sweep: Sweep, page: style.Page, grid: Grid, files: int, numbers: dict[Cell, str],
          letters: dict[tuple[str, str], str], scale: float) -> None:
    canvas = page.canvas()
    top = page.body_height - grid.head
    families = {cell.label: cell.family for column in grid.columns for cell in column.condition.cells}
    for index, label in enumerate(grid.rows):
        y = top - grid.depth(index) - grid.row_height / 2
        page.text(grid.left - 0.22, y, style.shorten(label, style.LABEL, 2.7), ha="right")
        canvas.add_artist(Rectangle((grid.left - 0.16, y - grid.row_height / 2 + 0.03), 0.1, grid.row_height - 0.06,
                                   facecolor=style.family_colour(families[label]), edgecolor="none"))
    if grid.lent_rows:
        first = len(grid.rows) - len(grid.lent_rows)
        page.text(style.MARGIN, top - grid.depth(first) + 0.12, LENT, style.LABEL, bold=True)
    outlines = []
    for index, column in enumerate(grid.columns):
        outlines += _draw_column(page, canvas, grid, index, top, numbers, letters)
        ceiling = _ceiling(sweep, files, column)
        if grid.ceiling_height and ceiling:
            page.text(grid.x(index) + grid.cell_width / 2, top - grid.ceiling_depth,
                      units.number(ceiling / scale, trim=False), style.LABEL, style.QUIET, ha="center")
    for x, y in outlines:  # last, so that no neighbour covers an edge
        canvas.add_artist(Rectangle((x + 0.015, y + 0.015), grid.cell_width - 0.03, grid.row_height - 0.03, fill=False,
                                   edgecolor=style.BLACK, linewidth=2.0))
    if grid.ceiling_height:
        page.text(grid.left - 0.22, top - grid.ceiling_depth, REFERENCE, style.LABEL, style.QUIET, ha="right")
    _key(page, canvas, 0.14, style.by_family(families.values()))


def _draw_column(page: style.Page, canvas, grid: Grid, index: int, top: float, numbers: dict[Cell, str],
                 letters: dict[tuple[str, str], str]) -> list[tuple[float, float]]:
    """The places of those that are outlined."""
    column, x = grid.columns[index], grid.x(index)
    page.text(x + grid.cell_width / 2, top + 0.13, units.size(column.size), style.SMALL, style.QUIET, ha="center")
    if grid.several and (index == 0 or grid.columns[index - 1].workers != column.workers):
        page.text(x, top + 0.37, units.count(column.workers, "worker"), style.LABEL, bold=True)
    winners = column.order(False).winners + column.order(True).winners
    outlines, cells = [], column.cells
    for place, label in enumerate(grid.rows):
        y = top - grid.depth(place) - grid.row_height
        cell = cells.get(label)
        _draw_cell(page, canvas, (x, y, grid.cell_width, grid.row_height), cell, numbers.get(cell, ""), letters,
                   cell in winners)
        if cell in winners:
            outlines.append((x, y))
    return outlines


def _draw_cell(page: style.Page, canvas, box: tuple[float, float, float, float], cell: Optional[Cell], number: str,
               letters: dict[tuple[str, str], str], bold: bool) -> None:
    x, y, width, height = box
    colour, hatch, text, ink = "white", "", "–", style.QUIET  # not part of the plan
    if cell and cell.rate:
        colour = COLOURS(min(1.0, max(0.0, (cell.transfer_percent_of_best or 0) / 100)))
        text, ink = number, _ink_on(colour)
    elif cell:
        hatch = "////"
        word = {"skipped": "skip", "failed": "fail"}.get(cell.status, "none")
        text = f"{word} {letters.get((cell.status, cell.reason), '')}".strip()
    canvas.add_artist(Rectangle((x, y), width, height, facecolor=colour, hatch=hatch, edgecolor=style.HAIR,
                                linewidth=0.6))
    if hatch:  # the words stand on a clear field, not on the hatching
        half = style.text_width(text, style.SMALL) / 2 + 0.03
        canvas.add_artist(Rectangle((x + width / 2 - half, y + 0.04), 2 * half, height - 0.08, facecolor="white",
                                    edgecolor="none"))
    page.text(x + width / 2, y + height / 2, text, style.SMALL if hatch else style.LABEL, ink, ha="center", bold=bold)


def _key(page: style.Page, canvas, y: float, families: Sequence[str]) -> None:
    """The colour scale and the families, one line."""
    text = "Colour: % of best, by block"
    x = style.MARGIN
    page.text(x, y, text, style.SMALL, style.QUIET)
    x += style.text_width(text, style.SMALL) + 0.15
    for share in (0, 25, 50, 75, 100):
        colour = COLOURS(share / 100)
        canvas.add_artist(Rectangle((x, y - 0.1), 0.42, 0.2, facecolor=colour, edgecolor=style.HAIR, linewidth=0.6))
        page.text(x + 0.21, y, str(share), style.SMALL, _ink_on(colour), ha="center")
        x += 0.42
    x += 0.3
    for family in families:
        canvas.add_artist(Rectangle((x, y - 0.1), 0.1, 0.2, facecolor=style.family_colour(family), edgecolor="none"))
        page.text(x + 0.15, y, family, style.SMALL, style.QUIET)
        x += 0.15 + style.text_width(family, style.SMALL) + 0.2

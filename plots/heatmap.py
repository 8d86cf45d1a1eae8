"""Transport x payload size: cells print the throughput; the colour is the share of the best's speed, paired by block."""

from __future__ import annotations

import string

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from . import style, units
from .data import Ranking, Sweep, rank
from .throughput import ceilings, evenly, leader, lent_line, other_files, pick_files

ROW, ROW_CROWDED = 0.3, 0.24  # inches
COLOURS = LinearSegmentedColormap.from_list("share", ["#ffffff", "#d6e6f2", "#a6cde6", "#5b9bd0", "#0b4a86"])


def _ink_on(rgb) -> str:
    """Black or white, whichever reads better (WCAG luminance)."""
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in rgb[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return style.BLACK if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "white"


def title(sweep: Sweep, rankings: list[Ranking], how_many: list[int], column_count: int) -> str:
    """Who leads in how many of the columns that have a result; with one column, by how much."""
    if len(rankings) == 1:
        return leader(sweep, rankings[0], how_many[0])
    alone: dict[str, int] = {}
    among: dict[str, int] = {}
    for ranking, of in zip(rankings, how_many):
        if of < 2:
            continue
        for cell in [ranking.best] + ranking.tied:
            among[sweep.label(cell)] = among.get(sweep.label(cell), 0) + 1
        if not ranking.tied:
            alone[sweep.label(ranking.best)] = alone.get(sweep.label(ranking.best), 0) + 1
    if not among:
        return f"{sweep.label(rankings[0].best)} is the only transport with results"
    most = max(among.values())
    first = [name for name in among if among[name] == most]
    columns = f"all {most} columns" if most == len(rankings) else f"{most} of {len(rankings)} columns"
    if len(rankings) < column_count:
        columns += " with results"
    proven = all(ranking.proven for ranking in rankings)
    if len(first) > 1:
        return f"No single winner: {style.join(first)} are best{' or tied' if proven else ''} in {columns} each"
    solo = alone.get(first[0], 0)
    if solo == most:
        text = f"{first[0]} is best in {columns}" + ("" if proven else style.unproven(rankings[-1]))
    else:
        text = f"{first[0]} is best or tied in {columns}, " + (f"alone in {solo}" if solo else "never alone")
    others = [name for name in alone if name != first[0]]
    if others:
        text += f"; {style.join(others)} lead{'s' if len(others) == 1 else ''} elsewhere"
    return text


def draw(sweep: Sweep):
    everything = sweep.transports()
    if not any(cell.rate and cell.payload_bytes for cell in everything):
        return None, "no transport has a transfer rate in this sweep"
    files = pick_files(everything)
    cells = [cell for cell in everything if cell.files == files and cell.payload_bytes]
    sizes = sorted({cell.payload_bytes for cell in cells})
    workers = sorted({cell.workers for cell in cells})
    with_rate = [cell for cell in cells if cell.rate]
    rates = [cell.rate for cell in with_rate if not cell.lent]
    unit, scale = units.rate_unit(rates) if rates else ("", 1.0)
    numbers = {cell: units.seconds(cell.handover_s, trim=False) if cell.lent else
               units.number(cell.rate / scale, trim=False) for cell in with_rate}

    names = {sweep.label(cell): style.shorten(sweep.label(cell), style.LABEL, 2.7) for cell in cells}
    reference = "memcpy, one copy"
    left = style.MARGIN + max(style.text_width(name, style.LABEL) for name in [*names.values(), reference]) + 0.24
    width = style.WIDTH - style.MARGIN - left
    cell_width = 0.1 + max([style.text_width(text, style.LABEL, True) for text in numbers.values()]
                           + [style.text_width(text, style.SMALL) for text in ["skip b", *map(units.size, sizes)]])
    notes = []
    fit = max(1, int(width / cell_width))
    if len(sizes) * len(workers) + 0.3 * (len(workers) - 1) > fit:
        if len(workers) > 1:
            hidden = [str(count) for count in workers[:-1]]
            notes.append(f"Not shown for lack of space: the cells with {style.join(hidden, 8)} "
                         f"worker{'s' if hidden != ['1'] else ''} (see summary.csv).")
            workers = workers[-1:]
        if len(sizes) > fit:
            notes.append(f"{fit} of {len(sizes)} sizes shown, for lack of space (the others: see summary.csv).")
            sizes = evenly(sizes, fit)
    cells = [cell for cell in cells if cell.workers in workers and cell.payload_bytes in sizes]
    gap = 0.3 * cell_width if len(workers) > 1 else 0
    columns = [(panel, size) for panel in workers for size in sizes]
    cell_width = min((width - gap * (len(workers) - 1)) / len(columns), 1.8)

    of_column = {column: [cell for cell in cells if (cell.workers, cell.payload_bytes) == column]
                 for column in columns}
    blocks = [lent for lent in (False, True) if any(cell.lent == lent for cell in cells)]
    ranked = {(lent, column): rank([cell for cell in group if cell.lent == lent], "transfer")
              for lent in blocks for column, group in of_column.items()}

    def merit(label: str) -> tuple:
        """Rows by the last column, then by the one before it, and so on; without a result at the end."""
        row = {(cell.workers, cell.payload_bytes): cell for cell in cells if sweep.label(cell) == label}
        return tuple(-(row[column].transfer_percent_of_best or 0) if column in row and row[column].rate else 1
                     for column in reversed(columns)) + (label,)

    rows = [label for lent in blocks for label in sorted({sweep.label(cell) for cell in cells if cell.lent == lent},
                                                         key=merit)]
    lent_rows = {sweep.label(cell) for cell in cells if cell.lent}
    row_height = ROW if len(rows) <= 14 else ROW_CROWDED
    ceiling = {panel: ceilings(sweep, files, panel) for panel in workers}
    has_ceiling = bool(rates) and any(size in ceiling[panel] for panel, size in columns)

    # Skipped and failed cells share a letter when the reason is the same; letters run from the top row down.
    letters: dict[tuple[str, str], str] = {}
    for cell in sorted(cells, key=lambda cell: (rows.index(sweep.label(cell)), cell.workers, cell.payload_bytes)):
        if not cell.ok and (cell.status, cell.reason) not in letters:
            index = len(letters)
            letters[cell.status, cell.reason] = string.ascii_lowercase[index % 26] * (1 + index // 26)
    reasons = [f"({letter}) {'without a result' if state == 'ok' else state}: {reason or 'no reason recorded'}"
               for (state, reason), letter in letters.items()]
    lost = style.problems(sweep, [cell for cell in cells if cell.ok], where=True)
    notes += other_files(sweep, files) + style.setting_note(sweep, with_rate) + reasons + lost

    spoken = False in blocks and any(ranked[False, column] for column in columns)  # of copying, where there is any
    rankings = [ranked[not spoken, column] for column in columns if ranked[not spoken, column]]
    how_many = [sum(1 for cell in of_column[column] if cell.rate and cell.lent != spoken) for column in columns
                if ranked[not spoken, column]]
    has_interval = any(ranking and ranking.proven for ranking in ranked.values())
    colours = {style.family(cell.transport): style.FAMILY_COLOUR[style.family(cell.transport)] for cell in cells}
    subtitle = [(f"Transfer throughput in {unit} by payload size" if rates else "Time of the hand-over by payload size")
                + f", {style.runs(with_rate, False)}; {'higher' if rates else 'lower'} is better. "
                + units.count(files, "file") + (f", {units.count(workers[0], 'worker')}" if len(workers) == 1 else "")
                + "; rows sorted by the % of best in the last column.",
                lent_line(sweep, of_column[columns[-1]]) if spoken else "",
                "Outlined: the best of its column" + (" and what ties with it (not shown to be slower)."
                                                      if has_interval else "; no interval, so ties are unknown.")]
    head = 0.3 + (0.24 if len(workers) > 1 else 0)
    aside = 0.34 if True in blocks else 0  # the heading of what is lent
    ceiling_height = row_height + 0.12 if has_ceiling else 0
    copied_count = len(rows) - len(lent_rows)
    # The top of each row, down from the top of the first.
    depth = {label: index * row_height + (ceiling_height + aside if label in lent_rows else 0)
             for index, label in enumerate(rows)}
    body = len(rows) * row_height + ceiling_height + aside
    foot = 0.42
    page = style.Page(title(sweep, rankings, how_many, len(columns)), subtitle, head + body + foot, notes,
                      style.footer(sweep))
    canvas = page.canvas()
    top = page.body_height - head
    family_of = {sweep.label(cell): style.family(cell.transport) for cell in cells}
    for label in rows:
        y = top - depth[label] - row_height / 2
        page.text(left - 0.22, y, names[label], ha="right")
        canvas.add_artist(Rectangle((left - 0.16, y - row_height / 2 + 0.03), 0.1, row_height - 0.06,
                                   facecolor=colours[family_of[label]], edgecolor="none"))
    if lent_rows:
        page.text(style.MARGIN, top - copied_count * row_height - ceiling_height - aside + 0.12,
                  "Lent: nothing is copied; the time of the hand-over, lower is better", style.LABEL, bold=True)
    outlines = []
    for index, (panel, size) in enumerate(columns):
        x = left + index * cell_width + gap * workers.index(panel)
        page.text(x + cell_width / 2, top + 0.13, units.size(size), style.SMALL, style.QUIET, ha="center")
        if len(workers) > 1 and size == sizes[0]:
            page.text(x, top + 0.37, units.count(panel, "worker"), style.LABEL, bold=True)
        standings = [ranked[lent, (panel, size)] for lent in blocks]
        winners = [cell for ranking in standings if ranking for cell in [ranking.best] + ranking.tied]
        row_of = {sweep.label(cell): cell for cell in of_column[panel, size]}
        for label in rows:
            y = top - depth[label] - row_height
            cell = row_of.get(label)
            colour, hatch, text, ink = "white", "", "", style.QUIET
            if cell is None:
                text = "–"  # not part of the plan
            elif cell.rate:
                share = (cell.transfer_percent_of_best or 0) / 100
                colour = COLOURS(min(1.0, max(0.0, share)))
                text, ink = numbers[cell], _ink_on(colour)
            else:
                hatch = "////"
                word = {"skipped": "skip", "failed": "fail"}.get(cell.status, "none")
                text = f"{word} {letters.get((cell.status, cell.reason), '')}".strip()
            canvas.add_artist(Rectangle((x, y), cell_width, row_height, facecolor=colour, hatch=hatch,
                                       edgecolor=style.HAIR, linewidth=0.6))
            if cell in winners:
                outlines.append((x, y))
            if hatch:  # the words stand on a clear field, not on the hatching
                half = style.text_width(text, style.SMALL) / 2 + 0.03
                canvas.add_artist(Rectangle((x + cell_width / 2 - half, y + 0.04), 2 * half, row_height - 0.08,
                                           facecolor="white", edgecolor="none"))
            page.text(x + cell_width / 2, y + row_height / 2, text, style.SMALL if hatch else style.LABEL, ink,
                      ha="center", bold=cell in winners)
        if has_ceiling and size in ceiling[panel]:
            page.text(x + cell_width / 2, top - copied_count * row_height - 0.12 - row_height / 2,
                      units.number(ceiling[panel][size] / scale, trim=False), style.LABEL, style.QUIET, ha="center")
    for x, y in outlines:  # last, so that no neighbour covers an edge
        canvas.add_artist(Rectangle((x + 0.015, y + 0.015), cell_width - 0.03, row_height - 0.03, fill=False,
                                   edgecolor=style.BLACK, linewidth=2.0))
    if has_ceiling:
        page.text(left - 0.22, top - copied_count * row_height - 0.12 - row_height / 2, reference, style.LABEL,
                  style.QUIET, ha="right")
    _key(page, canvas, 0.14, colours)
    return page, ""


def _key(page: style.Page, canvas, y: float, families: dict[str, str]) -> None:
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
    for family, colour in style.FAMILY_COLOUR.items():
        if family in families:
            canvas.add_artist(Rectangle((x, y - 0.1), 0.1, 0.2, facecolor=colour, edgecolor="none"))
            page.text(x + 0.15, y, family, style.SMALL, style.QUIET)
            x += 0.15 + style.text_width(family, style.SMALL) + 0.2

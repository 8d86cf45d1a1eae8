"""The faults a reader sees at once: text over text, outside the figure, or covered. Used by the tests."""

from __future__ import annotations

import numpy

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

POINTS_MIN = 7.5
SLACK = 1.0  # pixels that boxes may share


def _hidden_by_ticks(figure: Figure) -> set[int]:
    """Tick labels outside the limits exist but are never drawn."""
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            ticks = axis.get_major_ticks() + axis.get_minor_ticks()
            drawn = {id(tick) for tick in axis._update_ticks()} if axes.axison and axes.get_visible() else set()
            hidden |= {id(text) for tick in ticks if id(tick) not in drawn for text in (tick.label1, tick.label2)}
            if not (axes.axison and axes.get_visible()):
                hidden |= {id(axis.label), id(axis.get_offset_text())}
    return hidden


def _picture(figure: Figure) -> numpy.ndarray:
    figure.canvas.draw()
    return numpy.array(figure.canvas.buffer_rgba())[:, :, :3]


def _covered(figure: Figure, before: numpy.ndarray, boxes: list) -> list[str]:
    """A text whose disappearance changes nothing in its place was not to be seen."""
    for text, _ in boxes:
        text.set_visible(False)
    after = _picture(figure)
    for text, _ in boxes:
        text.set_visible(True)
    rows, faults = before.shape[0], []
    for text, box in boxes:
        place = (slice(max(0, int(rows - box.y1)), int(rows - box.y0) + 1), slice(max(0, int(box.x0)), int(box.x1) + 1))
        change = numpy.abs(before[place].astype(numpy.int16) - after[place])
        if change.max(initial=0) < 80:
            faults.append(f"{text.get_text()!r} is covered or has the colour of its ground")
    return faults


def check(figure: Figure) -> list[str]:
    FigureCanvasAgg(figure)
    picture = _picture(figure)  # also settles the layout, without which no text has a place
    renderer = figure.canvas.get_renderer()
    hidden = _hidden_by_ticks(figure)
    boxes = [(text, text.get_window_extent(renderer)) for text in figure.findobj(Text)
             if text.get_visible() and text.get_text().strip() and id(text) not in hidden]
    width, height = figure.bbox.width, figure.bbox.height
    faults = _covered(figure, picture, boxes)
    for index, (text, box) in enumerate(boxes):
        name = repr(text.get_text())
        if box.x0 < -SLACK or box.y0 < -SLACK or box.x1 > width + SLACK or box.y1 > height + SLACK:
            faults.append(f"{name} is outside the figure")
        if text.get_fontsize() < POINTS_MIN:
            faults.append(f"{name} is too small: {text.get_fontsize()} points")
        for other, place in boxes[index + 1:]:
            if min(box.x1, place.x1) - max(box.x0, place.x0) > SLACK and \
                    min(box.y1, place.y1) - max(box.y0, place.y0) > SLACK:
                faults.append(f"{name} overlaps {other.get_text()!r}")
    return faults

"""Not drawn yet."""

from __future__ import annotations

from .data import Sweep


def draw(sweep: Sweep):
    return None, "this chart is not there yet"

"""Not drawn yet."""

from __future__ import annotations

from .verdicts import Verdicts


def draw(verdicts: Verdicts):
    return None, "this chart is not there yet"

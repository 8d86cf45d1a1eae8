"""Not drawn yet."""

from __future__ import annotations

from .micro import Micro


def draw(micro: Micro, about: dict):
    return None, "this chart is not there yet"

"""The charts there are, in the order of the page. Names only: matplotlib is loaded when the first one is drawn."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, Callable, Optional


@dataclass(frozen=True)
class Chart:
    """`kind` says what `draw` takes:

    sweep     draw(sweep: data.Sweep)
    orders    likewise, for a section of its own
    micro     draw(micro: micro.Micro, about: dict), `about` is meta.json of the machine, {} for what micro.load found
    verdicts  draw(verdicts: verdicts.Verdicts)
    sweeps    draw(sweeps: list[data.Sweep], found: findings.SideBySide), two or more

    and it returns (style.Page, "") or (None, a sentence that says why not and what to do). style.set_up() comes first.
    """

    name: str  # of the module, and of the files
    kind: str

    @property
    def draw(self) -> Callable[..., tuple[Optional[Any], str]]:
        return importlib.import_module(f".{self.name}", __package__).draw

    @property
    def data(self) -> str:
        """Where a reader of the files finds its figures again: DATA of the module."""
        return importlib.import_module(f".{self.name}", __package__).DATA


CHARTS = (
    Chart("orders", "orders"),
    Chart("throughput", "sweep"),
    Chart("heatmap", "sweep"),
    Chart("phases", "sweep"),
    Chart("speedup", "sweep"),
    Chart("scaling", "sweep"),
    Chart("cost", "sweep"),
    Chart("tuned", "sweep"),
    Chart("messages", "micro"),
    Chart("latency", "micro"),
    Chart("forest", "verdicts"),
    Chart("sides", "sweeps"),
)


def of_kind(kind: str) -> list[Chart]:
    return [chart for chart in CHARTS if chart.kind == kind]

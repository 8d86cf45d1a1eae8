"""Made-up comparisons: the JSON of 'ipcsort ab --format json'."""

from __future__ import annotations

import json
import random
from pathlib import Path

from .synthetic import LONG, SIX

COUNTED = ("regressed", "improved", "unchanged", "within-threshold", "inconclusive")


def cell(cell: str, verdict: str, ratio: float | None = None, half: float = 0.01, **more) -> dict:
    return {"cell": cell, "metric": "total", "verdict": verdict, "ratio": ratio,
            "ratio_ci_low": ratio * (1 - half) if ratio and half else None,
            "ratio_ci_high": ratio * (1 + half) if ratio and half else None, "pairs": 24 if ratio else 0,
            "detectable_effect": 0.02 if verdict == "unchanged" else None, "baseline_s": 0.1 if ratio else None,
            "candidate_s": 0.1 * ratio if ratio else None, "reason": "", **more}


def verdicts(cells: list[dict], **more) -> dict:
    return {"schema": 1, "title": "ipcsort ab", "baseline": "old/ipcsort 0.1.0, commit abc123def456",
            "candidate": "new/ipcsort 0.1.0, commit fedcba987654", "headline": "as counted", "interrupted": False,
            "notes": ["AMD EPYC 7B13, 2 cores.", "The session shifted by 0.4 %."], "threshold": 0.05,
            "common": ["4 files", "2 workers", "barrier"] if len(cells) > 1 and "name" in cells[0] else [], "cells": cells,
            **more}


def grid(names=SIX, count=4, seed=1, scale=1.0) -> list[dict]:
    """Every verdict that is counted, each with a ratio that suits it."""
    choice = random.Random(seed)
    ratios = {"regressed": (1.08, 1.4), "improved": (0.7, 0.92), "unchanged": (0.995, 1.005),
              "within-threshold": (1.015, 1.04), "inconclusive": (0.97, 1.08)}
    cells = []
    for name in names:
        for size in ("100K", "1M", "5M", "10M")[:count]:
            verdict = choice.choice(COUNTED)
            ratio = choice.uniform(*ratios[verdict]) ** scale
            cells.append(cell(f"{name}, 4 files, {size} numbers, 2 workers, barrier", verdict, ratio,
                              0.06 if verdict == "inconclusive" else 0.01, name=f"{name}, {size} numbers"))
    return cells


def _lost(cells: list[dict]) -> list[dict]:
    reasons = ("worker 3 died: write: ENOBUFS (No buffer space available)", "", "because " * 30)
    for index, verdict in enumerate(("failed", "new", "missing", "failed")):
        cells[index] = cell(cells[index]["cell"], verdict, reason=reasons[index % 3], name=cells[index]["name"])
    return cells


CASES = {
    "grid": lambda: verdicts(_lost(grid())),
    "one_cell": lambda: verdicts([cell("pipe, 4 files, 1M numbers, 2 workers, barrier", "regressed", 1.12)]),
    "many": lambda: verdicts(grid([f"{name}{index}" for index in range(3) for name in SIX])),
    "nothing_compared": lambda: verdicts([cell("pipe", "failed", reason="no such program"), cell("fifo", "missing")]),
    "extreme": lambda: verdicts(grid(scale=12), threshold=None),
    "long_names": lambda: verdicts(grid(LONG + ["x" * 90]), baseline="a/" * 90, notes=["n" * 300]),
    "metrics": lambda: verdicts(grid(["pipe"]) + [dict(each, metric="cpu") for each in grid(["pipe"], seed=2)]),
    "no_interval": lambda: verdicts([cell("pipe", "inconclusive", 1.01, 0), cell("fifo", "inconclusive", 0.9, 0)],
                                    interrupted=True, notes=[]),
}


def write(directory: Path, document) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "verdicts.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path

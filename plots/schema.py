"""What the columns of the CSV files mean: schema.json, which the program writes beside them and which ships here for
directories that have none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

NAME = "schema.json"
PLACE = ("files", "numbers", "workers")  # what a condition's size is
SUBJECT = ("kind", "transport", "options", "handover")  # what is compared with one another


@dataclass(frozen=True)
class Column:
    name: str
    is_text: bool
    role: str  # setting, condition, measurement or judgement


def _read(path: Path) -> dict[str, list[Column]]:
    document = json.loads(path.read_text(encoding="utf-8"))
    return {file: [Column(column["name"], column["type"] == "text", column["role"]) for column in content["columns"]]
            for file, content in document["files"].items()}


def columns(directory: Path, file: str) -> list[Column]:
    """Of that CSV file; by the program that wrote it, and what this version knows besides."""
    shipped = _read(Path(__file__).with_name(NAME))[file]
    try:
        own = _read(directory / NAME)[file]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return shipped
    known = {column.name for column in own}
    return own + [column for column in shipped if column.name not in known]


def settings(known: list[Column]) -> list[str]:
    """The names of what was chosen for whole conditions."""
    return [column.name for column in known if column.role == "setting" and column.name not in SUBJECT]

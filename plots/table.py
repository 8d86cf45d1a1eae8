"""Reading a CSV file into rows of a dataclass; what is wrong with the file is said with line and column."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\ufffe\uffff]")
NOT_UTF_8 = re.compile("[\udc80-\udcff]")  # what surrogateescape makes of such bytes


class ResultError(Exception):
    """The results cannot be used as they are; the text says what, where and what to do."""


@dataclass(frozen=True)
class Table:
    rows: list  # of the schema
    lacks: frozenset[str]  # the optional columns that the file does not have
    damage: list[str]  # a sentence for each row that was left out


def _convert(text: str, kind: str) -> Any:
    if kind == "str":
        # A tab or a line end in a name would break the lines this program prints, a control character the SVG.
        return " ".join(UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text).split())
    if text.strip() == "":
        return None
    if "int" in kind:
        return int(text)
    value = float(text)
    return value if math.isfinite(value) else None


def _row(row: list[str], width: int, position: dict[str, int], schema: type) -> Any:
    """Raises ValueError, which says what is wrong with the row."""
    if len(row) != width:
        raise ValueError(f"{len(row)} fields where the header has {width}")
    values = {}
    for field in dataclasses.fields(schema):
        if field.name not in position:
            continue
        text = row[position[field.name]]
        if NOT_UTF_8.search(text):
            raise ValueError(f"column {field.name} is not UTF-8")
        try:
            values[field.name] = _convert(text, str(field.type))
            if values[field.name] is None and field.type == "int":
                raise ValueError
        except ValueError:
            raise ValueError(f"column {field.name} holds '{_convert(text, 'str')[:60]}', which is not a number") from None
    return schema(**values)


def read(path: Path, schema: type, again: str) -> Table:
    """The fields of the dataclass are the columns; one with a default may be missing from the file, one of type int may
    not be empty. `again` is what makes the file anew, "repeat the sweep". A row that is damaged says nothing: it is left
    out, as is a last one without a line end, which was cut off while it was written."""
    try:
        with open(path, newline="", encoding="utf-8-sig", errors="surrogateescape") as stream:
            text = stream.read()
    except OSError as error:
        raise ResultError(f"cannot read {path}: {error.strerror}; check the path and its permissions") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, None)
    except csv.Error as error:
        raise ResultError(f"{path} is not a CSV file in UTF-8 ({error}); {again}") from None
    if not header:
        raise ResultError(f"{path} is empty; {again}")
    if NOT_UTF_8.search("".join(header)):
        raise ResultError(f"{path} is not a CSV file in UTF-8; {again}")
    fields = dataclasses.fields(schema)
    absent = [field for field in fields if field.name not in header]
    missing = [field.name for field in absent if field.default is dataclasses.MISSING]
    if missing:
        raise ResultError(f"{path} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; "
                          f"it was written by another version of ipcsort: {again} with this one")
    position = {field.name: header.index(field.name) for field in fields if field not in absent}
    rows: list[tuple[int, Any]] = []
    damage: list[str] = []
    while True:
        try:
            row = next(reader)
            if row:
                rows.append((reader.line_num, _row(row, len(header), position, schema)))
        except StopIteration:
            break
        except (csv.Error, ValueError) as error:
            damage.append(f"{path.name}, line {reader.line_num}: {error}")
    if rows and rows[-1][0] == reader.line_num and not text.endswith(("\n", "\r")):
        damage.append(f"{path.name}, line {rows.pop()[0]}: it has no end, so it was cut off")
    if damage and not rows:
        raise ResultError(f"{path} has no row that can be read ({damage[0]}); {again}")
    return Table([row for _, row in rows], frozenset(field.name for field in absent),
                 [f"{what}; the row is left out" for what in damage])

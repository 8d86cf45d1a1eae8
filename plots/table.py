"""Reading a CSV file into rows; what is wrong with the file is said with line and column."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Sequence

from .schema import Column

UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\ufffe\uffff]")
NOT_UTF_8 = re.compile("[\udc80-\udcff]")  # what surrogateescape makes of such bytes


class ResultError(Exception):
    """The results cannot be used as they are; the text says what, where and what to do."""


class Row:
    """Its columns are its attributes: a text, a number or None where there is none."""

    def __init__(self, values: dict[str, Any]):
        self.__dict__.update(values)

    def interval(self, column: str) -> Optional[tuple[float, float]]:
        """The 95 % interval of a median, where there is one that a log axis can take."""
        low, high = getattr(self, f"{column}_ci_low"), getattr(self, f"{column}_ci_high")
        return (low, high) if low is not None and high is not None and 0 < low <= high else None


@dataclass(frozen=True)
class Table:
    rows: list  # of the class asked for
    places: list[int]  # which row of the file each is, from 0
    lacks: frozenset[str]  # the columns that the file does not have
    damage: list[str]  # a sentence for each row that was left out


def printable(text: str) -> str:
    """A tab or a line end in a name would break the lines this program prints, a control character the SVG."""
    return " ".join(UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text).split())


def _number(text: str) -> Any:
    value = float(text)
    return int(value) if value.is_integer() else value if math.isfinite(value) else None


def _values(row: list[str], header: list[str], columns: Sequence[Column], filled: Sequence[str]) -> dict[str, Any]:
    """Raises ValueError, which says what is wrong with the row."""
    if len(row) != len(header):
        raise ValueError(f"{len(row)} fields where the header has {len(header)}")
    texts = dict(zip(header, row))
    values: dict[str, Any] = {}
    for column in columns:
        text = texts.get(column.name, "")
        if NOT_UTF_8.search(text):
            raise ValueError(f"column {column.name} is not UTF-8")
        if column.is_text:
            values[column.name] = printable(text)
            continue
        try:
            values[column.name] = _number(text) if text.strip() else None
            if values[column.name] is None and column.name in filled:
                raise ValueError
        except ValueError:
            raise ValueError(f"column {column.name} holds '{printable(text)[:60]}', which is not a number") from None
    return values


def read(path: Path, columns: Sequence[Column], row_type: type, required: Sequence[str], filled: Sequence[str],
         again: str) -> Table:
    """A column that the file lacks is empty in all rows, unless it is `required`; one that is `filled` may not be empty.
    `again` is what makes the file anew, "repeat the sweep". A row that is damaged says nothing: it is left out, as is a
    last one without a line end, which was cut off while it was written."""
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
    missing = [name for name in required if name not in header]
    if missing:
        raise ResultError(f"{path} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; "
                          f"it was written by another version of ipcsort: {again} with this one")
    rows: list[tuple[int, int, Any]] = []  # line, place, row
    damage: list[str] = []
    place = -1
    while True:
        try:
            row = next(reader)
            if not row:
                continue
            place += 1
            rows.append((reader.line_num, place, row_type(_values(row, header, columns, filled))))
        except StopIteration:
            break
        except (csv.Error, ValueError) as error:
            damage.append(f"{path.name}, line {reader.line_num}: {error}")
    if rows and rows[-1][0] == reader.line_num and not text.endswith(("\n", "\r")):
        damage.append(f"{path.name}, line {rows.pop()[0]}: it has no end, so it was cut off")
    if damage and not rows:
        raise ResultError(f"{path} has no row that can be read ({damage[0]}); {again}")
    return Table([row for *_, row in rows], [place for _, place, _ in rows],
                 frozenset(column.name for column in columns if column.name not in header),
                 [f"{what}; the row is left out" for what in damage])

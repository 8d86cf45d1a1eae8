"""Reading a CSV file into rows of a dataclass; what is wrong with the file is said with line and column."""

from __future__ import annotations

import csv
import dataclasses
import math
from pathlib import Path
from typing import Any


class ResultError(Exception):
    """The results cannot be used as they are; the text says what, where and what to do."""


def _convert(text: str, kind: str) -> Any:
    if kind == "str":
        # A tab or a line end in a name would break the lines this program prints.
        return " ".join(text.split())
    if text.strip() == "":
        return None
    if "int" in kind:
        return int(text)
    value = float(text)
    return value if math.isfinite(value) else None


def read(path: Path, schema: type, again: str) -> tuple[list, frozenset[str]]:
    """(one `schema` per row, the optional columns that the file lacks). The fields of the dataclass are the columns;
    one with a default may be missing from the file, one of type int may not be empty. `again` is what makes the file
    anew, "repeat the sweep"."""
    fields = dataclasses.fields(schema)
    try:
        with open(path, newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream, strict=True)
            header = next(reader, None)
            if header is None:
                raise ResultError(f"{path} is empty; {again}")
            absent = [field for field in fields if field.name not in header]
            missing = [field.name for field in absent if field.default is dataclasses.MISSING]
            if missing:
                raise ResultError(f"{path} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; "
                                  f"it was written by another version of ipcsort: {again} with this one")
            position = {field.name: header.index(field.name) for field in fields if field not in absent}
            rows = []
            for row in reader:
                if not row:
                    continue
                if len(row) != len(header):
                    raise ResultError(f"{path}, line {reader.line_num}: {len(row)} fields where the header has "
                                      f"{len(header)}; the file is damaged: {again}")
                values = {}
                for field in fields:
                    if field.name not in position:
                        continue
                    text = row[position[field.name]]
                    try:
                        values[field.name] = _convert(text, str(field.type))
                        if values[field.name] is None and field.type == "int":
                            raise ValueError
                    except ValueError:
                        raise ResultError(f"{path}, line {reader.line_num}: column {field.name} holds '{text}', which "
                                          f"is not a number; the file is damaged: {again}") from None
                rows.append(schema(**values))
            return rows, frozenset(field.name for field in absent)
    except OSError as error:
        raise ResultError(f"cannot read {path}: {error.strerror}; check the path and its permissions") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise ResultError(f"{path} is not a CSV file in UTF-8 ({error}); {again}") from None

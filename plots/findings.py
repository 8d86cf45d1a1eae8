"""Reading findings.json and side_by_side.json: who is best, what ties, and in which words. It was decided when they were
written; nothing is decided here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Sequence

from .table import ResultError, printable

NAME = "findings.json"
SIDE_BY_SIDE = "side_by_side.json"
UNKNOWN = "unknown family"  # of a transport that the program which wrote the file does not have
SCHEMA = 1
AGAIN = "'ipcsort report' makes it anew"


@dataclass(frozen=True)
class Place:
    cell: Any  # data.Cell
    rank: str
    tied: bool  # the best, or not shown to be slower
    percent_of_best: float


@dataclass(frozen=True)
class Order:
    """What are compared with one another under one condition, best first."""

    places: list[Place]
    proven: bool  # there are runs enough to tell the best from others
    best: str
    who: str  # "pipe moves the data fastest", "pipe and fifo are tied"
    figure: str
    share: str
    lead: str
    interval: str
    verdict: str

    @property
    def cells(self) -> list:
        return [place.cell for place in self.places]

    @property
    def winners(self) -> list:
        """The best, and what is shown to tie with it."""
        return [place.cell for index, place in enumerate(self.places) if not index or (self.proven and place.tied)]


@dataclass(frozen=True)
class Condition:
    text: str
    by: str  # the order that decides: "transfer" or "total"
    sentence: str
    cells: list  # the transports
    beside: list  # references and calibrations
    orders: dict[str, Order]  # transfer, handover, total, cpu

    @property
    def decisive(self) -> Order:
        return self.orders[self.by]

    @property
    def ok(self) -> bool:
        return any(cell.ok for cell in self.cells)


@dataclass(frozen=True)
class TwoOrders:
    """One size, sent once into fresh memory, and again and again into memory in use."""

    first: Condition
    steady: Condition
    title: str
    why: str  # they differ, the same for all
    faults: str  # of both; "" where they were not counted


@dataclass(frozen=True)
class Findings:
    title: str  # what the headline says, in a few words
    headline: str
    rows: list[dict[str, str]]  # name and family of each row of summary.csv
    conditions: list[Condition]  # the largest first
    two_orders: list[TwoOrders]  # likewise
    floor: str  # "" where it is not known
    overall: str
    reservations: list[str]
    troubles: list[str]


def _whole(value: Any) -> Any:
    """Texts without what would break a line or an SVG."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return {key: _whole(each) for key, each in value.items()} if isinstance(value, dict) else value


def read(path: Path, make: Callable[[dict[str, Any]], Any]) -> Any:
    """What `make` makes of the file. Raises ResultError where it cannot be read or is not as it should be."""
    try:
        document = _whole(json.loads(path.read_text(encoding="utf-8")))
        if document["schema"] != SCHEMA:
            raise ResultError(f"{path}: schema is {document['schema']}, this program reads {SCHEMA}; {AGAIN}")
        return make(document)
    except OSError as error:
        raise ResultError(f"cannot read {path}: {error.strerror}; {AGAIN}") from None
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ResultError(f"{path} cannot be understood ({type(error).__name__}: {error}); {AGAIN}") from None


def names(document: dict[str, Any]) -> list[dict[str, str]]:
    return [{"name": row["name"], "family": row["family"].replace("_", " ") or UNKNOWN, "of_memcpy": row.get("of_memcpy", "")}
            for row in document["rows"]]


def of_sweep(document: dict[str, Any], cells: dict[int, Any]) -> Findings:
    """`cells`: by their rows; one that could not be read is in no order."""
    def order(values: dict[str, Any]) -> Order:
        places = [Place(cells[place["row"]], place["rank"], place["tied"], place["percent_of_best"])
                  for place in values["places"] if place["row"] in cells]
        return Order(places, **{name: values[name] for name in ("proven", "best", "who", "figure", "share", "lead",
                                                                 "interval", "verdict")})

    def condition(values: dict[str, Any]) -> Condition:
        members = [cells[row] for row in values["members"] if row in cells]
        return Condition(values["text"], values["by"], values["sentence"],
                         [cell for cell in members if cell.kind == "transport"],
                         [cell for cell in members if cell.kind != "transport"],
                         {name: order(found) for name, found in values["orders"].items()})

    conditions = [condition(each) for each in document["conditions"]]
    both = [TwoOrders(conditions[each["first"]], conditions[each["steady"]], each["title"], each["why"], each["faults"])
            for each in document["two_orders"]]
    return Findings(document["title"], document["headline"], names(document), conditions, both, document["floor"],
                    (document["overall"] or {}).get("sentence", ""), document["reservations"],
                    [trouble["text"] for trouble in document["troubles"]])


@dataclass(frozen=True)
class SideBySide:
    headline: str
    differences: list[str]
    letters: list[str]
    common: list[tuple[str, list[Condition]]]  # by what, and the condition in each sweep; the largest first


def side_by_side(path: Path, conditions: Sequence[Sequence[Condition]]) -> SideBySide:
    """`conditions`: of each sweep's findings."""
    return read(path, lambda document: SideBySide(
        document["headline"], document["differences"], [each["name"] for each in document["results"]],
        [(each["by"], [of[place] for of, place in zip(conditions, each["of"], strict=True)])
         for each in document["conditions"]]))

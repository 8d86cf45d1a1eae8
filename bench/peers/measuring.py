"""Blocks of runs, and the table that comes of them.

In each block every peer's cell and every transport of ours that one of them is compared to is run once. What has the
same measure and message size are neighbours, in random order, so that a machine that drifts meets both sides alike; a
ratio is always that of two runs of one block.
"""

from __future__ import annotations

import csv
import io
import os
import random
import statistics
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Callable, Iterable, Optional

from cells import Cell, Figures
from processes import Failed, TimedOut

RUN_COLUMNS = ("block", "sequence", "side", "subject", "mechanism", "measure", "message_bytes", "status", "bytes_per_s",
               "latency_p50_s", "latency_mean_s", "wall_s", "command", "reason")


@dataclass(frozen=True)
class Job:
    """What is run once a block: a cell of a peer, or a transport of ours (then `cell` is None)."""

    subject: str
    mechanism: str
    measure: str
    message_bytes: int
    cell: Optional[Cell] = None

    @property
    def condition(self) -> tuple[str, int]:
        return self.measure, self.message_bytes


@dataclass(frozen=True)
class Run:
    block: int
    sequence: int
    job: Job
    status: str  # ok, error, timeout
    figures: Figures
    wall_s: float
    command: str
    reason: str


@dataclass(frozen=True)
class Subject:
    """A peer, as it is here."""

    name: str
    version: str
    missing: str = ""  # not empty: what to install
    broken: str = ""  # not empty: it is there, and why it cannot be used


def our_job(cell: Cell, transport: str) -> Job:
    return Job("ipcsort", transport, cell.measure, cell.message_bytes)


def peer_job(cell: Cell) -> Job:
    return Job(cell.peer, cell.mechanism, cell.measure, cell.message_bytes, cell)


def jobs_of(cells: Iterable[Cell]) -> list[Job]:
    """Each once, although several peers may be compared to one transport."""
    jobs = {}
    for cell in cells:
        for job in [peer_job(cell), *(our_job(cell, transport) for transport in cell.ours)]:
            jobs[job] = None
    return list(jobs)


def block_order(jobs: list[Job], seed: int, block: int) -> list[Job]:
    source = random.Random(f"{seed}/{block}")
    conditions = sorted({job.condition for job in jobs})
    source.shuffle(conditions)
    order = []
    for condition in conditions:
        neighbours = [job for job in jobs if job.condition == condition]
        source.shuffle(neighbours)
        order += neighbours
    return order


def run_blocks(jobs: list[Job], repetitions: int, seed: int, budget_s: float, measure: Callable[[Job], Figures],
               commands: list[str], runs: list[Run], block_done: Callable[[int], None]) -> bool:
    """Appends to `runs`; False when the budget did not suffice for all. A run that has begun is not cut short by it."""
    end = time.monotonic() + budget_s
    for block in range(repetitions):
        for job in block_order(jobs, seed, block):
            if time.monotonic() > end:
                return False
            commands.clear()
            begin = time.monotonic()
            status, figures, reason = "ok", Figures(), ""
            try:
                figures = measure(job)
            except TimedOut as error:
                status, reason = "timeout", str(error)
            except Failed as error:
                status, reason = "error", str(error)
            wall_s = time.monotonic() - begin
            runs.append(Run(block, len(runs), job, status, figures, wall_s, " & ".join(commands), reason))
        block_done(block)
    return True


def _three(name: str) -> list[str]:
    return [f"{name}_median", f"{name}_min", f"{name}_max"]


COLUMNS = ("peer", "peer_version", "mechanism", "ours", "measure", "latency_statistic", "message_bytes", "status", "n",
           *_three("peer_bytes_per_s"), *_three("ours_bytes_per_s"),
           *_three("peer_latency_s"), *_three("ours_latency_s"), *_three("ratio"), "reason", "note")


def _spread(name: str, values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    return dict(zip(_three(name), (statistics.median(values), min(values), max(values))))


def _values(runs: list[Run], job: Job, figure: str) -> dict[int, float]:
    """By block."""
    found = {run.block: getattr(run.figures, figure) for run in runs if run.job == job and run.status == "ok"}
    return {block: value for block, value in found.items() if value is not None and value > 0}


def _failures(runs: list[Run], job: Job) -> list[tuple[str, str]]:
    """(status, reason) of the runs that went wrong, the most frequent first."""
    counted = Counter((run.status, run.reason) for run in runs if run.job == job and run.status != "ok")
    total = sum(run.job == job for run in runs)
    return [(status, f"{job.subject} {job.mechanism}: {count} of {total} runs: {reason}")
            for (status, reason), count in counted.most_common()]


def row_of(cell: Cell, transport: str, subject: Subject, runs: list[Run]) -> dict[str, object]:
    row: dict[str, object] = {
        "peer": cell.peer, "peer_version": subject.version, "mechanism": cell.mechanism, "ours": transport,
        "measure": cell.measure, "latency_statistic": cell.latency_statistic, "message_bytes": cell.message_bytes,
        "n": 0, "note": cell.note}
    if subject.missing:
        return {**row, "status": "absent", "reason": subject.missing}
    if subject.broken:
        return {**row, "status": "error", "reason": subject.broken}
    if cell.unsupported:
        return {**row, "status": "unsupported", "reason": cell.unsupported}
    peer = _values(runs, peer_job(cell), cell.figure)
    ours = _values(runs, our_job(cell, transport), cell.figure)
    blocks = sorted(peer.keys() & ours.keys())
    unit = "bytes_per_s" if cell.measure == "throughput" else "latency_s"
    failures = _failures(runs, peer_job(cell)) + _failures(runs, our_job(cell, transport))
    status = "ok" if blocks else failures[0][0] if failures else "not_run"
    reason = "; ".join(text for _, text in failures)
    if status == "not_run":
        reason = "the time budget or an interruption came first"
    return {**row, "status": status, "n": len(blocks), "reason": reason,
            **_spread(f"peer_{unit}", [peer[block] for block in blocks] or list(peer.values())),
            **_spread(f"ours_{unit}", [ours[block] for block in blocks] or list(ours.values())),
            **_spread("ratio", [ours[block] / peer[block] for block in blocks])}


def run_row(run: Run) -> dict[str, object]:
    job = run.job
    return {"block": run.block, "sequence": run.sequence, "side": "peer" if job.cell else "ours",
            "subject": job.subject, "mechanism": job.mechanism, "measure": job.measure,
            "message_bytes": job.message_bytes, "status": run.status, **asdict(run.figures), "wall_s": run.wall_s,
            "command": run.command, "reason": run.reason}


def _field(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.9g}"
    return "" if value is None else value


def write_csv(path: Path, columns: Iterable[str], rows: Iterable[dict[str, object]]) -> None:
    """Whole or not at all."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _field(value) for name, value in row.items()} for row in rows)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text.getvalue(), encoding="utf-8")
    os.replace(part, path)


# ---------------------------------------------------------------- for people


def bytes_text(count: int) -> str:
    for shift, unit in ((20, "MiB"), (10, "KiB")):
        if count >> shift and count % (1 << shift) == 0:
            return f"{count >> shift} {unit}"
    return f"{count} B"


def _figure_text(row: dict[str, object], side: str) -> str:
    rate, latency_s = row.get(f"{side}_bytes_per_s_median"), row.get(f"{side}_latency_s_median")
    if rate is not None:
        return f"{rate / 1e9:.2f} GB/s" if rate >= 1e9 else f"{rate / 1e6:.0f} MB/s"
    if latency_s is not None:
        return f"{latency_s * 1e3:.2f} ms" if latency_s >= 1e-3 else f"{latency_s * 1e6:.1f} us"
    return "-"


def _aligned(lines: list[list[str]]) -> str:
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    left = {1, 2, 4}  # names; what is left are figures
    return "".join("  ".join(text.ljust(width) if at in left else text.rjust(width)
                             for at, (text, width) in enumerate(zip(line, widths))).rstrip() + "\n" for line in lines)


READING = {
    "throughput": "Throughput, one way. Ratio ours / peer, of the runs of one block: above 1 ours moves more.",
    "latency": "Round trip. Ratio ours / peer, of the runs of one block: below 1 ours is faster.",
}


def table(rows: list[dict[str, object]]) -> str:
    parts = []
    for measure, reading in READING.items():
        measured = [row for row in rows if row["measure"] == measure and row["status"] == "ok"]
        if not measured:
            continue
        measured.sort(key=lambda row: row["message_bytes"])
        lines = [["message", "peer", "mechanism", "peer", "ours", "ours", "ratio", "min", "max", "n"]]
        for row in measured:
            statistic = f" ({row['latency_statistic']})" if row["latency_statistic"] else ""
            lines.append([bytes_text(row["message_bytes"]), row["peer"], row["mechanism"] + statistic,
                          _figure_text(row, "peer"), row["ours"], _figure_text(row, "ours"),
                          *(f"{row[name]:.2f}" for name in _three("ratio")), str(row["n"])])
        parts.append(f"{reading}\n{_aligned(lines)}")
    return "\n".join([*parts, *filter(None, (_left_out(rows), _differences(rows)))])


def _left_out(rows: list[dict[str, object]]) -> str:
    """What has no figure, or not from all runs, and why."""
    lines: dict[str, list[str]] = {}
    for row in rows:
        if row["status"] == "absent":
            lines.setdefault(f"{row['peer']}: absent, {row['reason']}", [])
        elif row["reason"]:
            what = "some failed" if row["status"] == "ok" else row["status"].replace("_", " ")
            size = bytes_text(row["message_bytes"])
            subject = f"{row['peer']} {row['mechanism']} {row['measure']} beside {row['ours']}"
            sizes = lines.setdefault(f"{subject}: {what}, {row['reason']}", [])
            sizes += [size] if size not in sizes else []
    if not lines:
        return ""
    return "Without a figure, or not from all runs:\n" + "".join(
        f"  {text}{' (' + ', '.join(sizes) + ')' if sizes else ''}\n" for text, sizes in lines.items())


def _differences(rows: list[dict[str, object]]) -> str:
    notes: dict[str, list[str]] = {}
    for row in rows:
        if row["status"] == "ok":
            names = notes.setdefault(row["note"], [])
            name = f"{row['peer']} {row['mechanism']} {row['measure']}"
            names += [name] if name not in names else []
    if not notes:
        return ""
    return "What differs:\n" + "".join(f"  {', '.join(names)}: {note}\n" for note, names in notes.items())

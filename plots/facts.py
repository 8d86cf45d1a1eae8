"""What a page says beside the figures: how they were measured, on what, by what, and the files they are from."""

from __future__ import annotations

import hashlib
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from . import units
from .data import Facts, Sweep

FILES = ("runs.csv", "summary.csv", "overall.csv", "findings.json", "schema.json", "meta.json", "micro.csv",
         "micro_summary.csv", "micro_findings.json")
# Words for what an option of the plan means to a reader of the figures.
TRANSFER = {"steady": "all workers send at once, again and again, each time into the same memory",
            "barrier": "first all workers get ready and then all send, so that the transfer is measured on its own",
            "overlap": "each worker sends as soon as it has sorted, as programs do, so that the total is what to compare"}
MEMORY = {"fresh": "into memory that is touched for the first time, page faults included",
          "ready": "into memory whose page faults happened before the start"}


@dataclass(frozen=True)
class File:
    name: str
    size: str
    sha256: str


def name_of(path: Path) -> str:
    """As a reader knows it: the last part alone, whatever bytes it is made of."""
    return os.fsencode(path.resolve().name).decode("utf-8", "replace")


def files(directory: Path, names=FILES) -> list[File]:
    found = []
    for name in names:
        try:
            content = (directory / name).read_bytes()
        except OSError:
            continue
        found.append(File(name, f"{len(content):,} B", hashlib.sha256(content).hexdigest()))
    return found


def text(value: Any) -> str:
    """A value of meta.json in one line, whatever was put there."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(str(value).split())


def when(value: Any) -> str:
    """2026-11-26T09:58:49Z -> 2026-11-26 09:58 UTC"""
    stamp = text(value)
    return f"{stamp[:10]} {stamp[11:16]} UTC" if len(stamp) == 20 and stamp[10] == "T" and stamp[-1] == "Z" else stamp


def _figure(value: Any) -> Optional[float]:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def plan(known: Facts) -> dict[str, str]:
    """The options of the sweep, as --config would have them."""
    config = known.about("plan", "config")
    lines = config.splitlines() if isinstance(config, str) else []
    return {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines) if value.strip()}


def _caches(known: Facts) -> str:
    caches = known.about("machine", "caches")
    return ", ".join(f"L{text(cache.get('level'))} {text(cache.get('type')).lower()} {units.size(cache['bytes'])}"
                     for cache in (caches if isinstance(caches, list) else [])
                     if isinstance(cache, dict) and _figure(cache.get("bytes")))


def _costs(known: Facts, kind: str, figure: str) -> list[dict[str, Any]]:
    """Of what the kernel takes, the entries that have that figure."""
    found = known.about("kernel_costs", kind)
    return [each for each in (found if isinstance(found, list) else [])
            if isinstance(each, dict) and _figure(each.get(figure))]


def _touches(known: Facts) -> str:
    return ", ".join(f"{units.seconds(each['fault_s'])} for {units.size(each['page_bytes'])} of {text(each.get('memory'))} memory"
                     for each in _costs(known, "touches", "fault_s") if _figure(each.get("page_bytes")))


def _wakes(known: Facts) -> str:
    return ", ".join(f"{units.seconds(each['wake_s'])} for {text(each.get('processes'))} at once"
                     for each in _costs(known, "wakes", "wake_s"))


def machine(known: Facts) -> list[tuple[str, str]]:
    fact = lambda *path: text(known.about("machine", *path))  # noqa: E731
    cores, usable = fact("cores"), fact("cores_usable")
    virtual = known.about("machine", "virtual")
    ram = _figure(known.about("machine", "ram_bytes"))
    governor, turbo = fact("governor"), known.about("machine", "turbo")
    rows = [("CPU", fact("cpu")), ("Architecture", fact("architecture")),
            ("Cores", cores + (f", {usable} of them usable" if usable and usable != cores else "")),
            ("Caches", _caches(known)),
            ("Memory", f"{units.number(ram / 1e9)} GB" if ram else ""), ("Kernel", fact("kernel")),
            ("Distribution", fact("distro")),
            ("Virtual machine", f"yes{', ' + fact('hypervisor') if fact('hypervisor') else ''}" if virtual
             else "no" if virtual is False else ""),
            ("Frequency", ", ".join(part for part in (f"governor {governor}" if governor else "",
                                                      "turbo on" if turbo is True else "turbo off" if turbo is False
                                                      else "") if part) or ("not visible" if known.meta else "")),
            ("Huge pages", fact("transparent_hugepages")), ("Page fault", _touches(known)), ("Wake-up", _wakes(known)),
            ("Fingerprint", fact("fingerprint"))]
    return [(name, value) for name, value in rows if value]


def program(known: Facts) -> list[tuple[str, str]]:
    commit, dirty = text(known.about("git", "commit")), known.about("git", "dirty")
    rows = [("Version", text(known.about("version"))),
            ("Commit", commit + (" with local changes" if dirty else "") if commit else ""),
            ("Compiler", text(known.about("compiler"))), ("Flags", text(known.about("flags"))),
            ("Build", text(known.about("build_type"))), ("Started", when(known.about("started_utc"))),
            ("Finished", when(known.about("finished_utc")) or ("not finished" if known.about("plan") else ""))]
    return [(name, value) for name, value in rows if value]


def command(known: Facts) -> str:
    words = known.about("argv")
    return shlex.join(text(word) for word in words) if isinstance(words, list) and words else ""


def warnings(known: Facts) -> list[str]:
    """What the program noticed about the machine when the sweep began."""
    found = known.about("warnings")
    lines = []
    for warning in found if isinstance(found, list) else []:
        if isinstance(warning, dict) and warning.get("what"):
            remedy = text(warning.get("remedy"))
            lines.append(text(warning["what"]) + (f" (remedy: {remedy})" if remedy else ""))
    return lines


def unfinished(known: Facts) -> bool:
    return bool(known.meta) and not known.about("finished_utc")


def not_alike(sweep: Facts, other: Facts) -> list[str]:
    """Said where figures of messages are from another machine or program than the sweep's."""
    lines = []
    for what, path in (("machine", ("machine", "fingerprint")), ("program", ("git", "commit"))):
        ours, theirs = text(sweep.about(*path)), text(other.about(*path))
        if ours and theirs and ours != theirs:
            lines.append(f"The figures of messages are of another {what} than the sweep ({path[-1]} {theirs}, not "
                         f"{ours}).")
    return lines


def method(sweep: Sweep) -> list[str]:
    """How it was measured, in five sentences, with this sweep's own figures where meta.json has them."""
    of_plan = lambda name: _figure(sweep.about("plan", name))  # noqa: E731
    blocks, blocks_max, warmup = of_plan("blocks"), of_plan("blocks_max"), of_plan("warmup")
    precision, budget_s, attempts = of_plan("precision"), of_plan("time_budget_s"), of_plan("attempts_max")
    run_time_s, seed = of_plan("run_time_s"), of_plan("seed")

    often = "Every cell (one transport at one size, file count and worker count) is run once in each block"
    if blocks:
        often += f", at least {units.count(int(blocks), 'block')}"
        often += f" after {units.count(int(warmup), 'warm-up block')} that {'is' if warmup == 1 else 'are'} not counted" \
            if warmup else " without a warm-up"
    if blocks and blocks_max and blocks_max > blocks:
        open_then = {"best": "; what might still be the best of its condition by then went on",
                     "order": "; what might still be the best of its condition by then went on, and after that what was not "
                              "told apart from its neighbours"}
        less_certain = f"; cells whose time was not known to {units.percent(precision)} by then went on" if precision else \
            "; the less certain cells went on"
        often += open_then.get(sweep.about("plan", "decide"), less_certain)
        often += f", for at most {int(blocks_max)} blocks" + (f" and {_duration(budget_s)}" if budget_s else "")

    order = "Within a block the runs of one condition are neighbours in random order" \
            f"{f' (seed {int(seed)})' if seed is not None else ''}, so that transports are compared in pairs and a " \
            "drifting machine hits them alike; two memcpy calibrations lead, so that the share of memcpy is that of the " \
            "same moment"

    run = "Every run is made by fresh processes and verified (count, order, checksum); a wrong or unfinished run is a row " \
          "with a reason, never a time"
    if run_time_s:
        run += f", and short runs are repeated until they take {units.seconds(run_time_s)}"
    if attempts and attempts > 1:
        run += f"; a run during which others used the CPUs is made again, at most {units.count(int(attempts), 'attempt')}"

    what = "The total runs from before the first fork until the result is merged"
    mode = sweep.setting.get("transfer")
    if mode in TRANSFER:
        what += f"; {TRANSFER[mode]}: throughput is payload over the time from the first byte that could flow to " \
                "the last received"
    if mode == "steady":
        what += ", the median of all rounds but the first, so that page faults of fresh memory have no part in it; total, " \
                "phases and CPU time are those of the first round"
    elif memory := MEMORY.get(sweep.setting.get("memory")):
        what += f", {memory}"

    figures = "Figures are medians with 95 % intervals (sign test; of the total: signed-rank, about its Hodges-Lehmann " \
              "centre; none below 6 runs), and a winner is named only if the interval of its paired ratio to the " \
              "runner-up excludes 1 and the difference also holds among all pairs of transports; all else is a tie"
    return [f"{sentence}." for sentence in (often, order, run, what, figures)]


def _duration(time_s: float) -> str:
    return units.count(round(time_s / 60), "minute") if time_s >= 60 and time_s % 60 == 0 else units.seconds(time_s)

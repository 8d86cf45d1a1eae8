"""What the scripts share that measure for a page of docs/: the program, rows that outlive an interruption, tables."""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Stop(Exception):
    """A sentence for the user, and the exit status."""

    def __init__(self, text, status=2):
        super().__init__(text)
        self.status = status


# ---------------------------------------------------------------- words of the command line

def counts(text):
    """"1K,2M" as whole numbers in ascending order."""
    scale = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}
    found = [re.fullmatch(r"(\d+)([KMG]?)", part) for part in text.split(",")]
    if not all(found):
        raise argparse.ArgumentTypeError(f"'{text}' is not a list such as 1M,10M or 1,2,4")
    values = sorted({int(match[1]) * scale[match[2]] for match in found})
    if values[0] < 1:
        raise argparse.ArgumentTypeError(f"'{text}' has a 0; it must be at least 1")
    return values


def positive(text):
    if not re.fullmatch(r"[1-9]\d{0,5}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1 on")
    return int(text)


# ---------------------------------------------------------------- the program

def find_program(path):
    """The ipcsort to measure: `path` if any, or the environment's IPCSORT, or one that is built now."""
    if path or os.environ.get("IPCSORT"):
        return path or os.environ["IPCSORT"]
    subprocess.run([ROOT / "scripts" / "build", "release", "ipcsort", "micro"], check=True)
    return str(ROOT / "build" / "release" / "ipcsort")


def version_of(program):
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def end(process):
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def finish(process):
    """Standard output and error of a process, which is ended when this program is."""
    try:
        out, err = process.communicate()
    except KeyboardInterrupt:
        end(process)
        raise
    if process.returncode in (130, 143):
        raise KeyboardInterrupt
    return out, err.strip().removeprefix("ipcsort: ")


def children_of(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def machine_text():
    cpu = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return (f"{cpu[1] if cpu else os.uname().machine}, {len(os.sched_getaffinity(0))} usable CPUs, "
            f"{int(memory[1]) * 1024 / 1e9:.1f} GB of memory, Linux {os.uname().release}")


# ---------------------------------------------------------------- rows

class Rows:
    """What was measured, on disk as it comes. The first line says of what: other rows are not mixed with it."""

    def __init__(self, path, head, fresh):
        self.path, self.rows = path, []
        if fresh or not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
        lines = path.read_text().splitlines(keepends=True)
        lines = [line for line in lines if line.endswith("\n")]  # a kill may have cut the last one
        if len(lines) == 1:  # a first line alone, as a wrong word leaves it, holds nothing
            lines = []
        whole = [json.loads(line) for line in lines]
        if whole and whole[0] != head:
            raise Stop(f"{path} holds rows of another program, machine or range; --fresh discards them, --rows names "
                       "another file")
        self.rows = whole[1:]
        path.write_text("".join(lines))
        if not whole:
            self._append(head)

    def _append(self, value):
        with self.path.open("a") as file:
            file.write(json.dumps(value) + "\n")

    def add(self, **row):
        self.rows.append(row)
        self._append(row)

    def of(self, **wanted):
        """The rows that have all these values."""
        return [row for row in self.rows if all(row.get(name) == value for name, value in wanted.items())]


# ---------------------------------------------------------------- text

def say(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}"[:120], end="", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr, flush=True)


def duration(seconds):
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


def short(count):
    for scale, letter in ((10**9, "G"), (10**6, "M"), (10**3, "K")):
        if count >= scale and count % scale == 0:
            return f"{count // scale}{letter}"
    return str(count)


def table(heads, lines):
    return "".join("| " + " | ".join(line) + " |\n" for line in [heads, ["---"] + ["---:"] * (len(heads) - 1), *lines])


def write_between(page, begin, finish, text):
    """Replaces what stands between two lines of a page."""
    old = page.read_text()
    if old.count(begin) != 1 or old.count(finish) != 1:
        raise Stop(f"{page} does not have the two lines {begin.strip()} and {finish.strip()}")
    before, rest = old.split(begin)
    new = page.with_suffix(".md.new")
    new.write_text(before + begin + "\n" + text + "\n" + finish + rest.split(finish)[1])
    new.replace(page)


# ---------------------------------------------------------------- main

def run(name, main):
    """Calls main(words of the command line) and exits with its status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        print(f"{name}: {stop}", file=sys.stderr)
        sys.exit(stop.status)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(3)
    except KeyboardInterrupt:
        print(f"\n{name}: interrupted; the rows so far are kept, the same command goes on from there", file=sys.stderr)
        sys.exit(130)

"""Child processes with an end: each in a session of its own, with a time limit, tied to its CPU.

Nothing here waits without a deadline, and a signal to this program ends the wait that is under way.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

GRACE_S = 1.0  # from SIGTERM, on which programs remove what they have made, to SIGKILL
KILL_LIMIT_S = 5.0
PAIRING_LIMIT_S = 2.0
SAID_CHARACTERS = 300


class Failed(Exception):
    """A run has no figure; the text says why, for the row."""


class TimedOut(Failed):
    """It took longer than a run may."""


class Interrupted(Exception):
    """This program was told to end."""


class Interrupts:
    """Notes SIGINT and SIGTERM; `fd` becomes readable with the first of them."""

    def __init__(self) -> None:
        self.signal = 0
        self.fd, write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(write_fd, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def _note(self, number: int, _frame: object) -> None:
        self.signal = self.signal or number

    def check(self) -> None:
        if self.signal:
            raise Interrupted

    def pause(self, seconds: float) -> None:
        """Between two looks at what cannot be waited for."""
        select.select([self.fd], [], [], seconds)
        self.check()


def _relations() -> list[tuple[int, int, int]]:
    """(process, parent, session) of all processes but zombies."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = Path("/proc", entry, "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # gone in the meantime
        if fields[0] not in "ZX":
            found.append((int(entry), int(fields[1]), int(fields[3])))
    return found


def _listening(port: int) -> bool:
    """Without a connection, which the server would take for its client."""
    for name in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):  # no IPv6 here
            for line in Path("/proc/net", name).read_text().splitlines()[1:]:
                words = line.split()
                if words[3] == "0A" and int(words[1].rpartition(":")[2], 16) == port:
                    return True
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Bench:
    """Where runs are made, and what they may take."""

    cpus: tuple[int, int]  # the first for who sends or asks, the second for who receives or answers
    directory: Path  # of this session alone; removed at its end
    limit_s: float
    interrupts: Interrupts
    commands: list[str] = field(default_factory=list)  # those of the run under way, for its row

    @property
    def both(self) -> str:
        return f"{self.cpus[0]},{self.cpus[1]}"

    def start(self, words: list[str], cpus: object, **environment: str) -> Process:
        self.interrupts.check()
        assigned = " ".join(f"{name}={value}" for name, value in environment.items())
        words = ["taskset", "-c", str(cpus), *words]
        self.commands.append(f"{assigned} {' '.join(words)}".strip())
        return Process(self, words, environment)

    def output(self, words: list[str], cpus: object, check: bool = True, **environment: str) -> str:
        """What it prints on standard output. `check`: it must end with success."""
        with self.start(words, cpus, **environment) as process:
            process.wait(check)
            return process.printed()

    def client_output(self, server: list[str], client: list[str], port: int, check: bool = True,
                      **environment: str) -> str:
        """What the client prints; the server runs on the second CPU. It is ended when it does not end by itself."""
        with self.start(server, self.cpus[1], **environment) as listener:
            listener.wait_until_listening(port)
            return self.output(client, self.cpus[0], check, **environment)

    def version(self, words: list[str], pattern: str) -> str:
        """What `pattern` finds in what the program says about itself; "" when it says something else."""
        with self.start(words, self.both) as process:
            process.wait(check=False)
            found = re.search(pattern, process.printed() + process.complained())
            return found.group(1) if found else ""


class Process:
    """Leaves nothing behind: on leaving the context every process of its session is ended."""

    def __init__(self, bench: Bench, words: list[str], environment: dict[str, str]) -> None:
        self._bench = bench
        self._deadline = time.monotonic() + bench.limit_s
        self._name = os.path.basename(words[3])
        number = len(bench.commands)
        self._files = [bench.directory / f"{stream}-{number}" for stream in ("out", "err")]
        with open(self._files[0], "wb") as out, open(self._files[1], "wb") as err:
            try:
                self._child = subprocess.Popen(
                    words, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=bench.directory,
                    start_new_session=True,
                    env={**os.environ, "LC_ALL": "C", "TMPDIR": str(bench.directory), **environment})
            except OSError as error:
                raise Failed(f"{words[0]} cannot be started: {error.strerror}") from None

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def printed(self) -> str:
        return self._files[0].read_text(errors="replace")

    def complained(self) -> str:
        return self._files[1].read_text(errors="replace")

    def last_words(self) -> str:
        for text in (self.complained(), self.printed()):
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            if lines:
                return lines[-1][:SAID_CHARACTERS]
        return "it said nothing"

    def _in_time(self) -> None:
        if time.monotonic() > self._deadline:
            raise TimedOut(f"{self._name} took longer than {self._bench.limit_s:g} s")

    def wait(self, check: bool = True) -> None:
        pidfd = os.pidfd_open(self._child.pid)
        try:
            left_s = max(0.0, self._deadline - time.monotonic())
            select.select([pidfd, self._bench.interrupts.fd], [], [], left_s)
        finally:
            os.close(pidfd)
        self._bench.interrupts.check()
        if self._child.poll() is None:
            raise TimedOut(f"{self._name} took longer than {self._bench.limit_s:g} s")
        if check:
            self._require_success()

    def _require_success(self) -> None:
        status = self._child.returncode
        if status != 0:
            how = f"exit status {status}" if status > 0 else f"signal {-status}"
            raise Failed(f"{self._name} ended with {how}: {self.last_words()}")

    def wait_until_listening(self, port: int) -> None:
        while not _listening(port):
            if self._child.poll() is not None:
                raise Failed(f"{self._name} ended before it listened: {self.last_words()}")
            self._in_time()
            self._bench.interrupts.pause(0.01)

    def pin_pair(self, generations: int) -> None:
        """Ties the last two of a line of `generations` processes, this one the first, each to a CPU of its own: for
        programs that fork the other side and have no option for it."""
        limit = time.monotonic() + PAIRING_LIMIT_S
        while True:
            line = self._line_of_descent(generations)
            if len(line) == generations:
                break
            if self._child.poll() is not None:
                self._require_success()
            if self._child.returncode is not None or time.monotonic() > limit:
                raise Failed(f"{self._name}: its two sides were not found, so they could not be pinned")
            self._bench.interrupts.pause(0.001)
        try:
            for pid, cpu in zip(line[-2:], self._bench.cpus):
                os.sched_setaffinity(pid, {cpu})
        except OSError as error:
            raise Failed(f"{self._name}: its two sides could not be pinned: {error.strerror}") from None

    def _line_of_descent(self, generations: int) -> list[int]:
        relations = _relations()
        line = [self._child.pid]
        while len(line) < generations:
            children = [pid for pid, parent, _ in relations if parent == line[-1]]
            if len(children) != 1:
                break
            line += children
        return line

    def _signal_session(self, number: int) -> bool:
        """True when there was somebody left. Programs make process groups of their own, but no sessions."""
        left = [pid for pid, _, session in _relations() if session == self._child.pid]
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        self._child.poll()
        return bool(left)

    def _end(self) -> None:
        """First asks: programs then remove what they have made."""
        if not self._signal_session(signal.SIGTERM):
            self._child.wait()
            return
        begin = time.monotonic()
        while self._signal_session(signal.SIGKILL if time.monotonic() > begin + GRACE_S else 0):
            if time.monotonic() > begin + GRACE_S + KILL_LIMIT_S:
                raise Failed(f"{self._name}: processes of its session {self._child.pid} cannot be ended")
            time.sleep(0.01)
        self._child.wait()

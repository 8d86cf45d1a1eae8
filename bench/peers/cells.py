"""What is set beside what: one figure of a peer, and the transports of ours that it is comparable to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class Figures:
    """What a run has measured; what it does not say is None. A latency is that of a round trip."""

    bytes_per_s: Optional[float] = None
    latency_p50_s: Optional[float] = None
    latency_mean_s: Optional[float] = None


@dataclass(frozen=True)
class Cell:
    peer: str
    mechanism: str
    figure: str  # the field of Figures that is compared
    message_bytes: int
    ours: tuple[str, ...]  # labels as `ipcsort micro --transports` takes them
    note: str  # what differs between the peer's figure and ours
    unsupported: str = ""  # not empty: why the peer cannot measure this

    @property
    def measure(self) -> str:
        return "throughput" if self.figure == "bytes_per_s" else "latency"

    @property
    def latency_statistic(self) -> str:
        return {"latency_p50_s": "p50", "latency_mean_s": "mean"}.get(self.figure, "")


def messages_of(message_bytes: int) -> int:
    """One way, for peers that take a number: some tenths of a second."""
    return min(max((256 << 20) // message_bytes, 200), 40000)


def trips_of(message_bytes: int) -> int:
    return min(max((128 << 20) // message_bytes, 200), 5000)

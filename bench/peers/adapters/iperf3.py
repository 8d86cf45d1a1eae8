"""iperf3: one TCP stream over loopback."""

import json

from cells import Cell, Figures
from processes import SAID_CHARACTERS, Failed, free_port

NAME = "iperf3"
PROGRAMS = ("iperf3",)
PACKAGES = ("iperf3",)

WRITE_BYTES_MAX = 1 << 20


def version(bench):
    return bench.version(["iperf3", "--version"], r"iperf (\S+)")


def cells(sizes):
    for size in sizes:
        cannot = "" if size <= WRITE_BYTES_MAX else f"iperf3 takes --length up to {WRITE_BYTES_MAX} bytes"
        yield Cell(NAME, "tcp", "bytes_per_s", size, ("tcp_loopback",),
                   "the message is the size of a write; the peer does not read what arrived, ours reads and checks it; "
                   "one second, without warming up", cannot)


def prepare(bench):
    pass


def figures(text):
    """What has arrived, from its JSON."""
    try:
        result = json.loads(text)
        if result.get("error"):
            raise Failed(f"iperf3: {result['error']}")
        received = result["end"]["sum_received"]
        return Figures(bytes_per_s=received["bytes"] / received["seconds"])
    except (ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError):
        raise Failed(f"iperf3 printed no JSON with end.sum_received: {text.strip()[-SAID_CHARACTERS:]}") from None


def measure(bench, cell):
    port = free_port()
    server = ["iperf3", "--server", "--one-off", "--bind", "127.0.0.1", "--port", str(port)]
    client = ["iperf3", "--client", "127.0.0.1", "--port", str(port), "--length", str(cell.message_bytes),
              "--time", "1", "--json"]
    return figures(bench.client_output(server, client, port, check=False))  # it says in its JSON what went wrong

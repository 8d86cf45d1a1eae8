"""Our side: one run of `ipcsort micro`."""

from __future__ import annotations

import csv
import shutil

from cells import Figures
from processes import Failed

MIN_TIME = "100ms"


def version(bench, program: str) -> str:
    return bench.version([program, "--version"], r"ipcsort (\S.*)")


def measure(bench, program: str, transport: str, measure_name: str, message_bytes: int) -> Figures:
    directory = bench.directory / "micro"
    shutil.rmtree(directory, ignore_errors=True)
    words = [program, "micro", "--measure", measure_name, "--transports", transport, "--sizes", str(message_bytes),
             "--memory", "hot", "--placement", "cross", "--repetitions", "1", "--min-time", MIN_TIME, "--quiet",
             "--output", str(directory)]
    with bench.start(words, bench.both) as process:
        process.wait(check=False)  # a row that has failed says more than the exit status
        return figures(directory / "micro.csv", transport.split(":")[0], process.last_words())


def figures(path, transport: str, said: str) -> Figures:
    try:
        with open(path, newline="", encoding="utf-8") as file:
            # Beside it stands what two processes reach that only copy.
            rows = [row for row in csv.DictReader(file) if row["transport"] == transport]
    except FileNotFoundError:
        rows = []
    if len(rows) != 1:
        raise Failed(f"ipcsort micro: {said}")
    row = rows[0]
    if row["error"]:
        raise Failed(f"ipcsort micro: {row['error']}")
    if row["family"] == "throughput":
        return Figures(bytes_per_s=float(row["bytes_per_s"]))
    return Figures(latency_p50_s=float(row["latency_p50_s"]), latency_mean_s=float(row["real_time_s"]))

"""python3 -m plots RESULT_DIR...: draw the charts, make the page around them, and say what each of them shows."""

from __future__ import annotations

import signal

if __name__ == "__main__":
    # ^C ends the program as it ends any other, without a traceback; also during the imports, which take a second.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import errno
import logging
import os
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .charts import CHARTS, Chart
from .table import ResultError

UMASK = os.umask(0o022)
os.umask(UMASK)
logging.getLogger("matplotlib").setLevel(logging.ERROR)  # where it keeps its list of fonts is nobody's concern here
USAGE, NOTHING_DRAWN = 2, 3  # the exit codes of the whole project
REPORT = "report.html"
NAMES = tuple(chart.name for chart in CHARTS)
# What a Debian package is called, where that is not python3- and the module's name.
PACKAGES = {"PIL": "python3-pil", "fontTools": "python3-fonttools"}


class NotOurs(Exception):
    """Names a file that is in the way and was not made here."""


def _is_ours(path: Path) -> bool:
    """A picture in points has none of our marks; it goes with the drawing beside it."""
    marked = path.with_suffix(".svg") if path.suffix == ".png" else path
    mark = "<title>ipcsort " if path.name == REPORT else f'id="ipcsort-{path.stem}"'
    try:
        with open(marked, encoding="utf-8", errors="replace") as file:
            return mark in file.read(2048)
    except OSError:
        return False


def _require_ours(*paths: Path) -> None:
    for path in paths:
        if path.is_file() and not _is_ours(path):
            raise NotOurs(f"{path} is in the way: ipcsort did not write it; move it, or choose another place with --output")


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: readers never see half a file, and a full disk leaves the old one. Links are followed; what is
    no regular file is written to as it is."""
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    file, name = tempfile.mkstemp(".part", ".ipcsort-", path.parent)
    part = Path(name)
    try:
        with open(file, "wb") as stream:
            stream.write(content)
        part.chmod(stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~UMASK)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="plots", description="Draw the charts of results, and report.html around them.",
        epilog="Exit codes: 0 drawn, 2 usage or unreadable results, 3 nothing could be drawn.")
    parser.add_argument("result_dirs", metavar="RESULT_DIR", type=Path, nargs="*",
                        help="a directory with a sweep (summary.csv), micro figures (micro_summary.csv) or both; several "
                             "sweeps are set side by side")
    parser.add_argument("--decisions", metavar="DIR", type=Path, action="append", default=[],
                        help="of each RESULT_DIR, in their order, where what was made from its rows is (default: in it)")
    parser.add_argument("--side-by-side", metavar="FILE.json", type=Path,
                        help="of several sweeps, what 'ipcsort report' wrote about them")
    parser.add_argument("--verdicts", metavar="FILE.json", type=Path,
                        help="what 'ipcsort ab --format json --output FILE.json' wrote")
    parser.add_argument("--output", metavar="DIR", type=Path,
                        help=f"where to write {REPORT} and charts/ (default: the one RESULT_DIR that has a sweep)")
    parser.add_argument("--only", metavar="NAMES", default=",".join(NAMES),
                        help=f"comma-separated charts, of: {', '.join(NAMES)}")
    options = parser.parse_args(argv)
    options.only = [name.strip() for name in options.only.split(",") if name.strip()]
    unknown = [name for name in options.only if name not in NAMES]
    if unknown or not options.only:
        parser.error(f"--only: there is no chart '{', '.join(unknown)}'; choose from {', '.join(NAMES)}")
    if not options.result_dirs and not options.verdicts:
        parser.error("there is nothing to draw; name a result directory, or a file with --verdicts")
    return options


@dataclass(frozen=True)
class Input:
    """What was read, as far as it was given."""

    sweeps: list  # data.Sweep
    micro: Any  # micro.Micro
    verdicts: Any  # verdicts.Verdicts
    side_by_side: Any  # findings.SideBySide, of several sweeps
    output: Path

    def charts(self) -> list[tuple[Chart, tuple]]:
        """Those that belong to it, each with what it draws."""
        arguments: dict[str, tuple] = {}
        if len(self.sweeps) == 1:
            arguments["sweep"] = arguments["orders"] = (self.sweeps[0],)
        if len(self.sweeps) > 1:
            arguments["sweeps"] = (self.sweeps, self.side_by_side)
        elif self.micro:
            # Figures and machine lie in one directory, or the sweep knows the machine that both are from.
            about = self.micro.meta or (self.sweeps[0].meta if self.sweeps else {})
            arguments["micro"] = (self.micro, about)
        if self.verdicts:
            arguments["verdicts"] = (self.verdicts,)
        return [(chart, arguments[chart.kind]) for chart in CHARTS if chart.kind in arguments]


def _read(options: argparse.Namespace) -> Input:
    from . import data, findings, micro, verdicts
    decisions = dict(zip(options.result_dirs, options.decisions))
    with_sweep = [path for path in options.result_dirs if data.derived(path, decisions.get(path), data.SUMMARY).exists()]
    with_micro = [path for path in options.result_dirs if micro.has_figures(path)]
    for path in options.result_dirs:
        if path not in with_sweep and path not in with_micro:
            data.load(path)  # which says what is wrong with it
    if len(with_micro) > 1 and len(with_sweep) < 2:
        raise ResultError(f"{' and '.join(map(str, with_micro))} all have micro figures; name one of them")
    output = options.output
    if output is None:
        candidates = with_sweep or with_micro
        if len(candidates) != 1:
            raise ResultError("there is no single result directory to write into; name a directory with --output")
        output = candidates[0]
    sweeps = [data.load(path, decisions.get(path)) for path in with_sweep]
    found = None
    if len(sweeps) > 1:
        found = findings.side_by_side(options.side_by_side or output / findings.SIDE_BY_SIDE,
                                      [sweep.findings.conditions for sweep in sweeps])
    return Input(sweeps, micro.load(with_micro[0], decisions.get(with_micro[0])) if with_micro and len(sweeps) < 2 else None,
                 verdicts.load(options.verdicts) if options.verdicts else None, found, output)


def _warn(given: Input) -> None:
    """What the page says, too: who only looks at the terminal must not take the charts for the whole."""
    for sweep in given.sweeps:
        if sweep.meta_problem:
            print(f"plots: {sweep.meta_problem}; the charts will say 'machine unknown'", file=sys.stderr)
    for part in [*given.sweeps, *([given.micro] if given.micro else [])]:
        for line in part.damage:
            print(f"plots: {part.directory}/{line}", file=sys.stderr)


def _draw(given: Input, only: list[str]):
    """Writes the charts and says so, by their names below the output directory; what became of them, for the page."""
    from . import page, pictures, style
    style.set_up()
    charts, undrawn = [], []
    folder = given.output / "charts"
    folder.mkdir(parents=True, exist_ok=True)
    for chart, arguments in given.charts():
        if chart.name not in only:
            undrawn.append((chart.name, "left out by --only"))
            continue
        target = folder / f"{chart.name}.svg"
        _require_ours(target, target.with_suffix(".png"))
        drawn, why_not = chart.draw(*arguments)
        if drawn is None:
            # A chart of an earlier sweep must not pass for one of this.
            target.unlink(missing_ok=True)
            target.with_suffix(".png").unlink(missing_ok=True)
            undrawn.append((chart.name, why_not))
            print(f"{target.relative_to(given.output)}\tnot drawn: {why_not}")
            continue
        picture = pictures.svg(drawn, chart.name)
        _write(target, picture)
        _write(target.with_suffix(".png"), pictures.png(drawn))
        charts.append(page.Chart(chart.name, drawn.title, pictures.inline(drawn, picture), chart.data))
        print(f"{target.relative_to(given.output)}\t{drawn.title}")
    return page.Drawing(charts, undrawn)


def _page(given: Input, drawing) -> tuple[bytes, str]:
    from . import page, side_by_side
    if len(given.sweeps) > 1:
        return side_by_side.page(given.sweeps, given.side_by_side, drawing, given.verdicts)
    if given.sweeps:
        return page.of_sweep(given.sweeps[0], given.micro, drawing, given.verdicts)
    if given.micro:
        return page.of_micro(given.micro, drawing, given.verdicts)
    return page.of_verdicts(given.verdicts, drawing)


def main(argv: list[str]) -> int:
    options = _arguments(argv)
    try:
        import jinja2  # noqa: F401  before minutes are spent on charts for a page that cannot be made
        import matplotlib  # noqa: F401
    except ImportError as error:
        module = (error.name or "matplotlib").split(".")[0]
        print(f"plots: {sys.executable} cannot import {module}; install it (Debian: "
              f"{PACKAGES.get(module, f'python3-{module}')}) or use /usr/bin/python3", file=sys.stderr)
        return USAGE
    try:
        given = _read(options)
    except ResultError as error:
        print(f"plots: {error}", file=sys.stderr)
        return USAGE
    _warn(given)
    try:
        _require_ours(given.output / REPORT)
        drawing = _draw(given, options.only)
        content, verdict = _page(given, drawing)
        _write(given.output / REPORT, content)
        print(f"{REPORT}\t{verdict}")
    except NotOurs as error:
        print(f"plots: {error}", file=sys.stderr)
        return USAGE
    except OSError as error:
        room = {errno.ENOSPC: "free some space or ", errno.EDQUOT: "free some space or ",
                errno.EFBIG: "raise ulimit -f or "}.get(error.errno, "")
        print(f"plots: cannot write to {given.output}: {error.strerror}; {room}choose another place with --output",
              file=sys.stderr)
        return USAGE
    if not drawing.charts:
        where = " and ".join(map(str, options.result_dirs)) or options.verdicts
        print(f"plots: nothing to draw from {where}; {REPORT} says why", file=sys.stderr)
        return NOTHING_DRAWN
    return 0


if __name__ == "__main__":
    # Names and units are UTF-8 whatever the locale says.
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        sys.exit(main(sys.argv[1:]))
    except MemoryError:
        print("plots: there is no more memory; raise ulimit -v and -d, or give the control group more", file=sys.stderr)
        sys.exit(USAGE)

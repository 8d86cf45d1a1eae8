"""python3 -m plots RESULT_DIR: draw the charts of one sweep and say what each of them shows."""

from __future__ import annotations

import signal

if __name__ == "__main__":
    # ^C ends the program as it ends any other, without a traceback; also during the imports, which take a second.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import io
import os
import re
import sys
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

CHARTS = ("phases", "throughput", "heatmap", "speedup", "tuned")
USAGE, NOTHING_DRAWN = 2, 3  # the exit codes of the whole project


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: readers never see half a file, and a full disk leaves the old one."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def svg(page, name: str) -> bytes:
    """Ready to stand inside a page with other charts: ids and style rules are the chart's own, and it has a title."""
    out = io.StringIO()
    page.figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", text)
    text = text.replace("<style type=\"text/css\">*{", f"<style type=\"text/css\">#ipcsort-{name} *{{")
    text = text.replace("<svg ", f'<svg id="ipcsort-{name}" role="img" aria-label={quoteattr(page.title)} ', 1)
    head_end = text.index(">", text.index("<svg ")) + 1
    return (text[:head_end] + f"\n <title>{escape(page.title)}</title>" + text[head_end:]).encode()


def png(page) -> bytes:
    from .style import DPI
    out = io.BytesIO()
    page.figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
    return out.getvalue()


def _shown(path: Path, directory: Path) -> str:
    """As the reader of the result directory names it."""
    try:
        return str(path.resolve().relative_to(directory.resolve()))
    except ValueError:
        return str(path)


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="plots", description="Draw the charts of one sweep.",
        epilog="Exit codes: 0 drawn, 2 usage or unreadable results, 3 nothing could be drawn.")
    parser.add_argument("result_dir", metavar="RESULT_DIR", type=Path,
                        help="the directory with summary.csv and meta.json")
    parser.add_argument("--output", metavar="DIR", type=Path, help="where to write (default: RESULT_DIR/charts)")
    parser.add_argument("--only", metavar="NAMES", default=",".join(CHARTS),
                        help=f"comma-separated, of: {', '.join(CHARTS)}")
    options = parser.parse_args(argv)
    options.only = [name.strip() for name in options.only.split(",") if name.strip()]
    unknown = [name for name in options.only if name not in CHARTS]
    if unknown or not options.only:
        parser.error(f"--only: there is no chart '{', '.join(unknown)}'; choose from {', '.join(CHARTS)}")
    return options


def main(argv: list[str]) -> int:
    options = _arguments(argv)
    try:
        from . import heatmap, phases, speedup, style, throughput, tuned
        from .data import ResultError, load
    except ImportError as error:
        print(f"plots: {sys.executable} cannot import {error.name}; install it (Debian: python3-matplotlib) or use "
              "/usr/bin/python3", file=sys.stderr)
        return USAGE
    drawers = {"phases": phases.draw, "throughput": throughput.draw, "heatmap": heatmap.draw, "speedup": speedup.draw,
               "tuned": tuned.draw}
    try:
        sweep = load(options.result_dir)
    except ResultError as error:
        print(f"plots: {error}", file=sys.stderr)
        return USAGE
    if sweep.meta_problem:
        print(f"plots: {sweep.meta_problem}; the charts will say 'machine unknown'", file=sys.stderr)
    output = options.output or options.result_dir / "charts"
    style.set_up()
    drawn = 0
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name in CHARTS:
            if name not in options.only:
                continue
            target = output / f"{name}.svg"
            page, why_not = drawers[name](sweep)
            if page is None:
                # A chart of an earlier sweep must not pass for one of this.
                target.unlink(missing_ok=True)
                target.with_suffix(".png").unlink(missing_ok=True)
                print(f"{_shown(target, options.result_dir)}\tnot drawn: {why_not}")
                continue
            _write(target, svg(page, name))
            _write(target.with_suffix(".png"), png(page))
            drawn += 1
            print(f"{_shown(target, options.result_dir)}\t{page.title}")
    except OSError as error:
        print(f"plots: cannot write to {output}: {error.strerror}; free some space or choose another place with "
              "--output", file=sys.stderr)
        return USAGE
    if not drawn:
        print(f"plots: nothing to draw from {options.result_dir}; look at the status and reason columns of summary.csv",
              file=sys.stderr)
        return NOTHING_DRAWN
    return 0


if __name__ == "__main__":
    # Names and units are UTF-8 whatever the locale says.
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))

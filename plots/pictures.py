"""A chart as a file: SVG, for a page and by itself, and PNG."""

from __future__ import annotations

import io
import re
from xml.sax.saxutils import escape

# What matplotlib writes to six decimals. Units are points: a hundredth of one is far below a pixel.
_COORDINATES = re.compile(r'(?<= )(?:d|x|y|width|height|viewBox|transform)="[^"]*"')
_LONG = re.compile(r"-?\d+\.\d{3,}")
_NO_ROTATION = re.compile(r' transform="rotate\(-?0 [^"]*"')
_METADATA = re.compile(r" *<metadata>.*?</metadata>\n", re.DOTALL)


def _rounded(attribute: re.Match) -> str:
    text = attribute.group()
    if "scale" in text or "matrix" in text:
        return text
    return _LONG.sub(lambda number: f"{float(number.group()):.2f}".rstrip("0").rstrip("."), text)


def svg(page, name: str) -> bytes:
    """Ready to stand inside a page with other charts: ids and style rules are the chart's own, and it has a title and a
    description."""
    out = io.StringIO()
    page.figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = _METADATA.sub("", out.getvalue())
    text = _COORDINATES.sub(_rounded, _NO_ROTATION.sub("", text))
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", text)
    text = text.replace("<style type=\"text/css\">*{", f"<style type=\"text/css\">#ipcsort-{name} *{{")
    text = text.replace("<svg ", f'<svg id="ipcsort-{name}" role="img" aria-labelledby="ipcsort-{name}-title" '
                        f'aria-describedby="ipcsort-{name}-desc" ', 1)
    head_end = text.index(">", text.index("<svg ")) + 1
    head = f'\n <title id="ipcsort-{name}-title">{escape(page.title)}</title>' \
           f'\n <desc id="ipcsort-{name}-desc">{escape(page.description)}</desc>'
    return (text[:head_end] + head + text[head_end:]).encode()


def inline(page, content: bytes) -> str:
    """What svg() made, as a part of an HTML page whose heading is the chart's title: without the title in the picture
    and without its margins, as wide as the page lets it be."""
    from .style import MARGIN, TITLE
    text = content.decode()
    text = text[text.index("<svg "):]
    text = re.sub(rf'<text [^>]*font: 700 {TITLE:g}px[^>]*>[^<]*</text>', "", text)
    text = re.sub(r' (?:xmlns(?::xlink)?|version)="[^"]*"', "", text).replace("xlink:href=", "href=")
    side, top, bottom = 72 * MARGIN - 1, 72 * page.title_height, 72 * MARGIN - 4
    width, height = 72 * page.figure.get_figwidth(), 72 * page.figure.get_figheight()
    box = f"{side:g} {top:.2f} {width - 2 * side:g} {height - top - bottom:.2f}"
    return re.sub(r' width="[^"]*" height="[^"]*" viewBox="[^"]*"', f' viewBox="{box}"', text, count=1)


def png(page) -> bytes:
    from .style import DPI
    out = io.BytesIO()
    page.figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
    return out.getvalue()

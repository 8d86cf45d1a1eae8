"""The charts' font inside the page. Texts were placed by the widths of DejaVu Sans: in another font they may overlap."""

from __future__ import annotations

import base64
import html
import importlib.util
import io
import re
from pathlib import Path
from typing import Iterable

FACES = (("DejaVuSans.ttf", "normal"), ("DejaVuSans-Bold.ttf", "bold"))


def glyphs(pictures: Iterable[str]) -> str:
    """Every character that stands in the charts, sorted."""
    return "".join(sorted({letter for picture in pictures for text in re.findall(r"<text [^>]*>([^<]*)</text>", picture)
                           for letter in html.unescape(text)}))


def _subset(path: Path, letters: str, flavor: str) -> bytes:
    from fontTools import subset
    options = subset.Options(flavor=flavor, hinting=False, layout_features=["kern"], name_IDs=[], notdef_outline=True,
                             drop_tables=[*subset.Options().drop_tables, "FFTM"])
    out = io.BytesIO()
    with subset.load_font(str(path), options) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(text=letters)
        cutter.subset(font)
        subset.save_font(font, out, options)
    return out.getvalue()


def rules(pictures: Iterable[str]) -> str:
    """@font-face rules with what the pictures need of DejaVu Sans, regular and bold."""
    import matplotlib
    letters = glyphs(pictures)
    if not letters:
        return ""
    flavor = "woff2" if importlib.util.find_spec("brotli") else "woff"
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return "\n".join(
        f"@font-face {{ font-family: 'DejaVu Sans'; font-weight: {weight}; src: url(data:font/{flavor};base64,"
        f"{base64.b64encode(_subset(folder / name, letters, flavor)).decode()}) format('{flavor}'); }}"
        for name, weight in FACES)

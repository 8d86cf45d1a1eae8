"""The one place where a stored SI number becomes text. Units as in bench/text/units.hpp."""

from __future__ import annotations

import math

KIB = 1024
MIB = 1024 * 1024

# What a chart's rates may be divided by, largest first.
RATE_UNITS = (("GB/s", 1e9), ("MB/s", 1e6), ("kB/s", 1e3))


def number(value: float, digits: int = 3, trim: bool = True) -> str:
    """`digits` significant digits, but the integer part is never rounded away and never written as 1e+05."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "n/a"
    rounded = float(f"{value:.{digits - 1}e}")  # 9.996 -> 10.0, before the decimals are counted
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if trim and "." in text else text


def size(byte_count: float) -> str:
    """Binary units for what was set in powers of two (messages, buffers, caches), decimal ones for what was counted."""
    if byte_count < KIB:
        return f"{number(byte_count)} B"
    if byte_count % MIB == 0 and byte_count < 1024 * MIB:
        return f"{number(byte_count / MIB)} MiB"
    # Above 1 MiB what was counted is a whole number of KiB too often: 4 million numbers are.
    if byte_count % (KIB if byte_count < MIB else 64 * KIB) == 0 and byte_count < 64 * MIB:
        return f"{number(byte_count / KIB, 4)} KiB"
    for name, scale in (("GB", 1e9), ("MB", 1e6)):
        if byte_count >= 0.9995 * scale:
            return f"{number(byte_count / scale)} {name}"
    return f"{number(byte_count / 1e3)} kB"


def seconds_unit(value: float) -> tuple[str, float]:
    """(name, seconds per unit); the thresholds sit where rounding would print 1,000 of the smaller unit."""
    if value >= 0.9995:
        return "s", 1.0
    if value >= 0.9995e-3:
        return "ms", 1e-3
    return "us", 1e-6


def seconds(value: float, trim: bool = True) -> str:
    name, scale = seconds_unit(value)
    return f"{number(value / scale, trim=trim)} {name}"


def rate_unit(rates: list[float]) -> tuple[str, float]:
    """One unit for a whole chart: the largest in which its smallest rate still has a readable figure."""
    low, high = min(rates), max(rates)
    for name, scale in RATE_UNITS[:-1]:
        if high >= 0.9995 * scale and low >= 0.1 * scale:
            return name, scale
    return RATE_UNITS[1] if high >= 1e6 else RATE_UNITS[2]


def rate(value: float) -> str:
    """A rate on its own, in a sentence."""
    for name, scale in RATE_UNITS:
        if value >= 0.9995 * scale:
            return f"{number(value / scale)} {name}"
    return f"{number(value)} B/s"


def ratio(value: float) -> str:
    """1.004x, 1.02x, 1.8x, 12x, 10,000x: as many digits as the statement needs."""
    if value < 1.1:
        return f"{value:.2f}x" if abs(value - 1) >= 0.005 else f"{value:.3f}x"
    return f"{value:.1f}x" if value < 9.95 else f"{value:,.0f}x"


def exact_ratio(value: float) -> str:
    """For the ends of an interval, where 1.2x to 1.2x would say nothing."""
    return f"{number(value, 3, trim=False) if value >= 1 else f'{value:.2f}'}x"


def percent(share: float) -> str:
    value = 100 * share
    return f"{number(value, 2)} %" if 0 < value < 9.95 else f"{value:.0f} %"


def count(value: int, noun: str) -> str:
    return f"{value:,} {noun}" + ("" if value == 1 else "s")

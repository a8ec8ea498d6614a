"""Draws small charts as SVG: bars, curves over a logarithmic axis, and lines over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 320, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 304, 84, 270
_STYLE = """
  .page { fill: #ffffff }
  .title { fill: #18181b; font-weight: 600 }
  .note { fill: #52525b; font-size: 12px }
  .middle { text-anchor: middle }
  .end { text-anchor: end }
  .grid { stroke: #e4e4e7 }
  .target { stroke: #16a34a; stroke-dasharray: 5 4 }
  .own { fill: #2563eb }
  .other { fill: #a1a1aa }
  .curve { fill: none; stroke-width: 2 }
"""
_COLOURS = ("#2563eb", "#d97706")


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart's heading, and the unit of its vertical axis."""

    title: str
    unit: str


def picture(title: str, charts: Sequence[str]) -> str:
    """Put charts side by side into the text of an SVG file."""
    width = WIDTH * len(charts)
    placed = [
        f'<g transform="translate({WIDTH * number} 0)">\n{chart}\n</g>'
        for number, chart in enumerate(charts)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" role="img" '
            'aria-labelledby="title" '
            'font-family="system-ui, \'Segoe UI\', Helvetica, Arial, sans-serif" font-size="14">',
            f'<title id="title">{escape(title)}</title>',
            f"<style>{_STYLE}</style>",
            f'<rect class="page" width="{width}" height="{HEIGHT}" rx="10"/>',
            *placed,
            "</svg>\n",
        ]
    )


def bars(chart: Chart, values: Mapping[str, float], *, own: str, target: float) -> str:
    """Draw a bar for each value, the one named `own` in a colour, and a line at the target."""
    top = _nice(max(*values.values(), target))
    step = (_RIGHT - _LEFT) / len(values)
    parts = [*_frame(chart, top)]
    for number, (name, value) in enumerate(values.items()):
        middle, y = _LEFT + step * (number + 0.5), _height(value, top)
        kind = "own" if name == own else "other"
        parts += [
            f'<rect class="{kind}" x="{middle - 28:.1f}" y="{y:.1f}" width="56" '
            f'height="{_BOTTOM - y:.1f}"/>',
            _text(middle, y - 6, number_text(value), "note middle"),
            _text(middle, _BOTTOM + 18, name, "note middle"),
        ]
    y = _height(target, top)
    parts += [
        f'<path class="target" d="M{_LEFT} {y:.1f}H{_RIGHT}"/>',
        _text(_RIGHT, _BOTTOM + 40, f"dashed: the target, {number_text(target)}", "note end"),
    ]
    return "\n".join(parts)


def curves(chart: Chart, series: Mapping[str, Mapping[int, float]], *, along: str) -> str:
    """Draw a curve for each series over a logarithmic axis, labelled at powers of ten."""
    numbers = sorted({number for points in series.values() for number in points})
    top = _nice(max(value for points in series.values() for value in points.values()))
    parts = [*_frame(chart, top), _text(_RIGHT, _BOTTOM + 40, along, "note end")]
    parts += [
        _text(_across(number, numbers), _BOTTOM + 18, f"{number:,}", "note middle")
        for number in numbers
        if number == numbers[-1] or str(number).strip("0") == "1"
    ]
    for place, ((name, points), colour) in enumerate(zip(series.items(), _COLOURS, strict=False)):
        spots = [
            (_across(number, numbers), _height(value, top))
            for number, value in sorted(points.items())
        ]
        parts += _curve(spots, colour)
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in spots]
        parts += _key(place, name, colour)
    return "\n".join(parts)


def lines(chart: Chart, series: Mapping[str, Sequence[tuple[float, float]]], *, along: str) -> str:
    """Draw a line for each series of points, whose first numbers are along the axis from 0."""
    points = [point for each in series.values() for point in each]
    end = max(x for x, _ in points)
    top = _nice(max(y for _, y in points))
    parts = [*_frame(chart, top), _text(_RIGHT, _BOTTOM + 40, along, "note end")]
    parts += [
        _text(
            _LEFT + (_RIGHT - _LEFT) * part / 2,
            _BOTTOM + 18,
            f"{end * part / 2:,.0f}",
            "note middle",
        )
        for part in range(3)
    ]
    for place, ((name, each), colour) in enumerate(zip(series.items(), _COLOURS, strict=False)):
        spots = [(_LEFT + (_RIGHT - _LEFT) * x / end, _height(y, top)) for x, y in each]
        parts += [*_curve(spots, colour), *_key(place, name, colour)]
    return "\n".join(parts)


def number_text(value: float) -> str:
    """Format a value with two digits, enough for a picture."""
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _frame(chart: Chart, top: float) -> list[str]:
    parts = [
        _text(_LEFT - 26, 32, chart.title, "title"),
        _text(_LEFT - 26, 52, chart.unit, "note"),
    ]
    for part in range(5):
        y = _height(top * part / 4, top)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{_RIGHT}"/>')
        parts.append(_text(_LEFT - 6, y + 4, f"{top * part / 4:g}", "note end"))
    return parts


def _curve(spots: Sequence[tuple[float, float]], colour: str) -> list[str]:
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    return [f'<polyline class="curve" stroke="{colour}" points="{line}"/>']


def _key(place: int, name: str, colour: str) -> list[str]:
    x = _LEFT + 10 + place * 130
    return [
        f'<rect x="{x}" y="{_BOTTOM + 48}" width="10" height="10" fill="{colour}"/>',
        _text(x + 15, _BOTTOM + 57, name, "note"),
    ]


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _height(value: float, top: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * value / top


def _across(number: int, numbers: Sequence[int]) -> float:
    share = log10(number / numbers[0]) / log10(numbers[-1] / numbers[0])
    return _LEFT + 16 + (_RIGHT - _LEFT - 32) * share


def _nice(value: float) -> float:
    """The next round number a little above the value that divides into four steps."""
    unit: float = 10.0 ** floor(log10(value * 1.1))
    return ceil(value * 1.1 / unit / 0.4) * 0.4 * unit

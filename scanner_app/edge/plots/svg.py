"""The pen that draws plots as SVG: attributes and classes only, because the policy allows no style.

Each plot is drawn twice, for a wide and for a narrow place; CSS shows the one that fits, so letters
keep their size. Its colours are in `static/css/plots.css`.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import g
from markupsafe import Markup, escape

from scanner_app.domain.plots.looks import LOOKS, SQUARE
from scanner_app.domain.plots.shapes import (
    SMALL,
    Drawing,
    Line,
    Link,
    Mark,
    Path,
    Plot,
    Rect,
    Text,
)
from scanner_app.edge.moments import mark_moments
from scanner_app.edge.words.reader import tell

WIDE, NARROW = 640.0, 288.0


def draw_plot(plot: Plot, width: float = 0) -> Markup:
    """Return a plot as SVG.

    :param width: draw it once, this wide; 0 draws it for a wide and for a narrow place.
    """
    if width:
        return _draw(plot, width, "plot-svg plot-fixed")
    return _draw(plot, WIDE, "plot-svg plot-wide") + _draw(plot, NARROW, "plot-svg plot-narrow")


def _draw(plot: Plot, width: float, kind: str) -> Markup:
    g.plots = number = g.get("plots", 0) + 1
    name = f"plot-{number}"
    drawing = plot.draw(width)
    # A picture with links in it is a group: a reader goes through its links.
    role = "group" if any(isinstance(mark, Link) for mark in drawing.marks) else "img"
    size = f"{_n(drawing.width)} {_n(drawing.height)}"
    return Markup(
        '<svg class="{kind}" viewBox="0 0 {size}" width="{w}" height="{h}" role="{role}"'
        ' focusable="false" aria-labelledby="{name}-title {name}-desc">'
        '<title id="{name}-title">{title}</title><desc id="{name}-desc">{desc}</desc>'
        "{defs}{marks}</svg>"
    ).format(
        kind=kind,
        size=size,
        w=_n(drawing.width),
        h=_n(drawing.height),
        role=role,
        name=name,
        title=tell(plot.title),
        desc=mark_moments(tell(plot.describe())).striptags(),
        defs=_define_patterns(drawing, name),
        marks=_join(_show(mark, name) for mark in drawing.marks),
    )


def _define_patterns(drawing: Drawing, name: str) -> Markup:
    used = {rect.tone for rect in _rects(drawing) if _is_patterned(rect)}
    side = _n(SQUARE)
    shown = [
        Markup(
            '<pattern id="{}-{}" width="{}" height="{}" patternUnits="userSpaceOnUse">'
            '<path d="{}"/></pattern>'
        ).format(
            name,
            look.tone,
            side,
            side,
            "".join(f"M{_n(a)} {_n(b)}L{_n(c)} {_n(d)}" for a, b, c, d in look.pattern),
        )
        for look in LOOKS.values()
        if look.tone in used
    ]
    return Markup("<defs>{}</defs>").format(_join(shown)) if shown else Markup()


def _rects(drawing: Drawing) -> Iterable[Rect]:
    for mark in drawing.marks:
        parts = mark.marks if isinstance(mark, Link) else (mark,)
        yield from (part for part in parts if isinstance(part, Rect))


def _is_patterned(rect: Rect) -> bool:
    return rect.is_patterned and bool(LOOKS[rect.tone].pattern)


def _show(mark: Mark, name: str) -> Markup:
    if isinstance(mark, Link):
        inside = _join(_show(part, name) for part in mark.marks)
        return Markup('<a href="{}" aria-label="{}">{}</a>').format(
            mark.href, tell(mark.label), inside
        )
    if isinstance(mark, Rect):
        return _show_rect(mark, name)
    if isinstance(mark, Line):
        return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="s-{}"{}/>').format(
            _n(mark.x1), _n(mark.y1), _n(mark.x2), _n(mark.y2), mark.tone, _stroke(mark)
        )
    if isinstance(mark, Path):
        return _show_path(mark)
    return _show_text(mark)


def _show_rect(rect: Rect, name: str) -> Markup:
    place = Markup('x="{}" y="{}" width="{}" height="{}"{}').format(
        _n(rect.x),
        _n(rect.y),
        _n(rect.width),
        _n(rect.height),
        Markup(' rx="{}"').format(_n(rect.radius)) if rect.radius else "",
    )
    shown = Markup('<rect {} class="f-{}"/>').format(place, rect.tone)
    if _is_patterned(rect):
        shown += Markup('<rect {} fill="url(#{}-{})"/>').format(place, name, rect.tone)
    return shown


def _show_path(path: Path) -> Markup:
    if not path.points:
        return Markup()
    points = "L".join(f"{_n(x)} {_n(y)}" for x, y in path.points)
    if path.is_filled:
        return Markup('<path d="M{}Z" class="f-{}"/>').format(points, path.tone)
    return Markup('<path d="M{}" class="s-{}"{}/>').format(points, path.tone, _stroke(path))


def _stroke(mark: Line | Path) -> Markup:
    dashes = Markup(' stroke-dasharray="5 4"') if mark.is_dashed else Markup()
    return Markup(' stroke-width="{}"{}').format(_n(mark.width), dashes)


def _show_text(text: Text) -> Markup:
    size = Markup(' font-size="{}"').format(_n(text.size)) if text.size != SMALL else Markup()
    return Markup('<text x="{}" y="{}" text-anchor="{}" class="f-{}{}"{}>{}</text>').format(
        _n(text.x),
        _n(text.y),
        text.anchor,
        text.tone,
        " strong" if text.is_strong else "",
        size,
        escape(tell(text.text)),
    )


def _join(parts: Iterable[Markup]) -> Markup:
    return Markup().join(parts)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")

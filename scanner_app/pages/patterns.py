"""Every component in every state on one page, for people who build pages; only in debug mode."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response

from scanner_app.domain.audits.plots import plot_states
from scanner_app.domain.errors import NotFound
from scanner_app.domain.plots.bars import (
    Bar,
    Bars,
    Columns,
    Dumbbell,
    Pair,
    Part,
    Stack,
    StackedBars,
)
from scanner_app.domain.plots.lines import BurnUp, LineChart, Point, Sparkline
from scanner_app.domain.plots.ranges import Range, Ranges
from scanner_app.domain.plots.shapes import Plot, Tone
from scanner_app.domain.plots.wholes import Ring, Tile, Tiles
from scanner_app.domain.signatures.strokes import DrawnSignature, Signature, TypedSignature
from scanner_app.edge.guard import signed_in
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page

blueprint = Blueprint("patterns", __name__)
HERE = "/patterns"
START = datetime(2026, 11, 9, 8, 0, tzinfo=UTC)


@blueprint.get("/patterns")
@signed_in
def show_patterns() -> Response:
    """Show the components. In production this page does not exist."""
    if not current_settings().debug:
        raise NotFound("The components are shown in debug mode only (SCANNER_DEBUG=1).")
    return page(
        "patterns.html", plots=_make_plots(), signatures=_make_signatures(), places=_make_places()
    )


def _make_places() -> list[tuple[str, str]]:
    """Return more locations than a native list may hold, with names that are there twice."""
    sites = (("BER", "Berlin HQ"), ("TOR", "Toronto"))
    rooms = ("Stockroom", "Workshop", "Meeting room", "Library", "Lab", "Server room", "Reception")
    return [
        (f"{code}-{101 + n}", f"{site} / Floor 1 / {room} {101 + n}")
        for code, site in sites
        for n, room in enumerate(rooms)
    ]


def _make_plots() -> list[tuple[Plot, int]]:
    """Return one plot of each kind, with the width of those that have one size."""
    counts = {"verified": 73, "misplaced": 12, "missing": 48, "unexpected": 7, "unregistered": 4}
    months = [0.981, 0.964, 0.97, 0.942, 0.958, 0.977, 0.985, 0.991]
    line = tuple(Point(f"{month} 2026", share, HERE) for month, share in enumerate(months, 1))
    seen = tuple((START + timedelta(minutes=6 * n), n * n // 3 + 2 * n) for n in range(13))
    wide: list[Plot] = [
        plot_states(counts),
        _stacks(),
        _bars(),
        _columns(),
        LineChart("Accuracy of the last audits", line, floor=0.9),
        BurnUp("Counted over time", seen, 144, seen[-1][0], START + timedelta(hours=4)),
        _dumbbell(),
        _ranges(),
        _tiles(),
    ]
    return [
        *((plot, 0) for plot in wide),
        (Ring("Seen in the last 12 months", 1204, 1500), 160),
        (Sparkline("Scans a day", line), 120),
    ]


def _ranges() -> Ranges:
    rows = (
        Range("Missing", 0.06, 0.029, 0.108, 0.05, Tone.WARN),
        Range("Wrong place", 0.02, 0.004, 0.057, 0.1, Tone.GOOD),
    )
    return Ranges("What the sample shows of all", rows)


def _make_signatures() -> list[tuple[Signature, str]]:
    """Return a signature that was drawn and one that was typed, with their signers."""
    waves = tuple((150 + 9 * n, 220 + (n * 37) % 90 - (n * 11) % 60) for n in range(90))
    drawn = DrawnSignature(1200, 400, (waves, ((140, 300), (960, 280)), ((1000, 240),)))
    return [(drawn, "Mara Klein"), (TypedSignature("Bob Weiss"), "Bob Weiss")]


def _bars() -> Bars:
    bars = (
        Bar("Stockroom 105", 0.5, href=HERE),
        Bar("Workshop 106 on the first floor of a long name", 0.82, Tone.WARN),
        Bar("Meeting room 101, Berlin", 1.0, Tone.GOOD),
        Bar("Not counted", None),
    )
    headers = ("Location", "In place")
    return Bars("Accuracy by location", bars, top=1, is_percent=True, headers=headers)


def _columns() -> Columns:
    bars = (
        Bar("1-7", 12, Tone.WARN, HERE),
        Bar("8-30", 7, Tone.WARN, HERE),
        Bar("31-90", 0, Tone.BAD, HERE),
        Bar("90+", 3, Tone.BAD, HERE),
    )
    return Columns("Overdue by days", bars, headers=("Days", "Assets"))


def _dumbbell() -> Dumbbell:
    pairs = (Pair("Stockroom 105", 0.7, 0.92), Pair("Workshop 106", 0.95, 0.81))
    return Dumbbell("In the right place, by location", pairs, "2025", "2026")


def _tiles() -> Tiles:
    tiles = (
        Tile("Stockroom 105", 18, 18, href=HERE),
        Tile("Workshop 106", 6, 20, 2, HERE),
        Tile("Meeting room 101 on the first floor", 0, 14, href=HERE),
    )
    return Tiles("Rooms", tiles)


def _stacks() -> StackedBars:
    parts = (
        Part("Up to 3 months", Tone.GOOD),
        Part("3 to 12 months", Tone.NOTE),
        Part("Over 12 months", Tone.WARN),
        Part("Never", Tone.BAD),
    )
    stacks = (
        Stack("Berlin", (310, 120, 40, 12), href=HERE),
        Stack("Lisbon", (90, 210, 0, 44), href=HERE),
        Stack("Toronto", (0, 0, 0, 0), href=HERE),
    )
    return StackedBars("Last seen, by site", parts, stacks, "Site")

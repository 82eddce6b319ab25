"""Plots: every mark is inside its drawing, says what the table says, and both pens draw it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner_app import ROOT
from scanner_app.domain.audits.findings import FINDING_KINDS, FindingState
from scanner_app.domain.audits.plots import (
    MAX_LOSSES,
    MAX_PLACES,
    plot_losses,
    plot_places,
    plot_states,
)
from scanner_app.domain.audits.seeing.plots import plot_courses
from scanner_app.domain.costs.plots import plot_roadmap
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
from scanner_app.domain.plots.lines import BurnUp, LineChart, Point, Sparkline, forecast
from scanner_app.domain.plots.looks import LOOKS
from scanner_app.domain.plots.ranges import Range, Ranges
from scanner_app.domain.plots.shapes import (
    Line,
    Link,
    Path,
    Rect,
    Text,
    Tone,
    measure,
    shorten,
)
from scanner_app.domain.plots.wholes import Ring, Tile, Tiles
from scanner_app.domain.register.narrowing import AGES
from scanner_app.domain.register.plots import plot_ages
from scanner_app.edge.plots.svg import draw_plot
from tests.support import on_both

# The pen of the pages needs an app, whichever database it has.
database = on_both.database
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
PARTS = (Part("Fine", Tone.GOOD), Part("Gone", Tone.BAD))
names = st.text(max_size=40)
amounts = st.integers(0, 10**6)
shares = st.none() | st.floats(0, 1)


def make_burn_up(steps: list[tuple[int, int]], target: int, due: int) -> BurnUp:
    at, done, seen = AT, 0, []
    for minutes, more in steps:
        at, done = at + timedelta(minutes=minutes), done + more
        seen.append((at, done))
    return BurnUp("b", tuple(seen), target, at, AT + timedelta(hours=due))


bars = st.lists(
    st.builds(Bar, names, st.none() | amounts, href=st.none() | st.just("/x")), max_size=6
)
points = st.lists(st.builds(Point, names, shares), max_size=6).map(tuple)
PLOTS = {
    "bars": bars.map(lambda found: Bars("b", tuple(found))),
    "columns": bars.map(lambda found: Columns("c", tuple(found))),
    "stacks": st.lists(st.builds(Stack, names, st.tuples(amounts, amounts)), max_size=6).map(
        lambda found: StackedBars("s", PARTS, tuple(found))
    ),
    "dumbbell": st.lists(st.builds(Pair, names, shares, shares), max_size=6).map(
        lambda found: Dumbbell("d", tuple(found), "then", "now")
    ),
    "ranges": st.lists(
        st.builds(Range, names, st.floats(0, 1), shares, shares, shares), max_size=6
    ).map(lambda found: Ranges("r", tuple(found))),
    "courses": st.lists(
        st.tuples(names, st.integers(0, 600).map(lambda m: AT + timedelta(minutes=m)), amounts),
        min_size=1,
        max_size=6,
    ).map(plot_courses),
    "tiles": st.lists(st.builds(Tile, names, amounts, amounts, amounts), max_size=6).map(
        lambda found: Tiles("t", tuple(found))
    ),
    "ring": st.tuples(amounts, amounts).map(lambda two: Ring("r", min(two), max(two))),
    "line": points.map(lambda found: LineChart("l", found)),
    "sparkline": points.map(lambda found: Sparkline("s", found)),
    "burn-up": st.builds(
        make_burn_up,
        st.lists(st.tuples(st.integers(0, 600), st.integers(0, 50)), max_size=6),
        st.integers(0, 500),
        st.integers(0, 100),
    ),
}


def corners(mark):
    if isinstance(mark, Link):
        for part in mark.marks:
            yield from corners(part)
    elif isinstance(mark, Rect):
        assert mark.width >= 0
        assert mark.height >= 0
        yield from ((mark.x, mark.y), (mark.x + mark.width, mark.y + mark.height))
    elif isinstance(mark, Line):
        yield from ((mark.x1, mark.y1), (mark.x2, mark.y2))
    elif isinstance(mark, Path):
        yield from mark.points
    else:
        assert isinstance(mark, Text)
        yield (mark.x, mark.y)


@pytest.mark.parametrize("kind", PLOTS)
@given(data=st.data(), width=st.sampled_from([120.0, 300.0, 328.0, 640.0]))
@settings(max_examples=25)
def test_no_mark_of_a_plot_lies_outside_its_drawing(kind, data, width):
    plot = data.draw(PLOTS[kind])

    drawing = plot.draw(width)

    assert drawing.width <= width
    for mark in drawing.marks:
        for x, y in corners(mark):
            assert -0.01 <= x <= drawing.width + 0.01
            assert -0.01 <= y <= drawing.height + 0.01
    assert plot.describe()
    table = plot.tabulate()
    assert all(len(row) == len(table.headers) for row in table.rows)


@given(text=names, width=st.floats(20, 200))
@settings(max_examples=50)
def test_a_shortened_text_fits_and_is_a_beginning(text, width):
    shown = shorten(text, width)

    assert measure(shown) <= width
    assert text.startswith(shown.removesuffix("…").rstrip()) or shown == text


def test_the_parts_of_a_bar_fill_it_in_proportion():
    drawing = StackedBars("s", PARTS, (Stack("all", (300, 100)),)).draw(408)

    fine, gone = (m for m in drawing.marks if isinstance(m, Rect) and m.height == 28)
    assert (fine.tone, gone.tone) == (Tone.GOOD, Tone.BAD)
    assert fine.width + gone.width + 2 == pytest.approx(408)
    assert (fine.width - 3) / (gone.width - 3) == pytest.approx(3)


def test_an_estimate_is_on_the_line_of_its_bounds_and_right_of_what_is_tolerable():
    plot = Ranges("r", (Range("Missing", 0.06, 0.029, 0.108, 0.05),))

    drawing = plot.draw(640)

    bounds = next(m for m in drawing.marks if isinstance(m, Line) and m.width == 3)
    limit = next(m for m in drawing.marks if isinstance(m, Line) and m.is_dashed)
    dot = next(m for m in drawing.marks if isinstance(m, Path))
    middle = sum(x for x, _y in dot.points) / len(dot.points)
    assert bounds.x1 < limit.x1 < middle < bounds.x2
    assert (middle - bounds.x1) / (bounds.x2 - bounds.x1) == pytest.approx(0.392, abs=0.02)
    assert plot.tabulate().rows == (("Missing", "6.0 %", "2.9 %", "10.8 %", "5.0 %"),)


def test_the_years_of_a_roadmap_are_as_long_as_their_sums():
    years = {2026: {"Laptop": 100_00}, 2027: {"Laptop": 300_00, "Server": 100_00}}
    drawing = plot_roadmap(years, "EUR").draw(200)

    first, second = (
        [part for part in mark.marks if isinstance(part, Rect) and part.is_patterned]
        for mark in drawing.marks
        if isinstance(mark, Link)
    )
    assert [round(sum(part.width for part in year)) for year in (first, second)] == [50, 198]


def test_no_state_of_a_finding_is_told_apart_by_colour_alone():
    tones = {Tone(kind.tone) for kind in FINDING_KINDS.values()}
    patterns = [LOOKS[tone].pattern for tone in tones]

    assert len(tones) == len(FindingState)
    assert len(set(patterns)) == len(patterns)


class TestForecast:
    def test_goes_on_from_now_at_the_pace_of_the_last_half_hour(self):
        seen = [(AT, 0), (AT + timedelta(hours=2), 40), (AT + timedelta(minutes=150), 50)]

        found = forecast(seen, 100, AT + timedelta(minutes=150))

        assert found is not None
        assert (found.at, found.per_hour) == (AT + timedelta(hours=5), 20)

    def test_of_a_count_that_just_began_takes_the_time_since_then(self):
        seen = [(AT, 1), (AT + timedelta(minutes=10), 21)]

        found = forecast(seen, 41, AT + timedelta(minutes=10))

        assert found is not None
        assert (found.at, found.per_hour) == (AT + timedelta(minutes=20), 120)

    @pytest.mark.parametrize(
        ("minutes", "done", "target"),
        [(20, 100, 100), (20, 4, 100), (4, 50, 100), (20, 9, 100)],
        ids=["done", "too few", "too short", "too far away"],
    )
    def test_is_not_made_up(self, minutes, done, target):
        now = AT + timedelta(minutes=minutes)

        assert forecast([(AT, 0), (now, done)], target, now) is None

    def test_of_a_count_that_rests_is_nothing(self):
        seen = [(AT, 0), (AT + timedelta(minutes=20), 50)]

        assert forecast(seen, 100, AT + timedelta(hours=3)) is None

    def test_of_nothing_is_nothing(self):
        assert forecast([], 10, AT) is None


def test_places_are_the_worst_first_and_not_too_many():
    plot = plot_places([(f"Room {n}", n / 100) for n in range(30)] + [("No list", None)])

    assert plot is not None
    assert [bar.label for bar in plot.bars[:2]] == ["Room 0", "Room 1"]
    assert len(plot.bars) == MAX_PLACES
    assert "of 30" in plot.title


def test_both_pens_have_the_same_colours():
    css = "".join((ROOT / "static/css" / name).read_text() for name in ("plots.css", "app.css"))
    for tone, look in LOOKS.items():
        if tone is Tone.NONE:
            continue
        token = "ink-2" if tone is Tone.QUIET else tone.value
        found = re.search(rf"(?:\.f-{token} {{ fill: |--{token}: )(#[0-9a-f]+);", css)
        assert found, tone
        assert found[1][:7].ljust(7, found[1][1]) == look.colour, tone


def test_the_svg_is_well_formed_and_shows_hostile_names_as_text(app):
    hostile = '"><script>alert(1)</script>&'
    with app.test_request_context():
        text = str(draw_plot(Bars(hostile, (Bar(hostile, 3, Tone.BAD, "/assets?a=1&b=2"),))))

    parts = ET.fromstring(f"<body>{text.replace('&#34;', '&quot;')}</body>")
    assert [part.attrib["role"] for part in parts] == ["group", "group"]
    assert {found.attrib["href"] for found in parts.iter("a")} == {"/assets?a=1&b=2"}
    assert not list(parts.iter("script"))
    assert " style=" not in text
    ids = [e.attrib["id"] for e in parts.iter() if "id" in e.attrib]
    assert len(ids) == len(set(ids))


def test_a_plot_without_links_is_one_picture(app):
    with app.test_request_context():
        text = str(draw_plot(plot_states({"verified": 3, "missing": 1}), 300))

    assert 'role="img"' in text
    assert "right place 3" in text.lower()


def test_leads_to_a_site_whose_code_has_signs_of_an_address():
    [stack] = plot_ages([("R&D #1", "Lab", dict.fromkeys(AGES, 1))]).stacks

    assert stack.href == "/assets?location=R%26D%20%231&seen=older"


def test_losses_are_of_one_currency_with_the_highest_first():
    def worth(currency: str, expected: int, found: int) -> dict[str, object]:
        return {"currency": currency, "expected_cents": expected, "found_cents": found}

    plot = plot_losses(
        [
            ("HQ / R-1", [worth("EUR", 5000, 4000), worth("JPY", 900, 0)]),
            ("HQ / R-2", [worth("EUR", 9000, 6000)]),
            ("HQ / R-3", [worth("EUR", 100, 100)]),
            ("", [worth("", 0, 0)]),
        ],
        href="#differences",
    )

    assert plot is not None
    assert plot.title == "Value not found, by location, EUR"
    assert [(bar.label, bar.value, bar.href) for bar in plot.bars] == [
        ("R-2", 30, "#differences"), ("R-1", 10, "#differences"),
    ]  # fmt: skip
    assert plot_losses([("R-1", [worth("EUR", 5, 5)])]) is None
    many = [(f"R-{n}", [worth("EUR", 100 + n, 0)]) for n in range(30)]
    found = plot_losses(many)
    assert found is not None
    assert (len(found.bars), found.title[-22:]) == (MAX_LOSSES, ": the highest 10 of 30")

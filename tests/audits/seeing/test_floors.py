"""The floor view, and how long ago what is missing was seen: by hand, and on pages and paper."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from scanner_app import ROOT
from scanner_app.domain.audits.rounds.steps import PlaceState
from scanner_app.domain.audits.seeing.floors import FloorBand, FloorRoom, Part, join_states
from scanner_app.domain.audits.seeing.plots import plot_ages
from scanner_app.domain.plots.shapes import Drawing, Link, Rect, Tone
from scanner_app.edge.audits.board import BOARDS
from scanner_app.models import Asset, Location
from scanner_app.queries.audits.seeing.floors import natural
from scanner_app.services.audits.report_pdf import write_report
from scanner_app.storage.database import unit_of_work
from tests.audits.steps import HX, START, close, open_audit, reject_all, scan
from tests.support.register import add_asset, add_location

NEW, COUNTING, COUNTED = PlaceState.NEW, PlaceState.COUNTING, PlaceState.COUNTED
SIGNED, RECOUNT = PlaceState.SIGNED_OFF, PlaceState.RECOUNT
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("states", "joined"),
    [
        ((NEW, NEW), NEW),
        ((NEW, SIGNED), COUNTING),
        ((COUNTED, SIGNED), COUNTED),
        ((SIGNED, RECOUNT), RECOUNT),
        ((SIGNED, SIGNED), SIGNED),
    ],
)
def test_a_room_is_in_the_state_of_its_parts(states, joined):
    assert join_states(states) is joined


def test_a_room_says_its_state_by_colour_sign_and_words():
    room = FloorRoom("R-1", "Room 1", (Part("Room 1", SIGNED, 12, 10),), people=("Mara",))

    assert (room.letter, room.tone) == ("!2", Tone.BAD)
    assert room.sentence == "Room 1: signed off, 10 of 12, 2 missing, Mara there"
    quiet = FloorRoom("R-2", "Room 2", (Part("Room 2", NEW, 3, 0),))
    assert (quiet.letter, quiet.tone, quiet.sentence) == (
        "·",
        Tone.IDLE,
        "Room 2: not started, 0 of 3",
    )


def tiles_of(drawing: Drawing) -> list[Rect]:
    first = [mark.marks[0] for mark in drawing.marks if isinstance(mark, Link)]
    return [mark for mark in first if isinstance(mark, Rect)]


def test_tiles_are_as_wide_as_what_is_expected_and_fit_a_phone():
    rooms = tuple(
        FloorRoom(f"R-{n}", f"Room {n}", (Part("", NEW, n, 0),), href=f"/{n}") for n in (1, 10, 60)
    )
    assert [tile.width for tile in tiles_of(FloorBand("Floor", rooms).draw(640))] == [136, 208, 280]
    narrow = FloorBand("Floor", rooms).draw(288)
    assert all(tile.x + tile.width <= 288 for tile in tiles_of(narrow))
    assert narrow.height == 196  # three rows


def test_numbers_in_codes_are_in_their_order():
    assert sorted(["R-10", "R-2", "R-2A", "EG"], key=natural) == ["EG", "R-2", "R-2A", "R-10"]


def test_classes_of_age_end_where_they_say():
    days = (0, 29, 30, 89, 90, 179, 180, 364, 365)
    plot = plot_ages([*(NOON - timedelta(days=n) for n in days), None], as_of=NOON)

    assert plot.tabulate().rows == (
        ("Under 30 days", "2"), ("30 to 89 days", "2"), ("90 to 179 days", "2"),
        ("180 to 364 days", "2"), ("A year or more", "1"), ("Never seen", "1"),
    )  # fmt: skip
    assert plot_ages([], as_of=NOON) is None


def fill_floors(session) -> None:
    """A building with two floors: two rooms below, one of them with a rack, and one above."""
    building = add_location(session, "B", "Building", now=START)
    below = add_location(session, "B-1", "First floor", parent=building, now=START)
    above = add_location(session, "B-2", "Second floor", parent=building, now=START)
    for place, kind in ((building, "building"), (below, "floor"), (above, "floor")):
        place.kind = kind
    for code, floor in (("R-10", below), ("R-2", below), ("R-20", above)):
        room = add_location(session, code, f"Room {code[2:]}", parent=floor, now=START)
        add_asset(session, f"IN-{code}", location=room, now=START)
    session.flush()
    two = session.scalars(select(Location).where(Location.code == "R-2")).one()
    rack = add_location(session, "R-2-A", "Rack A", parent=two, now=START)
    rack.kind = "rack"
    add_asset(session, "IN-RACK", location=rack, now=START)


@pytest.mark.either_database
@pytest.mark.parametrize("contents", [fill_floors])
def test_the_top_floor_is_first_and_a_room_changes_as_it_is_counted(
    app, api, admin, office, contents
):
    audit = open_audit(api, scope={"locations": ["B"]})
    page = admin.get(f"/audits/{audit}/floors")
    text = page.text
    assert text.index("Second floor") < text.index("First floor")
    assert text.index("Room 2: not started, 0 of 2") < text.index("Room 10: not started, 0 of 1")
    have = text.split("floors?have=")[1].split('"')[0]
    scan(api, "IN-R-10", audit, "R-10", scanned_at=datetime.now(UTC).isoformat())
    app.extensions.pop(BOARDS, None)  # two seconds later

    part = admin.get(f"/audits/{audit}/floors?have={have}", headers=HX)

    assert "Room 10: counted, 1 of 1" in part.text
    assert "<html" not in part.text
    have = part.text.split("floors?have=")[1].split('"')[0]
    assert admin.get(f"/audits/{audit}/floors?have={have}", headers=HX).status_code == 204
    assert api.post(f"/audits/{audit}/reconciliation").status_code == 200
    ended = admin.get(f"/audits/{audit}/floors?have={have}", headers=HX).text
    assert "Counting has ended" in ended
    report = api.get(f"/audits/{audit}/report.json").json
    missing = [one for one in report["findings"] if one["state"] == "missing"]
    assert [one["last_seen"] for one in missing] == [None, None, None]
    paper = io.BytesIO()
    write_report(report, paper, fonts=ROOT / "static" / "vendor" / "dejavu-2.37")
    assert paper.getvalue().startswith(b"%PDF")


@pytest.mark.parametrize("contents", [fill_floors])
def test_the_page_of_a_record_says_what_was_last_seen_as_its_file_does(
    app, api, admin, office, contents
):
    audit = open_audit(api, scope={"locations": ["B"]})
    api.post(f"/audits/{audit}/reconciliation")
    reject_all(api, audit)

    def see(days: int) -> None:
        with app.app_context(), unit_of_work() as session:
            at = datetime.now(UTC) - timedelta(days=days)
            session.execute(
                update(Asset).where(Asset.asset_tag == "IN-R-2").values(last_seen_at=at)
            )

    see(100)
    close(api, audit)
    see(10)  # a shelf photo of that day arrives

    page = admin.get(f"/audits/{audit}").text.split("Missing, by time since it was last seen", 1)[1]
    cells = [
        re.sub(r"<[^>]+>|,", "", one).strip() for one in re.findall(r"<t[dh].*?</t[dh]>", page)
    ]
    assert cells[cells.index("90 to 179 days") + 1] == "1"
    assert cells[cells.index("Under 30 days") + 1] == "0"
    assert cells[cells.index("Never seen") + 1] == "3"

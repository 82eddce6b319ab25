"""One thing in two places: at once, or sooner than the way between them takes."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from scanner_app.domain.audits.checking import check_meaning
from scanner_app.models import ScanPicture, ShelfShot
from scanner_app.storage.database import unit_of_work
from tests.audits.steps import START, close, decide, find, open_audit, scan
from tests.seals.test_alterations import both
from tests.support.register import add_asset, add_location


@pytest.fixture
def database(sqlite_template, tmp_path) -> str:
    """SQLite alone: the rule is in Python, and its selects are tried by other tests too."""
    return sqlite_template.make(tmp_path / "instance")


@pytest.fixture
def office(work) -> None:
    """Two sites; the first has two buildings, with two floors of two rooms, and a rack in one."""
    with work() as session:
        for site in ("BER", "LIS"):
            root = add_location(session, site, site, now=START)
            root.kind = "site"
            for b in "XY":
                building = add_location(session, f"{site}-{b}", b, parent=root, now=START)
                building.kind = "building"
                for f in "12":
                    code = f"{site}-{b}{f}"
                    floor = add_location(session, code, code, parent=building, now=START)
                    floor.kind = "floor"
                    for r in "AB":
                        room = add_location(session, code + r, r, parent=floor, now=START)
                        for number in "12":
                            name = f"{code}{r}-{number}"
                            rack = add_location(session, name, number, parent=room, now=START)
                            rack.kind = "rack"
                        if (site, b, f, r) == ("BER", "X", "1", "A"):
                            add_asset(session, "LT-1", location=room, now=START)


def seen(api, *sightings: tuple[str, float, str], backwards: bool = False) -> dict:
    """Return the finding of LT-1 after sightings of (location, seconds, device)."""
    audit = open_audit(api, scope={"locations": ["BER"]})
    for place, seconds, device in reversed(sightings) if backwards else sightings:
        at = START + timedelta(hours=1, seconds=seconds)
        scan(api, "LT-1", audit, place, scanned_at=at.isoformat(), device=device)
    api.post(f"/audits/{audit}/reconciliation")
    return find(api, audit, "LT-1")


@pytest.mark.usefixtures("office")
class TestTravel:
    @pytest.mark.parametrize("backwards", [False, True])
    @pytest.mark.parametrize(
        ("other", "least"),
        [
            ("BER-X1B", 60), ("BER-X2A", 180), ("BER-Y1A", 600), ("LIS-X1A", 3600),
            ("BER-X1B-2", 60),
        ],
    )  # fmt: skip
    def test_takes_its_least_time_by_the_smallest_place_that_holds_both(
        self, api, other, least, backwards
    ):
        soon = seen(api, ("BER-X1A", 0, "p1"), (other, least - 2, "p2"), backwards=backwards)
        later = seen(api, ("BER-X1A", 0, "p1"), (other, least, "p2"), backwards=backwards)

        assert "impossible_travel" in soon["flags"]
        assert "impossible_travel" not in later["flags"]
        assert soon["proposal"] == later["proposal"] == "move"

    def test_within_a_room_and_by_one_device_takes_no_time(self, api):
        racks = seen(api, ("BER-X1A-1", 0, "p1"), ("BER-X1A-2", 5, "p2"))
        inside = seen(api, ("BER-X1", 0, "p1"), ("BER-X1A", 5, "p2"))
        corrected = seen(api, ("LIS-X1A", 0, "p1"), ("BER-X1A", 5, "p1"))

        assert [one["flags"] for one in (racks, inside, corrected)] == [[], [], []]
        assert corrected["state"] == "verified"

    def test_is_looked_for_between_all_that_follow_each_other(self, api):
        found = seen(
            api, ("BER-X1A", 0, "p1"), ("LIS-X1A", 300, "p2"), ("LIS-X1A", 4000, "p3"),
            ("BER-X1A", 9000, "p1"),
        )  # fmt: skip

        assert (found["state"], found["flags"]) == ("verified", ["impossible_travel"])

    @pytest.mark.parametrize("backwards", [False, True])
    def test_at_once_in_two_places_has_no_newer_one_and_no_proposal(self, api, backwards):
        found = seen(
            api, ("BER-X1B", 0, "p1"), ("BER-X1A", 0.9, "p1"), backwards=backwards
        )  # fmt: skip

        assert (found["state"], found["proposal"]) == ("misplaced", None)
        assert found["flags"] == ["two_places"]

    def test_at_once_is_settled_by_a_later_sighting(self, api):
        found = seen(
            api, ("BER-X1B", 0, "p1"), ("BER-X1A", 0.9, "p1"), ("BER-X1A", 90, "p1"),
        )  # fmt: skip

        assert (found["state"], found["flags"]) == ("verified", [])

    def test_is_decided_to_be_two_things_with_both_scans_side_by_side(
        self, app, api, admin, tmp_path
    ):
        audit = open_audit(api, scope={"locations": ["BER"]})
        shot = uuid.uuid4()
        for place, seconds, device in (("BER-X1A", 0, "one"), ("LIS-X1A", 300, "two")):
            at = START + timedelta(hours=1, seconds=seconds)
            made = scan(api, "LT-1", audit, place, scanned_at=at.isoformat(), device=device)
        with app.app_context(), unit_of_work() as session:
            session.add(
                ShelfShot(
                    id=shot, upload_sha256="u", sha256="a" * 64, picture=b"x", width=1, height=1,
                    symbols=[], taken_at=START, actor="user:1", actor_name="Test",
                    recorded_at=START,
                )
            )  # fmt: skip
            session.flush()
            session.add(ScanPicture(scan_id=uuid.UUID(made["scan_id"]), shot_id=shot))
        api.post(f"/audits/{audit}/reconciliation")
        assert find(api, audit, "LT-1")["proposal"] == "move"
        page = admin.get(f"/audits/{audit}/findings/{find(api, audit, 'LT-1')['id']}").text
        both_shown = page.split("Two things, or one mistake?")[1].split("</section>")[0]
        assert both_shown.index("one</bdi>") < both_shown.index("two</bdi>")
        assert f"/shelf/{shot}/picture.jpg" in both_shown
        assert "No picture." in both_shown

        silent = decide(api, audit, "LT-1", "two_things", None)
        done = decide(api, audit, "LT-1", "two_things", "Two serial numbers.")

        assert (silent.status_code, done.status_code) == (422, 200)
        assert find(api, audit, "LT-1")["flags"] == ["duplicate_label", "impossible_travel"]
        assert decide(api, audit, "LT-1", "reject").status_code == 200
        assert find(api, audit, "LT-1")["flags"] == ["impossible_travel"]
        decide(api, audit, "LT-1", "two_things", "Two serial numbers.")
        assert "Two things with one label: replace" in admin.get(f"/audits/{audit}/closure").text
        close(api, audit)
        text = api.get(f"/audits/{audit}/report.json")
        check_meaning(text.json)
        assert both(None, text.data, tmp_path) == ""
        assert admin.get(f"/audits/{audit}/report.pdf").status_code == 200
        assert api.get("/assets/LT-1").json["location"] == "BER-X1A"

    def test_that_did_not_happen_are_not_two_things(self, api):
        found = seen(api, ("BER-X1B", 0, "one"))
        refused = decide(api, 1, "LT-1", "two_things")
        assert (found["flags"], refused.status_code) == ([], 422)

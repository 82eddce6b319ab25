"""Where the right place is: the depth of the policy, and what was seen without a place."""

from __future__ import annotations

import csv
import io

import pytest

from tests.audits.steps import (
    close,
    find,
    open_audit,
    reject_all,
    scan,
    start_at,
)
from tests.support.register import add_asset, add_location


@pytest.mark.parametrize("database_kind", ["sqlite"])
class TestPlace:
    @pytest.fixture
    def tree(self, work, now) -> None:
        """A site with two buildings; each has a floor with two rooms, and each of these a rack."""
        with work() as session:
            site = self.add(session, "SITE", "site", None, now)
            for b in ("X", "Y"):
                building = self.add(session, b, "building", site, now)
                floor = self.add(session, f"{b}-F", "floor", building, now)
                for r in (1, 2):
                    room = self.add(session, f"{b}-{r}", "room", floor, now)
                    for rack in "AB":
                        place = self.add(session, f"{b}-{r}-{rack}", "rack", room, now)
                        add_asset(session, f"T-{b}{r}{rack}", location=place, now=now)

    def add(self, session, code, kind, parent, now):
        place = add_location(session, code, f"Place {code}", parent=parent, now=now)
        place.kind = kind
        return place

    def count(self, api, depth: str | None, place: str) -> dict:
        policy = {"policy": {"place_depth": depth}} if depth else {}
        audit = open_audit(api, scope={"locations": ["SITE"]}, **policy)
        scan(api, "T-X1A", audit, place)
        api.post(f"/audits/{audit}/reconciliation")
        return find(api, audit, "T-X1A")

    @pytest.mark.parametrize(
        ("depth", "place", "state", "flags", "proposed"),
        [
            (None, "X-1-A", "verified", [], None),
            (None, "X-1", "misplaced", ["coarse_place"], None),
            ("exact", "SITE", "misplaced", ["coarse_place"], None),
            ("exact", "X-1-B", "misplaced", [], "X-1-B"),
            ("room", "X-1", "verified", [], None),
            ("room", "X-1-B", "verified", [], None),
            ("room", "X-F", "misplaced", ["coarse_place"], None),
            ("room", "X-2", "misplaced", [], "X-2"),
            ("floor", "X-2-B", "verified", [], None),
            ("floor", "X", "misplaced", ["coarse_place"], None),
            ("building", "X-2", "verified", [], None),
            ("building", "Y-2", "misplaced", [], "Y-2"),
            ("site", "Y-2-B", "verified", [], None),
        ],
    )
    @pytest.mark.usefixtures("tree")
    def test_is_compared_at_the_depth_of_the_policy(
        self, api, depth, place, state, flags, proposed
    ):
        found = self.count(api, depth, place)

        assert (found["state"], found["flags"]) == (state, flags)
        assert (found["proposed"] or {}).get("location") == proposed

    @pytest.mark.usefixtures("tree")
    def test_that_contains_the_recorded_one_is_proposed_for_no_extra_and_no_reopened_one(self, api):
        audit = open_audit(api, scope={"locations": ["Y"]})
        api.patch("/assets/T-X1B", json={"status": "retired"})
        for tag in ("T-X1A", "T-X1B"):
            scan(api, tag, audit, "X-1")
        api.post(f"/audits/{audit}/reconciliation")

        extra, reopened = find(api, audit, "T-X1A"), find(api, audit, "T-X1B")

        assert (extra["state"], extra["flags"]) == ("unexpected", ["coarse_place"])
        assert extra["proposal"] is None
        assert (reopened["proposal"], reopened["proposed"]) == ("reinstate", {})

    @pytest.mark.usefixtures("tree")
    def test_is_compared_by_the_phone_as_by_the_server(self, api, page_as):
        audit = open_audit(
            api, scope={"locations": ["SITE"]}, policy={"place_depth": "room"}, blind=False
        )

        body = page_as("technician").get(f"/audits/{audit}/expected.json").json

        paths = {place["code"]: place["path"] for place in body["places"]}
        told = {asset["tag"]: asset["location_path"] for asset in body["assets"]}
        assert told["T-X1A"] == paths["X-1"]

    @pytest.mark.usefixtures("tree")
    def test_depth_is_chosen_on_the_page_kept_by_a_revision_and_refused_if_unknown(
        self, api, admin
    ):
        made = admin.post("/audits", data={"name": "Room by room", "place_depth": "floor"})
        audit = int(made.location.rpartition("/")[2])

        odd = api.post("/audits", json={"name": "X", "policy": {"place_depth": "shelf"}})
        wrong = admin.post("/audits", data={"name": "X", "place_depth": "shelf"})

        assert 'value="room" selected' in " ".join(admin.get("/audits/new").text.split())
        assert api.get(f"/audits/{audit}").json["policy"]["place_depth"] == "floor"
        assert "The same floor" in admin.get(f"/audits/{audit}").text
        assert (odd.status_code, list(odd.json["errors"])) == (422, ["policy.place_depth"])
        assert wrong.status_code == 422
        start_at(api, audit)
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        close(api, audit)
        following = api.post(f"/audits/{audit}/revision").json
        assert following["policy"]["place_depth"] == "floor"


@pytest.mark.parametrize("database_kind", ["sqlite"])
class TestSeenWithoutAPlace:
    def test_leaves_the_numerator_of_location_accuracy_and_is_counted_apart(
        self, api, work, now, admin
    ):
        with work() as session:
            place = add_location(session, "R-9", "Room 9", now=now)
            for n in range(19):
                add_asset(session, f"N-{n}", location=place, cost=100, now=now)
        audit = open_audit(api, scope={"locations": ["R-9"]})
        for n in range(18):
            scan(api, f"N-{n}", audit, "R-9" if n else None)

        shown = api.get(f"/audits/{audit}").json
        report = api.get(f"/audits/{audit}/report.json").json

        assert shown["accuracy"]["existence"] == round(18 / 19, 6)
        assert shown["accuracy"]["location_accuracy"] == round(17 / 19, 6)
        assert shown["accuracy"]["location_accuracy_by_value"] == round(17 / 19, 6)
        assert shown["without_place"] == report["without_place"] == 1
        assert report["accuracy_by"]["location"]["R-9"]["without_place"] == 1
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        close(api, audit)
        page = " ".join(admin.get(f"/audits/{audit}").text.split())
        assert "1 more was seen without a location" in page

    def test_a_table_says_where_a_missing_asset_was_scanned_outside(self, api, work, now):
        with work() as session:
            place = add_location(session, "R-9", "Room 9", now=now)
            add_asset(session, "N-1", location=place, now=now)
        audit = open_audit(api, scope={"locations": ["R-9"]})
        scan(api, "N-1", None, "R-9")
        api.post(f"/audits/{audit}/reconciliation")

        text = api.get(f"/audits/{audit}/report.csv").get_data(as_text=True).lstrip("\ufeff")

        lines = text.splitlines()[1:] if text.startswith("sep=") else text.splitlines()
        [row] = csv.DictReader(io.StringIO("\n".join(lines)))
        assert row["Scanned Outside The Audit"].startswith("R-9, ")
        assert row["Flags"] == "outside_scan"

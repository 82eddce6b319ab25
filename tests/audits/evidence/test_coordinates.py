"""Where sites are: how far, how long the way takes, and what of it can be entered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scanner_app.domain.audits.travel import Spot, least_time
from scanner_app.domain.errors import Invalid
from scanner_app.domain.register.coordinates import Point, distance, read_point
from tests.audits.steps import START, find, open_audit, scan
from tests.support.register import add_asset, add_location

BERLIN, LISBON = Point(52.52, 13.405), Point(38.7223, -9.1393)


def fill_sites(session) -> None:
    """Two sites with a room each; the laptop belongs in the first one."""
    for code in ("BER", "LIS"):
        site = add_location(session, code, code, now=START)
        site.kind = "site"
        room = add_location(session, f"{code}-1", "Room", parent=site, now=START)
        if code == "BER":
            add_asset(session, "LT-1", location=room, now=START)


def test_berlin_and_lisbon_are_2312_km_and_214_minutes_apart():
    assert round(distance(BERLIN, LISBON)) == 2312
    assert distance(BERLIN, BERLIN) == 0
    assert round(distance(Point(0, 0), Point(0, 180))) == 20015  # half of the way around
    spots = {"/1/": Spot("site", BERLIN), "/1/2/": Spot("room"), "/3/": Spot("site", LISBON)}
    assert least_time("/1/2/", "/3/", spots) // timedelta(minutes=1) == 214
    assert least_time("/1/2/", "/3/", {**spots, "/3/": Spot("site")}) == timedelta(minutes=60)


def test_both_are_entered_or_neither_and_on_the_earth():
    assert read_point("", None) is None
    assert read_point(" 52,52", "13.405") == BERLIN
    for pair, names in (
        (("52", ""), ["longitude"]), (("91", "0"), ["latitude"]), (("x", "181"), ["latitude", "longitude"]),
        (("nan", "0"), ["latitude"]),
    ):  # fmt: skip
        with pytest.raises(Invalid) as error:
            read_point(*pair)
        assert sorted(error.value.errors) == names


@pytest.mark.either_database
@pytest.mark.parametrize("contents", [fill_sites])
@pytest.mark.parametrize(("minutes", "flags"), [(214, ["impossible_travel"]), (215, [])])
def test_an_audit_gives_the_way_its_time(api, office, contents, minutes, flags):
    for code, point in (("BER", BERLIN), ("LIS", LISBON)):
        body = {"latitude": point.latitude, "longitude": point.longitude}
        assert api.patch(f"/locations/{code}", json=body).json["latitude"] == point.latitude
    audit = open_audit(api, scope={"locations": ["BER"]})
    scan(api, "LT-1", audit, "BER-1", device="one")
    scan(api, "LT-1", audit, "LIS-1", minutes, device="two")
    api.post(f"/audits/{audit}/reconciliation")

    assert find(api, audit, "LT-1")["flags"] == flags


@pytest.mark.parametrize("contents", [fill_sites])
def test_they_are_entered_on_the_page_and_by_the_api_and_taken_away(api, admin, office, contents):
    form = {"name": "Berlin", "code": "BER", "kind": "site", "parent": "", "is_active": "on"}

    saved = admin.post(
        "/locations/BER/edit", data={**form, "latitude": "52.52", "longitude": "13,405"}
    )

    assert saved.status_code == 303, saved.text
    shown = api.get("/locations/BER").json
    assert (shown["latitude"], shown["longitude"]) == BERLIN
    assert 'value="13.405"' in admin.get("/locations/BER/edit").text
    refused = admin.post("/locations/BER/edit", data={**form, "latitude": "52.52", "longitude": ""})
    assert "Enter both, or neither." in refused.text
    assert api.patch("/locations/BER", json={"latitude": None}).status_code == 422
    both = {"latitude": None, "longitude": None}
    assert api.patch("/locations/BER", json=both).json["longitude"] is None
    made = api.post(
        "/locations", json={"name": "Lisbon", "latitude": 38.7223, "longitude": -9.1393}
    )
    assert made.json["longitude"] == -9.1393

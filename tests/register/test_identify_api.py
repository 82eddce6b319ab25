"""GET /api/v1/identify: what a code means, in whatever dress it comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.models import Scan
from scanner_app.storage.database import db, reading
from tests.support.databases import Fill, build_app, make_settings
from tests.support.register import add_asset, add_location, add_person

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
GS = "\x1d"
GIAI = "06141415678"

# Each list is one thing under all the names that a label may give it.
ONE_TAG = [
    "LT-042",
    "lt-042",
    " LT-042\r\n",
    "https://assets.example.org/a/LT-042",
    "https://snipe.example/hardware/bytag/LT-042",
    "https://snipe.example/hardware/bytag?assetTag=LT-042",
    "https://snipe.example/ht/LT-042",
]
ONE_GIAI = [
    f"8004{GIAI}",
    f"]C18004{GIAI}",
    f"]d28004{GIAI}",
    f"{GS}8004{GIAI}",
    f"(8004){GIAI}",
    f"https://id.gs1.org/8004/{GIAI}",
    "3474257BF40000000000162E",
    "3474257bf40000000000162e",
    "urn:epc:id:giai:0614141.5678",
    "urn:epc:tag:giai-96:3.0614141.5678",
]


@pytest.fixture
def app(database: str, tmp_path: Path) -> Iterator[Flask]:
    """An app that knows the address of its own labels."""
    settings = make_settings(tmp_path / "instance", database, base_url="https://assets.example.org")
    app = build_app(settings)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def fill_register(session: Session) -> None:
    room = add_location(session, "R-101", "Room 101", now=START)
    add_person(session, "1001", "Ana Alves", badge="B-77", now=START)
    add_asset(session, "LT-042", location=room, serial="SER-9", now=START)
    add_asset(session, "LT-043", identifiers=[("giai", GIAI)], now=START)
    add_asset(session, "LT-044", identifiers=[("snipe_id", "44")], now=START)
    add_asset(session, "X-1", serial="TWICE", now=START)
    add_asset(session, "X-2", serial="TWICE", now=START)


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_register if "register" in request.fixturenames else None


@pytest.fixture
def register(filled: Any) -> Any:
    return filled


@pytest.fixture
def identify(register, api_as):
    client = api_as("technician")

    def ask(code: str, **query: str):
        options = "".join(f"&{key}={quote(value)}" for key, value in query.items())
        return client.get(f"/identify?code={quote(code, safe='')}{options}")

    return ask


class TestIdentify:
    @pytest.mark.parametrize(
        ("codes", "identifier", "tag"),
        [
            (ONE_TAG, {"scheme": "tag", "value": "LT-042"}, "LT-042"),
            (["SER-9", "ser-9"], {"scheme": "serial", "value": "SER-9"}, "LT-042"),
            (ONE_GIAI, {"scheme": "giai", "value": GIAI}, "LT-043"),
            (
                ["https://snipe.example/hardware/44"],
                {"scheme": "snipe_id", "value": "44"},
                "LT-044",
            ),
        ],
    )
    def test_gives_one_identity_whatever_carried_it(self, identify, codes, identifier, tag):
        for code in codes:
            answer = identify(code)

            assert answer.status_code == 200, answer.text
            assert answer.json["kind"] == "asset", code
            assert answer.json["identifier"] == identifier, code
            assert answer.json["asset"]["asset_tag"] == tag

    def test_says_where_an_asset_is(self, identify):
        asset = identify("LT-042").json["asset"]

        assert (asset["status"], asset["location"], asset["location_name"]) == (
            "in_stock",
            "R-101",
            "Room 101",
        )

    def test_names_a_place_and_a_person(self, identify):
        place, person = identify("r-101").json, identify("B-77").json

        assert (place["kind"], place["location"]["code"]) == ("location", "R-101")
        assert (person["kind"], person["person"]["name"]) == ("person", "Ana Alves")
        assert place["asset"] is None
        assert person["asset"] is None

    def test_offers_each_asset_that_a_serial_may_mean(self, identify):
        answer = identify("TWICE").json

        assert (answer["kind"], answer["asset"]) == ("ambiguous", None)
        assert sorted(option["asset_tag"] for option in answer["options"]) == ["X-1", "X-2"]

    def test_keeps_the_canonical_form_of_what_nobody_registered(self, identify):
        tag = identify("new-7").json
        giai = identify("(8004)06141419999").json

        assert (tag["kind"], tag["identifier"]) == (
            "unregistered",
            {"scheme": "tag", "value": "NEW-7"},
        )
        assert (giai["kind"], giai["identifier"]) == (
            "unregistered",
            {"scheme": "giai", "value": "06141419999"},
        )

    def test_a_foreign_link_means_nothing_here(self, identify):
        answer = identify("https://evil.example/a/LT-042").json

        assert (answer["kind"], answer["problem"]) == ("unregistered", "foreign_link")

    def test_refuses_what_is_no_code(self, identify):
        for code in ("", "   ", "LT\x00042", "LT\x07", "x" * 4097):
            answer = identify(code)

            assert answer.status_code == 422, repr(code[:10])
            assert answer.content_type == "application/problem+json"
            assert list(answer.json["errors"]) == ["code"]

    def test_asks_for_a_code(self, api):
        assert api.get("/identify").status_code == 422

    def test_records_nothing(self, identify, app):
        identify("LT-042")

        with app.app_context(), reading() as session:
            assert session.scalar(select(func.count(Scan.id))) == 0

    def test_is_open_to_whoever_reads_the_register_and_closed_to_readers(self, api_as):
        assert api_as("viewer").get("/identify?code=x").status_code == 200
        assert api_as("reader").get("/identify?code=x").status_code == 403

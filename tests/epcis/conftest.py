from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs
import pytest
from sqlalchemy.orm import Session

from scanner_app.models import Identifier
from tests.epcis.schema import make_validator
from tests.support import on_both
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person

database = on_both.database

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(minutes: float) -> str:
    return (START + timedelta(minutes=minutes)).isoformat()


@pytest.fixture(scope="session")
def epcis_schema(tmp_path_factory: pytest.TempPathFactory) -> jsonschema_rs.Draft7Validator:
    return make_validator(tmp_path_factory.mktemp("epcis"))


def fill_office(session: Session) -> None:
    """Two rooms, one with a GLN; laptops with our tag, a GIAI, a GRAI and an SGTIN."""
    site = add_location(session, "HQ", "Head office", now=START)
    room = add_location(session, "R 101/A", "Room 101", parent=site, now=START)
    store = add_location(session, "R-STORE", "Stockroom", parent=site, now=START)
    session.add(
        Identifier(scheme="gln", value="0614141000012", location_id=store.id, started_at=START)
    )
    add_person(session, "1001", "Ana Alves", now=START)
    add_asset(session, "LT/Ü 1", location=room, home=store, now=START)
    for tag, code in {
        "LT-2": ("giai", "0614141A/5678"),
        "LT-3": ("grai", "006141411234525678"),
        "LT-4": ("sgtin", "00614141123452.32a/b"),
    }.items():
        add_asset(session, tag, location=store, home=store, now=START, identifiers=[code])


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_office if "office" in request.fixturenames else None


@pytest.fixture
def office(filled: Any) -> Any:
    return filled


@pytest.fixture
def scan(api):
    """`scan("LT-2", "move", location="R-STORE")` posts one scan and gives its id."""

    def post(code: str, intent: str = "sighting", **fields) -> str:
        body = {
            "scan_id": str(uuid.uuid4()),
            "code": code,
            "intent": intent,
            "scanned_at": fields.pop("scanned_at", at(60)),
            **fields,
        }
        answer = api.post("/scans", json={"scans": [body]})
        assert answer.status_code == 200, answer.text
        assert answer.json["results"][0]["status"] == "recorded"
        return body["scan_id"]

    return post


@pytest.fixture
def events(api, epcis_schema):
    """`events(since="...")` exports, checks against the standard's schema, gives the events."""

    def export(**query) -> list[dict]:
        answer = api.get("/events", query_string=query or {"since": "2000-01-01T00:00:00Z"})
        assert answer.status_code == 200, answer.text
        assert answer.mimetype == "application/ld+json"
        document = answer.get_json(force=True)
        answer.close()
        epcis_schema.validate(document)
        return document["epcisBody"]["eventList"]

    return export

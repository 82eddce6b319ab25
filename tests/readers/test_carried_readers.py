"""An audit is swept: a reader is carried through rooms, and takes the place whose label was read."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.scanning.intents import Intent
from scanner_app.models import Finding, Identifier, Location, Reader, Scan, User
from scanner_app.services.readers.setup import set_read_point, set_reader
from scanner_app.storage.database import reading
from tests.audits.steps import start_at
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CART = "cart-1"
# GS1 TDS, annex E.3, and tags off the shelf.
RAW, GIAI, GRAI, SGTIN, TID = (
    "E2806894000040017790E471",
    "3474257BF40000000000162E",
    "3374257BF40C0E4000001642",
    "3074257BF7194E4000001A85",
    "E2003412013F0000AABBCCDD",
)
IDENTITIES = {
    "LT-RAW": ("epc", RAW),
    "LT-GIAI": ("giai", "06141415678"),
    "LT-GRAI": ("grai", "006141411234525698"),
    "LT-SGTIN": ("sgtin", "80614141123458.6789"),
    "LT-TID": ("tid", TID),
}
FOREIGN = [f"E28068940000400177{number:06X}" for number in range(50)]
ROOM_TAG = "E28068940000500000000102"


@pytest.fixture
def agent(api_as):
    return api_as("reader")


def fill_office(session: Session) -> dict[str, int]:
    """Two rooms, five laptops in the first with a tag of each identity, and a cart in no place."""
    site = add_location(session, "HQ", "Head office", now=START)
    rooms = {
        code: add_location(session, code, f"Room {code}", parent=site, now=START)
        for code in ("R-101", "R-102")
    }
    for tag, identity in IDENTITIES.items():
        add_asset(session, tag, location=rooms["R-101"], now=START, identifiers=[identity])
    cart = set_reader(session, name=CART, kind="rfid", is_active=True, silent_after=600, now=START)
    return {"cart": cart.id, **{code: room.id for code, room in rooms.items()}}


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_office if "office" in request.fixturenames else None


@pytest.fixture
def office(filled: Any) -> dict[str, int]:
    return filled


@pytest.fixture
def audit(api, work, office) -> int:
    made = api.post("/audits", json={"name": "Sweep", "scope": {"locations": ["HQ"]}})
    number: int = made.json["id"]
    start_at(api, number)
    with work() as session:
        set_read_point(
            session,
            reader_id=office["cart"],
            antenna=0,
            location_id=None,
            intent=Intent.SIGHTING,
            audit_id=number,
        )
    return number


def at(minutes: float) -> str:
    return (START + timedelta(minutes=minutes)).isoformat()


def scan(client, code: str, minutes: float, *, device: str | None = CART, **fields) -> dict:
    one = {
        "scan_id": str(uuid.uuid4()),
        "code": code,
        "intent": "lookup",
        "scanned_at": at(minutes),
        "source": "wedge",
        "device": device,
        **fields,
    }
    [result] = client.post("/scans", json={"scans": [one]}).json["results"]
    assert result["status"] == "recorded", result
    return one


def read(epc: str, minutes: float, **fields) -> dict:
    return {
        "read_id": str(uuid.uuid4()),
        "epc": epc,
        "last_seen_at": at(minutes),
        "change": "arrived",
        **fields,
    }


def post(client, *reads) -> list[dict]:
    answer = client.post("/reads", json={"reader": CART, "reads": list(reads)})
    assert answer.status_code == 200, answer.text
    return answer.json["results"]


def places(app) -> list[tuple[str, str | None]]:
    """(code, place) of each read in the log, in the order of arrival."""
    with app.app_context(), reading() as session:
        rows = session.execute(
            select(Scan.code, Location.code)
            .outerjoin(Location, Location.id == Scan.location_id)
            .where(Scan.source == "rfid")
            .order_by(Scan.id)
        )
        return [(code, place) for code, place in rows]


class TestSweep:
    def test_verifies_each_asset_by_whatever_identity_in_the_room_whose_label_was_scanned(
        self, agent, api, audit
    ):
        scan(agent, "R-101", 1)
        uid = {**read(TID, 2), "epc": None, "uid": TID}

        results = post(agent, *[read(epc, 2) for epc in (RAW, GIAI, GRAI, SGTIN)], uid)

        assert [(one["asset"]["asset_tag"], one["finding"]["state"]) for one in results] == [
            (tag, "verified") for tag in IDENTITIES
        ]
        assert api.get(f"/audits/{audit}").json["counts"]["verified"] == 5

    def test_goes_on_in_the_next_room_whatever_the_order_in_which_reads_arrive(
        self, agent, app, audit
    ):
        scan(agent, "R-101", 1)
        scan(agent, "R-102", 10)

        results = post(agent, read(GIAI, 11), read(RAW, 2))

        assert [one["finding"]["state"] for one in results] == ["misplaced", "verified"]
        assert places(app) == [(GIAI, "R-102"), (RAW, "R-101")]

    def test_leaves_in_the_first_room_what_was_heard_there_first(self, agent, app, audit):
        scan(agent, "R-101", 1)
        scan(agent, "R-102", 10)

        post(agent, read(RAW, 10.2, first_seen_at=at(9.8), change="departed"))

        assert places(app) == [(RAW, "R-101")]

    def test_takes_the_place_of_a_tag_on_the_door(self, agent, app, audit, work, office):
        with work() as session:
            session.add(
                Identifier(
                    scheme="epc", value=ROOM_TAG, location_id=office["R-102"], started_at=START
                )
            )
        post(agent, read(RAW, 0.5), read(ROOM_TAG, 1), read(GIAI, 2))
        post(agent, read(GRAI, 3))

        assert places(app) == [
            (RAW, None),
            (ROOM_TAG, "R-102"),
            (GIAI, "R-102"),
            (GRAI, "R-102"),
        ]

    def test_is_not_led_astray_by_a_door_heard_faintly_or_left_behind(
        self, agent, app, audit, work, office
    ):
        with work() as session:
            session.add(
                Identifier(
                    scheme="epc", value=ROOM_TAG, location_id=office["R-102"], started_at=START
                )
            )
        scan(agent, "R-101", 1)

        post(agent, read(ROOM_TAG, 2, confidence="low"), read(ROOM_TAG, 3, change="departed"))
        post(agent, read(RAW, 4))

        assert places(app)[-1] == (RAW, "R-101")

    def test_follows_the_labels_that_its_carrier_scans_with_a_phone(
        self, agent, app, audit, work, office, page_as, api
    ):
        carrier = page_as("technician")
        with work() as session:
            person = session.scalars(select(User).where(User.role == "technician")).one()
            session.get_one(Reader, office["cart"]).carrier_id = person.id
        scan_on_phone(carrier, "R-101")
        scan(api, "R-102", 1, device="somebody's phone")

        post(agent, {**read(RAW, 0), "last_seen_at": datetime.now(UTC).isoformat()})

        assert places(app) == [(RAW, "R-101")]

    def test_is_not_moved_by_a_label_that_another_scanned_in_its_name(self, agent, api, app, audit):
        scan(agent, "R-101", 1)
        scan(api, "R-102", 2)

        post(agent, read(RAW, 3))

        assert places(app) == [(RAW, "R-101")]

    def test_forgets_a_label_that_was_undone(self, agent, app, audit):
        scan(agent, "R-101", 1)
        wrong = scan(agent, "R-102", 2)
        scan(agent, "R-102", 3, intent="void", voids=wrong["scan_id"])

        post(agent, read(RAW, 4))

        assert places(app) == [(RAW, "R-101")]

    def test_forgets_the_place_after_a_working_day(self, agent, app, audit):
        scan(agent, "R-101", 1)

        post(agent, read(RAW, 12 * 60), read(GIAI, 12 * 60 + 2))

        assert places(app) == [(RAW, "R-101"), (GIAI, None)]

    def test_stays_at_the_place_of_its_read_point_where_it_has_one(
        self, agent, app, audit, work, office
    ):
        with work() as session:
            set_read_point(
                session,
                reader_id=office["cart"],
                antenna=0,
                location_id=office["R-102"],
                intent=Intent.SIGHTING,
                audit_id=audit,
            )
        scan(agent, "R-101", 1)

        post(agent, read(RAW, 2))

        assert places(app) == [(RAW, "R-102")]

    def test_counts_strangers_and_finds_nothing_in_them(self, agent, api, app, audit, admin):
        scan(agent, "R-101", 1)
        post(agent, *[read(epc, 2) for epc in FOREIGN], *[read(epc, 3) for epc in FOREIGN])

        with app.app_context(), reading() as session:
            unknown = session.scalars(select(Finding).where(Finding.asset_id.is_(None))).all()
        assert unknown == []
        assert "50 foreign tags" in admin.get(f"/audits/{audit}").text
        assert api.get(f"/audits/{audit}").json["counts"]["unregistered"] == 0
        assert api.post(f"/audits/{audit}/reconciliation").status_code == 200
        assert api.post(f"/audits/{audit}/cancellation", json={"reason": "test"}).status_code == 200
        assert "50 foreign tags" in admin.get(f"/audits/{audit}").text


def scan_on_phone(client, code: str) -> None:
    moment = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    one = {
        "scan_id": str(uuid.uuid4()),
        "code": code,
        "intent": "sighting",
        "scanned_at": moment,
        "source": "camera",
        "device": "phone",
    }
    [result] = client.post("/api/v1/scans", json={"scans": [one]}).json["results"]
    assert result["status"] == "recorded"

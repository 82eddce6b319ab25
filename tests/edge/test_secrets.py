"""Passwords that are scanned or typed: at no door are they stored, logged or shown again."""

from __future__ import annotations

import io
import logging
import uuid
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from scanner_app.services.readers.setup import set_reader
from scanner_app.storage.database import db, reading
from scanner_app.worker.run_jobs import drain
from tests.conftest import NOW
from tests.decoding.pictures import draw_code, on_paper, to_bytes
from tests.support import on_both
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person

database = on_both.database
PASSWORD = "hunter2"
WIFI = f"WIFI:S:office;T:WPA;P:{PASSWORD};;"
SEED = f"otpauth://totp/office?secret={PASSWORD}"


def fill_office(session: Session) -> None:
    add_location(session, "R-101", "Room 101", now=NOW)
    add_person(session, "1001", "Ana Alves", now=NOW)
    add_asset(session, "LT-1", now=NOW)
    set_reader(session, name="desk", kind="rfid", is_active=True, silent_after=600, now=NOW)


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_office if "office" in request.fixturenames else None


@pytest.fixture
def office(filled: Any) -> Any:
    return filled


@pytest.fixture
def secrecy(app, caplog, office):
    """Checks, at the end of a test, that nothing was written down anywhere."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "sqlalchemy")
    yield
    with app.app_context(), reading() as session:
        tables = inspect(db.engine).get_table_names()
        assert "scan" in tables
        rows = [
            (table, row)
            for table in tables
            for row in session.execute(text(f'SELECT * FROM "{table}"'))
            if PASSWORD.casefold() in str(tuple(row)).casefold()
        ]
    assert rows == []
    assert PASSWORD not in caplog.text


def says_why(answer) -> bool:
    """Return whether an answer says what was wrong, and nothing of what it was."""
    page = answer.get_data(as_text=True)
    return "password" in page and PASSWORD.casefold() not in page.casefold()


def make_scan(**fields: str) -> dict[str, str]:
    return {
        "scan_id": str(uuid.uuid4()),
        "code": "LT-1",
        "intent": "check_out",
        "scanned_at": NOW.isoformat(),
        "custodian": "1001",
        **fields,
    }


def picture_of(*codes: str) -> io.BytesIO:
    drawn = [draw_code(code) for code in codes]
    return io.BytesIO(to_bytes(on_paper(*drawn, size=(450 * len(codes), 400), columns=2)))


@pytest.mark.usefixtures("secrecy")
class TestScans:
    @pytest.mark.parametrize("secret", [WIFI, SEED])
    @pytest.mark.parametrize("field", ["code", "location", "custodian"])
    def test_of_a_program_or_a_phone_are_refused(self, api, field, secret):
        answer = api.post("/scans", json={"scans": [make_scan(**{field: secret})]})

        [result] = answer.json["results"]
        assert result["status"] == "invalid"
        assert list(result["errors"]) == [field]
        assert says_why(answer)

    @pytest.mark.parametrize("secret", [WIFI, SEED])
    @pytest.mark.parametrize("field", ["code", "location", "custodian"])
    def test_of_the_page_without_script_are_refused(self, page_as, field, secret):
        answer = page_as("technician").post("/scan", data=make_scan(**{field: secret}))

        assert answer.status_code == 422
        assert says_why(answer)

    @pytest.mark.parametrize("field", ["person", "place", "signed_by"])
    def test_of_a_hand_over_are_refused(self, api, field):
        line = {"scan_id": str(uuid.uuid4()), "code": "LT-1", "scanned_at": NOW.isoformat()}
        body = {"handover_id": str(uuid.uuid4()), "kind": "return", "at": NOW.isoformat()}

        answer = api.post("/handovers", json={**body, "scans": [line], field: WIFI})

        assert answer.status_code == 422
        assert list(answer.json["errors"]) == [field]
        assert says_why(answer)

    def test_of_the_forms_of_loans_are_refused(self, page_as):
        client = page_as("technician")

        answer = client.post("/loans/extend", data={"asset_tag": WIFI})
        assert answer.status_code == 422
        assert says_why(answer)
        client.post("/loans/transfer", data={"asset_tag": "LT-1", "person": WIFI})
        assert says_why(client.get("/assets/LT-1"))

    def test_of_a_picture_are_left_out(self, page_as):
        client = page_as("technician")

        answer = client.post("/scan/photo", data={"photo": (picture_of(WIFI), "a.png")})

        assert says_why(client.get(answer.location))

    def test_of_a_shelf_are_blanked(self, page_as):
        client = page_as("technician")

        answer = client.post("/shelf", data={"picture": (picture_of(WIFI, "LT-1"), "a.png")})

        assert answer.status_code == 303
        page = client.get(answer.location).text
        assert "Secret" in page
        assert PASSWORD not in page

    @pytest.mark.parametrize("field", ["epc", "uid"])
    def test_of_a_reader_are_refused_and_spoil_no_neighbour(self, api_as, field):
        reads = [
            {"read_id": str(uuid.uuid4()), "last_seen_at": NOW.isoformat(), field: code}
            for code in (WIFI, "E2806894000040017790E471", SEED)
        ]

        answer = api_as("reader").post("/reads", json={"reader": "desk", "reads": reads})

        statuses = [result["status"] for result in answer.json["results"]]
        assert statuses == ["invalid", "recorded", "invalid"]
        assert says_why(answer)


@pytest.mark.usefixtures("secrecy")
class TestEnrol:
    @pytest.mark.parametrize(
        "form", [{"code": WIFI}, {"choice": f"tag:{SEED}", "asset": "LT-1"}], ids=["label", "tag"]
    )
    def test_refuses(self, admin, form):
        answer = admin.post("/enrol", data=form)

        assert answer.status_code == 422
        assert says_why(answer)

    def test_carries_none_from_step_to_step(self, admin):
        answer = admin.get("/enrol", query_string={"asset": WIFI, "tag": SEED})

        assert answer.status_code == 200
        assert PASSWORD not in answer.text


ASSET_FIELDS = [
    {"asset_tag": WIFI},
    {"serial_number": SEED},
    {"name": WIFI},
    {"notes": f"in the cupboard\n{WIFI}"},
    {"location": WIFI},
    {"custodian": SEED},
    {"model": WIFI},
]


@pytest.mark.usefixtures("secrecy")
class TestRegister:
    @pytest.mark.parametrize(
        "fields",
        [
            *ASSET_FIELDS,
            {"identifiers": [{"scheme": "alias", "value": WIFI}]},
            {"custom": {"Guest network": WIFI}},
        ],
        ids=lambda fields: next(iter(fields)),
    )
    def test_assets_refuse_by_field(self, api, fields):
        made = api.post("/assets", json={"asset_tag": "LT-2", **fields})
        changed = api.patch("/assets/LT-1", json=fields)

        for answer in (made, changed):
            assert answer.status_code == 422
            assert list(answer.json["errors"]) == list(fields)
            assert says_why(answer)

    @pytest.mark.parametrize(
        "fields", [*ASSET_FIELDS, {"identifiers": f"alias:A-7\nalias:{WIFI}"}],
        ids=lambda fields: next(iter(fields)),
    )  # fmt: skip
    def test_the_form_of_an_asset_comes_back_without_it(self, admin, fields):
        form = {"asset_tag": "LT-2", "status": "in_stock", **fields}

        for path in ("/assets", "/assets/LT-1/edit"):
            answer = admin.post(path, data=form)

            assert answer.status_code == 422, path
            assert says_why(answer), path

    @pytest.mark.parametrize("field", ["name", "code"])
    def test_places_refuse(self, api, admin, field):
        fields = {"name": "Lab", "code": "L-1", field: WIFI}

        for answer in (
            api.post("/locations", json=fields),
            api.patch("/locations/R-101", json={field: WIFI}),
            admin.post("/locations", data=fields),
            admin.post("/locations/R-101/edit", data=fields),
        ):
            assert answer.status_code == 422
            assert says_why(answer)

    @pytest.mark.parametrize("field", ["name", "number", "badges"])
    def test_people_refuse(self, api, admin, field):
        fields = {"name": "Bob", "number": "1002", field: WIFI}
        body = {**fields, "badges": [WIFI]} if field == "badges" else fields

        for answer in (
            api.post("/people", json=body),
            api.patch("/people/1001", json={field: body[field]}),
            admin.post("/people", data=fields),
            admin.post("/people/1001/edit", data=fields),
        ):
            assert answer.status_code == 422
            assert says_why(answer)


@pytest.mark.usefixtures("secrecy")
class TestImport:
    @pytest.mark.parametrize(
        ("kind", "header", "row"),
        [
            ("assets", "Asset Tag,Name", f"{WIFI},x"),
            ("assets", "Asset Tag,Serial", f"A1,{SEED}"),
            ("assets", "Asset Tag,Notes", f"A1,{WIFI}"),
            ("assets", "Asset Tag,EPC", f"A1,{WIFI}"),
            ("assets", "Asset Tag,Status", f"A1,{WIFI}"),
            ("assets", "Asset Tag,Guest network", f"A1,{WIFI}"),
            ("locations", "Code,Name", f"{WIFI},Lab"),
            ("people", "Employee Number,Name,Badges", f"7,Bob,{WIFI}"),
        ],
    )
    def test_refuses_the_row_and_shows_none_of_it(self, app, admin, kind, header, row):
        file = (io.BytesIO(f"{header}\n{row}\n".encode()), "in.csv")

        columns = admin.post("/imports", data={"kind": kind, "file": file})
        page = admin.get(columns.location)
        admin.post(columns.location, data={"make_places": "on"})
        drain(app)
        rows = admin.get(f"{columns.location.rpartition('/')[0]}?verdict=refused")

        assert page.status_code == 200
        assert PASSWORD not in page.text
        assert says_why(rows)


@pytest.mark.usefixtures("secrecy")
class TestQuestions:
    @pytest.mark.parametrize("secret", [WIFI, SEED])
    def test_what_a_code_means_is_answered_without_it(self, api, secret):
        answer = api.get("/identify", query_string={"code": secret})

        assert answer.json["problem"] == "secret"
        assert PASSWORD not in answer.text

    def test_a_decoded_picture_says_that_it_is_one(self, api):
        answer = api.post(
            "/decodes", data={"image": (picture_of(WIFI), "a.png")},
            content_type="multipart/form-data",
        )  # fmt: skip

        assert answer.status_code == 200
        assert "secret" in answer.text

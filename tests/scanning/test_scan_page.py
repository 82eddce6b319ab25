"""The scan page without script: one form, post and redirect, what stands stays."""

from __future__ import annotations

import html
import io
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import Asset, Person, Scan
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person

pytestmark = pytest.mark.either_database

START = datetime.now(UTC) - timedelta(days=10)


def fill_office(session: Session) -> None:
    site = add_location(session, "HQ", "Head office", now=START)
    room = add_location(session, "R-101", "Room 101", parent=site, now=START)
    add_location(session, "R-102", "Room 102", parent=site, now=START)
    add_person(session, "1001", "Ana Alves", badge="B-77", now=START)
    for number in (1, 2, 3):
        add_asset(session, f"LT-{number:03}", location=room, home=room, now=START)


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_office if "office" in request.fixturenames else None


@pytest.fixture
def office(filled: Any) -> Any:
    return filled


def scans(work) -> list[Scan]:
    with work() as session:
        rows = session.scalars(select(Scan).order_by(Scan.id)).all()
        session.expunge_all()
        return list(rows)


def post(client, **fields) -> str:
    fields = {"scan_id": str(uuid.uuid4()), "intent": "sighting", **fields}
    answer = client.post("/scan", data=fields)
    assert answer.status_code == 303, answer.text
    shown = client.get(answer.location)
    assert shown.status_code == 200
    return shown.text


class TestShow:
    @pytest.mark.parametrize("query", ["", "?audit=99999", "?audit=1e9", "?mode=fly", "?audit=%00"])
    def test_opens_whatever_the_query_says(self, page_as, office, query):
        assert page_as("technician").get(f"/scan{query}").status_code == 200

    def test_is_refused_to_who_may_not_scan(self, page_as, office):
        assert page_as("viewer").get("/scan").status_code == 403


class TestModes:
    @pytest.mark.parametrize(("role", "offered"), [("technician", True), ("auditor", False)])
    def test_offer_custody_to_the_roles_that_may_change_it(self, page_as, role, offered):
        page = page_as(role).get("/scan").text

        modes = ("move", "check_out", "check_in")
        assert [f'data-mode="{mode}"' in page for mode in modes] == [offered] * 3
        assert 'data-mode="sighting"' in page


class TestRecord:
    def test_a_rooms_label_sets_the_place_and_it_stays(self, page_as, office, work):
        client = page_as("technician")

        assert "You are in Room 101." in post(client, code="R-101")
        text = post(client, code="LT-001")

        assert "seen in Room 101" in text
        assert scans(work)[1].location_id is not None

    def test_a_badge_then_a_laptop_is_a_checkout(self, page_as, office, work):
        client = page_as("stockroom")

        post(client, code="B-77", intent="check_out")
        text = post(client, code="LT-001", intent="check_out", due_at="2031-05-01")

        assert "checked out to Ana Alves" in text
        with work() as session:
            asset = session.scalars(select(Asset).where(Asset.asset_tag == "LT-001")).one()
            ana = session.scalars(select(Person).where(Person.number == "1001")).one()
            assert asset.custodian_id == ana.id
            assert asset.due_at.date().isoformat() == "2031-05-01"

    def test_of_who_left_or_of_a_closed_room_leaves_nobody_and_no_room_before(
        self, page_as, office, work
    ):
        client = page_as("stockroom")
        with work() as session:
            gone = add_person(session, "1066", "Dan Dale", badge="B-66", now=START)
            shut = add_location(session, "SHUT", "Old wing", now=START)
            gone.is_active = shut.is_active = False
        for code in ("R-101", "B-77", "B-66", "SHUT"):
            post(client, code=code, intent="check_out")

        post(client, code="LT-001", intent="check_out")

        last = scans(work)[-1]
        assert (last.refusal, last.person_id, last.location_id) == (
            "custodian_required",
            None,
            None,
        )

    def test_a_link_that_names_the_place_counts_there_from_the_first_scan_on(
        self, page_as, office, work
    ):
        client = page_as("technician")
        shown = client.get("/scan?mode=sighting&location=R-102").text
        given = re.search(r'name="location" value="([^"]+)"', shown).group(1)
        assert "Room 102" in shown

        post(client, code="LT-001", location=given)
        post(client, code="LT-002")

        assert client.get("/scan?location=%00").status_code == 200
        assert len({row.location_id for row in scans(work)} - {None}) == 1
        assert "Room 102" in client.get("/scan").text

    @pytest.mark.parametrize(
        ("page", "button", "name", "value"),
        [
            ("/locations/R-102", "Scan here", "location", "R-102"),
            ("/assets/LT-001", "Check out", "code", "LT-001"),
            ("/find/LT-001", "Found: scan it", "code", "LT-001"),
        ],
    )
    def test_is_led_to_with_what_the_button_was_about(
        self, page_as, office, work, page, button, name, value
    ):
        client = page_as("stockroom")
        text = client.get(page).text
        [link] = re.findall(
            rf'href="(/scan[^"]*)"><svg(?:(?!</a>).)*</svg>{button}</a>', text, re.DOTALL
        )

        shown = client.get(html.unescape(link)).text

        assert re.search(rf'<input[^>]*name="{name}"[^>]*value="{value}"', shown)
        assert scans(work) == []

    def test_a_link_with_a_secret_or_an_odd_code_opens_the_page(self, page_as, office):
        client = page_as("technician")

        secret = client.get("/scan", query_string={"code": "WIFI:T:WPA;S:net;P:hunter2hunter2;;"})

        assert "hunter2" not in secret.text
        for code in ("%00", "x" * 5000, "%22%3E%3Cscript%3E"):
            assert client.get(f"/scan?code={code}").status_code == 200

    def test_a_hand_over_ends_with_the_next_sighting(self, page_as, office):
        client = page_as("stockroom")
        post(client, code="B-77", intent="check_out")
        assert "Ana Alves" in post(client, code="LT-001", intent="check_out", mode="check_out")

        post(client, code="LT-002", intent="sighting")

        assert "choose who gets it" in client.get("/scan?mode=check_out").text

    def test_a_form_sent_twice_is_one_scan(self, page_as, office, work, app):
        client = page_as("technician")
        scan_id = str(uuid.uuid4())

        first = client.post("/scan", data={"scan_id": scan_id, "code": "LT-001"})
        again = client.post("/scan", data={"scan_id": scan_id, "code": "LT-001"})

        assert (first.status_code, again.status_code) == (303, 303)
        assert len(scans(work)) == 1

    def test_undo_is_a_button_of_the_page(self, page_as, office, work):
        client = page_as("technician")
        post(client, code="R-102", intent="move")
        text = post(client, code="LT-001", intent="move")
        voids = re.search(r'name="voids"\s+value="([0-9a-f-]+)"', text).group(1)

        text = post(client, code="LT-001", intent="void", voids=voids)

        assert "Undone: LT-001" in text
        assert str(scans(work)[-1].voids) == voids

    @pytest.mark.parametrize("code", ["B-77", "R-102"])
    def test_an_undone_badge_or_room_label_is_no_longer_set(self, page_as, office, code):
        client = page_as("stockroom")
        text = post(client, code=code, intent="check_out")
        assert text.count('data-set="true"') == 1
        voids = re.search(r'name="voids"\s+value="([0-9a-f-]+)"', text).group(1)

        text = post(client, code=code, intent="void", mode="check_out", voids=voids)

        assert f"Undone: {code}" in text
        assert 'data-set="true"' not in text

    def test_an_undo_leaves_the_person_of_a_later_badge(self, page_as, office, work):
        with work() as session:
            add_person(session, "1002", "Bob Brook", badge="B-78", now=START)
        client = page_as("stockroom")
        text = post(client, code="B-77", intent="check_out")
        voids = re.search(r'name="voids"\s+value="([0-9a-f-]+)"', text).group(1)
        post(client, code="B-78", intent="check_out")

        text = post(client, code="B-77", intent="void", mode="check_out", voids=voids)

        assert re.search(r'data-person\s+data-set="true"\s+data-code="1002"', text)

    @pytest.mark.parametrize(
        ("mode", "words"),
        [
            ("lookup", "change to Check out"),
            ("sighting", "It is not counted."),
            ("move", "A move needs a location label"),
            ("check_out", "Checking out to Ana Alves."),
            ("check_in", "To check in, scan the asset."),
        ],
    )
    def test_says_what_a_badge_means_in_each_mode(self, page_as, office, mode, words):
        text = post(page_as("stockroom"), code="B-77", intent=mode, mode=mode)

        assert words in text
        assert ("Checking out to Ana Alves" in text) == (mode == "check_out")

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"code": "   "}, "Type or scan a code first"),
            ({"code": "x" * 5000}, "onger than 4096"),
            ({"code": "A\x00B"}, "control character"),
            ({"code": "LT-001", "note": "x" * 3000}, "note cannot be used"),
            ({"code": "LT-001", "intent": "check_out", "due_at": "soon"}, "year-month-day"),
            ({"code": "LT-001", "intent": "void", "voids": "x"}, "the scan to undo"),
        ],
    )
    def test_what_cannot_be_taken_is_said_and_not_stored(
        self, page_as, office, work, fields, words
    ):
        answer = page_as("technician").post("/scan", data=fields)

        assert answer.status_code == 422
        assert words in answer.text
        assert scans(work) == []

    def test_a_code_is_shown_as_text_only(self, page_as, office):
        text = post(page_as("technician"), code="<img src=x onerror=alert(1)>")

        assert "<img src=x" not in text
        assert "&lt;img" in text

    def test_the_place_can_be_cleared(self, page_as, office):
        client = page_as("technician")
        post(client, code="R-101")

        client.post("/scan/standing", data={"clear": "place"})

        assert "Scan a room label" in client.get("/scan").text


@pytest.mark.usefixtures("reads_pictures")
class TestPhoto:
    def picture(self, *codes: str) -> io.BytesIO:
        parts = []
        for code in codes:
            barcode = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode)
            image = np.array(barcode.to_image(scale=8))
            parts.append(np.pad(image, ((60, 60), (60, 400 - image.shape[1])), constant_values=255))
        file = io.BytesIO()
        Image.fromarray(np.vstack(parts)).save(file, "PNG")
        file.seek(0)
        return file

    def test_each_code_of_a_photo_is_one_scan_however_often_it_is_sent(self, page_as, office, work):
        client = page_as("technician")
        photo_id = str(uuid.uuid4())

        for _ in range(2):
            answer = client.post(
                "/scan/photo",
                data={
                    "photo_id": photo_id,
                    "photo": (self.picture("LT-001", "LT-002"), "shelf.png"),
                },
            )
            assert answer.status_code == 303

        assert sorted(row.code for row in scans(work)) == ["LT-001", "LT-002"]
        assert {row.source for row in scans(work)} == {"photo"}

    @pytest.mark.parametrize("mode", ["lookup", "sighting", "move", "check_out", "check_in"])
    def test_does_what_the_page_is_set_to(self, page_as, office, work, mode):
        client = page_as("stockroom")
        for code in ("R-102", "B-77"):
            post(client, code=code, intent="lookup")
        shown = client.get(f"/scan?mode={mode}").text
        [form] = re.findall(r'<form class="scan-photo".*?</form>', shown, re.DOTALL)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))

        client.post("/scan/photo", data={**hidden, "photo": (self.picture("LT-001"), "label.png")})

        scan = scans(work)[-1]
        assert (scan.code, scan.intent.value) == ("LT-001", mode)

    def test_what_is_no_picture_is_said(self, page_as, office):
        client = page_as("technician")

        answer = client.post(
            "/scan/photo",
            data={"photo": (io.BytesIO(b"hello"), "x.png")},
            follow_redirects=True,
        )

        assert answer.status_code == 200
        assert 'data-level="error"' in answer.text


class TestForThePhone:
    def test_the_session_says_who_and_when_to_anybody(self, page_as, app, office):
        assert app.test_client().get("/scan/session.json").json["user"] is None

        body = page_as("technician").get("/scan/session.json").json

        assert body["user"]["name"] == "Technician"
        assert abs(datetime.fromisoformat(body["now"]) - datetime.now(UTC)) < timedelta(minutes=1)

    def test_places_and_badges_come_with_the_keys_that_mean_them_alone(self, page_as, work, office):
        with work() as session:
            # A tag that reads like a person's number: only the server may judge it.
            add_asset(session, "1001", now=START)
        client = page_as("technician")

        answer = client.get("/scan/places.json")

        places = {place["code"]: place["keys"] for place in answer.json["places"]}
        assert places == {"HQ": ["HQ"], "R-101": ["R-101"], "R-102": ["R-102"]}
        assert [person["keys"] for person in answer.json["people"]] == [["B-77"]]
        again = client.get("/scan/places.json", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304

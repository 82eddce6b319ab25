"""The shelf picture: looked at first, recorded once, through the same door as every scan."""

from __future__ import annotations

import io
import re
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from scanner_app.decoding.picture.symbols import Symbol
from scanner_app.edge.state import app_state
from scanner_app.models import Scan, ShelfShot
from scanner_app.services.shelf.shots import DRAFT_DAYS, MAX_DRAFTS, in_reading_order
from tests.audits.steps import open_audit
from tests.decoding.pictures import draw_code, draw_shelf, on_paper, to_bytes
from tests.shelf.steps import NAMES, ON_SQLITE, SHELF, count, labels, take, take_shot

pytestmark = pytest.mark.either_database


class TestTake:
    def test_shows_what_each_label_would_be_and_records_nothing(self, client, office, work):
        answer = take(client, location="R-101")

        page = client.get(answer.location)

        assert page.status_code == 200
        assert labels(page.text) == {
            "LT-001": "Fine",
            "LT-002": "Fine",
            "LT-003": "Wrong place",
            "PAT-9": "Unknown label",
        }
        assert "Recorded in Room 102." in page.text
        assert "nothing is saved yet" in page.text
        assert count(work, Scan) == 0

    @ON_SQLITE
    def test_draws_each_label_in_upright_coordinates(self, client, office):
        page = client.get(take_shot(client)).text

        width, height = map(int, re.search(r'viewBox="0 0 (\d+) (\d+)"', page).groups())
        points = re.findall(r'<polygon class="line" points="([^"]+)"', page)
        assert (width, height) == Image.open(io.BytesIO(SHELF)).size
        assert len(points) == 4
        for polygon in points:
            corners = [tuple(map(float, corner.split(","))) for corner in polygon.split()]
            assert len(corners) == 4
            assert all(0 <= x <= width and 0 <= y <= height for x, y in corners)
        assert "style=" not in page

    @ON_SQLITE
    def test_keeps_our_own_jpeg_of_it_without_where_it_was_taken(self, client, office):
        exif = Image.Exif()
        exif[0x010F] = "PHONE"
        exif.get_ifd(0x8825)[1] = "N"
        picture = to_bytes(draw_shelf(NAMES[:1], columns=1).convert("RGB"), "JPEG", exif=exif)

        path = take_shot(client, picture)

        kept = client.get(f"{path}/picture.jpg")
        assert kept.content_type == "image/jpeg"
        assert kept.headers["X-Content-Type-Options"] == "nosniff"
        assert kept.data != picture
        assert dict(Image.open(io.BytesIO(kept.data)).getexif()) == {}

    def test_the_same_picture_sent_twice_is_one(self, client, office, work):
        shot_id = str(uuid.uuid4())

        first, second = take_shot(client, shot_id=shot_id), take_shot(client, shot_id=shot_id)
        other = take_shot(client, to_bytes(draw_shelf(["LT-002"])), shot_id=shot_id)

        assert first == second != other
        assert count(work, ShelfShot) == 2

    @ON_SQLITE
    @pytest.mark.parametrize(
        ("picture", "status", "words"),
        [
            (b"", 422, "The picture is empty"),
            (b"LT-001", 422, "not a JPEG, PNG, WebP or HEIC"),
            (SHELF[:200], 422, "damaged or incomplete"),
            (to_bytes(on_paper(size=(300, 200))), 422, "No label was found"),
        ],
        ids=["empty", "text", "cut off", "blank"],
    )
    def test_says_what_is_wrong_with_a_picture(self, client, work, picture, status, words):
        answer = take(client, picture)

        assert answer.status_code == status
        assert words in answer.text
        assert count(work, ShelfShot) == 0

    @ON_SQLITE
    def test_asks_for_a_picture_where_none_is_sent(self, client):
        answer = client.post("/shelf", data={})

        assert (answer.status_code, "Take or choose a picture first." in answer.text) == (422, True)

    def test_forgets_drafts_that_nobody_recorded(self, client, office, work):
        path = take_shot(client)
        with work() as session:
            long_ago = datetime.now(UTC) - timedelta(days=DRAFT_DAYS, hours=1)
            session.execute(update(ShelfShot).values(taken_at=long_ago))

        take_shot(client)

        assert client.get(path).status_code == 404
        assert count(work, ShelfShot) == 1

    def test_keeps_no_more_drafts_of_one_person_than_it_may(self, client, office, work):
        small = to_bytes(on_paper(draw_code("LT-001"), size=(200, 200), columns=1))
        for _ in range(MAX_DRAFTS + 2):
            take_shot(client, small)

        assert count(work, ShelfShot) == MAX_DRAFTS

    def test_hides_a_password_in_the_page_in_what_is_kept_and_in_the_picture(
        self, client, office, work
    ):
        codes = [draw_code("WIFI:S:office;P:hunter2;;"), draw_code("LT-001")]

        path = take_shot(client, to_bytes(on_paper(*codes, size=(900, 400))))

        page = client.get(path).text
        assert "hunter2" not in page
        assert labels(page) == {"Secret": "Not a label", "LT-001": "Fine"}
        with work() as session:
            assert "hunter2" not in str(session.scalar(select(ShelfShot.symbols)))
        assert take(client, client.get(f"{path}/picture.jpg").data).status_code == 303
        assert count(work, ShelfShot) == 2
        with work() as session:
            for symbols in session.scalars(select(ShelfShot.symbols)):
                assert len([s for s in symbols if s["problem"] is None]) == 1


class TestPlace:
    def test_another_place_is_judged_anew_and_keeps_what_was_dropped(self, client, office, work):
        path = take_shot(client)

        page = client.get(f"{path}?place=R-102&chosen=1&keep=1&keep=4")

        assert labels(page.text)["LT-001"] == "Wrong place"
        assert labels(page.text)["LT-003"] == "Fine"
        assert "Save 2 items" in page.text

    @ON_SQLITE
    def test_htmx_gets_the_block_alone(self, client, office):
        path = take_shot(client)

        block = client.get(f"{path}?place=R-102&chosen=1&keep=1", headers={"HX-Request": "true"})

        assert block.text.lstrip().startswith('<form id="shelf-work"')
        assert labels(block.text)["LT-003"] == "Fine"

    def test_is_the_label_of_a_place_in_the_picture_where_none_stands(self, client, office):
        path = take_shot(client, to_bytes(draw_shelf(["R-102", "LT-003"], columns=2)))

        page = client.get(path).text

        assert labels(page) == {"R-102": "Location", "LT-003": "Fine"}
        assert re.search(r'value="R-102"\s+selected', page)

    def test_the_place_that_stands_on_the_scan_page_comes_first(self, client, office):
        client.post("/scan", data={"scan_id": str(uuid.uuid4()), "code": "R-101"})
        path = take_shot(client, to_bytes(draw_shelf(["R-102", "LT-003"], columns=2)))

        page = client.get(path).text
        used = client.get(f"{path}?chosen=1&keep=2&place=R-101&use=R-102").text

        assert labels(page)["LT-003"] == "Wrong place"
        assert labels(used)["LT-003"] == "Fine"

    def test_an_unknown_location_is_none(self, client, office):
        path = take_shot(client)
        for place in ("NOWHERE", "%00", "a" * 400):
            page = client.get(f"{path}?place={place}&chosen=1&keep=1")

            assert page.status_code == 200
            assert (
                "Without a location, this shows that the assets exist, not where they are."
                in page.text
            )


class TestWhoMaySee:
    def test_a_draft_is_its_takers_own(self, client, office, page_as):
        path = take_shot(client)
        other = page_as("auditor")

        assert other.get(path).status_code == 404
        assert other.get(f"{path}/picture.jpg").status_code == 404
        assert other.post(path, data={"keep": ["1"]}).status_code == 404

    def test_what_was_recorded_is_evidence_for_all_who_read_the_register(
        self, client, office, page_as
    ):
        path = take_shot(client)
        client.post(path, data={"keep": ["1"], "place": "R-101"})
        viewer = page_as("viewer")

        assert viewer.get(path).status_code == 200
        assert viewer.get(f"{path}/picture.jpg").status_code == 200
        assert viewer.post(f"{path}/undo").status_code == 403
        assert page_as("auditor").post(f"{path}/undo").status_code == 404

    def test_one_that_is_not_there_is_not_found(self, client):
        for name in ("nothing", "%00", str(uuid.UUID(int=0)), "1" * 500):
            assert client.get(f"/shelf/{name}").status_code == 404

    def test_the_database_refuses_to_change_it(self, client, office, work):
        path = take_shot(client)
        client.post(path, data={"keep": ["1"], "place": "R-101"})
        for statement in (
            "UPDATE shelf_shot SET width = 1",
            "DELETE FROM shelf_shot",
            "UPDATE scan_picture SET shot_id = shot_id",
            "DELETE FROM scan_picture",
        ):
            with pytest.raises(DBAPIError, match="evidence"), work() as session:
                session.execute(text(statement))


@ON_SQLITE
class TestLinks:
    def test_lead_here_from_the_scan_page_and_from_a_rooms_count(self, client, office, api):
        audit = open_audit(api, scope={"locations": ["R-101"]})
        rooms = client.get(f"/audits/{audit}").text
        [room] = re.findall(rf'href="(/audits/{audit}/rooms/\d+)"', rooms)

        assert f'href="/shelf?audit={audit}"' in rooms
        assert 'href="/shelf"' in client.get("/scan").text
        assert f'href="/shelf?audit={audit}"' in client.get(f"/scan?audit={audit}").text
        link = f"/shelf?audit={audit}&amp;location=R-101"
        assert f'href="{link}"' in client.get(room).text
        assert (
            "Location: <strong data-shelf-place-name>Room 101"
            in client.get(link.replace("&amp;", "&")).text
        )

    def test_the_scan_page_tells_the_camera_what_is_accepted(self, client, app):
        assert 'data-formats="aztec codabar code_128' in client.get("/scan").text
        settings = app_state(app).settings
        app_state(app).settings = replace(settings, decode_formats=("qr_code",))

        assert 'data-formats="qr_code"' in client.get("/scan").text


class TestInReadingOrder:
    def test_goes_row_by_row_though_labels_are_askew(self):
        places = {"c": (300, 14), "a": (0, 0), "e": (160, 104), "b": (150, 22), "d": (10, 95)}
        symbols = [
            Symbol(name, b"", "qr_code", ((x, y), (x + 90, y), (x + 90, y + 50), (x, y + 50)))
            for name, (x, y) in places.items()
        ]

        assert [symbol.text for symbol in in_reading_order(symbols)] == list("abcde")

    def test_gives_nothing_for_nothing(self):
        assert in_reading_order([]) == []

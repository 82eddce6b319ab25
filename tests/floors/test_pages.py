"""The page of a floor and the page on which it is drawn."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from scanner_app.models import Asset, FloorPlan, RoomOutline
from tests.support import on_both
from tests.support.register import add_asset, add_location

database = on_both.database

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 200"><script>evil()</script><path d="M0 0h9"/></svg>'
HERE = "/locations/F-1/plan"


def draw_png(size: tuple[int, int] = (300, 200)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "white").save(file, "PNG")
    return file.getvalue()


def draw_pdf() -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(842, 595))
    canvas.rect(50, 50, 400, 400, fill=1)
    canvas.showPage()
    canvas.drawString(10, 10, "The second page")
    canvas.save()
    return file.getvalue()


def add_picture(client, data: bytes, name: str = "plan.png"):
    return client.post(f"{HERE}/edit", data={"step": "picture", "file": (io.BytesIO(data), name)})


def draw(client, room: str, corners: str, step: str = "draw"):
    return client.post(f"{HERE}/edit", data={"step": step, "room": room, "corners": corners})


@pytest.fixture
def floor(work, now):
    """A floor with three rooms: one fresh, one stale and with a rack, one empty."""
    with work() as session:
        site = add_location(session, "HQ", "Head office", now=now)
        place = add_location(session, "F-1", "First floor", parent=site, now=now)
        fresh = add_location(session, "R-1", "Office", parent=place, now=now)
        stale = add_location(session, "R-2", "Store", parent=place, now=now)
        rack = add_location(session, "R-2-A", "Rack", parent=stale, now=now)
        add_location(session, "R-3", "Empty", parent=place, now=now)
        for number, (room, days) in enumerate([(fresh, 1), (stale, 400), (rack, 500), (rack, 2)]):
            asset = session.get_one(
                Asset, add_asset(session, f"A-{number}", location=room, now=now)
            )
            asset.last_seen_at = now - timedelta(days=days)


@pytest.mark.usefixtures("floor", "reads_pictures")
class TestDrawing:
    def test_a_room_is_drawn_and_shown_with_its_figures(self, admin, page_as, work):
        assert add_picture(admin, draw_png()).status_code == 303
        assert draw(admin, "R-2", "0,0 500,0 500,500 0,500").status_code == 303

        viewer = page_as("viewer")
        seen, count = viewer.get(HERE).text, viewer.get(f"{HERE}?by=count").text
        picture = viewer.get(f"{HERE}/picture")

        assert 'aria-label="Store: Over 12 months"' in seen  # two of its three
        assert 'aria-label="Store: 3"' in count
        assert 'href="/assets?location=R-2"' in count
        assert 'aria-label="Office: 1"' in count  # as a tile
        assert "Not drawn yet" in count
        assert "Draw the rooms" not in count
        assert picture.status_code == 200
        assert "sandbox" in picture.headers["Content-Security-Policy"]
        assert Image.open(io.BytesIO(picture.data)).size == (300, 200)

    @pytest.mark.parametrize(
        ("data", "name", "size"),
        [(SVG, "a.svg", (300, 200)), (draw_pdf(), "a.pdf", (2400, 1696))],
        ids=["svg", "pdf"],
    )
    def test_drawings_of_architects_become_pictures(self, admin, work, data, name, size):
        assert add_picture(admin, data, name).status_code == 303

        with work() as session:
            plan = session.scalars(select(FloorPlan)).one()
            assert (plan.width, plan.height) == size
        sent = admin.get(f"{HERE}/picture")
        assert b"evil" not in sent.data
        assert b"second page" not in sent.data

    def test_another_picture_leaves_the_outlines_and_taking_it_away_does_not(self, admin, work):
        add_picture(admin, draw_png())
        draw(admin, "R-1", "0,0 500,0 500,500 0,500")
        add_picture(admin, draw_png((600, 400)))
        with work() as session:
            assert session.scalar(select(RoomOutline.corners)) == "0,0 500,0 500,500 0,500"

        admin.post(f"{HERE}/edit", data={"step": "remove"})

        with work() as session:
            assert session.scalars(select(RoomOutline)).all() == []
            assert session.scalars(select(FloorPlan)).all() == []
        assert admin.get(HERE).status_code == 200

    def test_what_cannot_be_drawn_is_told_and_keeps_what_was_typed(self, admin, work):
        refused = draw(admin, "R-1", "0,0 500,0 500,500")
        assert refused.status_code == 404
        add_picture(admin, draw_png())
        for room, corners, words in (
            ("R-1", "0,0 400,400 400,0 0,400", "Two sides cross"),
            ("R-1", "", "at least three corners"),
            ("R-2-A", "0,0 500,0 500,500", "not directly inside"),
        ):
            answer = draw(admin, room, corners)
            assert answer.status_code == 422
            assert words in answer.text
            assert corners in answer.text
        assert "Choose one file" in admin.post(f"{HERE}/edit", data={"step": "picture"}).text
        for data in (b"", b"%PDF-1.7 broken", b"<svg", b"<svg xmlns='urn:x' viewBox='0 0 1 1'/>"):
            assert add_picture(admin, data).status_code == 422
        draw(admin, "R-1", "0,0 500,0 500,500")
        assert draw(admin, "R-1", "", step="erase").status_code == 303
        with work() as session:
            assert session.scalars(select(RoomOutline)).all() == []

    def test_who_may_not_edit_the_register_may_not_draw(self, page_as):
        for role in ("viewer", "technician", "auditor"):
            assert add_picture(page_as(role), draw_png()).status_code == 403


@pytest.mark.usefixtures("floor")
class TestAudits:
    def start(self, api, *, blind: bool = False) -> int:
        body = {"name": "Year's end", "scope": {"locations": ["F-1"]}, "blind": blind}
        number = api.post("/audits", json=body).json["id"]
        api.post(f"/audits/{number}/counting")
        return number

    def test_an_audit_under_way_colours_the_rooms(self, api, page_as):
        number = self.start(api)

        shown = page_as("viewer").get(f"{HERE}?by=audit").text

        assert 'aria-label="Store: 0 of 3"' in shown
        assert f'href="/audits/{number}/rooms/' in shown

    def test_a_blind_one_is_shown_only_to_who_runs_audits(self, api, page_as):
        self.start(api, blind=True)

        assert "This audit" not in page_as("technician").get(f"{HERE}?by=audit").text
        assert "This audit" in page_as("auditor").get(HERE).text

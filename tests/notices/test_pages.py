"""The bell on every page, its list, and the page of choices, by plain forms."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from scanner_app.domain.notices.causes import job_failed
from scanner_app.models import Notice, NoticeChoice, User
from scanner_app.services.notices.raise_notice import raise_notice
from tests.support.register import add_location, add_person

pytestmark = pytest.mark.either_database


def fail(work, now, count: int = 1, start: int = 0) -> None:
    with work() as session:
        for n in range(start, start + count):
            notice = job_failed(
                f"import:{n}", job=f"Import {n}", reason="No rows.", page="/imports"
            )
            raise_notice(session, notice, now=now)


def text(response) -> str:
    return response.get_data(as_text=True)


class TestBell:
    def test_counts_on_every_page(self, admin, page_as, work, now):
        assert 'aria-label="Notices"' in text(admin.get("/account"))
        fail(work, now, 2)
        assert 'aria-label="Notices: 2 unread"' in text(admin.get("/account"))
        assert 'aria-label="Notices"' in text(page_as("viewer").get("/account"))
        assert "Notices" not in text(admin.application.test_client().get("/sign-in"))

    def test_counts_no_further_than_99(self, admin, work, now):
        fail(work, now, 101)
        assert 'aria-label="Notices: 99+ unread"' in text(admin.get("/account"))

    def test_lists_opens_and_reads_without_script(self, admin, work, now):
        fail(work, now, 2)
        page = text(admin.get("/notices"))
        assert "Import 0 failed: No rows." in page
        first, second = re.findall(r'action="(/notices/\d+)/open"', page)
        answer = admin.post(f"{first}/open")
        assert (answer.status_code, answer.location) == (303, "/imports")
        assert "Import 1 failed" not in text(admin.get("/notices"))
        assert "Import 1 failed" in text(admin.get("/notices?show=all"))
        assert admin.post(f"{second}/read").location == "/notices"
        assert "You have read everything" in text(admin.get("/notices"))

    def test_marks_all_as_read(self, admin, work, now):
        fail(work, now, 3)
        up_to = re.search(r'name="up_to" value="(\d+)"', text(admin.get("/notices")))
        fail(work, now, 1, start=3)
        admin.post("/notices/read", data={"up_to": up_to[1]})
        page = text(admin.get("/notices"))
        assert "Import 3 failed" in page
        assert "Import 0 failed" not in page

    def test_shows_who_took_one_to_the_others(self, admin, page_as, work, now):
        other = page_as("admin", "other@example.org")
        fail(work, now)
        page = text(admin.get("/notices"))
        assert "I take it" in page
        address = re.search(r'action="(/notices/\d+/taken)"', page)[1]
        admin.post(address, data={"act": "take"})
        assert "<bdi>Admin</bdi> looks after it" in text(other.get("/notices"))
        other.post(address, data={"act": "take"})
        assert "Admin has taken this already." in text(other.get("/notices"))

    def test_pages_through_many(self, admin, work, now):
        fail(work, now, 45)
        page = text(admin.get("/notices"))
        seen = re.findall(r"Open: Import (\d+) failed", page)
        while more := re.search(r'class="button" href="(/notices\?[^"]+)">More', page):
            page = text(admin.get(more[1].replace("&amp;", "&")))
            seen += re.findall(r"Open: Import (\d+) failed", page)
        assert sorted(map(int, seen)) == list(range(45))

    def test_hides_those_of_others(self, admin, page_as, work, now):
        fail(work, now)
        with work() as session:
            id_ = session.scalar(select(Notice.id))
        viewer = page_as("viewer")
        for act in ("open", "read", "taken"):
            assert viewer.post(f"/notices/{id_}/{act}").status_code == 404

    def test_tells_who_began_an_import_that_failed(self, page_as, work, now):
        clerk = page_as("stockroom")
        with work() as session:
            user = session.scalar(select(User.id).where(User.role == "stockroom"))
            notice = job_failed(
                "import:9", job="An import", reason="No.", page="/imports", to=f"user:{user}"
            )
            raise_notice(session, notice, now=now)
        assert "An import failed: No." in text(clerk.get("/notices"))


class TestChoices:
    def test_keeps_what_was_chosen(self, page_as, work, now):
        clerk = page_as("stockroom")
        with work() as session:
            add_location(session, "BER", "Berlin", now=now)
        assert "Due back soon" in text(clerk.get("/account/notices"))
        answer = clerk.post(
            "/account/notices",
            data={"told:overdue": "on", "location:overdue": "BER"},
        )
        assert answer.status_code == 303
        with work() as session:
            chosen = {row.kind: row for row in session.scalars(select(NoticeChoice))}
            assert chosen["overdue"].is_told
            assert chosen["overdue"].location_id is not None
            assert not chosen["life_ends"].is_told
        assert 'value="BER"' in text(clerk.get("/account/notices"))

    def test_says_what_does_not_exist_and_keeps_the_form(self, page_as):
        answer = page_as("stockroom").post(
            "/account/notices", data={"told:overdue": "on", "location:overdue": "NOWHERE"}
        )
        assert answer.status_code == 422
        assert "No location has the code NOWHERE." in text(answer)
        assert 'value="NOWHERE"' in text(answer)

    def test_offers_a_kind_only_to_whom_it_may_concern(self, page_as):
        assert "Reader silent" not in text(page_as("viewer").get("/account/notices"))
        assert "Reader silent" in text(page_as("admin").get("/account/notices"))

    def test_links_the_person_with_the_same_address(self, page_as, work, now):
        clerk = page_as("stockroom", "dana@example.org")
        with work() as session:
            dana = add_person(session, "1", "Dana Reyes", email="DANA@example.org", now=now).id
            eve = add_person(session, "2", "Eve", email="eve@example.org", now=now).id
        assert "I am <bdi>Dana Reyes</bdi>" in text(clerk.get("/account/notices"))
        clerk.post("/account/notices/person", data={"person": eve})
        assert "No person with your e-mail address" in text(clerk.get("/account/notices"))
        clerk.post("/account/notices/person", data={"person": dana})
        assert "That is not me" in text(clerk.get("/account/notices"))
        clerk.post("/account/notices/person", data={"person": ""})
        assert "I am <bdi>Dana Reyes</bdi>" in text(clerk.get("/account/notices"))

"""Many people or locations at once: by their boxes or all of a view, and back again."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import Location, Person
from tests.conftest import NOW
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person

pytestmark = pytest.mark.either_database


def fill_office(session: Session) -> None:
    site = add_location(session, "HQ", "Head office", now=NOW)
    floor = add_location(session, "F-1", "First floor", parent=site, now=NOW)
    for code in ("R-1", "R-2", "R-3"):
        add_location(session, code, f"Room {code}", parent=floor, now=NOW)
    ana = add_person(session, "1001", "Ana Lima", now=NOW)
    for number, name in (("1002", "Bob Brook"), ("1003", "Cleo Ott")):
        add_person(session, number, name, now=NOW)
    add_asset(session, "LT-1", custodian=ana, now=NOW)


@pytest.fixture
def contents() -> Fill | None:
    return fill_office


@pytest.fixture
def departments(work):
    def read() -> dict[str, str | None]:
        with work() as session:
            return dict(session.execute(select(Person.number, Person.department)).all())

    return read


@pytest.fixture
def places(work):
    """`places()`: the whole path of each location, and whether it is in use."""

    def read() -> dict[str, tuple[str, bool]]:
        with work() as session:
            rows = session.execute(select(Location.code, Location.full_name, Location.is_active))
            return {code: (path, is_active) for code, path, is_active in rows}

    return read


def read_undo(answer) -> str:
    return unescape(re.search(r'name="undo" value="([^"]*)"', answer.text)[1])


class TestPeople:
    def test_get_a_department_and_lose_it_again_unless_it_changed_since(self, admin, departments):
        form = {"do": "department", "pick": ["1001", "1002"]}
        step = admin.post("/many/people", data=form)
        assert "Set department: 2 people" in step.text
        done = admin.post("/many/people/change", data={**form, "value": " Finance "})
        assert "2 of 2 changed" in done.text
        assert departments() == {"1001": "Finance", "1002": "Finance", "1003": None}

        admin.post("/many/people/change", data={**form, "pick": "1002", "value": "Legal"})
        undone = admin.post("/many/people/undo", data={**form, "undo": read_undo(done)})

        assert "1 of 2 undone" in undone.text
        assert "It was changed since." in undone.text
        assert departments() == {"1001": None, "1002": "Legal", "1003": None}
        assert 'name="undo"' not in undone.text

    def test_leave_by_all_that_a_view_shows(self, admin, work):
        assert "Ana Lima" in admin.get("/people?shown=holding").text
        assert "Bob Brook" not in admin.get("/people?shown=holding").text
        form = {"do": "left", "all": "yes", "list": "shown=holding"}

        step = admin.post("/many/people", data=form)
        assert "Mark as left: 1 person" in step.text
        done = admin.post("/many/people/change", data={**form, "all": "", "pick": "1001"})
        assert "1 of 1 marked as left" in done.text
        with work() as session:
            left = session.scalars(select(Person.name).where(Person.is_active.is_(False))).all()
        assert left == ["Ana Lima"]
        assert "Ana Lima" in admin.get("/people?shown=left-holding").text

    def test_are_saved_as_a_view(self, admin):
        view = {"list": "people", "name": "Gone", "query": "q=Lima&shown=left"}
        admin.post("/views", data=view)
        assert '<a href="/people?q=Lima&amp;shown=left"' in admin.get("/people").text


class TestLocations:
    def test_move_together_and_back_what_cannot_go_is_named(self, admin, places):
        form = {"do": "parent", "pick": ["R-1", "HQ"], "value": "F-1"}
        done = admin.post("/many/locations/change", data=form)
        assert "0 of 2 moved" in done.text  # one is there, the other would be inside itself
        assert "Refused" in done.text

        done = admin.post("/many/locations/change", data={**form, "pick": ["R-1"], "value": "HQ"})
        assert places()["R-1"][0] == "Head office / Room R-1"
        admin.post("/many/locations/undo", data={"do": "parent", "undo": read_undo(done)})
        assert places()["R-1"][0] == "Head office / First floor / Room R-1"

    def test_go_out_of_use_and_are_a_view_of_their_own(self, admin, places):
        form = {"do": "out_of_use", "pick": ["R-2", "R-3", "NOWHERE"]}
        done = admin.post("/many/locations/change", data=form)

        assert "2 of 3 taken out of use" in done.text
        assert [code for code, (_, is_active) in places().items() if not is_active] == [
            "R-2",
            "R-3",
        ]
        shown = admin.get("/locations?shown=out-of-use").text
        assert "Room R-2" in shown
        assert "Room R-1" not in shown

    def test_an_empty_kind_and_another_lists_act_are_refused(self, admin):
        kind = admin.post("/many/locations/change", data={"do": "kind", "pick": "R-1"})
        assert (kind.status_code, "Choose a kind first." in kind.text) == (422, True)
        other = admin.post("/many/people", data={"do": "kind", "pick": "R-1"})
        assert other.status_code == 404
        broken = admin.post("/many/people/undo", data={"do": "department", "undo": "[1, 2]"})
        assert broken.status_code == 422

    def test_is_not_offered_to_who_may_only_read(self, page_as):
        reader = page_as("reader")
        assert 'name="pick"' not in reader.get("/locations").text
        assert 'value="department"' not in reader.get("/people").text
        form = {"do": "in_use", "pick": "R-1"}
        assert reader.post("/many/locations", data=form).status_code == 403

"""The lists of people and locations: their columns, orders and height of rows, in the address."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person

pytestmark = pytest.mark.either_database


def fill_office(session: Session) -> None:
    site = add_location(session, "HQ", "Head office", now=NOW)
    add_location(session, "R-9", "Attic", parent=site, now=NOW)
    cellar = add_location(session, "R-1", "Cellar", parent=site, now=NOW)
    add_person(session, "1002", "Ana Lima", email="z@example.org", now=NOW)
    add_person(session, "1001", "Bob Brook", email="a@example.org", now=NOW)
    add_asset(session, "LT-1", location=cellar, now=NOW)


@pytest.fixture
def contents() -> Fill | None:
    return fill_office


@pytest.fixture
def office(filled: Any) -> Any:
    return filled


def heads(text: str) -> list[str]:
    found = re.findall(r"<th[^>]*>(.*?)</th>", text, re.DOTALL)
    return [re.sub(r"<[^>]+>|\s+", " ", one).strip() for one in found][1:]


def order(text: str, names: tuple[str, ...]) -> list[str]:
    return sorted(names, key=lambda name: text.index(f"{name}</bdi>"))


@pytest.mark.usefixtures("office")
class TestColumns:
    @pytest.mark.parametrize(
        ("path", "first", "chosen"),
        [
            (
                "/people",
                ["Name", "Number", "Department", "E-mail", "Assigned"],
                ("?cols=username,email", ["Name", "E-mail", "Username"]),
            ),
            (
                "/locations",
                ["Location", "Code", "Assets here and inside"],
                ("?cols=parent,kind", ["Location", "Kind", "Inside"]),
            ),
        ],
    )
    def test_are_chosen_and_kept_in_a_short_address(self, admin, path, first, chosen):
        assert heads(admin.get(path).text) == first
        address, wanted = chosen
        text = admin.get(path + address).text
        assert heads(text) == wanted
        assert 'data-density="compact"' not in text

        boxes = "".join(f"&col={name}" for name in address.removeprefix("?cols=").split(","))
        sent = admin.get(f"{path}?q=&density=compact{boxes}")
        assert sent.status_code == 303
        assert sent.location.startswith(f"{path}?")
        shown = admin.get(sent.location).text
        assert heads(shown) == wanted
        assert 'data-density="compact"' in shown
        # What is searched, ordered and saved next keeps the look.
        assert 'name="cols"' in shown
        assert "cols=" in re.search(r'name="query" value="([^"]+)"', shown)[1]

    def test_that_are_not_known_leave_those_that_are_there_at_first(self, admin):
        assert heads(admin.get("/people?cols=secret").text) == heads(admin.get("/people").text)


@pytest.mark.usefixtures("office")
class TestOrder:
    @pytest.mark.parametrize(
        ("path", "names"),
        [
            ("/people?sort=email", ("Bob Brook", "Ana Lima")),
            ("/people?sort=-email", ("Ana Lima", "Bob Brook")),
            ("/people", ("Ana Lima", "Bob Brook")),
            ("/locations", ("Head office", "Attic", "Cellar")),
            (
                "/locations?sort=code",
                ("Head office", "Head office / Cellar", "Head office / Attic"),
            ),
            ("/locations?sort=-assets", ("Head office / Cellar", "Head office / Attic")),
        ],
    )
    def test_is_that_of_the_header(self, admin, path, names):
        assert order(admin.get(path).text, names) == list(names)

    @pytest.mark.parametrize("path", ["/people", "/locations"])
    def test_that_is_not_known_is_refused(self, admin, path):
        assert admin.get(f"{path}?sort=secret").status_code == 422

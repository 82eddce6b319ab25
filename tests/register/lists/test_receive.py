"""Receiving a delivery: free tags, serials as they were scanned, all of it or nothing."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import Asset, Category
from scanner_app.services.register.receive import find_last_tag, propose_tags
from tests.conftest import NOW
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location

FORM = {"model": "T14", "category": "Laptop", "location": "R-1", "status": "in_stock"}


def fill_office(session: Session) -> None:
    add_location(session, "R-1", "Room 1", now=NOW)
    session.add(Category(name="Laptop"))
    add_asset(session, "LT-0009", now=NOW)
    add_asset(session, "LT-0011", serial="OLD", now=NOW)


@pytest.fixture
def contents() -> Fill | None:
    return fill_office


def preview_of(text: str) -> list[tuple[str, str]]:
    return re.findall(
        r'<td class="code"><bdi>([^<]*)</bdi></td><td class="code"><bdi>([^<]*)', text
    )


class TestReceive:
    def test_registers_each_serial_under_the_next_free_tag(self, page_as, work):
        stockroom = page_as("stockroom")
        form = {**FORM, "first_tag": "LT-0010", "serials": "S-1\r\nOLD\r\n", "quantity": "3"}

        foretold = stockroom.post("/receive", data=form).text
        assert preview_of(foretold) == [("LT-0010", "S-1"), ("LT-0012", "OLD"), ("LT-0013", "–")]
        assert "LT-0011 has this serial number already" in foretold
        done = stockroom.post("/receive", data={**form, "step": "apply"}).text
        assert "3 assets registered" in done

        with work() as session:
            found = session.scalars(select(Asset).where(Asset.model_id.is_not(None)))
            shown = [(one.asset_tag, one.serial_number, one.status.value) for one in found]
        assert shown == [
            ("LT-0010", "S-1", "in_stock"),
            ("LT-0012", "OLD", "in_stock"),
            ("LT-0013", None, "in_stock"),
        ]
        # The next delivery of this model goes on from there.
        again = stockroom.post("/receive", data={**FORM, "serials": "S-2"}).text
        assert preview_of(again) == [("LT-0014", "S-2")]

    def test_makes_no_new_category_unasked(self, admin, work):
        form = {**FORM, "category": "Lapt", "first_tag": "X-1", "serials": "S-1", "step": "apply"}

        text = admin.post("/receive", data=form).text

        assert "“Lapt” is not a category yet. Did you mean “Laptop”?" in text
        with work() as session:
            assert session.scalar(select(Asset.id).where(Asset.asset_tag == "X-1")) is None
        assert (
            "1 asset registered"
            in admin.post("/receive", data={**form, "new_category": "yes"}).text
        )

    def test_says_at_the_field_what_is_wrong_and_registers_nothing(self, admin):
        for change, field in (
            ({"serials": "S-1\nS-1"}, "serials"),
            ({"serials": "A\nB", "quantity": "1"}, "serials"),
            ({"first_tag": "none", "serials": "A"}, "first_tag"),
            (
                {"location": "nowhere", "serials": "A", "first_tag": "X-1", "step": "apply"},
                "location",
            ),
        ):
            answer = admin.post("/receive", data={**FORM, **change})
            assert answer.status_code == 422
            assert re.search(rf'id="f-{field}-help"><span class="error">', answer.text), change

    def test_goes_on_from_the_largest_number_of_a_model(self, admin, work):
        form = {**FORM, "first_tag": "N-99", "serials": "A\nB", "step": "apply"}
        admin.post("/receive", data=form)

        with work() as session:
            assert find_last_tag(session, model="t14") == "N-100"
            assert find_last_tag(session, model="T15") is None

    def test_counts_on_past_what_is_taken(self, work):
        with work() as session:
            assert propose_tags(session, first="LT-0009", count=2) == ["LT-0010", "LT-0012"]
            assert propose_tags(session, first="N9", count=2) == ["N9", "N10"]

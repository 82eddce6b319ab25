"""The jobs of a stockroom clerk, from the start page on, held to their taps in the docs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, LabelPrint, Location, Person
from scanner_app.services.stock.items import create_item
from scanner_app.services.stock.rules import set_rule
from tests.browser.conftest import LiveServer, Phone
from tests.browser.taps import Hand, read_table
from tests.support.register import add_asset

pytestmark = pytest.mark.browser
DESK = {"width": 1280, "height": 900}


@pytest.fixture
def hand(server: LiveServer, phone: Phone) -> Hand:
    page = phone.open(cookie=server.sign_in("stockroom"), viewport=DESK)
    return Hand(page)


def open_section(hand: Hand, path: str) -> None:
    hand.tap(f"nav a[href='{path}']")
    hand.page.wait_for_url(f"**{path}*")


def open_counter(hand: Hand) -> None:
    open_section(hand, "/counter")
    hand.wait(
        lambda: hand.page.evaluate(
            "document.querySelector('[data-counter-page]')?.dataset.ready === ''"
        ),
        "the counter is ready",
    )


def await_lines(hand: Hand, count: int) -> None:
    lines = hand.page.locator("[data-lines] > li:not([data-blocked])")
    hand.wait(
        lambda: (
            lines.count() == count and "Not checked yet" not in hand.page.inner_text("[data-lines]")
        ),
        f"{count} lines",
    )


def holders(server: LiveServer) -> dict[str, str]:
    with server.session() as session:
        rows = session.execute(
            select(Asset.asset_tag, Person.number).join(Person, Person.id == Asset.custodian_id)
        )
        return {tag: number for tag, number in rows}  # noqa: C416 - mypy takes no rows for pairs


def places(server: LiveServer, *tags: str) -> set[str | None]:
    with server.session() as session:
        return set(
            session.scalars(
                select(Location.code)
                .join(Asset, Asset.location_id == Location.id)
                .where(Asset.asset_tag.in_(tags))
            )
        )


def hand_out(hand: Hand, *tags: str) -> None:
    open_counter(hand)
    hand.scan("B-77", *tags)
    await_lines(hand, len(tags))


def test_hand_out_and_take_back(hand: Hand, server: LiveServer, request):
    tags = ("LT-001", "LT-002", "LT-003")
    hand.start("/")
    hand_out(hand, *tags)
    hand.tap("[data-complete]")
    hand.see("3 things are checked out to Ana Alves.")
    hand.done("Hand out three things", request)
    assert holders(server) == dict.fromkeys(tags, "1001")

    hand.start("/")
    open_counter(hand)
    hand.scan(*tags)
    await_lines(hand, 3)
    hand.tap("[data-tag='LT-002'] [data-damaged]")
    hand.tap("[data-complete]")
    hand.see("3 things are checked in.")
    hand.done("Take back three, one damaged", request)
    assert holders(server) == {}


def test_hand_out_until_a_day(hand: Hand, server: LiveServer, request):
    day = datetime.now(UTC) + timedelta(days=14)
    hand.start("/")
    hand_out(hand, "LT-001", "LT-002", "LT-003")
    hand.tap("[name=due_at]", position={"x": 12, "y": 20})
    hand.type(day.strftime("%m%d%Y"))
    hand.wait(
        lambda: hand.page.input_value("[name=due_at]") == day.date().isoformat(), "the day is set"
    )
    hand.tap("[data-complete]")
    hand.see("3 things are checked out to Ana Alves.")
    hand.done("Hand out three things until a day", request)
    with server.session() as session:
        dues = session.scalars(select(Asset.due_at).where(Asset.custodian_id.is_not(None)))
        assert {due.date() for due in dues} == {day.date()}


def test_who_has_it(hand: Hand, server: LiveServer, request):
    hand.start("/")
    hand.tap("[data-global-search] input")
    hand.type("lt-900")
    hand.page.locator("#search-hits", has_text="Projector").wait_for()
    hand.done("Find where one thing is", request)


def test_register_ten_and_print_their_labels(hand: Hand, server: LiveServer, request):
    hand.start("/")
    open_section(hand, "/receive")
    hand.tap("[name=model]")
    hand.type("T14")
    hand.tap("[name=first_tag]")
    hand.type("NB-001")
    hand.tap("[name=serials]")
    hand.scan(*(f"SN{number:05}" for number in range(10)))
    hand.tap("button[value=look]")
    hand.see("10 assets will be registered")
    hand.tap("button[value=apply]")
    hand.see("10 assets registered")
    hand.done("Register ten laptops of a new model", request)
    with server.session() as session:
        count = select(func.count(Asset.id)).where(Asset.asset_tag.startswith("NB-"))
        assert session.scalar(count) == 10

    hand.page.evaluate("sessionStorage.clear()")
    hand.scans = hand.scanned_keys = 0
    hand.tap("[data-pick-all]")
    hand.tap("button[name=do][value=labels]")
    with hand.page.expect_download():
        hand.tap("button:has-text('Download PDF')")
    hand.done("Print the labels of ten", request)
    with server.session() as session:
        assert session.scalar(select(func.count(LabelPrint.id))) == 10


def test_move_twelve(hand: Hand, server: LiveServer, request):
    tags = [f"LT-{number:03}" for number in range(1, 13)]
    hand.start("/")
    open_section(hand, "/scan")
    hand.tap("[data-mode=move]")
    hand.page.locator("[data-scan-page][data-mode=move]").wait_for()
    hand.scan("R-102", *tags)
    hand.wait(lambda: places(server, *tags) == {"R-102"}, "all are moved")
    hand.done("Move twelve things in hand", request)

    hand.start("/")
    open_section(hand, "/assets")
    picks = hand.page.locator("tbody [data-pick]")
    picks.nth(0).click()
    picks.nth(11).click(modifiers=["Shift"])
    hand.see("12 selected")
    hand.tap("button[name=do][value=move]")
    hand.wait(
        lambda: hand.page.evaluate("document.activeElement.id") == "f-value", "the field is ready"
    )
    hand.type("Room 103")
    hand.page.keyboard.press("Enter")
    hand.tap("button[name=step][value=apply]")
    hand.see("12")
    hand.wait(lambda: places(server, *tags) == {"R-103"}, "all are moved")
    hand.done("Move twelve things at the desk", request)


def test_what_is_late_and_what_is_low(hand: Hand, server: LiveServer, request):
    now = datetime.now(UTC)
    with server.session(write=True) as session:
        ana = session.scalars(select(Person).where(Person.number == "1001")).one()
        id_ = add_asset(session, "LT-LATE", custodian=ana, status=Stage.IN_USE, now=now)
        session.get_one(Asset, id_).due_at = now - timedelta(days=3)
        item_id = create_item(
            session, values={"name": "Toner", "stock_class": "consumable"}, now=now
        )
        set_rule(session, item_id=item_id, location_id=None, least=5, target=20, now=now)
    hand.start("/")
    hand.tap("nav a[href^='/assets?overdue']")
    hand.see("LT-LATE")
    hand.done("See what is overdue", request)

    hand.start("/")
    hand.tap("a[href='/stock?show=low']")
    hand.see("Toner")
    hand.done("See what is low", request)


def test_every_job_of_the_table_is_under_its_target():
    rows: dict[str, Any] = read_table()
    assert len(rows) == 10
    assert all(row.taps <= row.target for row in rows.values())

"""A morning at the counter with a desk scanner: with a network, then with the server away."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.models import (
    Asset,
    ContestedScan,
    Handover,
    Location,
    Person,
    StockAccount,
    StockCount,
    StockLevel,
    StockMove,
)
from scanner_app.services.circulation.rules import save_rule
from scanner_app.services.circulation.terms import write_terms
from scanner_app.storage.database import unit_of_work
from tests.browser.conftest import (
    PHONE,
    LiveServer,
    Phone,
    press_keys,
    scan_by_keys,
    wait_until,
)

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 800}
PICTURES = os.environ.get("SCANNER_SCREENSHOTS")


class Counter:
    """The counter's page, a scanner, and a finger whose taps are counted."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.taps = 0
        self.scans = 0

    def open(self) -> None:
        self.page.goto("/counter")
        wait_until(
            lambda: self.page.evaluate(
                "document.querySelector('[data-counter-page]')?.dataset.ready === ''"
            ),
            what="the counter is ready",
        )

    def scan(self, *codes: str) -> None:
        for code in codes:
            scan_by_keys(self.page, code)
            self.scans += 1

    def tap(self, selector: str) -> None:
        self.page.locator(selector).click()
        self.taps += 1

    def lines(self) -> dict[str, bool]:
        """Return the tags in the tray, and whether each may change hands."""
        return self.page.evaluate(
            "Object.fromEntries([...document.querySelectorAll('[data-lines] > li')]"
            ".map((row) => [row.dataset.tag, !row.hasAttribute('data-blocked')]))"
        )

    def await_lines(self, **lines: bool) -> None:
        wanted = {tag.replace("_", "-"): ready for tag, ready in lines.items()}
        wait_until(
            lambda: self.lines() == wanted,
            what=lambda: (
                f"the tray holds {wanted}: {self.lines()}, and the page says {self.said()!r}"
            ),
        )
        wait_until(
            lambda: "Not checked yet" not in self.page.inner_text("[data-lines]"),
            what="the server has answered",
        )

    def await_said(self, words: str) -> str:
        wait_until(
            lambda: words in self.said(),
            what=lambda: f"{words!r}: the page says {self.said()!r}",
        )
        return self.said()

    def said(self) -> str:
        return self.page.inner_text("[data-result]")

    def picture(self, name: str) -> None:
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def holders(server: LiveServer) -> dict[str, str | None]:
    """Return who has what, by the register."""
    with server.session() as session:
        rows = session.execute(
            select(Asset.asset_tag, Person.number)
            .outerjoin(Person, Person.id == Asset.custodian_id)
            .where(Asset.custodian_id.is_not(None) | (Asset.asset_tag == "LT-001"))
        )
        return {tag: number for tag, number in rows}  # noqa: C416 - mypy does not take rows as pairs


def test_a_code_that_was_not_read_whole_is_told_and_can_be_typed(server: LiveServer, phone: Phone):
    """Nobody looks at the tray after each scan: a thing that is missing there leaves unrecorded."""
    page = phone.open(cookie=server.sign_in("stockroom"), viewport=DESK)
    counter = Counter(page)
    counter.open()
    counter.scan("B-77", "LT-001")
    counter.await_lines(LT_001=True)
    press_keys(page, [("LT-0", "silence")])
    # The stamps say when the keys were pressed: nobody waits here.
    press_keys(page, [("02", "Enter")], at=page._wedge_at + 0.9)
    counter.await_said("Not read whole. Scan it again.")
    assert page.input_value("#code") == ""
    counter.scan("LT-002")
    counter.await_lines(LT_001=True, LT_002=True)
    # A quarter of a second after a scan, Enter may still be the scanner's: nobody types so fast.
    page.wait_for_timeout(300)
    page.fill("#code", "LT-003")
    page.press("#code", "Enter")
    counter.await_lines(LT_001=True, LT_002=True, LT_003=True)


def test_a_morning_with_a_desk_scanner(server: LiveServer, phone: Phone):
    """Eleven things change hands in six hand-overs, by six taps; a command code spares the tap."""
    page = phone.open(cookie=server.sign_in("stockroom"), viewport=DESK)
    counter = Counter(page)
    counter.open()
    # Ana gets three. The badge comes last: order is free.
    counter.scan("LT-001", "LT-002", "LT-003", "B-77")
    counter.await_lines(LT_001=True, LT_002=True, LT_003=True)
    counter.picture("counter-check-out")
    counter.tap("[data-complete]")
    counter.await_said("3 things are checked out to Ana Alves.")
    # Bob gets two; one that Ana has is not handed over, and the page says who has it.
    counter.scan("B-78", "LT-004", "LT-003", "LT-005")
    counter.await_lines(LT_004=True, LT_003=False, LT_005=True)
    assert "Ana Alves has it" in page.inner_text("[data-lines]")
    counter.scan("SCN-NEXT")
    counter.await_said("2 things are checked out to Bob Brook.")
    # Two come back without a badge, one of them damaged, by codes of the desk card alone.
    counter.scan("LT-002", "LT-004")
    counter.await_lines(LT_002=True, LT_004=True)
    counter.scan("SCN-DAMAGED")
    counter.await_said("LT-004 comes back damaged.")
    counter.picture("counter-check-in")
    counter.scan("SCN-RETURN")
    counter.await_said("2 things are checked in.")
    # One is taken off again; the hand-over of the other is undone.
    counter.scan("B-77", "LT-006", "LT-007")
    counter.await_lines(LT_006=True, LT_007=True)
    counter.tap("[data-tag='LT-007'] [data-take-off]")
    counter.await_lines(LT_006=True)
    counter.scan("SCN-HANDOVER")
    counter.await_said("1 thing is checked out to Ana Alves.")
    counter.tap("[data-result] button")
    counter.await_said("is undone")

    assert holders(server) == {"LT-001": "1001", "LT-003": "1001", "LT-005": "1002"}
    with server.session() as session:
        assert session.scalar(select(Asset.status).where(Asset.asset_tag == "LT-004")).value == (
            "in_maintenance"
        )
        rows = session.scalars(select(Handover).order_by(Handover.id)).all()
        assert [(row.kind.value, row.mode.value) for row in rows] == [
            ("issue", "strict"), ("issue", "strict"), ("return", "strict"), ("issue", "strict"),
        ]  # fmt: skip
    # Three taps for six acts: the hand-over, the thing that was taken off, the undo.
    print(f"{counter.scans} scans, {counter.taps} taps")
    assert counter.taps == 3
    take_fewer_after_a_refusal(counter, server)


def test_nobody_waits_between_two_trays(server: LiveServer, phone: Phone):
    """What is scanned while things change hands is for the next person."""
    page = phone.open(cookie=server.sign_in("stockroom"), viewport=DESK)
    counter = Counter(page)
    counter.open()
    codes = ("B-77", "LT-001", "SCN-NEXT", "B-78", "LT-002", "LT-003", "SCN-NEXT", "B-77", "LT-004")
    press_keys(page, [(code, "Enter") for code in codes])
    counter.await_lines(LT_004=True)
    assert holders(server) == {"LT-001": "1001", "LT-002": "1002", "LT-003": "1002"}


def take_fewer_after_a_refusal(counter: Counter, server: LiveServer) -> None:
    """Scan four mice of which another desk takes three meanwhile, and check out the one left."""
    app = build(server)
    with app.app_context(), unit_of_work() as session:
        put_mice(session, 4)
    counter.scan("SCN-QTY-4", "B-77", "ST-0001")  # the badge does not use the number up
    counter.await_lines(ST_0001=True)
    wait_until(
        lambda: "Not checked yet" not in counter.page.inner_text("[data-lines]"),
        what="the server said how many lie there, before another desk takes some",
    )
    pieces = "[data-tag='ST-0001'] [data-pieces-number]"
    assert counter.page.input_value(pieces) == "4"
    with app.app_context(), unit_of_work() as session:
        take_by_hand(session, "ST-0001", "1002", intent="issue", quantity=3)
    counter.tap("[data-complete]")
    counter.await_said("There are only 1 of Mouse")
    counter.page.fill(pieces, "1")
    counter.page.keyboard.press("Tab")
    counter.tap("[data-complete]")
    counter.await_said("1 thing is checked out to Ana Alves.")


def test_what_happens_while_the_server_is_away_arrives_as_a_fact(server: LiveServer, phone: Phone):
    page = phone.open(cookie=server.sign_in("stockroom"), viewport=DESK)
    counter = Counter(page)
    app = build(server)
    with app.app_context(), unit_of_work() as session:
        put_mice(session, 9)
    counter.open()
    page.wait_for_timeout(300)
    server.stop()
    counter.scan("B-77", "LT-001", "LT-002", "ST-0001", "ST-0001", "SCN-QTY-3", "ST-0001")
    wait_until(
        lambda: set(counter.lines()) == {"LT-001", "LT-002", "ST-0001"}, what="the tray is full"
    )
    assert "Not checked yet" in page.inner_text("[data-lines]")
    counter.tap("[data-complete]")
    counter.await_said("kept on this device")
    # Meanwhile somebody else checked one of them out, at a desk with a network.
    with app.app_context(), unit_of_work() as session:
        take_by_hand(session, "LT-002", "1002")

    server.start()
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_until(lambda: count_handovers(server) == 1, seconds=40, what="the fact arrives")

    counter.await_said("needs a person")
    with server.session() as session:
        [row] = session.scalars(select(Handover))
        assert row.mode.value == "fact"
        assert session.scalar(select(ContestedScan.refusal)) is not None
        # The page did not know that the code is stock: it counted the scans.
        quantities = session.execute(
            select(StockAccount.kind, StockLevel.quantity)
            .join(StockAccount, StockAccount.id == StockLevel.account_id)
        )  # fmt: skip
        assert {kind.value: number for kind, number in quantities} == {"place": 4, "person": 5}
    assert holders(server)["LT-001"] == "1001"


def put_mice(session: Any, quantity: int) -> None:
    """Put a stock item into Room 101."""
    from datetime import UTC, datetime

    from scanner_app.domain.access.roles import Actor, Role
    from scanner_app.queries.stock.items import load_cards
    from scanner_app.services.stock.items import create_item
    from scanner_app.services.stock.ledger import Order
    from scanner_app.services.stock.moves import receive

    now = datetime(2026, 1, 5, 8, tzinfo=UTC)
    room_id = session.scalars(select(Location.id).where(Location.code == "R-101")).one()
    item_id = create_item(session, values={"name": "Mouse", "stock_class": "accessory"}, now=now)
    order = Order(now, now, Actor("user", 1, "Sam", Role.STOCKROOM, user_id=1))
    card = load_cards(session, [item_id])[item_id]
    receive(session, card, quantity=quantity, place_id=room_id, order=order)


def test_terms_are_ticked_at_the_counter_and_accepted_on_the_phone_of_who_gets_the_thing(
    server: LiveServer, phone: Phone
):
    ask_for_terms(server)
    page = phone.open(cookie=server.sign_in("stockroom"), viewport=DESK)
    counter = Counter(page)
    counter.open()
    counter.scan("B-77", "LT-001")
    counter.await_lines(LT_001=True)
    wait_until(lambda: page.is_visible("[data-tick]"), what="the terms are shown")
    counter.picture("terms-counter")
    counter.tap("[data-complete]")
    counter.await_said("Not accepted yet: Use of laptops.")
    counter.tap("[name=by_link]")
    counter.tap("[data-complete]")
    counter.await_said("1 thing is checked out to Ana Alves.")
    page.click("[data-result] a[href^='/h/']")
    path = page.inner_text("section[aria-labelledby=by-link] .code").partition("/accept/")[2]
    counter.picture("terms-handover")

    receiver = page.context.browser.new_context(viewport=PHONE, base_url=server.url)
    own = receiver.new_page()
    own.goto(f"/accept/{path}")
    Counter(own).picture("terms-phone")
    own.check("[name=terms]")
    own.locator("[data-signature-pad]").scroll_into_view_if_needed()
    box = own.locator("[data-signature-pad]").bounding_box()
    own.mouse.move(box["x"] + 40, box["y"] + 60)
    own.mouse.down()
    for step in range(30):
        own.mouse.move(box["x"] + 40 + step * 7, box["y"] + 60 + step % 5 * 8)
    own.mouse.up()
    own.click("button[value=accept]")
    wait_until(lambda: "Your answer is recorded" in own.inner_text("main"), what="accepted")
    Counter(own).picture("terms-phone-accepted")
    receiver.close()


def ask_for_terms(server: LiveServer) -> None:
    """Write terms for everything, and a rule that wants them signed."""
    now, ada = datetime.now(UTC), Actor("user", 1, "Ada", Role.ADMIN, user_id=1)
    with server.session(write=True) as session:
        body = "Take it home, keep it dry.\n\nBring it back when you leave."
        write_terms(session, category="", title="Use of laptops", body=body, actor=ada, now=now)
        save_rule(session, texts={"place": "HQ", "signature": "needed"}, actor=ada, now=now)


def build(server: LiveServer) -> Any:
    with server.session():
        return server.app


def count_handovers(server: LiveServer) -> int:
    with server.session() as session:
        return len(session.scalars(select(Handover.id)).all())


def take_by_hand(
    session: Any, tag: str, number: str, *, intent: str = "check_out", quantity: int | None = None
) -> None:
    """Record an earlier check-out by another counter, as it would have arrived before."""
    from datetime import UTC, datetime, timedelta
    from uuid import uuid4

    from scanner_app.domain.access.roles import Actor, Role
    from scanner_app.domain.scanning.intents import Intent
    from scanner_app.domain.scanning.new_scan import NewScan
    from scanner_app.services.scanning.record import record_scans

    now = datetime.now(UTC)
    other = Actor("user", 99, "Other desk", Role.STOCKROOM, user_id=99)
    at = now if quantity else now - timedelta(hours=1)
    scan = NewScan(uuid4(), tag, Intent(intent), at, custodian=number, quantity=quantity)
    record_scans(session, scans=[scan], actor=other, now=now)


def test_stock_is_received_and_counted_on_the_scan_page_with_the_server_away(
    server: LiveServer, phone: Phone
):
    app = build(server)
    with app.app_context(), unit_of_work() as session:
        put_mice(session, 9)
    page = phone.open(cookie=server.sign_in("stockroom"))
    page.goto("/scan?mode=receive")
    wait_until(
        lambda: page.evaluate(
            "document.querySelector('[data-scan-page]')?.dataset.ready === ''"
        ),
        what="the scan page is ready",
    )  # fmt: skip
    page.wait_for_timeout(300)
    server.stop()
    for code in ("R-101", "SCN-QTY-4", "ST-0001", "ST-0001"):
        scan_by_keys(page, code)
    page.locator("[data-modes] a[data-mode=count]").click()
    for code in ("R-101", "ST-0001"):  # the label of the room needs no number
        scan_by_keys(page, code)
    wait_until(
        lambda: "Type how many there are" in page.inner_text("[data-result]"),
        what="a count says that it needs a number",
    )
    page.fill("#pieces", "12")
    for code in ("R-101", "ST-0001"):
        scan_by_keys(page, code)

    server.start()
    page.evaluate("dispatchEvent(new Event('online'))")

    def levels() -> list[int]:
        with server.session() as session:
            return list(session.scalars(select(StockLevel.quantity)))

    # Nine, four and one were expected; the shelf has twelve.
    wait_until(lambda: levels() == [12], seconds=40, what=f"the scans arrive: {levels()}")
    with server.session() as session:
        received = select(StockMove.quantity).where(StockMove.act == "receive")
        assert session.scalars(received.order_by(StockMove.id)).all() == [9, 4, 1]
        assert session.scalars(select(StockCount.expected)).all() == [14]

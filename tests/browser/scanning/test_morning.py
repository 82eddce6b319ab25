"""Scenario 1 of the counter: a whole morning with a desk scanner, its rows held to a table.

The gate hands over twelve times. `SCANNER_MORNING=40` is the whole morning: 12 people, 40 hand-overs,
25 returns, three things damaged, two kits of which a piece stays out, one conflict, one notice of
low stock.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.models import (
    Asset,
    Custody,
    Handover,
    HandoverLine,
    Location,
    Notice,
    Person,
    StockLevel,
)
from scanner_app.queries.stock.items import load_cards
from scanner_app.queries.stockroom.kits import find_kit_ids, load_kits
from scanner_app.services.stock.check import find_mismatches
from scanner_app.services.stock.items import create_item
from scanner_app.services.stock.ledger import Order
from scanner_app.services.stock.moves import receive
from scanner_app.services.stock.rules import set_rule
from scanner_app.services.stockroom.kits import add_piece, create_kit
from scanner_app.storage.database import unit_of_work
from tests.browser.conftest import LiveServer, Phone, wait_until
from tests.browser.scanning.test_counter import DESK, Counter, build, take_by_hand
from tests.support.register import add_asset, add_person

pytestmark = pytest.mark.browser

PEOPLE = 12
HAND_OVERS = int(os.environ.get("SCANNER_MORNING", "12"))
RETURNS = HAND_OVERS * 25 // 40
TONER, MOUSE = "ST-0001", "ST-0002"
MOUSE_TO, QUANTITY_TO, CONFLICT = 2, 5, 7  # in which hand-over each of these happens
DAMAGED = (1, 3, 4)  # in which return
KITS = (0, 6)  # in which hand-over, and return
TONERS, LEAST = 4 + HAND_OVERS // 4, 4


def tag(number: int) -> str:
    return f"MC-{number + 1:03}"


def kit_tag(number: int) -> str:
    return f"KIT-{KITS.index(number) + 1:04}"


def kit_pieces(number: int) -> list[str]:
    return [f"MC-K{number}-{piece}" for piece in (1, 2, 3)]


def fill(session: Any) -> None:
    now = datetime(2026, 1, 5, 8, tzinfo=UTC)
    room = session.scalars(select(Location).where(Location.code == "R-101")).one()
    for number in range(PEOPLE):
        add_person(session, f"M{number}", f"Person {number}", badge=f"MB-{number:02}", now=now)
    for number in range(HAND_OVERS + 1):  # one more, which somebody else takes
        add_asset(session, tag(number), location=room, home=room, now=now)
    for number in KITS:
        kit_id = create_kit(session, {"name": f"Camera kit {number}"}, now=now)
        for piece in kit_pieces(number):
            add_asset(session, piece, location=room, home=room, now=now)
            add_piece(session, load_kits(session, [kit_id])[kit_id].tag, code=piece, now=now)
    clerk = Actor("user", 1, "Sam", Role.STOCKROOM, user_id=1)
    for name, kind, quantity in (("Toner", "consumable", TONERS), ("Mouse", "accessory", 30)):
        item_id = create_item(session, values={"name": name, "stock_class": kind}, now=now)
        card = load_cards(session, [item_id])[item_id]
        receive(session, card, quantity=quantity, place_id=room.id, order=Order(now, now, clerk))
        if kind == "consumable":
            set_rule(session, item_id=item_id, location_id=None, least=LEAST, target=20, now=now)


def plan() -> list[list[str]]:
    """Return what is scanned for each hand-over: the badge first, then what the person gets."""
    rounds = []
    for number in range(HAND_OVERS):
        codes = [f"MB-{number % PEOPLE:02}", tag(number)]
        if number % 4 == 0:
            codes.append(TONER)
        if number == MOUSE_TO:
            codes += [MOUSE, MOUSE]
        if number == QUANTITY_TO:
            codes += ["SCN-QTY-5", MOUSE]
        if number == CONFLICT:
            codes.append(tag(HAND_OVERS))
        if number in KITS:
            codes.append(kit_tag(number))
        rounds.append(codes)
    return rounds


def test_a_morning_ends_as_its_table_says(server: LiveServer, phone: Phone):
    app = build(server)
    with app.app_context(), unit_of_work() as session:
        fill(session)
    # The table, written before: who has what, what lies where, how many documents and lines.
    back = range(RETURNS)
    holders = {tag(n): f"M{n % PEOPLE}" for n in range(HAND_OVERS) if n not in back}
    holders[tag(HAND_OVERS)] = "1002"
    holders |= {kit_pieces(n)[-1]: f"M{n % PEOPLE}" for n in KITS}
    toners = len(range(0, HAND_OVERS, 4))
    levels = {
        (TONER, "R-101"): TONERS - toners,
        (MOUSE, "R-101"): 30 - 2 - 5 + 1,
        (MOUSE, f"M{MOUSE_TO}"): 1,
        (MOUSE, f"M{QUANTITY_TO}"): 5,
    }
    documents = {"issue": HAND_OVERS, "return": RETURNS}
    lines = HAND_OVERS + toners + 2 + RETURNS + 1 + len(KITS) * (3 + 2)
    spans = HAND_OVERS + 1 + len(KITS) * 3

    page = phone.open(cookie=server.sign_in("stockroom"), viewport=DESK)
    counter = Counter(page)
    counter.open()
    damaged = hand_out_and_take_back(counter, app)

    assert read_truth(server) == (holders, levels, documents, lines, spans)
    with server.session() as session:
        assert find_mismatches(session) == []
        low = select(func.count(Notice.id)).where(Notice.key.startswith("low:"))
        assert session.scalar(low) == 1
        broken = session.scalars(select(Asset.asset_tag).where(Asset.status == "in_maintenance"))
        assert set(broken) == {tag(n) for n in damaged}
        ids = find_kit_ids(session, map(kit_tag, KITS)).values()
        odd = [piece.ref for kit in load_kits(session, ids).values() for piece in kit.odd]
        assert sorted(odd) == [kit_pieces(n)[-1] for n in KITS]
    print(f"{HAND_OVERS} hand-overs, {RETURNS} returns: {counter.scans} scans, {counter.taps} taps")
    assert counter.taps <= HAND_OVERS + RETURNS + len(damaged)


def hand_out_and_take_back(counter: Counter, app: Any) -> list[int]:
    """Do the whole plan, the returns among the hand-overs, and return what came back damaged."""
    damaged, returned = [], 0
    for number, codes in enumerate(plan()):
        counter.scan(*codes)
        things = len({c for c in codes if not c.startswith(("MB-", "SCN-"))})
        things += 2 * (number in KITS)  # the label of a kit is a line for each of three pieces
        await_lines(counter, things)
        if number == CONFLICT:
            with app.app_context(), unit_of_work() as session:
                take_by_hand(session, tag(HAND_OVERS), "1002")
            counter.tap("[data-complete]")
            counter.await_said("Nothing changed hands.")
            assert "Bob Brook" in counter.page.inner_text("[data-lines]")
            counter.scan("SCN-NEXT")  # the rest goes, without another tap
            things -= 1
        else:
            counter.tap("[data-complete]")
        counter.await_said(f"checked out to Person {number % PEOPLE}.")
        while returned < RETURNS and returned < number - 1:
            take_back(counter, returned, damaged)
            returned += 1
    while returned < RETURNS:
        take_back(counter, returned, damaged)
        returned += 1
    return damaged


def take_back(counter: Counter, number: int, damaged: list[int]) -> None:
    codes = [tag(number)]
    if number == MOUSE_TO:
        codes += [f"MB-{number:02}", MOUSE]  # several people have mice
    if number in KITS:
        codes += [kit_tag(number), *kit_pieces(number)[:2]]
    counter.scan(*codes)
    await_lines(counter, 1 + (number == MOUSE_TO) + 2 * (number in KITS))
    if number in KITS:
        left = f"{kit_pieces(number)[-1]} Laptop · with Person {number % PEOPLE}"
        wait_until(lambda: left in counter.page.inner_text("[data-kits]"), what=left)
    if number in DAMAGED:
        counter.tap(f"[data-tag='{tag(number)}'] [data-damaged]")
        damaged.append(number)
    counter.tap("[data-complete]")
    counter.await_said("checked in.")


def await_lines(counter: Counter, count: int) -> None:
    wait_until(
        lambda: (
            len(counter.lines()) == count
            and all(counter.lines().values())
            and "Not checked yet" not in counter.page.inner_text("[data-lines]")
        ),
        what=f"{count} lines: {counter.lines()}",
    )


def read_truth(server: LiveServer) -> tuple[Any, ...]:
    """Return holders, levels, documents, lines and spans, by the rows themselves."""
    from scanner_app.models import StockAccount, StockItem

    with server.session() as session:
        held = session.execute(
            select(Asset.asset_tag, Person.number)
            .join(Person, Person.id == Asset.custodian_id)
            .where(Asset.asset_tag.startswith("MC-"))
        )
        levels = session.execute(
            select(StockItem.code, func.coalesce(Location.code, Person.number), StockLevel.quantity)
            .join(StockItem, StockItem.id == StockLevel.stock_item_id)
            .join(StockAccount, StockAccount.id == StockLevel.account_id)
            .outerjoin(Location, Location.id == StockAccount.location_id)
            .outerjoin(Person, Person.id == StockAccount.person_id)
            .where(StockLevel.quantity > 0)
        )
        kinds = session.execute(select(Handover.kind, func.count()).group_by(Handover.kind))
        return (
            {row[0]: row[1] for row in held},
            {(code, where): quantity for code, where, quantity in levels},
            {kind.value: number for kind, number in kinds},
            session.scalar(select(func.count()).select_from(HandoverLine)),
            session.scalar(select(func.count()).select_from(Custody)),
        )

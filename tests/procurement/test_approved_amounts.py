"""An approval counts for the amount that it was given for, and for no more. Both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.errors import Conflict
from scanner_app.domain.procurement.approved import Amount, say_amount
from scanner_app.domain.procurement.events import BuyingKind
from scanner_app.domain.procurement.orders import OrderState
from scanner_app.models import AssetModel, Category, ExchangeRate, Notice
from scanner_app.queries.procurement.events import list_events
from scanner_app.queries.procurement.orders import get_order
from scanner_app.queries.procurement.requests import get_request
from scanner_app.services.policies.policies import add_policy, change_policy
from scanner_app.services.procurement.asking.approve import decide_request
from scanner_app.services.procurement.asking.quotes import add_quote, choose_quote
from scanner_app.services.procurement.lines import remove_line, save_line
from scanner_app.services.procurement.look_at_request import Look, look_at_request
from tests.procurement.buying import ALICE, NOW, TOM
from tests.procurement.conftest import TODAY
from tests.procurement.test_requests import (
    ADMIN,
    APPROVE,
    BOB,
    HERE,
    REJECT,
    approve,
    ask,
    decide,
    order,
    session,
    state_of,
    step,
)

__all__ = ["session"]
CAROL = Actor("user", 9, "Carol", Role.APPROVER, user_id=9)


def euros(cents: int) -> Amount:
    return Amount({"EUR": cents}, cents, "EUR")


@pytest.mark.parametrize(
    ("given", "wanted", "covers"),
    [
        (euros(100), euros(100), True),
        (euros(100), euros(101), False),
        (euros(0), euros(0), True),
        # Nobody knew a price: it counts until somebody does.
        (Amount(), Amount(), True),
        (Amount(), euros(1), False),
        (euros(100), Amount(), False),
        # In its own currency it counts whatever the rate is by then.
        (Amount({"USD": 100}, 90, "EUR"), Amount({"USD": 100}, 95, "EUR"), True),
        (Amount({"USD": 100}, 90, "EUR"), Amount({"USD": 101}, 80, "EUR"), False),
        (Amount({"USD": 100}, 90, "EUR"), euros(90), True),
        (Amount({"USD": 100}, 90, "EUR"), euros(91), False),
        # Without a rate, or against another base, two currencies are not compared.
        (Amount({"JPY": 100}, None, "EUR"), euros(1), False),
        (Amount({"USD": 100}, 90, "EUR"), Amount({"GBP": 1}, 1, "CHF"), False),
        # Of several currencies, each one counts.
        (Amount({"EUR": 100, "JPY": 5}, None, "EUR"), Amount({"JPY": 5}, None, "EUR"), True),
        (Amount({"EUR": 100}, 100, "EUR"), Amount({"EUR": 50, "JPY": 5}, None, "EUR"), False),
    ],
)
def test_an_approval_covers_what_it_was_given_for(given, wanted, covers):
    assert given.covers(wanted) is covers


def test_an_amount_is_said_by_currency():
    assert say_amount(Amount({"USD": 5, "EUR": 1_234_50})) == "1,234.50 EUR + 0.05 USD"
    assert say_amount(Amount()) == ""


def look(session: Any, id_: int, actor: Actor = BOB) -> Look:
    return look_at_request(session, id_, actor=actor, **HERE)


def how_far(session: Any, id_: int) -> str:
    found = look(session, id_)
    short = ", short" if found.is_short else ""
    return f"{state_of(session, id_)} {found.given} of {found.needed}{short}"


def choose(session: Any, id_: int, price: int, actor: Actor = ALICE, **more: Any) -> None:
    values = {"supplier": f"Offers {price}", "price_cents": price, "currency": "EUR", **more}
    quote = add_quote(session, request_id=id_, values=values, actor=ALICE, now=NOW)
    choose_quote(
        session, request_id=id_, quote_id=quote, reason="Good", actor=actor, now=NOW, **HERE
    )


def change_line(session: Any, number: str, price: int, quantity: int = 10) -> None:
    values = {
        "kind": "hardware", "model": "Book 14", "manufacturer": "Maker", "quantity": quantity,
        "unit_price_cents": price,
    }  # fmt: skip
    save_line(session, number=number, position=1, values=values, actor=ALICE, now=NOW, **HERE)


def waiting(session: Any) -> list[bool]:
    """Return of each notice that waits whether it is about a higher amount."""
    rows = session.scalars(
        select(Notice).where(Notice.cleared_at.is_(None)).order_by(Notice.id)
    ).all()
    return [bool(one.params.get("is_again")) for one in rows if one.kind.value == "request_waiting"]


def test_a_dearer_quote_chosen_later_asks_again(session):
    asked = ask(session)
    approve(session, asked)
    choose(session, asked, 12_000_00)
    assert how_far(session, asked) == "approved 2 of 2"
    assert waiting(session) == []
    choose(session, asked, 13_500_00)
    assert how_far(session, asked) == "approved 0 of 2, short"
    assert waiting(session) == [True]
    number = order(session, asked)
    with pytest.raises(Conflict, match=r"R\d+ comes to 13,500\.00 and has 0 of 2") as refused:
        step(session, number, OrderState.PLACED)
    assert refused.value.code == "policy_blocked"
    assert decide(session, asked, BOB) == "ordered 1 of 2"
    with pytest.raises(Conflict, match="already"):
        decide(session, asked, BOB)
    assert decide(session, asked, ADMIN) == "ordered 2 of 2"
    assert how_far(session, asked) == "ordered 2 of 2"
    assert waiting(session) == []
    step(session, number, OrderState.PLACED)
    # Nothing is lost: both rounds of approvals are there, each with its amount.
    given = [(one.actor_name, one.amount) for one in get_request(session, asked).approvals]
    assert given == [
        ("Bob", "12,000.00 EUR"), ("Ana", "12,000.00 EUR"),
        ("Bob", "13,500.00 EUR"), ("Ana", "13,500.00 EUR"),
    ]  # fmt: skip
    events = list_events(session, BuyingKind.REQUEST, asked)
    assert [one.text for one in events if one.facts.label == "More than was approved"] == [
        "13,500.00 EUR"
    ]


def test_a_price_raised_in_the_order_asks_again(session):
    asked = ask(session)
    approve(session, asked)
    number = order(session, asked)
    change_line(session, number, 1_200_00)
    assert how_far(session, asked) == "ordered 2 of 2"
    change_line(session, number, 1_200_01)
    assert how_far(session, asked) == "ordered 0 of 2, short"
    assert waiting(session) == [True]
    with pytest.raises(Conflict):
        step(session, number, OrderState.PLACED)
    # Back at what was approved, nobody has to decide.
    change_line(session, number, 1_100_00)
    assert how_far(session, asked) == "ordered 2 of 2"
    assert waiting(session) == []
    step(session, number, OrderState.PLACED)
    # A placed order is not raised past its approvals.
    with pytest.raises(Conflict) as refused:
        change_line(session, number, 1_300_00)
    assert refused.value.code == "policy_blocked"


def test_many_small_orders_are_not_less_than_a_large_one(session):
    asked = ask(session)
    approve(session, asked)
    first = order(session, asked, quantity=5)
    step(session, first, OrderState.PLACED)
    second = order(session, asked, quantity=5, unit_price_cents=1_500_00)
    assert how_far(session, asked) == "ordered 0 of 2, short"
    with pytest.raises(Conflict, match=r"13,500\.00"):
        step(session, second, OrderState.PLACED)
    remove_line(session, number=second, position=1, actor=ALICE, now=NOW, **HERE)
    assert how_far(session, asked) == "ordered 2 of 2"


def test_what_a_closed_order_did_not_bring_is_not_counted_twice(session):
    asked = ask(session)
    approve(session, asked)
    first = order(session, asked)
    step(session, first, OrderState.PLACED)
    step(session, first, OrderState.CLOSED)
    second = order(session, asked)
    assert how_far(session, asked) == "ordered 2 of 2"
    step(session, second, OrderState.PLACED)


def test_an_order_that_is_opened_again_counts_whole(session):
    asked = ask(session)
    approve(session, asked)
    first = order(session, asked)
    step(session, first, OrderState.PLACED)
    step(session, first, OrderState.CLOSED)
    second = order(session, asked)
    step(session, second, OrderState.PLACED)
    with pytest.raises(Conflict, match=r"24,000\.00") as refused:
        step(session, first, OrderState.PLACED)
    assert refused.value.code == "policy_blocked"
    assert get_order(session, first).state is OrderState.CLOSED
    # Once the second brings nothing more, the first is opened again.
    step(session, second, OrderState.CANCELLED)
    step(session, first, OrderState.PLACED)
    assert get_order(session, first).state is OrderState.PLACED


def test_a_policy_of_a_category_asks_on_the_page_for_what_the_gate_asks(session):
    laptops = Category(name="Laptops")
    session.add(laptops)
    session.flush()
    model = session.scalars(select(AssetModel).where(AssetModel.name == "Book 14")).one()
    model.category_id = laptops.id
    values = {
        "check": "approved_by", "title": "Each laptop is approved", "mode": "block",
        "params": {"bands": [[0, 1]]}, "applies": {"categories": ["Laptops"]},
    }  # fmt: skip
    add_policy(session, values=values, actor=ADMIN, now=NOW)
    words: dict[str, Any] = {
        "title": "Something to type on",
        "model": "",
        "manufacturer": "",
        "quantity": 1,
    }
    asked = ask(session, estimate_cents=400_00, **words)
    assert how_far(session, asked) == "approved 0 of 0"
    number = order(session, asked, model="Book 14", manufacturer="Maker")
    assert how_far(session, asked) == "ordered 0 of 1, short"
    with pytest.raises(Conflict) as refused:
        step(session, number, OrderState.PLACED)
    assert refused.value.code == "policy_blocked"
    assert decide(session, asked, BOB) == "ordered 1 of 1"
    step(session, number, OrderState.PLACED)


def test_a_higher_amount_that_is_refused_leaves_what_was_approved(session):
    asked = ask(session, TOM)
    approve(session, asked)
    choose(session, asked, 13_500_00)
    decide(session, asked, BOB, REJECT, "Too dear")
    assert how_far(session, asked) == "approved 0 of 2, short"
    assert waiting(session) == []
    decided = [
        one for one in session.scalars(select(Notice)) if one.params.get("state") == "more_refused"
    ]
    assert [one.params["reason"] for one in decided] == ["Too dear"]
    choose(session, asked, 11_500_00)
    assert how_far(session, asked) == "approved 2 of 2"
    number = order(session, asked)
    step(session, number, OrderState.PLACED)
    assert get_order(session, number).state is OrderState.PLACED


def test_what_waits_is_approved_for_what_it_comes_to_by_then(session):
    asked = ask(session)
    assert decide(session, asked, BOB) == "submitted 1 of 2"
    choose(session, asked, 13_500_00)
    assert how_far(session, asked) == "submitted 0 of 2"
    assert look(session, asked).may_decide
    # Bob decides about the higher amount; both his decisions are kept.
    assert decide(session, asked, BOB) == "submitted 1 of 2"
    assert not look(session, asked).may_decide
    # The cheaper one again: each of his approvals covers it, and he is one person.
    choose(session, asked, 12_000_00)
    assert how_far(session, asked) == "submitted 1 of 2"
    # So cheap that one is enough: nobody has to decide once more.
    choose(session, asked, 4_000_00)
    assert how_far(session, asked) == "approved 1 of 1"


def test_who_made_it_dearer_does_not_approve_that(session):
    asked = ask(session, TOM)
    approve(session, asked)
    choose(session, asked, 13_500_00, actor=ADMIN)
    assert not look(session, asked, ADMIN).may_decide
    with pytest.raises(Conflict) as refused:
        decide(session, asked, ADMIN)
    assert refused.value.code == "self_approval"
    decide(session, asked, BOB)
    assert decide(session, asked, CAROL) == "approved 2 of 2"
    told = [
        one for one in session.scalars(select(Notice)) if one.params.get("state") == "more_approved"
    ]
    assert len(told) == 1


def test_who_saw_another_amount_looks_again(session):
    asked = ask(session)
    seen = say_amount(look(session, asked).amount)
    choose(session, asked, 13_500_00)
    here: dict[str, Any] = {"decision": APPROVE, "reason": "", "actor": BOB, "now": NOW, **HERE}
    with pytest.raises(Conflict) as refused:
        decide_request(session, request_id=asked, seen=seen, **here)
    assert refused.value.code == "changed_meanwhile"
    decide_request(session, request_id=asked, seen="13,500.00 EUR", **here)


def test_an_approval_without_a_price_counts_until_there_is_one(session):
    asked = ask(session, estimate_cents=None)
    approve(session, asked)
    assert how_far(session, asked) == "approved 2 of 2"
    choose(session, asked, 4_000_00)
    assert how_far(session, asked) == "approved 0 of 1, short"
    assert decide(session, asked, BOB) == "approved 1 of 1"


def test_two_currencies_without_a_rate_are_not_compared_and_with_one_they_are(session):
    asked = ask(session, estimate_cents=4_000_00)
    decide(session, asked, BOB)
    choose(session, asked, 4_000_00, currency="USD")
    assert how_far(session, asked) == "approved 0 of 2, short"
    rate = ExchangeRate(
        base="EUR", currency="USD", on_day=TODAY, per_base="1.25", recorded_at=NOW,
        actor_name="Ana",
    )  # fmt: skip
    session.add(rate)
    session.flush()
    assert how_far(session, asked) == "approved 1 of 1"


def test_what_nobody_had_to_approve_asks_when_it_costs_more(session):
    asked = ask(session, estimate_cents=500_00)
    assert how_far(session, asked) == "approved 0 of 0"
    choose(session, asked, 501_00)
    assert how_far(session, asked) == "approved 0 of 1, short"
    assert decide(session, asked, BOB) == "approved 1 of 1"
    other = ask(session, estimate_cents=500_00)
    change_policy(session, code="approvals", values={"is_active": False}, actor=ADMIN, now=NOW)
    assert not look(session, other).is_short


def test_a_policy_of_other_things_does_not_say_how_many_approve(session):
    scope = {"applies": {"kinds": ["software"]}}
    change_policy(session, code="approvals", values=scope, actor=ADMIN, now=NOW)
    assert how_far(session, ask(session)) == "submitted 0 of 1"
    assert how_far(session, ask(session, kind="software")) == "submitted 0 of 2"


@pytest.mark.either_database
def test_the_page_and_programs_say_that_it_comes_to_more(filled, admin, page_as, api_as):
    buyer = api_as("stockroom")
    approver = api_as("approver", owner="bob@example.org")
    need = {"title": "Lamps", "quantity": 4, "justification": "Dark", "estimate": "700.00"}
    path = f"/requests/{buyer.post('/requests', json=need).json['id']}"
    approver.post(f"{path}/approvals", json={"decision": "approve"})
    quote = {"supplier": "A", "price": "900.00", "currency": "EUR"}
    number = buyer.post(f"{path}/quotes", json=quote).json["quotes"][0]["id"]
    found = buyer.post(f"{path}/quotes/{number}/choice", json={"reason": "Near"}).json
    assert (found["state"], found["amount"], found["is_short"]) == (
        "approved", "900.00 EUR", True,
    )  # fmt: skip
    assert buyer.get("/requests").json["items"][0]["asked_again_at"] is not None
    page = admin.get(path).text
    assert "It comes to 900.00 EUR, which is more than was approved." in page
    assert "0 of 1 approvals are given for that." in page
    assert "More than was approved" in admin.get("/requests").text
    late = approver.post(f"{path}/approvals", json={"decision": "approve", "amount": "700.00 EUR"})
    assert (late.status_code, late.json["code"]) == (409, "changed_meanwhile")
    form = {"decision": "approve", "amount": "900.00 EUR"}
    assert admin.post(f"{path}/decision", data=form).status_code == 303
    after = buyer.get(path).json
    assert (after["given"], after["is_short"]) == (1, False)
    assert [one["amount"] for one in after["approvals"]] == ["700.00 EUR", "900.00 EUR"]
    assert "more than was approved" not in admin.get(path).text

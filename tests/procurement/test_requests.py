"""Ask, approve, compare, order: scenarios 1 and 2, budgets, and what goes wrong. Both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.errors import Conflict, Invalid, NotAllowed
from scanner_app.domain.procurement.events import BuyingKind
from scanner_app.domain.procurement.orders import OrderState
from scanner_app.domain.procurement.requests import ApprovalDecision, RequestState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, AssetModel, Budget, Expense, Notice, OrderLine
from scanner_app.queries.procurement.budgets import load_usage
from scanner_app.queries.procurement.events import list_events
from scanner_app.queries.procurement.orders import get_order
from scanner_app.queries.procurement.quotes import list_quotes, score_quotes
from scanner_app.queries.procurement.requests import get_request
from scanner_app.services.policies.policies import change_policy
from scanner_app.services.policies.waivers import add_waiver
from scanner_app.services.procurement.asking.approve import decide_request
from scanner_app.services.procurement.asking.budgets import save_budget
from scanner_app.services.procurement.asking.cover import give_from_stock
from scanner_app.services.procurement.asking.quotes import add_quote, choose_quote
from scanner_app.services.procurement.asking.write import (
    add_request,
    change_request,
    submit_request,
    withdraw_request,
)
from scanner_app.services.procurement.lines import save_line
from scanner_app.services.procurement.order_requests import order_request
from scanner_app.services.procurement.orders import add_order, step_order
from tests.procurement.buying import ALICE, NOW, TOM
from tests.procurement.conftest import TODAY
from tests.support.register import add_asset, add_person

BOB = Actor("user", 7, "Bob", Role.APPROVER, user_id=7)
ADMIN = Actor("user", 8, "Ana", Role.ADMIN, user_id=8)
TOKEN_OF_BOB = Actor("token", 3, "Bob's script", Role.APPROVER, token_id=3, owner_id=7)
HERE: dict[str, Any] = {"base": "EUR", "today": TODAY}
NEED: dict[str, Any] = {
    "title": "Laptops",
    "quantity": 10,
    "justification": "New colleagues",
    "estimate_cents": 12_000_00,
    "model": "Book 14",
    "manufacturer": "Maker",
}
APPROVE, REJECT = ApprovalDecision.APPROVE, ApprovalDecision.REJECT


@pytest.fixture
def session(app, office, work):
    with work() as open_session:
        yield open_session


def ask(session: Any, actor: Actor = ALICE, **values: Any) -> int:
    return add_request(session, values={**NEED, **values}, actor=actor, now=NOW, **HERE)


def decide(session: Any, id_: int, actor: Actor, decision=APPROVE, reason: str = "") -> str:
    done = decide_request(
        session, request_id=id_, decision=decision, reason=reason, actor=actor, now=NOW, **HERE
    )
    return f"{done.state.value} {done.given} of {done.needed}"


def approve(session: Any, id_: int) -> None:
    for actor in (BOB, ADMIN):
        decide(session, id_, actor)


def state_of(session: Any, id_: int) -> str:
    return get_request(session, id_).state.value


def step(session: Any, number: str, wanted: OrderState, actor: Actor = ALICE, **more: Any) -> Any:
    values = {"number": number, "wanted": wanted, "reason": "", **HERE, **more}
    return step_order(session, actor=actor, now=NOW, **values)


def order(session: Any, id_: int, **values: Any) -> str:
    values = {"supplier": "Example IT", **values}
    return order_request(session, request_id=id_, values=values, actor=ALICE, now=NOW, **HERE)


def test_two_people_approve_what_costs_much_and_nobody_their_own(session):
    asked = ask(session)
    assert decide(session, asked, BOB) == "submitted 1 of 2"
    for again in (BOB, TOKEN_OF_BOB):
        with pytest.raises(Conflict, match="already") as refused:
            decide(session, asked, again)
        assert refused.value.code == "no_such_step"
    assert decide(session, asked, ADMIN) == "approved 2 of 2"
    with pytest.raises(Conflict) as refused:
        decide(session, asked, ADMIN)
    assert refused.value.code == "no_such_step"
    own = ask(session, BOB)
    for actor in (BOB, TOKEN_OF_BOB):
        with pytest.raises(Conflict) as refused:
            decide(session, own, actor)
        assert refused.value.code == "self_approval"


def test_who_gets_it_does_not_approve_it_either(session, app):
    from scanner_app.models import Person, User

    user = User(
        email="bob@example.org", name="Bob", role=Role.APPROVER, password_hash=None,
        created_at=NOW,
    )  # fmt: skip
    session.add(user)
    add_person(session, "2007", "Bob", now=NOW)
    session.flush()
    person = session.scalars(select(Person).where(Person.number == "2007")).one()
    person.email = "Bob@Example.org"
    session.flush()
    asked = ask(session, requested_for="2007")
    himself = Actor("user", user.id, "Bob", Role.APPROVER, user_id=user.id)
    with pytest.raises(Conflict) as refused:
        decide(session, asked, himself)
    assert refused.value.code == "self_approval"


def test_what_lies_idle_is_given_and_the_rest_ordered(session):
    model = session.scalars(select(AssetModel).where(AssetModel.name == "Book 14")).one()
    for number in range(3):
        id_ = add_asset(session, f"ID-{number}", status=Stage.IN_STOCK, now=NOW)
        session.get(Asset, getattr(id_, "id", id_)).model_id = model.id
    session.flush()
    asked = ask(session)
    approve(session, asked)
    assert get_request(session, asked).idle == 3

    def give(quantity: int) -> int:
        done = give_from_stock(session, request_id=asked, quantity=quantity, actor=ALICE, now=NOW)
        return done.left

    with pytest.raises(Invalid, match="Only 3"):
        give(4)
    assert give(3) == 7
    bought = order(session, asked)
    [line] = get_order(session, bought).lines
    assert (line.count.ordered, line.unit_price_cents, line.request_id) == (7, 1_200_00, asked)
    assert state_of(session, asked) == "ordered"
    step(session, bought, OrderState.CANCELLED)
    assert state_of(session, asked) == "approved"


def test_a_quote_that_is_not_the_first_is_chosen_with_a_reason(session):
    asked = ask(session)
    offers = (
        ("A", 12_000_00, 4, 36, 8),
        ("B", 11_000_00, 3, 24, 24),
        ("C", 13_500_00, 5, 36, 4),
    )
    ids = {}
    for name, price, quality, warranty, hours in offers:
        values = {
            "supplier": name, "price_cents": price, "currency": "EUR", "quality": quality,
            "warranty_months": warranty, "sla_hours": hours,
        }  # fmt: skip
        ids[name] = add_quote(session, request_id=asked, values=values, actor=ALICE, now=NOW)
    scores = score_quotes(session, list_quotes(session, asked), **HERE)
    assert [one.total for one in scores] == [8317, 7050, 9259]

    def choose(name: str, reason: str = "") -> None:
        choose_quote(
            session, request_id=asked, quote_id=ids[name], reason=reason, actor=ALICE, now=NOW,
            **HERE,
        )  # fmt: skip

    with pytest.raises(Invalid, match="highest score"):
        choose("B")
    choose("C")
    choose("B", "It comes at once.")
    chosen = [one.supplier for one in list_quotes(session, asked) if one.is_chosen]
    assert chosen == ["B"]
    approve(session, asked)
    # 11,000.00 by 10 is the price of one, and its supplier sells it.
    found = get_order(session, order(session, asked, supplier=""))
    assert (found.supplier, found.lines[0].unit_price_cents) == ("B", 1_100_00)
    assert found.lines[0].warranty_months == 24


def test_a_small_amount_needs_nobody_and_an_unknown_one_the_most(session):
    assert state_of(session, ask(session, estimate_cents=500_00)) == "approved"
    unknown = ask(session, estimate_cents=None)
    assert decide(session, unknown, BOB) == "submitted 1 of 2"
    # 20,000 JPY without a rate is not known either.
    yen = ask(session, estimate_cents=20_000_00, currency="JPY")
    assert decide(session, yen, BOB) == "submitted 1 of 2"


def test_what_is_changed_after_an_approval_is_approved_again(session):
    asked = ask(session)
    decide(session, asked, BOB)
    change: dict[str, Any] = {
        "request_id": asked,
        "values": {"quantity": 20},
        "actor": ALICE,
        "now": NOW,
        **HERE,
    }
    with pytest.raises(Conflict):
        change_request(session, **change)
    stranger = Actor("user", 99, "Eve", Role.TECHNICIAN, user_id=99)
    back: dict[str, Any] = {
        "request_id": asked,
        "wanted": RequestState.DRAFT,
        "reason": "",
        "now": NOW,
    }
    with pytest.raises(NotAllowed):
        withdraw_request(session, actor=stranger, **back)
    withdraw_request(session, actor=ALICE, **back)
    change_request(session, **change)
    submit_request(session, request_id=asked, actor=ALICE, now=NOW, **HERE)
    assert decide(session, asked, BOB) == "submitted 1 of 2"
    with pytest.raises(Invalid):
        decide(session, asked, ADMIN, REJECT)
    assert decide(session, asked, ADMIN, REJECT, "Too many").startswith("rejected")
    labels = [one.facts.label for one in list_events(session, BuyingKind.REQUEST, asked)]
    assert labels[::-1] == [
        "Added", "Asked for", "Approved by one", "Made a draft again", "Changed", "Asked for",
        "Approved by one", "Refused",
    ]  # fmt: skip


def test_an_order_above_what_was_approved_stays_a_draft_until_somebody_waives_it(session):
    asked = ask(session, estimate_cents=4_000_00)
    assert decide(session, asked, BOB) == "approved 1 of 1"
    number = order(session, asked, unit_price_cents=600_00)
    with pytest.raises(Conflict, match=r"6,000\.00 and has 0 of 2") as refused:
        step(session, number, OrderState.PLACED)
    assert refused.value.code == "policy_blocked"
    # Half of it in one order is not less than all of it.
    save_line(
        session, number=number, position=1, actor=ALICE, now=NOW, base="EUR",
        values={"kind": "hardware", "model": "Book 14", "quantity": 5, "unit_price_cents": 600_00},
    )  # fmt: skip
    second = order(session, asked, unit_price_cents=600_00)
    with pytest.raises(Conflict, match=r"6,000\.00"):
        step(session, number, OrderState.PLACED)
    subject_id = get_order(session, number).id

    def waive(actor: Actor) -> None:
        from scanner_app.domain.policies.gates import SubjectKind

        add_waiver(
            session, code="approvals", subject=(SubjectKind.ORDER, subject_id), reason="Late",
            until_on=TODAY, today=TODAY, actor=actor, now=NOW,
        )  # fmt: skip

    waive(ALICE)
    with pytest.raises(Conflict):
        step(session, number, OrderState.PLACED)
    waive(BOB)
    step(session, number, OrderState.PLACED)
    assert get_order(session, second).state is OrderState.DRAFT
    # Nor is a placed order raised past the gate.
    cheap = ask(session, title="Lamps", estimate_cents=100_00, quantity=1, model="Lamp")
    placed = order(session, cheap)
    step(session, placed, OrderState.PLACED)
    dear = {"kind": "hardware", "model": "Lamp", "quantity": 1, "unit_price_cents": 900_00}
    with pytest.raises(Conflict) as refused:
        save_line(session, number=placed, position=1, values=dear, actor=ALICE, now=NOW, base="EUR")
    assert refused.value.code == "policy_blocked"


def test_what_no_request_asked_for_is_held_where_the_policy_says_so(session):
    values = {"number": "900", "supplier": "Example IT", "currency": "EUR"}
    add_order(session, values=values, actor=ALICE, now=NOW)
    line = {"kind": "cloud", "text": "Storage", "quantity": 1, "unit_price_cents": 501_00}
    save_line(session, number="900", values=line, actor=ALICE, now=NOW)
    params = {"bands": [[0, 0], [500_00, 1]], "needs_request": True}
    change_policy(session, code="approvals", values={"params": params}, actor=ADMIN, now=NOW)
    with pytest.raises(Conflict, match="no request asked for"):
        step(session, "900", OrderState.PLACED)
    change_policy(session, code="approvals", values={"mode": "warn"}, actor=ADMIN, now=NOW)
    [warning] = step(session, "900", OrderState.PLACED)
    assert "What costs much is approved" in warning


def test_a_budget_counts_what_is_reserved_committed_and_spent(session):
    year = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    budget = save_budget(
        session, actor=ALICE, now=NOW,
        values={"name": "IT 2026", "amount_cents": 13_000_00, "currency": "EUR", **year},
    )  # fmt: skip

    def used() -> tuple[int, int, int, int]:
        usage = load_usage(session, session.get(Budget, budget), **HERE)
        return usage.reserved, usage.committed, usage.spent, usage.left

    asked = ask(session, budget="it 2026")
    assert used() == (0, 0, 0, 13_000_00)
    approve(session, asked)
    assert used() == (12_000_00, 0, 0, 13_000_00)
    number = order(session, asked, quantity=4)
    assert used() == (12_000_00, 0, 0, 13_000_00)
    step(session, number, OrderState.PLACED)
    assert used() == (7_200_00, 4_800_00, 0, 8_200_00)
    rest = order(session, asked, unit_price_cents=1_500_00)
    approve(session, asked)
    [_, warning] = step(session, rest, OrderState.PLACED, actor=ADMIN) or ["", ""]
    assert "overdrawn by 800.00 EUR" in warning
    kinds = [one.kind.value for one in session.scalars(select(Notice))]
    assert "budget_exceeded" in kinds
    line = session.scalars(select(OrderLine).where(OrderLine.request_id == asked)).first()
    session.add(make_expense(line.id))
    session.flush()
    assert used()[2] == 1_000_00
    with pytest.raises(Conflict) as refused:
        ask_later(session, "IT 2026")
    assert refused.value.code == "budget_closed"


def make_expense(line_id: int) -> Expense:
    import uuid

    from scanner_app.domain.costs.expenses import ExpenseKind, ExpenseSource

    return Expense(
        uuid=uuid.uuid4(), order_line_id=line_id, on_day=TODAY, kind=ExpenseKind.PURCHASE,
        amount_cents=1_000_00, currency="EUR", source=ExpenseSource.TYPED, note="",
        recorded_at=NOW, actor="user:1", actor_name="Alice",
    )  # fmt: skip


def ask_later(session: Any, budget: str) -> int:
    values = {**NEED, "budget": budget}
    later = date(2027, 1, 1)
    return add_request(session, values=values, base="EUR", today=later, actor=ALICE, now=NOW)


def test_a_draft_in_another_currency_takes_no_line_of_a_quote(session):
    asked = ask(session, estimate_cents=400_00, quantity=1)
    values = {"supplier": "US Ltd", "price_cents": 300_00, "currency": "USD"}
    quote = add_quote(session, request_id=asked, values=values, actor=ALICE, now=NOW)
    choose_quote(session, request_id=asked, quote_id=quote, reason="", actor=ALICE, now=NOW, **HERE)
    add_order(
        session, values={"number": "901", "supplier": "X", "currency": "EUR"}, actor=ALICE, now=NOW
    )
    with pytest.raises(Conflict) as refused:
        order(session, asked, order="901")
    assert refused.value.code == "currency_mismatch"


def test_who_decides_is_told_and_who_asked(session):
    asked = ask(session, TOM)
    notices = {one.kind.value: one for one in session.scalars(select(Notice))}
    waiting = notices["request_waiting"]
    assert waiting.params["who"] == "Tom"
    approve(session, asked)
    session.refresh(waiting)
    assert waiting.cleared_at is not None
    kinds = [one.kind.value for one in session.scalars(select(Notice))]
    assert kinds.count("request_decided") == 1

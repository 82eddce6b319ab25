"""Ways around an approval, a waiver's day and a budget, and that each is shut. Both databases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.domain.policies.gates import SubjectKind
from scanner_app.domain.procurement.orders import OrderState
from scanner_app.domain.procurement.requests import ApprovalDecision, RequestState
from scanner_app.models import ApiToken, Approval, Budget, Policy, User, Waiver
from scanner_app.queries.policies.subjects import find_subject
from scanner_app.queries.procurement.budgets import load_usage
from scanner_app.queries.procurement.orders import get_order
from scanner_app.services.access.tokens import add_token, take_over_token
from scanner_app.services.policies.policies import change_policy
from scanner_app.services.policies.waivers import add_waiver
from scanner_app.services.procurement.asking.budgets import save_budget
from scanner_app.services.procurement.asking.write import (
    change_request,
    submit_request,
    withdraw_request,
)
from scanner_app.services.procurement.lines import save_line
from scanner_app.services.procurement.look_at_request import look_at_request
from scanner_app.services.procurement.orders import change_order
from tests.procurement.buying import ALICE, NOW, TOM
from tests.procurement.conftest import TODAY
from tests.procurement.test_requests import (
    ADMIN,
    BOB,
    HERE,
    approve,
    ask,
    decide,
    order,
    session,
    state_of,
    step,
)

__all__ = ["session"]
SCRIPT_OF_ADMIN = Actor("token", 9, "Script", Role.ADMIN, token_id=9, owner_id=8)


def waive(session: Any, kind: SubjectKind, id_: int, actor: Actor, code: str = "approvals") -> None:
    add_waiver(
        session, code=code, subject=(kind, id_), reason="Late", until_on=TODAY, today=TODAY,
        actor=actor, now=NOW,
    )  # fmt: skip


def test_who_changed_what_somebody_asked_for_does_not_approve_it(session):
    asked = ask(session, TOM)
    values: dict[str, Any] = {"request_id": asked, "actor": ADMIN, "now": NOW}
    withdraw_request(session, wanted=RequestState.DRAFT, reason="", **values)
    change_request(session, values={"quantity": 11}, **values, **HERE)
    submit_request(session, **values, **HERE)
    assert not look_at_request(session, asked, actor=ADMIN, **HERE).may_decide
    with pytest.raises(Conflict) as refused:
        decide(session, asked, ADMIN)
    assert refused.value.code == "self_approval"
    with pytest.raises(Conflict):
        decide(session, asked, SCRIPT_OF_ADMIN)
    assert decide(session, asked, BOB) == "submitted 1 of 2"


def test_who_changed_it_by_a_token_does_not_approve_it_either(session):
    owner = User(
        email="ana@example.org", name="Ana", role=Role.ADMIN, password_hash=None, created_at=NOW
    )
    session.add(owner)
    session.flush()
    token = ApiToken(
        name="Script", role=Role.ADMIN, prefix="aa", token_hash="x", created_at=NOW,
        created_by="ana@example.org", owner_user_id=owner.id,
    )  # fmt: skip
    session.add(token)
    session.flush()
    asked = ask(session, TOM)
    script = Actor("token", token.id, "Script", Role.ADMIN, token_id=token.id, owner_id=owner.id)
    values: dict[str, Any] = {"request_id": asked, "actor": script, "now": NOW}
    withdraw_request(session, wanted=RequestState.DRAFT, reason="", **values)
    change_request(session, values={"quantity": 11}, **values, **HERE)
    submit_request(session, **values, **HERE)
    with pytest.raises(Conflict) as refused:
        decide(session, asked, Actor("user", owner.id, "Ana", Role.ADMIN, user_id=owner.id))
    assert refused.value.code == "self_approval"


def test_a_program_that_nobody_owns_approves_and_waives_nothing(session):
    nobodys = Actor("token", 9, "Script", Role.ADMIN, token_id=9)
    asked = ask(session, estimate_cents=600_00)
    for decision in (ApprovalDecision.APPROVE, ApprovalDecision.REJECT):
        with pytest.raises(Conflict) as refused:
            decide(session, asked, nobodys, decision, "No")
        assert refused.value.code == "second_person_required"
    assert not look_at_request(session, asked, actor=nobodys, **HERE).may_decide
    with pytest.raises(Conflict) as refused:
        waive(session, SubjectKind.REQUEST, asked, nobodys)
    assert refused.value.code == "second_person_required"


def test_what_such_programs_gave_before_does_not_count(session):
    asked = ask(session)
    given: dict[str, Any] = {"round": 1, "actor_name": "Script", "decision": "approve", "at": NOW}
    session.add(Approval(request_id=asked, actor="token:9", **given))
    session.flush()
    assert decide(session, asked, BOB) == "submitted 1 of 2"
    approved = ask(session, estimate_cents=4_000_00)
    decide(session, approved, BOB)
    number = order(session, approved, unit_price_cents=600_00)
    policy_id = session.scalar(select(Policy.id).where(Policy.code == "approvals"))
    session.add(
        Waiver(
            policy_id=policy_id, subject_kind=SubjectKind.ORDER, reason="Late", until_on=TODAY,
            subject_id=get_order(session, number).id, at=NOW, by="Script", by_key="token:9",
        )
    )  # fmt: skip
    session.flush()
    with pytest.raises(Conflict) as refused:
        step(session, number, OrderState.PLACED)
    assert refused.value.code == "policy_blocked"


def test_who_took_over_the_program_that_asked_does_not_approve_it(session):
    owner = User(
        email="ana@example.org", name="Ana", role=Role.ADMIN, password_hash=None, created_at=NOW
    )
    session.add(owner)
    session.flush()
    token = add_token(session, name="Script", role=Role.ADMIN, created_by="test", now=NOW).id
    asked = ask(session, Actor("token", token, "Script", Role.ADMIN, token_id=token))
    take_over_token(session, token_id=token, owner_id=owner.id)
    with pytest.raises(Conflict) as refused:
        decide(session, asked, Actor("user", owner.id, "Ana", Role.ADMIN, user_id=owner.id))
    assert refused.value.code == "self_approval"


def test_a_request_that_a_policy_stops_passes_by_a_waiver_of_its_number(session):
    change: dict[str, Any] = {"code": "quotes", "actor": ADMIN, "now": NOW}
    change_policy(session, values={"gate": "request", "mode": "block"}, **change)
    asked = ask(session)
    decide(session, asked, BOB)
    with pytest.raises(Conflict) as refused:
        decide(session, asked, ADMIN)
    assert refused.value.code == "policy_blocked"
    kind, id_ = find_subject(session, SubjectKind.REQUEST, f"R{asked}")
    waive(session, kind, id_, BOB, code="quotes")


def test_a_request_is_found_by_its_number(session):
    asked = ask(session)
    assert find_subject(session, SubjectKind.REQUEST, f" r{asked} ") == (
        SubjectKind.REQUEST, asked,
    )  # fmt: skip
    for wrong in (f"R{asked + 1}", "R", str(asked), "R" + "9" * 30):
        with pytest.raises(NotFound):
            find_subject(session, SubjectKind.REQUEST, wrong)


def test_a_waiver_ends_with_the_day_of_the_organisation(session):
    asked = ask(session, title="Lamps", estimate_cents=100_00, quantity=1, model="Lamp")
    placed = order(session, asked)
    step(session, placed, OrderState.PLACED)
    waive(session, SubjectKind.ORDER, get_order(session, placed).id, BOB)
    dear: dict[str, Any] = {
        "number": placed, "position": 1, "actor": ALICE, "now": NOW, "base": "EUR",
        "values": {"kind": "hardware", "model": "Lamp", "quantity": 1, "unit_price_cents": 900_00},
    }  # fmt: skip
    with pytest.raises(Conflict) as refused:
        save_line(session, today=TODAY + timedelta(days=1), **dear)
    assert refused.value.code == "policy_blocked"
    session.expire_all()
    save_line(session, today=TODAY, **dear)


def test_what_was_placed_keeps_its_promised_day_though_its_request_was_cancelled(session):
    asked = ask(session)
    approve(session, asked)
    number = order(session, asked)
    step(session, number, OrderState.PLACED)
    withdraw_request(
        session, request_id=asked, wanted=RequestState.CANCELLED, reason="", actor=ALICE, now=NOW
    )
    late = {"promised_on": date(2027, 1, 31)}
    change_order(session, number=number, values=late, actor=ALICE, now=NOW, base="EUR")
    assert get_order(session, number).promised_on == date(2027, 1, 31)


def test_what_a_closed_order_did_not_bring_is_reserved_again(session):
    budget = save_budget(
        session, actor=ALICE, now=NOW,
        values={
            "name": "IT 2026", "amount_cents": 13_000_00, "currency": "EUR",
            "starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31),
        },
    )  # fmt: skip
    asked = ask(session, budget="IT 2026")
    approve(session, asked)
    number = order(session, asked, quantity=4)
    step(session, number, OrderState.PLACED)
    step(session, number, OrderState.CLOSED)
    assert state_of(session, asked) == "approved"
    usage = load_usage(session, session.get(Budget, budget), **HERE)
    assert (usage.reserved, usage.committed) == (12_000_00, 0)

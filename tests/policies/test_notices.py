"""What begins to fail, and what is let pass no longer, raises notices. Both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.errors import Conflict
from scanner_app.domain.notices.kinds import NoticeKind, describe, find_link
from scanner_app.domain.notices.sweep import SweepRules
from scanner_app.domain.policies.dues import policy_failed
from scanner_app.domain.policies.gates import CheckState, SubjectKind
from scanner_app.domain.procurement.orders import OrderState
from scanner_app.domain.procurement.requests import RequestState
from scanner_app.models import Notice, NoticeTo, Policy, User
from scanner_app.queries.procurement.orders import get_order
from scanner_app.services.health.policies import keep_results
from scanner_app.services.health.tell import tell_health
from scanner_app.services.notices.raise_notice import raise_notice
from scanner_app.services.notices.sweep import find_holding, write_holding
from scanner_app.services.policies.policies import change_policy
from scanner_app.services.policies.waivers import add_waiver, withdraw_waiver
from scanner_app.services.procurement.asking.write import withdraw_request
from scanner_app.services.procurement.lines import save_line
from scanner_app.services.procurement.orders import add_order
from tests.procurement.buying import ALICE, NOW
from tests.procurement.conftest import TODAY, contents, office
from tests.procurement.test_requests import (
    ADMIN,
    BOB,
    HERE,
    approve,
    ask,
    order,
    session,
    step,
)
from tests.support.register import add_asset

__all__ = ["contents", "office", "session"]
RULES = SweepRules(ZoneInfo("UTC"))
KINDS = (NoticeKind.POLICY_FAILED, NoticeKind.WAIVER_ENDS)


def failed(session: Any) -> list[str]:
    """Return what the open notices about policies say, the oldest first."""
    rows = session.scalars(
        select(Notice)
        .where(Notice.cleared_at.is_(None), Notice.kind.in_(KINDS))
        .order_by(Notice.id)
    )
    return [describe(one.kind, one.params) for one in rows]


def add_person(session: Any, role: Role) -> int:
    user = User(
        email=f"{role}@example.org", name=role.value, role=role, password_hash=None, created_at=NOW
    )
    session.add(user)
    session.flush()
    return user.id


def told(session: Any) -> set[int | None]:
    ids = select(Notice.id).where(Notice.kind.in_(KINDS))
    return set(session.scalars(select(NoticeTo.user_id).where(NoticeTo.notice_id.in_(ids))))


class TestGates:
    def test_raise_a_notice_of_what_was_done_though_a_policy_does_not_hold(self, session):
        technician, approver = (
            add_person(session, Role.TECHNICIAN),
            add_person(session, Role.APPROVER),
        )
        asked = ask(session)
        approve(session, asked)
        number = order(session, asked)
        step(session, number, OrderState.PLACED)
        [said] = failed(session)
        assert said == (
            f"“What costs much is compared” does not hold for order {number}."
            f" R{asked} has 0 of 3 quotes."
        )
        notice = session.scalars(
            select(Notice).where(Notice.kind == NoticeKind.POLICY_FAILED)
        ).one()
        assert find_link(notice.kind, notice.params) == f"/orders/{number}"
        assert technician in told(session)
        assert approver not in told(session)
        # Looked at again and still so: nobody reads twice about the same thing.
        dear = {
            "kind": "hardware",
            "model": "Book 14",
            "quantity": 10,
            "unit_price_cents": 1_100_00,
        }
        save_line(session, number=number, position=1, values=dear, actor=ALICE, now=NOW, **HERE)
        assert (
            len(
                list(session.scalars(select(Notice).where(Notice.kind == NoticeKind.POLICY_FAILED)))
            )
            == 1
        )
        # Once it costs less, nothing has to be compared.
        cheap = {**dear, "unit_price_cents": 100_00}
        change_policy(
            session, code="quotes", values={"params": {"n": 3, "above": 20_000_00}}, actor=ADMIN,
            now=NOW,
        )  # fmt: skip
        save_line(session, number=number, position=1, values=cheap, actor=ALICE, now=NOW, **HERE)
        assert failed(session) == []

    def test_raise_none_of_what_was_refused(self, session):
        change_policy(session, code="quotes", values={"mode": "block"}, actor=ADMIN, now=NOW)
        asked = ask(session)
        approve(session, asked)
        number = order(session, asked)
        with pytest.raises(Conflict), session.begin_nested():
            step(session, number, OrderState.PLACED)
        assert failed(session) == []

    def test_end_it_with_a_waiver_and_with_the_policy(self, session):
        numbers = []
        for _ in range(2):
            asked = ask(session)
            approve(session, asked)
            numbers.append(order(session, asked))
            step(session, numbers[-1], OrderState.PLACED)
        assert len(failed(session)) == 2
        subject = (SubjectKind.ORDER, get_order(session, numbers[0]).id)
        add_waiver(
            session, code="quotes", subject=subject, reason="Only one sells it", until_on=TODAY,
            today=TODAY, actor=BOB, now=NOW,
        )  # fmt: skip
        [left] = failed(session)
        assert numbers[1] in left
        change_policy(session, code="quotes", values={"is_active": False}, actor=ADMIN, now=NOW)
        assert failed(session) == []

    @pytest.mark.parametrize("over", [OrderState.CLOSED, OrderState.CANCELLED])
    def test_end_it_when_the_order_is_over(self, session, over):
        asked = ask(session)
        approve(session, asked)
        number = order(session, asked)
        other = ask(session)
        approve(session, other)
        goes_on = order(session, other)
        for one in (number, goes_on):
            step(session, one, OrderState.PLACED)
        assert len(failed(session)) == 2
        step(session, number, over)
        [left] = failed(session)
        assert goes_on in left

    @pytest.mark.parametrize("wanted", [RequestState.CANCELLED, RequestState.DRAFT])
    def test_end_it_when_the_request_is_taken_back(self, session, wanted):
        asked = ask(session)
        policy = session.scalars(select(Policy).where(Policy.code == "quotes")).one()
        notice = policy_failed(
            policy.id, code="quotes", title="Quotes", subject=(SubjectKind.REQUEST, asked),
            name=f"R{asked}", link="", detail="None.", at=NOW,
        )  # fmt: skip
        raise_notice(session, notice, now=NOW)
        assert len(failed(session)) == 1
        withdraw_request(session, request_id=asked, wanted=wanted, reason="", actor=ALICE, now=NOW)
        assert failed(session) == []

    def test_go_on_with_a_waiver_that_does_not_count(self, session):
        asker = Actor("user", 5, "Ann", Role.APPROVER, user_id=5)
        asked = ask(session, asker)
        approve(session, asked)
        number = order(session, asked)
        step(session, number, OrderState.PLACED, ADMIN)
        subject = (SubjectKind.ORDER, get_order(session, number).id)
        for actor, count in ((asker, 1), (ADMIN, 1), (BOB, 0)):
            add_waiver(
                session, code="quotes", subject=subject, reason="Only one sells it",
                until_on=TODAY, today=TODAY, actor=actor, now=NOW,
            )  # fmt: skip
            assert len(failed(session)) == count


class TestDevices:
    @pytest.fixture
    def check(self, session):
        policy = session.scalars(select(Policy).where(Policy.code == "encrypted")).one()
        ids = [add_asset(session, f"LT-{number}", now=NOW) for number in range(4)]
        ids = [getattr(one, "id", one) for one in ids]

        def look(*failing: int, day: int = 0) -> int:
            now = NOW + timedelta(days=day)
            wanted = {
                (policy.id, ids[number]): (CheckState.FAIL, "Its disk is not encrypted.")
                for number in failing
            }
            keep_results(session, ids, wanted, now=now)
            return tell_health(session, today=TODAY, now=now)

        return look

    def test_that_begin_to_fail_are_told_together_once(self, session, check):
        title = session.scalar(select(Policy.title).where(Policy.code == "encrypted"))
        assert check() == 0
        assert check(0, 1) == 1
        assert failed(session) == [f"“{title}”: 2 devices do not keep it."]
        assert check(0, 1, day=1) == 0
        assert check(0, 1, 2, day=2) == 1
        assert failed(session) == [f"“{title}”: 1 more device does not keep it. In all, 3 do not."]
        # Fewer is no news, and none ends it.
        assert check(2, day=3) == 0
        assert len(failed(session)) == 1
        assert check(day=4) == 0
        assert failed(session) == []
        assert check(2, day=5) == 1
        assert failed(session) == [f"“{title}”: 1 device does not keep it."]

    def test_lead_to_the_list_of_those_that_fail(self, session, check):
        check(0)
        notice = session.scalars(
            select(Notice).where(Notice.kind == NoticeKind.POLICY_FAILED)
        ).one()
        assert find_link(notice.kind, notice.params) == "/monitoring/devices?policy=encrypted"


class TestWaivers:
    @pytest.fixture
    def draft(self, session) -> str:
        values = {"number": "81", "supplier": "Example IT", "currency": "EUR"}
        return add_order(session, values=values, actor=ALICE, now=NOW)

    def waive(self, session: Any, number: str, days: int) -> int:
        subject = (SubjectKind.ORDER, get_order(session, number).id)
        return add_waiver(
            session, code="quotes", subject=subject, reason="Only one sells it", today=TODAY,
            until_on=TODAY + timedelta(days=days), actor=BOB, now=NOW,
        )  # fmt: skip

    def sweep(self, session: Any, day: int) -> None:
        now = datetime(2026, 11, 29, 9, tzinfo=UTC) + timedelta(days=day)
        write_holding(session, find_holding(session, now=now, rules=RULES), now=now)

    def test_are_told_before_they_end_and_no_more_after(self, session, draft):
        approver = add_person(session, Role.APPROVER)
        self.waive(session, draft, 100)
        counts = []
        for day in (0, 10, 10, 70, 93, 100, 101):
            self.sweep(session, day)
            counts.append(len(failed(session)))
        assert counts == [0, 1, 1, 1, 1, 1, 0]
        kinds = [one for one in session.scalars(select(Notice)) if one.kind.value == "waiver_ends"]
        assert len(kinds) == 3
        assert told(session) == {approver}

    def test_that_another_one_follows_are_not_told(self, session, draft):
        first = self.waive(session, draft, 5)
        later = self.waive(session, draft, 200)
        self.sweep(session, 0)
        assert failed(session) == []
        withdraw_waiver(session, waiver_id=later, actor=BOB, now=NOW)
        self.sweep(session, 0)
        assert len(failed(session)) == 1
        withdraw_waiver(session, waiver_id=first, actor=BOB, now=NOW)
        assert failed(session) == []

    def test_of_what_is_over_are_not_told(self, session, draft):
        self.waive(session, draft, 5)
        step(session, draft, OrderState.CANCELLED)
        self.sweep(session, 0)
        assert failed(session) == []

    def test_of_a_retired_policy_are_not_told(self, session, draft):
        self.waive(session, draft, 5)
        self.sweep(session, 0)
        assert len(failed(session)) == 1
        change_policy(session, code="quotes", values={"is_active": False}, actor=ADMIN, now=NOW)
        self.sweep(session, 0)
        assert failed(session) == []

    def test_of_assets_requests_and_tasks_are_told_while_those_go_on(self, session):
        asked = ask(session)
        asset = add_asset(session, "LT-9", now=NOW)
        for subject in (
            (SubjectKind.REQUEST, asked),
            (SubjectKind.ASSET, getattr(asset, "id", asset)),
        ):
            add_waiver(
                session, code="quotes", subject=subject, reason="Late", today=TODAY,
                until_on=TODAY + timedelta(days=7), actor=BOB, now=NOW,
            )  # fmt: skip
        self.sweep(session, 0)
        said = failed(session)
        assert [f"for request R{asked} ends" in said[0], "for asset LT-9 ends" in said[1]] == [
            True, True,
        ]  # fmt: skip

"""Answer for what has no label, decide what follows, and apply it when the audit closes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.holdings.holdings import (
    MAX_QUANTITY,
    HoldingDecision,
    HoldingKind,
    HoldingProposal,
    judge_answer,
)
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.licences.metrics import MAX_SEATS
from scanner_app.domain.text import visible
from scanner_app.models import AuditHolding, Licence
from scanner_app.services.audits.approval.changing import record_change
from scanner_app.services.audits.decide import require_reconciling
from scanner_app.services.audits.steps import lock_audit
from scanner_app.services.seals.acts import Acting
from scanner_app.services.stock.items import lock_items
from scanner_app.services.stock.ledger import read_place_level

MAX_NOTE = 2000
COUNT_ONLY = "Say how many there are."


@dataclass(frozen=True, slots=True)
class HoldingAnswer:
    """What somebody says of a holding.

    :param holds: it is there.
    :param quantity: how many, where that is counted.
    """

    holds: bool
    quantity: int | None = None
    note: str = ""


def answer_holding(
    session: Session,
    *,
    audit_id: int,
    holding_id: int,
    given: HoldingAnswer,
    actor: Acting,
    now: datetime,
    is_by_owner: bool = False,
) -> None:
    """Take an answer about a holding, and make what it proposes.

    It may be given again while the audit counts; all answers are acts, and the newest holds. The
    number that the books have at this moment is kept beside it.

    :raises NotFound: the audit has no such holding.
    :raises Conflict: the audit is not being counted.
    :raises Invalid: `quantity_required`, `not_countable`, or a number that cannot be.
    """
    audit = lock_audit(session, audit_id)
    if audit.state is not AuditState.COUNTING:
        raise Conflict("Answers are taken while an audit is being counted.", code="not_counting")
    row = _lock(session, audit_id, holding_id)
    recorded = _read_books(session, row)
    _check(row.kind, given, is_counted=recorded is not None)
    note = visible(given.note.strip())[:MAX_NOTE]
    counted = given.quantity if given.holds and recorded is not None else None
    key = actor.person_key or actor.key
    if _said(row) == (given.holds, counted, recorded, note, key):
        return
    row.act_id = record_change(
        session,
        kind=ActKind.HOLDING_ANSWERED,
        actor=actor,
        now=now,
        audit_id=audit_id,
        about={
            "holding": row.id,
            "code": row.code,
            "holds": given.holds,
            "quantity": counted,
            "recorded": recorded,
        },
        text=note,
    )
    row.holds, row.counted, row.recorded, row.note = given.holds, counted, recorded, note or None
    row.answered_at, row.answered_by, row.answered_key = now, actor.name, key
    row.is_by_owner = is_by_owner
    _propose(row)
    session.flush()


def _said(row: AuditHolding) -> tuple[object, ...]:
    return row.holds, row.counted, row.recorded, row.note or "", row.answered_key


def _propose(row: AuditHolding) -> None:
    """Make what the newest answer proposes; what was decided was about the one before."""
    judged = judge_answer(holds=row.holds, counted=row.counted, recorded=row.recorded)
    row.proposal = judged.proposal
    row.decision = row.reason = row.decided_by = row.decided_at = row.decided_act_id = None


def _check(kind: HoldingKind, given: HoldingAnswer, *, is_counted: bool) -> None:
    facts = kind.facts
    if not given.holds and not facts.may_be_denied:
        raise Invalid(COUNT_ONLY, errors={"quantity": [COUNT_ONLY]}, code="quantity_required")
    if is_counted and given.holds and given.quantity is None:
        raise Invalid(COUNT_ONLY, errors={"quantity": [COUNT_ONLY]}, code="quantity_required")
    if given.quantity is None:
        return
    if not is_counted:
        text = "This is not counted. Say whether it is there."
        raise Invalid(text, errors={"quantity": [text]}, code="not_countable")
    most = MAX_SEATS if kind is HoldingKind.SOFTWARE else MAX_QUANTITY
    if not 0 <= given.quantity <= most:
        text = f"Enter a whole number from 0 to {most:,}."
        raise Invalid(text, errors={"quantity": [text]})


def _read_books(session: Session, row: AuditHolding) -> int | None:
    """Return how many seats or pieces the books have now, locked; None where none are counted."""
    if row.kind is HoldingKind.SOFTWARE:
        return session.scalar(
            select(Licence.seats).where(Licence.asset_id == row.asset_id).with_for_update()
        )
    if row.stock_item_id is None or row.location_id is None:
        return None
    lock_items(session, [row.stock_item_id])
    return read_place_level(session, row.stock_item_id, row.location_id)


def decide_holdings(
    session: Session,
    *,
    audit_id: int,
    holding_ids: Collection[int],
    decision: HoldingDecision,
    reason: str,
    actor: Acting,
    now: datetime,
) -> int:
    """Accept or reject what holdings propose, by one act; return how many.

    :raises Conflict: the audit is not being reconciled.
    :raises Invalid: one of them proposes nothing, or a rejection has no reason.
    :raises NotFound: the audit has no such holding.
    """
    require_reconciling(lock_audit(session, audit_id))
    wanted = sorted(set(holding_ids))
    rows = [_lock(session, audit_id, one) for one in wanted]
    if not rows:
        raise Invalid("Choose what to decide.", errors={"ids": ["Choose what to decide."]})
    plain = next((row.code for row in rows if row.proposal is None), None)
    if plain is not None:
        raise Invalid(f"{plain} proposes nothing, so it needs no decision.")
    text = visible(reason.strip())[:MAX_NOTE]
    if decision is HoldingDecision.REJECT and not text:
        problem = "A rejection needs a reason."
        raise Invalid(problem, errors={"reason": [problem]})
    act_id = record_change(
        session,
        kind=ActKind.HOLDING_DECIDED,
        actor=actor,
        now=now,
        audit_id=audit_id,
        about={"holdings": wanted, "decision": decision.value},
        text=text,
    )
    for row in rows:
        row.decision, row.reason, row.decided_act_id = decision, text or None, act_id
        row.decided_by, row.decided_at = actor.name, now
    session.flush()
    return len(rows)


def list_accepted(session: Session, audit_id: int, proposal: HoldingProposal) -> list[AuditHolding]:
    """Return the holdings whose proposal of this kind was accepted, in the order of the freeze."""
    return list(
        session.scalars(
            select(AuditHolding)
            .where(
                AuditHolding.audit_id == audit_id,
                AuditHolding.proposal == proposal,
                AuditHolding.decision == HoldingDecision.ACCEPT,
            )
            .order_by(AuditHolding.id)
        )
    )


def _lock(session: Session, audit_id: int, holding_id: int) -> AuditHolding:
    row = session.scalar(
        select(AuditHolding)
        .where(AuditHolding.id == holding_id, AuditHolding.audit_id == audit_id)
        .with_for_update()
    )
    if row is None:
        raise NotFound(f"This audit has no holding {holding_id}.")
    return row

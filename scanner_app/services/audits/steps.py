"""The steps of an audit from state to state. Only `take_step` changes the state of an audit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind, StatementOf
from scanner_app.domain.audits.approver import Approver
from scanner_app.domain.audits.evidence.needed import needs_pictures
from scanner_app.domain.audits.policy import needs_sign_offs
from scanner_app.domain.audits.rounds.steps import COUNTED, FIRST_ROUND, PlaceState
from scanner_app.domain.audits.sampling.plan import plan_of
from scanner_app.domain.audits.spans import end_span, start_span
from scanner_app.domain.audits.states import STEPS, AuditState
from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.domain.notices.causes import planned_topic
from scanner_app.models import Audit
from scanner_app.queries.audits.counted.decided import count_decided
from scanner_app.queries.audits.proving.pictures import find_bare_decided
from scanner_app.queries.audits.rounds.comparing import find_unlooked
from scanner_app.queries.audits.rounds.progress import load_places
from scanner_app.queries.audits.rounds.second import load_second_counts
from scanner_app.services.audits.approval.approver import find_refusal
from scanner_app.services.audits.approval.changing import record_change
from scanner_app.services.audits.approval.statements import Statement, record_statement
from scanner_app.services.audits.counted.keep import keep_tallies
from scanner_app.services.audits.outside.presence import forget_outside
from scanner_app.services.audits.propose import make_proposals
from scanner_app.services.audits.sampling.draw import draw_sample, find_newest
from scanner_app.services.audits.sampling.expected import expect_members
from scanner_app.services.audits.sampling.freeze import freeze_population
from scanner_app.services.notices.raise_notice import clear_topics
from scanner_app.services.seals.acts import record_act

NOTHING_STATED = Statement()
MAX_NAMED = 5


def lock_audit(session: Session, audit_id: int) -> Audit:
    """Return an audit for change. It is locked before any of its findings and assets.

    :raises NotFound: no audit has that id.
    """
    audit = session.scalar(select(Audit).where(Audit.id == audit_id).with_for_update())
    if audit is None:
        raise NotFound(f"There is no audit {audit_id}.")
    return audit


def take_step(audit: Audit, wanted: AuditState) -> None:
    """Move an audit to another state.

    :raises Conflict: the table of steps does not allow it.
    """
    if wanted not in STEPS[audit.state]:
        code = "audit_closed" if audit.state is AuditState.CLOSED else "wrong_state"
        raise Conflict(
            f"This audit is {audit.state.value}; it cannot become {wanted.value}.", code=code
        )
    audit.state = wanted


def start_counting(
    session: Session, *, audit_id: int, actor: Actor, now: datetime, typed: str = ""
) -> Audit:
    """Freeze the expected list and start counting; return the audit.

    What was frozen or drawn before stays. From reconciling, counting continues with the list that
    was frozen first.

    :param typed: what a person typed for the seed, where a sample is still to be drawn.
    :raises Conflict: the audit cannot be counted in its state.
    :raises Invalid: its scope names something that no longer exists, or its plan does not fit.
    """
    audit = lock_audit(session, audit_id)
    is_first = audit.state is AuditState.DRAFT
    take_step(audit, AuditState.COUNTING)
    audit.counting_ended_at = None
    audit.counting_spans = start_span(audit.counting_spans, now)
    kind = ActKind.COUNTING_RESUMED
    if is_first:
        kind = ActKind.COUNTING_STARTED
        audit.counting_started_at = now
        clear_topics(session, {planned_topic(audit_id)}, now=now)
        _expect(session, audit, typed=typed, actor=actor, now=now)
    else:
        forget_outside(session, audit_id)
    record_change(session, kind=kind, actor=actor, now=now, audit_id=audit_id)
    return audit


def _expect(session: Session, audit: Audit, *, typed: str, actor: Actor, now: datetime) -> None:
    """Freeze and draw what is not frozen or drawn yet, and make the expected list of it."""
    plan = plan_of(audit.plan)
    if audit.frozen_at is None:
        freeze_population(session, audit, actor=actor, now=now)
    draw = find_newest(session, audit.id)
    if plan.needs_draw and draw is None:
        draw = draw_sample(session, audit, typed=typed, reason=None, actor=actor, now=now)
    expect_members(session, audit, draw if plan.is_sample else None)


def start_reconciling(
    session: Session,
    *,
    audit_id: int,
    actor: Actor,
    now: datetime,
    statement: Statement = NOTHING_STATED,
) -> Audit:
    """End counting, make the proposals, and return the audit.

    A decision of an earlier reconciliation is kept if its proposal is still the same.

    :param statement: of the person who led the count.
    :raises Conflict: the audit is not being counted, or locations are not signed off or not
        counted twice that the policy wants so.
    :raises Invalid: the policy asks for a statement, and there is none.
    """
    audit = lock_audit(session, audit_id)
    take_step(audit, AuditState.RECONCILING)
    _require_signed_off(session, audit)
    _require_second_counts(session, audit)
    record_statement(session, audit, statement, of=StatementOf.LEAD, actor=actor, now=now)
    audit.counting_ended_at = now
    audit.counting_spans = end_span(audit.counting_spans, now)
    record_act(session, kind=ActKind.COUNTING_ENDED, actor=actor, now=now, audit_id=audit_id)
    session.flush()
    make_proposals(session, audit_id=audit_id, actor=actor, now=now)
    keep_tallies(session, audit_id)
    return audit


def _require_signed_off(session: Session, audit: Audit) -> None:
    if not needs_sign_offs(audit.policy):
        return
    places = load_places(session, audit.id)
    left = [one.room.name for one in places if one.state is not PlaceState.SIGNED_OFF]
    if left:
        more = f" and {len(left) - MAX_NAMED} more" if len(left) > MAX_NAMED else ""
        raise Conflict(
            f"These locations are not signed off: {', '.join(left[:MAX_NAMED])}{more}.",
            code="places_not_signed_off",
        )


def _require_second_counts(session: Session, audit: Audit) -> None:
    """Raise unless each location was counted twice that the policy says so of.

    :raises Conflict: `second_count_missing`, with the names of the first few.
    """
    second = load_second_counts(session, audit.id)
    if second.rule.is_none:
        return
    left = [
        one.room.name
        for one in load_places(session, audit.id)
        if (one.is_asked_by_policy or second.why_chosen(one.room.location_id))
        and (one.count.round == FIRST_ROUND or one.state not in COUNTED)
    ]
    if left:
        more = f" and {len(left) - MAX_NAMED} more" if len(left) > MAX_NAMED else ""
        raise Conflict(
            f"The policy has these locations counted twice: {', '.join(left[:MAX_NAMED])}{more}. "
            "Sign off the first count of each; then somebody else counts it.",
            code="second_count_missing",
        )


def _require_pictures(session: Session, audit: Audit) -> None:
    """Raise unless all that was accepted has the pictures that the policy asks for.

    :raises Conflict: `picture_required`.
    """
    bare = find_bare_decided(session, audit.id) if needs_pictures(audit.policy) else []
    if bare:
        more = f" and {len(bare) - MAX_NAMED} more" if len(bare) > MAX_NAMED else ""
        raise Conflict(
            f"The policy asks for a picture of {', '.join(bare[:MAX_NAMED])}{more}.",
            code="picture_required",
        )


def require_closable(session: Session, *, audit: Audit, actor: Actor, rule: Approver) -> None:
    """Raise unless this person may close this audit now.

    :param rule: what the person behind the account or token must not have done in it.
    :raises Conflict: `undecided_findings`, `counts_disagree`, `picture_required`,
        `second_person_required`, or a wrong state.
    """
    if AuditState.CLOSED not in STEPS[audit.state]:
        if audit.state is AuditState.CLOSED:
            raise Conflict(
                "This audit is closed already. Open a revision for what came after it.",
                code="audit_closed",
            )
        raise Conflict(
            f"This audit is {audit.state.value}; reconcile it before it is closed.",
            code="wrong_state",
        )
    decided, total = count_decided(session, audit.id)
    if decided != total:
        raise Conflict(
            f"{total - decided} of {total} proposals are undecided. Accept or reject each first.",
            code="undecided_findings",
        )
    unlooked = find_unlooked(session, audit.id)
    if unlooked:
        raise Conflict(
            f"Two counts disagree about {len(unlooked)} "
            f"{'asset' if len(unlooked) == 1 else 'assets'}, and nobody looked: "
            f"{', '.join(list(unlooked.values())[:MAX_NAMED])}. Comment on each, or reopen "
            "counting for a third count.",
            code="counts_disagree",
        )
    _require_pictures(session, audit)
    refusal = find_refusal(session, audit.id, actor.person_key, rule)
    if refusal is not None:
        raise Conflict(refusal, code="second_person_required")

"""Plan an audit with a sample: change the plan, freeze the list, draw from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.outside.presence import SINCE
from scanner_app.domain.audits.policy import LEAST_EVIDENCE, read_policy
from scanner_app.domain.audits.sampling.plan import plan_of, read_sample, show_sample
from scanner_app.domain.audits.sampling.sizing import size_sample
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Conflict
from scanner_app.models import Audit
from scanner_app.queries.audits.sampling.facts import load_scope_facts
from scanner_app.services.audits.sampling.draw import draw_sample
from scanner_app.services.audits.sampling.expected import expect_again
from scanner_app.services.audits.sampling.freeze import freeze_population
from scanner_app.services.audits.steps import lock_audit
from scanner_app.services.seals.acts import Acting, record_act

# A label that a camera, a photo, a scanner or NFC read.
HELD = "held"


def change_plan(
    session: Session,
    *,
    audit_id: int,
    sample: Mapping[str, Any] | None,
    policy: Mapping[str, Any] | None = None,
    actor: Acting,
    now: datetime,
    prefers_held: bool = False,
) -> Audit:
    """Change what an audit draws and its policy, and return the audit; None leaves it as it is.

    :param prefers_held: an audit that begins to draw a sample takes only labels that were read as
        proof from then on, if its policy took anything. A form offers that; programs say it.
    :raises Conflict: its list is frozen.
    :raises Invalid: the plan cannot be used, or does not fit what the scope covers now.
    """
    audit = _lock_draft(session, audit_id)
    who: Any = {"actor": actor, "now": now, "audit_id": audit_id}
    if sample is not None:
        plan = read_sample(sample)
        # Raises if the plan does not fit: it must not come out only when the list is frozen.
        size_sample(plan, load_scope_facts(session, audit.scope, plan, now=now))
        kept = show_sample(plan)
        if prefers_held and policy is None and begins_sample(audit.plan, kept, audit.policy):
            policy = {LEAST_EVIDENCE.key: HELD}
        audit.plan = {**audit.plan, "sample": kept}
        record_act(session, kind=ActKind.EDITED, about={"sample": kept}, **who)
    if policy is not None:
        # The day of a revision is the one of the audit that it corrects, however long ago.
        kept_day = audit.policy.get(SINCE)
        today = now.date() if policy.get(SINCE, kept_day) != kept_day else None
        audit.policy = read_policy({**audit.policy, **policy}, today=today)
        about = {"policy": audit.policy}
        record_act(session, kind=ActKind.POLICY_CHANGED, about=about, **who)
    return audit


def begins_sample(
    before: Mapping[str, Any], after: Mapping[str, Any], policy: Mapping[str, Any]
) -> bool:
    """Return whether a plan draws its first sample while the policy takes anything as proof."""
    is_first = not plan_of(before).is_sample and read_sample(after).is_sample
    return is_first and LEAST_EVIDENCE.read(policy) == LEAST_EVIDENCE.default


def freeze_audit(session: Session, *, audit_id: int, actor: Actor, now: datetime) -> Audit:
    """Freeze the list of a draft, so that a sample can be drawn before witnesses; return the audit.

    :raises Conflict: its list is frozen already, or it is not a draft.
    :raises Invalid: its scope names something that no longer exists.
    """
    audit = _lock_draft(session, audit_id)
    freeze_population(session, audit, actor=actor, now=now)
    return audit


def _lock_draft(session: Session, audit_id: int) -> Audit:
    audit = lock_audit(session, audit_id)
    if audit.state is not AuditState.DRAFT or audit.frozen_at is not None:
        raise Conflict(
            "The list of this audit is frozen, so its plan cannot be changed.", code="plan_frozen"
        )
    return audit


def draw_again(
    session: Session, *, audit_id: int, typed: str, reason: str | None, actor: Actor, now: datetime
) -> Audit:
    """Draw the sample of an audit whose list is frozen; return the audit.

    A second draw replaces what is expected. Both are kept, and the report shows both.

    :param typed: what was thrown or typed after the freeze; may be empty.
    :param reason: why the draw before is given up; the first draw needs none.
    :raises Conflict: the list is not frozen, something was counted, or it is counted no more.
    :raises Invalid: a text is malformed, or the reason is not given.
    """
    audit = lock_audit(session, audit_id)
    if audit.state not in {AuditState.DRAFT, AuditState.COUNTING}:
        raise Conflict(
            f"This audit is {audit.state.value}; it draws nothing any more.", code="wrong_state"
        )
    draw = draw_sample(session, audit, typed=typed, reason=reason, actor=actor, now=now)
    if audit.state is AuditState.COUNTING and plan_of(audit.plan).is_sample:
        expect_again(session, audit, draw)
    return audit

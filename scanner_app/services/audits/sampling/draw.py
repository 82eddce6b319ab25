"""Draw the sample of an audit from its frozen population."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.sampling.drawing import (
    Candidate,
    Drawn,
    DrawnAs,
    Seed,
    draw_by_count,
    draw_places,
    draw_with_values,
)
from scanner_app.domain.audits.sampling.plan import Method, SamplePlan, plan_of
from scanner_app.domain.audits.sampling.sizing import Sizing, size_sample
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.models import Audit, AuditDraw, AuditDrawn, Finding
from scanner_app.queries.audits.sampling.draws import DrawRow, list_draws
from scanner_app.queries.audits.sampling.facts import load_member_facts
from scanner_app.queries.audits.sampling.members import Member, list_members, to_candidate
from scanner_app.services.audits.sampling.freeze import hash_nonce, make_nonce
from scanner_app.services.seals.acts import record_act

TYPED = re.compile(r"[\x20-\x7e]{20,200}")
MAX_REASON = 2000


def draw_sample(
    session: Session,
    audit: Audit,
    *,
    typed: str,
    reason: str | None,
    actor: Actor,
    now: datetime,
) -> AuditDraw:
    """Draw a sample from the frozen population of an audit, and return the draw.

    The caller has locked the audit. The nonce is used up: a further draw gets another one.

    :param typed: what a person threw or thought of after the freeze; may be empty.
    :param reason: why the draw before is given up.
    :raises Conflict: a scan counts already, or the audit draws nothing.
    :raises Invalid: the plan does not fit, or a text is malformed or not given.
    """
    plan = plan_of(audit.plan)
    if not plan.needs_draw or audit.nonce is None or audit.population_sha256 is None:
        raise Conflict("This audit has no frozen list to draw from.", code="not_frozen")
    before = list_draws(session, audit.id)
    typed, text = typed.strip(), (reason or "").strip()
    _check_texts(typed, text, is_first=not before)
    if before:
        _require_uncounted(session, audit)
    seed = Seed(f"{typed}.{audit.nonce}" if typed else audit.nonce, audit.population_sha256)
    members = list_members(session, audit.id)
    sizing = size_sample(plan, load_member_facts(session, audit.id, plan))
    draw = AuditDraw(
        audit_id=audit.id,
        number=len(before) + 1,
        drawn_at=now,
        drawn_by=actor.name,
        typed=typed,
        nonce=audit.nonce,
        nonce_sha256=hash_nonce(audit.nonce),
        seed=seed.text,
        reason=text or None,
        sizes=_show_sizes(plan, sizing, seed, members),
    )
    session.add(draw)
    session.flush()
    _bind_next(session, audit, draw, actor)
    if plan.is_sample:
        _keep(session, draw, members, repeat_draw(plan, draw_row(draw), seed, members))
    return draw


def _bind_next(session: Session, audit: Audit, draw: AuditDraw, actor: Actor) -> None:
    """Make the nonce of a further draw before anyone can type for it, and record the draw."""
    audit.nonce = make_nonce()
    about = {
        "number": draw.number,
        "seed": draw.seed,
        "next_nonce_sha256": hash_nonce(audit.nonce),
    }
    record_act(
        session,
        kind=ActKind.DRAWN,
        actor=actor,
        now=draw.drawn_at,
        audit_id=audit.id,
        about=about,
        text=draw.reason,
    )


def find_newest(session: Session, audit_id: int) -> AuditDraw | None:
    """Return the draw that an audit counts, or None if nothing was drawn."""
    return session.scalar(
        select(AuditDraw)
        .where(AuditDraw.audit_id == audit_id)
        .order_by(AuditDraw.number.desc())
        .limit(1)
    )


def draw_row(draw: AuditDraw) -> DrawRow:
    """Return a draw as the queries return it."""
    return DrawRow(**{name: getattr(draw, name) for name in DrawRow.__slots__})


def repeat_draw(plan: SamplePlan, draw: DrawRow, seed: Seed, members: list[Member]) -> list[Drawn]:
    """Return all members in the order of a draw: what it took, and the reserves."""
    sizes = draw.sizes
    candidates: list[Candidate] = [
        to_candidate(member, plan, sizes["currency"] or "") for member in members
    ]
    if plan.method is Method.PPS:
        return draw_with_values(seed, candidates, sizes["by_value"])
    return draw_by_count(seed, candidates, sizes["strata"])


def list_draw_order(session: Session, audit_id: int, draw: DrawRow) -> list[Drawn]:
    """Return all members of the population in the order of a draw; none before there is one.

    :raises NotFound: no audit has that id.
    """
    audit = session.get(Audit, audit_id)
    if audit is None:
        raise NotFound(f"There is no audit {audit_id}.")
    seed = Seed(draw.seed, audit.population_sha256 or "")
    return repeat_draw(plan_of(audit.plan), draw, seed, list_members(session, audit_id))


def _check_texts(typed: str, reason: str, *, is_first: bool) -> None:
    errors: dict[str, list[str]] = {}
    if typed and not TYPED.fullmatch(typed):
        errors["typed"] = [
            "Type 20 to 200 letters, digits and signs of a plain keyboard, or nothing."
        ]
    if not is_first and not reason:
        errors["reason"] = ["Enter why the draw before is given up. Both stay in the report."]
    if len(reason) > MAX_REASON:
        errors["reason"] = [f"Use at most {MAX_REASON:,} characters."]
    if errors:
        raise Invalid("The sample was not drawn.", errors=errors)


def _require_uncounted(session: Session, audit: Audit) -> None:
    counted = session.scalar(
        select(func.count(Finding.id)).where(
            Finding.audit_id == audit.id, (Finding.sightings > 0) | Finding.decision.is_not(None)
        )
    )
    # Once counting has ended, what was not seen is a result too.
    if counted or len(audit.counting_spans) > 1:
        raise Conflict(
            "Something was counted already, so this sample is kept.", code="already_counted"
        )


def _show_sizes(
    plan: SamplePlan, sizing: Sizing, seed: Seed, members: list[Member]
) -> dict[str, Any]:
    places = {member.location: member.location_id for member in members if member.location}
    starts = (
        draw_places(seed, places, number=plan.floor.places, step=plan.floor.every)
        if plan.floor
        else []
    )
    return {
        "strata": dict(sizing.strata),
        "by_value": sizing.by_value,
        "currency": sizing.currency or None,
        "floor": [
            {"location": one.place, "first": one.first, "location_id": places[one.place]}
            for one in starts
        ],
    }


def _keep(session: Session, draw: AuditDraw, members: list[Member], drawn: list[Drawn]) -> None:
    ids = {member.asset_tag: member.asset_id for member in members}
    rows = [
        {
            "draw_id": draw.id,
            "asset_id": ids[one.tag],
            "position": one.position,
            "stratum": one.stratum,
            "drawn_as": one.drawn_as,
        }
        for one in drawn
        if one.drawn_as is not DrawnAs.RESERVE
    ]
    if rows:
        session.execute(insert(AuditDrawn), rows)

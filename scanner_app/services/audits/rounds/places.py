"""Assign a location to counters, sign it off, and ask for a second count by somebody else."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import ROLES, Action, Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.rounds.second import WHY
from scanner_app.domain.audits.rounds.steps import COUNTED, PlaceState
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.models import Audit, Location, User
from scanner_app.queries.audits.rounds.progress import PlaceProgress, find_place
from scanner_app.queries.audits.rounds.second import load_second_counts
from scanner_app.services.audits.steps import lock_audit
from scanner_app.services.seals.acts import record_act

MAX_TEXT = 2000
SAME_COUNTER = "same_counter"


def assign_place(
    session: Session,
    *,
    audit_id: int,
    location_id: int,
    people: Collection[int],
    due_on: date | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Assign a location to these users in place of those before. It hides nothing from others.

    :raises Conflict: the audit is over, or a second count is given to somebody who counted there.
    :raises Invalid: a user does not exist, is suspended, or cannot scan.
    """
    audit = _lock_open(session, audit_id, {AuditState.DRAFT, AuditState.COUNTING})
    place = _find(session, audit, location_id)
    named = _name_counters(session, people)
    if place.state is PlaceState.RECOUNT:
        _require_others(place, named)
    about = {"people": named, "due_on": due_on.isoformat() if due_on else None}
    _record(session, ActKind.ASSIGNED, audit, place, actor=actor, now=now, about=about)


def sign_off_place(
    session: Session,
    *,
    audit_id: int,
    location_id: int,
    statement: str,
    is_empty: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Sign a location off as counted, with a statement; without one it is only called counted.

    :param is_empty: nothing is there. Otherwise the person scanned something there.
    :raises Conflict: the audit does not count; `same_counter`: the person counted in an earlier
        round; `nothing_counted`: they scanned nothing there.
    """
    audit = _lock_open(session, audit_id, {AuditState.COUNTING})
    place = _find(session, audit, location_id)
    person = actor.doer_key
    rounds = place.count.rounds
    earlier = rounds if place.state is PlaceState.RECOUNT else rounds[:-1]
    if any(person in who for who in earlier):
        raise Conflict(
            "You counted here in an earlier round, so somebody else has to count it again.",
            code=SAME_COUNTER,
        )
    if not is_empty and person not in place.count.counters:
        raise Conflict(
            "You scanned nothing here. Scan what is here, or say that the location is empty.",
            code="nothing_counted",
        )
    text = statement.strip()[:MAX_TEXT]
    kind = ActKind.PLACE_SIGNED_OFF if text else ActKind.PLACE_COUNTED
    about = {"is_empty": is_empty, "round": len(earlier) + 1}
    _record(session, kind, audit, place, actor=actor, now=now, about=about, text=text)
    if earlier:
        end_recount(audit, location_id)
    else:
        _ask_by_policy(session, audit, place, now=now)


def _ask_by_policy(session: Session, audit: Audit, place: PlaceProgress, *, now: datetime) -> None:
    """Ask for another count of a location whose first one is done, if the policy says so."""
    why = load_second_counts(session, audit.id).why(place.room.location_id)
    if why is None or place.recounts:
        return
    about: dict[str, Any] = {"counter": {}, "policy": why.value}
    kind, text = ActKind.RECOUNT_ASKED, f"By the policy: {WHY[why]}."
    _record(session, kind, audit, place, actor=None, now=now, about=about, text=text)
    begin_recount(audit, place.room.location_id)


def ask_recount(
    session: Session,
    *,
    audit_id: int,
    location_id: int,
    reason: str,
    counter_id: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Ask for another count of a location, by somebody who counted nothing there.

    :param counter_id: the user who is asked; None leaves it to anybody else.
    :raises Conflict: the audit does not count, the location is not counted yet, or
        `same_counter`.
    :raises Invalid: no reason is given, or the user cannot scan.
    """
    audit = _lock_open(session, audit_id, {AuditState.COUNTING})
    place = _find(session, audit, location_id)
    text = reason.strip()[:MAX_TEXT]
    if not text:
        words = "Enter why it is counted again."
        raise Invalid(words, errors={"reason": [words]})
    if place.state not in COUNTED:
        raise Conflict(
            "Only a location that is counted can be counted again.", code="place_not_counted"
        )
    named = _name_counters(session, [counter_id]) if counter_id is not None else {}
    _require_others(place, named)
    who: Any = {"actor": actor, "now": now}
    about = {"counter": named}
    _record(session, ActKind.RECOUNT_ASKED, audit, place, about=about, text=text, **who)
    begin_recount(audit, location_id)
    if named:
        given = {"people": named, "due_on": None}
        _record(session, ActKind.ASSIGNED, audit, place, about=given, **who)


def begin_recount(audit: Audit, location_id: int | None) -> None:
    """Have a location counted blind from now on, by everyone: its second count knows no first."""
    if location_id is not None:
        audit.recounts = sorted({*(audit.recounts or []), location_id})


def end_recount(audit: Audit, location_id: int) -> None:
    """End the blind count of a location: somebody else has counted it."""
    audit.recounts = [one for one in audit.recounts or [] if one != location_id]


def _lock_open(session: Session, audit_id: int, states: Collection[AuditState]) -> Audit:
    audit = lock_audit(session, audit_id)
    if audit.state not in states:
        code = "audit_closed" if audit.state is AuditState.CLOSED else "not_counting"
        raise Conflict(f"This audit is {audit.state.value}; it does not count.", code=code)
    return audit


def _find(session: Session, audit: Audit, location_id: int) -> PlaceProgress:
    if session.get(Location, location_id) is None:
        raise NotFound("That location does not exist.")
    return find_place(session, audit.id, location_id)


def _name_counters(session: Session, people: Collection[int]) -> dict[str, str]:
    """Return the names of users by their person keys.

    :raises Invalid: one of them cannot scan.
    """
    rows = session.execute(
        select(User.id, User.name, User.role).where(User.id.in_(people), User.is_active)
    ).all()
    named = {f"user:{r.id}": r.name for r in rows if Action.SCAN in ROLES[r.role].actions}
    if len(named) != len(set(people)):
        words = "Choose people who have an account and may scan."
        raise Invalid(words, errors={"people": [words]})
    return named


def _require_others(place: PlaceProgress, named: dict[str, str]) -> None:
    same = [name for key, name in named.items() if key in place.count.counters]
    if same:
        raise Conflict(
            f"{', '.join(same)} counted here already. A second count is by somebody else.",
            code=SAME_COUNTER,
        )


def _record(
    session: Session,
    kind: ActKind,
    audit: Audit,
    place: PlaceProgress,
    *,
    actor: Actor | None,
    now: datetime,
    about: dict[str, Any],
    text: str = "",
) -> None:
    room = place.room
    named = {"location_id": room.location_id, "location": room.code, "location_name": room.name}
    record_act(
        session, kind=kind, actor=actor, now=now, audit_id=audit.id, about={**named, **about},
        text=text,
    )  # fmt: skip

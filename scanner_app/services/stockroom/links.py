"""Links by which people accept or decline a hand-over: made, withdrawn, answered, and too old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.acts import SERVICE_KEY, SERVICE_NAME
from scanner_app.domain.errors import Conflict
from scanner_app.domain.notices.causes import acceptance_topic, handover_answered, to_accept
from scanner_app.domain.seals.report import SigningKey, seal_report
from scanner_app.domain.signatures.strokes import TypedSignature
from scanner_app.domain.stockroom.acceptance import (
    LINK_LIFE,
    LinkAnswer,
    check_answer,
    list_asked,
    name_signer,
    write_answer,
)
from scanner_app.domain.stockroom.document import Signed, write_time
from scanner_app.domain.stockroom.handovers import HandoverEventKind, HandoverState
from scanner_app.models import Handover, HandoverEvent, HandoverLink
from scanner_app.queries.circulation.terms import find_versions
from scanner_app.queries.stockroom.handovers import HandoverRow, get_handover_by_row
from scanner_app.services.files.signatures import keep_signature
from scanner_app.services.lifecycle.tasks import open_follow_up
from scanner_app.services.notices.raise_notice import clear_topics, raise_notice
from scanner_app.services.seals.chain import Sealing
from scanner_app.services.stockroom.agreed import keep_acceptances
from scanner_app.services.stockroom.write import add_event


@dataclass(frozen=True, slots=True)
class AnswerSealing:
    """How the answer to a link is sealed: nobody of this service gave it."""

    now: datetime
    key: SigningKey
    version: str


def lock_handover(session: Session, row_id: int) -> HandoverRow:
    """Return a hand-over; anyone else who changes what happens to it waits."""
    session.execute(select(Handover.id).where(Handover.id == row_id).with_for_update())
    return get_handover_by_row(session, row_id)


def may_ask(row: HandoverRow) -> bool:
    """Return whether the person of a hand-over may be asked to accept it by link."""
    return (
        row.person_id is not None
        and row.kind.facts.needs_person
        and row.state is not HandoverState.VOIDED
        and row.answer is None
    )


def make_link(session: Session, row_id: int, sealing: Sealing) -> HandoverLink:
    """Make the link by which the person of a hand-over answers, and tell them. An open one ends.

    :param row_id: of the hand-over.
    :raises Conflict: it is undone or declined, or nobody of the register got the things.
    """
    row = lock_handover(session, row_id)
    if row.person_id is None or not may_ask(row):
        raise Conflict(
            f"{row.number} cannot be accepted by link: it is answered, undone, or to nobody.",
            code="nothing_to_accept",
        )
    end_link(session, row.id, sealing.now)
    link = HandoverLink(
        handover_id=row.id,
        made_at=sealing.now,
        made_by=sealing.actor.key,
        expires_at=sealing.now + LINK_LIFE,
    )
    session.add(link)
    session.flush()
    detail: dict[str, object] = {"link": link.id, "until": write_time(link.expires_at)}
    add_event(session, row.id, HandoverEventKind.ASKED, sealing, detail=detail)
    notice = to_accept(link.id, row.handover_id, row.number, row.person_id, days=0)
    raise_notice(session, notice, now=sealing.now)
    return link


def withdraw_link(session: Session, row_id: int, sealing: Sealing) -> None:
    """Withdraw the open link of a hand-over: it opens nothing any more.

    :raises Conflict: none is open.
    """
    row = lock_handover(session, row_id)
    link_id = end_link(session, row.id, sealing.now)
    if link_id is None:
        raise Conflict("No link is open: it was answered, or withdrawn.", code="no_open_link")
    add_event(session, row.id, HandoverEventKind.WITHDRAWN, sealing, detail={"link": link_id})


def end_link(session: Session, row_id: int, now: datetime) -> int | None:
    """End the open link of a hand-over, and return its id; None if none is open."""
    link = session.scalar(
        select(HandoverLink).where(
            HandoverLink.handover_id == row_id, HandoverLink.ended_at.is_(None)
        )
    )
    if link is None:
        return None
    link.ended_at = now
    session.flush()
    clear_topics(session, [acceptance_topic(link.id)], now=now)
    return link.id


def answer_link(
    session: Session, link_id: int, answer: LinkAnswer, sealing: AnswerSealing
) -> HandoverRow:
    """Record that the person of a hand-over accepts or declines it, as a sealed answer.

    :raises Invalid: something of the answer is missing.
    :raises Conflict: the link is open no more (`link_ended`).
    """
    link = session.get_one(HandoverLink, link_id)
    row = lock_handover(session, link.handover_id)
    session.refresh(link)
    if link.ended_at is not None or link.expires_at <= sealing.now:
        raise Conflict("This link is not open any more.", code="link_ended")
    body = row.body
    asked = [(one["id"], one["version"]) for one in list_asked(body)]
    answer = check_answer(answer, asked)
    person = body["person"] or {}
    name = str(person.get("name") or person.get("ref") or "")
    signed = _keep_signature(session, answer, body)
    text = write_answer(
        body, answer, sha256=row.sha256, signed=signed, at=sealing.now, software=sealing.version
    )
    sealed = seal_report(text, sealing.key)
    kind = HandoverEventKind.ACCEPTED if answer.is_accepted else HandoverEventKind.DECLINED
    end_link(session, row.id, sealing.now)
    session.add(
        HandoverEvent(
            handover_id=row.id,
            at=sealing.now,
            kind=kind,
            actor=f"person:{row.person_id}",
            actor_name=name,
            detail={
                "how": "link", "link": link.id, "reason": answer.reason,
                "signature": signed.to_json() if signed else None, "text": sealed.text,
            },
            seal=sealed.signature,
        )
    )  # fmt: skip
    session.flush()
    if answer.is_accepted:
        ids = [text.id for text in find_versions(session, asked).values()]
        keep_acceptances(session, ids, person_id=row.person_id, handover_id=row.id, at=sealing.now)
    else:
        _leave_to_a_person(session, row, name, answer.reason, sealing.now)
    notice = handover_answered(
        link.id, row.number, name, kind.value, to=link.made_by, reason=answer.reason
    )
    raise_notice(session, notice, now=sealing.now)
    return get_handover_by_row(session, row.id)


def _keep_signature(session: Session, answer: LinkAnswer, body: Mapping[str, Any]) -> Signed | None:
    """Store the signature of an answer, and return what is sealed of it."""
    if answer.signature is None:
        return None
    return Signed(
        keep_signature(session, answer.signature),
        name_signer(answer.signature, body["person"]),
        isinstance(answer.signature, TypedSignature),
    )


def _leave_to_a_person(
    session: Session, row: HandoverRow, name: str, reason: str, now: datetime
) -> None:
    """Open a follow-up: what was declined is still with the person."""
    open_follow_up(
        session,
        key=f"declined:{row.handover_id}",
        title=f"{row.number} was declined by {name}: {reason}",
        actor_name=name,
        now=now,
        about={"handover": row.number},
    )


def lapse_links(session: Session, now: datetime) -> int:
    """End the links that are too old, and tell who made them. Return how many there were."""
    due = session.execute(
        select(HandoverLink.id, HandoverLink.handover_id)
        .where(HandoverLink.ended_at.is_(None), HandoverLink.expires_at <= now)
        .order_by(HandoverLink.id)
        .limit(500)
    ).all()
    count = 0
    for link_id, row_id in due:
        row = lock_handover(session, row_id)
        link = session.get_one(HandoverLink, link_id, populate_existing=True)
        if link.ended_at is not None:
            continue
        end_link(session, row_id, now)
        session.add(
            HandoverEvent(
                handover_id=row_id, at=now, kind=HandoverEventKind.LAPSED, actor=SERVICE_KEY,
                actor_name=SERVICE_NAME, detail={"link": link_id},
            )
        )  # fmt: skip
        person = row.body["person"] or {}
        notice = handover_answered(
            link_id, row.number, str(person.get("name") or person.get("ref") or ""),
            HandoverEventKind.LAPSED.value, to=link.made_by,
        )  # fmt: skip
        raise_notice(session, notice, now=now)
        count += 1
    session.flush()
    return count

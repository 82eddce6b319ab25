"""Links by which people accept or decline a hand-over: made, withdrawn, answered, and too old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict
from scanner_app.domain.notices.causes import handover_answered, to_accept
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
from scanner_app.models import HandoverEvent, HandoverLink
from scanner_app.queries.circulation.terms import find_versions
from scanner_app.queries.stockroom.handovers import HandoverRow, get_handover_by_row
from scanner_app.services.files.signatures import keep_signature
from scanner_app.services.lifecycle.tasks import open_follow_up
from scanner_app.services.notices.raise_notice import raise_notice
from scanner_app.services.seals.chain import Sealing
from scanner_app.services.stockroom.agreed import keep_acceptances
from scanner_app.services.stockroom.open_links import end_link, lock_handover
from scanner_app.services.stockroom.write import add_event


@dataclass(frozen=True, slots=True)
class AnswerSealing:
    """How the answer to a link is sealed: nobody of this service gave it."""

    now: datetime
    key: SigningKey
    version: str


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

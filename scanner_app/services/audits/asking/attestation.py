"""Ask people what they have, by links that work without signing in, and take their answers."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.asking.attestation import (
    ANSWERS,
    MAX_NOTE,
    Answered,
    LinkHolder,
    grade_answer,
    hash_token,
    make_token,
)
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.notices.sweep import AskedPerson, attestation_asked, attestation_topic
from scanner_app.domain.text import visible
from scanner_app.models import AttestationAnswer, AttestationLink, Audit, Person, User
from scanner_app.queries.audits.asking.attestation import (
    AskedRow,
    OwnThing,
    is_usable,
    list_asked,
    list_own_things,
)
from scanner_app.queries.audits.holdings.holdings import HoldingRow, list_holdings
from scanner_app.services.audits.asking.pictures import KeptPicture, is_kept, keep_picture
from scanner_app.services.audits.steps import lock_audit
from scanner_app.services.notices.raise_notice import clear_topics, raise_notices
from scanner_app.services.seals.acts import record_act

GONE = "This link does not work any more. Ask the person who sent it for a new one."


@dataclass(frozen=True, slots=True)
class Asking:
    """How people are asked.

    :param secret: the service's, of which links are made.
    :param by_mail: by e-mail; otherwise the links are returned, to be handed over.
    :param expires_at: until when answers are taken; None: until counting ends.
    """

    secret: str
    by_mail: bool
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One person who was asked; `token` is the secret of their link, if it is to be shown."""

    person: str
    name: str
    token: str | None


def ask_people(
    session: Session,
    *,
    audit_id: int,
    people: Collection[int] | None,
    asking: Asking,
    actor: Actor,
    now: datetime,
) -> list[Asked]:
    """Ask people what they have of what the audit expects, and return who was asked.

    Asked again, a person gets a new link, and the older one stops working. What they answered
    stays.

    :param people: ids of people of the register; None: everyone to whom something missing is
        assigned and who was not asked yet, by e-mail only those with an address.
    :raises Conflict: the audit is not being counted.
    :raises Invalid: nobody is left to ask, or somebody has nothing in this audit, or no e-mail
        address.
    """
    audit = lock_audit(session, audit_id)
    if audit.state is not AuditState.COUNTING:
        raise Conflict("People are asked while an audit is being counted.", code="not_counting")
    if asking.expires_at is not None and asking.expires_at <= now:
        raise Invalid("Choose a day to come.", errors={"expires_at": ["Choose a day to come."]})
    chosen = _choose(list_asked(session, audit_id), people, asking)
    asked: list[Asked] = []
    links: list[tuple[AttestationLink, AskedRow]] = []
    for row in chosen:
        salt = secrets.token_hex(16)
        token = make_token(asking.secret, audit_id, row.person_id, salt)
        link = _find_link(session, audit_id, row.person_id) or AttestationLink(
            audit_id=audit_id, person_id=row.person_id
        )
        link.token_hash, link.salt, link.is_shown = hash_token(token), salt, not asking.by_mail
        link.asked_at, link.asked_by = now, actor.name
        link.expires_at, link.revoked_at = asking.expires_at, None
        session.add(link)
        links.append((link, row))
        asked.append(Asked(row.person, row.name, None if asking.by_mail else token))
    session.flush()
    _tell(session, audit, links, asking, actor=actor, now=now)
    return asked


def _choose(
    rows: Sequence[AskedRow], people: Collection[int] | None, asking: Asking
) -> list[AskedRow]:
    if people is None:
        chosen = [
            one
            for one in rows
            if one.missing and not one.is_asked and (one.has_mail or not asking.by_mail)
        ]
        if not chosen:
            text = "Nobody is left to ask: choose people to ask them again."
            raise Invalid(text, errors={"people": [text]})
        return chosen
    chosen = [one for one in rows if one.person_id in people]
    if not chosen or len(chosen) != len(set(people)) or any(not one.things for one in chosen):
        text = "Choose people to whom something is assigned that this audit expects."
        raise Invalid(text, errors={"people": [text]})
    silent = [one.name for one in chosen if asking.by_mail and not one.has_mail]
    if silent:
        text = f"No e-mail address is known of {', '.join(silent[:5])}: show their links instead."
        raise Invalid(text, errors={"people": [text]})
    return chosen


def _tell(
    session: Session,
    audit: Audit,
    links: Sequence[tuple[AttestationLink, AskedRow]],
    asking: Asking,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    until = asking.expires_at.isoformat() if asking.expires_at else None
    about = {
        "asked": {f"person:{row.person_id}": row.name for _link, row in links},
        "by": "mail" if asking.by_mail else "shown",
        "until": until,
    }
    record_act(
        session, kind=ActKind.ATTESTATION_ASKED, actor=actor, now=now, audit_id=audit.id,
        about=about,
    )  # fmt: skip
    if asking.by_mail:
        notices = [
            attestation_asked(AskedPerson(link.id, audit.id, audit.name, row.person_id, now), 0)
            for link, row in links
        ]
        raise_notices(session, notices, now=now)


def revoke_link(
    session: Session, *, audit_id: int, person_id: int, actor: Actor, now: datetime
) -> None:
    """End the link of a person. Their answers stay.

    :raises NotFound: they were not asked, or their link ended already.
    """
    lock_audit(session, audit_id)
    link = _find_link(session, audit_id, person_id)
    if link is None or link.revoked_at is not None:
        raise NotFound("This person has no link that could be ended.")
    link.revoked_at = now
    clear_topics(session, [attestation_topic(link.id, link.asked_at)], now=now)
    name = session.get_one(Person, person_id).name
    record_act(
        session, kind=ActKind.ATTESTATION_REVOKED, actor=actor, now=now, audit_id=audit_id,
        about={"asked": {f"person:{person_id}": name}},
    )  # fmt: skip


def write_answer_link(session: Session, base: str, secret: str, *, link_id: int) -> str:
    """Return the address by which a person answers; empty if their link is not of this secret.

    :param base: the address of this service.
    """
    link = session.get_one(AttestationLink, link_id)
    token = make_token(secret, link.audit_id, link.person_id, link.salt)
    return f"{base}/attest/{token}" if hash_token(token) == link.token_hash else ""


# -- who opens a link ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that works, with what its page shows."""

    link_id: int
    audit_id: int
    audit_name: str
    is_blind: bool
    holder: LinkHolder
    expires_at: datetime | None
    things: list[OwnThing]
    held: list[HoldingRow]

    @property
    def held_left(self) -> list[HoldingRow]:
        """What has no label and nobody answered for yet."""
        return [one for one in self.held if one.answered_at is None]

    @property
    def left(self) -> list[OwnThing]:
        """What is still to be answered. A blind audit does not say what was counted already."""
        return [
            one for one in self.things if one.answer is None and (self.is_blind or not one.is_seen)
        ]


def open_link(session: Session, *, token: str, now: datetime) -> OpenLink:
    """Return what a link opens. It changes nothing: mail programs look ahead at links.

    :raises NotFound: it does not exist, was replaced or ended, or counting has ended.
    """
    link = session.scalar(
        select(AttestationLink).where(AttestationLink.token_hash == hash_token(token))
    )
    audit = session.get_one(Audit, link.audit_id) if link is not None else None
    if link is None or audit is None or not is_usable(link, audit.state, now):
        raise NotFound(GONE)
    person = session.get_one(Person, link.person_id)
    user_id = session.scalar(select(User.id).where(User.person_id == person.id, User.is_active))
    return OpenLink(
        link.id,
        audit.id,
        audit.name,
        audit.is_blind,
        LinkHolder(person.id, person.name, user_id),
        link.expires_at,
        list_own_things(session, audit.id, person.id),
        list_holdings(session, audit.id, custodian_id=person.id),
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it was given.

    :param label_of: the ids of assets whose labels were read in the picture.
    """

    answer: Answered
    note: str = ""
    picture: KeptPicture | None = None
    label_of: frozenset[int] = frozenset()


def answer_for(
    session: Session, *, token: str, finding_ids: Collection[int], given: Answer, now: datetime
) -> int:
    """Take an answer about some of a person's own things, and return how many these were.

    It may be given again until the link ends; all answers are kept, and the newest holds. The same
    answer sent twice is one.

    :raises NotFound: the link does not work, or one of these is not theirs.
    :raises Conflict: there are too many pictures of it already.
    :raises Invalid: the answer needs words.
    """
    audit_id = open_link(session, token=token, now=now).audit_id
    # Locked and read again: counting may end, or the link, while an answer is written.
    lock_audit(session, audit_id)
    opened = open_link(session, token=token, now=now)
    own = {one.finding_id: one for one in opened.things}
    wanted = sorted(set(finding_ids))
    if not wanted or any(one not in own for one in wanted):
        raise NotFound("This is not among the things that are assigned to you.")
    note = visible(given.note.strip())[:MAX_NOTE]
    needed = ANSWERS[given.answer].needs_note
    if needed and not note:
        raise Invalid(needed, errors={"note": [needed]})
    things = [own[one] for one in wanted]
    new = [one for one in things if not _is_said(session, audit_id, one, given, note)]
    if new:
        _write(session, opened, new, given, note, now)
    answered = {one.finding_id for one in things}
    if not opened.held_left and all(one.finding_id in answered for one in opened.left):
        asked_at = session.get_one(AttestationLink, opened.link_id).asked_at
        clear_topics(session, [attestation_topic(opened.link_id, asked_at)], now=now)
    return len(things)


def _is_said(session: Session, audit_id: int, one: OwnThing, given: Answer, note: str) -> bool:
    """Return whether the newest answer about a thing says the same, with the same picture."""
    is_known = given.picture is None or is_kept(
        session, audit_id=audit_id, finding_id=one.finding_id, sha256=given.picture.sha256
    )
    return is_known and (one.answer, one.note or "") == (given.answer, note)


def _write(
    session: Session,
    opened: OpenLink,
    things: Sequence[OwnThing],
    given: Answer,
    note: str,
    now: datetime,
) -> None:
    grades = {
        one.asset_id: grade_answer(given.answer, shows_label=one.asset_id in given.label_of)
        for one in things
    }
    about: dict[str, Any] = {
        "answer": given.answer.value,
        "grades": {
            one.asset_tag: grade.value
            for one in things
            if (grade := grades[one.asset_id]) is not None
        },
    }
    if given.picture is not None:
        about["picture"] = given.picture.sha256
    act_id = record_act(
        session, kind=ActKind.ATTESTED, actor=opened.holder, now=now, audit_id=opened.audit_id,
        about=about, text=note, finding_ids=[one.finding_id for one in things],
    )  # fmt: skip
    rows = []
    for one in things:
        picture_id = None
        if given.picture is not None:
            picture_id = keep_picture(
                session, audit_id=opened.audit_id, finding_id=one.finding_id, act_id=act_id,
                picture=given.picture, actor=opened.holder, now=now,
            )  # fmt: skip
        rows.append(
            {
                "link_id": opened.link_id,
                "audit_id": opened.audit_id,
                "asset_id": one.asset_id,
                "answer": given.answer,
                "grade": grades[one.asset_id],
                "note": note or None,
                "picture_id": picture_id,
                "at": now,
                "act_id": act_id,
            }
        )
    session.execute(insert(AttestationAnswer), rows)


def _find_link(session: Session, audit_id: int, person_id: int) -> AttestationLink | None:
    return session.scalar(
        select(AttestationLink)
        .where(AttestationLink.audit_id == audit_id, AttestationLink.person_id == person_id)
        .with_for_update()
    )

"""Notices of things that happen at a moment: a reader falls silent, work fails."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from scanner_app.domain.notices.kinds import NOTICES, NewNotice, NoticeKind
from scanner_app.domain.text import moment


def reader_topic(reader_id: int, silent_since: datetime) -> str:
    """Return the matter of one silence of one reader."""
    return f"reader:{reader_id}:{moment(silent_since)}"


def reader_silent(reader_id: int, name: str, *, silent_since: datetime) -> NewNotice:
    """Return the notice of a reader that is silent since its last contact."""
    topic = reader_topic(reader_id, silent_since)
    return NewNotice(
        key=topic,
        kind=NoticeKind.READER_SILENT,
        topic=topic,
        params={"id": reader_id, "reader": name, "since": moment(silent_since)},
    )


def reader_back(reader_id: int, name: str, *, silent_since: datetime) -> NewNotice:
    """Return the notice of a reader that sends again. It ends that of its silence."""
    topic = reader_topic(reader_id, silent_since)
    return NewNotice(
        key=f"{topic}:back",
        kind=NoticeKind.READER_BACK,
        topic=topic,
        params={"id": reader_id, "reader": name, "since": moment(silent_since)},
    )


def is_silent(heard_at: datetime | None, *, silent_after_seconds: int, now: datetime) -> bool:
    """Return whether a reader that was heard once should have been heard again by now."""
    return heard_at is not None and now - heard_at > timedelta(seconds=silent_after_seconds)


def low_stock(
    rule_id: int,
    episode: int,
    *,
    code: str,
    item: str,
    level: int,
    least: int,
    location: str | None,
    location_id: int | None,
) -> NewNotice:
    """Return the notice of an item that became low. There is one for each episode of a rule."""
    return NewNotice(
        key=f"low:{rule_id}:{episode}",
        kind=NoticeKind.LOW_STOCK,
        topic=low_topic(rule_id),
        params={"code": code, "item": item, "level": level, "least": least, "location": location},
        location_id=location_id,
    )


def low_topic(rule_id: int) -> str:
    """Return the matter of a minimum: it ends when somebody fills up."""
    return f"low:{rule_id}"


def acceptance_topic(link_id: int) -> str:
    """Return the matter of a link: it ends with the answer."""
    return f"accept:{link_id}"


def to_accept(
    link_id: int, handover_id: UUID, number: str, person_id: int, *, days: int
) -> NewNotice:
    """Return the notice that something waits for a person's answer.

    :param days: since the link was made, as a step of the reminders.
    """
    return NewNotice(
        key=f"{acceptance_topic(link_id)}:{days}d",
        kind=NoticeKind.TO_ACCEPT,
        topic=acceptance_topic(link_id),
        params={"link": link_id, "handover": str(handover_id), "number": number},
        to_person=person_id,
    )


def handover_answered(
    link_id: int, number: str, person: str, answer: str, *, to: str, reason: str = ""
) -> NewNotice:
    """Return the notice of what became of a link.

    :param answer: `accepted`, `declined` or `lapsed`; the stockroom is told of the last two.
    :param to: the key of the user who made the link.
    """
    kind = NoticeKind.HANDOVER_ANSWERED
    return NewNotice(
        key=f"answered:{link_id}",
        kind=kind,
        topic=f"answered:{link_id}",
        params={"number": number, "person": person, "answer": answer, "reason": reason},
        to_users=(to,),
        roles=frozenset() if answer == "accepted" else NOTICES[kind].later_roles,
    )


def reservation_topic(reservation_id: int, state: str, starts_at: datetime) -> str:
    """Return the matter of a reservation in one respect: another start is another matter."""
    return f"rsv:{reservation_id}:{state}:{moment(starts_at)}"


def reservation_ready(
    reservation_id: int, number: str, person_id: int, things: str, *, starts_at: datetime
) -> NewNotice:
    """Return the notice that what a person booked begins soon."""
    topic = reservation_topic(reservation_id, "ready", starts_at)
    return NewNotice(
        key=topic,
        kind=NoticeKind.RESERVATION,
        topic=topic,
        params={
            "number": number, "things": things, "what": "ready", "starts_at": moment(starts_at),
        },
        to_person=person_id,
    )  # fmt: skip


def reservation_at_risk(
    reservation_id: int,
    number: str,
    person_id: int,
    *,
    tag: str,
    holder: str,
    starts_at: datetime,
    substitute: str | None,
) -> NewNotice:
    """Return the notice that somebody else still has what a person booked."""
    topic = f"{reservation_topic(reservation_id, 'at_risk', starts_at)}:{tag}"
    return NewNotice(
        key=topic,
        kind=NoticeKind.RESERVATION,
        topic=topic,
        params={
            "number": number, "things": tag, "what": "instead" if substitute else "at_risk",
            "starts_at": moment(starts_at), "holder": holder, "substitute": substitute or "",
        },
        to_person=person_id,
        roles=NOTICES[NoticeKind.RESERVATION].later_roles,
    )  # fmt: skip


def reservation_lapsed(
    reservation_id: int,
    number: str,
    person_id: int,
    things: str,
    *,
    to: str,
    starts_at: datetime,
) -> NewNotice:
    """Return the notice that nobody came for what was booked.

    :param to: the key of the user who booked it.
    """
    topic = reservation_topic(reservation_id, "lapsed", starts_at)
    return NewNotice(
        key=topic,
        kind=NoticeKind.RESERVATION,
        topic=topic,
        params={
            "number": number, "things": things, "what": "lapsed", "starts_at": moment(starts_at),
        },
        to_person=person_id,
        to_users=(to,),
    )  # fmt: skip


def wanted_back(
    reservation_id: int,
    custody_id: int,
    person_id: int,
    person: str,
    *,
    tag: str,
    name: str,
    starts_at: datetime,
) -> NewNotice:
    """Return the notice to who has a thing that somebody else has booked."""
    topic = f"{reservation_topic(reservation_id, 'wanted', starts_at)}:{custody_id}"
    return NewNotice(
        key=topic,
        kind=NoticeKind.WANTED_BACK,
        topic=topic,
        params={
            "custody": custody_id, "tag": tag, "name": name, "person": person,
            "starts_at": moment(starts_at),
        },
        to_person=person_id,
    )  # fmt: skip


def job_failed(name: str, *, job: str, reason: str, page: str, to: str = "") -> NewNotice:
    """Return the notice of work that ended without a result.

    :param name: the same for the same work, such as `import:12:2026-03-02T09:00:00Z`.
    :param page: where a person sees what became of it.
    :param to: the key of the user who began it.
    """
    return NewNotice(
        key=f"failed:{name}",
        kind=NoticeKind.JOB_FAILED,
        topic=f"failed:{name}",
        params={"job": job, "reason": reason, "page": page},
        to_users=(to,) if to else (),
    )


def delivery_failed(name: str, *, what: str, reason: str) -> NewNotice:
    """Return the notice of a receiver that gets nothing any more.

    :param name: the same for the same receiver and day: hundreds of messages may fail at once.
    """
    return NewNotice(
        key=f"failed:{name}",
        kind=NoticeKind.DELIVERY_FAILED,
        topic=f"failed:{name}",
        params={"what": what, "reason": reason, "page": "/admin/notices"},
    )


def planned_topic(audit_id: int) -> str:
    """Return the matter of a planned audit: it ends as counting starts."""
    return f"planned:{audit_id}"


def problem_topic(programme_id: int) -> str:
    """Return the matter of a programme whose round cannot be made."""
    return f"programme:{programme_id}"


def audit_planned(
    audit_id: int, audit: str, *, due_on: date | None, places: int, to: str | None
) -> NewNotice:
    """Return the notice that a programme has set up an audit.

    :param places: how many locations a rolling round takes; 0 for other programmes.
    :param to: the key of the user behind the programme.
    """
    return NewNotice(
        key=planned_topic(audit_id),
        kind=NoticeKind.AUDIT_PLANNED,
        topic=planned_topic(audit_id),
        params={
            "id": audit_id,
            "audit": audit,
            "day": due_on.isoformat() if due_on else None,
            "places": places,
        },
        to_users=(to,) if to else (),
        roles=NOTICES[NoticeKind.AUDIT_PLANNED].roles,
        due_on=due_on,
    )


def programme_stuck(
    programme_id: int, programme: str, key: str, problem: str, *, to: str | None
) -> NewNotice:
    """Return the notice that a programme could not set up an audit, once for each round.

    :param key: the name of the time that the round stands for.
    """
    return NewNotice(
        key=f"{problem_topic(programme_id)}:{key}",
        kind=NoticeKind.AUDIT_PLANNED,
        topic=problem_topic(programme_id),
        params={"id": programme_id, "programme": programme, "problem": problem},
        to_users=(to,) if to else (),
        roles=NOTICES[NoticeKind.AUDIT_PLANNED].roles,
    )


def assigned_topic(audit_id: int, user_id: int) -> str:
    """Return the matter of what somebody clears up in an audit: it ends with the audit."""
    return f"assigned:{audit_id}:{user_id}"


def finding_assigned(
    act_id: int, audit_id: int, audit: str, *, count: int, due_on: date | None, to: int
) -> NewNotice:
    """Return the notice that somebody was given findings to clear up.

    :param count: how many are theirs by now, with those that they had before.
    :param to: the id of the user.
    """
    return NewNotice(
        key=f"assigned:{act_id}",
        kind=NoticeKind.FINDING_ASSIGNED,
        topic=assigned_topic(audit_id, to),
        params={
            "id": audit_id,
            "audit": audit,
            "count": count,
            "day": due_on.isoformat() if due_on else None,
            "who": to,
        },
        to_users=(f"user:{to}",),
        due_on=due_on,
    )


def closure_topic(audit_id: int) -> str:
    """Return the matter of a request to close an audit: it ends with what answers it."""
    return f"closure:{audit_id}"


def closure_waits(
    act_id: int, audit_id: int, audit: str, *, by: str, comment: str, to: str, is_back: bool = False
) -> NewNotice:
    """Return the notice that somebody is asked to close an audit, or gets it back.

    :param to: the key of who is asked, or of who had asked.
    """
    return NewNotice(
        key=f"closure:{act_id}",
        kind=NoticeKind.CLOSURE_WAITS,
        topic=closure_topic(audit_id),
        params={"id": audit_id, "audit": audit, "by": by, "comment": comment, "is_back": is_back},
        to_users=(to,),
    )

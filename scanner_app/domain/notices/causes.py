"""Notices of things that happen at a moment: a reader falls silent, work fails."""

from __future__ import annotations

from datetime import datetime, timedelta
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

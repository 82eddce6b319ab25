"""Notices of policies: something, or some devices, do not keep one any more. Pure."""

from __future__ import annotations

from datetime import datetime

from scanner_app.domain.notices.kinds import NewNotice, NoticeKind
from scanner_app.domain.policies.gates import SubjectKind


def policy_topics(policy_id: int) -> str:
    """Return how the matters of a policy begin."""
    return f"{NoticeKind.POLICY_FAILED}:{policy_id}:"


def devices_topic(policy_id: int) -> str:
    """Return the matter of the devices that do not keep a policy."""
    return f"{policy_topics(policy_id)}devices"


def subject_topic(policy_id: int, kind: SubjectKind, subject_id: int) -> str:
    """Return the matter of one thing that does not keep a policy at its step."""
    return f"{policy_topics(policy_id)}{kind.value}:{subject_id}"


def policy_failed(
    policy_id: int,
    *,
    code: str,
    title: str,
    subject: tuple[SubjectKind, int],
    name: str,
    link: str,
    detail: str,
    at: datetime,
) -> NewNotice:
    """Return the notice that one thing does not keep a policy at its step."""
    kind, subject_id = subject
    topic = subject_topic(policy_id, kind, subject_id)
    return NewNotice(
        key=f"{topic}:{at.isoformat()}",
        kind=NoticeKind.POLICY_FAILED,
        topic=topic,
        params={
            "policy": code, "title": title, "subject": f"{kind.value} {name}", "link": link,
            "detail": detail,
        },
    )  # fmt: skip


def devices_failed(
    policy_id: int, *, code: str, title: str, new: int, count: int, newest: datetime
) -> NewNotice:
    """Return the notice that more devices do not keep a policy: one for all of them.

    :param new: how many devices it is about, of the `count` that do not keep it.
    :param newest: since when the last of them does not.
    """
    topic = devices_topic(policy_id)
    return NewNotice(
        key=f"{topic}:{newest.isoformat()}",
        kind=NoticeKind.POLICY_FAILED,
        topic=topic,
        params={"policy": code, "title": title, "new": new, "count": count},
    )

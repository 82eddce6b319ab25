"""The daily sweep: which notices there are by a state of the register and a day. Pure.

The same state and day give the same keys, so a second sweep raises nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from scanner_app.domain.notices.causes import to_accept
from scanner_app.domain.notices.kinds import NOTICES, NewNotice, NoticeKind
from scanner_app.domain.text import moment

DUE_SOON_DAYS = (3, 1)
# Days after the due date; at most eight notices of one loan.
OVERDUE_DAYS = (1, 3, 7, 14, 21, 28, 35, 42)
# From this day on, the stockroom is told too.
STOCKROOM_FROM = 3
AUDIT_DAYS = 3
# Days after a link was made; at 0 it is sent.
REMIND_DAYS = (0, 3, 7, 12)
# Days after an audit asked a person at which they are reminded, until they have answered.
REMINDER_DAYS = (3, 7)
ENDS_DAYS = (90, 30, 7)


@dataclass(frozen=True, slots=True)
class Loan:
    """An open custody with a due date."""

    custody_id: int
    due_at: datetime
    person_id: int
    person: str
    tag: str
    name: str
    location_id: int | None = None
    category_id: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """A warranty or a planned life that ends on a day.

    :param what: "warranty" or "life".
    """

    asset_id: int
    what: str
    on: date
    tag: str
    name: str
    location_id: int | None = None
    category_id: int | None = None


@dataclass(frozen=True, slots=True)
class DueAudit:
    """An open audit with the day on which it should be closed.

    :param owners: keys of the users whom it concerns.
    """

    audit_id: int
    name: str
    due_on: date
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link by which a person has not answered yet."""

    link_id: int
    handover_id: UUID
    number: str
    person_id: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class AskedPerson:
    """A person whom an audit asked by e-mail what they have, and who has not answered yet."""

    link_id: int
    audit_id: int
    audit: str
    person_id: int
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class EndingWaiver:
    """A waiver of a policy that ends on a day, that day included.

    :param subject: what it lets pass, such as ``order 81``.
    :param by: the key of the person who gave it.
    """

    waiver_id: int
    policy: str
    title: str
    subject: str
    on: date
    by: str


@dataclass(frozen=True, slots=True)
class SweptState:
    """What the sweep looks at."""

    links: Sequence[OpenLink] = ()
    loans: Sequence[Loan] = ()
    endings: Sequence[Ending] = ()
    audits: Sequence[DueAudit] = ()
    asked: Sequence[AskedPerson] = ()
    reservations: Sequence[NewNotice] = ()
    waivers: Sequence[EndingWaiver] = ()


@dataclass(frozen=True, slots=True)
class SweepRules:
    """How the sweep counts days.

    :param zone: the organisation's; a day begins at its midnight.
    :param ends_days: how many days before an end it is told.
    """

    zone: ZoneInfo
    ends_days: tuple[int, ...] = field(default=ENDS_DAYS)

    @property
    def horizon(self) -> int:
        """How many days ahead the state must reach."""
        return max(self.ends_days, default=0)


def sweep(state: SweptState, *, now: datetime, rules: SweepRules) -> tuple[NewNotice, ...]:
    """Return the notices that hold at this moment, those raised before among them."""
    today = now.astimezone(rules.zone).date()
    return (
        *(one for loan in state.loans for one in _of_loan(loan, now, today, rules.zone)),
        *(one for audit in state.audits for one in _of_audit(audit, today)),
        *(_of_link(link, now) for link in state.links),
        *(_of_asked(asked, today, rules.zone) for asked in state.asked),
        *state.reservations,
        *(one for ending in state.endings for one in _of_ending(ending, today, rules.ends_days)),
        *(one for waiver in state.waivers for one in _of_waiver(waiver, today, rules.ends_days)),
    )


def loan_topic(custody_id: int, due_at: datetime) -> str:
    """Return the matter of a loan until one date: another date is another matter."""
    return f"loan:{custody_id}:{moment(due_at)}"


def _of_loan(loan: Loan, now: datetime, today: date, zone: ZoneInfo) -> Iterator[NewNotice]:
    due_on = loan.due_at.astimezone(zone).date()
    is_late = loan.due_at < now
    if is_late:
        step = _passed((today - due_on).days, OVERDUE_DAYS)
        kind, word = NoticeKind.OVERDUE, "late"
    else:
        step = _ahead((due_on - today).days, DUE_SOON_DAYS)
        kind, word = NoticeKind.DUE_SOON, "due"
    if step is None:
        return
    is_for_stockroom = is_late and step >= STOCKROOM_FROM
    yield NewNotice(
        key=f"{word}:{loan.custody_id}:{moment(loan.due_at)}:{step}d",
        kind=kind,
        topic=loan_topic(loan.custody_id, loan.due_at),
        params={
            "custody": loan.custody_id,
            "due_at": moment(loan.due_at),
            "day": due_on.isoformat(),
            "person": loan.person,
            "tag": loan.tag,
            "name": loan.name,
        },
        to_person=loan.person_id,
        roles=NOTICES[kind].later_roles if is_for_stockroom else frozenset(),
        location_id=loan.location_id,
        category_id=loan.category_id,
        due_on=due_on,
    )


def _of_link(link: OpenLink, now: datetime) -> NewNotice:
    days = _passed((now - link.made_at).days, REMIND_DAYS) or 0
    return to_accept(link.link_id, link.handover_id, link.number, link.person_id, days=days)


def _of_audit(audit: DueAudit, today: date) -> Iterator[NewNotice]:
    is_late = audit.due_on < today
    if not is_late and (audit.due_on - today).days > AUDIT_DAYS:
        return
    yield NewNotice(
        key=f"audit:{audit.audit_id}:{'late' if is_late else 'due'}:{audit.due_on.isoformat()}",
        kind=NoticeKind.AUDIT_DUE,
        topic=f"audit:{audit.audit_id}:{audit.due_on.isoformat()}",
        params={
            "id": audit.audit_id,
            "audit": audit.name,
            "day": audit.due_on.isoformat(),
            "is_late": is_late,
        },
        to_users=audit.owners,
        due_on=audit.due_on,
    )


def _of_ending(ending: Ending, today: date, days: Sequence[int]) -> Iterator[NewNotice]:
    step = _ahead((ending.on - today).days, days)
    if step is None:
        return
    on = ending.on.isoformat()
    yield NewNotice(
        key=f"ends:{ending.what}:{ending.asset_id}:{on}:{step}",
        kind=NoticeKind.LIFE_ENDS,
        topic=f"ends:{ending.what}:{ending.asset_id}:{on}",
        params={
            "asset": ending.asset_id,
            "what": ending.what,
            "day": on,
            "tag": ending.tag,
            "name": ending.name,
        },
        location_id=ending.location_id,
        category_id=ending.category_id,
        due_on=ending.on,
    )


def waiver_topic(waiver_id: int) -> str:
    """Return the matter of a waiver that ends."""
    return f"{NoticeKind.WAIVER_ENDS}:{waiver_id}"


def _of_waiver(waiver: EndingWaiver, today: date, days: Sequence[int]) -> Iterator[NewNotice]:
    step = _ahead((waiver.on - today).days, days)
    if step is None:
        return
    yield NewNotice(
        key=f"{waiver_topic(waiver.waiver_id)}:{step}",
        kind=NoticeKind.WAIVER_ENDS,
        topic=waiver_topic(waiver.waiver_id),
        params={
            "policy": waiver.policy,
            "title": waiver.title,
            "subject": waiver.subject,
            "day": waiver.on.isoformat(),
        },
        to_users=(waiver.by,),
        due_on=waiver.on,
    )


def attestation_topic(link_id: int, asked_at: datetime) -> str:
    """Return the matter of one request: asked again is another matter."""
    return f"attest:{link_id}:{moment(asked_at)}"


def attestation_asked(asked: AskedPerson, step: int) -> NewNotice:
    """Return the notice that asks a person, or reminds them some days later."""
    topic = attestation_topic(asked.link_id, asked.asked_at)
    return NewNotice(
        key=f"{topic}:{step}d",
        kind=NoticeKind.ATTESTATION_ASKED,
        topic=topic,
        params={
            "id": asked.audit_id, "audit": asked.audit, "link": asked.link_id, "step": step,
        },
        to_person=asked.person_id,
    )  # fmt: skip


def _of_asked(asked: AskedPerson, today: date, zone: ZoneInfo) -> NewNotice:
    days = (today - asked.asked_at.astimezone(zone).date()).days
    return attestation_asked(asked, _passed(days, (0, *REMINDER_DAYS)) or 0)


def _passed(days: int, steps: Sequence[int]) -> int | None:
    """Return the last step that this many days have reached; None before the first."""
    return max((step for step in steps if step <= days), default=None)


def _ahead(days: int, steps: Sequence[int]) -> int | None:
    """Return the nearest step that this many days left are within; None if all are nearer."""
    return min((step for step in steps if 0 <= days <= step), default=None)

"""What a person chose about their notices: kinds, ways, hours, and who they are in the register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.notices.choices import Digest
from scanner_app.domain.notices.kinds import (
    NOTICES,
    NoticeKind,
    is_told_unasked,
    may_choose,
)
from scanner_app.models import Category, Location, NoticeChoice, Person, User

MAX_HOUR = 23


@dataclass(frozen=True, slots=True)
class WantedKind:
    """What a form says about one kind.

    :param location: the code of a location; empty for all. `category` alike, by name.
    """

    is_told: bool
    by_mail: bool
    digest: Digest = Digest.NONE
    breaks_quiet: bool = False
    location: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class WantedHours:
    """What a form says about the person's clock; minutes after midnight."""

    quiet_from: int | None = None
    quiet_to: int | None = None
    digest_hour: int | None = None
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What holds for a user now, as the form shows it.

    :param person: whom the account is in the register; `proposed` has the same e-mail address.
    """

    hours: WantedHours
    kinds: Mapping[NoticeKind, WantedKind]
    person: tuple[int, str] | None = None
    proposed: tuple[tuple[int, str], ...] = field(default=())


def load_choices(session: Session, *, user_id: int) -> Choices:
    """Return what a user chose, and what holds where they chose nothing."""
    user = session.get_one(User, user_id)
    stored = {
        row.kind: WantedKind(
            row.is_told, row.by_mail, row.digest, row.breaks_quiet, code or "", category or ""
        )
        for row, code, category in session.execute(
            select(NoticeChoice, Location.code, Category.name)
            .outerjoin(Location, Location.id == NoticeChoice.location_id)
            .outerjoin(Category, Category.id == NoticeChoice.category_id)
            .where(NoticeChoice.user_id == user_id)
        )
    }
    kinds = {}
    for kind in NOTICES:
        if may_choose(kind, user.role):
            is_told = is_told_unasked(kind, user.role)
            kinds[kind] = stored.get(kind, WantedKind(is_told, by_mail=is_told))
    linked = session.get(Person, user.person_id) if user.person_id is not None else None
    return Choices(
        hours=WantedHours(user.quiet_from, user.quiet_to, user.digest_hour, user.time_zone or ""),
        kinds=kinds,
        person=None if linked is None else (linked.id, linked.name),
        proposed=_find_alike(session, user) if linked is None else (),
    )


def _find_alike(session: Session, user: User) -> tuple[tuple[int, str], ...]:
    """Return the people with the address of an account, whom nobody else claims to be."""
    taken = select(User.person_id).where(User.person_id.is_not(None))
    statement = (
        select(Person.id, Person.name)
        .where(
            func.lower(Person.email) == user.email.lower(),
            Person.is_active,
            Person.id.not_in(taken),
        )
        .order_by(Person.id)
        .limit(3)
    )
    return tuple((id_, name) for id_, name in session.execute(statement))


def save_choices(
    session: Session,
    *,
    user_id: int,
    hours: WantedHours,
    kinds: Mapping[NoticeKind, WantedKind],
) -> None:
    """Keep what a user chose.

    :raises Invalid: a location, category or time zone does not exist, or a time is half given.
    """
    user = session.get_one(User, user_id)
    _check_hours(hours)
    user.quiet_from, user.quiet_to = hours.quiet_from, hours.quiet_to
    user.digest_hour, user.time_zone = hours.digest_hour, hours.time_zone or None
    rows = {
        row.kind: row
        for row in session.scalars(select(NoticeChoice).where(NoticeChoice.user_id == user_id))
    }
    for kind, wanted in kinds.items():
        if not may_choose(kind, user.role):
            continue
        row = rows.get(kind)
        if row is None:
            row = NoticeChoice(user_id=user_id, kind=kind)
            session.add(row)
        row.is_told, row.by_mail = wanted.is_told, wanted.by_mail
        row.digest, row.breaks_quiet = wanted.digest, wanted.breaks_quiet
        row.location_id = _find_location(session, kind, wanted.location)
        row.category_id = _find_category(session, kind, wanted.category)
    session.flush()


def _check_hours(hours: WantedHours) -> None:
    if (hours.quiet_from is None) != (hours.quiet_to is None):
        raise Invalid(
            "Enter both times of the quiet hours, or neither.",
            errors={"quiet_to": ["Enter both times, or neither."]},
        )
    if hours.digest_hour is not None and not 0 <= hours.digest_hour <= MAX_HOUR:
        raise Invalid("Choose an hour.", errors={"digest_hour": ["Choose an hour."]})
    if hours.time_zone:
        try:
            ZoneInfo(hours.time_zone)
        except (KeyError, ValueError, OSError) as error:
            said = "Choose a time zone from the list, such as Europe/Berlin."
            raise Invalid(said, errors={"time_zone": [said]}) from error


def _find_location(session: Session, kind: NoticeKind, code: str) -> int | None:
    if not code or not NOTICES[kind].narrows:
        return None
    found = session.scalar(select(Location.id).where(Location.code == code))
    if found is None:
        said = f"No location has the code {code}."
        raise Invalid(said, errors={f"location:{kind}": [said]})
    return found


def _find_category(session: Session, kind: NoticeKind, name: str) -> int | None:
    if not name or not NOTICES[kind].narrows:
        return None
    found = session.scalar(select(Category.id).where(Category.name == name))
    if found is None:
        said = f"There is no category {name}."
        raise Invalid(said, errors={f"category:{kind}": [said]})
    return found


def link_person(session: Session, *, user_id: int, person_id: int) -> None:
    """Note that a user is a person of the register, so that what concerns both is told once.

    :raises NotFound: the person has another address: anybody could claim to be anybody.
    :raises Conflict: another account is that person.
    """
    user = session.scalars(select(User).where(User.id == user_id).with_for_update()).one()
    person = session.get(Person, person_id)
    if person is None or (person.email or "").lower() != user.email.lower():
        raise NotFound("No person with your e-mail address was found.")
    other = session.scalar(select(User.id).where(User.person_id == person_id, User.id != user_id))
    if other is not None:
        raise Conflict("Another account is this person already. Ask an admin.")
    user.person_id = person_id


def unlink_person(session: Session, *, user_id: int) -> None:
    """Forget who a user is in the register."""
    session.get_one(User, user_id).person_id = None

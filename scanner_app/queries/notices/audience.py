"""Whom notices are told to, by role, by name and by choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import ROLES, Role
from scanner_app.domain.notices.choices import Choice, is_told
from scanner_app.domain.notices.kinds import NOTICES, NewNotice, NoticeKind
from scanner_app.models import Category, Location, NoticeChoice, User


@dataclass(frozen=True, slots=True)
class Listener:
    """An active user, with what they chose."""

    user_id: int
    role: Role
    person_id: int | None
    choices: dict[NoticeKind, Choice]

    @property
    def key(self) -> str:
        return f"user:{self.user_id}"

    def hears(self, notice: NewNotice) -> bool:
        """Return whether this user is told of a notice."""
        is_theirs = self.person_id is not None and self.person_id == notice.to_person
        follow = NOTICES[notice.kind].follow
        return is_told(
            notice,
            role=self.role,
            is_named=is_theirs or self.key in notice.to_users,
            choice=self.choices.get(notice.kind),
            may_follow=follow is not None and follow in ROLES[self.role].actions,
        )


def load_listeners(session: Session) -> list[Listener]:
    """Return every active user with their choices. An office has hundreds of them at most."""
    choices: dict[int, dict[NoticeKind, Choice]] = {}
    places: dict[int, frozenset[int]] = {}
    for row in session.scalars(select(NoticeChoice)):
        if row.location_id is not None and row.location_id not in places:
            places[row.location_id] = _inside(session, row.location_id)
        choices.setdefault(row.user_id, {})[row.kind] = Choice(
            is_told=row.is_told,
            by_mail=row.by_mail,
            digest=row.digest,
            breaks_quiet=row.breaks_quiet,
            location_ids=None if row.location_id is None else places[row.location_id],
            category_id=row.category_id,
        )
    users = session.execute(
        select(User.id, User.role, User.person_id).where(User.is_active).order_by(User.id)
    )
    return [Listener(id_, role, person, choices.get(id_, {})) for id_, role, person in users]


def _inside(session: Session, location_id: int) -> frozenset[int]:
    path = select(Location.path).where(Location.id == location_id).scalar_subquery()
    found = session.scalars(select(Location.id).where(Location.path.startswith(path)))
    return frozenset(found)


def find_recipients(
    notice: NewNotice, listeners: Sequence[Listener]
) -> tuple[list[int], int | None]:
    """Return the users who are told, and the person of the register if no account is theirs."""
    told = [one.user_id for one in listeners if one.hears(notice)]
    has_account = any(one.person_id == notice.to_person for one in listeners)
    person = None if notice.to_person is None or has_account else notice.to_person
    return told, person


def list_category_names(session: Session) -> list[str]:
    """Return the categories that a person may ask for, by name; as many as a list can offer."""
    return list(session.scalars(select(Category.name).order_by(Category.name).limit(500)))

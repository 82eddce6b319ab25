"""Selects over terms: the versions, those in force, and who accepted what."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.circulation.terms import TermsText, find_current
from scanner_app.domain.errors import NotFound
from scanner_app.models import Category, Terms, TermsAcceptance, TermsVersion

_VERSIONS = select(
    TermsVersion.id,
    TermsVersion.terms_id,
    TermsVersion.version,
    TermsVersion.title,
    TermsVersion.body,
    TermsVersion.sha256,
    TermsVersion.valid_from,
    Terms.category_id,
).join(Terms, Terms.id == TermsVersion.terms_id)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version, as the page of terms lists it."""

    id: int
    terms_id: int
    version: int
    title: str
    sha256: str
    valid_from: datetime
    made_at: datetime
    made_by: str
    category: str | None
    is_ended: bool
    accepted_by: int


def load_current(session: Session, now: datetime) -> tuple[TermsText, ...]:
    """Return the versions in force, of terms that are still asked for."""
    rows = session.execute(_VERSIONS.where(Terms.scope.is_not(None)))
    return find_current((TermsText(*row) for row in rows), now)


def load_accepted(session: Session, person_id: int | None) -> dict[int, datetime]:
    """Return when a person last accepted which version."""
    if person_id is None:
        return {}
    rows = session.execute(
        select(TermsAcceptance.version_id, func.max(TermsAcceptance.at))
        .where(TermsAcceptance.person_id == person_id)
        .group_by(TermsAcceptance.version_id)
    )
    return {version_id: at for version_id, at in rows}  # noqa: C416 - mypy takes no rows for pairs


def find_versions(
    session: Session, named: Collection[tuple[int, int]]
) -> dict[tuple[int, int], TermsText]:
    """Return versions by the id of their terms and their number."""
    rows = session.execute(_VERSIONS.where(TermsVersion.terms_id.in_({id_ for id_, _ in named})))
    found = {(text.terms_id, text.version): text for text in (TermsText(*row) for row in rows)}
    return {one: found[one] for one in named if one in found}


def get_version(session: Session, terms_id: int, version: int) -> TermsText:
    """Return one version.

    :raises NotFound: there is none.
    """
    found = find_versions(session, [(terms_id, version)])
    if not found:
        raise NotFound("These terms do not exist.")
    return found[terms_id, version]


def list_versions(session: Session, *, limit: int = 500) -> list[VersionRow]:
    """Return all versions: by terms, the newest version first, and how many accepted each."""
    people = (
        select(
            TermsAcceptance.version_id,
            func.count(TermsAcceptance.person_id.distinct()).label("people"),
        )
        .group_by(TermsAcceptance.version_id)
        .subquery()
    )
    rows = session.execute(
        select(
            TermsVersion.id,
            TermsVersion.terms_id,
            TermsVersion.version,
            TermsVersion.title,
            TermsVersion.sha256,
            TermsVersion.valid_from,
            TermsVersion.made_at,
            TermsVersion.made_by,
            Category.name,
            Terms.scope.is_(None),
            func.coalesce(people.c.people, 0),
        )
        .join(Terms, Terms.id == TermsVersion.terms_id)
        .outerjoin(Category, Category.id == Terms.category_id)
        .outerjoin(people, people.c.version_id == TermsVersion.id)
        .order_by(Terms.scope.is_(None), TermsVersion.terms_id, TermsVersion.version.desc())
        .limit(limit)
    )
    return [VersionRow(*row) for row in rows]

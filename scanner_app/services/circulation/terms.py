"""Write terms: a new version beside the old ones, never in place of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.circulation.terms import MAX_BODY, MAX_TITLE, hash_terms
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.text import is_storable
from scanner_app.models import Category, Terms, TermsVersion
from scanner_app.services.seals.acts import record_act

ALL = "all"


def write_terms(
    session: Session,
    *,
    category: str,
    title: str,
    body: str,
    actor: Actor,
    now: datetime,
    valid_from: datetime | None = None,
) -> TermsVersion:
    """Write the next version of the terms of a category, and return it.

    The same words as in the newest version make no new one: that version is returned.

    :param category: the name of a category; empty for everything that is handed out.
    :param valid_from: None for now. A version that comes into force later waits until then.
    :raises Invalid: a field cannot be used.
    """
    title, body = title.strip(), body.replace("\r\n", "\n").strip()
    errors = _check_words(title, body)
    category_id = _find_category(session, category.strip(), errors)
    if valid_from is not None and valid_from < now:
        errors["valid_from"] = ["Choose a day from today on: what held before stays as it was."]
    if errors:
        raise Invalid("The terms cannot be used as they are.", errors=errors)
    terms = _get_or_add(session, category_id)
    newest = session.scalar(
        select(TermsVersion)
        .where(TermsVersion.terms_id == terms.id)
        .order_by(TermsVersion.version.desc())
        .limit(1)
    )
    sha256 = hash_terms(title, body)
    if newest is not None and newest.sha256 == sha256:
        return newest
    version = TermsVersion(
        terms_id=terms.id,
        version=newest.version + 1 if newest else 1,
        title=title,
        body=body,
        sha256=sha256,
        valid_from=valid_from or now,
        made_at=now,
        made_by=actor.name,
    )
    session.add(version)
    session.flush()
    _note(session, actor, now, terms, _about(version))
    return version


def end_terms(session: Session, *, terms_id: int, actor: Actor, now: datetime) -> None:
    """Ask for these terms no more. Their versions, and who accepted them, are kept.

    :raises NotFound: no terms have this id.
    :raises Conflict: they are not asked for any more.
    """
    terms = session.get(Terms, terms_id, with_for_update=True)
    if terms is None:
        raise NotFound("These terms do not exist.")
    if terms.scope is None:
        raise Conflict("These terms are not asked for any more.", code="terms_ended")
    terms.scope = None
    session.flush()
    _note(session, actor, now, terms, {"name": f"terms {terms.id} are not asked for any more"})


def move_terms(session: Session, *, old_id: int, new_id: int) -> None:
    """Move the terms of one category to another one, which takes its place.

    Where the other one has terms already, those stay, and the moved ones are not asked for.
    """
    taken = session.scalar(select(Terms.id).where(Terms.scope == str(new_id))) is not None
    for terms in session.scalars(select(Terms).where(Terms.category_id == old_id)):
        terms.category_id = new_id
        if terms.scope is not None:
            terms.scope = None if taken else str(new_id)
    session.flush()


def _check_words(title: str, body: str) -> dict[str, list[str]]:
    """Return what is wrong with the words, by field."""
    found = {
        "title": _check(title, MAX_TITLE, "title", is_one_line=True),
        "body": _check(body, MAX_BODY, "text"),
    }
    return {name: why for name, why in found.items() if why}


def _check(text: str, most: int, what: str, *, is_one_line: bool = False) -> list[str]:
    if not text:
        return [f"Write the {what}."]
    if len(text) > most:
        return [f"At most {most:,} characters."]
    if not is_storable(text) or (is_one_line and not text.isprintable()):
        return ["Some characters in it cannot be kept. Type it again."]
    return []


def _find_category(session: Session, name: str, errors: dict[str, list[str]]) -> int | None:
    if not name:
        return None
    found = session.scalar(select(Category.id).where(Category.name == name))
    if found is None:
        errors["category"] = ["No category has this name. Choose one of the list."]
    return found


def _get_or_add(session: Session, category_id: int | None) -> Terms:
    scope = ALL if category_id is None else str(category_id)
    terms = session.scalar(select(Terms).where(Terms.scope == scope).with_for_update())
    if terms is None:
        terms = Terms(scope=scope, category_id=category_id)
        session.add(terms)
        session.flush()
    return terms


def _about(version: TermsVersion) -> dict[str, object]:
    return {
        "name": f"terms “{version.title}”, version {version.version}",
        "version": version.version,
        "sha256": version.sha256,
    }


def _note(
    session: Session, actor: Actor, now: datetime, terms: Terms, about: dict[str, object]
) -> None:
    record_act(
        session,
        kind=ActKind.LENDING_CHANGED,
        actor=actor,
        now=now,
        about={"terms": terms.id, "category": terms.category_id, **about},
    )

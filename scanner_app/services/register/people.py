"""The people to whom assets are assigned: added and changed, with the codes that identify them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import canonical_value
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.models import Identifier, Person
from scanner_app.queries.register.people import find_person_id
from scanner_app.services.register.codes import (
    Code,
    clean_codes,
    refuse_secrets,
    set_codes,
)

FIELDS = ("number", "name", "email", "username", "department")
# The scheme by which each field identifies a person at a scan or in a file.
SCHEME_OF = {"number": "person_number", "email": "email", "username": "username"}
MAX_LENGTHS = {"number": 64, "name": 200, "email": 254, "username": 100, "department": 200}
_BADGES = frozenset({"badge"})


def create_person(session: Session, *, values: Mapping[str, Any], now: datetime) -> int:
    """Add a person and return their id.

    :param values: `name`, and any of `number`, `email`, `username`, `department`, `badges`.
    :raises Invalid: a value cannot be used.
    :raises Conflict: the number, e-mail, username or a badge belongs to someone already.
    """
    refuse_secrets(values)
    cleaned = _clean({**dict.fromkeys(FIELDS), **values})
    _refuse_taken(session, cleaned, None)
    person = Person(
        **{name: cleaned[name] for name in FIELDS},
        is_active=cleaned.get("is_active", True),
        search=_search_text(cleaned),
        created_at=now,
        updated_at=now,
    )
    session.add(person)
    session.flush()  # the codes need the id
    _write_codes(session, person, badges=values.get("badges") or (), now=now)
    return person.id


def edit_person(session: Session, *, ref: str, values: Mapping[str, Any], now: datetime) -> int:
    """Change a person and return their id.

    :param values: any of the fields of `create_person`, and `is_active`; `badges` are all of them.
    :raises NotFound: nobody has this number or id.
    :raises Invalid: a value cannot be used.
    :raises Conflict: a number, e-mail, username or badge belongs to someone else.
    """
    refuse_secrets(values)
    person_id = find_person_id(session, ref)
    person = None
    if person_id is not None:
        person = session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if person is None:
        raise NotFound(f"Nobody has the number {ref[:64]!r}.")
    cleaned = _clean(values)
    _refuse_taken(session, cleaned, person.id)
    for name, value in cleaned.items():
        if name in FIELDS or name == "is_active":
            setattr(person, name, value)
    if session.is_modified(person):
        person.search = _search_text({name: getattr(person, name) for name in FIELDS})
        person.updated_at = now
    session.flush()  # a number that was taken at the same moment fails here
    _write_codes(session, person, badges=values.get("badges"), now=now)
    return person.id


def _clean(values: Mapping[str, Any]) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name in FIELDS:
        if name not in values:
            continue
        text = " ".join((values[name] or "").split())
        if len(text) > MAX_LENGTHS[name]:
            errors[name] = [f"Use at most {MAX_LENGTHS[name]} characters."]
        elif not text.isprintable():
            errors[name] = ["Leave out control and invisible characters."]
        cleaned[name] = text or None
    errors |= _find_problems(cleaned)
    if errors:
        raise Invalid("Some fields cannot be used.", errors=errors)
    if values.get("is_active") is not None:
        cleaned["is_active"] = values["is_active"]
    return cleaned


def _find_problems(cleaned: Mapping[str, Any]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if "name" in cleaned and not cleaned["name"]:
        errors["name"] = ["Give the person a name."]
    email = cleaned.get("email")
    if email and ("@" not in email[1:-1] or " " in email):
        errors["email"] = ["Enter an address such as ana@example.org."]
    number = cleaned.get("number")
    if number and not any(char.isalnum() for char in number):
        errors["number"] = ["Use at least one letter or digit."]
    elif number and number.startswith("~"):
        errors["number"] = ["A number cannot begin with ~."]
    return errors


def _refuse_taken(session: Session, cleaned: Mapping[str, Any], own_id: int | None) -> None:
    for name, scheme in SCHEME_OF.items():
        value = cleaned.get(name)
        if not value:
            continue
        holder = session.execute(
            select(Identifier.person_id, Person.name)
            .join(Person, Person.id == Identifier.person_id)
            .where(
                Identifier.scheme == scheme,
                Identifier.value == canonical_value(scheme, value),
                Identifier.ended_at.is_(None),
            )
        ).first()
        if holder is not None and holder.person_id != own_id:
            raise Conflict(
                f"The {name} {value} already belongs to {holder.name}.", code=f"{name}_taken"
            )


def _write_codes(
    session: Session, person: Person, *, badges: Sequence[str] | None, now: datetime
) -> None:
    wanted: list[Code] = [
        (scheme, canonical_value(scheme, getattr(person, name)))
        for name, scheme in SCHEME_OF.items()
        if getattr(person, name)
    ]
    if badges is not None:
        for badge in badges:
            # In a list of badges, blanks and commas separate them.
            if re.search(r"[\s,;]", badge.strip()):
                problem = "A badge's code cannot contain blanks, commas or semicolons."
                raise Invalid(problem, errors={"badges": [problem]})
        wanted += clean_codes([("badge", badge) for badge in badges], _BADGES)
    kept = _BADGES if badges is None else None
    set_codes(session, Identifier.person_id, person.id, wanted=wanted, kept=kept, now=now)


def _search_text(values: Mapping[str, Any]) -> str:
    return " ".join(values[name] for name in FIELDS if values.get(name)).casefold()

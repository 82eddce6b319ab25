"""Codes in canonical form, and the codes of a place or a person set as a whole.

Those of assets are written in bulk by `services.register`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from scanner_app.decoding.codes.read import canonical_value, is_secret
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.models import Identifier

Code = tuple[str, str]
ASSET_SCHEMES = frozenset(
    {"tag", "serial", "epc", "tid", "giai", "grai", "sgtin", "sscc", "snipe_id", "alias"}
)
LONGEST_CODE = 255
MOST_CODES = 50
NOT_KEPT = "Holds a password or the like (secret), which is not kept here. Leave it out."


def canonical(scheme: str, value: str) -> str:
    """Give the form in which a code of a scheme is kept and compared: the one that scans give."""
    return canonical_value(scheme, value)


def clean_codes(codes: Iterable[Code], schemes: frozenset[str]) -> list[Code]:
    """Give codes in canonical form, each once.

    :raises Invalid: a scheme is not among those that this kind of thing has, or a value is empty.
    """
    cleaned: dict[Code, None] = {}
    for scheme, text in codes:
        value = canonical(scheme, text)
        problem = None
        if scheme not in schemes:
            problem = f"The scheme {scheme[:32]!r} is not one of {', '.join(sorted(schemes))}."
        elif not value or len(value) > LONGEST_CODE or not value.isprintable():
            problem = f"A code of the scheme {scheme} has 1 to {LONGEST_CODE} visible characters."
        if problem:
            raise Invalid(problem, errors={"identifiers": [problem]})
        cleaned[scheme, value] = None
    if len(cleaned) > MOST_CODES:
        problem = f"At most {MOST_CODES} codes."
        raise Invalid(problem, errors={"identifiers": [problem]})
    return list(cleaned)


def holds_secret(value: object) -> bool:
    """Tell whether a text, or one among several, holds a password or the like in a line of its own.

    See `decoding.identifiers.is_secret`; a word and a colon may stand before it, as in a list of
    codes with their schemes.
    """
    if isinstance(value, str):
        return (":" in value or "=" in value) and any(
            is_secret(line) or is_secret(line.partition(":")[2]) for line in value.splitlines()
        )
    if isinstance(value, Mapping):
        return any(map(holds_secret, value.values()))
    return isinstance(value, list | tuple) and any(map(holds_secret, value))


def refuse_secrets(values: Mapping[str, Any]) -> None:
    """Let fields pass of which none holds a password or the like: the register keeps none.

    :raises Invalid: some do; the error names the fields, and never what stands in them.
    """
    errors = {name: [NOT_KEPT] for name, value in values.items() if holds_secret(value)}
    if errors:
        raise Invalid("Some fields cannot be taken.", errors=errors)


def set_codes(
    session: Session,
    owner: InstrumentedAttribute[Any],
    owner_id: int,
    *,
    wanted: Sequence[Code],
    kept: frozenset[str] | None = None,
    now: datetime,
) -> None:
    """Let exactly these codes mean a place or a person from now on.

    :param owner: `Identifier.location_id` or `Identifier.person_id`.
    :param kept: schemes whose codes stay as they are.
    :raises Conflict: a code means something else already.
    """
    rows = session.execute(
        select(Identifier.id, Identifier.scheme, Identifier.value).where(
            owner == owner_id, Identifier.ended_at.is_(None)
        )
    ).all()
    held = {(scheme, value): id_ for id_, scheme, value in rows}
    ending = [
        id_
        for (scheme, value), id_ in held.items()
        if (scheme, value) not in wanted and not (kept and scheme in kept)
    ]
    if ending:
        session.execute(update(Identifier).where(Identifier.id.in_(ending)).values(ended_at=now))
    for scheme, value in dict.fromkeys(wanted):
        if (scheme, value) in held:
            continue
        other = session.scalar(
            select(Identifier.id).where(
                Identifier.scheme == scheme,
                Identifier.value == value,
                Identifier.ended_at.is_(None),
            )
        )
        if other is not None:
            raise Conflict(
                f"The code {value} ({scheme}) belongs to something else already.",
                code="identifier_taken",
            )
        session.add(Identifier(scheme=scheme, value=value, started_at=now, **{owner.key: owner_id}))
    session.flush()  # so that a code taken in the same moment shows itself here

"""Refuse who takes a step that another person has to take, whatever account or token they use."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.access.second_person import CODE, OF_PROGRAM, refuse_second
from scanner_app.domain.errors import Conflict
from scanner_app.queries.access import list_persons


def require_person(actor: Actor) -> None:
    """Raise unless a person is behind an actor.

    :raises Conflict: it is a program that nobody owns (`second_person_required`).
    """
    if actor.person_key is None:
        raise Conflict(OF_PROGRAM, code=CODE)


def require_second_person(
    session: Session,
    actor: Actor,
    first: Collection[str | None],
    *,
    of_same: str,
    code: str = CODE,
) -> None:
    """Raise unless another person than these takes a step.

    :param first: keys of those who did what the step looks at, such as ``user:5`` or ``token:3``.
    :param of_same: what is said to one of those.
    :param code: of the error for one of those.
    :raises Conflict: it is one of those, or a program that nobody owns
        (`second_person_required`).
    """
    require_person(actor)
    known = list_persons(session, {key for key in first if key is not None})
    refusal = refuse_second(actor.person_key, known, of_same=of_same)
    if refusal is not None:
        raise Conflict(refusal, code=code)

"""The table of status names: what other registers call our statuses."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.register.lifecycle import LABELS, Stage
from scanner_app.models import StatusName
from scanner_app.queries.imports import runs as queries
from scanner_app.services.imports.cells import BadCell, check_text, shorten
from scanner_app.services.imports.names import match_key

MAX_NAME = 100
_OWN_WORDS = {match_key(text) for stage in Stage for text in (stage.value, LABELS[stage])}


def load_status_names(session: Session) -> dict[str, Stage]:
    """Return the stage of each name in the table."""
    return {row.name_key: row.stage for row in queries.list_status_names(session)}


def add_status_name(session: Session, *, name: str, stage: str) -> str:
    """Add a name and return the form in which it is kept: lower case, without outer blanks.

    :raises Invalid: the name or the status is not valid.
    :raises Conflict: the name already has a status.
    """
    key = _check_name(name)
    wanted = _check_stage(stage)
    found = session.scalar(select(StatusName).where(StatusName.name_key == key))
    if found is not None:
        raise Conflict(
            f"{shorten(key)!r} already means {LABELS[found.stage].lower()}. Change it below.",
            code="status_name_taken",
        )
    session.add(StatusName(name_key=key, stage=wanted))
    return key


def change_status_name(session: Session, *, name_id: int, stage: str) -> tuple[str, str]:
    """Change what a name means, from the next import on. Return the name and what it meant.

    :raises NotFound: the name does not exist.
    :raises Invalid: the status does not exist.
    """
    found = session.get(StatusName, name_id)
    if found is None:
        raise NotFound("That status name does not exist.")
    before, found.stage = found.stage, _check_stage(stage)
    return found.name_key, before.value


def remove_status_name(session: Session, *, name_id: int) -> str:
    """Remove a name and return it; the next file that uses it asks what it means.

    :raises NotFound: the name does not exist.
    """
    found = session.get(StatusName, name_id)
    if found is None:
        raise NotFound("That status name does not exist.")
    session.delete(found)
    return found.name_key


def keep_status_names(session: Session, *, names: Mapping[str, Stage]) -> None:
    """Keep what a person chose for the statuses of a file; a known name keeps its status."""
    known = set(session.scalars(select(StatusName.name_key)))
    for name, stage in names.items():
        if match_key(name) not in known:
            session.add(StatusName(name_key=match_key(name), stage=stage))


def _check_name(name: str) -> str:
    try:
        key = match_key(check_text(name.strip(), limit=MAX_NAME))
    except BadCell as error:
        raise Invalid(
            "That name cannot be a status name.", errors={"name": [f"The name {error}."]}
        ) from None
    if not key:
        raise Invalid("That name cannot be a status name.", errors={"name": ["Enter the name."]})
    if key in _OWN_WORDS:
        raise Invalid(
            "That name cannot be a status name.",
            errors={"name": ["A status already has this name."]},
        )
    return key


def _check_stage(stage: str) -> Stage:
    if stage not in set(Stage):
        raise Invalid(
            "That status does not exist.", errors={"stage": ["Choose a status from the list."]}
        )
    return Stage(stage)

"""The table of status names: what other registers call our lifecycle stages."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.register.lifecycle import LABELS, Stage
from scanner_app.models import StatusName
from scanner_app.services.import_references import fold
from scanner_app.services.import_values import BadCell, check_text, shorten

LONGEST_NAME = 100
_OWN_WORDS = {fold(text) for stage in Stage for text in (stage.value, LABELS[stage])}


def add_status_name(session: Session, *, name: str, stage: str) -> str:
    """Add a name and give the form it is kept in: without case and outer blanks.

    :raises Invalid: the name or stage cannot be taken.
    :raises Conflict: the name has a stage already.
    """
    key = _check_name(name)
    wanted = _check_stage(stage)
    found = session.scalar(select(StatusName).where(StatusName.name_key == key))
    if found is not None:
        raise Conflict(
            f"{shorten(key)!r} means {LABELS[found.stage].lower()} already. Change it below.",
            code="status_name_taken",
        )
    session.add(StatusName(name_key=key, stage=wanted))
    return key


def change_status_name(session: Session, *, name_id: int, stage: str) -> None:
    """Let a name mean another stage, from the next import on.

    :raises NotFound: there is no such name.
    :raises Invalid: there is no such stage.
    """
    found = session.get(StatusName, name_id)
    if found is None:
        raise NotFound("There is no such status name.")
    found.stage = _check_stage(stage)


def remove_status_name(session: Session, *, name_id: int) -> str:
    """Forget a name; a file that uses it then asks what it means.

    :raises NotFound: there is no such name.
    """
    found = session.get(StatusName, name_id)
    if found is None:
        raise NotFound("There is no such status name.")
    session.delete(found)
    return found.name_key


def keep_status_names(session: Session, *, names: Mapping[str, Stage]) -> None:
    """Keep what an import was told its statuses mean; a name that has a stage keeps it."""
    known = set(session.scalars(select(StatusName.name_key)))
    for name, stage in names.items():
        if fold(name) not in known:
            session.add(StatusName(name_key=fold(name), stage=stage))


def _check_name(name: str) -> str:
    try:
        key = fold(check_text(name.strip(), limit=LONGEST_NAME))
    except BadCell as error:
        raise Invalid("That is no status name.", errors={"name": [f"The name {error}."]}) from None
    if not key:
        raise Invalid("That is no status name.", errors={"name": ["Give the name."]})
    if key in _OWN_WORDS:
        raise Invalid(
            "That is no status name.", errors={"name": ["This is a stage of our own already."]}
        )
    return key


def _check_stage(stage: str) -> Stage:
    if stage not in set(Stage):
        raise Invalid("That is no stage.", errors={"stage": ["Choose a stage of the list."]})
    return Stage(stage)

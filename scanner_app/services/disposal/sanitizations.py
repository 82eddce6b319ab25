"""Record how a medium was erased, verify it, and accept it: by three different people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.disposal.levels import (
    Classification,
    Destination,
    Level,
    Medium,
    Technique,
    find_reached,
    goes_with,
)
from scanner_app.domain.disposal.sanitizations import (
    Result,
    SanitizationState,
    Try,
    Verification,
    can_step,
    find_unerased,
    medium_key,
)
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.text import is_storable
from scanner_app.models import Asset, Attachment, Custody, Sanitization, Task
from scanner_app.queries.register.assets import find_asset_id
from scanner_app.services.access.second_person import require_second_person
from scanner_app.services.register.attachments import KeptFile, add_attachment

MAX_WORDS = 120
MAX_NOTE = 2000
MAX_PERCENT = 100
_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class NewSanitization:
    """One try to erase one medium, as it was said."""

    medium: Medium
    technique: Technique
    classification: Classification
    destination: Destination
    is_encrypted: bool
    texts: Mapping[str, str | None]


TEXTS = ("maker", "model", "serial", "capacity", "tool", "tool_version", "note")


def read_sanitization(values: Mapping[str, str]) -> NewSanitization:
    """Return the try that texts say.

    :param values: `medium`, `technique`, `classification`, `destination`, `is_encrypted` (`on`),
        and what is known of the medium and the tool.
    :raises Invalid: a text cannot be used; each field is named.
    """
    errors: dict[str, list[str]] = {}
    medium = _choose(Medium, values, "medium", errors)
    technique = _choose(Technique, values, "technique", errors)
    classification = _choose(Classification, values, "classification", errors)
    destination = _choose(Destination, values, "destination", errors)
    texts: dict[str, str | None] = {}
    for name in TEXTS:
        text = values.get(name, "").strip()
        most = MAX_NOTE if name == "note" else MAX_WORDS
        if len(text) > most or not is_storable(text):
            errors[name] = [f"Use at most {most} characters."]
        texts[name] = text or None
    if medium and technique and not goes_with(technique, medium):
        errors["technique"] = [
            "Choose Inspection: there is nothing to erase."
            if medium is Medium.NO_MEDIUM
            else "An inspection erases nothing. Choose how it was erased."
        ]
    if errors or not (medium and technique and classification and destination):
        raise Invalid("This cannot be recorded. Check the fields.", errors=errors)
    is_encrypted = values.get("is_encrypted") == "on"
    return NewSanitization(medium, technique, classification, destination, is_encrypted, texts)


def _choose(
    kind: type[_Choice], values: Mapping[str, str], name: str, errors: dict[str, list[str]]
) -> _Choice | None:
    text = values.get(name, "")
    if text in {member.value for member in kind}:
        return kind(text)
    errors[name] = ["Choose one of the list."]
    return None


def record_sanitization(
    session: Session,
    new: NewSanitization,
    *,
    asset_tag: str,
    uuid: UUID,
    actor: Actor,
    now: datetime,
    picture: KeptFile | None = None,
) -> int:
    """Record that somebody erased a medium of an asset, and return the record's id.

    :param uuid: made by who sends it: the same one again records nothing.
    :param picture: of the screen of the tool; the asset's page shows it too.
    :raises NotFound: no asset has this tag.
    :raises Conflict: the asset is gone, or the id belongs to another record.
    """
    asset = session.get_one(Asset, find_asset_id(session, asset_tag))
    known = session.execute(
        select(Sanitization.id, Sanitization.asset_id).where(Sanitization.uuid == uuid)
    ).one_or_none()
    if known is not None:
        if known.asset_id != asset.id:
            raise Conflict("This id belongs to another record. Make a new one.", code="id_taken")
        return int(known.id)
    if asset.status is Stage.DISPOSED:
        raise Conflict(f"{asset_tag} is disposed: nothing of it is erased now.", code="disposed")
    attachment_id = _keep(session, asset, uuid, picture, actor=actor, now=now)
    row = Sanitization(
        uuid=uuid,
        asset_id=asset.id,
        state=SanitizationState.PERFORMED,
        medium=new.medium,
        technique=new.technique,
        classification=new.classification,
        destination=new.destination,
        is_encrypted=new.is_encrypted,
        level=find_reached(new.technique, new.medium, is_encrypted=new.is_encrypted),
        attachment_id=attachment_id,
        performed_by=actor.doer_key,
        performed_name=actor.name,
        performed_role=actor.role.value,
        performed_at=now,
        **new.texts,
    )
    session.add(row)
    session.flush()
    return row.id


def _keep(
    session: Session,
    asset: Asset,
    uuid: UUID,
    picture: KeptFile | None,
    *,
    actor: Actor,
    now: datetime,
) -> int | None:
    """Add a picture to the asset, and return the attachment's id."""
    if picture is None:
        return None
    kept = add_attachment(
        session, asset_tag=asset.asset_tag, uuid=uuid, file=picture, actor=actor, now=now
    )
    return session.scalar(select(Attachment.id).where(Attachment.uuid == kept))


def verify_sanitization(
    session: Session,
    values: Mapping[str, str],
    *,
    sanitization_id: int,
    actor: Actor,
    now: datetime,
) -> SanitizationState:
    """Verify that the technique was completed, and return the state that follows.

    :param values: `verification`, `sample_percent` of a sample, and `result`.
    :raises NotFound: no record has this id.
    :raises Invalid: a text cannot be used; each field is named.
    :raises Conflict: it was verified before, or the same person performed it.
    """
    row = _lock(session, sanitization_id)
    errors: dict[str, list[str]] = {}
    verification = _choose(Verification, values, "verification", errors)
    result = _choose(Result, values, "result", errors)
    text = values.get("sample_percent", "").strip()
    percent = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0  # noqa: PLR2004 - digits of 100
    if verification is Verification.SAMPLE and not 1 <= percent <= MAX_PERCENT:
        errors["sample_percent"] = ["Say how much of it was read: 1 to 100 per cent."]
    if errors or verification is None or result is None:
        raise Invalid("This cannot be recorded. Check the fields.", errors=errors)
    _check_step(row, result.facts.state)
    _check_other(session, actor, row.performed_by, says=f"{row.performed_name} erased it")
    row.verification, row.result = verification, result
    row.sample_percent = percent if verification is Verification.SAMPLE else None
    row.verified_by, row.verified_name, row.verified_at = actor.doer_key, actor.name, now
    row.verified_role, row.state = actor.role.value, result.facts.state
    session.flush()
    return row.state


def validate_sanitization(
    session: Session,
    *,
    sanitization_id: int,
    is_accepted: bool,
    reason: str,
    actor: Actor,
    now: datetime,
) -> SanitizationState:
    """Accept or reject a verified record, and return its state.

    :raises NotFound: no record has this id.
    :raises Invalid: it is rejected without a reason.
    :raises Conflict: it is not verified, or the same person performed or verified it.
    """
    row = _lock(session, sanitization_id)
    reason = reason.strip()[:MAX_NOTE]
    if not is_accepted and not reason:
        text = "Say why it is rejected."
        raise Invalid(text, errors={"reason": [text]})
    wanted = SanitizationState.ACCEPTED if is_accepted else SanitizationState.REJECTED
    _check_step(row, wanted)
    _check_other(session, actor, row.performed_by, says=f"{row.performed_name} erased it")
    _check_other(session, actor, row.verified_by, says=f"{row.verified_name} verified it")
    row.validated_by, row.validated_name, row.validated_at = actor.doer_key, actor.name, now
    row.validated_role, row.reason, row.state = actor.role.value, reason or None, wanted
    session.flush()
    return row.state


def list_unerased(session: Session, asset_id: int, destination: Destination) -> list[str]:
    """Return what is left to erase before an asset may go there; nothing if all is done."""
    rows = session.scalars(select(Sanitization).where(Sanitization.asset_id == asset_id))
    tries = [
        Try(
            medium_key(row.medium, row.serial),
            row.medium,
            row.classification,
            Level(row.level),
            row.state,
            row.performed_at,
        )
        for row in rows
    ]
    return find_unerased(tries, destination, used_until=find_last_use(session, asset_id))


def find_last_use(session: Session, asset_id: int) -> datetime | None:
    """Return when an asset was last given to somebody or deployed; None if it never was."""
    given = session.scalar(select(func.max(Custody.started_at)).where(Custody.asset_id == asset_id))
    deployed = session.scalar(
        select(func.max(Task.started_at)).where(
            Task.asset_id == asset_id,
            Task.kind == TaskKind.DEPLOYMENT,
            Task.state != TaskState.CANCELLED,
        )
    )
    return max((one for one in (given, deployed) if one is not None), default=None)


def _lock(session: Session, sanitization_id: int) -> Sanitization:
    row = session.get(Sanitization, sanitization_id, with_for_update=True)
    if row is None:
        raise NotFound("That record does not exist. Choose one from the list.")
    return row


def _check_step(row: Sanitization, wanted: SanitizationState) -> None:
    if not can_step(row.state, wanted):
        raise Conflict(
            f"This record is {row.state.facts.label.lower()} and cannot be"
            f" {wanted.facts.label.lower()}.",
            code="no_such_step",
        )


def _check_other(session: Session, actor: Actor, other: str | None, *, says: str) -> None:
    of_same = f"{says}, so another person has to do this."
    require_second_person(session, actor, [other], of_same=of_same)

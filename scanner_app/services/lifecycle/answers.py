"""Answer the items of a task: by a tick, by words, by a picture, a scan, a fact or a signature."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.lifecycle.checklists import Item, ItemType, proves, read_value
from scanner_app.domain.lifecycle.facts import Fact
from scanner_app.domain.lifecycle.tasks import OPEN_STATES
from scanner_app.domain.register.attachments import AttachmentKind
from scanner_app.domain.signatures.strokes import Signature
from scanner_app.models import Asset, Attachment, Scan, Task, TaskAnswer
from scanner_app.services.files.signatures import keep_signature
from scanner_app.services.lifecycle.tasks import MAX_NOTE, find_ticked, lock_task, unpack_items
from scanner_app.services.register.attachments import KeptFile, add_attachment

# An answer that a fact gave is named by what it answers and when the fact was so.
FACT_ANSWERS = UUID("0d9c6a52-6f0e-4a0b-9d5f-3f1b9a1f7c15")


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that an item is done, apart from a tick.

    :param text: words, a number or a choice.
    :param attachment: a picture that the asset has already.
    :param scan_id: of a scan that was recorded, with `asset_tag`, what its code means.
    """

    text: str = ""
    picture: KeptFile | None = None
    attachment: UUID | None = None
    signature: Signature | None = None
    scan_id: UUID | None = None
    asset_tag: str | None = None


def answer_item(
    session: Session,
    *,
    task_id: int,
    uuid: UUID,
    item_key: str,
    is_ticked: bool,
    note: str,
    actor: Actor,
    now: datetime,
    proof: Proof | None = None,
) -> None:
    """Answer an item, take its answer away, or add a note to the task.

    :param uuid: made by who sends it: the same answer that comes again changes nothing.
    :param item_key: empty for a note on the task itself.
    :param proof: what the type of the item asks for; of a tick there is none.
    :raises NotFound: no task has this id.
    :raises Invalid: the task has no such item, a note is empty, or the proof is not one of it.
    :raises Conflict: the task is over, or only a fact answers the item.
    """
    task = lock_task(session, task_id)
    if session.scalar(select(TaskAnswer.id).where(TaskAnswer.uuid == uuid)) is not None:
        return
    note = note.strip()[:MAX_NOTE]
    item = next((one for one in unpack_items(task.items) if one.key == item_key), None)
    if item_key and item is None:
        raise Invalid("This task has no such item.", errors={"item": ["Choose one of the task."]})
    if not item_key and not note:
        raise Invalid("Write a note first.", errors={"note": ["Write a note first."]})
    if not task.state.facts.is_open and item_key:
        raise Conflict("This task is over: its items stay as they are.", code="task_not_open")
    answer = TaskAnswer(
        uuid=uuid,
        task_id=task.id,
        item_key=item_key,
        is_ticked=is_ticked and bool(item_key),
        note=note or None,
        at=now,
        actor=actor.key,
        actor_name=actor.name,
    )
    if item is not None and answer.is_ticked:
        _prove(session, task, item, answer, proof or Proof(), actor=actor, now=now)
    session.add(answer)
    session.flush()


def _prove(
    session: Session,
    task: Task,
    item: Item,
    answer: TaskAnswer,
    proof: Proof,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Take what proves an item into its answer."""
    match item.type:
        case ItemType.TICK:
            pass
        case ItemType.FACT:
            text = f"“{item.text}” is ticked by the device's own report: {item.expects}."
            raise Conflict(text, code="needs_fact")
        case ItemType.PHOTO:
            answer.attachment_id = _keep_picture(session, task, answer, proof, actor=actor, now=now)
        case ItemType.SIGNATURE:
            if proof.signature is None:
                raise _missing("Sign first.", "signature")
            answer.signature_sha256 = keep_signature(session, proof.signature)
        case ItemType.SCAN:
            _check_scan(session, task, item, proof)
            answer.scan_id, answer.value = proof.scan_id, proof.asset_tag
        case _:
            try:
                answer.value = read_value(item, proof.text)
            except ValueError as error:
                raise _missing(str(error), "value") from None


def _keep_picture(
    session: Session, task: Task, answer: TaskAnswer, proof: Proof, *, actor: Actor, now: datetime
) -> int:
    """Add the picture to the asset of the task, and return the attachment's id."""
    tag = session.scalar(select(Asset.asset_tag).where(Asset.id == task.asset_id))
    if proof.attachment is not None:
        known = session.scalar(
            select(Attachment.id).where(
                Attachment.uuid == proof.attachment,
                Attachment.asset_id == task.asset_id,
                Attachment.kind == AttachmentKind.PICTURE,
                Attachment.removed_at.is_(None),
            )
        )
        if known is None:
            raise _missing("The asset of this task has no such picture.", "picture")
        return known
    if proof.picture is None:
        raise _missing("Take a picture first.", "file")
    if tag is None:
        raise _missing("This task is not about an asset, so a picture has no place.", "file")
    uuid = add_attachment(
        session, asset_tag=tag, uuid=answer.uuid, file=proof.picture, actor=actor, now=now
    )
    return session.scalars(select(Attachment.id).where(Attachment.uuid == uuid)).one()


def find_scanned(session: Session, scan_id: UUID) -> str | None:
    """Return the tag of the asset that a recorded scan was of; None if it was of none."""
    return session.scalar(
        select(Asset.asset_tag).join(Scan, Scan.asset_id == Asset.id).where(Scan.scan_id == scan_id)
    )


def _check_scan(session: Session, task: Task, item: Item, proof: Proof) -> None:
    """Raise unless a scan was of what the item expects: a tag, or the asset itself.

    :raises Invalid: something else was scanned, or nothing.
    """
    wanted = item.expects or session.scalar(
        select(Asset.asset_tag).where(Asset.id == task.asset_id)
    )
    if proof.scan_id is None or proof.asset_tag is None:
        raise _missing(f"Scan {wanted or 'it'} first.", "code")
    if wanted is not None and proof.asset_tag.casefold() != wanted.casefold():
        raise _missing(f"That is {proof.asset_tag}. Scan {wanted}.", "code")


def _missing(text: str, field: str) -> Invalid:
    return Invalid(text, errors={field: [text]})


def tick_by_facts(session: Session, *, asset_id: int, facts: Iterable[Fact], source: str) -> int:
    """Answer the items of an asset's open tasks that facts prove, and return how many.

    A fact answers only what was opened before it was so.
    """
    known = list(facts)
    tasks = session.scalars(
        select(Task)
        .where(Task.asset_id == asset_id, Task.state.in_(OPEN_STATES))
        .order_by(Task.id)
        .with_for_update()
    ).all()
    count = 0
    for task in tasks:
        items = [one for one in unpack_items(task.items) if one.type is ItemType.FACT]
        ticked = find_ticked(session, task.id) if items else set()
        for item in (one for one in items if one.key not in ticked):
            fact = next(
                (f for f in known if f.observed_at > task.started_at and proves(item, f)), None
            )
            if fact is None:
                continue
            uuid = uuid5(FACT_ANSWERS, f"{task.id}:{item.key}:{fact.observed_at.isoformat()}")
            if session.scalar(select(TaskAnswer.id).where(TaskAnswer.uuid == uuid)) is not None:
                continue
            session.add(
                TaskAnswer(
                    uuid=uuid,
                    task_id=task.id,
                    item_key=item.key,
                    is_ticked=True,
                    value=f"{fact.name} = {fact.value}",
                    at=fact.observed_at,
                    actor="device",
                    actor_name=f"Device ({source})",
                )
            )
            count += 1
    session.flush()
    return count

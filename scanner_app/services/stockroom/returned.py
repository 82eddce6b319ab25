"""What is asked of a thing that comes back, and what follows from a no."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.lifecycle.checklists import ChecklistKind, Item, ItemType, OnNo
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.domain.stockroom.handovers import HandoverKind, LineOutcome
from scanner_app.domain.stockroom.tray import Tray
from scanner_app.models import Checklist, Scan
from scanner_app.queries.circulation.line_facts import find_tags
from scanner_app.services.lifecycle.checklists import find_items
from scanner_app.services.lifecycle.tasks import open_follow_up
from scanner_app.services.seals.chain import Sealing
from scanner_app.services.stockroom.write import JudgedLine

# The repair comes after the check-in that it belongs to.
AFTER = timedelta(milliseconds=1)


def list_questions(session: Session, asset_ids: Iterable[int]) -> dict[int, list[Item]]:
    """Return what is asked of assets that come back, by their ids: yes or no, each."""
    any_list = select(Checklist.id).where(Checklist.kind == ChecklistKind.RETURN).limit(1)
    if session.scalar(any_list) is None:
        return {}
    asked = {id_: find_items(session, ChecklistKind.RETURN, asset_id=id_) for id_ in asset_ids}
    return {
        id_: [item for item in items if item.type is ItemType.TICK]
        for id_, items in asked.items()
        if items
    }


def list_tray_questions(session: Session, tray: Tray) -> dict[UUID, list[str]]:
    """Return what is asked of each thing of a tray that comes back, by the id of its scan."""
    if tray.kind is not HandoverKind.RETURN:
        return {}
    tags = find_tags(session, (line.tag for line in tray.ready if line.thing))
    asked = list_questions(session, tags.values())
    return {
        line.scan.scan_id: [item.text for item in asked[tags[line.tag]]]
        for line in tray.ready
        if line.tag in tags and tags[line.tag] in asked
    }


def repair_id(scan_id: UUID) -> UUID:
    """Return the id of the repair that follows from the answers to a check-in."""
    return uuid5(scan_id, "repair")


def find_repairs(session: Session, scan_ids: Iterable[UUID]) -> set[UUID]:
    """Return which check-ins a repair followed from."""
    wanted = {repair_id(id_): id_ for id_ in scan_ids}
    found = session.scalars(select(Scan.scan_id).where(Scan.scan_id.in_(wanted)))
    return {wanted[id_] for id_ in found}


def follow_answers(
    session: Session, lines: Sequence[JudgedLine], sealing: Sealing
) -> list[NewScan]:
    """Open a task for each no that asks for one, and return the repairs that others ask for."""
    with_no = [
        one
        for one in lines
        if one.asset_id is not None
        and one.outcome is LineOutcome.APPLIED
        and one.line.scan.intent is Intent.CHECK_IN
        and not all(yes for _, yes in one.line.checklist)
    ]
    if not with_no:
        return []
    asked = list_questions(session, [one.asset_id or 0 for one in with_no])
    repairs: list[NewScan] = []
    for one in with_no:
        items = {item.text: item for item in asked.get(one.asset_id or 0, [])}
        missing = [
            items[question] for question, yes in one.line.checklist if not yes and question in items
        ]
        _ask(session, one, missing, sealing)
        broken = [item.text for item in missing if item.on_no is OnNo.REPAIR]
        if broken:
            repairs.append(_repair(one.line.scan, "; ".join(f"No: {text}" for text in broken)))
    return repairs


def _ask(session: Session, one: JudgedLine, missing: Sequence[Item], sealing: Sealing) -> None:
    scan = one.line.scan
    thing = one.answer.asset.asset_tag if one.answer.asset else scan.code
    for item in missing:
        if item.on_no is OnNo.ASK:
            open_follow_up(
                session,
                key=f"returned:{scan.scan_id}:{item.key}",
                title=f"{thing} came back, answered no: {item.text}",
                actor_name=sealing.actor.name,
                now=sealing.now,
                asset_id=one.asset_id,
            )


def _repair(scan: NewScan, note: str) -> NewScan:
    return NewScan(
        repair_id(scan.scan_id),
        scan.code,
        Intent.REPAIR,
        scan.scanned_at + AFTER,
        source="typed",
        location=scan.location,
        note=note,
        device=scan.device,
    )

"""Pack a retired asset into a consignment by a scan, and scan it out again as it leaves."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.disposal.consignments import ConsignmentState
from scanner_app.domain.disposal.levels import Destination
from scanner_app.domain.lifecycle.tasks import TaskState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.models import Consignment, ConsignmentItem
from scanner_app.services.disposal.sanitizations import list_unerased
from scanner_app.services.lifecycle.retirements import find_retirement, list_open_items

LETTER = "C"
PACKED = "It was packed."


class Counted(NamedTuple):
    """A thing that was packed or scanned out, as the one of how many."""

    number: int
    of: int | None
    is_new: bool


def read_consignment_id(number: str) -> int | None:
    """Return the id of a consignment by its number, such as C3; None if it is not one."""
    digits = number[1:]
    is_number = number[:1].upper() == LETTER and digits.isascii() and digits.isdigit()
    return int(digits) if is_number and len(digits) < 10 else None  # noqa: PLR2004 - fits the id


def lock_consignment(session: Session, number: str) -> Consignment | None:
    """Return a consignment, locked; None if there is none."""
    consignment_id = read_consignment_id(number)
    if consignment_id is None:
        return None
    return session.get(Consignment, consignment_id, with_for_update=True)


def find_packed(session: Session, asset_id: int) -> ConsignmentItem | None:
    """Return where an asset is packed; None if it is not."""
    return session.scalar(
        select(ConsignmentItem).where(
            ConsignmentItem.asset_id == asset_id, ConsignmentItem.removed_at.is_(None)
        )
    )


def pack(
    session: Session,
    *,
    number: str,
    asset_id: int,
    tag: str,
    stage: Stage,
    box: str | None,
    scan_id: UUID,
    actor: Actor,
    at: datetime,
) -> Refusal | Counted:
    """Pack a locked asset, or return why it is refused.

    Its media are erased as the consignment needs, and its retirement has no open item.
    """
    consignment = lock_consignment(session, number)
    if consignment is None:
        return Refusal.UNKNOWN_TASK
    if not _takes_scans(consignment, ConsignmentState.PACKING):
        return Refusal.TASK_NOT_OPEN
    packed = find_packed(session, asset_id)
    if packed is not None:
        is_here = packed.consignment_id == consignment.id
        count = count_items(session, consignment.id)
        return Counted(count, None, is_new=False) if is_here else Refusal.ALREADY_PACKED
    if stage is not Stage.RETIRED:
        return Refusal.NOT_RETIRED
    retirement = find_retirement(session, asset_id)
    if retirement is not None and list_open_items(session, retirement):
        return Refusal.OPEN_ITEMS
    if list_unerased(session, asset_id, consignment.method):
        return Refusal.NOT_SANITIZED
    if retirement is not None and retirement.state.facts.is_open:
        retirement.state, retirement.closed_at = TaskState.DONE, at
        retirement.closed_by, retirement.outcome = actor.name, PACKED
    session.add(
        ConsignmentItem(
            consignment_id=consignment.id,
            asset_id=asset_id,
            code=tag,
            box=box,
            scan_id=scan_id,
            packed_by=actor.doer_key,
            packed_name=actor.name,
            packed_at=at,
        )
    )
    session.flush()
    return Counted(count_items(session, consignment.id), None, is_new=True)


def _takes_scans(consignment: Consignment, state: ConsignmentState) -> bool:
    """Return whether it is in this state. What was never found is listed by hand, not scanned."""
    return consignment.state is state and consignment.method is not Destination.WRITE_OFF


def scan_out(
    session: Session, *, number: str, asset_id: int, scan_id: UUID, actor: Actor, at: datetime
) -> Refusal | Counted:
    """Note that a packed asset leaves, or return why the scan is refused."""
    consignment = lock_consignment(session, number)
    if consignment is None:
        return Refusal.UNKNOWN_TASK
    if not _takes_scans(consignment, ConsignmentState.READY):
        return Refusal.TASK_NOT_OPEN
    item = find_packed(session, asset_id)
    if item is None or item.consignment_id != consignment.id:
        return Refusal.NOT_PACKED
    is_new = item.out_at is None
    if is_new:
        item.out_scan_id, item.out_name, item.out_at = scan_id, actor.name, at
        session.flush()
    whole = count_items(session, consignment.id)
    out = session.scalar(
        select(func.count(ConsignmentItem.id)).where(
            ConsignmentItem.consignment_id == consignment.id,
            ConsignmentItem.removed_at.is_(None),
            ConsignmentItem.out_at.is_not(None),
        )
    )
    return Counted(out or 0, whole, is_new=is_new)


def count_items(session: Session, consignment_id: int) -> int:
    """Return how many things are packed in a consignment."""
    return (
        session.scalar(
            select(func.count(ConsignmentItem.id)).where(
                ConsignmentItem.consignment_id == consignment_id,
                ConsignmentItem.removed_at.is_(None),
                ConsignmentItem.asset_id.is_not(None),
            )
        )
        or 0
    )


def withdraw_packing(session: Session, *, scan_id: UUID, actor: Actor, now: datetime) -> bool:
    """Take back what a scan packed or scanned out; False, and nothing is, if it is too late."""
    item = session.scalar(
        select(ConsignmentItem)
        .where((ConsignmentItem.scan_id == scan_id) | (ConsignmentItem.out_scan_id == scan_id))
        .with_for_update()
    )
    if item is None or item.removed_at is not None:
        return True
    state = session.get_one(Consignment, item.consignment_id, with_for_update=True).state
    is_packing = item.scan_id == scan_id
    if state is not (ConsignmentState.PACKING if is_packing else ConsignmentState.READY):
        return False
    if is_packing:
        item.removed_at, item.removed_name = now, actor.name
        item.removed_reason = "The scan was undone."
    else:
        item.out_scan_id, item.out_name, item.out_at = None, None, None
    session.flush()
    return True

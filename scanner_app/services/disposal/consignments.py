"""Open a consignment, sign its list, hand it over, and compare the recipient's list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.days import read_day
from scanner_app.domain.disposal.consignments import (
    METHODS,
    NOBODY,
    ConsignmentState,
    ListRefused,
    hash_transfer,
    read_weight,
)
from scanner_app.domain.disposal.levels import Destination
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.seals.leaves import show_moment
from scanner_app.models import (
    Asset,
    Audit,
    Consignment,
    ConsignmentTransfer,
    Finding,
)
from scanner_app.services.disposal.shared import (
    describe,
    find_item,
    list_items,
    lock,
    name_some,
    no_step,
    read_words,
    refuse_packer,
    require,
    take_step,
)
from scanner_app.services.disposal.writing_off import is_write_off, state_write_off

TEXTS = ("recipient", "carrier", "scheme", "scheme_number")


def open_consignment(
    session: Session, values: Mapping[str, str], *, uuid: UUID, actor: Actor, now: datetime
) -> int:
    """Open a consignment from the texts of a form, and return its id.

    :param uuid: made by who sends it: the same one again opens nothing.
    :param values: `method`, `recipient`, `carrier`, `pickup_on`, and the recipient's `scheme`,
        such as R2v3, with `scheme_number` and `scheme_ends_on`.
    :raises Invalid: a text cannot be used; each field is named.
    """
    known = session.scalar(select(Consignment.id).where(Consignment.uuid == uuid))
    if known is not None:
        return known
    errors: dict[str, list[str]] = {}
    method = next((one for one in METHODS if one.value == values.get("method")), None)
    if method is None:
        errors["method"] = ["Choose one of the list."]
    texts = {name: read_words(values, name, errors) for name in TEXTS}
    if method is Destination.WRITE_OFF:
        texts["recipient"] = texts["recipient"] or NOBODY
    if not texts["recipient"]:
        errors["recipient"] = ["Say who gets it."]
    days = {name: read_day(values, name, errors) for name in ("pickup_on", "scheme_ends_on")}
    if errors or method is None:
        raise Invalid("This consignment cannot be opened. Check the fields.", errors=errors)
    row = Consignment(
        uuid=uuid,
        state=ConsignmentState.PACKING,
        method=method,
        people={"opened": describe(actor, now)},
        opened_at=now,
        **{name: text or None for name, text in texts.items() if name != "recipient"},
        recipient=texts["recipient"],
        **days,
    )
    session.add(row)
    session.flush()
    return row.id


def sign_list(
    session: Session,
    number: str,
    *,
    actor: Actor,
    now: datetime,
    values: Mapping[str, str] | None = None,
) -> None:
    """Freeze the list of a consignment, as somebody who packed nothing of it.

    :param values: what they state, of a write-off; see `state_write_off`.
    :raises NotFound, Conflict: it is not being packed, is empty, or this person packed.
    :raises Invalid: a write-off needs a statement.
    """
    row = require(session, number, ConsignmentState.READY)
    items = list_items(session, row.id)
    if not items:
        raise Conflict("Nothing is packed yet. Scan what goes into it first.", code="no_items")
    refuse_packer(session, items, actor)
    said = state_write_off(session, items, values or {}) if is_write_off(row) else None
    take_step(row, ConsignmentState.READY, "signed", actor, now, said)
    session.flush()


def reopen_list(session: Session, number: str, *, actor: Actor, now: datetime) -> None:
    """Take a signed consignment back to packing: the signature is void, nothing is scanned out."""
    row = require(session, number, ConsignmentState.PACKING)
    for item in list_items(session, row.id):
        item.out_scan_id, item.out_name, item.out_at = None, None, None
    take_step(row, ConsignmentState.PACKING, "reopened", actor, now)
    session.flush()


def cancel_consignment(session: Session, number: str, *, actor: Actor, now: datetime) -> None:
    """Cancel a consignment that has not left: what was packed stays retired.

    :raises NotFound, Conflict: it was handed over, or is over.
    """
    row = require(session, number, ConsignmentState.CANCELLED)
    for item in list_items(session, row.id):
        item.removed_at, item.removed_name = now, actor.name
        item.removed_reason = "The consignment was cancelled."
    take_step(row, ConsignmentState.CANCELLED, "cancelled", actor, now)
    row.closed_at = now
    session.flush()


def take_off(
    session: Session, number: str, *, item_id: int, reason: str, actor: Actor, now: datetime
) -> str:
    """Take one thing off the list before it leaves, and return its tag.

    :raises Invalid: there is no reason.
    :raises NotFound, Conflict: it is not on the list, or the consignment has left.
    """
    row = lock(session, number)
    if row.state not in {ConsignmentState.PACKING, ConsignmentState.READY}:
        raise no_step(row, "changed")
    errors: dict[str, list[str]] = {}
    reason = read_words({"reason": reason}, "reason", errors)
    if not reason and not errors:
        errors["reason"] = ["Say why it stays here."]
    if errors:
        raise Invalid(errors["reason"][0], errors=errors)
    item = find_item(session, row.id, item_id)
    item.removed_at, item.removed_name, item.removed_reason = now, actor.name, reason
    session.flush()
    return item.code


def hand_over(
    session: Session, number: str, values: Mapping[str, str], *, actor: Actor, now: datetime
) -> None:
    """Hand a signed consignment over: the first transfer of its chain of custody.

    :raises NotFound, Invalid: a text cannot be used; each field is named.
    :raises Conflict: something was not scanned out, or an audit still looks for it.
    """
    row = require(session, number, ConsignmentState.HANDED_OVER)
    if is_write_off(row):
        raise no_step(row, "handed over: nothing of it is there")
    items = list_items(session, row.id)
    left = [item.code for item in items if item.out_at is None]
    if left:
        raise Conflict(
            f"Not scanned out yet: {name_some(left)}. Scan them, or take them off the list.",
            code="undecided_items",
        )
    sought = _find_sought(session, [item.asset_id for item in items if item.asset_id is not None])
    if sought:
        raise Conflict(
            f"An open audit still looks for {name_some(sought)}. Count them there first.",
            code="in_open_audit",
        )
    _add_transfer(session, row, values, count=len(items), actor=actor, now=now)
    take_step(row, ConsignmentState.HANDED_OVER, "handed_over", actor, now)
    session.flush()


def add_transfer(
    session: Session, number: str, values: Mapping[str, str], *, actor: Actor, now: datetime
) -> None:
    """Add a further step of the chain of custody: from the carrier to the recipient.

    :raises NotFound, Invalid, Conflict: it has not left, or is closed.
    """
    row = lock(session, number)
    if row.state not in {ConsignmentState.HANDED_OVER, ConsignmentState.CONFIRMED}:
        raise no_step(row, "passed on")
    _add_transfer(
        session, row, values, count=len(list_items(session, row.id)), actor=actor, now=now
    )
    session.flush()


def _add_transfer(
    session: Session,
    row: Consignment,
    values: Mapping[str, str],
    *,
    count: int,
    actor: Actor,
    now: datetime,
) -> None:
    errors: dict[str, list[str]] = {}
    names = ("from_party", "to_party", "person", "place", "seals")
    texts = {name: read_words(values, name, errors) for name in names}
    for name in ("to_party", "person"):
        if not texts[name] and name not in errors:
            errors[name] = ["Fill this in."]
    try:
        weight = read_weight(values.get("weight", "").strip())
    except ListRefused as error:
        errors["weight"] = [str(error)]
        weight = None
    if errors:
        raise Invalid("This hand-over cannot be recorded. Check the fields.", errors=errors)
    before = session.scalar(
        select(ConsignmentTransfer)
        .where(ConsignmentTransfer.consignment_id == row.id)
        .order_by(ConsignmentTransfer.position.desc())
        .limit(1)
    )
    position = before.position + 1 if before else 1
    facts = {
        **texts,
        "position": position,
        "weight_g": weight,
        "item_count": count,
        "recorded_by": actor.name,
        "at": show_moment(now),
        "previous_sha256": before.sha256 if before else None,
    }
    session.add(
        ConsignmentTransfer(
            consignment_id=row.id, position=position, facts=facts, sha256=hash_transfer(facts)
        )
    )


def _find_sought(session: Session, asset_ids: list[int]) -> list[str]:
    """Return the tags of assets that an open audit expects and has not seen."""
    rows = session.scalars(
        select(Asset.asset_tag)
        .join(Finding, Finding.asset_id == Asset.id)
        .join(Audit, Audit.id == Finding.audit_id)
        .where(
            Asset.id.in_(asset_ids),
            Audit.state.in_((AuditState.COUNTING, AuditState.RECONCILING)),
            Finding.is_expected,
            Finding.state == FindingState.MISSING,
        )
        .order_by(Asset.asset_tag)
    )
    return list(dict.fromkeys(rows))

"""Write off what two audits missed: it is listed by hand, for nobody can scan what is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.disposal.consignments import ConsignmentState, ItemDecision
from scanner_app.domain.disposal.levels import Destination
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.seals.leaves import show_moment
from scanner_app.models import Asset, Consignment, ConsignmentItem
from scanner_app.queries.disposal.lost import find_held_data, list_lost, list_missed
from scanner_app.services.disposal.shared import describe, lock, name_some, no_step
from scanner_app.services.seals.chain import Sealing

# Missing once may be a slip; the second audit in a row makes it a loss.
LEAST_AUDITS = 2
MAX_STATEMENT = 2000


def is_write_off(row: Consignment) -> bool:
    """Return whether a consignment is of what was never found: nothing of it leaves."""
    return row.method is Destination.WRITE_OFF


def add_lost(
    session: Session, number: str, tags: Sequence[str], *, actor: Actor, now: datetime
) -> int:
    """Put things that two audits missed on the list of a write-off, and return how many.

    :raises NotFound, Conflict: it is not a write-off that is being listed.
    :raises Invalid: one of them was not missing in two audits, or is on a list already.
    """
    row = lock(session, number)
    if row.state is not ConsignmentState.PACKING or not is_write_off(row):
        raise no_step(row, "added to")
    wanted = list(dict.fromkeys(tags))
    if not wanted:
        raise Invalid("Choose what is written off.", errors={"tags": ["Choose one at least."]})
    known = {one.asset_tag: one for one in list_lost(session, wanted)}
    wrong = [
        tag
        for tag in wanted
        if tag not in known or len(list_missed(session, known[tag].id)) < LEAST_AUDITS
    ]
    if wrong:
        text = f"Not missing in two audits in a row, or listed already: {name_some(wrong)}."
        raise Invalid(text, errors={"tags": [text]})
    who = describe(actor, now)
    for tag in wanted:
        session.add(
            ConsignmentItem(
                consignment_id=row.id,
                asset_id=known[tag].id,
                code=tag,
                packed_by=who["person"],
                packed_name=actor.name,
                packed_at=now,
            )
        )
    session.flush()
    return len(wanted)


def state_write_off(
    session: Session, items: Sequence[ConsignmentItem], values: Mapping[str, str]
) -> dict[str, str]:
    """Return what a person states as they sign a write-off, as it is kept.

    :param values: `statement`, and `waiver` where confidential data is lost with it.
    :raises Invalid: a statement is missing.
    :raises Conflict: something on the list was found meanwhile.
    """
    require_lost(session, items)
    said = {"statement": _read(values, "statement", "Say why these are written off.")}
    held = find_held_data(session, [item.code for item in items])
    sensitive = sorted(
        {one.asset_tag for kept in held.values() for one in kept if one.is_sensitive}
    )
    if sensitive:
        text = f"Say why {name_some(sensitive)} may be lost: it is confidential."
        said["waiver"] = _read(values, "waiver", text)
    return said


def close_write_off(
    session: Session,
    items: Sequence[ConsignmentItem],
    values: Mapping[str, str],
    *,
    sealing: Sealing,
) -> dict[str, str]:
    """Settle each thing of a write-off as gone, and return what the person who closes states.

    :raises Invalid: they state nothing.
    :raises Conflict: something on the list was found meanwhile.
    """
    require_lost(session, items)
    said = {"statement": _read(values, "statement", "Say what you reviewed.")}
    for item in items:
        missed = list_missed(session, item.asset_id or 0)
        audits = ", ".join(str(one.audit) for one in missed[:LEAST_AUDITS])
        item.decision, item.reason = ItemDecision.ACCEPT, f"Missing in audits {audits}."
        item.decided_name, item.decided_at = sealing.actor.name, sealing.now
    session.flush()
    return said


def require_lost(session: Session, items: Sequence[ConsignmentItem]) -> None:
    """Raise unless all of a write-off is still missing, and lock it, so that it stays so.

    :raises Conflict: `register_changed`, with the tags of what was found.
    """
    rows = session.execute(
        select(Asset.id, Asset.status, Asset.lost_since, Asset.last_seen_at)
        .where(Asset.id.in_([item.asset_id for item in items]))
        .order_by(Asset.id)
        .with_for_update()
    )
    lost = {
        row.id
        for row in rows
        if row.status is Stage.MISSING
        and row.lost_since is not None
        and not _was_seen_since(session, row.id, row.last_seen_at)
    }
    found = [item.code for item in items if item.asset_id not in lost]
    if found:
        raise Conflict(
            f"Found meanwhile: {name_some(found)}. Take it off the list.", code="register_changed"
        )


def _was_seen_since(session: Session, asset_id: int, seen_at: datetime | None) -> bool:
    """Return whether an asset was seen after the newest audit that missed it was closed."""
    missed = list_missed(session, asset_id)
    return seen_at is not None and bool(missed) and seen_at > missed[0].closed_at


def describe_loss(session: Session, item: ConsignmentItem) -> dict[str, Any]:
    """Return what a certificate says of a thing that was written off, beside the rest."""
    asset = session.get_one(Asset, item.asset_id)
    missed = list_missed(session, asset.id)
    return {
        "sanitized": False,
        "listed_person": item.packed_by,
        "lost_since": asset.lost_since.isoformat() if asset.lost_since else None,
        "last_seen_at": show_moment(asset.last_seen_at) if asset.last_seen_at else None,
        "missing_in": [
            {
                "audit": one.audit,
                "name": one.name,
                "closed_at": show_moment(one.closed_at),
                "seal": one.seal,
                "sha256": one.sha256,
            }
            for one in missed
        ],
        "data_held": [
            {
                "asset_tag": one.asset_tag,
                "name": one.name,
                "classification": one.classification,
                "is_sensitive": one.is_sensitive,
            }
            for one in find_held_data(session, [item.code])[item.code]
        ],
    }


def _read(values: Mapping[str, str], name: str, missing: str) -> str:
    text = " ".join(values.get(name, "").split())
    if not text or len(text) > MAX_STATEMENT or not text.isprintable():
        raise Invalid(missing, errors={name: [missing]})
    return text

"""What the rules of lending make of a scan: when a loan is due, and whether it may be extended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.circulation.due import extend_due, find_due
from scanner_app.domain.scanning.intents import Intent, Refusal
from scanner_app.models import Custody
from scanner_app.queries.circulation.extensions import count_extensions
from scanner_app.queries.circulation.rules import Lending, is_empty, load_lending, load_rules
from scanner_app.queries.stockroom.reserved_soon import find_next_start
from scanner_app.services.custody.assets import AssetState
from scanner_app.services.scanning.resolve import ResolvedScan, World


def load_for(
    session: Session, resolved: Sequence[ResolvedScan], *, zone: str
) -> tuple[Lending | None, dict[int, int]]:
    """Return the rules for the loans of a batch, and how often each was extended.

    None if the batch lends nothing, or if no rule says anything: then a scan costs no more than
    without rules.
    """
    loans = [item for item in resolved if item.scan.intent.facts.takes_due]
    asset_ids = {item.meaning.id for item in loans if item.meaning.kind == "asset"} - {None}
    if not asset_ids:
        return None, {}
    ids = [one for one in asset_ids if one is not None]
    extended = [item for item in loans if item.scan.intent is Intent.EXTEND]
    counts = count_extensions(session.connection(), ids) if extended else {}
    if is_empty(load_rules(session)):
        return None, counts
    people = {item.custodian_id for item in loans if item.custodian_id is not None}
    if extended:
        held = select(Custody.person_id).where(
            Custody.asset_id.in_(ids), Custody.ended_at.is_(None)
        )
        people.update(session.scalars(held))
    return load_lending(session, zone=zone, person_ids=people, asset_ids=ids), counts


def set_due(item: ResolvedScan, world: World) -> ResolvedScan:
    """Return the scan with the due time that the rules give it, if it names none.

    The log keeps it: what is due is part of what was told, and a later change of the rules changes
    no loan that runs.
    """
    scan, asset = item.scan, _find_asset(item, world)
    if asset is None or world.lending is None or scan.due_at is not None:
        return item
    if not scan.intent.facts.takes_due:
        return item
    path = _path_of(item, world, asset)
    is_extension = scan.intent is Intent.EXTEND
    person_id = asset.state.custodian_id if is_extension else item.custodian_id
    rule = world.lending.rule_at(path, person_id=person_id, asset_id=asset.id)
    zone, closed = world.lending.zone_at(path), world.lending.closed_at(path)
    due_at: datetime | None
    if is_extension:
        begin = asset.state.due_at or item.effective_at
        due_at = extend_due(begin, item.effective_at, rule, zone=zone, closed=closed)
    else:
        due_at = find_due(item.effective_at, rule, zone=zone, closed=closed)
    return item if due_at is None else item._replace(scan=scan._replace(due_at=due_at))


def refuse_extension(item: ResolvedScan, world: World, asset: AssetState) -> Refusal | None:
    """Return why a loan is not extended once more; None if it is.

    The number that a rule sets binds those whose role does not override rules.
    """
    if world.lending is not None and not world.may_override_rules:
        path = _path_of(item, world, asset)
        holder = asset.state.custodian_id
        rule = world.lending.rule_at(path, person_id=holder, asset_id=asset.id)
        used = world.extended.get(asset.id, 0)
        if rule.extensions is not None and used >= rule.extensions:
            return Refusal.NO_EXTENSION_LEFT
    due_at, start = item.scan.due_at, world.reserved.get(asset.id)
    return Refusal.RESERVED if due_at is not None and start is not None and due_at > start else None


def load_reserved(
    session: Session, resolved: Sequence[ResolvedScan], world: World
) -> dict[int, datetime]:
    """Return when others need the assets whose loans are to be extended. Few batches extend."""
    found: dict[int, datetime] = {}
    for item in resolved:
        asset = _find_asset(item, world) if item.scan.intent is Intent.EXTEND else None
        if asset is not None:
            holder = asset.state.custodian_id
            start = find_next_start(session, asset.id, not_of=holder, now=world.clock.now)
            if start is not None:
                found[asset.id] = start
    return found


def _find_asset(item: ResolvedScan, world: World) -> AssetState | None:
    meaning = item.meaning
    if meaning.kind != "asset" or meaning.id is None:
        return None
    return world.assets.get(meaning.id)


def _path_of(item: ResolvedScan, world: World, asset: AssetState) -> str:
    """Return the path of the place where it is lent: the scan's, else the asset's."""
    place = world.names.place(item.place_id) or world.names.place(asset.state.location_id)
    return place.path if place else ""

"""A judged scan, and the ways to make one: every exit of the judge returns a `JudgedScan`."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from msgspec import UNSET

from scanner_app.domain.audits.findings import Flag
from scanner_app.domain.audits.spans import sighted_at
from scanner_app.domain.register.lifecycle import LABELS
from scanner_app.domain.scanning import sentences
from scanner_app.domain.scanning.answer import Answer, AssetCard, PersonCard, PlaceCard, TaskCard
from scanner_app.domain.scanning.intents import AnswerKind, Intent, Outcome
from scanner_app.domain.scanning.refusals import STATE_REFUSALS, Refusal
from scanner_app.domain.text import moment
from scanner_app.queries.scanning.names import DisplayNames, PersonRow, PlaceRow
from scanner_app.services.audits.count import AuditSighting
from scanner_app.services.custody.assets import AssetState
from scanner_app.services.scanning.resolve import ResolvedScan, World


class JudgedScan(NamedTuple):
    """A scan that was judged: its answer, and what has to be written.

    :param answer: final, but for a scan that counts in an audit: see `write`.
    :param before: the asset as this scan finds it; None if the scan is not about an asset.
    :param after: the asset as this scan leaves it.
    :param sighting: what the audit counts; None if it counts nothing.
    :param seeks_last_seen: when the asset was last seen, and how it was, is to be read from the
        log.
    :param is_refolded: the asset's history was replaced already.
    :param awaited: the scan that it undoes, which has not arrived yet.
    :param preface: what is said before what an audit finds.
    :param is_held: its audit counts it only once somebody takes it in: it arrived late.
    """

    item: ResolvedScan
    answer: Answer
    outcome: Outcome
    before: AssetState | None
    after: AssetState | None
    location_id: int | None
    audit_id: int | None
    sighting: AuditSighting | None = None
    seeks_last_seen: bool = False
    is_refolded: bool = False
    awaited: UUID | None = None
    preface: str = ""
    is_held: bool = False


def find_named(
    item: ResolvedScan, world: World, asset: AssetState | None
) -> tuple[PersonRow | None, PlaceRow | None]:
    """Return the person and the location that a scan names, by itself or by the rule of its intent.

    A scanned label names the location for the scans that follow; a badge names the person. Neither
    is judged by the other: what was set before is for assets.
    """
    meaning, names = item.meaning, world.names
    if meaning.kind == "person":
        return names.person(meaning.id), None
    if meaning.kind == "location":
        return None, names.place(meaning.id)
    person_id, place_id = item.custodian_id, item.place_id
    if place_id is None and asset is not None and item.scan.intent is Intent.CHECK_IN:
        place_id = asset.home_id
    return names.person(person_id), names.place(place_id)


def counts_in_audit(item: ResolvedScan) -> bool:
    """Return whether an audit counts a scan. A lookup asks what a code means and counts nothing."""
    return item.scan.audit is not None and item.scan.intent is not Intent.LOOKUP


def see(
    item: ResolvedScan, world: World, asset: AssetState | None, flags: tuple[str, ...] = ()
) -> AuditSighting:
    """Return the sighting that an audit counts."""
    place = world.names.place(item.place_id)
    audit = world.audits.get(item.scan.audit) if item.scan.audit is not None else None
    if audit is not None and audit.is_late(world.clock):
        flags = (*flags, Flag.LATE.value)
    return AuditSighting(
        asset_id=asset.id if asset else None,
        code_key=None if asset else item.key,
        code=None if asset else item.scan.code,
        at=sighted_at(item.effective_at, world.clock.now),
        location_id=place.id if place else None,
        location_path=place.path if place else None,
        person_id=item.custodian_id,
        condition=item.scan.condition,
        flags=flags,
    )


def name_thing(item: ResolvedScan, asset: AssetState | None) -> str:
    """Return the asset, or else the code, as a sentence names it."""
    named = item.scan.for_code or item.scan.code
    return asset.thing if asset else sentences.show_code(named)


def describe_state(asset: AssetState, names: DisplayNames) -> str:
    """Return where an asset is, with whom and in which stage."""
    place, person = names.place(asset.state.location_id), names.person(asset.state.custodian_id)
    return sentences.looked_up(
        thing=asset.thing,
        place=place.name if place else None,
        custodian=person.name if person else None,
        stage=LABELS[asset.state.status],
    )


def refuse(
    item: ResolvedScan,
    world: World,
    refusal: Refusal,
    *,
    asset: AssetState | None,
    thing: str | None = None,
    kind: str | None = "",
) -> JudgedScan:
    """Return the judgement of a refused scan. It is kept: the log shows what the person saw."""
    scan = item.scan
    person = world.names.person(asset.state.custodian_id) if asset else None
    is_place = refusal is Refusal.UNKNOWN_LOCATION
    since = world.held_since.get(asset.id) if asset else None
    named_person, named_place = find_named(item, world, asset)
    named = named_person if refusal is Refusal.PERSON_LEFT else named_place
    text = sentences.refused(
        refusal,
        thing=thing or name_thing(item, asset),
        custodian=person.name if person else None,
        since=moment(since) if since else None,
        named=named.name if named else None,
        given=scan.code if scan.for_code else scan.location if is_place else scan.custodian,
        stage=asset.state.status if asset else None,
        is_undo=scan.intent is Intent.VOID,
        task=world.running.get(asset.id) if asset else None,
    )
    # Refused by the asset's state, it was still seen: the audit counts it.
    counts = counts_in_audit(item) and asset is not None and refusal in STATE_REFUSALS
    return conclude(
        item,
        world,
        Outcome.REFUSED,
        text,
        asset=asset,
        answer=AnswerKind.REFUSED,
        refusal=refusal,
        kind=kind,
        sighting=see(item, world, asset) if counts else None,
    )


def conclude(
    item: ResolvedScan,
    world: World,
    outcome: Outcome,
    message: str,
    *,
    asset: AssetState | None = None,
    answer: AnswerKind = AnswerKind.FINE,
    refusal: Refusal | None = None,
    kind: str | None = "",
    sighting: AuditSighting | None = None,
    task: TaskCard | None = None,
) -> JudgedScan:
    """Return the judgement, with the one answer that the API, the page and the log are made from.

    :param asset: as this scan leaves it.
    :param kind: what the code means, if that is not what `item.meaning` says: an undo is about
        what it undoes.
    """
    scan, meaning = item.scan, item.meaning
    # What a refused label names is not kept for the scans that follow.
    is_label = kind == "" and meaning.kind in {"location", "person"} and refusal is None
    place = world.names.place(meaning.id) if is_label and meaning.kind == "location" else None
    person = world.names.person(meaning.id) if is_label and meaning.kind == "person" else None
    before = world.assets.get(asset.id) if asset is not None else None
    audit = world.audits.get(scan.audit) if sighting is not None and scan.audit else None
    is_held = audit is not None and audit.holds(world.clock)
    return JudgedScan(
        item,
        Answer(
            scan_id=item.id_text,
            outcome=outcome,
            refusal=refusal,
            asset=_card(asset, world.names) if asset is not None else None,
            kind=meaning.kind if kind == "" else kind,
            answer=answer,
            place=PlaceCard(place.code, place.name) if place else None,
            person=PersonCard(person.number, person.name) if person else None,
            message=message,
            task=task or UNSET,
        ),
        outcome,
        before,
        asset,
        meaning.id if is_label and meaning.kind == "location" else item.place_id,
        scan.audit if scan.audit in world.audits else None,
        None if is_held else sighting,
        is_held=is_held,
        seeks_last_seen=scan.condition is not None and _may_be_older(item, before),
    )


def _may_be_older(item: ResolvedScan, asset: AssetState | None) -> bool:
    """Return whether the log may hold something newer of the asset than a scan."""
    if asset is None or not item.is_fresh or item.effective_at < asset.state_at:
        return True
    return asset.last_seen_at is not None and item.effective_at < asset.last_seen_at


def _card(asset: AssetState, names: DisplayNames) -> AssetCard:
    """Return the asset as the person who scanned sees it now."""
    state = asset.state
    place, home = names.place(state.location_id), names.place(asset.home_id)
    person = names.person(state.custodian_id)
    return AssetCard(
        asset.asset_tag,
        asset.name,
        state.status.value,
        place.code if place else None,
        place.name if place else None,
        home.code if home else None,
        home.name if home else None,
        (person.number or person.email or person.name) if person else None,
        person.name if person else None,
    )

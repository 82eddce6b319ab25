"""What the scans of a batch name, looked up and locked before any of them is judged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import Reading, TagRules, read_code, tag_key
from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.audits.evidence.needed import list_sources
from scanner_app.domain.audits.policy import PlaceDepth, depth_of, holds_late
from scanner_app.domain.audits.spans import Span, covers, read_spans, takes_scan
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.circulation.loan_rules import Returns
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.answer import TaskCard
from scanner_app.domain.scanning.clocks import Clock, place_in_time
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import LabelRead, NewScan
from scanner_app.domain.stockroom.kits import Kit
from scanner_app.models import Audit, Reader, ReadPoint
from scanner_app.queries.circulation.rules import Lending
from scanner_app.queries.scanning.codes import (
    CodeIndex,
    Meaning,
    custodian_values,
    place_values,
    values_of,
)
from scanner_app.queries.scanning.names import DisplayNames
from scanner_app.queries.stock.items import ItemCard
from scanner_app.services.custody.assets import AssetState, lock_assets
from scanner_app.services.custody.since import load_held_since, load_missing_since
from scanner_app.services.stock.items import lock_items

_encode = msgspec.json.Encoder(enc_hook=str).encode


class ResolvedScan(NamedTuple):
    """A scan with everything that it names looked up. A claim means the asset that it names."""

    scan: NewScan
    id_text: str  # the scan's id as it is answered
    fingerprint: str
    key: str
    effective_at: datetime
    is_clock_suspect: bool
    is_fresh: bool  # see `Placed`
    meaning: Meaning
    place: Meaning | None
    custodian: Meaning | None

    @property
    def place_id(self) -> int | None:
        return _id_of(self.place, "location")

    @property
    def custodian_id(self) -> int | None:
        return _id_of(self.custodian, "person")


def _id_of(named: Meaning | None, kind: str) -> int | None:
    """Return the id of what a scan names. A location that is really an asset's code has none."""
    return named.id if named is not None and named.kind == kind else None


class LockedAudit(NamedTuple):
    """An audit that a batch names, held against a closing for the rest of the transaction."""

    state: AuditState
    spans: tuple[Span, ...]
    depth: PlaceDepth
    is_blind: bool
    recounts: tuple[int, ...] = ()
    holds_late: bool = False
    sources: frozenset[str] | None = None

    def is_recounted(self, path: str | None) -> bool:
        """Return whether a place is one whose second count is open, or inside one."""
        return path is not None and any(f"/{id_}/" in path for id_ in self.recounts)

    def takes(self, at: datetime, clock: Clock) -> bool:
        """Return whether it takes a scan that was made at this time."""
        return takes_scan(self.state, self.spans, at, clock.skew)

    def is_late(self, clock: Clock) -> bool:
        """Return whether what arrives now is late: the audit does not count at this time."""
        return not covers(self.spans, clock.now)

    def takes_source(self, source: str | None) -> bool:
        """Return whether what was scanned in this way is proof enough; None is what was typed."""
        return self.sources is None or (source or "") in self.sources

    def holds(self, clock: Clock) -> bool:
        """Return whether what arrives now waits until somebody takes it in."""
        return self.holds_late and self.is_late(clock)


@dataclass(frozen=True, slots=True)
class World:
    """What a batch may touch, as it is now: a judge reads it, and `record` alone moves it on.

    :param undone_early: scans that were undone before they arrived.
    :param may_change_custody: whether the role of who scans includes it; also `may_dispose`.
    :param point_intents: (name, intent) of the read points of the readers that only this token
        may speak for. A label scanned there does what an admin set up, whatever the token's role.
    :param held_since: since when a person has an asset, of those that somebody is to check out.
    :param missing_since: since when an asset is missing.
    :param lending: the rules of lending, if the batch lends and a rule says something.
    :param extended: how often the running loan of an asset was extended.
    :param may_override_rules: whether the role of who scans includes it.
    :param kits: what a scan of a kit's label in the batch stands for, by the id of the scan.
    :param reserved: when others need the assets whose loans are to be extended.
    :param unfinished: assets in maintenance with required items that nobody has ticked, of those
        that somebody is to restore.
    :param free_labels: the unknown codes that are blank labels which nothing has.
    :param is_in_turn: scans take effect in the order in which they get the lock, whatever time
        they claim.
    :param running: the number of the maintenance that runs, of assets that are to be sent to one.
    :param items: the stock items that the batch names, locked after the assets; `tasks` by code.
    """

    audits: dict[int, LockedAudit]
    assets: dict[int, AssetState]
    names: DisplayNames
    undone_early: set[UUID]
    may_change_custody: bool
    point_intents: frozenset[tuple[str, Intent]]
    held_since: dict[int, datetime]
    missing_since: dict[int, datetime]
    clock: Clock
    free_labels: frozenset[str] = frozenset()
    is_in_turn: bool = False
    lending: Lending | None = None
    extended: dict[int, int] = field(default_factory=dict)
    may_override_rules: bool = False
    items: Mapping[int, ItemCard] = field(default_factory=dict)
    unfinished: frozenset[int] = frozenset()
    may_dispose: bool = False
    kits: Mapping[UUID, KitScan] = field(default_factory=dict)
    reserved: Mapping[int, datetime] = field(default_factory=dict)
    tasks: Mapping[int, TaskCard] = field(default_factory=dict)
    running: Mapping[int, str] = field(default_factory=dict)


class KitScan(NamedTuple):
    """What a scan of a kit's label stands for.

    :param kit: as it was made up at the time of the scan.
    :param piece_ids: the scans that were made of it, each of one piece.
    :param returns: how the kit comes back.
    """

    kit: Kit
    piece_ids: tuple[UUID, ...]
    returns: Returns


def fingerprint(scan: NewScan, actor: str) -> str:
    """Return a hash of what a scan says, so that its id cannot be used again for something else.

    The actor is part of it: another person's scan id answers as a conflict and discloses nothing.
    """
    # The order of the fields is part of what is stored: a new one goes to the end.
    parts: tuple[object, ...]
    if scan.read_key is not None:
        parts = (actor, scan.device, scan.read_key)
    else:
        parts = (
            actor,
            scan.code,
            scan.intent,
            scan.scanned_at,
            scan.symbology,
            scan.source,
            scan.location,
            scan.custodian,
            scan.due_at,
            scan.audit,
            scan.voids,
            scan.condition,
            scan.note,
            scan.device,
        )
        if scan.location_read or scan.custodian_read:
            # Only if there are any: the log holds the fingerprints of scans without them.
            parts = (*parts, scan.location_read, scan.custodian_read)
        if scan.for_code is not None:
            parts = (*parts, scan.for_code)
        if scan.handover is not None:
            parts = (*parts, scan.handover)
        if scan.quantity is not None or scan.line is not None or scan.target is not None:
            parts = (*parts, "stock", scan.quantity, scan.line, scan.target)
        if scan.task is not None:
            parts = (*parts, "task", scan.task, scan.label)
    return hashlib.sha256(_encode(parts)).hexdigest()


def resolve(
    connection: Connection,
    scans: Sequence[NewScan],
    *,
    author: str,
    clock: Clock,
    rules: TagRules,
) -> list[ResolvedScan]:
    """Look up every code, place and custodian of a batch by one select."""
    readings = [
        read_code(scan.for_code, rules=rules)
        if scan.for_code
        else read_code(scan.code, symbology=scan.symbology, rules=rules)
        for scan in scans
    ]
    before = EarlierReads(scans, rules)
    places = {text: place_values(text) for text in {scan.location for scan in scans} if text}
    people = {text: custodian_values(text) for text in {scan.custodian for scan in scans} if text}
    wanted = {value for reading in readings for value in values_of(reading)}
    wanted.update(value for values in places.values() for value in values)
    wanted.update(value for values in people.values() for value in values)
    wanted.update(before.values)
    codes = CodeIndex(connection, wanted)
    resolved: list[ResolvedScan] = []
    ids: list[str] = msgspec.to_builtins([scan.scan_id for scan in scans])
    for scan, id_text, reading in zip(scans, ids, readings, strict=True):
        at, is_suspect, is_fresh = place_in_time(scan.scanned_at, clock)
        resolved.append(
            ResolvedScan(
                scan,
                id_text,
                fingerprint(scan, author),
                tag_key(scan.code, rules) if scan.for_code else reading.key,
                at,
                is_suspect,
                is_fresh,
                codes.find(reading, at=at),
                before.find_last("location", scan.location_read, codes, at, clock)
                or (codes.find_place(places[scan.location], at) if scan.location else None),
                before.find_last("person", scan.custodian_read, codes, at, clock)
                or (codes.find_custodian(people[scan.custodian], at) if scan.custodian else None),
            )
        )
    return resolved


class EarlierReads:
    """What was read before the scans of a batch: labels and badges that a phone could not judge.

    They are read here by the function that reads every code, each at the time when it was read. So
    a scan goes where its label says, whenever and in whatever order the two arrive.
    """

    def __init__(self, scans: Sequence[NewScan], rules: TagRules) -> None:
        self._readings: dict[tuple[str, str | None], Reading] = {}
        for scan in scans:
            for read in (*scan.location_read, *scan.custodian_read):
                key = read.code, read.symbology
                if key not in self._readings:
                    self._readings[key] = read_code(read.code, symbology=key[1], rules=rules)
        self._found: dict[tuple[str, str | None, datetime], Meaning] = {}

    @property
    def values(self) -> Iterable[str]:
        return (value for reading in self._readings.values() for value in values_of(reading))

    def find_last(
        self,
        kind: str,
        reads: Sequence[LabelRead],
        codes: CodeIndex,
        at: datetime,
        clock: Clock,
    ) -> Meaning | None:
        """Return the newest of the reads that means a thing of this kind, None if none does.

        What means nothing, or two things, sets nothing. Whether its own scan was refused does not
        matter: after the label of a closed room, nothing goes to the room before.

        :param at: the time of the scan, for reads that name none.
        """
        for read in reversed(reads):
            then = place_in_time(read.scanned_at, clock).at if read.scanned_at else at
            key = read.code, read.symbology, then
            if key not in self._found:
                self._found[key] = codes.find(self._readings[key[:2]], at=then)
            if self._found[key].kind == kind:
                return self._found[key]
        return None


def lock_world(
    session: Session, resolved: Sequence[ResolvedScan], *, actor: Actor, clock: Clock
) -> World:
    """Lock and load what the batch may touch.

    Audits come before assets: a closing audit locks in this order too, so neither waits for ever.
    """
    connection = session.connection()
    audits = lock_audits(session, {item.scan.audit for item in resolved if item.scan.audit})
    assets = lock_assets(
        connection,
        sorted(
            {
                item.meaning.id
                for item in resolved
                if item.meaning.kind == "asset" and item.meaning.id is not None
            }
        ),
    )
    names = DisplayNames(connection)
    place_ids = {asset.state.location_id for asset in assets.values()}
    place_ids.update(asset.home_id for asset in assets.values())
    person_ids = {asset.state.custodian_id for asset in assets.values()}
    named = {item.place for item in resolved} | {item.custodian for item in resolved}
    named.update(item.meaning for item in resolved if item.meaning.kind != "asset")
    known = [meaning for meaning in named if meaning is not None]
    place_ids.update(one.id for one in known if one.kind == "location")
    place_ids.update(one.bin_id for one in known if one.bin_id is not None)
    person_ids.update(one.id for one in known if one.kind == "person")
    names.load_places(place_ids)
    names.load_people(person_ids)
    return World(
        audits,
        assets,
        names,
        set(),
        actor.can(Action.CHANGE_CUSTODY),
        _load_point_intents(session, actor),
        load_held_since(session, _find_asked(resolved, assets)),
        load_missing_since(
            session, [i for i, one in assets.items() if one.state.status is Stage.MISSING]
        ),
        clock,
        may_override_rules=actor.can(Action.OVERRIDE_RULES),
        may_dispose=actor.can(Action.DISPOSE),
        items=_lock_stock(session, named),
    )


def _lock_stock(session: Session, named: Iterable[Meaning | None]) -> dict[int, ItemCard]:
    """Return the stock items that are named, locked. Most batches name none, and ask nothing."""
    ids = {one.id for one in named if one and one.kind == "stock_item" and one.id is not None}
    return lock_items(session, ids) if ids else {}


def _load_point_intents(session: Session, actor: Actor) -> frozenset[tuple[str, Intent]]:
    if actor.token_id is None or actor.can(Action.CHANGE_CUSTODY):
        return frozenset()
    rows = session.execute(
        select(Reader.name, ReadPoint.intent)
        .join(ReadPoint, ReadPoint.reader_id == Reader.id)
        .where(Reader.token_id == actor.token_id, Reader.is_active)
    )
    return frozenset((name, intent) for name, intent in rows)


def _find_asked(resolved: Sequence[ResolvedScan], assets: dict[int, AssetState]) -> list[int]:
    """Return the held assets that somebody is to check out: the refusal says who has them."""
    asked = {item.meaning.id for item in resolved if item.scan.intent is Intent.CHECK_OUT}
    return [i for i, one in assets.items() if i in asked and one.state.custodian_id is not None]


def lock_audits(session: Session, ids: Iterable[int]) -> dict[int, LockedAudit]:
    """Return audits by id, held against a closing for the rest of the transaction."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    rows = session.execute(
        select(
            Audit.id,
            Audit.state,
            Audit.counting_spans,
            Audit.policy,
            Audit.is_blind,
            Audit.recounts,
        )
        .where(Audit.id.in_(wanted))
        .order_by(Audit.id)
        .with_for_update(read=True)
    )
    return {
        row.id: LockedAudit(
            row.state,
            read_spans(row.counting_spans),
            depth_of(row.policy),
            row.is_blind,
            tuple(row.recounts or ()),
            holds_late(row.policy),
            list_sources(row.policy),
        )
        for row in rows
    }

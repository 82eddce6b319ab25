"""The history of assets: the events that make their state, and the rows written from them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.scanning.decide import (
    ChangeEvent,
    Event,
    History,
    ScanEvent,
    Span,
    fold,
)
from scanner_app.domain.scanning.intents import STATE_INTENTS, Intent
from scanner_app.domain.scanning.new_scan import DAMAGED
from scanner_app.domain.scanning.refusals import STATE_REFUSALS, Refusal
from scanner_app.models import Asset, Custody, Placement, RegisterChange, Scan
from scanner_app.services.custody.assets import AssetState
from scanner_app.sql.bulk_write import Bulk
from scanner_app.sql.conditions import is_undone, was_believed, was_seen

NamedEvent = tuple[Event, UUID | None]

# -- reading -----------------------------------------------------------------------------------


def load_events(
    session: Session, *, asset_id: int, without: UUID | None = None
) -> list[NamedEvent]:
    """Return what set an asset's state, in the order in which it took effect, without undone scans.

    Each comes with the id of its scan, None for a register change.

    At the same moment a register change comes before a scan, and scans come in the order of their
    arrival: a device that counts in whole seconds still gets its sequence.

    :param without: a scan that is being undone, whose undo is not in the log yet.
    """
    keyed: list[tuple[datetime, int, int, NamedEvent]] = []
    for change in session.scalars(
        select(RegisterChange).where(RegisterChange.asset_id == asset_id)
    ):
        if change.sets_status is None and not change.sets_location and not change.sets_custodian:
            continue
        event = ChangeEvent(
            change.at,
            change.sets_status,
            change.sets_location,
            change.location_id,
            change.sets_custodian,
            change.custodian_id,
        )
        keyed.append((change.at, 0, change.id, (event, None)))
    statement = select(
        Scan.id,
        Scan.scan_id,
        Scan.intent,
        Scan.effective_at,
        Scan.location_id,
        Scan.person_id,
        Scan.due_at,
        Scan.condition,
        Scan.refusal,
    ).where(Scan.asset_id == asset_id, Scan.intent.in_(STATE_INTENTS), ~is_undone())
    rows = session.execute(
        statement if without is None else statement.where(Scan.scan_id != without)
    )
    for row in rows:
        # A scan that was refused because it named nobody or nowhere stays refused.
        if row.refusal and row.refusal not in STATE_REFUSALS:
            continue
        held = (row.location_id, row.person_id, row.due_at)
        scan = ScanEvent(row.effective_at, row.intent, *held, row.condition == DAMAGED)
        keyed.append((row.effective_at, 1, row.id, (scan, row.scan_id)))
    keyed.sort(key=lambda item: item[:3])
    return [event for *_, event in keyed]


def insert_event(events: list[NamedEvent], event: ScanEvent, scan_id: UUID) -> list[NamedEvent]:
    """Return the events with one more at its time: after all that took effect by then."""
    place = bisect_right(events, event.at, key=lambda named: named[0].at)
    return [*events[:place], (event, scan_id), *events[place:]]


def fold_named(
    events: Sequence[NamedEvent], *, home_id: int | None
) -> tuple[History, dict[UUID, Refusal | None]]:
    """Return the history of an asset, and which of its scans are refused in it, by their ids."""
    history = fold([event for event, _ in events], home_id=home_id)
    named = zip(events, history.refusals, strict=True)
    return history, {scan_id: refusal for (_, scan_id), refusal in named if scan_id is not None}


# Both are asked for each asset of a late batch: making a statement takes longer than running it.
_LAST_SEEN = (
    select(Scan.effective_at, Scan.location_id)
    .where(Scan.asset_id == bindparam("asset_id"), was_seen(), ~is_undone())
    .order_by(
        Scan.effective_at > bindparam("latest", type_=Scan.effective_at.type),
        Scan.effective_at.desc(),
        Scan.id.desc(),
    )
    .limit(1)
)
_LAST_CONDITION = (
    select(Scan.effective_at, Scan.condition)
    .where(
        Scan.asset_id == bindparam("asset_id"),
        Scan.condition.is_not(None),
        Scan.intent != Intent.VOID,
        ~Scan.is_faint,
        was_believed(),
        ~is_undone(),
    )
    .order_by(Scan.effective_at.desc(), Scan.id.desc())
    .limit(1)
)
_CHANGES = (
    select(RegisterChange.at, RegisterChange.changes)
    .where(RegisterChange.asset_id == bindparam("asset_id"))
    .order_by(RegisterChange.at.desc(), RegisterChange.id.desc())
)


def find_last_seen(
    session: Session, *, asset_id: int, latest: datetime
) -> tuple[datetime | None, int | None]:
    """Return when an asset was last seen, and where: None if that scan named no location.

    An older location would say that it was seen there at the newer time. Scans after `latest` were
    made while a clock was wrong: they count if there is no other.
    """
    seen = session.execute(_LAST_SEEN, {"asset_id": asset_id, "latest": latest}).first()
    return (seen[0], seen[1]) if seen else (None, None)


def find_condition(session: Session, *, asset_id: int) -> str | None:
    """Return the newest condition that a scan or a register change names, None if none does."""
    scanned = session.execute(_LAST_CONDITION, {"asset_id": asset_id}).first()
    changes = session.execute(_CHANGES, {"asset_id": asset_id})
    edited = next(((at, new["condition"][-1]) for at, new in changes if "condition" in new), None)
    if scanned is None or (edited is not None and edited[0] > scanned[0]):
        return edited[1] if edited is not None else None
    return scanned[1]


# -- writing -----------------------------------------------------------------------------------


def replace_history(session: Session, *, asset_id: int, history: History) -> None:
    """Replace the rows of an asset's history by those of a fold.

    This is for two rare cases, a scan that arrives late and an undo. The common scan extends the
    history by one step (`write_history`).
    """
    session.execute(delete(Custody).where(Custody.asset_id == asset_id))
    session.execute(delete(Placement).where(Placement.asset_id == asset_id))
    insert_spans(session, [(asset_id, span) for span in history.custody], Custody)
    insert_spans(session, [(asset_id, span) for span in history.placements], Placement)
    values: dict[str, Any] = {
        "status": history.state.status,
        "location_id": history.state.location_id,
        "custodian_id": history.state.custodian_id,
        "due_at": history.state.due_at,
    }
    if history.state_at is not None:
        values["state_at"] = history.state_at
    session.execute(update(Asset).where(Asset.id == asset_id).values(values))


@dataclass(slots=True)
class HistorySteps:
    """The steps that a batch adds to one asset's custody or placement.

    :param closes_at: when the row that is open in the database ends; None if it stays open.
    :param extends_to: until when the loan of the row that is open in the database is extended.
    """

    closes_at: datetime | None
    spans: list[Span]
    extends_to: datetime | None = None

    def add_step(
        self, before: int | None, after: int | None, at: datetime, due_at: datetime | None
    ) -> None:
        """Add the step from one holder or place to the next."""
        if before == after:
            return
        if before is not None:
            if self.spans and self.spans[-1].ended_at is None:
                self.spans[-1] = replace(self.spans[-1], ended_at=at)
            else:
                self.closes_at = at
        if after is not None:
            self.spans.append(Span(after, at, None, due_at))

    def extend(self, due_at: datetime | None) -> None:
        """Set when the loan that is open is due back."""
        if self.spans and self.spans[-1].ended_at is None:
            self.spans[-1] = replace(self.spans[-1], due_at=due_at)
        elif self.closes_at is None:
            self.extends_to = due_at


def insert_spans(
    session: Session, spans: Sequence[tuple[int, Span]], table: type[Custody | Placement]
) -> None:
    """Write history rows."""
    if not spans:
        return
    holder = "person_id" if table is Custody else "location_id"
    rows: list[dict[str, Any]] = [
        {
            "asset_id": asset_id,
            holder: span.holder_id,
            "started_at": span.started_at,
            "ended_at": span.ended_at,
            **({"due_at": span.due_at} if table is Custody else {}),
        }
        for asset_id, span in spans
    ]
    session.execute(insert(table), rows)


def write_history(
    session: Session, steps: Collection[tuple[int, HistorySteps]], table: type[Custody | Placement]
) -> None:
    """Close or extend the open row of each asset that took a step, and write what follows it."""
    later = [
        {"the_asset": asset_id, "the_due": step.extends_to}
        for asset_id, step in steps
        if step.extends_to is not None
    ]
    if later and table is Custody:
        # Before the closing: a loan may be extended and returned in one batch.
        extension = (
            update(Custody)
            .where(Custody.asset_id == bindparam("the_asset"), Custody.ended_at.is_(None))
            .values(due_at=bindparam("the_due"))
        )
        session.connection().execute(extension, later)
    closing = [
        {"the_asset": asset_id, "the_end": step.closes_at}
        for asset_id, step in steps
        if step.closes_at is not None
    ]
    if closing:
        statement = (
            update(table)
            .where(table.asset_id == bindparam("the_asset"), table.ended_at.is_(None))
            .values(ended_at=bindparam("the_end"))
        )
        session.connection().execute(statement, closing)
    insert_spans(session, [(asset_id, s) for asset_id, step in steps for s in step.spans], table)


@dataclass(slots=True)
class AssetChange:
    """What a batch makes of one asset: its state before and after, and the steps between."""

    before: AssetState
    after: AssetState
    custody: HistorySteps
    placement: HistorySteps
    seeks_last_seen: bool = False

    @classmethod
    def begin(cls, asset: AssetState) -> AssetChange:
        return cls(asset, asset, HistorySteps(None, []), HistorySteps(None, []))

    def advance(self, after: AssetState, *, is_refolded: bool, seeks_last_seen: bool) -> None:
        """Take the asset one scan further.

        :param is_refolded: the rows of its history were replaced already, so no step is added.
        :param seeks_last_seen: when it was last seen, and how it was, is to be read from the log.
        """
        old, new = self.after.state, after.state
        if not is_refolded and old is not new:
            at = after.state_at
            self.custody.add_step(old.custodian_id, new.custodian_id, at, new.due_at)
            if new.custodian_id == old.custodian_id and new.due_at != old.due_at:
                self.custody.extend(new.due_at)
            self.placement.add_step(old.location_id, new.location_id, at, None)
        self.after = after
        self.seeks_last_seen = self.seeks_last_seen or seeks_last_seen


def write_assets(
    session: Session, changes: Iterable[AssetChange], *, latest: datetime
) -> Mapping[int, AssetState]:
    """Write what a batch made of assets: history, state, when they were seen. Return the states.

    The scans of the batch are in the log by now: when an asset was last seen may be read from it.

    :param latest: the latest time that is believed.
    """
    changes = list(changes)
    if not changes:
        return {}
    steps = [(change.before.id, change.custody, change.placement) for change in changes]
    write_history(
        session, [(i, c) for i, c, _ in steps if c.spans or c.closes_at or c.extends_to], Custody
    )
    write_history(session, [(i, p) for i, _, p in steps if p.spans or p.closes_at], Placement)
    # Assets that were only seen where they are recorded touch no index of the register.
    seen: list[AssetState] = []
    turned: list[AssetState] = []
    for change in changes:
        before, after = change.before, change.after
        if change.seeks_last_seen:
            at, place_id = find_last_seen(session, asset_id=after.id, latest=latest)
            condition = find_condition(session, asset_id=after.id) or after.condition
            after = after._replace(
                last_seen_at=at, last_seen_location_id=place_id, condition=condition
            )
        is_turned = after.state != before.state or after.condition != before.condition
        (turned if is_turned else seen).append(after)
    connection = session.connection()
    _UPDATE_SEEN.execute(connection, _seen_columns(seen))
    _UPDATE_STATE.execute(
        connection,
        {
            **_seen_columns(turned),
            "status": [asset.state.status for asset in turned],
            "location_id": [asset.state.location_id for asset in turned],
            "custodian_id": [asset.state.custodian_id for asset in turned],
            "due_at": [asset.state.due_at for asset in turned],
            "condition": [asset.condition for asset in turned],
        },
    )
    return {asset.id: asset for asset in (*seen, *turned)}


def _seen_columns(assets: Sequence[AssetState]) -> dict[str, Sequence[Any]]:
    return {name: [getattr(asset, name) for asset in assets] for name in ("id", *_SEEN)}


_SEEN = ("state_at", "last_seen_at", "last_seen_location_id")
_STATE = ("status", "location_id", "custodian_id", "due_at", "condition")
_UPDATE_SEEN = Bulk(Asset, _SEEN, kind="update")
_UPDATE_STATE = Bulk(Asset, (*_SEEN, *_STATE), kind="update")

"""Selects over a picture of a shelf: what each label would be recorded as, and what it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from scanner_app.decoding.codes.read import Reading, TagRules, read_code
from scanner_app.domain.audits.findings import (
    FINDING_KINDS,
    Expectation,
    FindingState,
    LastSighting,
    are_apart,
    classify,
)
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.answer import Answer, decode_answer
from scanner_app.domain.scanning.intents import AnswerKind, Outcome
from scanner_app.domain.scanning.sentences import show_code
from scanner_app.models import Asset, Finding, Location, Scan, ScanPicture, ShelfShot
from scanner_app.queries.audits.places import find_depth, lift_paths
from scanner_app.queries.scanning.codes import CodeIndex, Meaning, place_values, values_of
from scanner_app.queries.scanning.names import DisplayNames, PlaceRow, find_place_row
from scanner_app.sql.conditions import is_undone


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of a shelf without its pixels."""

    id: UUID
    width: int
    height: int
    sha256: str
    symbols: list[dict[str, Any]]
    taken_at: datetime
    actor: str
    actor_name: str
    audit_id: int | None
    place: PlaceRow | None
    recorded_at: datetime | None
    is_kept: bool  # False once retention deleted the image


@dataclass(frozen=True, slots=True)
class Label:
    """One label of a picture.

    :param found: `fine`, `wrong_place`, `not_expected`, `unknown`, `ambiguous` or `seen`; or `same`
        (the asset of another label), `place`, `person` or `unfit`, which are not kept unless
        someone chooses them. A recorded picture also has `refused`, and `dropped` for a label
        without a scan.
    :param name: the asset's tag, or the code as it may be shown.
    :param detail: one more sentence for a person, or empty.
    :param place_code: the location's code, if it is the label of a location.
    """

    number: int
    polygon: list[list[float]]
    found: str
    name: str
    title: str = ""
    detail: str = ""
    flags: tuple[str, ...] = ()
    can_keep: bool = True
    place_code: str | None = None
    scan_id: str = ""
    asset_tag: str | None = None
    is_seen_before: bool = False
    is_undone: bool = False

    @property
    def is_kept_first(self) -> bool:
        """Return whether the label is recorded unless someone drops it."""
        return self.can_keep and self.found != "same"


def find_shot(session: Session, shot_id: UUID) -> Shot | None:
    """Return a picture of a shelf; None if it does not exist."""
    found = session.execute(
        select(
            ShelfShot.id,
            ShelfShot.width,
            ShelfShot.height,
            ShelfShot.sha256,
            ShelfShot.symbols,
            ShelfShot.taken_at,
            ShelfShot.actor,
            ShelfShot.actor_name,
            ShelfShot.audit_id,
            ShelfShot.location_id,
            ShelfShot.recorded_at,
            (func.length(ShelfShot.picture) > 0).label("is_kept"),
        ).where(ShelfShot.id == shot_id)
    )
    row = found.mappings().one_or_none()
    if row is None:
        return None
    place = find_place_row(session.connection(), row["location_id"])
    fields = {name: value for name, value in row.items() if name != "location_id"}
    return Shot(**fields, place=place)


def load_picture(session: Session, shot_id: UUID) -> bytes | None:
    """Return the JPEG of a picture."""
    return session.scalar(select(ShelfShot.picture).where(ShelfShot.id == shot_id))


def find_place(session: Session, text: str | None, at: datetime) -> PlaceRow | None:
    """Return the location that a text names; None if it names none."""
    if not text:
        return None
    values = place_values(text)
    meaning = CodeIndex(session.connection(), values).find_place(values, at)
    return find_place_row(session.connection(), meaning.id) if meaning.kind == "location" else None


# -- before it is recorded ---------------------------------------------------------------------


def preview_labels(
    session: Session,
    *,
    shot: Shot,
    place: PlaceRow | None,
    rules: TagRules,
    may_see_expected: bool,
) -> list[Label]:
    """Return what each label would be recorded as, if it were recorded now at a place.

    The rule of an audit judges (`domain.audits.findings.classify`). Outside an audit, each asset is
    compared with the location that the register has for it.

    :param may_see_expected: False if the person counts blind; then only `seen` is returned.
    """
    readings = [
        read_code(s["text"], symbology=s["symbology"], rules=rules) if not s["problem"] else None
        for s in shot.symbols
    ]
    return _Preview(session, shot, place, readings, may_see_expected=may_see_expected).labels()


@dataclass(frozen=True, slots=True)
class _Known:
    """What the register, or the audit's frozen list, has about an asset."""

    tag: str
    name: str
    expectation: Expectation
    place_name: str | None
    seen_at: datetime | None = None
    state: FindingState | None = None
    seen_path: str | None = None
    seen_name: str | None = None


class _Preview:
    def __init__(
        self,
        session: Session,
        shot: Shot,
        place: PlaceRow | None,
        readings: Sequence[Reading | None],
        *,
        may_see_expected: bool,
    ) -> None:
        self._session = session
        self._shot = shot
        self._place = place
        self._readings = readings
        self._may_see_expected = may_see_expected
        values = {value for reading in readings if reading for value in values_of(reading)}
        register = CodeIndex(session.connection(), values)
        self._meanings: list[Meaning | None] = [
            register.find(reading, at=shot.taken_at) if reading else None for reading in readings
        ]
        ids = [m.id for m in self._meanings if m and m.kind == "asset" and m.id is not None]
        self._assets = _load_known(session, ids, shot.audit_id)
        self._names = DisplayNames(session.connection())
        named = [m for m in self._meanings if m]
        self._names.load_places(m.id for m in named if m.kind == "location")
        self._names.load_people(m.id for m in named if m.kind == "person")
        self._first: dict[object, int] = {}

    def labels(self) -> list[Label]:
        return [
            self._label(symbol, reading, meaning)
            for symbol, reading, meaning in zip(
                self._shot.symbols, self._readings, self._meanings, strict=True
            )
        ]

    def _label(
        self, symbol: dict[str, Any], reading: Reading | None, meaning: Meaning | None
    ) -> Label:
        if reading is None or meaning is None:
            return _unfit(symbol)
        if meaning.kind == "location":
            place = self._names.place(meaning.id)
            return _make(
                symbol,
                "place",
                title=place.name if place else "",
                detail="The label of a location.",
                can_keep=False,
                place_code=place.code if place else None,
            )
        if meaning.kind == "person":
            person = self._names.person(meaning.id)
            return _make_badge(symbol, person.name if person else "")
        thing = (meaning.kind, meaning.id) if meaning.id is not None else reading.key
        first = self._first.setdefault(thing, symbol["number"])
        if first != symbol["number"]:
            words = f"The same asset as label {first}. It is recorded once, with that label."
            name = self._assets[meaning.id or 0].tag if meaning.kind == "asset" else ""
            return _make(symbol, "same", name=name, detail=words)
        if meaning.kind == "asset":
            return self._asset(symbol, self._assets[meaning.id or 0])
        if meaning.kind == "ambiguous":
            words = (
                f"This code means {len(meaning.options)} different items. Relabel them so "
                "that it means one."
            )
            return _make(symbol, "ambiguous", detail=words)
        return _make(symbol, "unknown", detail="Nothing is registered under this code.")

    def _asset(self, symbol: dict[str, Any], known: _Known) -> Label:
        if not self._may_see_expected:
            return _make(symbol, "seen", name=known.tag, title=known.name, asset_tag=known.tag)
        state, flags = classify(
            known.expectation, LastSighting(self._place.path if self._place else None)
        )
        if known.state and known.seen_at and known.seen_at > self._shot.taken_at:
            state = known.state  # a newer sighting has already decided
        if known.seen_path and self._place and are_apart(self._place.path, known.seen_path):
            # What the server will answer, whichever of the two is newer.
            return _make(
                symbol, AnswerKind.TWO_ROOMS.value, name=known.tag, title=known.name,
                detail=f"Counted in {known.seen_name} before.", asset_tag=known.tag,
            )  # fmt: skip
        words = (
            f"Recorded in {known.place_name}." if known.place_name else "No location is recorded."
        )
        return _make(
            symbol,
            FINDING_KINDS[state].shelf_answer,
            name=known.tag,
            title=known.name,
            detail="" if state is FindingState.VERIFIED else words,
            is_seen_before=known.seen_at is not None,
            # That no location is set is shown once, above the picture.
            flags=tuple(flag for flag in flags if flag != "no_place"),
            asset_tag=known.tag,
        )


def _make(symbol: dict[str, Any], found: str, *, name: str = "", **more: Any) -> Label:
    return Label(
        number=symbol["number"],
        polygon=symbol["polygon"],
        found=found,
        name=name or show_code(symbol["text"]),
        scan_id=symbol["scan_id"],
        **more,
    )


def _make_badge(symbol: dict[str, Any], title: str = "") -> Label:
    """Return the label of a badge without its code, which would let others act for the person."""
    words = "People are not recorded here."
    return _make(
        symbol, "person", name="A person's badge", title=title, detail=words, can_keep=False
    )


def _unfit(symbol: dict[str, Any]) -> Label:
    if symbol["problem"] == "person":
        return _make_badge(symbol)
    if symbol["problem"] == "location":
        return _make(symbol, "place", detail="The label of a location.", can_keep=False)
    words = {
        "secret": "A password or something similar. It is neither shown nor recorded.",
        "control_char": "It contains control characters, which a label never has.",
        "too_long": "It is too long to be a label.",
        "empty": "It is empty.",
    }
    return _make(
        symbol,
        "unfit",
        name="Secret" if symbol["problem"] == "secret" else "",
        detail=words.get(symbol["problem"], "It cannot be a label."),
        can_keep=False,
    )


def _load_known(
    session: Session, ids: Sequence[int | None], audit_id: int | None
) -> dict[int, _Known]:
    """Return what each asset is compared with: the audit's frozen list, else the register."""
    known: dict[int, _Known] = {}
    for id_, tag, name, status, custodian_id, path, place in session.execute(
        select(
            Asset.id, Asset.asset_tag, Asset.name, Asset.status, Asset.custodian_id,
            Location.path, Location.name,
        )
        .outerjoin(Location, Location.id == Asset.location_id)
        .where(Asset.id.in_(ids))
    ):  # fmt: skip
        # In an audit, an asset that is not on the list is unexpected. Outside, the register's
        # location counts.
        expected = Expectation(audit_id is None, path, custodian_id, status)
        known[id_] = _Known(tag, name, expected, place)
    if audit_id is None:
        return known
    seen = aliased(Location)
    rows = session.execute(
        select(
            Finding.asset_id, Finding.is_expected, Finding.recorded_status,
            Finding.recorded_custodian_id, Location.path, Location.name, Finding.seen_at,
            Finding.state, seen.path, seen.name,
        )
        .outerjoin(Location, Location.id == Finding.recorded_location_id)
        .outerjoin(seen, seen.id == Finding.seen_location_id)
        .where(Finding.audit_id == audit_id, Finding.asset_id.in_(ids))
    ).all()  # fmt: skip
    lifted = lift_paths(session, {row[4] for row in rows}, find_depth(session, audit_id))
    for asset_id, is_expected, recorded, holder_id, path, *rest in rows:
        was = known[asset_id or 0]  # it was requested by its id
        stage = Stage(recorded) if recorded else None
        expected = Expectation(is_expected, lifted[path], holder_id, stage)
        known[asset_id or 0] = _Known(was.tag, was.name, expected, *rest)
    return known


# -- after it was recorded ---------------------------------------------------------------------


def load_results(session: Session, *, shot: Shot, may_see_expected: bool) -> list[Label]:
    """Return what each label of a recorded picture was recorded as, from the stored answers."""
    rows = {
        str(scan_id): (decode_answer(answer), undone)
        for scan_id, answer, undone in session.execute(
            select(Scan.scan_id, Scan.answer, is_undone())
            .join(ScanPicture, ScanPicture.scan_id == Scan.scan_id)
            .where(ScanPicture.shot_id == shot.id)
        )
    }
    labels = []
    for symbol in shot.symbols:
        told = rows.get(symbol["scan_id"])
        if symbol["problem"]:
            labels.append(_unfit(symbol))
        elif told is None:
            labels.append(_make(symbol, "dropped", detail="Not recorded."))
        else:
            labels.append(_result(symbol, *told, may_see_expected=may_see_expected))
    return labels


def _result(
    symbol: dict[str, Any], answer: Answer, undone: bool, *, may_see_expected: bool
) -> Label:
    tag = answer.asset.asset_tag if answer.asset else None
    title = answer.asset.name if answer.asset else ""
    is_seen_before = answer.answer is AnswerKind.ALREADY_SCANNED
    found: str = answer.answer.value
    flags: tuple[str, ...] = ()
    if answer.finding is not None:
        flags = tuple(flag for flag in answer.finding.flags if flag != "no_place")
        if answer.answer is not AnswerKind.REFUSED:
            found = FINDING_KINDS[FindingState(answer.finding.state)].shelf_answer
    if answer.answer is AnswerKind.TWO_ROOMS:
        found = answer.answer.value
    if answer.outcome is Outcome.AMBIGUOUS:
        found = "ambiguous"
    if not may_see_expected and answer.outcome is Outcome.NOTED:
        return _make(
            symbol, "seen", name=tag or "", title=title, detail="Recorded.",
            asset_tag=tag, is_undone=undone,
        )  # fmt: skip
    return _make(
        symbol, found, name=tag or "", title=title,
        # If everything is as expected, the badge already shows so.
        detail="" if found == "fine" and not is_seen_before else answer.message,
        flags=flags, asset_tag=tag, is_seen_before=is_seen_before, is_undone=undone,
    )  # fmt: skip

"""What writing and binding tags needs: assets by any code, and who has a code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import Reading, TagRules, read_code
from scanner_app.domain.readers.new_read import Change, read_words
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.models import Asset, Identifier, Location, Person, RegisterChange, Scan
from scanner_app.queries.scanning.codes import CodeIndex, values_of

Code = tuple[str, str]
# The schemes that a radio tag may carry. An asset's other codes are printed.
TAG_SCHEMES = ("giai", "grai", "sgtin", "epc", "tid")


@dataclass(frozen=True, slots=True)
class Labelled:
    """An asset and the radio codes that mean it now, in the order in which it got them."""

    id: int
    asset_tag: str
    name: str
    status: str
    codes: tuple[Code, ...]

    def value_of(self, scheme: str) -> str | None:
        """Return its first code of a scheme."""
        return next((value for name, value in self.codes if name == scheme), None)


@dataclass(frozen=True, slots=True)
class Meant:
    """What a scanned code stands for: an asset, something else, or nothing.

    :param kind: `asset`, `location`, `person`, `unregistered` or `ambiguous`.
    :param name: what a person calls it; empty if it stands for nothing.
    """

    kind: str
    name: str = ""
    asset: Labelled | None = None


def find_meaning(session: Session, reading: Reading, *, now: datetime) -> Meant:
    """Return what a reading means now."""
    return find_meanings(session, [reading], now=now)[0]


def find_meanings(session: Session, readings: Sequence[Reading], *, now: datetime) -> list[Meant]:
    """Return what each reading means now, with three selects."""
    register = CodeIndex(
        session.connection(), {value for reading in readings for value in values_of(reading)}
    )
    meanings = [register.find(reading, at=now) for reading in readings]
    assets = load_labelled(session, {m.id for m in meanings if m.kind == "asset" and m.id})
    names: dict[tuple[str, int], str] = {}
    for kind, table in (("location", Location), ("person", Person)):
        wanted = {m.id for m in meanings if m.kind == kind and m.id}
        if wanted:
            rows = session.execute(select(table.id, table.name).where(table.id.in_(wanted)))
            names |= {(kind, row[0]): row[1] for row in rows}
    found = []
    for meaning in meanings:
        asset = assets.get(meaning.id) if meaning.kind == "asset" and meaning.id else None
        name = asset.asset_tag if asset else names.get((meaning.kind, meaning.id or 0), "")
        found.append(Meant(meaning.kind, name, asset))
    return found


def find_asset(session: Session, text: str, *, rules: TagRules, now: datetime) -> Labelled | None:
    """Return the asset that a tag or any other of its codes means, None if it means no asset."""
    return find_meaning(session, read_code(text, rules=rules), now=now).asset


def load_labelled(session: Session, ids: Iterable[int]) -> dict[int, Labelled]:
    """Return assets with their radio codes, by id."""
    wanted = set(ids)
    if not wanted:
        return {}
    codes: dict[int, list[Code]] = defaultdict(list)
    for asset_id, scheme, value in session.execute(
        select(Identifier.asset_id, Identifier.scheme, Identifier.value)
        .where(
            Identifier.asset_id.in_(wanted),
            Identifier.scheme.in_(TAG_SCHEMES),
            Identifier.ended_at.is_(None),
        )
        .order_by(Identifier.id)
    ):
        assert asset_id is not None  # noqa: S101 - it is one of those asked for
        codes[asset_id].append((scheme, value))
    rows = session.execute(
        select(Asset.id, Asset.asset_tag, Asset.name, Asset.status).where(Asset.id.in_(wanted))
    )
    return {
        id_: Labelled(id_, tag, name, status.value, tuple(codes[id_]))
        for id_, tag, name, status in rows
    }


# -- what a reader has before it ----------------------------------------------------------------

MAX_READS = 500
LEFT, STAYED = Change.DEPARTED, frozenset({Change.PRESENT, Change.MOVED})


@dataclass(frozen=True, slots=True)
class SeenTag:
    """A tag that a reader saw: its best strength, when it came, and what it means now.

    :param has_come: it arrived after the given moment; otherwise it was there before and still is.
    """

    code: str
    rssi: float | None
    first_at: datetime
    has_come: bool
    meant: Meant

    @property
    def is_free(self) -> bool:
        """Return whether it stands for nothing yet."""
        return self.meant.kind == "unregistered"


def list_seen_tags(
    session: Session, *, reader_name: str, since: datetime, rules: TagRules, now: datetime
) -> list[SeenTag]:
    """Return the tags that a reader posted since a moment, the strongest first."""
    rows = session.execute(
        select(Scan.code, Scan.reader_said, Scan.recorded_at)
        .where(
            Scan.device == reader_name,
            Scan.source == "rfid",
            Scan.recorded_at > since,
        )
        .order_by(Scan.recorded_at.desc())
        .limit(MAX_READS)
    )
    loudest: dict[str, float | None] = {}
    first: dict[str, datetime] = {}
    come: set[str] = set()
    for code, said, at in rows:
        rssi, change = read_words(said)
        if change == LEFT:
            continue  # it is no longer there
        heard = [one for one in (loudest.get(code), rssi) if one is not None]
        loudest[code] = max(heard, default=None)
        first[code] = at
        if change not in STAYED:
            come.add(code)
    codes = list(first)
    readings = [read_code(code, symbology="rfid", rules=rules) for code in codes]
    meanings = find_meanings(session, readings, now=now)
    seen = [
        SeenTag(code, loudest[code], first[code], code in come, meant)
        for code, meant in zip(codes, meanings, strict=True)
    ]
    return sorted(seen, key=lambda tag: (tag.rssi is None, -(tag.rssi or 0.0), tag.code))


# -- what was bound -----------------------------------------------------------------------------

LOOK_BACK = 2000


@dataclass(frozen=True, slots=True)
class Bound:
    """One change of an asset's codes by this actor.

    :param lost: codes that it ended, as `scheme:value`; `gained` likewise.
    :param is_standing: what it gained still means this asset, so it can be undone.
    """

    id: int
    asset_tag: str
    asset_name: str
    at: datetime
    lost: tuple[Code, ...]
    gained: tuple[Code, ...]
    is_standing: bool


def list_bound(session: Session, *, actor: str, limit: int) -> list[Bound]:
    """Return the newest changes of codes by an actor, newest first."""
    newest = session.scalar(select(func.max(RegisterChange.id))) or 0
    rows = session.execute(
        select(
            RegisterChange.id,
            RegisterChange.asset_id,
            RegisterChange.at,
            RegisterChange.changes,
            Asset.asset_tag,
            Asset.name,
        )
        .join(Asset, Asset.id == RegisterChange.asset_id)
        # The table has no index by actor, so only its newest rows are searched.
        .where(RegisterChange.id > newest - LOOK_BACK, RegisterChange.actor == actor)
        .where(RegisterChange.kind == ChangeKind.EDITED)
        .order_by(RegisterChange.id.desc())
        .limit(limit * 4)
    ).all()
    read = [(row, read_codes(row.changes)) for row in rows]
    told = [(row, codes) for row, codes in read if codes is not None and any(codes)][:limit]
    held = load_labelled(session, {row.asset_id for row, _ in told})
    return [
        Bound(
            row.id,
            row.asset_tag,
            row.name,
            row.at,
            lost,
            gained,
            bool(gained) and set(gained) <= set(held[row.asset_id].codes),
        )
        for row, (lost, gained) in told
    ]


def read_codes(changes: Mapping[str, Any]) -> tuple[tuple[Code, ...], tuple[Code, ...]] | None:
    """Return the radio codes that a change ended and began; None if it changed none."""
    told = changes.get("identifiers")
    if not isinstance(told, list) or len(told) != 2:  # noqa: PLR2004 - before and after
        return None
    lost, gained = (_read_shown(text) for text in told)
    return lost, gained


def _read_shown(text: object) -> tuple[Code, ...]:
    pairs = [one.partition(":") for one in text.split()] if isinstance(text, str) else []
    return tuple((scheme, value) for scheme, _, value in pairs if scheme in TAG_SCHEMES and value)

"""What the writing and the binding of tags need to know: assets by any code, and who has a code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.decoding.identifiers import Reading, TagRules, read_code
from scanner_app.models import Asset, Identifier, Location, Person
from scanner_app.queries.resolution import Register, values_of

Code = tuple[str, str]
# The schemes of what a radio tag may carry; the rest of an asset's codes are printed.
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
        """Give its first code of a scheme."""
        return next((value for name, value in self.codes if name == scheme), None)


@dataclass(frozen=True, slots=True)
class Meant:
    """What a scanned code stands for: an asset, something else, or nothing.

    :param kind: `asset`, `location`, `person`, `unregistered` or `ambiguous`.
    :param name: what a person calls it; empty for nothing.
    """

    kind: str
    name: str = ""
    asset: Labelled | None = None


def find_meaning(session: Session, reading: Reading, *, now: datetime) -> Meant:
    """Give what a reading stands for now."""
    return find_meanings(session, [reading], now=now)[0]


def find_meanings(session: Session, readings: Sequence[Reading], *, now: datetime) -> list[Meant]:
    """Give what each reading stands for now, by three selects."""
    register = Register(session, {value for reading in readings for value in values_of(reading)})
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
    """Give the asset that a tag or any other of its codes means, None where none is meant."""
    return find_meaning(session, read_code(text, rules=rules), now=now).asset


def load_labelled(session: Session, ids: Iterable[int]) -> dict[int, Labelled]:
    """Give assets with their radio codes, by id."""
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

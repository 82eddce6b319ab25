"""Tags that someone is looking for: their codes, and how strongly each was heard just now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.decoding.epc import EpcError, encode_elements
from scanner_app.domain.errors import NotFound
from scanner_app.domain.readers.signal import Sample
from scanner_app.domain.text import is_storable
from scanner_app.models import Asset, Identifier, Location, Reader, ReadPoint, Scan, TagWatch

# The codes of one tag: those in the register, those read before, and the forms of its GS1 key.
MAX_CODES = 160
# Read before: a tag off the shelf with a number that nobody wrote down, found by its GS1 key or
# alias.
READ_BEFORE = 8
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){4,64}", re.ASCII)
_FILTERS = range(8)
_PREFIX_LENGTHS = range(6, 13)


@dataclass(frozen=True, slots=True)
class Sought:
    """The asset that someone is looking for, and where it was last seen."""

    id: int
    asset_tag: str
    name: str
    location_name: str | None
    last_seen_at: datetime | None
    last_seen_location_name: str | None


def get_sought(session: Session, asset_tag: str) -> Sought:
    """Return the asset with this tag.

    :raises NotFound: no asset has it.
    """
    if not is_storable(asset_tag):
        raise NotFound("That asset does not exist.")
    here, seen = Location.__table__.alias("here"), Location.__table__.alias("seen")
    row = session.execute(
        select(
            Asset.id, Asset.asset_tag, Asset.name, here.c.name, Asset.last_seen_at, seen.c.full_name
        )
        .outerjoin(here, here.c.id == Asset.location_id)
        .outerjoin(seen, seen.c.id == Asset.last_seen_location_id)
        .where(Asset.tag_key == tag_key(asset_tag))
    ).one_or_none()
    if row is None:
        raise NotFound("That asset does not exist.")
    return Sought(*row)


def find_tag_codes(session: Session, asset_id: int) -> list[str]:
    """Return the codes, in upper-case hex, by which readers may report the tag of an asset.

    Readers do not know the register. A GS1 key is returned in each form in which a tag may hold it,
    because the key shows neither the length of the company prefix nor the filter value.
    """
    rows = session.execute(
        select(Identifier.scheme, Identifier.value).where(
            Identifier.asset_id == asset_id, Identifier.ended_at.is_(None)
        )
    ).all()
    codes = [value for scheme, value in rows if scheme in {"epc", "tid", "alias", "tag", "serial"}]
    codes += session.scalars(
        select(Scan.code)
        .where(Scan.asset_id == asset_id, Scan.source == "rfid")
        .order_by(Scan.effective_at.desc())
        .limit(READ_BEFORE)
    )
    for scheme, value in rows:
        codes += _write_key(scheme, value)
    found = dict.fromkeys(code.upper() for code in codes if _HEX.fullmatch(code))
    return list(found)[:MAX_CODES]


def _write_key(scheme: str, value: str) -> list[str]:
    """Return the binary forms of a GS1 key."""
    if scheme not in _ELEMENTS:
        return []
    short, long, plus = _ELEMENTS[scheme]
    elements = _split(scheme, value)
    found: list[str] = []
    for name in (short, long):
        # The long form is for keys with letters, which the short form cannot hold.
        if not found:
            found = [c for n in _PREFIX_LENGTHS for c in _try_to_encode(elements, name, n)]
    return found + _try_to_encode(elements, plus, None)


def _try_to_encode(elements: dict[str, str], scheme: str, length: int | None) -> list[str]:
    try:
        texts = [
            encode_elements(elements, scheme=scheme, filter_=filter_, prefix_length=length)
            for filter_ in _FILTERS
        ]
    except (EpcError, ValueError):
        return []  # the key does not fit this form, so no tag holds it
    # Tags store whole words of 16 bits.
    return [text + "0" * (-len(text) % 4) for text in texts]


_ELEMENTS = {
    "giai": ("giai-96", "giai-202", "giai+"),
    "grai": ("grai-96", "grai-170", "grai+"),
    "sgtin": ("sgtin-96", "sgtin-198", "sgtin+"),
}


def _split(scheme: str, value: str) -> dict[str, str]:
    if scheme == "sgtin":
        gtin, _, serial = value.partition(".")
        return {"01": gtin, "21": serial}
    return {{"giai": "8004", "grai": "8003"}[scheme]: value}


def list_watched_codes(session: Session, *, now: datetime) -> list[str]:
    """Return the codes of all tags that someone is looking for now."""
    found: dict[str, None] = {}
    for codes in session.scalars(
        select(TagWatch.codes).where(TagWatch.expires_at > now).order_by(TagWatch.id)
    ):
        found.update(dict.fromkeys(codes))
    return list(found)


def list_samples(session: Session, asset_id: int) -> list[Sample]:
    """Return the samples of an asset's tag since the search began."""
    signals = session.scalar(select(TagWatch.signals).where(TagWatch.asset_id == asset_id))
    return [Sample(*row) for row in (signals or {}).get("heard", [])]


def find_ear(session: Session, reader_name: str, antenna: int) -> str:
    """Return the words for where an antenna looks: its location, else the reader's name."""
    rows = session.execute(
        select(ReadPoint.antenna, Location.name)
        .join(Reader, Reader.id == ReadPoint.reader_id)
        .join(Location, Location.id == ReadPoint.location_id)
        .where(Reader.name == reader_name, ReadPoint.antenna.in_((antenna, 0)))
    ).all()
    places: dict[int, str] = {number: name for number, name in rows}  # noqa: C416 - rows are no pairs to mypy
    place = places.get(antenna) or places.get(0)
    return f"{place} ({reader_name})" if place else reader_name


def has_readers(session: Session) -> bool:
    """Return whether any reader is set up and switched on."""
    return session.scalar(select(Reader.id).where(Reader.is_active).limit(1)) is not None

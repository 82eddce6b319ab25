"""The codes that mean an asset: begun, ended, and refused where they mean something else already.

A label that is taken off ends; it is never deleted, so an old scan still means what it meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.errors import Conflict
from scanner_app.models import Identifier

CHUNK = 500
Code = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """The codes that one asset is about to get; a new asset has no id yet."""

    asset_id: int | None
    asset_tag: str
    codes: Sequence[Code]

    def shared(self) -> Iterator[Code]:
        """Give the codes that may stand for one thing only: makers reuse serial numbers."""
        return (code for code in self.codes if code[0] != "serial")


def show_codes(lost: Sequence[Code], gained: Sequence[Code]) -> dict[str, list[Any]]:
    """Give codes that went and came as the history keeps them."""
    if not lost and not gained:
        return {}
    shown = [" ".join(f"{scheme}:{value}" for scheme, value in codes) for codes in (lost, gained)]
    return {"identifiers": [shown[0] or None, shown[1] or None]}


def open_codes(session: Session, ids: Sequence[int]) -> dict[int, set[Code]]:
    """Give the codes that mean each asset now."""
    held: dict[int, set[Code]] = defaultdict(set)
    for asset_id, scheme, value in session.execute(
        select(Identifier.asset_id, Identifier.scheme, Identifier.value).where(
            Identifier.asset_id.in_(ids), Identifier.ended_at.is_(None)
        )
    ):
        if asset_id is not None:
            held[asset_id].add((scheme, value))
    return held


def refuse_taken(session: Session, claims: Sequence[Claim]) -> None:
    """Let claims pass whose codes mean nothing else.

    :raises Conflict: a code belongs to something else, or two of the claims want it.
    """
    wanted: dict[Code, Claim] = {}
    for claim in claims:
        for code in claim.shared():
            if wanted.setdefault(code, claim) is not claim:
                raise _taken(code, claim.asset_tag)
    values = sorted({value for _, value in wanted})
    for start in range(0, len(values), CHUNK):
        rows = session.execute(
            select(Identifier.scheme, Identifier.value, Identifier.asset_id).where(
                Identifier.value.in_(values[start : start + CHUNK]), Identifier.ended_at.is_(None)
            )
        )
        for scheme, value, holder in rows:
            owner = wanted.get((scheme, value))
            if owner is not None and (holder is None or holder != owner.asset_id):
                raise _taken((scheme, value), owner.asset_tag)


def _taken(code: Code, tag: str) -> Conflict:
    scheme, value = code
    if scheme == "tag" and value == tag_key(tag):
        return Conflict(f"The asset tag {tag} is taken already. Choose another.", code="tag_taken")
    return Conflict(
        f"The code {value} ({scheme}) for {tag} belongs to something else already.",
        code="identifier_taken",
    )


def start_codes(session: Session, codes: Sequence[tuple[int, Code]], now: datetime) -> None:
    """Let codes mean their assets from now on."""
    rows = [
        {"asset_id": asset_id, "scheme": scheme, "value": value, "started_at": now}
        for asset_id, (scheme, value) in codes
    ]
    for start in range(0, len(rows), CHUNK):
        session.execute(insert(Identifier), rows[start : start + CHUNK])


def end_codes(session: Session, codes: Sequence[tuple[int, Code]], now: datetime) -> None:
    """Let codes mean their assets no longer; what they meant until now stays known."""
    if not codes:
        return
    statement = (
        update(Identifier)
        .where(
            Identifier.asset_id == bindparam("the_asset"),
            Identifier.scheme == bindparam("the_scheme"),
            Identifier.value == bindparam("the_value"),
            Identifier.ended_at.is_(None),
        )
        .values(ended_at=now)
    )
    session.connection().execute(
        statement,
        [
            {"the_asset": asset_id, "the_scheme": scheme, "the_value": value}
            for asset_id, (scheme, value) in codes
        ],
    )

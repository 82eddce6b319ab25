"""Register a delivery: many assets that differ by tag and serial number alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Invalid
from scanner_app.models import Asset, AssetModel, Identifier
from scanner_app.services.register.by_hand import create_asset
from scanner_app.services.register.fields import MAX_TAG

MAX_RECEIVED = 200
_NUMBERED = re.compile(r"(.*?)(\d{1,12})", re.DOTALL)


def propose_tags(session: Session, *, first: str, count: int) -> list[str]:
    """Return the next free tags from one on: its number counts up, as wide as it is.

    :raises Invalid: the tag does not end with a number, or becomes too long.
    """
    found = _NUMBERED.fullmatch(first.strip())
    if found is None:
        raise Invalid(
            "The first tag must end with a number.",
            errors={"first_tag": ["End it with a number, such as LT-0661."]},
        )
    prefix, number = found[1], int(found[2])
    tags: list[str] = []
    while len(tags) < count:
        batch = [f"{prefix}{number + i:0{len(found[2])}d}" for i in range(MAX_RECEIVED)]
        number += MAX_RECEIVED
        keys = {tag_key(tag): tag for tag in batch}
        taken = set(
            session.scalars(
                select(Identifier.value).where(
                    Identifier.scheme == "tag",
                    Identifier.value.in_(list(keys)),
                    Identifier.ended_at.is_(None),
                )
            )
        )
        tags += [tag for key, tag in keys.items() if key not in taken]
    tags = tags[:count]
    if any(len(tag) > MAX_TAG for tag in tags):
        raise Invalid("The tags become too long.", errors={"first_tag": ["Too long."]})
    return tags


def find_last_tag(session: Session, *, model: str) -> str | None:
    """Return the tag with the largest number among the assets of a model, None without any."""
    return session.scalar(
        select(Asset.asset_tag)
        .join(AssetModel, AssetModel.id == Asset.model_id)
        .where(func.lower(AssetModel.name) == model.strip().lower())
        .order_by(func.length(Asset.tag_key).desc(), Asset.tag_key.desc())
        .limit(1)
    )


def find_known_serials(session: Session, serials: Sequence[str]) -> dict[str, str]:
    """Return the tag of an asset that has each of these serial numbers already."""
    keys = {tag_key(serial): serial for serial in serials}
    rows = session.execute(
        select(Identifier.value, Asset.asset_tag)
        .join(Asset, Asset.id == Identifier.asset_id)
        .where(
            Identifier.scheme == "serial",
            Identifier.value.in_(list(keys)),
            Identifier.ended_at.is_(None),
        )
        .order_by(Asset.id)
    )
    return {keys[value]: tag for value, tag in rows}


def receive_assets(
    session: Session,
    *,
    values: Mapping[str, Any],
    pairs: Sequence[tuple[str, str]],
    actor: Actor,
    now: datetime,
) -> list[int]:
    """Create an asset of each pair of tag and serial number; all of them or none. Return their ids.

    :param values: the fields that all have, as for `create_asset`.
    :raises Invalid: a value cannot be used, or names nothing.
    :raises Conflict: a tag is already in use.
    """
    return [
        create_asset(
            session,
            values={**values, "asset_tag": tag, "serial_number": serial or None},
            actor=actor,
            now=now,
        )
        for tag, serial in pairs
    ]

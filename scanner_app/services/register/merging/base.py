"""What every merge of two spellings does: tell what it changes, write each asset's history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Invalid
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.services.register.plan import AssetChange
from scanner_app.services.register.write import change_assets


@dataclass(frozen=True, slots=True)
class Merge:
    """How many assets and models a merge changes, and contracts, orders and stock items."""

    assets: int
    models: int = 0
    others: int = 0


def refuse_same() -> Invalid:
    """Return the error for a merge of a thing with itself."""
    return Invalid("Choose two different ones.", errors={"new": ["Choose another one."]})


def edit_assets(
    session: Session, ids: Sequence[int], fields: dict[str, Any], *, actor: Actor, now: datetime
) -> None:
    """Change the fields of assets, each with the change in its history."""
    changes = [AssetChange(id_, fields) for id_ in ids]
    change_assets(session, changes=changes, kind=ChangeKind.EDITED, actor=actor.key, now=now)

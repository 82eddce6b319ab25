"""What a page needs that offers to extend loans and to hand them on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Action
from scanner_app.edge.guard import require_actor
from scanner_app.queries.register.asset_rows import AssetRow
from scanner_app.queries.register.people import list_people

OFFERED = 200


def offer_lending(session: Session, assets: Sequence[AssetRow]) -> dict[str, Any]:
    """Return whether loans may be changed here, and who something may be handed on to."""
    may_lend = require_actor().can(Action.CHANGE_CUSTODY) and any(
        asset.custodian_name for asset in assets
    )
    people = list_people(session, limit=OFFERED).rows if may_lend else []
    return {"may_lend": may_lend, "people": people, "new_scan_id": uuid4}

"""Assets created and changed in bulk, and what was written of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.models import (
    Identifier,
    RegisterChange,
)
from scanner_app.services.register.plan import AssetChange, AssetDraft
from scanner_app.services.register.write import change_assets, create_assets

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = START + timedelta(hours=1)


def create(session, *drafts: AssetDraft, now=START) -> list[int]:
    return create_assets(session, drafts=drafts, kind=ChangeKind.CREATED, actor="user:1", now=now)


def change(
    session, asset_id: int, *, now=LATER, kind=ChangeKind.EDITED, add=(), end=(), **fields
) -> int:
    changes = [AssetChange(asset_id, fields, add_identifiers=add, end_identifiers=end)]
    return change_assets(session, changes=changes, kind=kind, actor="user:1", now=now)


def draft(tag: str, *codes: tuple[str, str], **fields) -> AssetDraft:
    return AssetDraft(fields={"asset_tag": tag, **fields}, identifiers=codes)


def codes_of(session, asset_id: int) -> set[tuple[str, str, bool]]:
    rows = session.execute(
        select(Identifier.scheme, Identifier.value, Identifier.ended_at).where(
            Identifier.asset_id == asset_id
        )
    )
    return {(scheme, value, ended_at is None) for scheme, value, ended_at in rows}


def newest_change(session, asset_id: int) -> RegisterChange:
    return session.scalars(
        select(RegisterChange)
        .where(RegisterChange.asset_id == asset_id)
        .order_by(RegisterChange.id.desc())
        .limit(1)
    ).one()

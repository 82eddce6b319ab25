"""The members of an audit: its assets in the words that it froze."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case

from scanner_app.models import Asset, AuditMember, Finding


def join_members(statement: Select[Any]) -> Select[Any]:
    """Return a select over findings with their members joined, where they have one."""
    is_member = and_(
        AuditMember.audit_id == Finding.audit_id, AuditMember.asset_id == Finding.asset_id
    )
    return statement.outerjoin(AuditMember, is_member)


def frozen(word: Any, live: Any) -> ColumnElement[Any]:
    """Return a word as it was frozen; as it is now of an asset that was not.

    Not by COALESCE: what had no serial number at the freeze has none in the audit.
    """
    return case((AuditMember.asset_id.is_not(None), word), else_=live)


CURRENCY = frozen(AuditMember.currency, Asset.currency)

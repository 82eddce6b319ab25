"""The members of an audit: its assets in the words that it froze."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.sampling.population import PopulationRow
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


def load_population(session: Session, audit_id: int) -> list[PopulationRow]:
    """Return the population as its hash holds it."""
    rows = session.execute(
        select(
            AuditMember.asset_tag,
            AuditMember.location,
            AuditMember.custodian,
            AuditMember.status,
            AuditMember.value_cents,
            AuditMember.currency,
        ).where(AuditMember.audit_id == audit_id, AuditMember.is_expected)
    )
    return [
        PopulationRow(tag, place or "", person or "", status or "", value, currency or "")
        for tag, place, person, status, value, currency in rows
    ]


CURRENCY = frozen(AuditMember.currency, Asset.currency)

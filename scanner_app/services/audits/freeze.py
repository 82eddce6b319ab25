"""Freeze the words of what an audit found without expecting it."""

from __future__ import annotations

from sqlalchemy import and_, exists, func, insert, select
from sqlalchemy.orm import Session

from scanner_app.models import Asset, AuditMember, Category, Finding, Location, Person


def freeze_extras(session: Session, audit_id: int) -> None:
    """Insert a member for each asset that was seen and is not of the population.

    Its words are those of the register at the end, and what it was compared with.
    """
    columns = {
        "audit_id": Finding.audit_id,
        "asset_id": Finding.asset_id,
        "is_expected": Finding.is_expected,
        "asset_tag": Asset.asset_tag,
        "name": Asset.name,
        "serial_number": Asset.serial_number,
        "category": Category.name,
        "location": Location.code,
        "location_name": Location.name,
        "location_path": Location.full_name,
        "custodian": func.coalesce(Person.number, Person.name),
        "custodian_name": Person.name,
        "status": Finding.recorded_status,
        "value_cents": Finding.value_cents,
        "currency": Asset.currency,
        "location_id": Finding.recorded_location_id,
        "custodian_id": Finding.recorded_custodian_id,
    }
    member = AuditMember.__table__
    is_member = and_(member.c.audit_id == Finding.audit_id, member.c.asset_id == Finding.asset_id)
    words = (
        select(*columns.values())
        .select_from(Finding)
        .join(Asset, Asset.id == Finding.asset_id)
        .outerjoin(Category, Category.id == Asset.category_id)
        .outerjoin(Location, Location.id == Finding.recorded_location_id)
        .outerjoin(Person, Person.id == Finding.recorded_custodian_id)
        .where(Finding.audit_id == audit_id, ~Finding.is_expected, ~exists().where(is_member))
    )
    session.execute(insert(AuditMember).from_select(list(columns), words))

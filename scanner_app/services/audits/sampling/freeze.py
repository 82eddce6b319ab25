"""Freeze the population of an audit in words, so that nothing changes what is expected."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import Text as SqlText
from sqlalchemy import func, insert, literal, select, type_coerce
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.holdings.holdings import PART as HOLDINGS
from scanner_app.domain.audits.sampling.plan import plan_of
from scanner_app.domain.audits.sampling.population import hash_population
from scanner_app.models import Asset, Audit, AuditMember, Category, Location, Person
from scanner_app.queries.audits.acts import find_act
from scanner_app.queries.audits.sampling.members import list_members
from scanner_app.queries.audits.scope import scope_condition
from scanner_app.services.audits.sampling.holdings import freeze_holdings
from scanner_app.services.seals.acts import record_act

NONCE_BYTES = 32


def freeze_population(session: Session, audit: Audit, *, actor: Actor, now: datetime) -> None:
    """Write down every asset that the scope covers, and the hash of the list.

    If a sample is drawn later, a nonce is made too. Its hash binds the service before anyone types
    a seed.

    :raises Invalid: the scope names something that no longer exists.
    """
    condition = scope_condition(session, audit.scope, now=now)
    columns = {
        "audit_id": literal(audit.id),
        "asset_id": Asset.id,
        "is_expected": literal(True),
        "asset_tag": Asset.asset_tag,
        "name": Asset.name,
        "serial_number": Asset.serial_number,
        "category": Category.name,
        "location": Location.code,
        "location_name": Location.name,
        "location_path": Location.full_name,
        "custodian": func.coalesce(Person.number, Person.name),
        "custodian_name": Person.name,
        "status": type_coerce(Asset.__table__.c.status, SqlText),
        "value_cents": Asset.purchase_cost_cents,
        "currency": Asset.currency,
        "location_id": Asset.location_id,
        "custodian_id": Asset.custodian_id,
    }
    source = (
        select(*columns.values())
        .select_from(Asset)
        .outerjoin(Category, Category.id == Asset.category_id)
        .outerjoin(Location, Location.id == Asset.location_id)
        .outerjoin(Person, Person.id == Asset.custodian_id)
        .where(condition)
        .order_by(Asset.id)
    )
    session.execute(insert(AuditMember).from_select(list(columns), source))
    audit.frozen_at = now
    members = list_members(session, audit.id)
    audit.population_sha256 = hash_population(member.row for member in members)
    about: dict[str, Any] = {
        "population": {"count": len(members), "sha256": audit.population_sha256}
    }
    if (held := freeze_holdings(session, audit, now=now)) is not None:
        about[HOLDINGS] = held
    if plan_of(audit.plan).needs_draw:
        audit.nonce = make_nonce()
        about["nonce_sha256"] = hash_nonce(audit.nonce)
    record_act(session, kind=ActKind.FROZEN, actor=actor, now=now, audit_id=audit.id, about=about)


def load_population(session: Session, audit_id: int) -> dict[str, Any] | None:
    """Return count, hash and time of a frozen list, and the hash of the next nonce."""
    audit = session.get(Audit, audit_id)
    if audit is None or audit.frozen_at is None:
        return None
    frozen = find_act(session, audit_id, ActKind.FROZEN)
    return {
        "count": frozen.about["population"]["count"] if frozen else 0,
        "sha256": audit.population_sha256,
        "frozen_at": audit.frozen_at,
        "nonce_sha256": hash_nonce(audit.nonce) if audit.nonce else None,
    }


def make_nonce() -> str:
    """Return what nobody can know before a draw, in hexadecimal digits."""
    return secrets.token_hex(NONCE_BYTES)


def hash_nonce(nonce: str) -> str:
    """Return the SHA-256 of the bytes of a nonce."""
    return hashlib.sha256(bytes.fromhex(nonce)).hexdigest()

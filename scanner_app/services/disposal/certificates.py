"""Seal certificates: of a consignment as it is closed, or of one medium that stays inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.costs.depreciation import find_book_value
from scanner_app.domain.disposal.certificate import CertificateParts, show_cents
from scanner_app.domain.disposal.consignments import Confirmed, ItemDecision
from scanner_app.domain.disposal.levels import Destination, Level, Medium, find_needed
from scanner_app.domain.disposal.sanitizations import SanitizationState
from scanner_app.domain.seals.chain import SealKind
from scanner_app.domain.seals.leaves import Tree, show_moment
from scanner_app.domain.text import name_language
from scanner_app.models import (
    Asset,
    AssetModel,
    Category,
    Certificate,
    Consignment,
    ConsignmentDocument,
    ConsignmentItem,
    ConsignmentTransfer,
    Sanitization,
    Scan,
)
from scanner_app.queries.costs.asset import find_rule
from scanner_app.queries.seals.leaves import read_leaves
from scanner_app.services.disposal.sanitizations import find_last_use
from scanner_app.services.disposal.writing_off import describe_loss, is_write_off
from scanner_app.services.seals.chain import Sealing, seal_record

# What a certificate says of one try, beside what is written out below.
FACTS = (
    "maker", "model", "serial", "capacity", "is_encrypted", "tool", "tool_version",
    "sample_percent", "reason", "note",
)  # fmt: skip


def is_gone(item: ConsignmentItem) -> bool:
    """Return whether a thing is gone: the recipient has it, or somebody accepts that it is."""
    if item.asset_id is None:
        return False
    return item.confirmed is Confirmed.RECEIVED or item.decision is ItemDecision.ACCEPT


def seal_consignment(
    session: Session,
    row: Consignment,
    items: Sequence[ConsignmentItem],
    *,
    organization: str,
    today: date,
    sealing: Sealing,
) -> str:
    """Seal the certificate of a consignment, and return its number.

    :param items: all of it, with the lines that only the recipient's list has.
    """

    def describe(certificate: str) -> CertificateParts:
        return CertificateParts(
            certificate,
            "disposal",
            sealing.now,
            sealing.version,
            organization,
            _describe_consignment(row),
            [_describe_item(session, row, one, today) for one in items if is_gone(one)],
            [_describe_difference(one) for one in items if one.confirmed != Confirmed.RECEIVED],
            _list_chain(session, row.id),
            _list_papers(session, row.id),
            [{"did": did, **who} for did, who in sorted(row.people.items())],
            _list_scans(session, items),
        )

    return _seal(session, describe, sealing=sealing, consignment_id=row.id)


def seal_sanitization(
    session: Session, row: Sanitization, *, organization: str, sealing: Sealing
) -> str:
    """Seal the certificate of one medium that stays inside, and return its number."""

    def describe(certificate: str) -> CertificateParts:
        asset = session.get_one(Asset, row.asset_id)
        item = {
            "asset_tag": asset.asset_tag,
            "serial": asset.serial_number,
            "needed": _needed(row).word,
            "sanitizations": [_describe_try(row)],
        }
        return CertificateParts(
            certificate,
            "sanitization",
            sealing.now,
            sealing.version,
            organization,
            None,
            [item],
        )

    return _seal(session, describe, sealing=sealing, sanitization_id=row.id)


def _seal(
    session: Session,
    describe: Callable[[str], CertificateParts],
    *,
    sealing: Sealing,
    consignment_id: int | None = None,
    sanitization_id: int | None = None,
) -> str:
    """Seal what is described under the next number, keep the certificate, and return its number."""
    made: dict[str, str] = {}

    def build() -> Mapping[str, Any]:
        made["number"] = _next_number(session, sealing)
        return name_language(sealing.language) | describe(made["number"]).to_json()

    seal = seal_record(
        session, kind=SealKind.CERTIFICATE, audit_id=None, build=build, sealing=sealing
    )
    session.add(
        Certificate(
            number=made["number"],
            consignment_id=consignment_id,
            sanitization_id=sanitization_id,
            seal_number=seal.number,
            made_at=sealing.now,
        )
    )
    session.flush()
    return made["number"]


def certify_if_inside(
    session: Session, sanitization_id: int, *, organization: str, sealing: Sealing
) -> str | None:
    """Seal the certificate of an accepted record whose asset stays inside; None for any other."""
    row = session.get_one(Sanitization, sanitization_id)
    is_inside = row.destination is Destination.REUSE
    if row.state is not SanitizationState.ACCEPTED or not is_inside:
        return None
    return seal_sanitization(session, row, organization=organization, sealing=sealing)


def _next_number(session: Session, sealing: Sealing) -> str:
    """Return the next number of the year. The chain is locked, so nobody else takes it."""
    prefix = f"C-{sealing.now.year}-"
    count = session.scalar(
        select(func.count(Certificate.id)).where(Certificate.number.startswith(prefix))
    )
    return f"{prefix}{(count or 0) + 1}"


def _describe_consignment(row: Consignment) -> dict[str, Any]:
    schemes = [
        {
            "scheme": row.scheme,
            "number": row.scheme_number,
            "ends_on": row.scheme_ends_on.isoformat() if row.scheme_ends_on else None,
        }
    ]
    return {
        "number": f"C{row.id}",
        "method": row.method.value,
        "recipient": row.recipient,
        "schemes": schemes if row.scheme else [],
        "carrier": row.carrier,
        "pickup_on": row.pickup_on.isoformat() if row.pickup_on else None,
    }


def _describe_item(
    session: Session, row: Consignment, item: ConsignmentItem, today: date
) -> dict[str, Any]:
    category_id = func.coalesce(Asset.category_id, AssetModel.category_id)
    asset, model, category = session.execute(
        select(Asset, AssetModel, Category.name)
        .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        .outerjoin(Category, Category.id == category_id)
        .where(Asset.id == item.asset_id)
    ).one()
    tries = _list_counting(session, asset.id)
    return {
        "asset_tag": asset.asset_tag,
        "serial": asset.serial_number,
        "maker": model.manufacturer if model else None,
        "model": model.name if model else None,
        "category": category,
        "box": item.box,
        "weight_g": item.weight_g,
        "classification": max((one.classification for one in tries), default=None),
        "cost": show_cents(asset.purchase_cost_cents),
        "book_value": _find_value(session, asset, today),
        "currency": asset.currency,
        "confirmed": item.confirmed.value if item.confirmed else None,
        "disposition": item.listed.get("disposition") or None,
        "recipient_certificate": item.listed.get("certificate") or None,
        "proceeds": show_cents(item.proceeds_cents),
        "needed": max((_needed(one, row) for one in tries), default=Level.NONE).word,
        "packed_by": item.packed_name,
        "packed_at": show_moment(item.packed_at) if item.packed_at else None,
        "sanitizations": [_describe_try(one) for one in tries],
        **(describe_loss(session, item) if is_write_off(row) else {}),
    }


def _list_counting(session: Session, asset_id: int) -> list[Sanitization]:
    """Return the accepted records of an asset since it was last used."""
    used = find_last_use(session, asset_id)
    statement = select(Sanitization).where(
        Sanitization.asset_id == asset_id, Sanitization.state == SanitizationState.ACCEPTED
    )
    if used is not None:
        statement = statement.where(Sanitization.performed_at > used)
    return list(session.scalars(statement.order_by(Sanitization.id)))


def _needed(one: Sanitization, row: Consignment | None = None) -> Level:
    if one.medium is Medium.NO_MEDIUM:
        return Level.NONE
    return find_needed(row.method if row else one.destination, one.classification)


def _describe_try(one: Sanitization) -> dict[str, Any]:
    people = {
        f"{did}_{name}": value
        for did in ("performed", "verified", "validated")
        for name, value in (
            ("by", getattr(one, f"{did}_name")),
            ("person", getattr(one, f"{did}_by")),
            ("role", getattr(one, f"{did}_role")),
            ("at", show_moment(getattr(one, f"{did}_at"))),
        )
    }
    return {
        **{name: getattr(one, name) for name in FACTS},
        "medium": one.medium.value,
        "technique": one.technique.value,
        "classification": one.classification.value,
        "destination": one.destination.value,
        "reached": Level(one.level).word,
        "verification": one.verification.value if one.verification else None,
        "result": one.result.value if one.result else None,
        "validation": one.state.value,
        **people,
    }


def _find_value(session: Session, asset: Asset, today: date) -> str | None:
    rule = find_rule(session, asset.id)
    if rule is None or asset.purchase_date is None or asset.purchase_cost_cents is None:
        return None
    value = find_book_value(
        rule, cost_cents=asset.purchase_cost_cents, start=asset.purchase_date, on=today
    )
    return show_cents(value)


def _describe_difference(item: ConsignmentItem) -> dict[str, Any]:
    return {
        "code": item.code,
        "confirmed": item.confirmed.value if item.confirmed else None,
        "decision": item.decision.value if item.decision else None,
        "reason": item.reason,
        "decided_by": item.decided_name,
        "decided_at": show_moment(item.decided_at) if item.decided_at else None,
    }


def _list_chain(session: Session, consignment_id: int) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(ConsignmentTransfer)
        .where(ConsignmentTransfer.consignment_id == consignment_id)
        .order_by(ConsignmentTransfer.position)
    )
    return [{**one.facts, "sha256": one.sha256, "name": f"step {one.position}"} for one in rows]


def _list_papers(session: Session, consignment_id: int) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(ConsignmentDocument)
        .where(ConsignmentDocument.consignment_id == consignment_id)
        .order_by(ConsignmentDocument.id)
    )
    return [{"name": one.filename, "sha256": one.sha256, "size": one.size} for one in rows]


def _list_scans(session: Session, items: Sequence[ConsignmentItem]) -> list[dict[str, Any]]:
    """Return the scans that packed things and that saw them leave, as the log holds them."""
    wanted = [one for item in items for one in (item.scan_id, item.out_scan_id) if one is not None]
    ids = session.scalars(select(Scan.id).where(Scan.scan_id.in_(wanted))).all()
    leaves = read_leaves(session, Tree.SCANS, ids)
    return [{"scan_id": leaf["scan_id"], "leaf": leaf} for _id, leaf in leaves]

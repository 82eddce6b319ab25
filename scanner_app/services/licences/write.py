"""Add a licence to the register, and change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.domain.licences.metrics import product_key
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.kinds import AssetKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Licence
from scanner_app.queries.register.assets import find_asset_id
from scanner_app.queries.register.next_tag import suggest_tag
from scanner_app.services.licences.fields import LicenceFields
from scanner_app.services.licences.notices import tell_seats
from scanner_app.services.register.plan import AssetChange, AssetDraft
from scanner_app.services.register.write import change_assets, create_assets

PREFIX, DIGITS = "LIC-", 4


def lock_licence(session: Session, asset_tag: str) -> Licence:
    """Return a licence by its asset tag, locked.

    :raises NotFound: no licence has the tag.
    """
    found = session.scalar(
        select(Licence)
        .where(Licence.asset_id == find_asset_id(session, asset_tag))
        .with_for_update()
    )
    if found is None:
        raise NotFound(f"{asset_tag[:64]!r} is not a licence. Choose one from the list.")
    return found


def add_licence(
    session: Session,
    *,
    fields: LicenceFields,
    record: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    kind: ChangeKind = ChangeKind.CREATED,
) -> int:
    """Add a licence as an asset of kind software, and return its id.

    :param record: of the asset: `asset_tag` (empty: the next one), `supplier`, and any other of its
        columns, such as `notes`.
    :raises Invalid: the tag cannot be used.
    :raises Conflict: something else has the tag.
    """
    tag = str(record.get("asset_tag") or "").strip()
    drafted = {
        "asset_tag": tag or suggest_tag(session, PREFIX, digits=DIGITS),
        "name": fields.product,
        "kind": AssetKind.SOFTWARE,
        "status": Stage.IN_USE,
        "supplier": str(record.get("supplier") or "").strip()[:200] or None,
        "purchase_date": fields.starts_on,
        "purchase_cost_cents": _price_of_all(fields),
        "currency": fields.currency,
        **{name: value for name, value in record.items() if name not in {"asset_tag", "supplier"}},
    }
    [asset_id] = create_assets(
        session,
        drafts=[AssetDraft(drafted)],
        kind=kind,
        actor=actor.key,
        now=now,
    )
    session.add(
        Licence(
            **asdict(fields) | {"key_hint": fields.key_hint or ""},
            asset_id=asset_id,
            product_key=product_key(fields.product),
            given=0,
            is_overuse_accepted=False,
        )
    )
    session.flush()
    return asset_id


def change_licence(
    session: Session,
    *,
    asset_tag: str,
    fields: LicenceFields,
    accept_overuse: bool,
    actor: Actor,
    now: datetime,
    kind: ChangeKind = ChangeKind.EDITED,
    audit_id: int | None = None,
) -> None:
    """Change a licence.

    :param accept_overuse: it may have fewer seats than are given.
    :param audit_id: the audit that corrects it.
    :raises NotFound: no licence has the tag.
    :raises Conflict: more seats are given than it would have (`seats_below_assigned`).
    """
    row = lock_licence(session, asset_tag)
    is_over = row.given > fields.seats and not fields.allows_overuse
    if is_over and not accept_overuse and not row.is_overuse_accepted:
        raise Conflict(
            f"{row.given:,} seats are given, and it would have {fields.seats:,}. Take"
            f" {row.given - fields.seats:,} back first, or accept it.",
            code="seats_below_assigned",
        )
    row.is_overuse_accepted = is_over
    for name, value in asdict(fields).items():
        if name != "key_hint" or value is not None:
            setattr(row, name, value)
    row.product_key = product_key(fields.product)
    session.flush()
    change = {"name": fields.product, "purchase_cost_cents": _price_of_all(fields)}
    change_assets(
        session,
        changes=[AssetChange(row.asset_id, {**change, "currency": fields.currency})],
        kind=kind,
        actor=actor.key,
        now=now,
        audit_id=audit_id,
    )
    tell_seats(session, row, now=now)


def _price_of_all(fields: LicenceFields) -> int | None:
    return None if fields.unit_price_cents is None else fields.unit_price_cents * fields.seats

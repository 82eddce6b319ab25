"""Decide what becomes of assets that are due, and set what a new one costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.costs.choices import Choice
from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import read_money
from scanner_app.domain.text import is_storable
from scanner_app.models import AssetModel, PlanDecision, ReplacementPrice
from scanner_app.queries.register.assets import find_asset_id

MAX_REASON = 500
MAX_ASSETS = 1000


def decide(
    session: Session,
    *,
    asset_tags: Sequence[str],
    decision: Choice,
    until_on: date | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Record one decision about each asset, and return how many there are.

    :param until_on: with *keep*, the day until which it is kept.
    :raises Invalid: the reason is missing, the day is missing or past, or there are no assets.
    :raises NotFound: an asset does not exist; nothing is recorded.
    """
    errors: dict[str, list[str]] = {}
    reason = " ".join(reason.split())
    if not reason or len(reason) > MAX_REASON or not is_storable(reason):
        errors["reason"] = [f"Say why, in 1 to {MAX_REASON} characters."]
    if decision is Choice.KEEP and (until_on is None or until_on <= now.date()):
        errors["until_on"] = ["Enter a day to come."]
    tags = list(dict.fromkeys(asset_tags))
    if not 1 <= len(tags) <= MAX_ASSETS:
        errors["assets"] = [f"Choose 1 to {MAX_ASSETS:,} assets."]
    if errors:
        raise Invalid("This decision cannot be recorded. Check the fields.", errors=errors)
    session.add_all(
        PlanDecision(
            asset_id=find_asset_id(session, tag),
            decision=decision,
            until_on=until_on if decision is Choice.KEEP else None,
            reason=reason,
            decided_at=now,
            actor=actor.key,
            actor_name=actor.name,
        )
        for tag in tags
    )
    session.flush()
    return len(tags)


def set_replacement_price(
    session: Session, *, model: str, amount: str, actor: Actor, now: datetime
) -> str:
    """Set what a new one of a model costs, and return the model's name.

    :param amount: in the base currency; empty takes the price away.
    :raises Invalid: no model has this name, or the amount cannot be used.
    """
    ids = session.scalars(select(AssetModel.id).where(AssetModel.name == model.strip())).all()
    errors: dict[str, list[str]] = {}
    if not ids:
        errors["model"] = ["No model has this name. Check its spelling."]
    try:
        cents = read_money(amount) if amount.strip() else None
    except ValueError as error:
        errors["amount"] = [str(error)]
    if errors:
        raise Invalid("This price cannot be set. Check the fields.", errors=errors)
    session.execute(delete(ReplacementPrice).where(ReplacementPrice.model_id.in_(ids)))
    if cents is not None:
        session.add_all(
            ReplacementPrice(model_id=id_, amount_cents=cents, set_at=now, actor_name=actor.name)
            for id_ in ids
        )
    session.flush()
    return model.strip()

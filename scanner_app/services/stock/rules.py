"""Minimums: an item becomes low once, and stays low until somebody fills up.

Each time that a rule becomes low it begins an episode. A notice of low stock carries the number of
the episode in its key, so that twenty issues below the minimum make one notice.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Invalid
from scanner_app.domain.notices.causes import low_stock, low_topic
from scanner_app.domain.stock.items import MAX_QUANTITY
from scanner_app.domain.stock.levels import is_low
from scanner_app.models import Location, StockItem, StockRule
from scanner_app.services.notices.raise_notice import clear_topics, raise_notice
from scanner_app.services.stock.ledger import sum_at_places


def update_low(session: Session, item_id: int, *, now: datetime) -> None:
    """Note which rules of an item are low now. The caller holds the item's lock."""
    rules = session.scalars(
        select(StockRule)
        .where(StockRule.stock_item_id == item_id)
        .order_by(StockRule.id)
        .execution_options(populate_existing=True)
    ).all()
    for rule in rules:
        _judge(session, rule, now=now)


def _judge(session: Session, rule: StockRule, *, now: datetime) -> None:
    was_low = rule.is_low
    level = _level_of(session, rule)
    rule.is_low = is_low(level, rule.min_quantity)
    if rule.is_low and not was_low:
        rule.episode += 1
        rule.low_since = now
        _raise_low(session, rule, level, now=now)
    elif not rule.is_low:
        rule.low_since = None
        if was_low:
            clear_topics(session, [low_topic(rule.id)], now=now)
    session.flush()


def _raise_low(session: Session, rule: StockRule, level: int, *, now: datetime) -> None:
    """Raise the notice of a rule that became low, in the transaction of its cause."""
    code, name = session.execute(
        select(StockItem.code, StockItem.name).where(StockItem.id == rule.stock_item_id)
    ).one()
    place = session.scalar(select(Location.name).where(Location.id == rule.location_id))
    notice = low_stock(
        rule.id,
        rule.episode,
        code=code,
        item=name,
        level=level,
        least=rule.min_quantity or 0,
        location=place,
        location_id=rule.location_id,
    )
    raise_notice(session, notice, now=now)


def _level_of(session: Session, rule: StockRule) -> int:
    """Return how many pieces a rule is about: at its location and inside it, or everywhere."""
    if rule.location_id is None:
        return sum_at_places(session, rule.stock_item_id)
    path = session.scalar(select(Location.path).where(Location.id == rule.location_id)) or ""
    inside = select(Location.id).where(Location.path.startswith(path, autoescape=True))
    return sum_at_places(session, rule.stock_item_id, inside)


def set_rule(
    session: Session,
    *,
    item_id: int,
    location_id: int | None,
    least: int | None,
    target: int | None,
    now: datetime,
) -> StockRule:
    """Set the minimum and the target of an item, at a location or at all together.

    Without either, the rule stays with its history and never warns. The caller holds the item's
    lock.

    :raises Invalid: a number cannot be used.
    """
    errors = {}
    for name, value in (("min_quantity", least), ("target_quantity", target)):
        if value is not None and not 0 <= value <= MAX_QUANTITY:
            errors[name] = [f"Give a number from 0 to {MAX_QUANTITY}."]
    if not errors and least is not None and target is not None and target <= least:
        errors["target_quantity"] = ["The target must be above the minimum."]
    if errors:
        raise Invalid("Some fields cannot be used.", errors=errors)
    where = (
        StockRule.location_id.is_(None)
        if location_id is None
        else StockRule.location_id == location_id
    )
    rule = session.scalars(
        select(StockRule).where(StockRule.stock_item_id == item_id, where)
    ).one_or_none()
    if rule is None:
        rule = StockRule(stock_item_id=item_id, location_id=location_id, is_low=False, episode=0)
        session.add(rule)
    rule.min_quantity, rule.target_quantity = least, target
    session.flush()
    _judge(session, rule, now=now)
    return rule

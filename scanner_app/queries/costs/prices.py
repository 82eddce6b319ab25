"""What a new thing costs: as set for its model, else as last paid, else as others cost."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from statistics import median_low

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.costs.rates import Rates
from scanner_app.models import Asset, AssetModel, ReplacementPrice
from scanner_app.queries.costs.asset import load_rates
from scanner_app.queries.register.narrowing import is_there

PAID = (is_there(), Asset.purchase_cost_cents > 0, Asset.purchase_date.is_not(None))


class Prices:
    """The prices of models, and of categories for what has no model with a price.

    :param asked: which models and categories will be asked for, in pairs.
    """

    def __init__(
        self, session: Session, base: str, asked: Collection[tuple[int | None, int | None]]
    ) -> None:
        self.by_model: dict[int | None, int] = {
            row.model_id: row.amount_cents for row in session.scalars(select(ReplacementPrice))
        }
        self.rates = _load_rates(session, base)
        for paid_for, paid in _load_last_paid(session, self.rates).items():
            self.by_model.setdefault(paid_for, paid)
        lacking = {category for model, category in asked if model not in self.by_model}
        self.by_category = {
            category: cents
            for category in lacking
            if (cents := _find_median(session, self.rates, category)) is not None
        }

    def find(self, model_id: int | None, category_id: int | None) -> int | None:
        """Return what a new one costs today, in hundredths of the base; None if nothing says."""
        if model_id in self.by_model:
            return self.by_model[model_id]
        return self.by_category.get(category_id)


def _load_rates(session: Session, base: str) -> Rates:
    """Return the rates of the currencies that assets were bought in."""
    currencies = session.scalars(select(Asset.currency).where(*PAID).distinct())
    return load_rates(session, base, currencies={one for one in currencies if one})


def _load_last_paid(session: Session, rates: Rates) -> dict[int, int]:
    """Return what was paid for each model on the last day that has a rate; the most of a day."""
    of = (Asset.model_id, Asset.currency, Asset.purchase_date)
    rows = session.execute(
        select(*of, func.max(Asset.purchase_cost_cents))
        .where(*PAID, Asset.model_id.is_not(None))
        .group_by(*of)
    )
    newest: dict[int, tuple[date, int]] = {}
    for model_id, currency, on, cents in rows:
        if model_id is None or on is None or cents is None:
            continue
        paid = rates.to_base(cents, currency or rates.base, on)
        if paid is not None and newest.get(model_id, (date.min, 0)) < (on, paid):
            newest[model_id] = on, paid
    return {model_id: paid for model_id, (_, paid) in newest.items()}


def _find_median(session: Session, rates: Rates, category_id: int | None) -> int | None:
    """Return the median of what was paid for things of a category."""
    category = func.coalesce(Asset.category_id, AssetModel.category_id)
    rows = session.execute(
        select(Asset.purchase_cost_cents, Asset.currency, Asset.purchase_date)
        .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        .where(*PAID, category.is_(None) if category_id is None else category == category_id)
    )
    paid = (
        rates.to_base(cents, currency or rates.base, on)
        for cents, currency, on in rows
        if cents is not None and on is not None
    )
    known = [cents for cents in paid if cents is not None]
    return median_low(known) if known else None

"""The quotes of a request, side by side with their scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.procurement.quotes import Offer, Score, score_offers
from scanner_app.models import Quote, Supplier
from scanner_app.queries.costs.asset import load_rates


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """One quote. `price_cents` is for the whole quantity."""

    id: int
    supplier: str
    supplier_id: int
    price_cents: int
    currency: str
    quality: int | None
    warranty_months: int | None
    sla_hours: int | None
    delivery_days: int | None
    ends_on: date | None
    is_chosen: bool
    reason: str
    created_by: str


def list_quotes(session: Session, request_id: int) -> list[QuoteRow]:
    """Return the quotes of a request, the oldest first."""
    rows = session.execute(
        select(Quote, Supplier.name)
        .join(Supplier, Supplier.id == Quote.supplier_id)
        .where(Quote.request_id == request_id)
        .order_by(Quote.id)
    )
    return [
        QuoteRow(
            one.id, name, one.supplier_id, one.price_cents, one.currency, one.quality,
            one.warranty_months, one.sla_hours, one.delivery_days, one.ends_on, one.is_chosen,
            one.reason, one.created_by,
        )
        for one, name in rows
    ]  # fmt: skip


def score_quotes(
    session: Session, rows: Sequence[QuoteRow], *, base: str, today: date
) -> list[Score]:
    """Return the score of each quote, in their order.

    Prices are compared in one currency; one without a rate has no points for its price.
    """
    currencies = {row.currency for row in rows}
    if len(currencies) == 1:
        prices: list[int | None] = [row.price_cents for row in rows]
    else:
        rates = load_rates(session, base, since=today)
        prices = [rates.to_base(row.price_cents, row.currency, today) for row in rows]
    return score_offers(
        [
            Offer(price, row.quality, row.warranty_months, row.sla_hours)
            for price, row in zip(prices, rows, strict=True)
        ]
    )

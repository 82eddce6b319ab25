"""The releases, the rules and the catalogue, as they are looked up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.health import exploited, releases
from scanner_app.domain.health.devices import Lookups
from scanner_app.domain.health.matching import Catalogue, RuleOf
from scanner_app.domain.health.matching import ProductRule as Rule
from scanner_app.models import ProductRelease, ProductRule, Vulnerability

_RELEASE = (
    ProductRelease.product,
    ProductRelease.product_label,
    ProductRelease.cycle,
    ProductRelease.label,
    ProductRelease.released_on,
    ProductRelease.active_until,
    ProductRelease.ends_on,
    ProductRelease.extended_until,
    ProductRelease.is_ended,
    ProductRelease.is_discontinued,
    ProductRelease.latest,
)
_ENTRY = (
    Vulnerability.cve,
    Vulnerability.vendor,
    Vulnerability.product,
    Vulnerability.title,
    Vulnerability.added_on,
    Vulnerability.due_on,
    Vulnerability.ransomware,
)


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule as pages list it."""

    id: int
    of: RuleOf
    prefix: str
    product: str
    cycle: str
    created_by: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much was taken from files."""

    products: int
    releases: int
    vulnerabilities: int
    newest: date | None


def load_lookups(session: Session) -> Lookups:
    """Return all that devices are looked up in: a few thousand rows."""
    rules = session.execute(
        select(ProductRule.of, ProductRule.prefix, ProductRule.product, ProductRule.cycle)
    )
    return Lookups(
        Catalogue((Rule(*row) for row in rules), list_releases(session)),
        exploited.Exploited(list_entries(session)),
    )


def list_releases(session: Session) -> list[releases.Release]:
    """Return all releases."""
    return [releases.Release(*row) for row in session.execute(select(*_RELEASE))]


def list_entries(session: Session) -> list[exploited.Vulnerability]:
    """Return the catalogue of what is exploited."""
    return [exploited.Vulnerability(*row) for row in session.execute(select(*_ENTRY))]


def list_rules(session: Session) -> list[RuleRow]:
    """Return the rules, by what they look at and their prefix."""
    rows = session.execute(
        select(
            ProductRule.id,
            ProductRule.of,
            ProductRule.prefix,
            ProductRule.product,
            ProductRule.cycle,
            ProductRule.created_by,
        ).order_by(ProductRule.of, ProductRule.prefix)
    )
    return [RuleRow(*row) for row in rows]


def count_loaded(session: Session) -> Loaded:
    """Return how much was taken from files."""
    products = func.count(ProductRelease.product.distinct())
    first = session.execute(select(products, func.count()).select_from(ProductRelease)).one()
    second = session.execute(select(func.count(), func.max(Vulnerability.added_on))).one()
    return Loaded(first[0], first[1], second[0], second[1])

"""Keep which names mean a product."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.health.matching import MAX_PREFIX, RuleOf, fold_name
from scanner_app.domain.jobs import JobKind
from scanner_app.models import ProductRelease, ProductRule
from scanner_app.services.jobs.queue import enqueue


def save_rule(
    session: Session,
    *,
    of: str,
    prefix: str,
    product: str,
    cycle: str,
    actor: Actor,
    now: datetime,
) -> ProductRule:
    """Keep that names with a beginning mean a product, in place of what was said of them before.

    :raises Invalid: the product is not known, or a field cannot be used.
    """
    name, product, cycle = fold_name(prefix), product.strip(), cycle.strip()
    errors: dict[str, list[str]] = {}
    if of not in set(RuleOf):
        errors["of"] = ["Choose what the rule looks at."]
    if not name or len(name) > MAX_PREFIX:
        errors["prefix"] = [f"Enter 1 to {MAX_PREFIX} letters or digits."]
    cycles = session.scalars(
        select(ProductRelease.cycle).where(ProductRelease.product == product)
    ).all()
    if not cycles:
        errors["product"] = ["No file that was read has this product. Use its short name."]
    elif of == RuleOf.MODEL and cycle not in cycles:
        errors["cycle"] = ["Choose one of its releases: a model is one of them."]
    if errors:
        raise Invalid("The rule cannot be saved.", errors=errors)
    row = session.scalar(
        select(ProductRule).where(ProductRule.of == RuleOf(of), ProductRule.prefix == name)
    )
    if row is None:
        row = ProductRule(of=RuleOf(of), prefix=name)
        session.add(row)
    # Of a system, the version tells the release.
    row.product, row.cycle = product, cycle if of == RuleOf.MODEL else ""
    row.created_by, row.created_at = actor.name, now
    session.flush()
    enqueue(session, JobKind.DEVICE_CHECK, 0, now=now)
    return row


def remove_rule(session: Session, *, rule_id: int, now: datetime) -> str:
    """Take a rule away, and return what it was about.

    :raises NotFound: the rule does not exist.
    """
    row = session.get(ProductRule, rule_id)
    if row is None:
        raise NotFound("That rule does not exist.")
    name = row.prefix
    session.delete(row)
    enqueue(session, JobKind.DEVICE_CHECK, 0, now=now)
    return name

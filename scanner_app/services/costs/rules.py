"""Save the rules of book values, and say what each stands for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.costs.depreciation import Method, Rule, YearKind, check_rule
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.money import read_money
from scanner_app.domain.text import is_storable
from scanner_app.models import AssetModel, Category, DepreciationRule, DepreciationUse

MAX_NAME = 60
MAX_YEARS = 50
MAX_NUMBER = 12


Errors = dict[str, list[str]]


def read_rule(values: Mapping[str, str]) -> Rule:
    """Return the rule that the texts of a form say.

    :raises Invalid: a text cannot be used; each field is named.
    """
    errors: Errors = {}
    name = " ".join(values.get("name", "").split())
    if not name or len(name) > MAX_NAME or not is_storable(name):
        errors["name"] = [f"Give it a name of 1 to {MAX_NAME} characters."]
    method, year = values.get("method", ""), values.get("year", "")
    if method not in set(Method):
        errors["method"] = ["Choose one of the list."]
    months = _read_number(values, "months", errors)
    if months is not None and months != int(months):
        errors["months"] = ["Enter a whole number of months."]
    rule = Rule(
        name,
        Method.STRAIGHT_LINE if "method" in errors else Method(method),
        int(months or 0),
        _read_salvage(values, errors),
        _read_number(values, "salvage_percent", errors) or Decimal(0),
        _read_number(values, "yearly_percent", errors),
        _read_percents(values, errors),
        YearKind(year) if year in set(YearKind) else YearKind.FROM_START,
    )
    if errors:
        raise Invalid("This rule cannot be saved. Check the fields.", errors=errors)
    check_rule(rule)
    return rule


def _read_number(values: Mapping[str, str], key: str, errors: Errors) -> Decimal | None:
    text = values.get(key, "").strip().replace(",", ".")
    if not text:
        return None
    try:
        found = Decimal(text) if len(text) <= MAX_NUMBER else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or abs(found.adjusted()) > MAX_NUMBER:
        errors[key] = ["Enter a number such as 10 or 33.33."]
        return None
    return found


def _read_salvage(values: Mapping[str, str], errors: Errors) -> int | None:
    text = values.get("salvage", "").strip()
    try:
        return read_money(text) if text else None
    except ValueError as error:
        errors["salvage_cents"] = [str(error)]
        return None


def _read_percents(values: Mapping[str, str], errors: Errors) -> tuple[Decimal, ...]:
    words = values.get("percents", "").replace(";", " ").split()
    found = [_read_number({"percents": word}, "percents", errors) for word in words[:MAX_YEARS]]
    if "percents" in errors or len(words) > MAX_YEARS:
        errors["percents"] = ["Enter the percentages with spaces between: 20 32 19.2."]
    return tuple(percent for percent in found if percent is not None)


def save_rule(
    session: Session,
    *,
    rule: Rule,
    rule_id: int | None,
    categories: Collection[str],
    models: Collection[str],
    actor: Actor,
    now: datetime,
) -> int:
    """Save a rule, with the categories and models that it stands for, and return its id.

    A category or model that another rule stood for is taken from that one.

    :raises NotFound: the rule that is to be changed does not exist.
    :raises Invalid: another rule has this name, or a category or model does not exist.
    """
    row = DepreciationRule() if rule_id is None else session.get(DepreciationRule, rule_id)
    if row is None:
        raise NotFound("This rule does not exist. It may have been removed.")
    taken = select(DepreciationRule.id).where(DepreciationRule.name == rule.name)
    if session.scalar(taken) not in {None, rule_id}:
        message = f"There is a rule “{rule.name}” already. Choose another name."
        raise Invalid(message, errors={"name": [message]})
    of_categories = _find(session, Category, categories, "categories")
    of_models = _find(session, AssetModel, models, "models")
    row.name, row.method, row.months, row.year = rule.name, rule.method, rule.months, rule.year
    row.salvage_cents, row.salvage_percent = rule.salvage_cents, str(rule.salvage_percent)
    row.yearly_percent = None if rule.yearly_percent is None else str(rule.yearly_percent)
    row.percents = " ".join(map(str, rule.percents))
    row.created_at, row.actor_name = now, actor.name
    session.add(row)
    session.flush()
    use = DepreciationUse
    is_taken = use.category_id.in_(of_categories) | use.model_id.in_(of_models)
    session.execute(delete(use).where(is_taken | (use.rule_id == row.id)))
    session.add_all(use(rule_id=row.id, category_id=id_) for id_ in of_categories)
    session.add_all(use(rule_id=row.id, model_id=id_) for id_ in of_models)
    session.flush()
    return row.id


def remove_rule(session: Session, *, rule_id: int) -> str:
    """Remove a rule and return its name. What it stood for has no book value any more.

    :raises NotFound: it does not exist.
    """
    row = session.get(DepreciationRule, rule_id)
    if row is None:
        raise NotFound("This rule does not exist. It may have been removed.")
    name = row.name
    session.execute(delete(DepreciationUse).where(DepreciationUse.rule_id == rule_id))
    session.delete(row)
    session.flush()
    return name


def _find(
    session: Session, kind: type[Category | AssetModel], names: Collection[str], field: str
) -> list[int]:
    """Return the ids behind names. A model's name may stand for several of different makers."""
    found = session.execute(select(kind.name, kind.id).where(kind.name.in_(names))).all()
    if unknown := sorted(set(names) - {name for name, _ in found}):
        message = f"“{unknown[0][:64]}” does not exist. Check its spelling."
        raise Invalid(message, errors={field: [message]})
    return [id_ for _, id_ in found]

"""Rules of lending and closed days: added, changed and removed, each with an act of who did it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.circulation.loan_rules import group_key
from scanner_app.domain.circulation.rule_columns import RULE_COLUMNS, read_columns, show_column
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.models import Category, ClosedDay, LendingRule, Location
from scanner_app.queries.register.locations import find_location_id
from scanner_app.services.seals.acts import record_act

MAX_GROUP = 200
MAX_DAYS_AT_ONCE = 60
MAX_NAME = 100


def save_rule(
    session: Session,
    *,
    texts: Mapping[str, str],
    actor: Actor,
    now: datetime,
    rule_id: int | None = None,
) -> int:
    """Add a rule, or change one, and return its id.

    :param texts: the columns as a form holds them, and `place` (a code), `person_group` and
        `category` (a name). What the default rule holds for cannot be changed.
    :raises NotFound: no rule has this id.
    :raises Invalid: a field cannot be used, or the rule says nothing.
    :raises Conflict: another rule names the same place, department and category.
    """
    rule = LendingRule() if rule_id is None else _get(session, rule_id)
    is_default = rule_id is not None and rule.selectors == "||"
    values = read_columns(texts)
    if not is_default:
        _set_selectors(session, rule, texts)
        if all(value is None for value in values.values()):
            raise Invalid("This rule says nothing. Fill in at least one field.")
    before = {name: getattr(rule, name) for name in RULE_COLUMNS}
    for name, value in values.items():
        setattr(rule, name, value)
    rule.changed_at, rule.changed_by = now, actor.name
    session.add(rule)
    session.flush()
    changes = {
        name: [_shown(name, before[name]), _shown(name, value)]
        for name, value in values.items()
        if before[name] != value
    }
    _note(session, actor, now, {"rule": rule.id, "selectors": rule.selectors, "changes": changes})
    return rule.id


def remove_rule(session: Session, *, rule_id: int, actor: Actor, now: datetime) -> None:
    """Remove a rule.

    :raises NotFound: no rule has this id.
    :raises Conflict: it is the default rule.
    """
    rule = _get(session, rule_id)
    if rule.selectors == "||":
        raise Conflict("The default rule cannot be deleted. Empty its fields instead.")
    _note(session, actor, now, {"rule": rule.id, "selectors": rule.selectors, "removed": True})
    session.delete(rule)
    session.flush()


def move_rules(session: Session, *, old_id: int, new_id: int, actor: Actor, now: datetime) -> None:
    """Move the rules of one category to another one, which takes its place.

    A rule that the other category has already stays as it is, and the old one goes.
    """
    for rule in session.scalars(select(LendingRule).where(LendingRule.category_id == old_id)):
        wanted = _write_selectors(rule.place_id, rule.person_group, new_id)
        if session.scalar(select(LendingRule.id).where(LendingRule.selectors == wanted)):
            remove_rule(session, rule_id=rule.id, actor=actor, now=now)
            continue
        rule.category_id, rule.selectors = new_id, wanted
        rule.changed_at, rule.changed_by = now, actor.name
        _note(session, actor, now, {"rule": rule.id, "selectors": wanted})
    session.flush()


def close_days(
    session: Session,
    *,
    first: str,
    last: str,
    place: str,
    name: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Close a place, or all, from one day to another, and return how many days are new.

    :param first: a day of the calendar (2026-12-24); `last` the same, or empty for one day.
    :param place: the code of a location; empty for all.
    :raises Invalid: a field cannot be used.
    """
    begin, end = _read_day(first, "first"), _read_day(last or first, "last")
    count = (end - begin).days + 1
    if not 1 <= count <= MAX_DAYS_AT_ONCE:
        text = f"Choose a last day up to {MAX_DAYS_AT_ONCE} days after the first."
        raise Invalid(text, errors={"last": [text]})
    place_id = _find_place(session, place)
    new = 0
    for day in (begin + timedelta(days=index) for index in range(count)):
        key = f"{place_id or ''}|{day}"
        if session.scalar(select(ClosedDay.id).where(ClosedDay.key == key)) is None:
            session.add(
                ClosedDay(location_id=place_id, on=day, name=name.strip()[:MAX_NAME], key=key)
            )
            new += 1
    session.flush()
    if new:
        about = {"closed": [begin.isoformat(), end.isoformat()], "place": place}
        _note(session, actor, now, about)
    return new


def open_day(session: Session, *, day_id: int, actor: Actor, now: datetime) -> None:
    """Take a closed day off the list. One that is gone already stays gone."""
    day = session.get(ClosedDay, day_id)
    if day is not None:
        _note(session, actor, now, {"opened": day.on.isoformat(), "place": day.location_id})
        session.execute(delete(ClosedDay).where(ClosedDay.id == day_id))


def set_zone(session: Session, *, place: str, zone: str, actor: Actor, now: datetime) -> None:
    """Set the time zone of a place and of all in it that set none; empty takes it away.

    :raises Invalid: the place or the zone does not exist.
    """
    place_id = _find_place(session, place)
    row = session.get(Location, place_id) if place_id is not None else None
    if row is None:
        raise Invalid("Choose a location.", errors={"zone_place": ["Choose a location."]})
    zone = zone.strip()
    if zone and zone not in available_timezones():
        text = "This zone does not exist. Enter one such as Europe/Berlin."
        raise Invalid(text, errors={"zone": [text]})
    row.time_zone = zone or None
    _note(session, actor, now, {"place": row.code, "time_zone": zone})
    session.flush()


def _get(session: Session, rule_id: int) -> LendingRule:
    rule = session.get(LendingRule, rule_id)
    if rule is None:
        raise NotFound("That rule does not exist. Choose one from the list.")
    return rule


def _set_selectors(session: Session, rule: LendingRule, texts: Mapping[str, str]) -> None:
    place_id = _find_place(session, texts.get("place", ""))
    category_id = _find_category(session, texts.get("category", ""))
    group = " ".join(texts.get("person_group", "").split())[:MAX_GROUP] or None
    if place_id is None and group is None and category_id is None:
        text = "Name a place, a department or a category. What holds for all is the default rule."
        raise Invalid(text, errors={"place": [text]})
    selectors = _write_selectors(place_id, group, category_id)
    other = session.scalar(select(LendingRule.id).where(LendingRule.selectors == selectors))
    if other is not None and other != rule.id:
        raise Conflict(
            "A rule for this place, department and category exists already. Change that one.",
            code="rule_exists",
        )
    rule.place_id, rule.person_group, rule.category_id = place_id, group, category_id
    rule.selectors = selectors


def _write_selectors(place_id: int | None, group: str | None, category_id: int | None) -> str:
    return f"{place_id or ''}|{group_key(group) or ''}|{category_id or ''}"


def _find_place(session: Session, code: str) -> int | None:
    if not code.strip():
        return None
    found = find_location_id(session, code.strip())
    if found is None:
        text = "No location has this code. Choose one of the list."
        raise Invalid(text, errors={"place": [text]})
    return found


def _find_category(session: Session, name: str) -> int | None:
    if not name.strip():
        return None
    found = session.scalar(select(Category.id).where(Category.name == name.strip()))
    if found is None:
        text = "No category has this name. Choose one of the list."
        raise Invalid(text, errors={"category": [text]})
    return found


def _read_day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        problem = "Enter the day as year-month-day."
        raise Invalid(problem, errors={field: [problem]}) from None


def _shown(name: str, value: Any) -> str:
    return "" if value is None else show_column(name, value)


def _note(session: Session, actor: Actor, now: datetime, about: Mapping[str, Any]) -> None:
    record_act(session, kind=ActKind.LENDING_CHANGED, actor=actor, now=now, about=about)

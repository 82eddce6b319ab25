"""Write a rule of suggestions, each change as a version, and turn one on or off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.suggesting.rules import Rule, read_rule
from scanner_app.domain.errors import Conflict
from scanner_app.models import SuggestionRule
from scanner_app.queries.audits.suggesting.rules import RuleRow, get_rule, list_versions
from scanner_app.services.seals.acts import record_act


def add_rule(
    session: Session,
    *,
    name: str,
    conditions: Sequence[Mapping[str, Any]],
    suggest: str,
    reason: str,
    actor: Actor,
    now: datetime,
) -> RuleRow:
    """Add a rule, inactive, and return it.

    :raises Invalid: a field of it cannot be used.
    :raises Conflict: `rule_exists`: a rule has this name.
    """
    rule = read_rule(name, 1, conditions, suggest, reason)
    taken = select(SuggestionRule.id).where(func.lower(SuggestionRule.name) == rule.name.lower())
    if session.scalar(taken.limit(1)) is not None:
        raise Conflict("A rule has this name already. Change that one.", code="rule_exists")
    return _write(session, rule, is_active=False, actor=actor, now=now)


def change_rule(
    session: Session,
    *,
    rule_id: int,
    conditions: Sequence[Mapping[str, Any]],
    suggest: str,
    reason: str,
    actor: Actor,
    now: datetime,
) -> RuleRow:
    """Add the next version of a rule, active if the one before is, and return it.

    What was taken by an earlier version stays as it was taken. The same text makes no version.

    :raises NotFound: no rule has that id.
    :raises Invalid: a field of it cannot be used.
    """
    was = get_rule(session, rule_id)
    rule = read_rule(was.rule.name, was.rule.version + 1, conditions, suggest, reason)
    is_same = {**rule.to_json(), "version": 0} == {**was.rule.to_json(), "version": 0}
    if is_same:
        return was
    _set_active(session, rule.name, active_id=None)
    return _write(session, rule, is_active=was.is_active, actor=actor, now=now)


def set_rule_active(
    session: Session, *, rule_id: int, is_active: bool, actor: Actor, now: datetime
) -> RuleRow:
    """Turn the newest version of a rule on or off, and return it.

    :raises NotFound: no rule has that id.
    """
    was = get_rule(session, rule_id)
    if was.is_active != is_active:
        _set_active(session, was.rule.name, active_id=was.id if is_active else None)
        _record(session, was.rule, is_active=is_active, actor=actor, now=now)
    return get_rule(session, rule_id)


def _write(
    session: Session, rule: Rule, *, is_active: bool, actor: Actor, now: datetime
) -> RuleRow:
    # Two people who change a rule at once would write the same version: the database refuses one.
    session.add(
        SuggestionRule(
            **{**rule.to_json(), "is_active": is_active, "created_at": now},
            created_by=actor.name,
        )
    )
    session.flush()
    _record(session, rule, is_active=is_active, actor=actor, now=now)
    return list_versions(session, rule.name)[0]


def _set_active(session: Session, name: str, *, active_id: int | None) -> None:
    session.execute(
        update(SuggestionRule)
        .where(SuggestionRule.name == name)
        .values(is_active=SuggestionRule.id == (active_id or 0))
    )


def _record(session: Session, rule: Rule, *, is_active: bool, actor: Actor, now: datetime) -> None:
    about = {**rule.to_json(), "is_active": is_active}
    record_act(session, kind=ActKind.RULE_CHANGED, actor=actor, now=now, about=about)

"""Judge one line of a hand-over: what stops it, what asks for a tap, and what is told.

The server and a phone without a network go through the same table (`checks`). What the phone
cannot know is returned as a finding that was not checked, and the server's judgement is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.circulation.checks import (
    CHECKS,
    MAX_UNSEEN_DAYS,
    Check,
    CheckFacts,
    Offer,
    Weight,
)
from scanner_app.domain.circulation.due import is_late
from scanner_app.domain.circulation.line import (
    NOT_KNOWN,
    Booking,
    Borrower,
    Holder,
    Line,
    Meaning,
    NotKnown,
)
from scanner_app.domain.circulation.loan_rules import ResolvedRule
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.text import moment

# What a sentence of a check names, by the name of its place in the sentence.
Said = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    :param is_checked: False if the phone cannot know: nothing was found, and nothing ruled out.
    :param first_due_at: of `reserved`: when the thing has to be back for the reservation.
    """

    check: Check
    is_checked: bool = True
    said: Said = field(default_factory=dict)
    offers: tuple[Offer, ...] = ()
    first_due_at: datetime | None = None

    @property
    def facts(self) -> CheckFacts:
        """Return the row of the check."""
        return CHECKS[self.check]

    @property
    def weight(self) -> Weight:
        """Return how much it weighs. What was not checked only informs."""
        return self.facts.weight if self.is_checked else Weight.TELLS

    @property
    def message(self) -> str:
        """Return the sentence for the person at the counter."""
        if not self.is_checked:
            return f"Not checked: {self.facts.when}."
        return self.facts.sentence.format_map(self.said)

    def may_override(self, actor: Actor) -> bool:
        """Return whether this actor may let the line pass with one tap."""
        return (
            self.weight is Weight.ASKS
            and self.facts.override is not None
            and actor.can(self.facts.override)
        )


def judge(
    line: Line, person: Borrower | None, rule: ResolvedRule, now: datetime
) -> tuple[Finding, ...]:
    """Return what is to be said of a line, the heaviest first.

    :param person: who gets the thing; None for a return, or while nobody is known yet.
    """
    found: list[Finding] = []
    for check, facts in CHECKS.items():
        if line.kind not in facts.kinds:
            continue
        if facts.rule_columns and all(getattr(rule, c) is None for c in facts.rule_columns):
            continue  # the rule asks for nothing here
        subjects = {need.partition(".")[0] for need in facts.needs}
        if "person" in subjects and person is None:
            continue
        if not all(_is_known(need, line, person) for need in facts.needs):
            found.append(Finding(check, is_checked=False))
            continue
        finding = _TESTS[check](line, person, rule, now)
        if finding is None:
            continue
        found.append(finding)
        if line.meaning in {Meaning.UNKNOWN, Meaning.AMBIGUOUS}:
            break  # nothing else is known of such a code
    order = list(Weight)
    return tuple(sorted(found, key=lambda one: (order.index(one.weight), not one.is_checked)))


def find_overridden(
    findings: Iterable[Finding], codes: Collection[str], actor: Actor
) -> tuple[Finding, ...]:
    """Return the findings that this person lets pass: those that ask, and that they may override.

    :param codes: of the checks that the person overrode.
    """
    return tuple(one for one in findings if one.check.value in codes and one.may_override(actor))


def find_keeping(
    findings: Iterable[Finding], codes: Collection[str], actor: Actor
) -> tuple[Finding, ...]:
    """Return the findings that keep the line here: what stops it, and what still asks.

    :param codes: of the checks that the person overrode.
    """
    return tuple(
        one
        for one in findings
        if one.weight is Weight.STOPS
        or (
            one.weight is Weight.ASKS and not (one.check.value in codes and one.may_override(actor))
        )
    )


def _is_known(need: str, line: Line, person: Borrower | None) -> bool:
    subject, _, name = need.partition(".")
    return getattr(line if subject == "line" else person, name) is not NOT_KNOWN


# -- the checks, in the order of the table -----------------------------------------------------

Test = Callable[[Line, Borrower | None, ResolvedRule, datetime], Finding | None]


def _unknown_code(
    line: Line, _p: Borrower | None, _r: ResolvedRule, _n: datetime
) -> Finding | None:
    is_unknown = line.meaning is Meaning.UNKNOWN
    return _found(Check.UNKNOWN_CODE, line) if is_unknown else None


def _ambiguous(line: Line, _p: Borrower | None, _r: ResolvedRule, _n: datetime) -> Finding | None:
    return _found(Check.AMBIGUOUS, line) if line.meaning is Meaning.AMBIGUOUS else None


def _retired(line: Line, _p: Borrower | None, _r: ResolvedRule, _n: datetime) -> Finding | None:
    if isinstance(line.status, NotKnown) or not line.status.facts.has_ended:
        return None
    return _found(Check.ASSET_RETIRED, line, status=line.status.facts.label.lower())


def _checked_out(
    line: Line, person: Borrower | None, _r: ResolvedRule, _n: datetime
) -> Finding | None:
    if not isinstance(line.holder, Holder):
        return None
    since = f" since {moment(line.holder.since)}" if line.holder.since else ""
    found = _found(Check.ALREADY_CHECKED_OUT, line, holder=line.holder.name, since=since)
    if person is not None and person.id == line.holder.id:
        return replace(found, offers=(Offer.EXTEND,))
    return found


def _inactive(
    line: Line, person: Borrower | None, _r: ResolvedRule, _n: datetime
) -> Finding | None:
    if person is None or person.is_active:
        return None
    return _found(Check.PERSON_INACTIVE, line, person=person.name)


def _in_maintenance(
    line: Line, _p: Borrower | None, _r: ResolvedRule, _n: datetime
) -> Finding | None:
    if line.status is not Stage.IN_MAINTENANCE:
        return None
    return _found(Check.ASSET_IN_MAINTENANCE, line)


def _open_repair(line: Line, _p: Borrower | None, _r: ResolvedRule, _n: datetime) -> Finding | None:
    # In maintenance says it already.
    is_said = line.status is Stage.IN_MAINTENANCE
    return _found(Check.OPEN_REPAIR, line) if line.has_open_repair and not is_said else None


def _terms(line: Line, person: Borrower | None, _r: ResolvedRule, _n: datetime) -> Finding | None:
    if isinstance(line.open_terms, NotKnown) or not line.open_terms or person is None:
        return None
    terms = ", ".join(line.open_terms)
    return _found(Check.TERMS_NOT_ACCEPTED, line, person=person.name, terms=terms)


def _reserved(
    line: Line, person: Borrower | None, rule: ResolvedRule, now: datetime
) -> Finding | None:
    if isinstance(line.bookings, NotKnown):
        return None
    buffer = timedelta(hours=rule.buffer_hours)
    clashes = [
        one
        for one in line.bookings
        if (person is None or one.person_id != person.id)
        and one.ends_at > now
        and (line.due_at is None or one.starts_at < line.due_at + buffer)
    ]
    if not clashes:
        return None
    first: Booking = min(clashes, key=lambda one: one.starts_at)
    found = _found(Check.RESERVED, line, booker=first.person, starts_at=moment(first.starts_at))
    back_by = first.starts_at - buffer
    if back_by <= now:
        return replace(found, offers=())  # it would have to be back already
    return replace(found, first_due_at=back_by)


def _over_limit(
    line: Line, person: Borrower | None, rule: ResolvedRule, _n: datetime
) -> Finding | None:
    if person is None or isinstance(person.items, NotKnown):
        return None
    if rule.most_items is not None and person.items > rule.most_items:
        held, most = f"{person.items} things", f"{rule.most_items}"
        return _found(Check.OVER_LIMIT, line, person=person.name, held=held, most=most)
    if isinstance(person.value_cents, NotKnown) or rule.most_value_cents is None:
        return None
    if person.value_cents <= rule.most_value_cents:
        return None
    held, most = (f"{cents / 100:,.2f}" for cents in (person.value_cents, rule.most_value_cents))
    return _found(
        Check.OVER_LIMIT, line, person=person.name, held=f"things worth {held}", most=most
    )


def _has_overdue(
    line: Line, person: Borrower | None, rule: ResolvedRule, now: datetime
) -> Finding | None:
    days = rule.overdue_block_days
    if person is None or not isinstance(person.oldest_due_at, datetime) or days is None:
        return None
    if not is_late(person.oldest_due_at, now - timedelta(days=days), grace_hours=rule.grace_hours):
        return None
    due_at = moment(person.oldest_due_at)
    return _found(Check.HAS_OVERDUE, line, person=person.name, due_at=due_at)


def _licence(line: Line, _p: Borrower | None, _r: ResolvedRule, _n: datetime) -> Finding | None:
    has_none = isinstance(line.free_seats, int) and line.free_seats <= 0
    return _found(Check.LICENCE_MISSING, line) if has_none else None


def _broken_up(line: Line, _p: Borrower | None, _r: ResolvedRule, _n: datetime) -> Finding | None:
    if not isinstance(line.kit, str):
        return None
    return _found(Check.KIT_BROKEN_UP, line, kit=line.kit)


def _incomplete(line: Line, _p: Borrower | None, _r: ResolvedRule, _n: datetime) -> Finding | None:
    if isinstance(line.missing_pieces, NotKnown) or not line.missing_pieces:
        return None
    pieces = ", ".join(line.missing_pieces)
    return _found(Check.KIT_INCOMPLETE, line, kit=line.kit_in_tray or line.thing, pieces=pieces)


def _elsewhere(line: Line, _p: Borrower | None, _r: ResolvedRule, _n: datetime) -> Finding | None:
    if not isinstance(line.recorded_place, str) or line.counter in {None, line.recorded_place}:
        return None
    return _found(Check.WRONG_PLACE, line, place=line.recorded_place)


def _counting(line: Line, _p: Borrower | None, _r: ResolvedRule, _n: datetime) -> Finding | None:
    if not isinstance(line.audit, str):
        return None
    return _found(Check.AUDIT_COUNTING, line, audit=line.audit)


def _damaged(line: Line, _p: Borrower | None, _r: ResolvedRule, _n: datetime) -> Finding | None:
    return _found(Check.DAMAGED_LAST_TIME, line) if line.is_damaged else None


def _warranty(line: Line, _p: Borrower | None, _r: ResolvedRule, now: datetime) -> Finding | None:
    ends = line.warranty_until
    if ends is None or isinstance(ends, NotKnown) or ends >= now.astimezone(UTC).date():
        return None
    return _found(Check.WARRANTY_ENDED, line, warranty_until=ends.isoformat())


def _not_seen(line: Line, _p: Borrower | None, _r: ResolvedRule, now: datetime) -> Finding | None:
    if not isinstance(line.last_seen_at, datetime):
        return None
    if now - line.last_seen_at <= timedelta(days=MAX_UNSEEN_DAYS):
        return None
    return _found(Check.NOT_SEEN_DAYS, line, last_seen_at=moment(line.last_seen_at))


def _found(check: Check, line: Line, **said: str) -> Finding:
    return Finding(check, said={"thing": line.thing, **said}, offers=CHECKS[check].offers)


_TESTS: Mapping[Check, Test] = {
    Check.UNKNOWN_CODE: _unknown_code,
    Check.AMBIGUOUS: _ambiguous,
    Check.ASSET_RETIRED: _retired,
    Check.ALREADY_CHECKED_OUT: _checked_out,
    Check.PERSON_INACTIVE: _inactive,
    Check.ASSET_IN_MAINTENANCE: _in_maintenance,
    Check.OPEN_REPAIR: _open_repair,
    Check.TERMS_NOT_ACCEPTED: _terms,
    Check.RESERVED: _reserved,
    Check.OVER_LIMIT: _over_limit,
    Check.HAS_OVERDUE: _has_overdue,
    Check.LICENCE_MISSING: _licence,
    Check.KIT_BROKEN_UP: _broken_up,
    Check.KIT_INCOMPLETE: _incomplete,
    Check.WRONG_PLACE: _elsewhere,
    Check.AUDIT_COUNTING: _counting,
    Check.DAMAGED_LAST_TIME: _damaged,
    Check.WARRANTY_ENDED: _warranty,
    Check.NOT_SEEN_DAYS: _not_seen,
}

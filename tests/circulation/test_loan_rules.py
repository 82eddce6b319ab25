"""Which rule decides a column, and when a loan is due: worked out by hand or by a slow reference."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

import pytest

from scanner_app.domain.circulation.due import extend_due, find_due, is_late
from scanner_app.domain.circulation.loan_rules import (
    LoanRule,
    ResolvedRule,
    Returns,
    Scope,
    Signature,
    resolve,
)

SITE, HOUSE, ROOM, OTHER = 1, 2, 3, 9
LAPTOPS, CAMERAS = 1, 2
PLAIN: dict = {
    "due_at_hour": range(24),
    "due_on": [date(2027, 1, day) for day in (8, 15, 22)],
    "most_items": range(1, 9),
    "most_value_cents": (100_000, 500_000),
    "extensions": range(4),
    "extension_days": (1, 7),
    "grace_hours": (0, 24),
    "buffer_hours": (0, 2, 24),
    "overdue_block_days": (0, 7),
    "signature": list(Signature),
    "returns": list(Returns),
}


def pick_rules(draw: random.Random) -> list[LoanRule]:
    """Return a default and up to a dozen rules, no two of which name the same."""
    selectors: set[tuple] = {(None, None, None)}
    while len(selectors) < draw.randint(2, 13):
        selectors.add(
            (
                draw.choice([None, SITE, HOUSE, ROOM, OTHER]),
                draw.choice([None, "IT", "it ", "Art"]),
                draw.choice([None, LAPTOPS, CAMERAS]),
            )
        )
    chosen = {}
    for place, group, category in selectors:
        chosen[place, group and group.strip().lower(), category] = group
    rules = []
    for number, ((place, _key, category), group) in enumerate(chosen.items(), start=1):
        values: dict = {
            name: draw.choice(list(choices))
            for name, choices in PLAIN.items()
            if draw.random() < 0.4
        }
        if draw.random() < 0.5:
            values[draw.choice(["loan_days", "loan_hours"])] = draw.randint(1, 30)
        rules.append(LoanRule(number, place, group, category, **values))
    draw.shuffle(rules)
    return rules


def reference(
    rules: list[LoanRule], column: str, path: list[int], group: str, category: int
) -> LoanRule | None:
    """Return the rule that decides a column, by trying all selectors from the most specific down."""
    for place in [*reversed(path), None]:
        for a_group in (group, None):
            for a_category in (category, None):
                for rule in rules:
                    named = (rule.person_group or "").strip().lower() or None
                    if (rule.place_id, named, rule.category_id) == (
                        place,
                        a_group,
                        a_category,
                    ) and getattr(rule, column) is not None:
                        return rule
    return None


class TestResolve:
    @pytest.mark.parametrize("seed", range(200))
    def test_agrees_with_a_slow_reference(self, seed):
        rules = pick_rules(random.Random(seed))
        path = [SITE, HOUSE, ROOM]

        found = resolve(rules, places=path, group="IT", category_id=LAPTOPS)

        for column in PLAIN:
            decided = reference(rules, column, path, "it", LAPTOPS)
            assert found.decided_by.get(column) == (decided.id if decided else None), column
            if decided is not None:
                assert getattr(found, column) == getattr(decided, column)
        for column, scope in (("most_items", found.items_in), ("most_value_cents", found.value_in)):
            decided = reference(rules, column, path, "it", LAPTOPS)
            assert scope == (Scope(decided.place_id, decided.category_id) if decided else Scope())
        by_days = reference(rules, "loan_days", path, "it", LAPTOPS)
        by_hours = reference(rules, "loan_hours", path, "it", LAPTOPS)
        firsts = [rule for rule in (by_days, by_hours) if rule is not None]
        if len(firsts) == 2:
            both = [
                LoanRule(r.id, r.place_id, r.person_group, r.category_id, grace_hours=1)
                for r in firsts
            ]
            firsts = [
                r for r in firsts if r.id == reference(both, "grace_hours", path, "it", LAPTOPS).id
            ]
        winner = firsts[0] if firsts else None
        assert (found.loan_days, found.loan_hours) == (
            (winner.loan_days, winner.loan_hours) if winner else (None, None)
        )

    def test_lets_a_place_beat_a_department_and_a_category(self):
        rules = [
            LoanRule(1, loan_days=14, most_items=9),
            LoanRule(2, person_group="IT", category_id=LAPTOPS, loan_days=30),
            LoanRule(3, place_id=SITE, loan_days=3),
        ]

        found = resolve(rules, places=[SITE, HOUSE], group=" it", category_id=LAPTOPS)

        assert (found.loan_days, found.most_items) == (3, 9)
        assert found.decided_by == {"loan_days": 3, "most_items": 1}

    def test_takes_hours_of_the_nearer_rule_before_days_of_a_farther_one(self):
        rules = [LoanRule(1, loan_days=14), LoanRule(2, category_id=CAMERAS, loan_hours=4)]

        found = resolve(rules, category_id=CAMERAS)

        assert (found.loan_days, found.loan_hours) == (None, 4)
        assert resolve(rules, category_id=LAPTOPS).loan_days == 14

    def test_says_nothing_without_rules(self):
        assert resolve([]) == ResolvedRule(decided_by={})


# Loaned at, zone, days, closed days, due in UTC. The clocks of Berlin go back on 25 Oct 2026 and
# forward on 28 Mar 2027; those of New York on 1 Nov 2026 and 14 Mar 2027; those of Lord Howe move by
# half an hour on 4 Oct 2026 (to UTC+11) and 4 Apr 2027; Kolkata has none (UTC+5:30).
CLOSED = {date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 26)}
DUE = """
2026-10-24T10:00Z  Europe/Berlin        7  2026-10-31T17:00Z
2026-10-17T10:00Z  Europe/Berlin        7  2026-10-24T16:00Z
2027-03-27T10:00Z  Europe/Berlin        1  2027-03-28T16:00Z
2027-03-20T10:00Z  Europe/Berlin        7  2027-03-27T17:00Z
2026-10-31T15:00Z  America/New_York     1  2026-11-01T23:00Z
2026-10-30T15:00Z  America/New_York     1  2026-10-31T22:00Z
2027-03-13T15:00Z  America/New_York     1  2027-03-14T22:00Z
2026-10-03T02:00Z  Australia/Lord_Howe  1  2026-10-04T07:00Z
2026-10-02T02:00Z  Australia/Lord_Howe  1  2026-10-03T07:30Z
2027-04-03T02:00Z  Australia/Lord_Howe  1  2027-04-04T07:30Z
2026-10-24T10:00Z  Asia/Kolkata         7  2026-10-31T12:30Z
2027-03-27T20:00Z  Asia/Kolkata         1  2027-03-29T12:30Z
2026-12-17T10:00Z  Europe/Berlin        7  2026-12-27T17:00Z
2026-12-17T10:00Z  America/New_York     7  2026-12-27T23:00Z
2026-12-17T02:00Z  Australia/Lord_Howe  7  2026-12-27T07:00Z
2026-12-18T10:00Z  Asia/Kolkata         7  2026-12-27T12:30Z
"""
ROWS = [line.split() for line in DUE.strip().splitlines()]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


class TestFindDue:
    @pytest.mark.parametrize(("lent", "zone", "days", "due"), ROWS)
    def test_ends_at_six_in_the_evening_of_the_place(self, lent, zone, days, due):
        rule = ResolvedRule(loan_days=int(days))

        assert find_due(at(lent), rule, zone=zone, closed=CLOSED) == at(due)

    def test_is_the_next_open_day_for_what_is_lent_after_closing(self):
        rule = ResolvedRule(loan_days=0)

        before = find_due(at("2026-12-23T16:59Z"), rule, zone="Europe/Berlin", closed=CLOSED)
        after = find_due(at("2026-12-23T17:00Z"), rule, zone="Europe/Berlin", closed=CLOSED)

        assert (before, after) == (at("2026-12-23T17:00Z"), at("2026-12-27T17:00Z"))

    def test_counts_hours_without_the_clock(self):
        # 01:00 in Berlin, an hour before the clocks go back at 03:00: four hours later it is 04:00.
        rule = ResolvedRule(loan_hours=4)

        assert find_due(at("2026-10-24T23:00Z"), rule, zone="Europe/Berlin") == at(
            "2026-10-25T03:00Z"
        )

    def test_moves_hours_that_end_on_a_closed_day(self):
        rule = ResolvedRule(loan_hours=24)

        assert find_due(at("2026-12-23T10:00Z"), rule, zone="Europe/Berlin", closed=CLOSED) == at(
            "2026-12-27T17:00Z"
        )

    def test_never_passes_the_last_day_of_a_term(self):
        rule = ResolvedRule(loan_days=14, due_on=date(2026, 12, 18))

        assert find_due(at("2026-12-10T10:00Z"), rule, zone="UTC") == at("2026-12-18T18:00Z")
        assert find_due(at("2026-12-01T10:00Z"), rule, zone="UTC") == at("2026-12-15T18:00Z")
        assert find_due(at("2026-12-19T10:00Z"), rule, zone="UTC") == at("2027-01-02T18:00Z")

    def test_is_the_last_day_alone_if_the_rule_says_no_more(self):
        rule = ResolvedRule(due_on=date(2026, 12, 24))

        assert find_due(at("2026-12-10T10:00Z"), rule, zone="UTC", closed=CLOSED) == at(
            "2026-12-27T18:00Z"
        )
        assert find_due(at("2026-12-28T10:00Z"), rule, zone="UTC", closed=CLOSED) is None

    def test_is_none_for_a_loan_without_an_end(self):
        assert find_due(at("2026-12-10T10:00Z"), ResolvedRule(), zone="UTC") is None

    def test_ends_although_a_place_never_opens(self):
        never = {
            date.fromordinal(day)
            for day in range(date(2026, 1, 1).toordinal(), date(2029, 1, 1).toordinal())
        }

        assert (
            find_due(at("2026-12-10T10:00Z"), ResolvedRule(loan_days=1), zone="UTC", closed=never)
            is not None
        )


class TestExtendDue:
    RULE = ResolvedRule(loan_days=14, extensions=2, extension_days=7)

    def test_counts_from_the_day_it_is_due(self):
        found = extend_due(
            at("2026-12-10T17:00Z"),
            at("2026-12-05T10:00Z"),
            self.RULE,
            zone="Europe/Berlin",
            closed=CLOSED,
        )

        assert found == at("2026-12-17T17:00Z")

    def test_counts_from_today_if_it_is_late(self):
        found = extend_due(
            at("2026-12-01T17:00Z"),
            at("2026-12-18T10:00Z"),
            self.RULE,
            zone="Europe/Berlin",
            closed=CLOSED,
        )

        assert found == at("2026-12-27T17:00Z")

    def test_is_none_if_the_rule_extends_nothing(self):
        assert (
            extend_due(
                at("2026-12-10T17:00Z"),
                at("2026-12-05T10:00Z"),
                ResolvedRule(loan_days=14, extensions=0),
                zone="UTC",
            )
            is None
        )

    def test_goes_on_without_a_limit_if_the_rule_names_none(self):
        found = extend_due(
            at("2026-12-10T17:00Z"),
            at("2026-12-05T10:00Z"),
            ResolvedRule(loan_days=14, due_at_hour=18),
            zone="UTC",
        )

        assert found == at("2026-12-24T18:00Z")


class TestIsLate:
    @pytest.mark.parametrize(
        ("now", "late"),
        [("2026-12-10T18:59Z", False), ("2026-12-10T19:00Z", False), ("2026-12-10T19:01Z", True)],
    )
    def test_begins_after_the_grace(self, now, late):
        assert is_late(at("2026-12-10T17:00Z"), at(now), grace_hours=2) == late

    def test_never_begins_without_a_due_time(self):
        assert not is_late(None, at("2030-01-01T00:00Z"))

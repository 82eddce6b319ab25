"""The decision table of the counter, written out by hand: every row, role, and what a phone knows.

The literal is the oracle. It comes from the design of the counter and shares no code with the
table of the product (`domain.circulation.checks`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.circulation.checks import CHECKS, Check, Offer, Weight
from scanner_app.domain.circulation.judge import find_keeping, find_overridden, judge
from scanner_app.domain.circulation.line import (
    NOT_KNOWN,
    Booking,
    Borrower,
    HandOver,
    Holder,
    Line,
    Meaning,
)
from scanner_app.domain.circulation.loan_rules import ResolvedRule, Signature
from scanner_app.domain.register.lifecycle import Stage

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
DANA = Borrower(1, "Dana Reyes")
BOB = Holder(2, "Bob Kern", NOW - timedelta(minutes=14))
RULE = ResolvedRule(
    most_items=5,
    most_value_cents=500_000,
    overdue_block_days=7,
    grace_hours=24,
    buffer_hours=2,
    signature=Signature.NEEDED,
)
FINE = Line(HandOver.ISSUE, "LT-0042 ThinkPad", due_at=NOW + 7 * DAY, counter="Desk")

# code, weight, smallest role that may override, ways it is checked for
TABLE = """
unknown_code          stops  -           issue return transfer
ambiguous             stops  -           issue return transfer
asset_retired         stops  -           issue return transfer
already_checked_out   stops  -           issue
person_inactive       stops  -           issue transfer
asset_in_maintenance  stops  -           issue
open_repair           stops  -           issue
terms_not_accepted    stops  -           issue transfer
reserved              asks   stockroom   issue transfer
over_limit            asks   stockroom   issue transfer
has_overdue           asks   stockroom   issue transfer
licence_missing       asks   stockroom   issue transfer
kit_broken_up         asks   technician  issue transfer
kit_incomplete        asks   stockroom   issue transfer
wrong_place           tells  -           issue
audit_counting        tells  -           issue return transfer
damaged_last_time     tells  -           issue transfer
warranty_ended        tells  -           issue transfer
not_seen_days         tells  -           issue
"""
ROWS = {
    code: (weight, who, kinds)
    for code, weight, who, *kinds in map(str.split, TABLE.strip().splitlines())
}
MAY = {
    "-": set(),
    "stockroom": {"stockroom", "admin"},
    "technician": {"technician", "stockroom", "admin"},
}
BOOKED = Booking(3, "Eve Stone", NOW + 3 * DAY, NOW + 5 * DAY)

# What makes each check speak: fields of the line, then of the person.
CASES: dict = {
    "unknown_code": ({"meaning": Meaning.UNKNOWN}, {}),
    "ambiguous": ({"meaning": Meaning.AMBIGUOUS}, {}),
    "asset_retired": ({"status": Stage.RETIRED}, {}),
    "already_checked_out": ({"holder": BOB}, {}),
    "person_inactive": ({}, {"is_active": False}),
    "asset_in_maintenance": ({"status": Stage.IN_MAINTENANCE}, {}),
    "open_repair": ({"has_open_repair": True}, {}),
    "terms_not_accepted": ({"open_terms": ("Laptop terms",)}, {}),
    "reserved": ({"bookings": (BOOKED,)}, {}),
    "over_limit": ({}, {"items": 6}),
    "has_overdue": ({}, {"oldest_due_at": NOW - 9 * DAY}),
    "licence_missing": ({"free_seats": 0}, {}),
    "kit_broken_up": ({"kit": "Camera kit"}, {}),
    "kit_incomplete": ({"meaning": Meaning.KIT, "missing_pieces": ("Tripod TR-1",)}, {}),
    "wrong_place": ({"recorded_place": "Warehouse"}, {}),
    "audit_counting": ({"audit": "Spring count"}, {}),
    "damaged_last_time": ({"is_damaged": True}, {}),
    "warranty_ended": ({"warranty_until": date(2026, 11, 29)}, {}),
    "not_seen_days": ({"last_seen_at": NOW - 91 * DAY}, {}),
}
# What a phone without a network cannot know, by check.
UNKNOWN = {
    "already_checked_out": ("holder", None),
    "asset_retired": ("status", None),
    "person_inactive": (None, "is_active"),
    "asset_in_maintenance": ("status", None),
    "open_repair": ("has_open_repair", None),
    "terms_not_accepted": ("open_terms", None),
    "reserved": ("bookings", None),
    "over_limit": (None, "items"),
    "has_overdue": (None, "oldest_due_at"),
    "licence_missing": ("free_seats", None),
    "kit_broken_up": ("kit", None),
    "kit_incomplete": ("missing_pieces", None),
    "wrong_place": ("recorded_place", None),
    "audit_counting": ("audit", None),
    "damaged_last_time": ("is_damaged", None),
    "warranty_ended": ("warranty_until", None),
    "not_seen_days": ("last_seen_at", None),
}


def judge_case(code: str, kind: HandOver, *, line=None, person=None):
    of_line, of_person = CASES[code]
    the_line = replace(FINE, kind=kind, **(of_line | (line or {})))
    found = judge(the_line, replace(DANA, **(of_person | (person or {}))), RULE, NOW)
    return {finding.check.value: finding for finding in found}


def actor(role: str) -> Actor:
    return Actor("user", 1, "Alice", Role(role), user_id=1)


class TestTable:
    def test_has_the_rows_of_the_design(self):
        assert {check.value for check in Check} == set(ROWS) == set(CASES)
        assert list(CHECKS) == sorted(CHECKS, key=lambda c: list(Weight).index(CHECKS[c].weight))

    @pytest.mark.parametrize("kind", list(HandOver))
    def test_finds_nothing_in_a_line_that_is_fine(self, kind):
        assert judge(replace(FINE, kind=kind), DANA, RULE, NOW) == ()

    @pytest.mark.parametrize("kind", list(HandOver))
    @pytest.mark.parametrize("code", ROWS)
    def test_finds_each_row_alone_for_its_kinds(self, code, kind):
        weight, _who, kinds = ROWS[code]

        found = judge_case(code, kind)

        if kind not in kinds:
            assert found == {}
        else:
            assert set(found) == {code}
            assert found[code].weight == weight
            assert "{" not in found[code].message
            assert found[code].message.endswith(".")

    @pytest.mark.parametrize("role", list(Role))
    @pytest.mark.parametrize("code", ROWS)
    def test_lets_the_named_role_override(self, code, role):
        _weight, who, kinds = ROWS[code]

        finding = judge_case(code, HandOver(kinds[0]))[code]

        assert finding.may_override(actor(role)) == (role.value in MAY[who])

    @pytest.mark.parametrize("role", list(Role))
    @pytest.mark.parametrize("code", UNKNOWN)
    def test_says_not_checked_for_what_a_phone_cannot_know(self, code, role):
        of_line, of_person = UNKNOWN[code]

        found = judge_case(
            code,
            HandOver(ROWS[code][2][0]),
            line={of_line: NOT_KNOWN} if of_line else None,
            person={of_person: NOT_KNOWN} if of_person else None,
        )

        assert not found[code].is_checked
        assert found[code].weight is Weight.TELLS
        assert found[code].message.startswith("Not checked: ")
        assert not found[code].may_override(actor(role))

    def test_knows_what_a_code_means_without_a_network(self):
        assert set(ROWS) - set(UNKNOWN) == {"unknown_code", "ambiguous"}


class TestSentences:
    def test_name_who_has_the_thing_and_since_when(self):
        found = judge_case("already_checked_out", HandOver.ISSUE)["already_checked_out"]

        assert found.message == "LT-0042 ThinkPad is with Bob Kern since 2026-11-30T08:46:00Z."
        assert found.offers == (Offer.TRANSFER, Offer.RETURN_FIRST)

    def test_offer_to_extend_what_the_person_has_already(self):
        found = judge_case(
            "already_checked_out", HandOver.ISSUE, line={"holder": Holder(1, "Dana Reyes")}
        )["already_checked_out"]

        assert found.offers == (Offer.EXTEND,)
        assert found.message == "LT-0042 ThinkPad is with Dana Reyes."

    def test_name_the_missing_piece_of_a_kit(self):
        found = judge_case("kit_incomplete", HandOver.ISSUE)["kit_incomplete"]

        assert "Tripod TR-1" in found.message

    def test_name_the_limit_and_what_would_be_held(self):
        by_number = judge_case("over_limit", HandOver.ISSUE)["over_limit"]
        by_value = judge_case(
            "over_limit", HandOver.ISSUE, person={"items": 1, "value_cents": 500_001}
        )

        assert by_number.message == "Dana Reyes would hold 6 things. The rule allows 5."
        assert by_value["over_limit"].message == (
            "Dana Reyes would hold things worth 5,000.01. The rule allows 5,000.00."
        )


class TestLimits:
    @pytest.mark.parametrize(
        ("items", "value", "is_over"), [(5, 500_000, False), (6, 0, True), (0, 500_001, True)]
    )
    def test_allow_what_is_just_at_the_limit(self, items, value, is_over):
        person = replace(DANA, items=items, value_cents=value)

        assert bool(judge(FINE, person, RULE, NOW)) == is_over

    def test_count_days_late_after_the_grace(self):
        # Due, then 24 hours of grace, then more than seven days.
        at_the_edge = replace(DANA, oldest_due_at=NOW - 8 * DAY)
        past_it = replace(DANA, oldest_due_at=NOW - 8 * DAY - timedelta(seconds=1))

        assert judge(FINE, at_the_edge, RULE, NOW) == ()
        assert [f.check for f in judge(FINE, past_it, RULE, NOW)] == [Check.HAS_OVERDUE]

    def test_are_not_asked_for_if_the_rule_sets_none(self):
        nobody_knows = replace(
            DANA, items=NOT_KNOWN, value_cents=NOT_KNOWN, oldest_due_at=NOT_KNOWN
        )
        line = replace(FINE, open_terms=NOT_KNOWN)

        assert judge(line, nobody_knows, ResolvedRule(), NOW) == ()

    def test_see_a_reservation_from_now_until_due_and_buffer(self):
        # Due on day 7, buffer two hours: a reservation that starts at the end of both is free.
        def found(start, end, person_id=3):
            line = replace(FINE, bookings=(Booking(person_id, "Eve Stone", start, end),))
            return judge(line, DANA, RULE, NOW)

        due = NOW + 7 * DAY
        assert found(due + timedelta(hours=2), due + DAY) == ()
        assert found(NOW - DAY, NOW) == ()
        assert found(NOW + DAY, NOW + 2 * DAY, person_id=DANA.id) == ()
        (clash,) = found(due + timedelta(minutes=119), due + DAY)
        assert clash.first_due_at == due + timedelta(minutes=119) - timedelta(hours=2)
        assert clash.offers == (Offer.CUT_DUE,)

    def test_offer_no_cut_for_a_reservation_that_starts_within_the_buffer(self):
        line = replace(FINE, bookings=(Booking(3, "Eve", NOW + timedelta(hours=1), NOW + DAY),))

        (clash,) = judge(line, DANA, RULE, NOW)

        assert clash.offers == ()
        assert clash.first_due_at is None

    def test_see_every_later_reservation_of_a_loan_without_an_end(self):
        line = replace(
            FINE, due_at=None, bookings=(Booking(3, "Eve", NOW + 400 * DAY, NOW + 401 * DAY),)
        )

        assert [f.check for f in judge(line, DANA, RULE, NOW)] == [Check.RESERVED]


class TestOrder:
    def test_has_the_heaviest_first_and_counts_what_is_open(self):
        line = replace(FINE, holder=BOB, free_seats=0, is_damaged=True, kit="Camera kit")

        found = judge(line, DANA, RULE, NOW)

        assert [f.weight for f in found] == ["stops", "asks", "asks", "tells"]
        tapped = {"licence_missing", "already_checked_out"}
        stockroom, technician = actor(Role.STOCKROOM), actor(Role.TECHNICIAN)
        kept = find_keeping(found, tapped, stockroom)
        assert [f.check for f in kept] == [Check.ALREADY_CHECKED_OUT, Check.KIT_BROKEN_UP]
        assert len(find_keeping(found, tapped, technician)) == 3
        assert [f.check for f in find_overridden(found, tapped, stockroom)] == [
            Check.LICENCE_MISSING
        ]
        assert find_overridden(found, tapped, technician) == ()

    def test_says_nothing_else_of_a_code_that_means_nothing(self):
        line = replace(FINE, meaning=Meaning.UNKNOWN, status=NOT_KNOWN, is_damaged=True)

        assert [f.check for f in judge(line, DANA, RULE, NOW)] == [Check.UNKNOWN_CODE]

    def test_waits_for_a_person_before_it_judges_people(self):
        assert judge(replace(FINE, open_terms=("T",)), None, RULE, NOW) == ()

"""The rules of a hand-over without a database: its fields, its state, its number."""

from __future__ import annotations

import pytest

from scanner_app.api.stockroom.schemas import NewHandoverSchema
from scanner_app.domain.errors import Invalid
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.stockroom.handovers import (
    HandoverEventKind as Event,
)
from scanner_app.domain.stockroom.handovers import (
    HandoverState as State,
)
from scanner_app.domain.stockroom.handovers import (
    state_of,
    write_number,
)
from scanner_app.domain.stockroom.new_handover import FIELDS, parse_handover
from tests.stockroom.steps import handover, line


class TestState:
    @pytest.mark.parametrize(
        ("events", "state"),
        [
            ([], State.RECORDED),
            ([Event.ACCEPTED], State.ACCEPTED),
            ([Event.DECLINED], State.DECLINED),
            ([Event.LAPSED], State.LAPSED),
            ([Event.CONTESTED], State.CONTESTED),
            ([Event.CONTESTED, Event.ACCEPTED], State.CONTESTED),
            ([Event.CONTESTED, Event.SETTLED], State.RECORDED),
            ([Event.ACCEPTED, Event.CONTESTED, Event.SETTLED], State.ACCEPTED),
            ([Event.ACCEPTED, Event.VOIDED], State.VOIDED),
            ([Event.CONTESTED, Event.VOIDED], State.VOIDED),
        ],
    )
    def test_follows_from_the_events(self, events, state):
        assert state_of(events) is state


def test_a_number_names_its_year_and_counts_in_six_digits():
    assert write_number(2026, 123) == "H-2026-000123"


class TestParsing:
    def test_fills_in_what_the_hand_over_says_for_all_scans(self):
        read = parse_handover(handover("LT-001", "LT-002"))

        assert [scan.intent for scan in read.scans] == [Intent.CHECK_OUT] * 2
        assert {scan.custodian for scan in read.scans} == {"1001"}
        assert {scan.handover for scan in read.scans} == {read.handover_id}

    def test_a_return_needs_nobody(self):
        read = parse_handover(handover("LT-001", kind="return"))

        assert (read.person, read.scans[0].intent) == (None, Intent.CHECK_IN)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"person": None}, "person"),
            ({"kind": "gift"}, "kind"),
            ({"mode": "maybe"}, "mode"),
            ({"handover_id": "7"}, "handover_id"),
            ({"at": "yesterday"}, "at"),
            ({"scans": []}, "scans"),
            ({"scans": [line("LT-1")] * 201}, "scans"),
            ({"scans": ["LT-1"]}, "scans.0.scan"),
            ({"scans": [line("LT-1", intent="move")]}, "scans.0.intent"),
            ({"scans": [line("LT-1", custodian="1002")]}, "scans.0.custodian"),
            ({"scans": [line("LT-1", override=["No!"])]}, "scans.0.override"),
            ({"scans": [line("LT-1", checklist={"Charger back?": "yes"})]}, "scans.0.checklist"),
            ({"scans": [line("LT-1"), line("")]}, "scans.1.code"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_names_the_field_that_cannot_be_used(self, change, field):
        with pytest.raises(Invalid) as caught:
            parse_handover({**handover("LT-001"), **change})

        assert field in caught.value.errors

    def test_refuses_one_scan_twice(self):
        once = line("LT-001")

        with pytest.raises(Invalid) as caught:
            parse_handover(handover(once, {**once, "code": "LT-002"}))

        assert caught.value.errors == {"scans": ["Two lines have one scan_id."]}

    def test_takes_the_fields_that_the_description_names(self):
        assert set(NewHandoverSchema().fields) == FIELDS

"""The decision table, written out: what each intent does to an asset in each stage.

This literal is the oracle. It is written by hand from docs/scanning.md and shares no code with the
table of the product (`domain.scanning.intents`).
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.decide import ScanEvent, State, decide
from scanner_app.domain.scanning.intents import INTENTS, STATE_INTENTS, Intent
from scanner_app.domain.scanning.refusals import Refusal

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HERE, THERE, HOME = 1, 2, 9
HOLDER, TAKER = 5, 6
DUE = datetime(2026, 4, 1, tzinfo=UTC)
LATER = datetime(2026, 4, 8, tzinfo=UTC)

# Stage, then for check-out, check-in and move what follows: first if nobody holds the asset, then
# if somebody does. A stage that follows is written in small letters, a refusal in capitals.
TABLE = """
stage           check_out nobody      check_out held       check_in nobody  check_in held  move nobody     move held
requested       in_use                ALREADY_CHECKED_OUT  in_stock         in_stock       requested       requested
ordered         in_use                ALREADY_CHECKED_OUT  in_stock         in_stock       ordered         ordered
in_stock        in_use                ALREADY_CHECKED_OUT  NOT_CHECKED_OUT  in_stock       in_stock        in_stock
in_use          in_use                ALREADY_CHECKED_OUT  in_stock         in_stock       in_use          in_use
in_maintenance  ASSET_IN_MAINTENANCE  ALREADY_CHECKED_OUT  in_stock         in_stock       in_maintenance  in_maintenance
missing         in_use                ALREADY_CHECKED_OUT  in_stock         in_stock       in_stock        in_use
retired         ASSET_RETIRED         ASSET_RETIRED        ASSET_RETIRED    ASSET_RETIRED  retired         retired
disposed        ASSET_RETIRED         ASSET_RETIRED        ASSET_RETIRED    ASSET_RETIRED  ASSET_RETIRED   ASSET_RETIRED
"""
# The same for the two that only what somebody has can be asked for: nobody, then somebody.
LOANS = """
stage           transfer nobody  transfer held   extend nobody    extend held
requested       NOT_CHECKED_OUT  in_use          NOT_CHECKED_OUT  requested
ordered         NOT_CHECKED_OUT  in_use          NOT_CHECKED_OUT  ordered
in_stock        NOT_CHECKED_OUT  in_use          NOT_CHECKED_OUT  in_stock
in_use          NOT_CHECKED_OUT  in_use          NOT_CHECKED_OUT  in_use
in_maintenance  NOT_CHECKED_OUT  in_maintenance  NOT_CHECKED_OUT  in_maintenance
missing         NOT_CHECKED_OUT  in_use          NOT_CHECKED_OUT  missing
retired         ASSET_RETIRED    ASSET_RETIRED   ASSET_RETIRED    ASSET_RETIRED
disposed        ASSET_RETIRED    ASSET_RETIRED   ASSET_RETIRED    ASSET_RETIRED
"""
# The same for the two that begin and end a repair: nobody, then somebody.
REPAIRS = """
stage           repair nobody           repair held             restore nobody      restore held
requested       in_maintenance          in_maintenance          NOT_IN_MAINTENANCE  NOT_IN_MAINTENANCE
ordered         in_maintenance          in_maintenance          NOT_IN_MAINTENANCE  NOT_IN_MAINTENANCE
in_stock        in_maintenance          in_maintenance          NOT_IN_MAINTENANCE  NOT_IN_MAINTENANCE
in_use          in_maintenance          in_maintenance          NOT_IN_MAINTENANCE  NOT_IN_MAINTENANCE
in_maintenance  ALREADY_IN_MAINTENANCE  ALREADY_IN_MAINTENANCE  in_stock            in_use
missing         in_maintenance          in_maintenance          NOT_IN_MAINTENANCE  NOT_IN_MAINTENANCE
retired         ASSET_RETIRED           ASSET_RETIRED           NOT_IN_MAINTENANCE  NOT_IN_MAINTENANCE
disposed        ASSET_RETIRED           ASSET_RETIRED           NOT_IN_MAINTENANCE  NOT_IN_MAINTENANCE
"""
# The same for the one that ends a life: nobody, then somebody.
RETIRES = """
stage           retire nobody  retire held
requested       retired        ALREADY_CHECKED_OUT
ordered         retired        ALREADY_CHECKED_OUT
in_stock        retired        ALREADY_CHECKED_OUT
in_use          retired        ALREADY_CHECKED_OUT
in_maintenance  retired        ALREADY_CHECKED_OUT
missing         retired        ALREADY_CHECKED_OUT
retired         ASSET_RETIRED  ASSET_RETIRED
disposed        ASSET_RETIRED  ASSET_RETIRED
"""
# The same for a scan that says that the asset is damaged, where it differs: what comes back damaged
# is repaired first. What lies in stock may be found damaged too.
DAMAGED_CHECK_IN = """
stage           check_in nobody  check_in held
requested       in_maintenance   in_maintenance
ordered         in_maintenance   in_maintenance
in_stock        in_maintenance   in_maintenance
in_use          in_maintenance   in_maintenance
in_maintenance  in_maintenance   in_maintenance
missing         in_maintenance   in_maintenance
retired         ASSET_RETIRED    ASSET_RETIRED
disposed        ASSET_RETIRED    ASSET_RETIRED
"""
COLUMNS = [
    (Intent.CHECK_OUT, None),
    (Intent.CHECK_OUT, HOLDER),
    (Intent.CHECK_IN, None),
    (Intent.CHECK_IN, HOLDER),
    (Intent.MOVE, None),
    (Intent.MOVE, HOLDER),
    (Intent.TRANSFER, None),
    (Intent.TRANSFER, HOLDER),
    (Intent.EXTEND, None),
    (Intent.EXTEND, HOLDER),
    (Intent.REPAIR, None),
    (Intent.REPAIR, HOLDER),
    (Intent.RESTORE, None),
    (Intent.RESTORE, HOLDER),
    (Intent.RETIRE, None),
    (Intent.RETIRE, HOLDER),
]
ROWS = [
    [cell for n, one in enumerate(row) for cell in one.split()[n > 0 :]]
    for row in zip(
        *(text.strip().splitlines()[1:] for text in (TABLE, LOANS, REPAIRS, RETIRES)), strict=True
    )
]
CELLS = [
    (stage, intent, holder, cell)
    for stage, *cells in ROWS
    for (intent, holder), cell in zip(COLUMNS, cells, strict=True)
]
DAMAGED_ROWS = {
    stage: cells for stage, *cells in map(str.split, DAMAGED_CHECK_IN.split("\n")[2:-1])
}
DAMAGED_CELLS = [
    (
        stage,
        intent,
        holder,
        DAMAGED_ROWS[stage][holder is not None] if intent is Intent.CHECK_IN else cell,
    )
    for stage, intent, holder, cell in CELLS
]


class TestDecide:
    @pytest.mark.parametrize(("stage", "intent", "holder", "cell"), DAMAGED_CELLS)
    def test_sends_what_comes_back_damaged_to_maintenance(self, stage, intent, holder, cell):
        before = State(Stage(stage), HERE, holder, DUE if holder else None)

        event = ScanEvent(AT, intent, THERE, TAKER, LATER, is_damaged=True)
        after, refusal = decide(before, event, home_id=HOME)

        if cell.isupper():
            assert (after, refusal) == (before, Refusal[cell])
        else:
            assert (after.status, after.location_id, refusal) == (Stage(cell), THERE, None)

    @pytest.mark.parametrize(("stage", "intent", "holder", "cell"), CELLS)
    def test_follows_the_written_table(self, stage, intent, holder, cell):
        before = State(Stage(stage), HERE, holder, DUE if holder else None)

        after, refusal = decide(before, ScanEvent(AT, intent, THERE, TAKER, LATER), home_id=HOME)

        if cell.isupper():
            assert (after, refusal) == (before, Refusal[cell])
        else:
            assert (after.status, after.location_id, refusal) == (Stage(cell), THERE, None)

    def test_has_a_written_row_for_each_stage_and_a_column_for_each_intent_that_changes_state(self):
        assert [Stage(stage) for stage, *_ in ROWS] == list(Stage)
        assert {intent for intent, _ in COLUMNS} == STATE_INTENTS
        for intent in STATE_INTENTS:
            assert set(INTENTS[intent].steps) == set(Stage)

    def test_has_words_of_its_own_for_what_each_change_did(self):
        # An undo says them of what came after: "LT-1 was handed on since."
        past = [INTENTS[intent].past for intent in STATE_INTENTS]
        fine = [INTENTS[intent].fine for intent in STATE_INTENTS]

        assert all(past)
        assert len({*past, *fine}) == 2 * len(STATE_INTENTS)

    def test_hands_over_to_the_person_with_the_day_it_is_due(self):
        after, _ = decide(State(), ScanEvent(AT, Intent.CHECK_OUT, None, TAKER, DUE), home_id=HOME)

        assert after == State(Stage.IN_USE, None, TAKER, DUE)

    @pytest.mark.parametrize(
        ("place", "home", "where"), [(THERE, HOME, THERE), (None, HOME, HOME), (None, None, HERE)]
    )
    def test_returns_an_asset_to_the_named_place_or_else_home(self, place, home, where):
        held = State(Stage.IN_USE, HERE, HOLDER, DUE)

        after, _ = decide(held, ScanEvent(AT, Intent.CHECK_IN, place), home_id=home)

        assert after == State(Stage.IN_STOCK, where, None, None)

    def test_moves_an_asset_with_its_custodian_and_its_due_day(self):
        held = State(Stage.IN_USE, HERE, HOLDER, DUE)

        after, _ = decide(held, ScanEvent(AT, Intent.MOVE, THERE), home_id=HOME)

        assert after == State(Stage.IN_USE, THERE, HOLDER, DUE)

    def test_hands_on_to_another_person_with_another_day(self):
        held = State(Stage.IN_USE, HERE, HOLDER, DUE)

        after, _ = decide(held, ScanEvent(AT, Intent.TRANSFER, None, TAKER, LATER), home_id=HOME)
        same, refusal = decide(held, ScanEvent(AT, Intent.TRANSFER, None, HOLDER), home_id=HOME)

        assert after == State(Stage.IN_USE, HERE, TAKER, LATER)
        assert (same, refusal) == (held, Refusal.SAME_CUSTODIAN)

    @pytest.mark.parametrize(
        ("due", "wanted", "after"),
        [
            (DUE, LATER, LATER),
            (DUE, DUE, None),
            (LATER, DUE, None),
            (None, DUE, DUE),
            (DUE, None, None),
        ],
    )
    def test_extends_a_loan_only_to_a_later_day(self, due, wanted, after):
        held = State(Stage.IN_USE, HERE, HOLDER, due)

        found, refusal = decide(
            held, ScanEvent(AT, Intent.EXTEND, None, None, wanted), home_id=HOME
        )

        if after is None:
            why = Refusal.DUE_REQUIRED if wanted is None else Refusal.NOT_LATER
            assert (found, refusal) == (held, why)
        else:
            assert (found, refusal) == (State(Stage.IN_USE, HERE, HOLDER, after), None)

    def test_keeps_the_custodian_and_the_due_day_through_a_repair(self):
        held = State(Stage.IN_USE, HERE, HOLDER, DUE)

        broken, _ = decide(held, ScanEvent(AT, Intent.REPAIR, THERE), home_id=HOME)
        back, _ = decide(broken, ScanEvent(AT, Intent.RESTORE), home_id=HOME)

        assert broken == State(Stage.IN_MAINTENANCE, THERE, HOLDER, DUE)
        assert back == State(Stage.IN_USE, THERE, HOLDER, DUE)

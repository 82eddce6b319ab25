"""Random moves, counts and undos in any order of arrival: the levels equal the moves, always.

`SCANNER_STOCK_STEPS` sets how many steps a run takes: 800 by `make torture`, few in the gate.
"""

from __future__ import annotations

import os
import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from scanner_app.domain.stock.items import AccountKind
from scanner_app.models import StockLevel
from scanner_app.queries.stock.items import load_cards
from scanner_app.services.stock import moves
from scanner_app.services.stock.counts import CountResult, record_count
from scanner_app.services.stock.ledger import Order
from scanner_app.services.stock.moves import Holder, Refused
from scanner_app.services.stock.undo import undo_stock
from tests.stock.steps import START, assert_books_agree

STEPS = int(os.environ.get("SCANNER_STOCK_STEPS", "60"))
ACTS = ("receive", "issue", "take_back", "move", "count", "undo")


@st.composite
def acts(draw):
    """What happened: when (minutes), where, how many; listed in the order of arrival."""
    one = st.tuples(
        st.sampled_from(ACTS),
        st.sampled_from(("mouse", "toner")),
        st.sampled_from(("store", "lab")),
        st.integers(0, 600),
        st.integers(1, 9),
    )
    return draw(st.lists(one, min_size=STEPS // 2, max_size=STEPS))


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_levels_equal_the_moves_whatever_arrives_when(work, stockroom, clerk, database_kind):
    @settings(
        max_examples=max(12, STEPS // 100),
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    @given(acts())
    def run(happened):
        with work() as session:
            try:
                play(session, happened, stockroom, clerk)
                assert_books_agree(session)
                assert session.scalar(select(func.min(StockLevel.quantity))) in {None, *range(999)}
            finally:
                session.rollback()

    run()


def play(session, happened, stockroom, clerk) -> None:
    cards = load_cards(session, [stockroom["mouse"], stockroom["toner"]])
    ana = Holder(AccountKind.PERSON, 1)
    done: list[uuid.UUID] = []
    for act, item, place, minute, quantity in happened:
        scan_id = uuid.uuid4()
        order = Order(
            at=START + timedelta(minutes=minute),
            now=START + timedelta(minutes=600),
            by=clerk,
            scan_id=scan_id,
        )
        if act == "undo":
            if done:
                undo_stock(session, scan_id=done.pop(minute % len(done)), order=order)
            continue
        where = SimpleNamespace(item=cards[stockroom[item]], place_id=stockroom[place])
        given_ = {"quantity": quantity, "place_id": where.place_id, "order": order}
        result: object
        if act == "move":
            other = stockroom["lab" if place == "store" else "store"]
            result = moves.relocate(session, where.item, to_id=other, **given_)
        elif act == "count":
            result = record_count(session, where.item, **given_)
        elif act == "receive":
            result = moves.receive(session, where.item, **given_)
        else:
            result = getattr(moves, act)(session, where.item, holder=ana, **given_)
        if not isinstance(result, Refused) and not (
            isinstance(result, CountResult) and result.is_old
        ):
            done.append(scan_id)

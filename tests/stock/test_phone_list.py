"""The codes of stock that a phone knows without a network, and those that it leaves to the server."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scanner_app.decoding.codes.read import TagRules
from scanner_app.queries.scanning.offline_lists import load_phone_lists
from scanner_app.services.stock.items import CodeInput, edit_item
from tests.stock.steps import START
from tests.support.register import add_asset

pytestmark = pytest.mark.either_database


def keys_of(work) -> tuple[dict[str, list[tuple[str, int, str | None]]], list[str]]:
    with work() as session:
        lists = load_phone_lists(session, rules=TagRules(), now=datetime.now(UTC))
    return {item.code: item.keys for item in lists.stock}, lists.left


def test_codes_come_with_their_pieces_and_the_location_of_their_bin(stockroom, work):
    with work() as session:
        codes = [CodeInput("BIN-9", 1, stockroom["lab"]), CodeInput("4006381333931", 10)]
        edit_item(session, code="ST-0001", values={"codes": codes}, now=START)
        edit_item(session, code="ST-0003", values={"is_active": False}, now=START)

    keys, left = keys_of(work)

    assert keys["ST-0001"] == [
        ("gtin:04006381333931", 10, None), ("BIN-9", 1, "R-LAB"), ("ST-0001", 1, None)
    ]  # fmt: skip
    assert "ST-0003" not in keys  # nobody counts it any more
    assert left == []


def test_a_number_that_is_a_serial_too_is_left_to_the_server(stockroom, work):
    with work() as session:
        add_asset(session, "LT-900", serial="4006381333931", now=START)

    keys, left = keys_of(work)

    assert keys["ST-0001"] == [("ST-0001", 1, None)]
    assert "04006381333931" in left

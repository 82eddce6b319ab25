"""The scan page's modes of stock, as the form without script sends them."""

from __future__ import annotations

import re
import uuid

import pytest

from tests.stock.steps import MOUSE

pytestmark = pytest.mark.either_database


@pytest.fixture
def clerk(stockroom, page_as):
    return page_as("technician")


def send(page, mode: str, code: str, quantity: str = "") -> str:
    form = {"scan_id": str(uuid.uuid4()), "mode": mode, "intent": mode, "code": code}
    answer = page.post("/scan", data={**form, "quantity": quantity}, follow_redirects=True)
    return " ".join(answer.get_data(as_text=True).split())


def test_receives_counts_issues_and_takes_back(clerk):
    send(clerk, "receive", "R-STORE")
    assert "20 of Mouse" in send(clerk, "receive", MOUSE, "20")
    assert "18 counted" in send(clerk, "count", MOUSE, "18")
    send(clerk, "issue", "B-77")
    assert "3 of Mouse (ST-0002) issued to Ana Alves from Stockroom" in send(
        clerk, "issue", MOUSE, "3"
    )
    assert "2 of Mouse (ST-0002) checked in from Ana Alves" in send(clerk, "take_back", MOUSE, "2")


def test_needs_the_number_of_a_count_and_takes_no_other_word(clerk):
    send(clerk, "count", "R-STORE")
    assert "Give the number of Mouse" in send(clerk, "count", MOUSE)
    for text in ("many", "-1", "9" * 5000):
        assert "Give the number of pieces as a whole number" in send(clerk, "count", MOUSE, text)
    assert "must be a whole number from 0 to 100000" in send(clerk, "receive", MOUSE, "100001")


def test_shows_stock_or_assets_and_only_to_whom_it_may_change(clerk, page_as):
    def modes(page, address: str) -> list[str]:
        text = page.get(address).get_data(as_text=True)
        links = re.findall(r"<a href=\"/scan\?mode=[^>]*>[^<]*</a>", text)
        return [re.sub("<[^>]*>", "", link) for link in links if not re.search(r"\shidden\b", link)]

    assert modes(clerk, "/scan?mode=issue") == [
        "Issue", "Check in stock", "Receive", "Count stock", "Move stock", "Assets",
    ]  # fmt: skip
    assert modes(clerk, "/scan")[-1] == "Stock"
    assert "Stock" not in modes(page_as("auditor"), "/scan")

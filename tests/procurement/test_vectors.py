"""What a delivery expects, and what its scans are told: the server against the vectors of the phone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from scanner_app.domain.procurement.orders import OrderState
from scanner_app.domain.procurement.receiving import SENTENCES, Told, say
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, AssetModel, OrderLine
from scanner_app.services.procurement.deliveries import start_delivery
from scanner_app.services.procurement.lines import save_line
from scanner_app.services.procurement.orders import add_order, step_order
from tests.procurement.buying import ALICE, NOW
from tests.procurement.conftest import TODAY, Desk
from tests.support.register import add_asset
from tests.vectors import load_vectors

VECTORS = load_vectors("receiving.json")
BY: dict[str, Any] = {"actor": ALICE, "now": NOW}


def add_vector_order(session: Any) -> str:
    """Place the order of the vectors in the office of the tests, and return its delivery."""
    order = VECTORS["order"]
    values = {"number": order["number"], "supplier": "Example IT", "currency": "EUR"}
    add_order(session, values=values, **BY)
    for line in order["lines"]:
        save_line(session, number=order["number"], values=line | {"unit_price_cents": 100}, **BY)
    step_order(
        session,
        number=order["number"],
        wanted=OrderState.PLACED,
        reason="",
        today=TODAY,
        **BY,
    )
    # One of the laptops was announced by a list of serial numbers.
    announced = add_asset(session, "NEW-1", serial="PF001", status=Stage.ORDERED, now=NOW)
    model = select(OrderLine.model_id).join(AssetModel).where(AssetModel.name == "Book 14")
    session.execute(
        update(Asset)
        .where(Asset.id == announced)
        .values(order_number=order["number"], model_id=model.limit(1).scalar_subquery())
    )
    return start_delivery(session, order_number=order["number"], location="ST", key="v", **BY)


@pytest.fixture
def received(delivery: Desk) -> Desk:
    delivery.number = delivery.do(add_vector_order)
    return delivery


def test_the_sentences_are_those_of_the_vectors():
    assert {told.value: text for told, text in SENTENCES.items()} == VECTORS["sentences"]


def test_each_scan_has_the_answer_and_the_sentence_of_the_vectors(received):
    for row in VECTORS["scans"]:
        more = {"quantity": row["quantity"]} if "quantity" in row else {}
        [answer] = received.scan(row["code"], **more)
        assert answer.answer == row["answer"], row
        if row["told"] is not None:
            said = say(Told(row["told"]), number=received.number, **row["fill"])
            assert answer.message == said, row


class TestExpected:
    def test_is_what_the_vectors_expect(self, received, api):
        answer = api.get(f"/tasks/{received.number}/expected.json")

        assert answer.json == VECTORS["expected"] | {"number": received.number}
        again = api.get(
            f"/tasks/{received.number}/expected.json",
            headers={"If-None-Match": answer.headers["ETag"]},
        )
        assert (again.status_code, again.data) == (304, b"")
        assert api.get("/tasks/D999/expected.json").status_code == 404
        assert api.get("/tasks/M1/expected.json").status_code == 404

    def test_counts_what_came(self, received, api):
        received.scan(*(row["code"] for row in VECTORS["scans"][1:5]))

        body = api.get(f"/tasks/{received.number}/expected.json").json

        assert [(one["serial"], one["line"], one["state"]) for one in body["receipts"]] == [
            ("PF001", 1, "received"),
            ("PF002", 1, "received"),
        ]
        assert (body["lines"][0]["open"], body["lines"][0]["before"]) == (2, 0)

    def test_is_kept_by_a_phone_of_who_may_receive(self, received, page_as):
        stockroom, technician = page_as("stockroom"), page_as("technician")
        answer = stockroom.get("/scan/expected.json")
        kept = answer.json
        ours = next(one for one in kept["deliveries"] if one["number"] == received.number)
        assert ours == VECTORS["expected"] | {"number": received.number}
        assert {told: kept["sentences"][told] for told in VECTORS["sentences"]} == VECTORS[
            "sentences"
        ]
        [task] = [one for one in kept["tasks"] if one["number"] == received.number]
        assert (task["page"], task["state"]) == (f"/deliveries/{received.number}", "open")
        assert answer.headers["Cache-Control"] == "private, no-cache"
        etag = {"If-None-Match": answer.headers["ETag"]}
        assert stockroom.get("/scan/expected.json", headers=etag).status_code == 304

        seen = technician.get("/scan/expected.json").json
        assert (
            seen["deliveries"],
            [one for one in seen["tasks"] if one["kind"] == "delivery"],
        ) == (
            [],
            [],
        )
        received.scan(VECTORS["scans"][1]["code"], "PF001")
        assert stockroom.get("/scan/expected.json", headers=etag).status_code == 200

"""Orders and deliveries from the order to the booking, as people do it in a browser without script."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from scanner_app.models import Asset
from scanner_app.storage.database import reading
from tests.procurement.buying import LAPTOP

pytestmark = pytest.mark.either_database


@pytest.fixture
def contents():
    from tests.procurement.conftest import fill_office

    return fill_office


def test_an_order_is_written_placed_received_and_booked(app, filled, admin):
    order = {"number": "77", "supplier": "Other Ltd", "currency": "eur", "delivery_cost": "10"}
    assert admin.post("/orders/new", data=order).status_code == 303
    line = {"kind": "hardware", "model": "Book 15", "model_code": LAPTOP, "quantity": "2"}
    refused = admin.post("/orders/77/lines", data={**line, "unit_price": "a lot"})
    assert refused.status_code == 422
    assert 'value="Book 15"' in refused.text
    assert admin.post("/orders/77/lines", data={**line, "unit_price": "900"}).status_code == 303
    assert admin.post("/orders/77/state", data={"state": "placed"}).status_code == 303
    started = admin.post("/orders/77/deliveries", data={"location": "ST", "key": "k"})
    path = started.headers["Location"]
    form = {"key": str(uuid.uuid4()), "codes": f"{LAPTOP}\nAA1\nSN-KNOWN"}
    for _ in range(2):  # sent twice, it is one
        assert admin.post(f"{path}/receipts", data=form).status_code == 303
    page = admin.get(path).text
    assert "1 to decide first" in page
    assert "Dana Reed" in page
    assert admin.post(f"{path}/booking").status_code == 409
    receipt = page.partition('name="receipt" value="')[2].partition('"')[0]
    decision = {"receipt": receipt, "decision": "leave_out"}
    assert admin.post(f"{path}/decisions", data=decision).status_code == 303
    assert admin.post(f"{path}/booking", data={"first_tag": "LT-500"}).status_code == 303
    booked = admin.get(path).text
    assert "<h2>Decided</h2>" in booked
    assert "Accepting moves that asset in" in page
    assert "Accepting moves that asset in" not in booked
    left = admin.get("/orders/77").text
    fewer = {**line, "quantity": "1", "unit_price": "900"}
    assert admin.post("/orders/77/lines/1", data=fewer).status_code == 303
    assert "Start a delivery as soon as something arrives." in left
    assert "Everything came." in admin.get("/orders/77").text
    assert 'value="cancelled"' not in left
    with app.app_context(), reading() as session:
        asset = session.scalars(select(Asset).where(Asset.asset_tag == "LT-500")).one()
        assert (asset.serial_number, asset.purchase_cost_cents) == ("AA1", 900_00)
    assert "order <a href" in admin.get("/assets/LT-500/history").text.replace("\n", " ") or (
        "Received in" in admin.get("/assets/LT-500").text
    )


def test_the_scan_page_of_a_delivery_names_it_in_each_scan(filled, admin):
    started = admin.post("/orders/4711/deliveries", data={"location": "ST", "key": "k"})
    number = started.headers["Location"].rpartition("/")[2]
    assert f'data-task="{number}"' in admin.get(f"/scan?mode=receive&task={number}").text
    for code in (LAPTOP, "AA1"):
        form = {"code": code, "intent": "receive", "mode": "receive", "task": number}
        answer = admin.post("/scan", data=form)
        assert f"task={number}" in answer.headers["Location"]
    assert "AA1" in admin.get(f"/deliveries/{number}").text
    moved = admin.get(f"/tasks/{number}")
    assert (moved.status_code, moved.headers["Location"]) == (302, f"/deliveries/{number}")


def test_a_receipt_and_a_line_are_of_their_own_delivery_and_order(filled, api):
    numbers = []
    for _ in range(2):
        body = {"id": str(uuid.uuid4()), "location": "ST"}
        numbers.append(api.post("/orders/4711/deliveries", json=body).json["number"])
    scan = {"scan_id": str(uuid.uuid4()), "code": "AA1", "line": 1}
    received = api.post(f"/tasks/{numbers[0]}/receipts", json={"receipts": [scan]}).json
    receipt = received["delivery"]["receipts"][0]["id"]
    body = {"decision": "leave_out"}
    assert api.patch(f"/tasks/{numbers[1]}/receipts/{receipt}", json=body).status_code == 404
    assert api.patch(f"/tasks/{numbers[0]}/receipts/{receipt}", json=body).status_code == 200
    api.post("/orders", json={"number": "78", "supplier": "Example IT", "currency": "EUR"})
    line = {"kind": "cloud", "text": "Storage", "quantity": 1, "unit_price": "1.00"}
    assert api.put("/orders/78/lines/1", json=line).status_code == 404
    assert api.delete("/orders/78/lines/1").status_code == 404


def test_a_supplier_keeps_its_schemes_and_its_name_is_its_own(filled, admin):
    form = {
        "name": "Green Ltd",
        "roles": "recycler",
        "scheme": ["R2v3", ""],
        "scheme_number": ["R2-7", ""],
        "scheme_ends_on": ["2027-06-30", ""],
    }
    saved = admin.post("/suppliers", data=form)
    assert "R2-7" in admin.get(saved.headers["Location"]).text
    again = admin.post("/suppliers", data={"name": "GREEN ltd"})
    assert again.status_code == 409
    assert "GREEN ltd" in again.text

"""Requests and budgets as people use them in a browser without script, and as programs do."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.either_database
NEED = {"title": "Laptops", "quantity": "10", "justification": "New colleagues"}


@pytest.fixture
def contents():
    from tests.procurement.conftest import fill_office

    return fill_office


def test_a_request_goes_from_three_fields_to_an_order(filled, page_as):
    tom, bob, ana, alice = (
        page_as(role, f"{role}@example.org")
        for role in ("technician", "approver", "admin", "stockroom")
    )
    refused = tom.post("/requests/new", data={**NEED, "quantity": "many"})
    assert refused.status_code == 422
    assert 'value="Laptops"' in refused.text
    sent = tom.post("/requests/new", data={**NEED, "estimate": "12000", "model": "Book 14"})
    path = sent.headers["Location"]
    assert "Laptops" in tom.get("/requests?view=mine").text
    assert f"{path}/decision" not in tom.get(path).text
    assert tom.post(f"{path}/decision", data={"decision": "approve"}).status_code == 403
    assert "0 of 2 given" in bob.get(path).text
    without = bob.post(f"{path}/decision", data={"decision": "reject", "reason": ""})
    assert without.status_code == 422
    for approver in (bob, ana):
        answer = approver.post(f"{path}/decision", data={"decision": "approve"})
        assert answer.status_code == 303, answer.text
    assert bob.post(f"{path}/decision", data={"decision": "approve"}).status_code == 409
    offers = (("A", "12000", "4", "36", "8"), ("B", "11000", "3", "24", "24"))
    for name, price, quality, warranty, hours in offers:
        form = {"supplier": name, "price": price, "currency": "eur", "quality": quality}
        form |= {"warranty_months": warranty, "sla_hours": hours}
        assert alice.post(f"{path}/quotes", data=form).status_code == 303
    page = alice.get(path).text
    # Without the third one: A has 36.67 + 24 + 15 + 15 points.
    assert "90.67 points" in page
    chosen = page.partition('name="quote" value="')[2].partition('"')[0]
    assert alice.post(f"{path}/quotes", data={"quote": chosen}).status_code == 303
    assert "10 left to order" in alice.get(path).text
    written = alice.post(f"{path}/order", data={"quantity": "10", "unit_price": "1200"})
    assert written.status_code == 303, written.text
    order = alice.get(written.headers["Location"]).text
    assert f'href="{path}"' in order
    assert "Line added" in order
    placed = alice.post(f"{written.headers['Location']}/state", data={"state": "placed"})
    assert placed.status_code == 303, placed.text
    assert "has 2 of 3 quotes" in alice.get(written.headers["Location"]).text
    assert "Ordered" in tom.get(path).text


def test_a_budget_is_kept_and_shown(filled, admin):
    form = {"name": "IT", "amount": "1000", "currency": "EUR", "starts_on": "2020-01-01"}
    assert admin.post("/budgets", data=form).status_code == 422
    saved = admin.post("/budgets", data={**form, "ends_on": "2099-12-31"})
    path = saved.headers["Location"]
    changed = {**form, "ends_on": "2099-12-31", "amount": "1500"}
    assert admin.post(path, data=changed).status_code == 303
    page = admin.get(path).text
    assert "1,500.00" in page
    assert "Changed" in page
    assert admin.post("/budgets", data={**changed, "name": "it"}).status_code == 409
    assert "1,500.00 EUR" in admin.get("/budgets").text


def test_programs_ask_decide_and_order(filled, api_as):
    buyer, approver = api_as("stockroom"), api_as("approver", owner="bob@example.org")
    admin = api_as("admin", owner="ana@example.org")
    need = {"title": "Lamps", "quantity": 2, "justification": "It is dark", "estimate": "700.00"}
    made = buyer.post("/requests", json={**need, "is_draft": True})
    assert (made.status_code, made.json["state"]) == (201, "draft")
    path = f"/requests/{made.json['id']}"
    assert buyer.patch(path, json={"quantity": 4}).json["quantity"] == 4
    assert buyer.post(f"{path}/submission").json["needed"] == 1
    assert buyer.post(f"{path}/approvals", json={"decision": "approve"}).status_code == 403
    own = admin.post("/requests", json=need).json["id"]
    refused = admin.post(f"/requests/{own}/approvals", json={"decision": "approve"})
    assert (refused.status_code, refused.json["code"]) == (409, "self_approval")
    nobodys = api_as("approver").post(f"{path}/approvals", json={"decision": "approve"})
    assert (nobodys.status_code, nobodys.json["code"]) == (409, "second_person_required")
    approved = approver.post(f"{path}/approvals", json={"decision": "approve"}).json
    assert (approved["state"], approved["given"]) == ("approved", 1)
    assert buyer.post(f"{path}/fulfilment", json={"from_stock": 1}).json["left"] == 3
    order = buyer.post(f"{path}/order", json={"supplier": "Light Ltd", "unit_price": "170.00"})
    assert order.status_code == 201, order.json
    assert order.json["lines"][0]["quantity"] == 3
    assert buyer.get(path).json["state"] == "ordered"
    other = buyer.post("/requests", json=need).json["id"]
    quote = {"supplier": "A", "price": "1.00", "currency": "EUR"}
    id_ = buyer.post(f"{path}/quotes", json=quote).json["quotes"][0]["id"]
    reason = {"reason": "Near"}
    strange = buyer.post(f"/requests/{other}/quotes/{id_}/choice", json=reason)
    assert strange.status_code == 404
    assert buyer.post(f"/requests/{other}/cancellation", json={}).json["state"] == "cancelled"

"""Every list is told whole by its pages, although its rows are alike; none shows a neighbour's."""

from __future__ import annotations

import html
import re
import uuid
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.models import Location, Vulnerability
from scanner_app.pages.audits import list as audit_pages
from scanner_app.pages.register import asset_detail as asset_detail_pages
from scanner_app.pages.register import assets as asset_pages
from scanner_app.pages.register import people as people_pages
from scanner_app.queries.stock.items import get_item_id, load_cards
from scanner_app.services.stock.items import create_item
from scanner_app.services.stock.ledger import Order
from scanner_app.services.stock.moves import receive
from scanner_app.services.stockroom.kits import create_kit
from tests.audits.steps import decide, find, open_audit, scan
from tests.stockroom.steps import handover
from tests.support.databases import SqliteTemplate
from tests.support.policies import add_policies, waive_alike
from tests.support.register import add_asset, add_location, add_person

# Each list of the API, as two lists where it is one of several: the second is the neighbour's.
SORTS = (
    "tag",
    "-tag",
    "name",
    "-name",
    "updated",
    "-updated",
    "-status",
    "location",
    "-due",
    "seen",
)
LISTS = {
    "/assets": [*(f"/assets?sort={s}" for s in SORTS), *(f"/assets?q=same&sort={s}" for s in SORTS)],
    "/assets/{asset_tag}/history": ["/assets/A-1/history?", "/assets/A-2/history?"],
    "/assets/{asset_tag}/sanitizations": [
        "/assets/A-1/sanitizations?",
        "/assets/A-2/sanitizations?",
    ],
    "/audits": ["/audits?"],
    "/audits/{audit_id}/acts": ["/audits/1/acts?", "/audits/2/acts?"],
    "/audits/{audit_id}/draws/{number}": ["/audits/3/draws/1?"],
    "/audits/{audit_id}/findings": ["/audits/1/findings?", "/audits/2/findings?state=misplaced"],
    "/audits/{audit_id}/findings/{finding_id}/history": ["/audits/2/findings/{a3}/history?"],
    "/audits/{audit_id}/holdings": ["/audits/1/holdings?", "/audits/2/holdings?"],
    "/audits/{audit_id}/matches": ["/audits/1/matches?"],
    "/audit-programmes": ["/audit-programmes?"],
    "/audit-programmes/{programme_id}/rounds": [
        "/audit-programmes/1/rounds?",
        "/audit-programmes/2/rounds?",
    ],
    "/audits/{audit_id}/suggestions": ["/audits/2/suggestions?"],
    "/contracts": ["/contracts?", "/contracts?q=same"],
    "/consignments": ["/consignments?"],
    "/expenses": ["/expenses?", "/expenses?asset=A-1", "/expenses?asset=A-2"],
    "/monitoring/devices": ["/monitoring/devices?", "/monitoring/devices?state=unknown"],
    "/monitoring/vulnerabilities": [
        "/monitoring/vulnerabilities?",
        "/monitoring/vulnerabilities?all=on&q=same",
    ],
    "/rates": ["/rates?", "/rates?currency=USD"],
    "/handovers": ["/handovers?", "/handovers?person=101", "/handovers?person=102"],
    "/reservations": ["/reservations?", "/reservations?person=101"],
    "/kits": ["/kits?", "/kits?q=same"],
    "/licences": ["/licences?", "/licences?q=same"],
    "/locations": ["/locations?", "/locations?q=room"],
    "/orders": ["/orders?"],
    "/suppliers": ["/suppliers?"],
    "/policies": ["/policies?"],
    "/requests": ["/requests?"],
    "/budgets": ["/budgets?"],
    "/waivers": ["/waivers?"],
    "/people": ["/people?", "/people?q=sam"],
    "/seals": ["/seals?"],
    "/stock-items": ["/stock-items?", "/stock-items?q=same&sort=-level"],
    "/stock-items/{code}/moves": ["/stock-items/ST-0001/moves?", "/stock-items/ST-0002/moves?"],
    "/stock-levels": ["/stock-levels?", "/stock-levels?location=R-1"],
    "/tasks": ["/tasks?", "/tasks?asset=A-1"],
    "/scans": ["/scans?", "/scans?audit=1", "/scans?audit=2", "/scans?asset=A-1"],
}  # fmt: skip
ROWS = 6


@pytest.fixture
def database(sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    """SQLite alone: the order of each list on both databases is tried where the list is."""
    return sqlite_template.make(tmp_path / "instance")


def add_rights(api, number: int) -> None:
    seats = {"product": "Same", "seats": 1, "asset_tag": f"A-9{number}"}
    assert api.post("/licences", json=seats).status_code == 201


@pytest.fixture
def alike(api, work, now) -> None:
    """Six of everything, made in one moment under one name; two audits that counted alike."""
    with work() as session:
        site = add_location(session, "HQ", "Head office", now=now)
        for number in range(1, ROWS + 1):
            room = add_location(session, f"R-{number}", "Room", parent=site, now=now)
            add_person(session, f"10{number}", "Sam Same", now=now)
            add_asset(session, f"A-{number}", name="Same", serial="SAME", location=room, now=now)
            create_item(session, values={"name": "Same", "stock_class": "consumable"}, now=now)
            create_kit(session, {"name": "Same"}, now=now)
        add_policies(session, ROWS, now=now)
    with work() as session:
        for number in range(1, ROWS + 1):
            for code, place in ((f"ST-{number:04}", "R-1"), ("ST-0001", "R-2"), ("ST-0002", "R-2")):
                receive_stock(session, code, place, quantity=number, now=now)
    for _ in range(2):
        audit = open_audit(api, scope={"locations": ["HQ"], "kinds": ["hardware", "stock"]})
        for number in range(1, ROWS + 1):
            scan(api, "A-1", audit, f"R-{number}", minute=5)
            scan(api, f"A-{number}", audit, "R-2", minute=5)
            scan(api, f"GHOST-{number}", audit, "R-2", minute=5)
    for state in ("reconciliation", "counting", "reconciliation"):
        for audit in (1, 2):
            assert api.post(f"/audits/{audit}/{state}").status_code == 200
    for number in range(1, ROWS + 1):
        ghost = find(api, 1, f"GHOST-{number}")["id"]
        body = {"asset": f"A-{number}"}
        assert api.post(f"/audits/1/findings/{ghost}/match", json=body).status_code == 200
    for decision in ("reject", "accept", "reject", "accept"):
        assert decide(api, 2, "A-3", decision).status_code == 200
    for _ in range(ROWS - 2):
        draft = {"name": "Spring", "scope": {"locations": ["HQ"]}}
        audit = api.post("/audits", json=draft).json["id"]
        sample = {"method": "simple", "size": 4}
        assert api.put(f"/audits/{audit}/plan", json={"sample": sample}).status_code == 200
        assert api.post(f"/audits/{audit}/freeze").status_code == 200
        assert api.post(f"/audits/{audit}/draws", json={}).status_code in (200, 201)
        answer = api.post(f"/audits/{audit}/cancellation", json={"reason": "another floor"})
        assert answer.status_code == 200
    write_papers(api)
    for number in range(ROWS):
        task = {"id": str(uuid.uuid4()), "title": "Same", "asset": f"A-{number // 4 + 1}"}
        assert api.post("/tasks", json=task).status_code == 201
        add_rights(api, number)
    wear_out(api, work, now)
    reserve_alike(api)
    for number in range(1, ROWS):
        out = handover(f"A-{number}", person="101")
        back = handover(f"A-{number}", person="102", kind="return")
        assert [api.post("/handovers", json=one).status_code for one in (out, back)] == [201] * 2


def plan_alike(api) -> None:
    for number in range(1, ROWS + 1):
        programme = {"name": f"Same {number}", "every": "week", "anchor_on": "2031-03-03"}
        made = api.post("/audit-programmes", json={**programme, "scope": {"locations": ["HQ"]}})
        for _ in range(ROWS if number in (1, 2) else 0):
            path = f"/audit-programmes/{made.json['id']}/rounds"
            assert api.post(path).status_code == 201


def write_papers(api) -> None:
    for number in range(ROWS):
        order = {"number": f"PO-{number}", "supplier": f"Same {number}", "currency": "EUR"}
        assert api.post("/orders", json=order).status_code == 201
        ask = {"title": "Same", "quantity": 1, "justification": "Same"}
        assert api.post("/requests", json=ask).status_code == 201
        year = {"starts_on": "2026-01-01", "ends_on": "2026-12-31"}
        budget = {"name": f"B-{number}", "amount": "1.00", "currency": "EUR", **year}
        assert api.post("/budgets", json=budget).status_code == 201
        term = {"name": "Same", "starts_on": "2026-01-01"}
        assert api.post("/contracts", json=term).status_code == 201
    plan_alike(api)


@pytest.fixture
def api(api_as):
    """A program of a person: one that nobody owns waives nothing."""
    return api_as("admin", owner="ana@example.org")


def erase_media(api) -> None:
    waive_alike(api, ROWS)
    medium = {
        "medium": "ssd", "technique": "block_erase", "classification": "internal",
        "destination": "reuse",
    }  # fmt: skip
    for _ in range(ROWS):
        new = {"id": str(uuid.uuid4()), "method": "resale", "recipient": "Same"}
        assert api.post("/consignments", json=new).status_code == 201
    for number in range(2 * ROWS):
        path = f"/assets/A-{number % 2 + 1}/sanitizations"
        assert api.post(path, json={**medium, "id": str(uuid.uuid4())}).status_code == 201


def wear_out(api, work, now: datetime) -> None:
    erase_media(api)
    spend_alike(api)
    watch_alike(api, work, now)


def spend_alike(api) -> None:
    for number in range(2 * ROWS):
        expense = {"kind": "part", "on": "2026-01-05", "amount": "75.00", "note": "Same"}
        body = {**expense, "id": str(uuid.uuid4()), "asset": f"A-{number % 2 + 1}"}
        assert api.post("/expenses", json=body).status_code == 201
    for currency in ("CHF", "USD"):
        days = range(1, ROWS + 1)
        rates = [{"currency": currency, "on": f"2026-01-{n:02}", "per_base": "1.1"} for n in days]
        assert api.post("/rates", json={"items": rates}).json == {"changed": ROWS}


def watch_alike(api, work, now: datetime) -> None:
    """Have all devices run what no rule knows, and the catalogue name six things that touch them."""
    said = {"observed_at": now.isoformat(), "facts": {"os": "Same"}}
    items = [{**said, "asset_tag": f"A-{number}"} for number in range(1, ROWS + 1)]
    assert api.post("/facts", json={"items": items}).status_code == 200
    with work() as session:
        session.add_all(
            Vulnerability(
                cve=f"CVE-2026-000{number}", vendor="Same", product="Same", title="Same",
                added_on=now.date(), ransomware=False, possible=1, file_sha256="",
            )
            for number in range(ROWS)
        )  # fmt: skip


def reserve_alike(api) -> None:
    """Reserve one asset again and again, an hour each, but for one all for the same person."""
    for number in range(ROWS):
        day = f"2031-03-{number + 1:02}"
        body = {
            "person": "101" if number else "102",
            "things": [{"code": "A-6"}],
            "starts_at": f"{day}T09:00:00Z",
            "ends_at": f"{day}T10:00:00Z",
        }
        assert api.post("/reservations", json=body).status_code == 201


def suggest_always(api) -> None:
    always = [{"field": "counts", "op": "<=", "value": 99}]
    rule = {"name": "Any", "conditions": always, "suggest": "none", "reason": "Any."}
    made = api.post("/suggestion-rules", json=rule).json["id"]
    assert api.patch(f"/suggestion-rules/{made}", json={"active": True}).status_code == 200


def receive_stock(session: Session, code: str, place: str, *, quantity: int, now: datetime) -> None:
    item = load_cards(session, [get_item_id(session, code)]).popitem()[1]
    place_id = session.scalars(select(Location.id).where(Location.code == place)).one()
    order = Order(now, now, Actor("user", 1, "Sam", Role.ADMIN, user_id=1), scan_id=uuid.uuid4())
    receive(session, item, quantity=quantity, place_id=place_id, order=order)


def read_pages(api, path: str, limit: int) -> list[list[str]]:
    """Return the rows of each page, as a client sees them who follows `next`."""
    pages: list[list[str]] = []
    cursor = ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        answer = api.get(f"{path}&limit={limit}{more}")
        assert answer.status_code == 200, answer.text
        pages.append([str(item) for item in answer.json["items"]])
        cursor = answer.json["next"]
        assert len(pages) < 60, "the list does not end"
    return pages


@pytest.mark.usefixtures("alike")
def test_the_pages_of_a_list_are_the_list_whatever_their_size(api):
    paths = api.get("/openapi.json").json["paths"]
    found = {
        path.removeprefix("/api/v1")
        for path, calls in paths.items()
        if any(one.get("name") == "cursor" for one in calls.get("get", {}).get("parameters", ()))
    }
    assert found == set(LISTS), "a list without a row here"
    suggest_always(api)

    [first] = [f for f in api.get("/audits/2/findings").json["items"] if f["asset"] == "A-3"]
    for path in (path.format(a3=first["id"]) for paths in LISTS.values() for path in paths):
        [whole] = read_pages(api, path, 500)
        assert len(whole) == len(set(whole)) >= 4, path
        for limit in (1, 2, len(whole) - 1, len(whole), len(whole) + 1):
            pages = read_pages(api, path, limit)

            assert [row for page in pages for row in page] == whole, (path, limit)
            assert all(len(page) == limit for page in pages[:-1]), (path, limit)
            assert pages[-1], (path, limit)


@pytest.mark.usefixtures("alike")
def test_a_page_for_people_leads_to_the_next_until_all_was_shown(admin, monkeypatch):
    for module, name in (
        (asset_pages, "PAGE"),
        (asset_detail_pages, "EVENTS"),
        (people_pages, "PAGE"),
        (audit_pages, "MAX_AUDITS"),
    ):
        monkeypatch.setattr(module, name, 2)
    shown = {
        # With as many licences.
        "/assets": (r'href="/assets/(A-\d+)"', 2 * ROWS),
        "/assets?q=same": (r'href="/assets/(A-\d+)"', 2 * ROWS),
        "/people": (r'href="/people/(10\d)"', ROWS),
        "/people?q=sam": (r'href="/people/(10\d)"', ROWS),
        "/people?sort=-department": (r'href="/people/(10\d)"', ROWS),
        # With those that programmes set up.
        "/audits": (r'href="/audits/(\d+)"', 3 * ROWS),
    }
    for path, (pattern, count) in shown.items():
        rows: list[str] = []
        following = path
        while following:
            text = admin.get(following).get_data(as_text=True)
            page = list(dict.fromkeys(re.findall(pattern, text)))
            assert 0 < len(page) <= 2, following
            rows += page
            link = re.search(r'href="([^"]*(?:cursor|after)=[^"]*)"', text)
            following = html.unescape(link[1]) if link else ""
        assert len(rows) == len(set(rows)) == count, path

"""One laptop's first year in the browser: asked for, approved, bought, deployed, repaired, renewed."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from PIL import Image

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.lifecycle.checklists import ChecklistKind
from scanner_app.queries.register.locations import find_location_id
from scanner_app.queries.stock.items import get_item_id, load_cards
from scanner_app.services.contracts.fields import read_contract
from scanner_app.services.contracts.write import add_contract
from scanner_app.services.licences.fields import read_licence
from scanner_app.services.licences.write import add_licence
from scanner_app.services.lifecycle.checklists import save_checklist
from scanner_app.services.stock.items import create_item
from scanner_app.services.stock.ledger import Order
from scanner_app.services.stock.moves import receive
from tests.browser.conftest import open_scan_page, scan_by_keys, wait_until
from tests.support.register import add_asset

pytestmark = pytest.mark.browser
EVE = Actor("user", 99, "Eve", Role.ADMIN, user_id=99)
BOX = "4006381333931"
SERIALS = [f"SN-10{number}" for number in range(9)]
KNOWN, LAPTOP = "SN-KNOWN", "LT-950"
# What the history of the request tells, and that of the laptop, the oldest first.
ASKED = ("Asked for", "Approved by one", "Approved by one", "Approved", "Ordered", "Done")
YEAR = (
    "Received in",
    "Deployment P",
    "Install the system",
    "Name it (box-950)",
    "done",
    "Maintenance M",
    "Parts: 75.00 EUR",
    "Show the new fan",
    "Restored.",
    "Got a seat of Office",
    "Covered by Support",
    "Support (C-1): renewed",
)


def fill_year(session, now: datetime) -> None:
    """Checklists, a part in stock, a licence and a contract, before the year begins."""
    add_asset(session, "LT-777", serial=KNOWN, now=now)
    for kind, text in (
        (ChecklistKind.DEPLOYMENT, "Install the system\nName it [text]"),
        (ChecklistKind.MAINTENANCE, "Show the new fan [photo]"),
    ):
        save_checklist(session, kind=kind, category="", text=text, actor=EVE, now=now)
    fan = {
        "name": "Fan",
        "stock_class": "component",
        "code": "FAN",
        "currency": "EUR",
        "unit_cost_cents": 75_00,
    }
    create_item(session, values=fan, now=now)
    card = load_cards(session, [get_item_id(session, "FAN")]).popitem()[1]
    place = find_location_id(session, "R-103") or 0
    order = Order(now, now, EVE, scan_id=uuid.uuid4())
    receive(session, card, quantity=3, place_id=place, order=order)
    licence = read_licence({"product": "Office", "seats": "5"})
    add_licence(session, fields=licence, record={"asset_tag": "LIC-1"}, actor=EVE, now=now)
    contract = {
        "number": "C-1",
        "name": "Support",
        "kind": "support",
        "supplier": "Example IT",
        "starts_on": date(now.year, 1, 1).isoformat(),
        "ends_on": date(now.year, 12, 31).isoformat(),
        "renewal": "express",
        "notice_days": "30",
        "period": "year",
    }
    fields = read_contract(session, contract, currency="EUR")
    add_contract(session, fields=fields, actor=EVE, now=now)


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def scan(page, code: str) -> None:
    """Scan with a keyboard scanner, and wait until the server has it."""
    kept = page.locator("[data-rows] > li[data-kept=server]")
    before = kept.count()
    scan_by_keys(page, code)
    wait_until(lambda: kept.count() > before, seconds=60, what=f"the server has {code}")


def picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (320, 240), (40, 90, 140)).save(file, "JPEG")
    return file.getvalue()


def become(page, server, cookie: str) -> None:
    """Hand the phone to somebody else."""
    page.context.add_cookies([{"name": "scanner", "value": cookie, "url": server.url}])


def ask(page) -> str:
    """Ask for eight laptops, and return the path of the request."""
    page.goto("/requests/new")
    page.locator("[name=title]").fill("Laptops for new colleagues")
    page.locator("[name=quantity]").fill("8")
    page.locator("[name=justification]").fill("Eight people begin next month.")
    page.get_by_text("More, if you know it").click()
    page.locator("[name=estimate]").fill("9600")
    page.locator("[name=model]").fill("Book 14")
    press(page, "Ask for it")
    page.wait_for_url(re.compile(r"/requests/\d+$"))
    # Nobody approves what they asked for: the form is not there.
    assert page.locator("form[action$='/decision']").count() == 0
    return page.url


def approve(page, request: str, said: str) -> None:
    page.goto(request)
    page.get_by_text("9,600.00 EUR").first.wait_for()
    page.locator("form[action$='/decision'] button[value=approve]").click()
    page.get_by_text(said).first.wait_for()


def order_and_deliver(page, request: str) -> str:
    """Order what was approved, start its delivery, and return the delivery's path."""
    page.goto(request)
    page.locator("#order-supplier").fill("Example IT")
    page.locator("[name=model_code]").fill(BOX)
    press(page, "Write the order")
    page.wait_for_url(re.compile(r"/orders/[^/]+$"))
    page.locator("form[action$='/state'] button[value=placed]").click()
    page.locator("#deliveries [name=location]").select_option("R-101")
    press(page, "Start a delivery")
    page.wait_for_url(re.compile(r"/deliveries/[A-Z]\d+$"))
    return re.sub(r"^https?://[^/]+", "", page.url)


def receive_ten(page, delivery: str) -> None:
    """Scan ten serial numbers of which one is over and one known already, decide, label, book."""
    page.goto(delivery)
    open_scan_page(page, page.get_by_role("link", name="Scan serial numbers").get_attribute("href"))
    for code in (BOX, *SERIALS, KNOWN):
        scan(page, code)
    page.goto(delivery)
    page.get_by_text("2 to decide first").wait_for()
    for code, decision in ((SERIALS[-1], "return"), (KNOWN, "leave_out")):
        row = page.locator("#differences li", has_text=code)
        row.locator(f"button[value={decision}]").click()
        row.get_by_role("button", name="Decide again").wait_for()
    row = page.locator("#received li", has_text=SERIALS[0])
    row.locator("summary").click()
    row.locator("[name=label]").fill(LAPTOP)
    row.get_by_role("button", name="Save").click()
    page.locator("#received .tag", has_text=LAPTOP).wait_for()
    page.locator("[name=first_tag]").fill("LT-951")
    press(page, "Book 8")
    page.locator("#received a.tag", has_text=LAPTOP).wait_for()


def open_task(page) -> str:
    """Open the task of the laptop that runs, and return its path."""
    page.goto("/tasks")
    page.locator("li a", has_text=LAPTOP).first.click()
    page.wait_for_url(re.compile(r"/tasks/[A-Z]\d+"))
    return page.url


def deploy(page) -> None:
    open_scan_page(page, "/scan?mode=deploy")
    scan(page, LAPTOP)
    open_task(page)
    press(page, "Tick: Install the system")
    page.get_by_role("button", name="Take the answer away: Install the system").wait_for()
    page.locator("[name=value]").fill("box-950")
    page.locator("[name=value]").press("Enter")
    page.get_by_role("button", name="Take the answer away: Name it").wait_for()
    page.locator("form[action$='/state'] button[value=done]").click()
    page.locator("form[action$='/state']").wait_for(state="detached")


def repair(page) -> None:
    open_scan_page(page, "/scan?mode=repair")
    scan(page, LAPTOP)
    task = open_task(page)
    page.get_by_text("Take a part out of stock").click()
    page.locator("[name=part]").select_option("FAN")
    page.locator("[name=from]").fill("R-103")
    press(page, "Take")
    page.get_by_text("75.00 EUR").first.wait_for()
    page.locator("input[type=file]").first.set_input_files(
        {"name": "fan.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    page.get_by_role("button", name="Show the new fan").first.click()
    page.get_by_alt_text("Picture: Show the new fan").wait_for()
    open_scan_page(page, "/scan?mode=restore")
    scan(page, LAPTOP)
    page.goto(task)
    page.get_by_text("Restored.").first.wait_for()


def license_and_renew(page) -> None:
    page.goto("/licences/LIC-1")
    page.locator("#give [name=asset]").fill(LAPTOP)
    press(page, "Give")
    page.get_by_role("button", name="Return from").wait_for()
    page.goto("/contracts/C-1")
    page.get_by_text("Cover assets").click()
    page.locator("[name=assets]").fill(LAPTOP)
    press(page, "Cover")
    page.get_by_role("button", name=f"End the coverage of {LAPTOP}").wait_for()
    page.locator("#renew-until").fill(f"{datetime.now(UTC).year + 1}-12-31")
    press(page, "Renew")
    page.locator(".timeline", has_text="Renewed").wait_for()


def test_one_laptop_lives_its_first_year(server, phone):
    with server.session(write=True) as session:
        fill_year(session, datetime.now(UTC))
    stockroom = server.sign_in("stockroom")
    page = phone.open(cookie=server.sign_in("technician"))

    request = ask(page)
    for role, said in (("approver", "1 of 2 approvals are given."), ("admin", "is approved")):
        become(page, server, server.sign_in(role))
        approve(page, request, said)
    become(page, server, stockroom)
    receive_ten(page, order_and_deliver(page, request))
    deploy(page)
    repair(page)
    license_and_renew(page)

    page.goto(request)
    page.locator(".badge", has_text="Done").first.wait_for()
    assert_follows(page.locator("#history .what").all_inner_texts(), ASKED)

    page.goto(f"/assets/{LAPTOP}?tab=history")
    assert_follows(page.locator(".timeline .what").all_inner_texts(), YEAR)


def assert_follows(texts: list[str], wanted: tuple[str, ...]) -> None:
    """Raise unless a history, which has the newest first, tells these in this order."""
    told = [" ".join(one.split()) for one in texts]
    left = iter(reversed(told))
    for words in wanted:
        assert any(words in one for one in left), f"{words!r} does not follow in {told}"

"""What open deliveries expect and which tasks are open, on a phone without a network."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from scanner_app.domain.procurement.receiving import Told, say
from scanner_app.domain.scanning.answer import decode_answer
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.services.scanning.record import record_scans
from tests.browser.conftest import LiveServer, open_scan_page, scan_by_keys, wait_until
from tests.browser.test_offline import FaultyProxy, make_ready, open_through, waiting
from tests.procurement.buying import ALICE, NOW
from tests.procurement.conftest import fill_office
from tests.procurement.test_vectors import VECTORS, add_vector_order
from tests.support.register import add_asset

pytestmark = pytest.mark.browser
NUMBER: dict[str, str] = {}
UNCHECKED = "Not checked yet."
SCAN = """(text) => document.dispatchEvent(
  new CustomEvent('scan:read', { detail: { text, source: 'wedge', symbology: null } }))"""
HAS_WORK = """() => new Promise((found) => {
  indexedDB.open('scanner-outbox').onsuccess = ({ target }) => {
    const asked = target.result.transaction('lists').objectStore('lists').getAllKeys();
    asked.onsuccess = () => {
      target.result.close();
      found(['places', 'work'].every((key) => asked.result.includes(key)));
    };
  };
})"""


def fill(session: Session) -> None:
    fill_office(session)
    NUMBER["delivery"] = add_vector_order(session)
    add_asset(session, "LT-9", serial="SN-9", now=NOW)
    sent = NewScan(uuid.uuid4(), "LT-9", Intent.REPAIR, NOW)
    [answer] = record_scans(session, scans=[sent], actor=ALICE, now=NOW)
    assert answer.outcome == "applied"


@pytest.fixture
def server(sqlite_template, tmp_path: Path) -> Iterator[LiveServer]:
    folder = tmp_path / "instance"
    sqlite_template.make(folder, fill)
    live = LiveServer(folder)
    live.start()
    yield live
    live.stop(kill=True)
    live.forget()


@pytest.fixture
def proxy(server) -> Iterator[FaultyProxy]:
    made = FaultyProxy(server.port)
    yield made
    made.stop()


def message_of(page: Any) -> str:
    return str(page.inner_text(".scan-result .sentence"))


def tell(page: Any, code: str, message: str) -> None:
    """Scan a code, and wait until the phone says a sentence."""
    page.evaluate(SCAN, code)
    wait_until(lambda: message_of(page) == message, what=f"{code}: {message}")


def open_offline(phone, proxy, cookie: str, path: str) -> Any:
    """Open the scan page without a network, once the phone has its lists."""
    page = open_through(phone, proxy, cookie, "/scan?mode=lookup")
    wait_until(lambda: page.evaluate(HAS_WORK), what="the lists are kept")
    make_ready(page)
    proxy.is_down = True
    page.goto(path)
    page.wait_for_selector("[data-scan-page][data-ready]")
    page.wait_for_selector("html[data-work]", state="attached")
    return page


def test_a_delivery_is_received_without_a_network_as_the_server_then_confirms(phone, server, proxy):
    number = NUMBER["delivery"]
    cookie = server.sign_in("stockroom")
    page = open_offline(phone, proxy, cookie, "/scan")

    # The code of the delivery, from its page, selects it.
    said = f"Delivery of 77, Example IT ({number}) is open."
    tell(page, f"http://localhost:{proxy.port}/t/{number}", f"{said} {UNCHECKED}")
    shown = page.locator(".scan-audit", has_text=f"Delivery {number}")
    shown.wait_for()
    assert page.get_attribute("[data-scan-page]", "data-mode") == "receive"
    # A reload keeps it, although the page was never loaded for it.
    page.reload()
    shown.wait_for()
    for row in VECTORS["scans"][1:]:
        if "quantity" in row:
            page.fill("[name=quantity]", str(row["quantity"]))
        told = Told(row.get("phone_told", row["told"]))
        said = say(told, number=number, **row.get("phone_fill", row["fill"]))
        tell(page, row["code"], f"{said} {UNCHECKED}")
    assert page.locator("[data-rows] > li[data-kept=phone][data-answer=fine]").count() == 0

    proxy.is_down = False
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_until(lambda: waiting(page) == 0, what="all are sent")
    confirmed = [
        say(Told(row["told"]), number=number, **row["fill"]) for row in VECTORS["scans"][1:]
    ]
    scans = [scan for scan in server.scans() if scan.intent is Intent.RECEIVE]
    answers = [scan for scan in scans if "/t/" not in scan.code]
    assert [decode_answer(scan.answer).message for scan in answers] == confirmed
    assert {scan.outcome for scan in server.scans()} <= {"noted", "applied"}


def test_a_scan_names_the_open_task_of_its_asset_and_its_code_opens_it(phone, server, proxy):
    page = open_offline(phone, proxy, server.sign_in(), "/scan?mode=repair")

    said = "LT-9 Laptop is in maintenance already ({}).".format
    page.evaluate(SCAN, "SN-9")
    wait_until(lambda: UNCHECKED in message_of(page), what="the phone knows")
    task = message_of(page).split("(")[1].split(")")[0]
    assert message_of(page) == f"{said(task)} {UNCHECKED}"
    code = f"http://localhost:{proxy.port}/t/{task}"
    tell(page, code, f"Maintenance of LT-9 Laptop ({task}) is open. {UNCHECKED}")
    assert page.get_attribute(".scan-steps a", "href") == f"/tasks/{task}"
    unknown = f"http://localhost:{proxy.port}/t/M999"
    tell(page, unknown, "M999 is the code of a task. Which one is not checked yet.")

    proxy.is_down = False
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_until(lambda: waiting(page) == 0, what="all are sent")
    assert [scan.outcome.value for scan in server.scans()[1:]] == ["refused", "noted", "refused"]
    wait_until(lambda: "does not exist" in message_of(page), what="the server knows no M999")
    scan_by_keys(page, code)
    wait_until(lambda: page.locator(".scan-steps a").count() == 1, what="it can be opened")
    page.click(".scan-steps a")
    page.wait_for_url(f"**/tasks/{task}")


def test_the_code_of_a_delivery_selects_it_with_a_network_too(phone, server):
    page = phone.open(cookie=server.sign_in("stockroom"))
    open_scan_page(page)

    scan_by_keys(page, f"{server.url}/t/{NUMBER['delivery'].lower()}")

    page.locator(".scan-audit", has_text=f"Delivery {NUMBER['delivery']}").wait_for()
    scan_by_keys(page, VECTORS["scans"][1]["code"])
    wait_until(lambda: "Receiving Maker Book 14" in message_of(page), what="the line is set")

"""The sheet of a shelf: pieces are counted bin by bin, and moved from one to another, without a network too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import Location, StockAccount, StockItem, StockLevel
from scanner_app.services.stock.check import find_mismatches
from scanner_app.services.stock.items import CodeInput, edit_item
from tests.browser.conftest import LiveServer, open_scan_page, scan_by_keys, wait_until
from tests.browser.test_offline import FaultyProxy, make_ready, open_through, waiting
from tests.stock.conftest import fill_stockroom
from tests.stock.steps import START

pytestmark = pytest.mark.browser
LINES = """() => Object.fromEntries([...document.querySelectorAll('[data-sheet-rows] > li')].map((row) =>
  [row.querySelector('[data-code]').textContent + row.querySelector('[data-where]').textContent,
   row.querySelector('input').value]))"""
TRAY = "[...document.querySelectorAll('[data-lines] > li')].map((row) => row.innerText)"


IDS: dict[str, int] = {}


def fill(session: Session) -> None:
    """Make the stockroom; toner has bins in both rooms."""
    IDS.update(fill_stockroom(session))
    bins = [CodeInput("BIN-T1", 1, IDS["store"]), CodeInput("BIN-T2", 1, IDS["lab"])]
    codes = [*bins, CodeInput("4006381333931", 10)]
    edit_item(session, code="ST-0001", values={"codes": codes}, now=START)


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
def proxy(server):
    made = FaultyProxy(server.port)
    yield made
    made.stop()


def read_lines(page: Any, wanted: dict[str, str]) -> None:
    wait_until(lambda: page.evaluate(LINES) == wanted, what=f"{wanted}: {page.evaluate(LINES)}")


def levels_of(server) -> dict[tuple[str, str], int]:
    """Return (item, location) and how many pieces are there."""
    with server.session() as session:
        assert find_mismatches(session) == []
        found = session.execute(
            select(StockItem.code, Location.code, StockLevel.quantity)
            .join(StockItem, StockItem.id == StockLevel.stock_item_id)
            .join(StockAccount, StockAccount.id == StockLevel.account_id)
            .join(Location, Location.id == StockAccount.location_id)
        ).all()
    return {(item, place): number for item, place, number in found}


def move_pieces(page: Any) -> None:
    """Move five toners from bin to bin, and a mouse from the stockroom to the lab's label."""
    page.click("[data-modes] a[data-mode=move_stock]")
    scan_by_keys(page, "ST-0002")
    scan_by_keys(page, "SCN-QTY-5")
    scan_by_keys(page, "BIN-T1")
    read_lines(page, {"ST-0001 · Stockroom": "5", "ST-0002 · Stockroom": "1"})
    scan_by_keys(page, "BIN-T2")
    read_lines(page, {"ST-0002 · Stockroom": "1"})
    scan_by_keys(page, "R-STORE")  # it lies there already
    read_lines(page, {"ST-0002 · Stockroom": "1"})
    scan_by_keys(page, "R-LAB")
    read_lines(page, {})


def test_bins_are_counted_and_pieces_moved_without_a_network(phone, server, proxy):
    cookie = server.sign_in()
    page = open_through(phone, proxy, cookie, "/scan?mode=count")
    make_ready(page)
    proxy.is_down = True

    # Without a shelf nobody knows where they lie.
    scan_by_keys(page, "ST-0002")
    wait_until(lambda: "label of the shelf" in page.inner_text(".scan-result"), what="refused")
    # A bin names both, and its number is typed. A box counts as what it holds.
    scan_by_keys(page, "BIN-T1")
    read_lines(page, {"ST-0001 · Stockroom": ""})
    number = page.locator("[data-sheet-rows] input")
    number.fill("20")
    number.blur()
    read_lines(page, {"ST-0001 · Stockroom": "20"})
    scan_by_keys(page, "R-STORE")
    wait_until(lambda: waiting(page) == 2, what="the count of the bin and the label wait")
    for code in ("ST-0002", "ST-0002", "BIN-T2", "4006381333931"):
        scan_by_keys(page, code)
    read_lines(
        page,
        {"ST-0001 · Stockroom": "10", "ST-0001 · Lab": "", "ST-0002 · Stockroom": "2"},
    )
    # A reload loses no line.
    page.reload()
    page.wait_for_selector("[data-scan-page][data-ready]")
    page.locator("[data-sheet-rows] li", has_text="Lab").locator("[data-do=more]").click()
    page.locator("[data-sheet-rows] li", has_text="Stockroom").first.locator(
        "[data-do=remove]"
    ).click()
    read_lines(page, {"ST-0001 · Lab": "1", "ST-0002 · Stockroom": "2"})
    page.click("[data-sheet-save]")
    read_lines(page, {})
    wait_until(lambda: waiting(page) == 4, what="three counts and a label wait")

    move_pieces(page)
    proxy.is_down = False
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_until(lambda: waiting(page) == 0, what="all are sent")
    assert levels_of(server) == {
        ("ST-0001", "R-STORE"): 15, ("ST-0001", "R-LAB"): 6,
        ("ST-0002", "R-STORE"): 1, ("ST-0002", "R-LAB"): 1,
    }  # fmt: skip
    assert {scan.outcome for scan in server.scans()} == {"applied", "noted"}


def count_toner(page: Any) -> None:
    """Put 20 toners in the bin of the stockroom on the sheet of a count."""
    scan_by_keys(page, "BIN-T1")
    number = page.locator("[data-sheet-rows] input")
    number.fill("20")
    number.blur()
    read_lines(page, {"ST-0001 · Stockroom": "20"})


HAS_LISTS = """() => new Promise((found) => {
  indexedDB.open('scanner-outbox').onsuccess = ({ target }) => {
    const asked = target.result.transaction('lists').objectStore('lists').getKey('places');
    asked.onsuccess = () => { target.result.close(); found(asked.result !== undefined); };
  };
})"""


def open_with_lists(page: Any, path: str) -> None:
    """Open the scan page once the phone knows the codes of stock."""
    open_scan_page(page, path)
    wait_until(lambda: page.evaluate(HAS_LISTS), what="the lists are kept")
    open_scan_page(page, path)


def is_kept(page: Any) -> bool:
    """Return whether the phone keeps a sheet."""
    return bool(page.evaluate("Object.keys(localStorage).some(k => k.startsWith('scanner.sheet'))"))


def read_scans(server, intent: str) -> list[Any]:
    return [scan for scan in server.scans() if scan.intent == intent]


# A transaction that does not end before its page does: nothing is stored behind it.
HOLD = """() => new Promise((held) => {
  indexedDB.open('scanner-outbox').onsuccess = ({ target }) => {
    const store = target.result.transaction(['outbox', 'answers'], 'readwrite').objectStore('outbox');
    const again = () => { held(); store.get(0).onsuccess = again; };
    again();
  };
})"""
# A tab that does not know yet what another one wrote.
MAKE_STALE = """() => {
  const key = Object.keys(localStorage).find((name) => name.startsWith('scanner.sheet'));
  const old = localStorage.getItem(key);
  let isStale = true;
  const { getItem, setItem, removeItem } = Storage.prototype;
  Storage.prototype.getItem = function (name) { return isStale && name === key ? old : getItem.call(this, name); };
  Storage.prototype.setItem = function (name, text) { isStale &&= name !== key; return setItem.call(this, name, text); };
  Storage.prototype.removeItem = function (name) { isStale &&= name !== key; return removeItem.call(this, name); };
  addEventListener('storage', (event) => event.stopImmediatePropagation(), true);
}"""


def test_a_sheet_that_is_reloaded_while_it_is_saved_loses_no_line(phone, server):
    page = phone.open(cookie=server.sign_in())
    open_with_lists(page, "/scan?mode=count")
    count_toner(page)
    page.evaluate(HOLD)

    page.click("[data-sheet-save]")
    read_lines(page, {})
    page.reload()

    page.wait_for_selector("[data-scan-page][data-ready]")
    wait_until(lambda: read_scans(server, "count"), what="the count is sent")
    wait_until(lambda: not is_kept(page), what="nothing is left to save")
    page.reload()
    page.wait_for_selector("[data-scan-page][data-ready]")
    wait_until(lambda: waiting(page) == 0, what="nothing waits")
    assert [json.loads(scan.details)["quantity"] for scan in read_scans(server, "count")] == [20]
    assert levels_of(server)["ST-0001", "R-STORE"] == 20


@pytest.mark.parametrize("is_stale", [False, True], ids=["in turn", "at once"])
def test_two_tabs_of_one_person_record_a_move_once(phone, server, is_stale):
    page = phone.open(cookie=server.sign_in())
    open_with_lists(page, "/scan?mode=count")
    count_toner(page)
    page.click("[data-sheet-save]")
    wait_until(lambda: read_scans(server, "count"), what="the count is sent")
    page.click("[data-modes] a[data-mode=move_stock]")
    scan_by_keys(page, "SCN-QTY-5")
    scan_by_keys(page, "BIN-T1")
    read_lines(page, {"ST-0001 · Stockroom": "5"})
    other = phone.context.new_page()
    open_scan_page(other, "/scan?mode=move_stock")
    read_lines(other, {"ST-0001 · Stockroom": "5"})
    if is_stale:
        other.evaluate(MAKE_STALE)

    scan_by_keys(page, "BIN-T2")
    wait_until(lambda: read_scans(server, "move"), what="the move is sent")
    if is_stale:
        scan_by_keys(other, "BIN-T2")
    read_lines(other, {})

    wait_until(lambda: not is_kept(other), what="nothing is left to save")
    for tab in (page, other):
        wait_until(lambda tab=tab: waiting(tab) == 0, what="nothing waits")
    assert [json.loads(scan.details)["quantity"] for scan in read_scans(server, "move")] == [5]
    levels = levels_of(server)
    assert (levels["ST-0001", "R-STORE"], levels["ST-0001", "R-LAB"]) == (15, 5)


def test_the_counter_names_stock_without_a_network(phone, server, proxy):
    base = f"http://localhost:{proxy.port}"
    page = phone.open(base=base, cookie=server.sign_in("stockroom"))
    page.goto("/counter")
    wait_until(
        lambda: page.evaluate("""new Promise((found) => {
          const open = indexedDB.open("scanner-outbox");
          open.onerror = () => found(false);
          open.onsuccess = () => {
            const store = open.result.transaction("lists").objectStore("lists");
            store.get("places").onsuccess = (event) => {
              open.result.close();
              found(event.target.result?.body?.stock?.length === 3);
            };
          };
        })"""),
        what="the phone has the list",
    )
    proxy.is_down = True

    scan_by_keys(page, "B-77")
    scan_by_keys(page, "4006381333931")
    scan_by_keys(page, "ST-0002")

    wait_until(lambda: "Mouse" in str(page.evaluate(TRAY)), what="the mouse is named")
    tray = str(page.evaluate(TRAY))
    assert "Toner black" in tray
    assert "Not checked yet" in tray

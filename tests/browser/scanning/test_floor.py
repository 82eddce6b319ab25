"""The scan page on the floor: the answer is in view on every phone, and a room ends with the next one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scanner_app.models import Location
from tests.browser.conftest import open_scan_page, scan_by_keys, wait_until
from tests.browser.test_count import open_audit
from tests.support.register import add_asset, add_location

pytestmark = pytest.mark.browser
SIZES = [(320, 568), (375, 667), (390, 844), (844, 390), (768, 1024), (1280, 800), (1920, 1080)]

# What is wrong with the answer that is shown: each line names it.
FAULTS = """
() => {
  const found = [];
  const box = (e) => e.getBoundingClientRect();
  for (const part of document.querySelectorAll('[data-result] :is(.word, .sentence)')) {
    const { left, right, top, bottom } = box(part);
    if (top < 0 || left < 0 || bottom > innerHeight || right > innerWidth) found.push(`${part.className} is outside`);
    for (const [x, y] of [[left + 2, top + 2], [(left + right) / 2, (top + bottom) / 2], [right - 2, bottom - 2]]) {
      const over = document.elementFromPoint(x, y);
      if (!over || !(part.contains(over) || over.contains(part))) found.push(`${part.className} is covered`);
    }
  }
  const em = document.createElement('canvas').getContext('2d');
  const words = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  for (let node = words.nextNode(); node; node = words.nextNode()) {
    const element = node.parentElement;
    if (box(element).width < 2 || !node.data.trim() || !element.checkVisibility({ visibilityProperty: true }) || element.closest('.visually-hidden')) continue;
    em.font = getComputedStyle(element).font;
    for (const { 0: word, index } of node.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
      const range = new Range();
      range.setStart(node, index); range.setEnd(node, index + word.length);
      const lines = new Set([...range.getClientRects()].map((line) => Math.round(line.top))).size;
      const room = element.closest('li, p, section, form, a, div').clientWidth;
      if (lines > 1 && em.measureText(word).width < room * 0.8) found.push(`"${word}" is broken`);
    }
    if (node.data.trim().length > 3 && box(element).width && box(element).width < em.measureText('abc').width) found.push(`narrow: ${node.data}`);
  }
  if (document.scrollingElement.scrollWidth > innerWidth) found.push('the page is too wide');
  return found;
}
"""


@pytest.fixture
def cookie(server) -> str:
    return server.sign_in("auditor")


@pytest.fixture
def audit(server, cookie) -> int:
    """An audit of two small rooms; nothing was seen yet."""
    now = datetime.now(UTC) - timedelta(days=1)
    with server.session(write=True) as session:
        site = add_location(session, "S", "Süd", now=now)
        for code, name in (("S-1", "Stockroom 105"), ("S-2", "Maintenance workshop 106")):
            room = add_location(session, code, name, parent=site, now=now)
            for number in range(2):
                tag = f"{code}-{number}"
                add_asset(session, tag, name="Lenovo ThinkPad T14 Gen 5", location=room, now=now)
    return open_audit(server, cookie, scope={"locations": ["S"]})


def test_the_answer_is_in_view_at_every_size(phone, server, cookie, audit):
    page = phone.open(cookie=cookie)
    open_scan_page(page, f"/scan?mode=sighting&audit={audit}&location=S-1")
    scan_by_keys(page, "LT-001")
    page.locator("[data-result] .sentence").wait_for()
    wait_until(server.scans, what="recorded")

    faults = {}
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("new Promise((f) => requestAnimationFrame(() => requestAnimationFrame(f)))")
        if found := page.evaluate(FAULTS):
            faults[width, height] = found

    assert not faults


def test_a_room_that_is_complete_says_so_and_leads_to_the_next(phone, server, cookie, audit):
    page = phone.open(cookie=cookie)
    open_scan_page(page, f"/scan?mode=sighting&audit={audit}&location=S-1")

    for tag in ("S-1-0", "S-1-1"):
        assert page.locator("[data-room-complete]").is_hidden()
        scan_by_keys(page, tag)
        wait_until(lambda tag=tag: server.scans() and server.scans()[-1].code == tag, what=tag)
    moment = page.locator("[data-room-complete]")
    moment.locator("a").wait_for()

    assert moment.inner_text().split("\n\n")[:2] == ["Stockroom 105 complete", "2 of 2 counted."]
    assert page.evaluate(FAULTS) == []
    moment.locator("a").click()
    wait_until(
        lambda: page.inner_text("[data-place] [data-text]").strip() == "Maintenance workshop 106",
        what="the next room is set",
    )
    wait_until(lambda: page.inner_text("[data-here-count]") == "0 of 2", what="its count")


def test_a_room_without_a_label_is_chosen_by_its_name(phone, server, cookie, audit):
    page = phone.open(cookie=cookie)
    open_scan_page(page, f"/scan?mode=sighting&audit={audit}")
    page.click("[data-pick-place]")
    page.locator("[data-picker-rows] button").first.wait_for()
    page.fill("[data-picker] input", "süd work")
    assert page.locator("[data-picker-rows] button").count() == 1
    page.keyboard.press("Enter")

    scan_by_keys(page, "S-2-0")

    scans = wait_until(server.scans, what="recorded")
    with server.session() as session:
        assert session.get(Location, scans[0].location_id).code == "S-2"


def test_names_and_answers_offer_what_can_be_done_and_record_nothing_before(
    phone, server, cookie, audit
):
    page = phone.open(cookie=server.sign_in())
    open_scan_page(page, f"/scan?mode=sighting&audit={audit}&location=S-1")

    page.fill("#code", "süd work")
    page.keyboard.press("Enter")
    offers = page.locator("[data-result] .results button")
    offers.first.wait_for()
    # Between them, what the server finds: the assets that are there.
    names = [offers.nth(i).inner_text().split("\n")[0] for i in range(offers.count())]
    assert names[0] == "Maintenance workshop 106"
    assert names[-1] == "“süd work” is on a label"
    assert page.evaluate(FAULTS) == []
    assert server.scans() == []
    offers.first.click()
    wait_until(
        lambda: page.inner_text("[data-place] [data-text]").strip() == "Maintenance workshop 106",
        what="the location is set",
    )
    scan_by_keys(page, "S-1-0")
    page.click(".scan-step:text('Move it here')")
    wait_until(lambda: len(server.scans()) == 2, what="a move")
    # The server has it a moment before the page has its answer.
    word = page.locator("[data-result] .word")
    wait_until(lambda: word.inner_text() == "Moved", what="its answer")
    # The server's answer comes after the person has said what it is.
    held: list[Any] = []
    page.route("**/api/v1/scans", lambda route: held.append(route))
    scan_by_keys(page, "GHOST-1")
    page.click(".scan-step:text('What is it?')")
    page.fill("#f-what", "Dell monitor")
    page.click("text=Save for the auditor")
    page.locator(".scan-noted", has_text="Dell monitor").wait_for()
    for route in held:
        route.continue_()
    page.unroute("**/api/v1/scans")

    rows = wait_until(lambda: len(server.scans()) == 4 and server.scans(), what="the note")
    assert [(row.code, row.intent.value, row.note) for row in rows] == [
        ("S-1-0", "sighting", None),
        ("S-1-0", "move", None),
        ("GHOST-1", "sighting", None),
        ("GHOST-1", "sighting", "Dell monitor"),
    ]
    wait_until(lambda: word.inner_text() == "Unknown label", what="the note's answer")
    assert page.locator(".scan-noted", has_text="Dell monitor").is_visible()
    assert page.locator(".scan-step").count() == 0

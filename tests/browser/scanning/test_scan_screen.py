"""The scan page as people meet it: each answer, its accessibility, its weight, the keyboard alone."""

from __future__ import annotations

import urllib.request
from functools import partial
from pathlib import Path

import pytest

from tests.browser.conftest import open_scan_page, scan_by_keys, wait_until

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parents[1] / "axe-4.14.1.min.js").read_text()
RULES = "['wcag2a','wcag2aa','wcag21aa','wcag22aa','best-practice']"
MOST_BYTES = 100_000


def find_violations(page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate(f"axe.run(document, {{runOnly: {RULES}}}).then(r => r.violations)")
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]


def tell(page) -> tuple[str, str]:
    panel = page.locator("[data-result] .scan-result")
    panel.wait_for()
    return panel.get_attribute("data-answer"), panel.get_attribute("data-kept")


class TestAnswers:
    def test_undo_takes_the_last_scan_back_with_one_tap(self, phone, server):
        page = phone.open(cookie=server.sign_in())
        open_scan_page(page, "/scan?mode=move")
        for code in ("R-103", "LT-001"):
            scan_by_keys(page, code)
        wait_until(lambda: len(server.scans()) == 2, what="both stored")

        page.click("[data-undo]")

        rows = wait_until(
            lambda: len(server.scans()) == 3 and server.scans(), what="the undo is a scan"
        )
        assert (rows[2].intent.value, rows[2].voids) == ("void", rows[1].scan_id)
        undone = page.locator(f"[data-scan-id='{rows[1].scan_id}']").first
        wait_until(lambda: undone.get_attribute("data-answer") == "undone", what="shown as undone")

    def test_an_answer_that_is_quicker_than_the_screen_is_what_stays(self, phone, server):
        page = phone.open(cookie=server.sign_in())
        page.add_init_script(
            "window.frames_held = [];"
            "window.requestAnimationFrame = (show) => window.frames_held.push(show);"
        )
        open_scan_page(page)
        scan_by_keys(page, "LT-001")
        row = page.locator("[data-rows] [data-scan-id]").first
        wait_until(lambda: row.get_attribute("data-kept") == "server", what="answered")

        page.evaluate("frames_held.splice(0).forEach((show) => show(performance.now()))")

        assert tell(page) == (row.get_attribute("data-answer"), "server")


class TestGivenCode:
    def test_stands_in_the_field_until_one_tap_sends_it_or_a_scanner_takes_its_place(
        self, phone, server
    ):
        page = phone.open(cookie=server.sign_in(), has_touch=True, is_mobile=True)
        for code in ("LT-001", "LT-002"):
            open_scan_page(page, f"/scan?mode=sighting&code={code}")
            assert page.input_value("[name=code]") == code
            assert len(server.scans()) == int(code == "LT-002")
            if code == "LT-001":
                page.tap(".scan-go")
                wait_until(lambda: server.scans(), what="sent")
        scan_by_keys(page, "LT-003")

        wait_until(lambda: len(server.scans()) == 2, what="both stored")
        assert [row.code for row in server.scans()] == ["LT-001", "LT-003"]


def tab_to(page, selector: str) -> None:
    """Press Tab until something has the focus, seeing at each stop where one is."""
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        here = page.evaluate(
            """selector => { const at = document.activeElement;
            at.dataset.stop ??= String(Math.random());
            const box = at.getBoundingClientRect();
            return { hit: at.matches(selector), stop: at.dataset.stop,
              name: at.outerHTML.slice(0, 120), isSeen: box.width > 0 && box.height > 0,
              isMarked: getComputedStyle(at).outlineStyle !== 'none' || at.matches('body') }; }""",
            selector,
        )
        assert here["isMarked"], here["name"]
        if here["hit"]:
            assert here["isSeen"], here["name"]
            return
        seen.add(here["stop"])
    raise AssertionError(f"{selector} cannot be reached: {len(seen)} stops")


class TestKeyboard:
    def test_alone_it_reaches_and_works_everything_and_is_never_trapped(self, phone, server):
        page = phone.open(cookie=server.sign_in())
        open_scan_page(page)

        go_to = partial(tab_to, page)

        page.keyboard.type("R-101", delay=120)
        page.keyboard.press("Enter")
        wait_until(lambda: page.inner_text("[data-place]").strip() == "Room 101", what="a place")
        page.keyboard.type("LT-003", delay=120)
        page.keyboard.press("Enter")
        wait_until(lambda: len(server.scans()) == 2, what="typed and entered")
        go_to("[data-undo]")
        page.keyboard.press("Space")
        wait_until(lambda: len(server.scans()) == 3, what="undone")
        assert page.evaluate("document.activeElement.id") == "code"  # ready for the next code
        go_to("[data-mode=check_in]")
        page.keyboard.press("Enter")
        # A moment later: Enter may be the first key of a keyboard scanner.
        page.locator("[data-scan-page][data-mode=check_in]").wait_for()
        go_to("[data-place] button")
        page.keyboard.press("Enter")
        wait_until(lambda: "Scan a room label" in page.inner_text("[data-place]"), what="cleared")
        go_to("[data-unsent]")
        page.keyboard.press("Enter")
        page.locator("dialog[data-queue]").wait_for()
        page.keyboard.press("Escape")
        page.locator("dialog[data-queue]").wait_for(state="hidden")
        go_to("[data-mute]")
        page.keyboard.press("Space")
        page.locator("[data-mute][aria-pressed=true]").wait_for()
        go_to("[data-more-button]")
        page.keyboard.press("Enter")
        page.locator("[data-more-sheet]").wait_for()
        go_to("#f-note")
        page.keyboard.type("by keys", delay=120)
        page.keyboard.press("Escape")
        page.locator("[data-next-details]", has_text="by keys").wait_for()
        go_to("[data-camera-button]")
        page.keyboard.press("Enter")
        wait_until(
            lambda: page.is_visible("[data-trouble]") or page.is_visible("[data-camera]"),
            what="the camera answers",
        )
        go_to(".scan-close")  # and out of the page again
        assert {row.source for row in server.scans()} == {"typed"}


class TestSetUp:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_shows_what_a_scanner_sent_on_pages_without_a_finding(self, phone, server, scheme):
        page = phone.open(cookie=server.sign_in(), color_scheme=scheme)
        page.goto("/scan?mode=check_out")
        assert find_violations(page) == []
        page.goto("/install")
        assert find_violations(page) == []
        page.goto("/scanner-setup")
        assert find_violations(page) == []

        scan_by_keys(page, "A/1")
        scan_by_keys(page, "LT-001", gap_ms=50)

        wait_until(
            lambda: page.inner_text("[data-sent]") == "You sent: L T - 0 0 1, Enter; 50 ms a key.",
            what="the live test",
        )
        assert "give it a prefix" in page.inner_text("[data-advice]")
        assert find_violations(page) == []
        page.fill("[name=prefix]", "~")
        page.click("[data-settings-form] button.primary")
        scan_by_keys(page, "~X", gap_ms=90)
        wait_until(
            lambda: page.inner_text("[data-code]").strip() == "X", what="the prefix is taken off"
        )
        assert server.scans() == []


class TestWeight:
    def test_the_first_scan_needs_at_most_100_kb_without_the_decoder(self, phone, server):
        page = phone.open(cookie=server.sign_in(), service_workers="block")
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        urls: dict[str, str] = {}
        weights: dict[str, float] = {}
        wire.on(
            "Network.responseReceived",
            lambda event: urls.update({event["requestId"]: event["response"]["url"]}),
        )
        # What came over the network, headers included.
        wire.on(
            "Network.loadingFinished",
            lambda event: weights.update({event["requestId"]: event["encodedDataLength"]}),
        )
        open_scan_page(page)

        # The first scan waits for what was asked for before the page was ready, and for the page.
        first = set(
            page.evaluate(
                """() => { const [{ startTime }] = performance.getEntriesByName('scan-ready');
                return performance.getEntriesByType('resource')
                  .filter(entry => entry.startTime < startTime).map(entry => entry.name); }"""
            )
        ) | {page.url}
        # Fonts are optional: nothing waits for them.
        counted = {url for url in first if ".woff2" not in url}
        total = sum(size for key, size in weights.items() if urls[key] in counted)
        print(f"{len(first)} files, {total / 1000:.1f} kB with their headers")
        assert any("/scan/page.js" in url for url in urls.values())
        assert not any("zxing" in url for url in urls.values())
        assert total <= MOST_BYTES


class TestTrust:
    def test_the_steps_stand_there_without_a_sign_in(self, server):
        with urllib.request.urlopen(f"{server.url}/install", timeout=10) as answer:
            assert "Nothing to install" in answer.read().decode()

"""The scan page as people meet it: each answer, its accessibility, its weight, the keyboard alone."""

from __future__ import annotations

import gzip
import urllib.request
from pathlib import Path

import pytest

from tests.browser.conftest import open_scan_page, scan_by_keys, wait_until

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parent / "axe-4.14.1.min.js").read_text()
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
    def test_each_is_told_apart_by_word_and_kept_on_the_server(self, phone, server):
        page = phone.open(cookie=server.sign_in())
        open_scan_page(page)
        cases = [
            ("R-102", "fine", "Place: Room 102."),
            ("LT-001", "wrong_place", "Wrong place"),
            ("NOPE-1", "unknown", "Unknown"),
            ("R-101", "fine", "Place: Room 101."),
            ("LT-001", "fine", "Fine"),
        ]

        for code, answer, words in cases:
            scan_by_keys(page, code)
            wait_until(
                lambda a=answer, w=words: (
                    tell(page) == (a, "server")
                    and w in page.inner_text("[data-result] .scan-result")
                ),
                what=f"{code} is {answer}",
            )

        page.goto("/scan?mode=check_out")
        wait_until(
            lambda: page.evaluate(
                "document.querySelector('[data-scan-page]')?.dataset.ready === ''"
            ),
            what="ready",
        )
        scan_by_keys(page, "LT-002")
        wait_until(lambda: tell(page) == ("refused", "server"), what="no custodian: refused")
        scan_by_keys(page, "B-77")
        wait_until(lambda: "Ana Alves" in page.inner_text("[data-person]"), what="badge is set")
        scan_by_keys(page, "LT-002")
        wait_until(lambda: tell(page) == ("fine", "server"), what="checked out")
        assert "Ana Alves" in page.inner_text(".asset-card")

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

    def test_the_keyboard_alone_does_everything(self, phone, server):
        page = phone.open(cookie=server.sign_in())
        open_scan_page(page)

        page.keyboard.type("LT-003", delay=120)
        page.keyboard.press("Enter")
        wait_until(lambda: len(server.scans()) == 1, what="typed and entered")
        wait_until(lambda: page.is_enabled("[data-undo]"), what="undo is offered")
        for _ in range(12):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.hasAttribute('data-undo')"):
                break
        page.keyboard.press("Enter")

        wait_until(lambda: len(server.scans()) == 2, what="undone by keys")
        assert [row.source for row in server.scans()] == ["typed", "typed"]

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_axe_finds_nothing(self, phone, server, scheme):
        page = phone.open(cookie=server.sign_in(), color_scheme=scheme)
        found = []
        for path in ("/scan?mode=check_out", "/scanner-setup", "/install"):
            page.goto(path)
            found += find_violations(page)
        open_scan_page(page)
        for code in ("R-102", "LT-001", "NOPE-1"):
            scan_by_keys(page, code)
            wait_until(lambda: tell(page)[1] == "server", what="told")
            page.evaluate("Promise.all(document.getAnimations().map(a => a.finished))")
            found += find_violations(page)
        assert found == []


class TestWeight:
    def test_the_first_scan_needs_at_most_100_kb_without_the_decoder(self, phone, server):
        page = phone.open(cookie=server.sign_in(), service_workers="block")
        bodies: dict[str, bytes] = {}

        def weigh(response):
            if response.request.resource_type != "other":
                bodies[response.url] = response.body()

        page.on("response", weigh)
        open_scan_page(page)
        page.wait_for_load_state("networkidle")

        total = sum(len(gzip.compress(body)) for body in bodies.values())
        print(f"{len(bodies)} files, {total} bytes compressed")
        assert not any("zxing" in url for url in bodies)
        assert total <= MOST_BYTES


class TestTrust:
    def test_the_steps_stand_there_without_a_sign_in(self, server):
        with urllib.request.urlopen(f"{server.url}/install", timeout=10) as answer:
            assert "Nothing to install" in answer.read().decode()

"""Counting with a phone: how far the place is, without a network too, all within the thumb's reach."""

from __future__ import annotations

import json
import urllib.request
import uuid
from datetime import UTC, datetime

import pytest

from tests.browser.conftest import PHONE, open_scan_page, scan_by_keys, wait_until
from tests.browser.test_offline import (
    FaultyProxy,
    make_ready,
    open_through,
    waiting,
)

pytestmark = pytest.mark.browser


def call(server, cookie: str, path: str, body: dict | None = None) -> dict:
    request = urllib.request.Request(
        f"{server.url}/api/v1{path}",
        data=json.dumps(body or {}).encode(),
        headers={
            "Content-Type": "application/json",
            "Cookie": f"scanner={cookie}",
            "Origin": server.url,
        },
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def open_audit(server, cookie: str, **more) -> int:
    body = {"name": "Autumn count", "scope": {"locations": ["HQ"]}, **more}
    audit = call(server, cookie, "/audits", body)["id"]
    call(server, cookie, f"/audits/{audit}/counting")
    return audit


def count_here(page) -> str:
    return page.inner_text("[data-here-count]") if page.is_visible("[data-here-button]") else ""


def answer_of(page, number: int) -> tuple[str, str]:
    """Return answer and keeper of the newest row, once there are so many rows."""
    rows = page.locator("[data-rows] > li")
    if rows.count() < number:
        return "", ""
    return rows.first.get_attribute("data-answer"), rows.first.get_attribute("data-kept")


@pytest.fixture
def proxy(server):
    made = FaultyProxy(server.port)
    yield made
    made.stop()


class TestHere:
    def test_says_how_far_the_place_is_after_each_scan_and_what_is_missing(self, phone, server):
        cookie = server.sign_in("auditor")
        audit = open_audit(server, cookie)
        page = phone.open(cookie=cookie, has_touch=True, is_mobile=True)
        open_scan_page(page, f"/scan?audit={audit}")
        assert not page.is_visible("[data-here-button]")

        scan_by_keys(page, "R-101")
        wait_until(lambda: count_here(page) == "0 of 40", what="the place is known")
        page.click("[data-here-button]")
        wait_until(lambda: page.locator("[data-here] li").count() == 40, what="what is missing")
        scan_by_keys(page, "LT-001")
        wait_until(lambda: count_here(page) == "1 of 40", what="one is seen")
        wait_until(lambda: "LT-001" not in page.inner_text("[data-here]"), what="not missing")
        # Another phone counts here too.
        other = call(
            server, cookie, "/scans",
            {"scans": [{
                "scan_id": "6a1c7f0f-6d5a-4f1f-9e0d-7e5b3b1f0001", "code": "LT-002",
                "intent": "sighting", "scanned_at": datetime.now(UTC).isoformat(),
                "location": "R-101", "audit": audit,
            }]},
        )  # fmt: skip
        assert other["results"][0]["answer"] == "fine"
        scan_by_keys(page, "LT-003")
        wait_until(lambda: count_here(page) == "3 of 40", what="both phones' are counted")
        wait_until(lambda: "LT-002" not in page.inner_text("[data-here]"), what="theirs as well")
        page.click("[data-undo]")
        wait_until(lambda: count_here(page) == "2 of 40", what="an undo is counted back")

    def test_a_blind_audit_tells_nothing_of_what_is_expected(self, phone, server):
        audit = open_audit(server, server.sign_in("auditor"), blind=True)
        page = phone.open(cookie=server.sign_in(), has_touch=True, is_mobile=True)
        open_scan_page(page, f"/scan?audit={audit}")

        scan_by_keys(page, "R-101")
        scan_by_keys(page, "LT-001")

        wait_until(lambda: count_here(page) == "1 counted here", what="what was seen is told")
        page.click("[data-here-button]")
        wait_until(lambda: "blind" in page.inner_text("[data-here]"), what="why nothing is told")
        assert "LT-002" not in page.content()


class TestLayout:
    def test_answer_last_scans_and_undo_are_on_one_screen_with_all_that_may_be_open(
        self, phone, server
    ):
        cookie = server.sign_in("auditor")
        audit = open_audit(server, cookie)
        page = phone.open(cookie=cookie, has_touch=True, is_mobile=True)
        open_scan_page(page, f"/scan?audit={audit}")
        for code in ("R-101", "LT-001", "LT-002", "NOPE-1"):
            scan_by_keys(page, code)
        wait_until(lambda: answer_of(page, 4) == ("unknown", "server"), what="all are answered")

        for is_open in (False, True):
            if is_open:
                page.click("[data-here-button]")
                wait_until(lambda: page.is_visible("[data-here] li"), what="the list is open")
            dock = page.locator("[data-dock]").bounding_box()
            panel = page.locator(".scan-result").bounding_box()
            assert panel["y"] + panel["height"] <= dock["y"], is_open
            # The list of what is missing takes the place of the last scans.
            log = [] if is_open else ["[data-rows] > li >> nth=1"]
            for selector in ("[data-undo]", "[data-camera-button]", *log):
                box = page.locator(selector).bounding_box()
                assert box["y"] >= PHONE["height"] / 2, selector
                assert box["y"] + box["height"] <= PHONE["height"], selector
            assert page.evaluate("scrollY") == 0
            assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    def test_who_was_handed_something_does_not_stay_when_the_mode_is_left(self, phone, server):
        page = phone.open(cookie=server.sign_in("stockroom"))
        open_scan_page(page, "/scan?mode=check_out")
        for code in ("B-77", "LT-001"):
            scan_by_keys(page, code)
        wait_until(lambda: answer_of(page, 2) == ("fine", "server"), what="checked out")
        assert "Ana Alves" in page.inner_text("[data-person]")  # the charger goes to her as well

        page.click("[data-modes] a[data-mode=check_in]")

        assert not page.is_visible("[data-person]")
        page.click("[data-modes] a[data-mode=check_out]")
        assert "choose who gets it" in page.inner_text("[data-person]")

        # The last of more modes than a phone is wide is in view.
        open_scan_page(page, "/scan?mode=deploy")
        mode = page.locator("[data-modes] [aria-current]").bounding_box()
        assert mode["x"] + mode["width"] <= PHONE["width"]

    def test_count_here_on_a_rooms_page_brings_its_place_along(self, phone, server):
        cookie = server.sign_in("auditor")
        audit = open_audit(server, cookie)
        page = phone.open(cookie=cookie)

        open_scan_page(page, f"/scan?audit={audit}&location=R-102")

        assert page.inner_text("[data-place] [data-text]").strip() == "Room 102"
        scan_by_keys(page, "LT-001")
        wait_until(lambda: answer_of(page, 1) == ("wrong_place", "server"), what="seen elsewhere")


class TestOfflineAnswers:
    def test_from_a_cold_start_they_are_the_real_ones_and_the_servers_agree(
        self, phone, server, proxy
    ):
        cookie = server.sign_in("auditor")
        audit = open_audit(server, cookie)
        page = open_through(phone, proxy, cookie, f"/scan?audit={audit}")
        make_ready(page, f"/scan?audit={audit}")
        phone.close()
        proxy.is_down = True
        page = open_through(phone, proxy, cookie, f"/scan?audit={audit}")
        expected = [
            ("R-101", "fine"),
            ("LT-001", "fine"),
            ("LT-900", "wrong_place"),
            ("NOPE-1", "unknown"),
            ("LT-001", "already_scanned"),
            ("R-102", "fine"),
            ("LT-002", "wrong_place"),
        ]
        # LT-900 belongs to the site: in a room inside it, it is where it belongs.
        expected[2] = ("LT-900", "fine")

        self.scan_each(page, expected)
        assert waiting(page) == len(expected)
        page.reload()
        wait_until(lambda: waiting(page) == len(expected), what="they outlive a reload")
        scan_by_keys(page, "R-101")
        wait_until(lambda: count_here(page) == "2 of 40", what="they are counted again")
        told = self.list_told(page)

        proxy.is_down = False
        page.evaluate("dispatchEvent(new Event('online'))")

        wait_until(lambda: waiting(page) == 0, what="all are sent")
        wait_until(
            lambda: page.locator("[data-rows] [data-kept=phone]").count() == 0, what="and told"
        )
        assert told == self.list_told(page)
        assert len(server.scans()) == len(expected) + 1

    @staticmethod
    def scan_each(page, expected: list[tuple[str, str]]) -> None:
        """Scan each code; the phone gives its answer itself."""
        for number, (code, answer) in enumerate(expected, start=1):
            scan_by_keys(page, code)
            wait_until(
                lambda n=number, a=answer: answer_of(page, n) == (a, "phone"),
                what=f"{code} is {answer}",
            )
            assert "waiting to send" in page.inner_text(".scan-result .kept")
            if code == "LT-001":
                assert count_here(page) == "1 of 40"

    @staticmethod
    def list_told(page) -> list[list[str]]:
        """Return the scans on the page with their answers."""
        return page.eval_on_selector_all(
            "[data-rows] > li", "rows => rows.map(r => [r.dataset.scanId, r.dataset.answer])"
        )


class TestLiveBoard:
    def test_follows_the_count_by_itself_and_keeps_its_place(self, phone, server):
        cookie = server.sign_in("auditor")
        audit = open_audit(server, cookie)
        page = phone.open(cookie=cookie)
        page.goto(f"/audits/{audit}/live")
        counted = page.locator("#live .progress-line .strong").first
        before = counted.inner_text()
        page.focus("#live .rooms a >> nth=0")
        held = page.evaluate("document.activeElement.id")
        scan = {
            "scan_id": str(uuid.uuid4()), "code": "LT-001", "intent": "sighting", "audit": audit,
            "location": "R-101", "scanned_at": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        call(server, cookie, "/scans", {"scans": [scan]})

        wait_until(lambda: counted.inner_text() != before)

        assert counted.inner_text().startswith("1 of")
        assert "Counting" in page.inner_text("#live .board-states")
        assert page.evaluate("document.activeElement.id") == held

"""A wedge scanner anywhere on the page: every code a row, in order; normal typing untouched."""

from __future__ import annotations

import time

import pytest

from tests.browser.conftest import open_scan_page, scan_by_keys, wait_until

pytestmark = pytest.mark.browser
ENDINGS = ["Enter", "Tab", "LF", "CRLF", "silence"]
PLACES = {
    "body": "() => document.activeElement.blur()",
    "button": "() => document.querySelector('[data-undo]').focus()",
    "text field": "() => document.querySelector('#f-note').focus()",
}


class TestWedgeScanner:
    def test_thirty_codes_with_each_ending_and_focus_are_rows_in_order(self, phone, server):
        page = phone.open(cookie=server.sign_in())
        open_scan_page(page)
        # A machine that stalls between two keys must not end the code: their stamps say 5 ms.
        page.evaluate("""localStorage.setItem("scanner.wedge", '{"silence": 2000}')""")
        open_scan_page(page)
        page.click(".scan-more summary")
        page.fill("#f-note", "by the door")
        sent = []

        for ending in ENDINGS:
            for number, (name, focus) in enumerate(PLACES.items()):
                page.evaluate(f"({focus})()")
                for extra in range(2):
                    code = f"W-{ENDINGS.index(ending)}{number}{extra}"
                    scan_by_keys(page, code, ending)
                    sent.append(code)
                    if ending == "silence":
                        wait_until(
                            lambda: len(server.scans()) == len(sent), what="silence ended it"
                        )
                    if name == "text field":
                        # The note goes with the first scan; the burst leaves nothing behind.
                        assert page.input_value("#f-note") in {"by the door", ""}

        rows = wait_until(
            lambda: len(server.scans()) >= len(sent) and server.scans(), what="all are stored"
        )
        assert [row.code for row in rows] == sent
        assert {row.source for row in rows} == {"wedge"}
        assert rows[0].note == "by the door"

    def test_five_codes_in_a_moment_against_a_slow_server_are_five_rows_in_order(
        self, phone, server
    ):
        page = phone.open(cookie=server.sign_in())
        open_scan_page(page)

        def slowly(route):
            time.sleep(0.8)
            route.continue_()

        page.route("**/api/v1/scans", slowly)
        codes = [f"LT-00{n}" for n in range(1, 6)]

        page.evaluate(
            """codes => { for (const code of codes) {
              document.querySelector('#code').value = code;
              document.querySelector('[data-scan-form]').requestSubmit(); } }""",
            codes,
        )

        wait_until(lambda: len(server.scans()) == 5, what="five rows")
        assert [row.code for row in server.scans()] == codes
        page.unroute("**/api/v1/scans")

    def test_a_code_that_is_typed_with_a_quick_end_is_one_code(self, phone, server):
        page = phone.open(cookie=server.sign_in())
        open_scan_page(page)

        page.keyboard.type("LT-", delay=180)
        page.wait_for_timeout(250)
        scan_by_keys(page, "0012")

        wait_until(server.scans, what="stored")
        assert [(row.code, row.source) for row in server.scans()] == [("LT-0012", "typed")]
        assert page.input_value("#code") == ""

    def test_typing_is_left_alone_and_focus_comes_back(self, phone, server):
        page = phone.open(cookie=server.sign_in())
        open_scan_page(page)
        page.click(".scan-more summary")

        page.click("#f-note")
        page.keyboard.type("lid is cracked", delay=130)

        assert page.input_value("#f-note") == "lid is cracked"
        assert server.scans() == []
        page.click("h2 >> nth=0")
        assert page.evaluate("document.activeElement.id") == "code"

"""A wedge scanner anywhere on the page: every code a row, in order; normal typing untouched."""

from __future__ import annotations

import pytest

from tests.browser.conftest import open_scan_page, press_keys, scan_by_keys, wait_until
from tests.browser.test_offline import FaultyProxy, open_through

pytestmark = pytest.mark.browser
ENDINGS = ["Enter", "Tab", "LF", "CRLF"]
PLACES = {
    "body": "document.activeElement.blur()",
    "button": "document.querySelector('[data-undo]').focus()",
    "text field": "document.querySelector('#f-note').focus()",
}
NOTE = "by the door"


def open_ready(page, silence: int) -> None:
    """Open the scan page with a note typed, for a scanner that is silent so long after a code."""
    page.add_init_script(
        f"localStorage.setItem('scanner.wedge', JSON.stringify({{silence: {silence}}}))"
    )
    open_scan_page(page)
    page.click(".scan-more summary")


@pytest.fixture
def proxy(server):
    made = FaultyProxy(server.port)
    yield made
    made.stop()


class TestWedgeScanner:
    def test_thirty_codes_with_each_ending_in_each_focus_are_rows_in_order(self, phone, server):
        page = phone.open(cookie=server.sign_in())
        # A machine that stalls must not end a code: the stamps of its keys say 5 ms.
        open_ready(page, silence=2000)
        sent = []

        for ending in ENDINGS:
            for place, focus in PLACES.items():
                page.fill("#f-note", NOTE)
                page.evaluate(f"() => {{ {focus}; }}")
                codes = [f"W{len(sent) + number:04}" for number in range(30)]
                press_keys(page, [(code, ending) for code in codes])
                sent += codes
                count = len(sent)
                # The note goes with the first scan, and the burst leaves nothing in the field.
                wait_until(
                    lambda count=count: len(server.scans()) == count,
                    what=f"{ending} in the {place}",
                )
                assert page.input_value("#f-note") == ""

        rows = server.scans()
        assert [row.code for row in rows] == sent
        assert {row.source for row in rows} == {"wedge"}
        assert [n for n, row in enumerate(rows) if row.note == NOTE] == list(
            range(0, len(sent), 30)
        )

    def test_thirty_codes_without_an_ending_are_told_by_silence(self, phone, server):
        page = phone.open(cookie=server.sign_in())
        # As long as it is, since a machine that stalls between two keys ends the code too.
        open_ready(page, silence=1000)
        sent = []

        for focus in PLACES.values():
            page.evaluate(f"() => {{ {focus}; }}")
            for number in range(10):
                sent.append(f"S{len(sent):02}-{number}")
                count = len(sent)
                scan_by_keys(page, sent[-1], "silence")
                wait_until(
                    lambda count=count: page.locator("[data-rows] > li").count() == count,
                    what=f"silence ends {sent[-1]}",
                )

        rows = wait_until(
            lambda: len(server.scans()) == len(sent) and server.scans(), what="all are stored"
        )
        assert [row.code for row in rows] == sent
        assert {row.source for row in rows} == {"wedge"}
        assert page.input_value("#f-note") == ""

    def test_five_codes_in_a_moment_against_a_slow_server_are_five_rows_in_order(
        self, phone, server, proxy
    ):
        page = open_through(phone, proxy, server.sign_in())
        proxy.is_slow = True
        codes = [f"LT-00{n}" for n in range(1, 6)]

        page.evaluate(
            """codes => { for (const code of codes) {
              document.querySelector('#code').value = code;
              document.querySelector('[data-scan-form]').requestSubmit(); } }""",
            codes,
        )

        wait_until(lambda: len(server.scans()) == 5, what="five rows")
        assert [row.code for row in server.scans()] == codes
        assert set(proxy.sent.values()) == {1}

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
        page.click(".app-top .app-brand >> xpath=..", position={"x": 200, "y": 20})
        assert page.evaluate("document.activeElement.id") == "code"

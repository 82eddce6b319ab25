"""A wedge scanner anywhere on the page: each burst is that scan and nothing else; typing is untouched."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import (
    PHONE,
    LiveServer,
    Phone,
    fill_office,
    open_scan_page,
    press_keys,
    scan_by_keys,
    wait_until,
)
from tests.browser.test_count import open_audit
from tests.browser.test_offline import FaultyProxy, open_through
from tests.browser.walk import ENDINGS, walk
from tests.support.databases import SqliteTemplate
from tests.support.register import add_location

pytestmark = pytest.mark.browser
FOCUSES = {
    "body": "document.activeElement.blur()",
    "button": "document.querySelector('[data-mute]').focus()",
    "scan field": "document.querySelector('#code').focus()",
    "text field": "document.querySelector('#f-note').focus()",
    "date": "document.querySelector('#f-due_at').focus()",
}
NOTE = "by the door"
SLASH_OF_A_GERMAN_HOST = {"key": "-", "code": "Slash", "text": "-"}


@pytest.fixture(scope="module")
def server(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """One server for all tests here: each looks only at the scans that it made."""
    folder: Path = tmp_path_factory.mktemp("wedge") / "instance"
    sqlite_template.make(folder)
    live = LiveServer(folder)
    with live.session(write=True) as session:
        fill_office(session)
        for code in ("HQ/1", "HQ-1"):
            add_location(session, code, f"Room {code}", now=datetime.now(UTC))
    live.start()
    yield live
    live.stop(kill=True)
    live.forget()


@pytest.fixture(scope="module")
def cookie(server: LiveServer) -> str:
    return server.sign_in("admin")


@pytest.fixture
def page(phone: Phone, cookie: str) -> Any:
    # At a desk the fields for the next asset are on the page; on the floor they are in a sheet.
    page = phone.open(cookie=cookie, viewport={"width": 1280, "height": 800})
    open_scan_page(page, "/scan?mode=check_out")
    return page


@pytest.fixture
def new_scans(server: LiveServer) -> Any:
    """Return what this test recorded, once there is so much of it."""
    known = {row.scan_id for row in server.scans()}

    def newest(count: int) -> list[Any]:
        def look() -> list[Any]:
            return [row for row in server.scans() if row.scan_id not in known]

        return wait_until(lambda: len(look()) >= count and look(), what=f"{count} scans are stored")

    return newest


def says(page: Any, words: str) -> None:
    wait_until(lambda: words in page.inner_text("[data-result]"), what=words)


def open_more(page: Any) -> None:
    """Open the sheet again, which a code has closed."""
    page.locator("[data-more-sheet]").wait_for(state="hidden")
    page.click("[data-more-button]")
    page.locator("[data-more-sheet]").wait_for()


def be_patient(page: Any) -> None:
    """Set the silence that ends a code to 20 s: a machine may stall while stamps say 5 ms."""
    page.evaluate("localStorage.setItem('scanner.wedge', JSON.stringify({ silence: 20000 }))")
    open_scan_page(page, page.url)


class TestBurst:
    def test_on_every_control_is_that_scan_and_changes_no_field(
        self, page: Any, server: LiveServer, cookie: str, new_scans: Any
    ):
        be_patient(page)
        files: list[Any] = []
        page.on("filechooser", lambda chooser: files.append(chooser))
        due = page.evaluate(
            """() => { document.querySelector('#f-due_at').value = '2040-12-24';
            return new Date('2040-12-24T23:59:59').toISOString(); }"""
        )

        # Letters that a list of conditions knows, digits that a date takes, a blank that presses.
        sent = walk(
            page, lambda at: [f"Da {at:02}-2/26" if at % 2 else f"4{at:02} D-1/7"], least=20
        )
        rows = new_scans(len(sent))
        assert {row.due_at.replace(tzinfo=UTC) for row in rows} == {datetime.fromisoformat(due)}
        page.set_viewport_size(PHONE)
        open_scan_page(page, f"/scan?audit={open_audit(server, cookie)}")
        sent += walk(
            page, lambda at: [f"7{at:02} D-1/7" if at % 2 else f"DA {at:02}-2/27"], least=12
        )
        page.click("[data-unsent]")
        page.locator("dialog[data-queue]").wait_for()
        sent += walk(page, lambda at: [f"DI {at:02}-2/28"], least=3)
        page.keyboard.press("Escape")
        page.click("[data-more-button]")
        page.locator("[data-more-sheet]").wait_for()
        sent += walk(page, lambda at: [f"SH {at:02}-2/29"], least=5, wait=lambda _: open_more(page))

        rows = new_scans(len(sent))
        assert [row.code for row in rows] == sent
        assert {row.source for row in rows} == {"wedge"}
        assert files == []

    def test_many_in_a_row_are_rows_in_order(self, page: Any, new_scans: Any):
        be_patient(page)
        sent: list[str] = []
        for focus in FOCUSES.values():
            page.fill("#f-note", NOTE)
            page.evaluate(f"() => {{ {focus}; }}")
            codes = [f"W{len(sent) + number:04}" for number in range(8)]
            press_keys(page, [(code, ENDINGS[at % 4]) for at, code in enumerate(codes)])
            sent += codes
            # The note goes with the first scan, and the burst leaves nothing in the field.
            assert [page.input_value(one) for one in ("#f-note", "#code")] == ["", ""]

        rows = new_scans(len(sent))
        assert [row.code for row in rows] == sent
        assert [at for at, row in enumerate(rows) if row.note == NOTE] == list(
            range(0, len(sent), 8)
        )

    def test_is_whole_where_the_focus_moves_in_the_middle_of_it(self, page: Any, new_scans: Any):
        for at in range(1, 6):
            page.evaluate(
                """at => { document.activeElement.blur();
                let left = at;
                addEventListener('keydown', function move() {
                  if ((left -= 1)) return;
                  removeEventListener('keydown', move);
                  document.querySelector('#code').focus(); }); }""",
                at,
            )
            press_keys(page, [(f"M0{at}-77", "Enter"), (f"N0{at}-77", "Tab")])

        sent = [f"{letter}0{at}-77" for at in range(1, 6) for letter in "MN"]
        assert [row.code for row in new_scans(len(sent))] == sent
        assert page.input_value("#code") == ""

    def test_is_whole_where_a_busy_machine_delivers_its_keys_late(self, page: Any, new_scans: Any):
        sent = []
        for at, focus in enumerate(("body", "scan field", "text field")):
            page.evaluate(f"() => {{ {FOCUSES[focus]}; }}")
            # All of them a while after they were pressed, which their stamps tell.
            press_keys(page, [(f"K{at}-0042", "Enter")], at=time.time() - 1.5)
            # The first two at once, the rest after a silence that would have ended a code.
            pressed = time.time()
            press_keys(page, [(f"L{at}", "silence")], at=pressed)
            page.wait_for_timeout(1000)
            press_keys(page, [("-0107", "Enter")], at=page._wedge_at)
            sent += [f"K{at}-0042", f"L{at}-0107"]
            new_scans(len(sent))
        assert [row.code for row in new_scans(len(sent))] == sent
        assert page.input_value("#code") == page.input_value("#f-note") == ""

    def test_without_an_ending_is_ended_by_silence_until_an_ending_was_seen(
        self, page: Any, new_scans: Any
    ):
        for at, focus in enumerate(("body", "scan field", "text field")):
            page.evaluate(f"() => {{ {FOCUSES[focus]}; }}")
            scan_by_keys(page, f"S{at}-0042", "silence")
            press_keys(page, [("7", "silence")], at=page._wedge_at + 0.5)
            new_scans(at + 1)
        press_keys(page, [("T-0001", "Enter"), ("T-0002", "Enter")])
        new_scans(5)
        for focus in ("body", "scan field", "text field"):
            page.evaluate(f"() => {{ {FOCUSES[focus]}; }}")
            press_keys(page, [("T-00", "silence")])
            # The stamps say when the keys were pressed: nobody waits here.
            press_keys(page, [("42", "Enter")], at=page._wedge_at + 0.9)
            says(page, "Not read whole. Scan it again.")
            assert page.input_value("#code") == page.input_value("#f-note") == ""
            press_keys(page, [("T-0042", "Enter")], at=page._wedge_at + 0.3)
            says(page, "“T-0042”")

        codes = ["S0-00427", "S1-00427", "S2-00427", "T-0001", "T-0002", *["T-0042"] * 3]
        assert [row.code for row in new_scans(8)] == codes

    def test_with_two_readings_is_asked_and_the_answer_is_remembered(
        self, page: Any, new_scans: Any
    ):
        wait_until(lambda: page.evaluate("fetch('/scan/places.json').then(r => r.ok)"))
        typed = [*"HQ", SLASH_OF_A_GERMAN_HOST, "1"]

        def asks() -> bool:
            press_keys(page, [(typed, "Enter")])
            return "Two readings" in page.inner_text("[data-result]")

        wait_until(asks, what="the page knows both rooms")
        assert page.locator(".scan-choice").all_inner_texts() == ["HQ-1", "HQ/1"]
        page.click(".scan-choice >> text=HQ/1")
        new_scans(1)
        # Neither is known to the phone: what was chosen once holds.
        press_keys(page, [([*"LT", SLASH_OF_A_GERMAN_HOST, *"0042"], "Enter")])

        assert [row.code for row in new_scans(2)] == ["HQ/1", "LT/0042"]

    def test_that_a_person_began_to_type_is_one_code(self, page: Any, new_scans: Any):
        page.focus("#code")
        page.keyboard.type("LT-", delay=180)
        page.wait_for_timeout(250)
        scan_by_keys(page, "0012")

        assert [(row.code, row.source) for row in new_scans(1)] == [("LT-0012", "typed")]
        assert page.input_value("#code") == ""


class TestElsewhere:
    def test_a_burst_presses_nothing_and_the_page_says_where_codes_go(
        self, page: Any, server: LiveServer, cookie: str
    ):
        page.set_viewport_size(PHONE)  # a desk has a search field in the head
        known = len(server.scans())
        audit = open_audit(server, cookie, name="Winter count")
        for path in ("/shelf", "/find/LT-001", f"/audits/{audit}/here?place=R-101"):
            page.goto(path)
            wait_until(
                lambda: page.evaluate("document.documentElement.dataset.wedge === ''"),
                what=f"{path} listens",
            )
            walk(page, lambda at: [f"Da {at:02}-2/26"], least=5)
            assert "does not take codes" in page.inner_text("[data-toasts]")
        assert len(server.scans()) == known


class TestPerson:
    def test_types_presses_and_chooses_as_ever(self, page: Any, new_scans: Any):
        page.click("#f-note")
        page.keyboard.type("lid is cracked", delay=130)
        assert page.input_value("#f-note") == "lid is cracked"

        # Blank and Enter press what has the focus, a moment later.
        page.focus("[data-mute]")
        for key, pressed in ((" ", "true"), ("Enter", "false")):
            page.keyboard.press(key)
            page.locator(f"[data-mute][aria-pressed={pressed}]").wait_for()
            page.focus("[data-mute]")
        page.focus("#f-due_at")
        page.keyboard.type("12242040", delay=130)
        assert page.input_value("#f-due_at") == "2040-12-24"
        page.select_option("#f-condition", "good")
        page.click(".scan-state", position={"x": 200, "y": 20})
        assert page.evaluate("document.activeElement.id") == "code"
        page.keyboard.type("LT-0013", delay=130)
        page.keyboard.press("Enter")

        row = new_scans(1)[0]
        assert (row.code, row.source, row.note) == ("LT-0013", "typed", "lid is cracked")

    def test_is_told_of_a_day_that_is_wrong_and_scans_again(self, page: Any, new_scans: Any):
        page.focus("#f-due_at")
        page.keyboard.type("1224", delay=130)
        # Sooner after a person's keys it could be the rest of them.
        press_keys(page, [("LT-0013", "Enter")], at=time.time() + 0.8)
        says(page, "The day it is due back is not complete.")
        page.fill("#f-due_at", "2020-12-24")
        page.fill("#f-note", NOTE)
        scan_by_keys(page, "LT-0013")
        says(page, "The day it is due back is in the past.")
        page.fill("#f-due_at", "2040-12-24")
        scan_by_keys(page, "LT-0013")

        assert [(row.code, row.note) for row in new_scans(1)] == [("LT-0013", NOTE)]


class TestSlowServer:
    def test_five_codes_in_a_moment_are_five_rows_in_order(
        self, phone: Phone, server: LiveServer, cookie: str, new_scans: Any
    ):
        proxy = FaultyProxy(server.port)
        try:
            page = open_through(phone, proxy, cookie)
            proxy.is_slow = True
            codes = [f"LT-00{n}" for n in range(1, 6)]

            page.evaluate(
                """codes => { for (const code of codes) {
                  document.querySelector('#code').value = code;
                  document.querySelector('[data-scan-form]').requestSubmit(); } }""",
                codes,
            )

            assert [row.code for row in new_scans(5)] == codes
            assert set(proxy.sent.values()) == {1}
        finally:
            proxy.stop()

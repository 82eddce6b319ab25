"""The field over a long list: by keyboard, by a scanner, and without script."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from scanner_app.models import Location
from tests.browser.conftest import PHONE, LiveServer, fill_office, scan_by_keys, wait_until
from tests.support.databases import SqliteTemplate
from tests.support.register import add_location

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def server(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """An office with more rooms than a native list may hold."""
    folder = tmp_path_factory.mktemp("choices") / "instance"
    sqlite_template.make(folder)
    server = LiveServer(folder)
    now = datetime.now(UTC)
    with server.session(write=True) as session:
        fill_office(session)
        site = session.scalars(select(Location).where(Location.code == "HQ")).one()
        for number in range(201, 212):
            add_location(session, f"R-{number}", f"Room {number}", parent=site, now=now)
    server.start()
    yield server
    server.stop(kill=True)
    server.forget()


def open_page(browser: Any, server: LiveServer, viewport: dict[str, int], **options: Any) -> Any:
    context = browser.new_context(
        base_url=server.url, viewport=viewport, service_workers="block", **options
    )
    cookie = server.sign_in("admin", name=f"Ada-{uuid4().hex[:6]}")
    context.add_cookies([{"name": "scanner", "value": cookie, "url": server.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


class TestCombobox:
    """A list of more than twelve is a field that narrows it."""

    def test_chooses_by_keyboard_and_keeps_what_fits_nothing(self, browser, server):
        page = open_page(browser, server, PHONE)
        page.goto("/new/asset")
        field, sent = page.get_by_role("combobox", name="Home location"), "#f-home_location-value"

        field.press("ArrowDown")
        assert field.get_attribute("aria-expanded") == "true"
        page.keyboard.type("oom 20", delay=60)
        pointed = page.locator(f"#{field.get_attribute('aria-activedescendant')}")
        assert pointed.inner_text().split() == ["Room", "201", "Head", "office", "R-201"]
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        assert page.input_value(sent) == "R-202"
        assert field.input_value() == "Room 202 · Head office"
        assert field.get_attribute("aria-expanded") == "false"

        field.fill("roof")
        page.keyboard.press("Tab")
        assert (field.input_value(), page.input_value(sent)) == ("roof", "R-202")
        assert field.evaluate("(e) => !e.checkValidity()")
        field.fill("")
        page.keyboard.press("Tab")
        assert page.input_value(sent) == ""
        category = page.get_by_role("combobox", name="Category")
        category.press_sequentially("Lapt", delay=60)
        page.get_by_role("option", name="Create the category “Lapt”").click()
        page.fill("#f-asset_tag", "NEW-1")
        page.click("main form .sticky-actions button")

        page.wait_for_url("**/assets/NEW-1")
        assert "Lapt" in page.inner_text("main")
        page.context.close()

    def test_a_scan_picks_what_has_the_code_and_sends_no_form(self, browser, server):
        page = open_page(browser, server, DESK)
        page.goto("/new/asset")
        place, person = (
            page.get_by_role("combobox", name=name) for name in ("Location", "Assigned")
        )

        for field, code, value in (
            (place.first, "R-103", "R-103"),
            (person, "B-78", "1002"),  # a badge, which the list does not show
            (place.first, "NOWHERE-1", "R-103"),
        ):
            field.focus()
            page.wait_for_timeout(50)
            scan_by_keys(page, code, "Enter")
            page.keyboard.press("Enter")  # what follows at once is the scanner's too
            sent = f"#{field.get_attribute('id')}-value"
            wait_until(lambda sent=sent, value=value: page.input_value(sent) == value, what=code)
        page.locator(".combobox-note", has_text="NOWHERE-1").wait_for()
        assert page.url.endswith("/new/asset")
        assert person.input_value() == "Bob Brook"
        page.context.close()

    def test_is_a_native_list_without_script(self, browser, server):
        page = open_page(browser, server, PHONE, java_script_enabled=False)
        page.goto("/new/asset")

        page.select_option("#f-location", "R-202")
        page.fill("#f-asset_tag", "PLAIN-1")
        page.click("main form .sticky-actions button")

        page.wait_for_url("**/assets/PLAIN-1")
        assert "Room 202" in page.inner_text("main")
        page.context.close()

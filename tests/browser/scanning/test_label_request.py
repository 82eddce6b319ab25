"""A label that cannot be read: one tap where it is found, and the stockroom finds it in its list."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scanner_app.models import LabelRequest
from tests.browser.conftest import LiveServer, Phone, open_scan_page, scan_by_keys, wait_until

pytestmark = pytest.mark.browser
BUTTON = ".scan-steps button"


def asked(server: LiveServer) -> list[str | None]:
    """Return who ended each label that was asked for; None: it waits."""
    with server.session() as session:
        return list(session.scalars(select(LabelRequest.ended_by).order_by(LabelRequest.id)))


def test_one_tap_after_a_lookup_and_the_clerk_prints_it(phone: Phone, server: LiveServer):
    page = phone.open(cookie=server.sign_in())
    open_scan_page(page, "/scan?mode=lookup")
    scan_by_keys(page, "R-101")
    wait_until(lambda: len(server.scans()) == 1, what="the room")
    assert page.locator(BUTTON).count() == 0  # a room's label is not an asset's
    scan_by_keys(page, "LT-003")

    page.locator(BUTTON).click()

    wait_until(lambda: asked(server) == [None], what="asked for")
    assert "A new label is asked for." in page.inner_text("[data-result]")
    assert "LT-003" in page.inner_text("[data-result]")  # the answer stays
    phone.context.clear_cookies()
    clerk = server.sign_in("stockroom")
    phone.context.add_cookies([{"name": "scanner", "value": clerk, "url": server.url}])
    page.goto("/labels/requests")
    page.get_by_role("button", name="Print it").click()
    page.locator("#f-codes").wait_for()
    assert page.input_value("#f-codes") == "LT-003"
    with page.expect_download():
        page.get_by_role("button", name="Download PDF").click()

    wait_until(lambda: asked(server) == ["Stockroom"], what="printed")


def test_it_waits_on_the_phone_without_a_network(phone: Phone, server: LiveServer):
    page = phone.open(cookie=server.sign_in())
    open_scan_page(page, "/scan?mode=lookup")
    scan_by_keys(page, "LT-003")
    page.locator(BUTTON).wait_for()
    phone.context.set_offline(True)

    page.locator(BUTTON).click()

    wait_until(lambda: "1 not sent" in page.inner_text("[data-unsent]"), what="it waits")
    assert asked(server) == []
    phone.context.set_offline(False)
    wait_until(lambda: asked(server) == [None], what="asked for")

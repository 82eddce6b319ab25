"""German pages in a browser that asks for German: its words are longer, and they fit a phone."""

from __future__ import annotations

import os

import pytest

from tests.browser.conftest import LiveServer
from tests.browser.full_office import make_cookie

pytestmark = pytest.mark.browser

NARROW = {"width": 320, "height": 568}
PAGES = ("/", "/scan", "/assets", "/audits", "/counter", "/account", "/settings", "/dashboard")


@pytest.fixture
def german(browser, server: LiveServer):
    with server.session(write=True) as session:
        cookie = make_cookie(session, "admin")
    context = browser.new_context(base_url=server.url, viewport=NARROW, locale="de-DE")
    context.add_cookies([{"name": "scanner", "value": cookie, "url": server.url}])
    yield context.new_page()
    context.close()


def test_fit_a_narrow_phone_and_write_days_in_german(german):
    wide, faults = {}, []
    german.on("pageerror", lambda error: faults.append(str(error)))
    for path in PAGES:
        german.goto(path, wait_until="load")
        assert german.evaluate("document.documentElement.lang") == "de", path
        width = german.evaluate("document.documentElement.scrollWidth")
        if width > NARROW["width"]:
            wide[path] = width
        if folder := os.environ.get("SCANNER_PICTURES"):
            german.screenshot(path=f"{folder}/de{path.replace('/', '-')}.png")
    assert wide == {}
    assert faults == []

    day = german.evaluate(
        "import(document.querySelector('script[src*=local_time]').src)"
        ".then((times) => times.writeLocal(new Date(2026, 10, 9, 19, 14), 'datetime'))"
    )
    assert day == "9. Nov. 2026, 19:14"

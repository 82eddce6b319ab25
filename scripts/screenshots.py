"""Take pictures of the main states of the product: `make screenshots`.

A new sample office is made and served, and a browser walks through the states as each role, at
seven sizes, in light and dark. The pictures go to `screenshots/`, for a person to look at.
Give names of states to take only those: `make screenshots ARGS="scan-missing assets"`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from scanner_app.services.sample_office import load_sample_office
from tests.browser.conftest import (
    CHROMIUM_ARGS,
    LiveServer,
    find_chromium,
    open_scan_page,
    scan_by_keys,
)
from tests.support.databases import SqliteTemplate

FOLDER = Path("screenshots")
SIZES = ((320, 568), (375, 667), (390, 844), (844, 390), (768, 1024), (1280, 800), (1920, 1080))
# From here on a screen is a desk's: no touch, no phone.
DESK = 1000
ROOM = "BER-105"
SETTLE_S = 0.7


@dataclass(frozen=True, slots=True)
class State:
    """One picture: who looks, where, and what was done there before."""

    name: str
    role: str
    path: str
    act: Callable[[Any], None] | None = None


def scan(*codes: str) -> Callable[[Any], None]:
    """Return what scans codes, one after the other."""

    def act(page: Any) -> None:
        for code in codes:
            scan_by_keys(page, code)
            time.sleep(SETTLE_S)

    return act


def press(selector: str, *codes: str) -> Callable[[Any], None]:
    """Return what scans codes and then presses something."""

    def act(page: Any) -> None:
        scan(*codes)(page)
        page.locator(selector).first.click()
        time.sleep(SETTLE_S)

    return act


def open_more(page: Any) -> None:
    """Open the sheet of what is needed now and then. A desk has it on the page."""
    button = page.locator("[data-more-button]")
    if button.is_visible():
        button.click()


def ask(page: Any) -> None:
    """Type a name into the scan field."""
    page.locator("#code").fill("Workshop")
    page.locator("#code").press("Enter")
    time.sleep(2 * SETTLE_S)


STATES = (
    State("sign-in", "", "/sign-in"),
    State("today-technician", "technician", "/"),
    State("today-stockroom", "stockroom", "/"),
    State("today-auditor", "auditor", "/"),
    State("scan", "technician", "/scan?audit=1"),
    State("scan-right-place", "technician", "/scan?audit=1", scan(ROOM, "LT-0321")),
    State("scan-missing", "technician", "/scan?audit=1", press("[data-here-button]", ROOM)),
    State("scan-unknown", "technician", "/scan?audit=1", scan(ROOM, "GHOST-77")),
    State("scan-name", "technician", "/scan?audit=1", ask),
    State("scan-place", "technician", "/scan?audit=1", press("[data-pick-place]")),
    State("scan-more", "technician", "/scan?audit=1", open_more),
    State("check-out", "stockroom", "/scan?mode=check_out"),
    State("shelf", "technician", "/shelf?audit=1"),
    State("audits", "auditor", "/audits"),
    State("audit-counting", "auditor", "/audits/1"),
    State("audit-plan", "auditor", "/audits/new"),
    State("assets", "stockroom", "/assets"),
    State("asset", "stockroom", "/assets/LT-0001"),
    State("locations", "stockroom", "/locations"),
    State("room", "technician", f"/locations/{ROOM}"),
    State("receive", "stockroom", "/receive"),
    State("labels", "stockroom", "/labels"),
    State("settings", "admin", "/settings"),
    State("help", "technician", "/help"),
)


def take(browser: Any, server: LiveServer, state: State, cookies: dict[str, str]) -> int:
    """Take the pictures of one state. Return how many."""
    count = 0
    for scheme in ("light", "dark"):
        for width, height in SIZES:
            is_phone = width < DESK
            context = browser.new_context(
                viewport={"width": width, "height": height},
                base_url=server.url,
                color_scheme=scheme,
                has_touch=is_phone,
                is_mobile=is_phone,
            )
            if state.role:
                cookie = {"name": "scanner", "value": cookies[state.role], "url": server.url}
                context.add_cookies([cookie])
            page = context.new_page()
            if state.path.startswith("/scan"):
                open_scan_page(page, state.path)
            else:
                page.goto(state.path)
            if state.act is not None:
                state.act(page)
            time.sleep(SETTLE_S)
            page.screenshot(path=FOLDER / f"{state.name}-{width}x{height}-{scheme}.png")
            context.close()
            count += 1
    return count


def main(names: list[str]) -> None:
    """Take the pictures of the named states, of all without a name."""
    chosen = [state for state in STATES if not names or state.name in names]
    if not chosen:
        sys.exit(f"No such state. There are: {', '.join(state.name for state in STATES)}")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder) / "instance"
        SqliteTemplate(Path(folder)).make(
            instance, lambda session: load_sample_office(session, now=datetime.now(UTC))
        )
        server = LiveServer(instance)
        server.start()
        try:
            roles = sorted({state.role for state in chosen if state.role})
            cookies = {role: server.sign_in(role) for role in roles}
            with sync_playwright() as driver:
                browser = driver.chromium.launch(
                    executable_path=find_chromium(), headless=True, args=CHROMIUM_ARGS
                )
                for state in chosen:
                    print(f"{state.name}: {take(browser, server, state, cookies)} pictures")
        finally:
            server.stop()
            server.forget()
    print(f"They are in {FOLDER}/. Look at each.")


if __name__ == "__main__":
    main(sys.argv[1:])

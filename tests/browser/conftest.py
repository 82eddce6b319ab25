"""A real server in its own process, on a SQLite file of its own, and a real Chromium before it."""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Role
from scanner_app.models import Scan, User
from scanner_app.services.access import sign_ins, users
from scanner_app.storage.database import db, reading, unit_of_work
from tests.support.databases import SECRET, build_app, make_settings
from tests.support.nursery import Forked, Nursery
from tests.support.register import add_asset, add_location, add_person

PHONE = {"width": 390, "height": 844}
CHROMIUM_ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


NURSERY = Nursery()
atexit.register(NURSERY.close)


def find_chromium() -> str | None:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    return None


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@dataclass
class LiveServer:
    """The server as an operator starts it: `scanner-app serve --http`."""

    folder: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    process: Forked | None = None
    app: Any = None
    has_worker: bool = False

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        environ = {k: v for k, v in os.environ.items() if not k.startswith("SCANNER_")}
        environ |= {
            "SCANNER_INSTANCE_DIR": str(self.folder),
            "SCANNER_SECRET_KEY": SECRET,
            "SCANNER_LOG_LEVEL": "WARNING",
            **self.settings,
        }
        beside = "--worker" if self.has_worker else "--no-worker"
        options = [beside, f"--port={self.port}", "--workers=1"]
        self.process = NURSERY.start(
            ["serve", "--http", *options], environ=environ, stderr=self.folder / "stderr.log"
        )
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                if self.process.poll() is not None:
                    break
            time.sleep(0.05)  # the server says itself when it is ready
        raise RuntimeError((self.folder / "stderr.log").read_text())

    def stop(self, *, kill: bool = False) -> None:
        if self.process is None:
            return
        try:
            # The whole group: a master that is killed leaves its workers behind for a moment.
            os.killpg(self.process.pid, 9 if kill else 15)
        except ProcessLookupError:
            pass
        self.process.wait(timeout=20)
        self.process = None

    @contextmanager
    def session(self, *, write: bool = False) -> Iterator[Any]:
        if self.app is None:
            self.app = build_app(make_settings(self.folder))
        with self.app.app_context():
            with (unit_of_work if write else reading)() as session:
                yield session
            db.session.remove()

    def forget(self) -> None:
        """Close what was opened to look at the database."""
        if self.app is not None:
            with self.app.app_context():
                db.engine.dispose()

    def scans(self) -> list[Scan]:
        """Return the log in the order of arrival."""
        with self.session() as session:
            rows = session.scalars(select(Scan).order_by(Scan.id)).all()
            session.expunge_all()
            return list(rows)

    def sign_in(self, role: str = "technician", name: str | None = None) -> str:
        """Return the cookie of somebody who is signed in."""
        now = datetime.now(UTC)
        with self.session(write=True) as session:
            user = users.add_user(
                session,
                email=f"{name or role}@example.org".lower(),
                role=Role(role),
                name=name or role.title(),
                password=None,
                now=now,
            )
            return sign_ins.start_sign_in(
                session, user=user, user_agent="test", address="127.0.0.1", now=now
            )

    def sign_in_again(self, user_id: int) -> str:
        """Return a new cookie of somebody who has an account."""
        now = datetime.now(UTC)
        with self.session(write=True) as session:
            return sign_ins.start_sign_in(
                session,
                user=session.get_one(User, user_id),
                user_agent="test",
                address="127.0.0.1",
                now=now,
            )


def fill_office(session: Any) -> None:
    """A site with three rooms, two people, forty laptops in Room 101 and one elsewhere."""
    now = datetime.now(UTC) - timedelta(days=30)
    site = add_location(session, "HQ", "Head office", now=now)
    room = add_location(session, "R-101", "Room 101", parent=site, now=now)
    add_location(session, "R-102", "Room 102", parent=site, now=now)
    add_location(session, "R-103", "Room 103", parent=site, now=now)
    add_person(session, "1001", "Ana Alves", badge="B-77", now=now)
    add_person(session, "1002", "Bob Brook", badge="B-78", now=now)
    for number in range(1, 41):
        add_asset(session, f"LT-{number:03}", location=room, home=room, now=now)
    add_asset(session, "LT-900", location=site, home=site, now=now, name="Projector")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    found = find_chromium()
    if found is None:
        pytest.skip("Chromium is not installed here (apt-get install chromium)")
    return found


# A module's, not the whole run's: while it lives, its event loop runs in this thread, and no test
# of another module could run one of its own.
@pytest.fixture(scope="module")
def playwright_driver() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(playwright_driver: Any, chromium_path: str) -> Iterator[Any]:
    """One browser for the tests of a module; each has a context, as a private window has."""
    launched = playwright_driver.chromium.launch(
        executable_path=chromium_path, headless=True, args=CHROMIUM_ARGS
    )
    yield launched
    launched.close()


@pytest.fixture
def has_worker() -> bool:
    """Whether the server runs a worker beside the pages: most tests leave no work for one."""
    return False


@pytest.fixture
def server(sqlite_template, tmp_path: Path, has_worker: bool) -> Iterator[LiveServer]:
    folder = tmp_path / "instance"
    sqlite_template.make(folder, fill_office)
    live = LiveServer(folder, has_worker=has_worker)
    live.start()
    yield live
    live.stop(kill=True)
    live.forget()


class Phone:
    """One phone: a private window, or a browser profile that outlives a restart of the phone."""

    def __init__(
        self, driver: Any, executable: str, profile: Path, server: LiveServer, browser: Any = None
    ) -> None:
        self.driver = driver
        self.executable = executable
        self.profile = profile
        self.server = server
        self.browser = browser
        self.context: Any = None

    def open(
        self,
        *,
        cookie: str | None = None,
        base: str | None = None,
        keeps_profile: bool = False,
        args: Sequence[str] = (),
        env: dict[str, str] | None = None,
        **options: Any,
    ) -> Any:
        """Return a page of the phone.

        :param keeps_profile: use a browser of its own with a profile on disk: only such a browser
            can be killed and started again, and only such a one promises to keep what is stored.
        :param args, env: what a browser of its own is started with.
        """
        base = base or self.server.url
        options = {"viewport": PHONE, "base_url": base, **options}
        if keeps_profile or args or env or self.browser is None:
            self.context = self.driver.chromium.launch_persistent_context(
                str(self.profile),
                executable_path=self.executable,
                headless=True,
                args=[*CHROMIUM_ARGS, *args],
                env=env,
                **options,
            )
        else:
            self.context = self.browser.new_context(**options)
        self.context.set_default_timeout(15_000)
        if cookie is not None:
            self.context.add_cookies([{"name": "scanner", "value": cookie, "url": base}])
        pages = self.context.pages
        return pages[0] if pages else self.context.new_page()

    def forget(self) -> None:
        """Close what is left of a browser that was killed."""
        try:
            self.context.close()
        except Exception:
            pass  # it is gone: that is the point
        self.context = None
        (self.profile / "SingletonLock").unlink(missing_ok=True)

    def close(self) -> None:
        if self.context is not None:
            self.context.close()
            self.context = None


@pytest.fixture
def phone(
    playwright_driver: Any, chromium_path: str, tmp_path: Path, server: LiveServer, browser: Any
) -> Iterator[Phone]:
    made = Phone(playwright_driver, chromium_path, tmp_path / "profile", server, browser)
    yield made
    made.close()


def wait_until(check: Any, *, seconds: float = 20, what: str | Callable[[], str] = "") -> Any:
    """Ask again and again: a strict Content-Security-Policy forbids Playwright's own waiting.

    Raise AssertionError unless it happens in time. A function tells `what` there is instead.
    """
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            told = what() if callable(what) else what
            raise AssertionError(f"did not happen in {seconds} s: {told or check}")
        time.sleep(0.03)


def open_scan_page(page: Any, path: str = "/scan?mode=sighting") -> None:
    """Open the scan page and wait until its script has taken over."""
    page.goto(path)
    wait_until(
        lambda: page.evaluate("document.querySelector('[data-scan-page]')?.dataset.ready === ''"),
        what="the scan page is ready",
    )


def scan_by_keys(page: Any, code: str, ending: str = "Enter", *, gap_ms: float = 5) -> None:
    """Type as a wedge scanner does: each key with its own exact time stamp."""
    last = getattr(page, "_wedge_at", 0.0)
    keys = len(code) + len(ENDINGS.get(ending, (ending,)))
    # A key cannot be stamped before it is pressed: all of them were, when they are sent.
    at = max(last + 0.02, time.time() - keys * gap_ms / 1000)
    time.sleep(max(0.0, at + keys * gap_ms / 1000 - time.time()))
    press_keys(page, [(code, ending)], at=at, gap_ms=gap_ms)


def press_keys(
    page: Any, codes: Sequence[tuple[Any, str]], *, at: float | None = None, gap_ms: float = 5
) -> None:
    """Press the keys of codes and their endings, one after the other by their stamps.

    A code is a text, or a list of characters and described keys.

    They are handed to the browser in one go: a machine that stalls here puts no pause between two.
    """
    session = getattr(page, "_wedge", None)
    if session is None:  # kept on the page: time stamps must go on rising
        session = page._wedge = page.context.new_cdp_session(page)
    if at is None:
        at = max(getattr(page, "_wedge_at", 0.0) + 0.02, time.time())
    events: list[dict[str, Any]] = []
    for code, ending in codes:
        for name in (*code, *ENDINGS.get(ending, (ending,))):
            at += gap_ms / 1000
            key = describe_key(name)
            events.append({"type": "keyDown", "timestamp": at, **key})
            key.pop("text", None)
            events.append({"type": "keyUp", "timestamp": at, **key})
    page._wedge_at = at
    sender = session._impl_obj

    async def send_all() -> None:
        await asyncio.gather(
            *(sender.send("Input.dispatchKeyEvent", event, None) for event in events)
        )

    session._sync(send_all())


ENDINGS: dict[str, tuple[str, ...]] = {
    "CRLF": ("Enter", "LF"), "F8 and Enter": ("F8", "Enter"), "silence": ()
}  # fmt: skip
SPECIAL = {
    "Enter": {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
    "CR": {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
    "Tab": {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9},
    "LF": {"key": "j", "code": "KeyJ", "windowsVirtualKeyCode": 74, "modifiers": 2},
    "GS": {"key": "]", "code": "BracketRight", "windowsVirtualKeyCode": 221, "modifiers": 2},
    "ETX": {"key": "c", "code": "KeyC", "windowsVirtualKeyCode": 67, "modifiers": 2},
    "F8": {"key": "F8", "code": "F8", "windowsVirtualKeyCode": 119},
}
SHIFTED = dict(zip('!@#$%^&*()_+{}|:"<>?~', "1234567890-=[]\\;',./`", strict=True))
CODES = {
    "-": "Minus", "=": "Equal", "[": "BracketLeft", "]": "BracketRight", "\\": "Backslash",
    ";": "Semicolon", "'": "Quote", ",": "Comma", ".": "Period", "/": "Slash", "`": "Backquote",
    " ": "Space",
}  # fmt: skip


def describe_key(character: str | dict[str, Any]) -> dict[str, Any]:
    """Return a key as Chromium's protocol wants it: one of a US keyboard, or as it is described."""
    if isinstance(character, dict):
        return dict(character)
    if character in SPECIAL:
        return dict(SPECIAL[character])
    base = SHIFTED.get(character, character)
    is_shifted = character in SHIFTED or character.isupper()
    if base.isalpha():
        code = f"Key{base.upper()}"
    elif base.isdecimal():
        code = f"Digit{base}"
    else:
        code = CODES[base]
    return {
        "key": character,
        "code": code,
        "text": character,
        "modifiers": 8 if is_shifted else 0,
    }

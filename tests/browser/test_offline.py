"""Scans without a network: kept through reload, restart and kill, then sent once each, in order."""

from __future__ import annotations

import http.client
import http.server
import json
import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from scanner_app.models import User
from tests.browser.conftest import free_port, open_scan_page, scan_by_keys, wait_until

pytestmark = pytest.mark.browser
# The gate's run is short; `SCANNER_OFFLINE_SCANS=200` is the long one.
COUNT = int(os.environ.get("SCANNER_OFFLINE_SCANS", "45"))
ROOMS = ("R-101", "R-102", "R-103")


class FaultyProxy:
    """Stands between phone and server; one scan request in three is committed and then dropped."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.port = free_port()
        self.is_down = False
        self.is_faulty = False
        self.is_hanging = False
        self.is_slow = False
        self.is_refusing = False  # takes no scans; everything else goes through
        self.sent: Counter[str] = Counter()  # how often each scan came
        self.new_version = ""
        self.posts = 0
        self.dropped = 0
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                proxy.pass_on(self)

            do_POST = do_GET  # noqa: N815 - http.server finds it by this name

            def log_message(self, *_args) -> None:
                """Quiet."""

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_args) -> None:
                """A browser that was killed hangs up: expected here."""

        self.is_stopped = False
        self.server = Server(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def pass_on(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        if self.is_down:
            handler.connection.close()
            return
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        is_scans = handler.path == "/api/v1/scans"
        while self.is_hanging and not self.is_stopped:
            time.sleep(0.02)  # takes everything and answers nothing
        if self.is_stopped or (is_scans and self.is_refusing):
            handler.connection.close()
            return
        if is_scans and self.is_slow:
            time.sleep(0.8)
        if is_scans:
            self.sent.update(scan["scan_id"] for scan in json.loads(body)["scans"])
        onward = http.client.HTTPConnection("127.0.0.1", self.target_port, timeout=20)
        try:
            headers = {k: v for k, v in handler.headers.items() if k.lower() != "connection"}
            onward.request(handler.command, handler.path, body, headers)
            answer = onward.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            handler.connection.close()
            return
        finally:
            onward.close()
        headers_back = answer.getheaders()
        if self.new_version:  # another version of the app was put up
            content = content.replace(b'"version": "', b'"version": "' + self.new_version.encode())
            headers_back = [
                (k, self.new_version + v if k.lower() == "x-app-version" else v)
                for k, v in headers_back
            ]
        if is_scans:
            self.posts += 1
            if self.is_faulty and self.posts % 3 == 1:
                self.dropped += 1
                handler.connection.close()  # committed there, never heard of here
                return
        handler.send_response_only(answer.status)
        for name, value in headers_back:
            if name.lower() not in {"connection", "transfer-encoding", "content-length"}:
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(content)

    def stop(self) -> None:
        self.is_stopped = True
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(timeout=10)


@pytest.fixture
def proxy(server):
    made = FaultyProxy(server.port)
    yield made
    made.stop()


def waiting(page) -> int:
    return int(page.get_attribute("[data-unsent]", "data-count") or 0)


def open_through(phone, proxy, cookie=None, path: str = "/scan?mode=sighting"):
    page = phone.open(keeps_profile=True, base=f"http://localhost:{proxy.port}", cookie=cookie)
    open_scan_page(page, path)
    return page


def make_ready(page, path: str = "/scan") -> None:
    """Wait until the phone could go on from a cold start without a network."""
    wait_until(
        lambda: page.evaluate(
            """async path => {
              const ready = await navigator.serviceWorker.getRegistration();
              return Boolean(ready?.active) && Boolean(await caches.match(path));
            }""",
            path,
        ),
        what="the page is kept on the phone",
    )
    page.reload()
    wait_until(
        lambda: page.evaluate("document.querySelector('[data-scan-page]')?.dataset.ready === ''"),
        what="ready again",
    )
    assert page.evaluate("Boolean(navigator.serviceWorker.controller)")


class TestOfflineScans:
    def test_none_is_lost_or_doubled_through_drops_restarts_and_kills(self, phone, server, proxy):
        cookie = server.sign_in()
        page = open_through(phone, proxy, cookie)
        make_ready(page)
        proxy.is_down = True
        expected: list[tuple[str, str]] = []

        def scan_room(page, room: str, count: int) -> None:
            scan_by_keys(page, room)
            expected.append((room, room))
            for _ in range(count):
                code = f"LT-{len(expected):03}"
                scan_by_keys(page, code)
                expected.append((code, room))
            wait_until(lambda: waiting(page) == len(expected), what="all are on the phone")

        scan_room(page, ROOMS[0], COUNT // 3)
        page.reload()
        wait_until(lambda: waiting(page) == len(expected), what="they outlive a reload")
        scan_room(page, ROOMS[1], COUNT // 3)
        phone.close()
        page = open_through(phone, proxy, cookie)  # opened again, still without a network
        wait_until(lambda: waiting(page) == len(expected), what="they outlive a restart")
        scan_room(page, ROOMS[2], COUNT // 3)
        kill_browser(phone)
        page = open_through(phone, proxy, cookie)
        wait_until(lambda: waiting(page) == len(expected), what="they outlive a kill")
        assert server.scans() == []

        proxy.is_faulty = True
        proxy.is_down = False
        page.evaluate("dispatchEvent(new Event('online'))")
        wait_until(lambda: server.scans(), seconds=60, what="the first arrive")
        server.stop(kill=True)
        server.start()
        page.evaluate("dispatchEvent(new Event('online'))")
        wait_until(lambda: waiting(page) == 0, seconds=120, what="all are sent")

        rows = server.scans()
        assert [(r.code) for r in rows] == [code for code, _ in expected]
        assert max(Counter(r.scan_id for r in rows).values()) == 1
        with server.session() as session:
            from scanner_app.models import Location

            codes = {place.id: place.code for place in session.query(Location)}
        assert [codes[r.location_id] for r in rows] == [room for _, room in expected]
        assert proxy.dropped >= 1
        moments = [r.scanned_at for r in rows]
        assert moments == sorted(moments)

    def test_an_ended_sign_in_keeps_everything_and_asks(self, phone, server):
        page = phone.open(cookie=server.sign_in())
        open_scan_page(page)
        phone.context.clear_cookies()

        scan_by_keys(page, "LT-001")

        trouble = page.locator("[data-storage-trouble]")
        trouble.wait_for(state="visible")
        assert "sign in to send" in page.inner_text("[data-unsent]")
        assert server.scans() == []
        assert waiting(page) == 1

    def test_another_persons_scans_are_not_sent_under_a_new_name(self, phone, server):
        page = phone.open(cookie=server.sign_in(name="Ana"))
        open_scan_page(page)
        phone.context.clear_cookies()
        scan_by_keys(page, "LT-001")
        wait_until(lambda: waiting(page) == 1, what="kept")

        cookie = server.sign_in(name="Ben")
        phone.context.add_cookies([{"name": "scanner", "value": cookie, "url": server.url}])
        open_scan_page(page)
        scan_by_keys(page, "LT-002")

        wait_until(lambda: server.scans(), what="Ben's scan arrives")
        assert [(r.code, r.actor_name) for r in server.scans()] == [("LT-002", "Ben")]
        wait_until(lambda: "1 of Ana held" in page.inner_text("[data-unsent]"), what="held")
        assert "Sign in as Ana to send it" in page.inner_text("[data-storage-trouble]")

        with server.session() as session:
            ana = session.scalars(select(User).where(User.name == "Ana")).one().id
        cookie = server.sign_in_again(ana)
        phone.context.add_cookies([{"name": "scanner", "value": cookie, "url": server.url}])
        open_scan_page(page)

        wait_until(lambda: len(server.scans()) == 2, what="Ana's goes under her own name")
        assert (server.scans()[1].code, server.scans()[1].actor_name) == ("LT-001", "Ana")
        wait_until(lambda: page.inner_text("[data-unsent]") == "All sent", what="nothing waits")


class TestBrokenStorage:
    def test_nothing_is_called_stored_that_is_neither_on_the_phone_nor_on_the_server(
        self, phone, server, proxy
    ):
        page = open_through(phone, proxy, server.sign_in())
        page.evaluate(
            "() => { IDBObjectStore.prototype.add = () => {"
            " throw new DOMException('full', 'QuotaExceededError'); }; }"
        )
        proxy.is_down = True

        scan_by_keys(page, "LT-001")

        panel = page.locator(".scan-result")
        panel.wait_for()
        assert panel.get_attribute("data-answer") == "not_stored"
        assert "storage is full" in panel.inner_text()
        assert "Only in this page's memory" in panel.inner_text()
        assert page.locator("[data-rows] [data-kept=phone]").count() == 0
        proxy.is_down = False
        page.evaluate("dispatchEvent(new Event('online'))")
        wait_until(lambda: server.scans(), what="it goes to the server directly")
        wait_until(lambda: panel.get_attribute("data-kept") == "server", what="and is told")
        assert panel.get_attribute("data-answer") == "fine"

    def test_a_page_whose_database_does_not_open_still_scans(self, phone, server):
        page = phone.open(cookie=server.sign_in())
        page.add_init_script(
            "indexedDB.open = () => { throw new DOMException('no', 'SecurityError'); };"
        )
        open_scan_page(page)

        scan_by_keys(page, "LT-001")

        wait_until(lambda: server.scans(), what="the scan is on the server")


def kill_browser(phone) -> None:
    """End the browser as an empty battery does."""
    profile = str(phone.profile)
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if f"--user-data-dir={profile}" in command and "--type=" not in command:
            os.kill(int(folder.name), signal.SIGKILL)
    phone.forget()

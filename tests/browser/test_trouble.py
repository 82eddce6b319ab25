"""What goes wrong around a queue: two tabs, an update, lie-fi, a full disk, a wrong clock, a lost database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.browser.conftest import CHROMIUM_ARGS, PHONE, open_scan_page, scan_by_keys, wait_until
from tests.browser.test_offline import FaultyProxy, make_ready, open_through, waiting

pytestmark = pytest.mark.browser
ONLINE = "dispatchEvent(new Event('online'))"


@pytest.fixture
def proxy(server):
    made = FaultyProxy(server.port)
    yield made
    made.stop()


class TestTwoTabs:
    def test_both_show_the_queue_and_no_scan_is_sent_twice(self, phone, server, proxy):
        first = open_through(phone, proxy, server.sign_in())
        second = phone.context.new_page()
        open_scan_page(second)
        proxy.is_down = True

        for number, page in enumerate([first, second, first, second], start=1):
            page.bring_to_front()  # a scanner types into the tab that a person looks at
            scan_by_keys(page, f"LT-00{number}")
            for tab in (first, second):
                wait_until(
                    lambda t=tab, n=number: waiting(t) == n, seconds=60, what="both count it"
                )
        proxy.is_down = False
        for tab in (first, second):
            tab.evaluate(ONLINE)

        for tab in (first, second):
            wait_until(lambda t=tab: waiting(t) == 0, what="both are told that it is sent")
            wait_until(
                lambda t=tab: t.locator("[data-rows] [data-kept=phone]").count() == 0,
                what="both show the server's answers",
            )
        assert [row.code for row in server.scans()] == ["LT-001", "LT-002", "LT-003", "LT-004"]
        assert set(proxy.sent.values()) == {1}


class TestUpdate:
    def test_a_new_version_waits_until_the_queue_is_empty_and_loses_nothing(
        self, phone, server, proxy
    ):
        page = open_through(phone, proxy, server.sign_in())
        make_ready(page)
        proxy.is_refusing = True
        for code in ("LT-001", "LT-002"):
            scan_by_keys(page, code)
        wait_until(lambda: waiting(page) == 2, what="the queue is full")

        proxy.new_version = "next-"
        page.evaluate("dispatchEvent(new Event('focus'))")
        is_waiting = "navigator.serviceWorker.getRegistration().then(r => Boolean(r.waiting))"
        wait_until(lambda: page.evaluate(is_waiting), what="the new version is there")
        scan_by_keys(page, "LT-003")
        wait_until(lambda: waiting(page) == 3, what="the old one still scans")
        assert page.evaluate(is_waiting)
        proxy.is_refusing = False
        page.evaluate(ONLINE)
        wait_until(lambda: waiting(page) == 0, what="all are sent")
        page.evaluate("dispatchEvent(new Event('focus'))")
        wait_until(lambda: not page.evaluate(is_waiting), what="now it takes over")

        assert [row.code for row in server.scans()] == ["LT-001", "LT-002", "LT-003"]
        is_kept = (
            "caches.keys().then(async names => names.some(n => n.startsWith('scanner-pages-next-'))"
            " && Boolean(await caches.match('/scan')))"
        )
        wait_until(lambda: page.evaluate(is_kept), what="the new page is kept")
        proxy.is_down = True
        page.reload()
        scan_by_keys(page, "LT-004")
        wait_until(lambda: waiting(page) == 1, what="the new version scans offline")


class TestLieFi:
    def test_a_network_that_answers_nothing_keeps_nobody_waiting(self, phone, server, proxy):
        page = phone.open(
            keeps_profile=True, base=f"http://localhost:{proxy.port}", cookie=server.sign_in()
        )
        # The page gives up a request after 15 s; a tenth of it is enough to see that it does.
        page.add_init_script(
            "{ const wait = AbortSignal.timeout; AbortSignal.timeout = ms => wait.call(AbortSignal, ms / 10); }"
        )
        open_scan_page(page)
        make_ready(page)
        proxy.is_hanging = True

        scan_by_keys(page, "LT-001")
        wait_until(
            lambda: page.locator(".scan-result[data-kept=phone]").count() == 1, what="told at once"
        )
        open_scan_page(page)  # the page itself comes from the phone
        scan_by_keys(page, "LT-002")
        wait_until(lambda: waiting(page) == 2, what="both are kept")
        proxy.is_hanging = False

        wait_until(lambda: waiting(page) == 0, what="sent without being asked")
        assert [row.code for row in server.scans()] == ["LT-001", "LT-002"]


class TestBackgroundSync:
    def test_the_queue_goes_on_with_the_page_closed(self, phone, server, proxy):
        page = open_through(phone, proxy, server.sign_in())
        make_ready(page)
        proxy.is_down = True
        scan_by_keys(page, "LT-001")
        wait_until(lambda: waiting(page) == 1, what="kept")
        tags = "navigator.serviceWorker.ready.then(r => r.sync.getTags())"
        wait_until(lambda: page.evaluate(tags) == ["scanner-outbox"], what="registered")
        device = page.evaluate("localStorage.getItem('scanner.device')")
        found: list[str] = []
        session = phone.context.new_cdp_session(page)
        session.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: found.extend(r["registrationId"] for r in event["registrations"]),
        )
        session.send("ServiceWorker.enable")
        wait_until(lambda: page.evaluate("1") and found, what="the worker has a number")
        page.goto("about:blank")
        proxy.is_down = False

        session.send(
            "ServiceWorker.dispatchSyncEvent",
            {
                "origin": f"http://localhost:{proxy.port}",
                "registrationId": found[0],
                "tag": "scanner-outbox",
                "lastChance": False,
            },
        )

        [row] = wait_until(server.scans, what="the worker sent it by itself")
        assert (row.code, row.device) == ("LT-001", device)


# Fill what the browser allows, in ever smaller pieces. A quota that is only lowered would not do:
# the browser goes by the space that it counted last for a while.
FILL = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("filling");
  opening.onupgradeneeded = () => opening.result.createObjectStore("rows", { autoIncrement: true });
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const database = opening.result;
    const write = (size) => {
      if (size < 20) { database.close(); resolve(); return; }
      const writing = database.transaction("rows", "readwrite");
      writing.objectStore("rows").add("x".repeat(size));
      writing.oncomplete = () => write(size);
      writing.onabort = () => write(size / 4);
    };
    write(50_000);
  };
})"""


class TestStorage:
    def test_a_full_disk_is_said_and_the_scan_goes_to_the_server(self, phone, server, proxy):
        base = f"http://localhost:{proxy.port}"
        page = phone.open(cookie=server.sign_in(), base=base, keeps_profile=True)
        session = phone.context.new_cdp_session(page)
        session.send("Storage.overrideQuotaForOrigin", {"origin": base, "quotaSize": 8_000_000})
        open_scan_page(page)
        page.evaluate(FILL)
        proxy.is_down = True

        scan_by_keys(page, "LT-001")

        panel = page.locator(".scan-result")
        panel.wait_for()
        assert panel.get_attribute("data-answer") == "not_stored"
        assert "storage is full" in panel.inner_text()
        proxy.is_down = False
        page.evaluate(ONLINE)
        wait_until(server.scans, what="the server has it")
        session.send("Storage.overrideQuotaForOrigin", {"origin": base})
        proxy.is_down = True
        scan_by_keys(page, "LT-002")
        page.locator("[data-rows] [data-kept=phone]").wait_for()
        assert waiting(page) == 1

    def test_a_database_that_the_browser_threw_away_is_made_anew(self, phone, server, proxy):
        page = open_through(phone, proxy, server.sign_in())
        scan_by_keys(page, "LT-001")
        wait_until(server.scans, what="sent")
        proxy.is_down = True
        phone.context.new_cdp_session(page).send(
            "Storage.clearDataForOrigin",
            {"origin": f"http://localhost:{proxy.port}", "storageTypes": "indexeddb"},
        )

        scan_by_keys(page, "LT-002")

        wait_until(lambda: waiting(page) == 1, what="kept in the new one")
        proxy.is_down = False
        page.evaluate(ONLINE)
        wait_until(lambda: len(server.scans()) == 2, what="and sent")

    def test_it_is_said_when_the_browser_does_not_promise_to_keep_the_queue(
        self, playwright_driver, chromium_path, server, proxy
    ):
        browser = playwright_driver.chromium.launch(
            executable_path=chromium_path, headless=True, args=CHROMIUM_ARGS
        )
        try:
            # A context without a profile is Chromium's private window.
            base = f"http://localhost:{proxy.port}"
            private = browser.new_context(base_url=base, viewport=PHONE)
            private.add_cookies([{"name": "scanner", "value": server.sign_in(), "url": base}])
            page = private.new_page()
            open_scan_page(page)
            wait_until(
                lambda: page.evaluate(
                    "performance.getEntriesByType('resource').some(e => /queue_dialog/.test(e.name))"
                ),
                what="what the first scan can do without has come too",
            )
            proxy.is_down = True
            scan_by_keys(page, "LT-001")
            wait_until(lambda: waiting(page) == 1, what="a private window keeps it while it lives")

            page.click("[data-unsent]")

            words = page.locator("[data-queue-text]")
            words.wait_for()
            assert "keep a private window open" in words.inner_text()
        finally:
            browser.close()


class TestClock:
    @pytest.mark.parametrize("hours", [-3, 26])
    def test_a_wrong_clock_is_measured_and_put_right(self, phone, server, proxy, hours):
        page = phone.open(
            keeps_profile=True, base=f"http://localhost:{proxy.port}", cookie=server.sign_in()
        )
        page.add_init_script(
            """{ const Real = Date, shift = HOURS * 3600e3;
              globalThis.Date = class extends Real {
                constructor(...given) { given.length ? super(...given) : super(Real.now() + shift); }
                static now() { return Real.now() + shift; } }; }""".replace("HOURS", str(hours))
        )
        open_scan_page(page)
        proxy.is_down = True
        scan_by_keys(page, "LT-001")  # nothing was measured yet
        wait_until(lambda: waiting(page) == 1, what="kept")
        proxy.is_down = False
        page.evaluate(ONLINE)
        wait_until(lambda: waiting(page) == 0, what="sent")
        scan_by_keys(page, "LT-002")  # now it is known

        rows = wait_until(lambda: len(server.scans()) == 2 and server.scans(), what="both there")
        for row in rows:
            assert abs(row.scanned_at - datetime.now(UTC)) < timedelta(minutes=2)
            assert not row.is_clock_suspect

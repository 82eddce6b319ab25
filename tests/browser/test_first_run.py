"""`scanner-app serve` over HTTPS as it is started, and a phone that comes to trust it."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
import urllib.request

import pytest

from scanner_app.cli.tls import addresses, leaf
from scanner_app.cli.tls.certificate import renew_certificate
from tests.browser.conftest import (
    LiveServer,
    Phone,
    fill_office,
    free_port,
    open_scan_page,
    scan_by_keys,
    wait_until,
)
from tests.browser.scanning.test_scan_screen import find_violations
from tests.support.databases import SECRET

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        shutil.which("certutil") is None, reason="certutil (libnss3-tools) makes Chromium trust"
    ),
]
COMMAND = "from scanner_app.cli import main; main()"
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


class SecureServer(LiveServer):
    """The server as a newcomer starts it, but for its ports."""

    def start(self) -> None:
        self.plain_port = free_port()
        environ = {k: v for k, v in os.environ.items() if not k.startswith("SCANNER_")}
        environ |= {
            "SCANNER_INSTANCE_DIR": str(self.folder),
            "SCANNER_SECRET_KEY": SECRET,
            "SCANNER_LOG_LEVEL": "WARNING",
        }
        ports = [
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--install-port",
            str(self.plain_port),
        ]
        with (self.folder / "output.log").open("ab") as log:
            self.process = subprocess.Popen(  # type: ignore[assignment] # started, not forked
                [sys.executable, "-c", COMMAND, "serve", "--no-worker", "--workers", "1", *ports],
                env=environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self.answers, seconds=60, what=self.printed())

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def plain_url(self) -> str:
        return f"http://localhost:{self.plain_port}"

    def printed(self) -> str:
        return (self.folder / "output.log").read_text()

    def answers(self) -> bool:
        try:
            context = ssl.create_default_context(cafile=self.folder / "tls" / "ca.crt")
            urllib.request.urlopen(f"{self.url}/healthz", timeout=5, context=context).close()
        except OSError:
            return False
        return self.answers_plain()

    def answers_plain(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.plain_url}/install", timeout=5).close()
        except OSError:
            return False
        return True

    def serial(self) -> str:
        """Return the serial number of the certificate that is served now."""
        context = ssl.create_default_context(cafile=self.folder / "tls" / "ca.crt")
        with urllib.request.urlopen(f"{self.url}/healthz", timeout=5, context=context) as answer:
            return answer.fp.raw._sock.getpeercert()["serialNumber"]


@pytest.fixture
def secure(sqlite_template, tmp_path):
    folder = tmp_path / "instance"
    sqlite_template.make(folder, fill_office)
    live = SecureServer(folder)
    live.start()
    yield live
    live.stop()
    live.forget()


@pytest.fixture
def open_phone(playwright_driver, chromium_path, secure, tmp_path):
    """`open_phone(trusts=True)` gives a browser with or without the CA among those it trusts."""
    phones = []

    def make(*, trusts: bool, **options):
        home = tmp_path / f"home-{trusts}"
        store = home / ".pki" / "nssdb"
        store.mkdir(parents=True)
        run = ["certutil", "-d", f"sql:{store}"]
        subprocess.run([*run, "-N", "--empty-password"], check=True, capture_output=True)
        if trusts:
            ca = secure.folder / "tls" / "ca.crt"
            add = ["-A", "-t", "C,,", "-n", "scanner-app", "-i", str(ca)]
            subprocess.run([*run, *add], check=True, capture_output=True)
        phone = Phone(playwright_driver, chromium_path, home / "profile", secure)
        phones.append(phone)
        return phone.open(env={**os.environ, "HOME": str(home)}, **options)

    yield make
    for phone in phones:
        phone.close()


def trust_of(page) -> str | None:
    return page.get_attribute("[data-trust]", "data-state")


class TestFirstRun:
    def test_a_phone_is_walked_from_the_printed_address_to_the_first_scan(self, open_phone, secure):
        printed = secure.printed()
        assert "█" in printed  # the QR code
        assert f":{secure.plain_port}/install" in printed
        fingerprint = printed.split("SHA-256):")[1].split()[0]

        page = open_phone(trusts=False)
        page.goto(secure.plain_url)
        wait_until(lambda: trust_of(page) == "untrusted", what="said that it is not trusted yet")
        assert not page.is_visible("[data-go]")
        assert page.inner_text("[data-fingerprint]") == fingerprint
        assert find_violations(page) == []
        with page.expect_download() as download:
            page.click("[data-steps=android] a[download]")
        assert download.value.path().read_bytes() == (secure.folder / "tls/ca.crt").read_bytes()
        page.context.close()

        page = open_phone(trusts=True, args=CAMERA, permissions=["camera"])
        page.goto(f"{secure.plain_url}/install")
        wait_until(lambda: trust_of(page) == "ready", what="turned green")
        assert page.get_attribute("[data-trust]", "data-tone") == "good"
        assert find_violations(page) == []
        cookie = {"name": "__Host-scanner", "value": secure.sign_in(), "secure": True}
        page.context.add_cookies([cookie | {"url": secure.url}])
        page.click("[data-go]")
        page.wait_for_url(f"{secure.url}/scan")
        wait_until(
            lambda: page.evaluate(
                "navigator.serviceWorker.getRegistration().then(r => Boolean(r?.active))"
            ),
            what="it works without a network",
        )
        page.click("[data-camera-button]")
        wait_until(
            lambda: page.evaluate("document.querySelector('[data-video]').readyState >= 2"),
            what="the camera is allowed",
        )
        page.click("[data-camera-button]")
        open_scan_page(page)
        scan_by_keys(page, "LT-001")
        wait_until(secure.scans, what="the first scan is stored")
        page.goto("/install")
        wait_until(lambda: trust_of(page) == "trusted", what="the page over HTTPS is green too")

    def test_it_is_renewed_while_it_runs_and_leaves_nothing_behind(
        self, open_phone, secure, monkeypatch
    ):
        page = open_phone(trusts=False, ignore_https_errors=True)
        page.goto("/install")
        wait_until(lambda: trust_of(page) == "untrusted", what="a warning clicked away is no trust")
        page.context.close()

        before = secure.serial()
        monkeypatch.setattr(leaf, "RENEW_BEFORE", leaf.LEAF_LIFE)
        monkeypatch.setattr(addresses, "_own_addresses", set)  # no look at this machine's network
        assert renew_certificate(secure.folder, host="127.0.0.1")
        assert secure.serial() != before

        os.kill(secure.process.pid, 9)
        secure.process.wait(timeout=20)
        wait_until(lambda: not secure.answers_plain(), what="the plain pages end with it")


class TestPlainHttp:
    def test_typing_wedge_and_photo_work_and_the_page_says_what_is_missing(
        self, playwright_driver, chromium_path, server, tmp_path
    ):
        # A name that is not localhost: a browser gives such a page no camera and no worker.
        base = f"http://scanner.example:{server.port}"
        phone = Phone(playwright_driver, chromium_path, tmp_path / "profile", server)
        try:
            page = phone.open(
                keeps_profile=True,
                base=base,
                cookie=server.sign_in(),
                args=["--host-resolver-rules=MAP scanner.example 127.0.0.1"],
            )
            open_scan_page(page)
            assert not page.evaluate("isSecureContext")

            scan_by_keys(page, "LT-001")
            # By a person's keys: an Enter within 250 ms of the scanner's is its second one (CR LF),
            # so a field that is filled by program and sent at once would keep its text.
            page.locator("#code").press_sequentially("LT-002", delay=120)
            page.press("#code", "Enter")
            wait_until(lambda: len(server.scans()) == 2, what="both are stored")
            page.set_input_files("#photo", files=[photo_of("LT-003")])
            wait_until(lambda: len(server.scans()) == 3, what="the photo is read")

            assert [row.source for row in server.scans()] == ["wedge", "typed", "photo"]
            page.click("[data-camera-button]")
            trouble = page.locator("[data-trouble]")
            trouble.wait_for(state="visible")
            assert "needs HTTPS" in trouble.inner_text()
            page.goto("/install")
            wait_until(lambda: trust_of(page) == "plain", what="said on the install page too")
        finally:
            phone.close()


def photo_of(code: str) -> dict:
    import cv2

    from tests.browser.camera_clip import make_label

    _, data = cv2.imencode(".png", make_label(code, "qr_code"))
    return {"name": "photo.png", "mimeType": "image/png", "buffer": data.tobytes()}

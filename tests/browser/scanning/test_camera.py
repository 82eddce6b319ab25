"""The live camera: Chromium's fake one shows a moving label, and it ends as a stored scan."""

from __future__ import annotations

import shutil

import pytest

from tests.browser.camera_clip import make_clip
from tests.browser.conftest import open_scan_page, wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg draws the fake camera"),
]
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


class TestLiveCamera:
    @pytest.mark.parametrize(
        ("symbology", "code"),
        [("code_128", "LT-007"), ("qr_code", "LT-008"), ("data_matrix", "LT-009")],
    )
    def test_a_moving_label_becomes_one_stored_scan(self, phone, server, tmp_path, symbology, code):
        clip = make_clip(tmp_path / "camera.mjpeg", code, symbology)
        page = phone.open(
            args=[*CAMERA, f"--use-file-for-fake-video-capture={clip}"],
            cookie=server.sign_in(),
            permissions=["camera"],
        )
        origins = set()
        page.on("request", lambda request: origins.add(request.url.split("/")[2]))
        open_scan_page(page)

        page.click("[data-camera-button]")
        scans = wait_until(server.scans, seconds=30, what="a scan is stored")

        page.click("[data-camera-button]")
        assert [(s.code, s.symbology, s.source) for s in scans] == [(code, symbology, "camera")]
        assert origins == {f"localhost:{server.port}"}
        wait_until(
            lambda: page.evaluate("document.querySelector('[data-video]').srcObject === null"),
            what="the camera is given up",
        )

    def test_without_a_permission_it_says_the_mend_and_leaves_typing(self, phone, server):
        page = phone.open(args=CAMERA[:1], cookie=server.sign_in())
        page.context.clear_permissions()
        open_scan_page(page)
        # Headless Chromium always answers the question; a refusal is thrown as it would be.
        page.evaluate(
            "() => { navigator.mediaDevices.getUserMedia ="
            " async () => { throw new DOMException('no', 'NotAllowedError'); }; }"
        )

        page.click("[data-camera-button]")

        trouble = page.locator("[data-trouble]")
        trouble.wait_for(state="visible")
        assert "Allow it in the browser's settings" in trouble.inner_text()
        page.fill("#code", "LT-001")
        page.press("#code", "Enter")
        wait_until(server.scans, what="the typed code is stored")

"""Figures of the phone in Chromium: camera start to the first stored scan, ms a frame, page weight.

Run with `python -m benchmarks.phone`. Needs Chromium and ffmpeg; the fake camera plays a label that
drifts, tilts and blurs after half a second of empty desk.
"""

from __future__ import annotations

import gzip
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.camera_clip import make_clip
from tests.browser.conftest import (
    LiveServer,
    Phone,
    fill_office,
    find_chromium,
    open_scan_page,
    scan_by_keys,
    wait_until,
)
from tests.support.databases import SqliteTemplate

CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
LABELS = {"code_128": "LT-001", "qr_code": "LT-002", "data_matrix": "LT-003"}
ROUNDS = 5
ANSWERED = "document.querySelectorAll('[data-rows] [data-kept=server]').length"


def measure_camera(driver, server: LiveServer, folder: Path, cookie: str) -> None:
    print(f"{'symbology':12} {'first stored scan, ms':>24} {'a frame, ms':>18}")
    for symbology, code in LABELS.items():
        clip = make_clip(folder / f"{symbology}.mjpeg", code, symbology)
        starts: list[float] = []
        frames: list[float] = []
        for number in range(ROUNDS):
            profile = folder / f"{symbology}-{number}"
            phone = Phone(driver, find_chromium() or "", profile, server)
            page = phone.open(
                args=[*CAMERA, f"--use-file-for-fake-video-capture={clip}"],
                cookie=cookie,
                permissions=["camera"],
            )
            open_scan_page(page)
            before = page.evaluate(ANSWERED)
            started = time.perf_counter()
            page.click("[data-camera-button]")
            wait_until(lambda p=page, b=before: p.evaluate(ANSWERED) > b, what="stored")
            starts.append((time.perf_counter() - started) * 1000)
            time.sleep(1)  # the camera goes on by itself: these are the frames that are measured
            frames += page.evaluate("globalThis.scannerFrameTimes ?? []")
            phone.close()
        deciles = statistics.quantiles(frames, n=10)
        print(
            f"{symbology:12} {statistics.median(starts):8.0f}"
            f" ({min(starts):.0f} to {max(starts):.0f})"
            f" {statistics.median(frames):8.1f} (p90 {deciles[8]:.1f}, {len(frames)} frames)"
        )


def measure_wedge(driver, server: LiveServer, folder: Path, cookie: str) -> None:
    phone = Phone(driver, find_chromium() or "", folder / "wedge", server)
    page = phone.open(cookie=cookie)
    bodies: dict[str, bytes] = {}
    page.on("response", lambda r: bodies.setdefault(r.url, r.body() if r.ok else b""))
    open_scan_page(page)
    page.wait_for_timeout(500)
    weight = sum(len(gzip.compress(b)) for url, b in bodies.items() if "zxing" not in url)
    print(f"page to the first scan ready: {len(bodies)} files, {weight / 1000:.1f} kB compressed")
    times: list[float] = []
    for number in range(20):
        before = page.evaluate(ANSWERED)
        started = time.perf_counter()
        scan_by_keys(page, f"LT-{number + 1:03}")
        wait_until(lambda b=before: page.evaluate(ANSWERED) > b, what="answered")
        times.append((time.perf_counter() - started) * 1000)
    print(f"wedge scan to the server's answer on screen: median {statistics.median(times):.0f} ms")
    phone.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder = Path(name)
        SqliteTemplate(folder).make(folder / "instance")
        server = LiveServer(folder / "instance")
        with server.session(write=True) as session:
            fill_office(session)
        server.start()
        try:
            cookie = server.sign_in()
            measure_wedge(driver, server, folder, cookie)
            measure_camera(driver, server, folder, cookie)
        finally:
            server.stop()
            server.forget()


if __name__ == "__main__":
    main()

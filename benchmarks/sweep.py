"""A rack of 40 labels counted by a pan: what is recorded, how fast, how near the outlines are.

Run with `python -m benchmarks.sweep`. Needs Chromium and ffmpeg. The film is drawn by
`benchmarks.decoding.rack` and played as Chromium's camera. *Readable* is what the server's decoder
reads in at least one frame of the film (every third is tried).
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
from playwright.sync_api import sync_playwright

from benchmarks.decoding.rack import RATE, Film, Label, make_labels, write_film
from scanner_app.decoding.picture.decode import decode_picture
from tests.browser.conftest import (
    LiveServer,
    Phone,
    fill_office,
    find_chromium,
    open_scan_page,
    scan_by_keys,
    wait_until,
)
from tests.browser.test_count import open_audit
from tests.support.databases import SqliteTemplate

CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
# Notes for each frame that the page shows: which it is and where the outlines are; and each answer.
RECORDER = """() => {
  const video = document.querySelector('[data-video]');
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: 192, height: 16 });
  const pixels = canvas.getContext('2d', { willReadFrequently: true });
  const log = window.sweepLog = { frames: [], answers: [], tasks: [] };
  new PerformanceObserver(list => {
    for (const task of list.getEntries()) log.tasks.push([task.startTime, task.duration]);
  }).observe({ type: 'longtask' });
  document.addEventListener('scan:answered', ({ detail }) =>
    log.answers.push([performance.now(), detail.record.code]));
  const note = now => {
    pixels.drawImage(video, 0, 0, 192, 16, 0, 0, 192, 16);
    const { data } = pixels.getImageData(0, 0, 192, 16);
    let number = 0;
    for (let bit = 0; bit < 12; bit += 1) {
      if (data[4 * (8 * 192 + bit * 16 + 8)] > 128) number |= 1 << bit;
    }
    const group = document.querySelector('.sweep-outlines g');
    const move = group?.transform.baseVal.consolidate()?.matrix;
    const outlines = [...document.querySelectorAll('.sweep-outlines [data-text]')].map(outline => {
      const points = [...outline.querySelector('polygon').points];
      const mean = name => points.reduce((sum, p) => sum + p[name], 0) / points.length;
      return [outline.dataset.text, mean('x') + (move?.e ?? 0), mean('y') + (move?.f ?? 0)];
    });
    log.frames.push([now, number, outlines]);
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
}"""


def find_readable(film: Film, step: int) -> set[str]:
    """Return the texts of labels that the server's decoder reads in any of these frames."""
    texts = {label.text for label in film.labels}
    found: set[str] = set()
    for number, frame in enumerate(film.frames()):
        if number % step or number >= film.pan_frames or found == texts:
            continue
        data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
        found |= {symbol.text for symbol in decode_picture(data, budget_ms=3000).symbols}
    return found & texts


def run(driver: Any, server: LiveServer, film: Film, clip: Path, slow: float) -> dict[str, Any]:
    """Play the film to a phone that sweeps, and return what the page noted."""
    cookie = server.sign_in("auditor")
    audit = open_audit(server, cookie)
    phone = Phone(driver, find_chromium() or "", clip.parent / "profile", server)
    page = phone.open(
        args=[*CAMERA, f"--use-file-for-fake-video-capture={clip}"],
        cookie=cookie,
        permissions=["camera"],
    )
    open_scan_page(page, f"/scan?audit={audit}")
    page.evaluate("localStorage.setItem('scanner.sweep', '1')")
    scan_by_keys(page, "R-101")
    wait_until(
        lambda: "40" in page.inner_text("[data-here-count]"), what="the list is on the phone"
    )
    if slow > 1:
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": slow})
    page.evaluate(RECORDER)
    page.click("[data-camera-button]")
    time.sleep(film.length / RATE)  # the film runs once, at its own speed
    log = page.evaluate("window.sweepLog")
    log["times"] = page.evaluate("globalThis.scannerFrameTimes ?? []")
    log["figure"] = page.inner_text(".sweep-figure")
    page.click("[data-camera-button]")
    phone.close()
    return dict(log)


def measure_lag(film: Film, frames: list[Any]) -> list[int]:
    """Return for each moment the number of frames by which the outlines are behind the picture."""
    lags = []
    for _now, number, outlines in frames:
        if not 10 < number < film.pan_frames:
            continue
        cost = {
            lag: [
                math.dist((x, y), film.positions(number - lag)[text])
                for text, x, y in outlines
                if text in film.positions(0)
            ]
            for lag in range(8)
        }
        if cost[0]:
            lags.append(min(cost, key=lambda lag: statistics.median(cost[lag])))
    return lags


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--step", type=int, default=3, help="the server reads every so many frames")
    parser.add_argument(
        "--slow", type=float, default=1, help="how much slower the page's thread is"
    )
    options = parser.parse_args()
    tags = [f"LT-{number:03}" for number in range(1, 41)]
    stops = [Label("LT-900", "code_128", 40), Label("HQ-DM-7", "data_matrix", 16)]
    film = Film(make_labels(tags, options.seed), seed=options.seed, stops=stops)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder = Path(name)
        clip = write_film(film, folder / "rack.mjpeg")
        SqliteTemplate(folder).make(folder / "instance", fill_office)
        server = LiveServer(folder / "instance")
        server.start()
        try:
            log = run(driver, server, film, clip, options.slow)
            time.sleep(1)  # what was read last is still on its way to the server
            codes = Counter(scan.code for scan in server.scans() if scan.code != "R-101")
        finally:
            server.stop()
            server.forget()
    report(film, log, codes, find_readable(film, options.step) if options.step else set())


def report(film: Film, log: dict[str, Any], codes: Counter[str], readable: set[str]) -> None:
    texts = {label.text for label in film.labels}
    panned = [code for code in codes if code in texts]
    print(f"labels {len(texts)}, readable in a frame by the server {len(readable)}")
    print(f"recorded {len(panned)}: of the readable {len(readable & set(panned))}")
    print(
        "missed:",
        {lb.text: lb.symbology for lb in film.labels if lb.text in readable - set(panned)},
    )
    print("twice:", [code for code, count in codes.items() if count > 1])
    print("not there:", [c for c in codes if c not in texts | {s.text for s in film.stops}])
    lags = measure_lag(film, log["frames"])
    print("frames behind:", dict(sorted(Counter(lags).items())), "of", len(lags))
    for index, stop in enumerate(film.stops):
        first = film.first_frame_of_stop(index)
        shown = [now for now, number, _ in log["frames"] if number >= first]
        said = [now for now, code in log["answers"] if code == stop.text]
        print(
            stop.text, "first verdict", f"{said[0] - shown[0]:.0f} ms" if said and shown else "none"
        )
    seconds = film.length / RATE
    long = [duration for _, duration in log["tasks"]]
    print(f"long tasks {len(long)} in {seconds:.0f} s, longest {max(long, default=0):.0f} ms")
    times = log["times"]
    print(f"frames read: the last {len(times)}, median {statistics.median(times):.1f} ms each")
    print(f"frames shown {len(log['frames'])} of {int(seconds * RATE)}; figure: {log['figure']!r}")


if __name__ == "__main__":
    main()

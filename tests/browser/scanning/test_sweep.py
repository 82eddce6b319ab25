"""The live sweep: a room counted by a pan of the camera, offline and then online."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from benchmarks.decoding.rack import Film, Label, write_film
from scanner_app.models import Location
from tests.browser.conftest import open_scan_page, scan_by_keys, wait_until
from tests.browser.scanning.test_camera import CAMERA
from tests.browser.scanning.test_scan_screen import find_violations
from tests.browser.test_count import open_audit
from tests.browser.test_offline import make_ready, waiting
from tests.support.register import add_asset

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg draws the fake camera"),
]
STRAY, UNKNOWN, OTHER_ROOM = "LT-800", "BOX-77", "R-102"
HERE = [f"LT-{number:03}" for number in range(1, 8)]
COUNTED = {*HERE, STRAY, UNKNOWN}


def film_the_rack(folder: Path) -> Path:
    squares = [("qr_code", 28), ("data_matrix", 20)] * 4
    labels = [
        Label(text, kind, side) for text, (kind, side) in zip([*HERE, STRAY], squares, strict=True)
    ]
    labels += [Label(UNKNOWN, "data_matrix", 20), Label(OTHER_ROOM, "qr_code", 28)]
    return write_film(Film(labels, seed=4, seconds=4), folder / "rack.mjpeg")


def open_ready(phone, server, folder: Path):
    """Return the scan page of an audit, in a room, kept on the phone and with the filmed rack."""
    with server.session(write=True) as session:
        other = session.scalars(select(Location).where(Location.code == OTHER_ROOM)).one()
        add_asset(session, STRAY, location=other, home=other, now=datetime.now(UTC))
    cookie = server.sign_in("auditor")
    path = f"/scan?audit={open_audit(server, cookie)}"
    page = phone.open(
        args=[*CAMERA, f"--use-file-for-fake-video-capture={film_the_rack(folder)}"],
        cookie=cookie,
        permissions=["camera"],
        has_touch=True,
        is_mobile=True,
    )
    open_scan_page(page, path)
    make_ready(page, path)
    scan_by_keys(page, "R-101")
    wait_until(lambda: server.scans() and waiting(page) == 0, what="the room is set")
    return page


def wait_for_figure(page, words: str) -> None:
    wait_until(lambda: page.inner_text(".sweep-figure").startswith(words), what=words)


class TestSweep:
    def test_a_pan_counts_each_label_of_a_room_once_without_a_network_too(
        self, phone, server, tmp_path
    ):
        page = open_ready(phone, server, tmp_path)

        page.evaluate("localStorage.setItem('scanner.sweep', '1')")  # as the last visit left it
        page.context.set_offline(True)
        page.click("[data-camera-button]")
        wait_for_figure(page, "7 of 40 here, 1 from elsewhere, 1 unknown")

        wait_until(lambda: waiting(page) == len(COUNTED), what="each waits once")
        rows = page.locator(".sweep-rows > li").all()
        answers = {row.get_attribute("data-code"): row.get_attribute("data-answer") for row in rows}
        assert answers.pop(OTHER_ROOM, "label") == "label"  # it may come into view later
        shown = {STRAY: "wrong_place", UNKNOWN: "unknown"}
        assert answers == dict.fromkeys(HERE, "fine") | shown
        assert find_violations(page) == []

        name = page.locator(f".sweep-rows [data-code='{HERE[0]}'] bdi")
        name.scroll_into_view_if_needed()
        box = name.bounding_box()
        page.mouse.move(box["x"] + 5, box["y"] + 5)
        page.mouse.down()
        page.mouse.move(box["x"] + 160, box["y"] + 8, steps=3)
        page.mouse.up()
        wait_for_figure(page, "6 of 40 here")
        page.context.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")
        scans = wait_until(
            lambda: len(server.scans()) == 1 + len(COUNTED) + 1 and server.scans(), what="sent"
        )
        counted = [scan for scan in scans[1:] if scan.intent.value == "sighting"]
        assert sorted(scan.code for scan in counted) == sorted(COUNTED)
        assert {scan.source for scan in counted} == {"camera"}
        [undone] = [scan.voids for scan in scans if scan.voids]
        assert undone == next(scan.scan_id for scan in counted if scan.code == HERE[0])

        page.click(f".sweep-rows [data-code='{HERE[0]}'] button")  # counted again, with a network
        wait_until(lambda: len(server.scans()) == len(scans) + 1, what="counted again")
        wait_for_figure(page, "7 of 40 here")
        page.click("[data-sweep-button]")
        assert not page.is_visible(".sweep-figure")
        assert page.is_visible("[data-video]")

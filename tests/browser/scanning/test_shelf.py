"""The shelf picture before a real browser: taken, looked at, tapped, recorded; and without script."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from scanner_app.models import ScanPicture
from tests.browser.conftest import open_scan_page, wait_until
from tests.decoding.pictures import draw_shelf, to_bytes

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parents[1] / "axe-4.14.1.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# A phone's picture of a rack: 27 laptops, a projector of the whole site, an unknown, the room's label.
NAMES = [f"LT-{number:03}" for number in range(1, 28)] + ["LT-900", "PAT-77", "R-102"]


@pytest.fixture
def picture(tmp_path) -> str:
    path = tmp_path / "shelf.jpg"
    path.write_bytes(to_bytes(draw_shelf(NAMES).convert("RGB"), "JPEG", quality=85))
    return str(path)


def count_pictures(server) -> int:
    with server.session() as session:
        return session.scalar(select(func.count()).select_from(ScanPicture))


def violations(page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate(f"axe.run(document, {{runOnly: {RULES}}}).then(r => r.violations)")
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]


class TestShelfPicture:
    def test_thirty_labels_are_looked_at_tapped_and_recorded_once(self, phone, server, picture):
        page = phone.open(cookie=server.sign_in())
        open_scan_page(page)
        page.click("[data-more-button]")
        page.click("text=Scan a shelf photo")
        wait_until(lambda: page.locator("[data-shelf-form][data-ready]").count(), what="the form")

        page.set_input_files("#choose", picture)  # sent at once: no second tap
        page.wait_for_selector("[data-shelf]", timeout=60_000)

        # The room's own label is in the picture, and nothing else names a place.
        assert page.input_value("#f-place") == "R-102"
        assert page.locator("[data-outline]").count() == len(NAMES)
        assert page.locator('[data-outline][data-found="wrong_place"]').count() == 27
        assert server.scans() == []
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == 390

        group = page.locator("[data-shelf-group]").filter(has=page.locator("#group-wrong_place"))
        group.locator("[data-keep-all]").uncheck()  # one tap drops all of one answer
        assert page.locator('[data-found="wrong_place"][data-dropped]').count() == 27
        group.locator("[data-keep-all]").check()
        page.select_option("#f-place", "R-101")
        wait_until(
            lambda: page.locator('[data-outline][data-found="fine"]').count() == 28,
            what="judged anew at the other place",
        )
        page.locator('[data-outline="29"]').click()
        assert not page.is_checked("#keep-29")
        assert page.locator("#label-29[data-current]").count() == 1
        page.focus("#keep-3")
        page.keyboard.press("Space")
        # A blank may be a scanner's: it presses a moment later, once no code has followed.
        page.locator('[data-outline="3"][data-dropped=""]').wait_for()
        assert page.inner_text("[data-shelf-record]").strip() == "Save 27 items"
        assert server.scans() == []

        page.focus("[data-shelf-record]")
        page.keyboard.press("Enter")
        page.wait_for_selector(".flashes")

        assert "27 items saved." in page.inner_text(".flashes")
        kept = set(NAMES) - {"LT-003", "PAT-77", "R-102"}
        assert {scan.code for scan in server.scans()} == kept
        assert count_pictures(server) == len(server.scans()) == 27
        assert violations(page) == []
        again = page.request.post(page.url, form={"keep": "29", "place": "R-102"})
        assert "Nothing was saved twice" in again.text()
        assert len(server.scans()) == 27

    def test_works_without_script(self, phone, server, picture):
        page = phone.open(cookie=server.sign_in(), java_script_enabled=False)
        page.goto("/shelf?location=R-101")
        assert page.is_visible("#choose")

        page.set_input_files("#choose", picture)
        page.click("text=Find the labels")
        page.wait_for_selector("[data-shelf]", timeout=60_000)
        page.select_option("#f-place", "R-103")
        page.click(".shelf-place button")
        assert page.locator('[data-outline][data-found="wrong_place"]').count() == 27
        page.uncheck("#keep-1")
        page.click("[data-shelf-record]")
        page.wait_for_selector(".flashes")

        assert "28 items saved." in page.inner_text(".flashes")
        assert len(server.scans()) == 28

    def test_a_picture_that_is_none_or_does_not_get_through_loses_nothing(
        self, phone, server, picture, tmp_path
    ):
        bad = tmp_path / "notes.jpg"
        bad.write_text("no picture")
        page = phone.open(cookie=server.sign_in())
        page.goto("/shelf")
        page.set_input_files("#choose", str(bad))
        page.wait_for_selector("[role=alert] .notice")
        assert "This is not a JPEG, PNG, WebP or HEIC picture" in page.inner_text("[role=alert]")

        page.context.set_offline(True)
        page.set_input_files("#choose", picture)
        wait_until(
            lambda: "It is still here" in page.inner_text("[role=alert]"), what="told, not lost"
        )
        page.context.set_offline(False)
        page.click("[data-shelf-again]")

        page.wait_for_selector("[data-shelf]", timeout=60_000)

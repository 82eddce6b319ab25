"""One photo of a device's labels fills the form of a new asset, each field with its part of the picture."""

from __future__ import annotations

import pytest

from tests.browser.conftest import wait_until
from tests.browser.scanning.test_scan_screen import find_violations
from tests.decoding.pictures import draw_code, on_paper, to_bytes

pytestmark = pytest.mark.browser
LENOVO = "1S20XW00KGGEPF2ABCDE"


class TestUnderside:
    def test_one_photo_fills_the_fields_of_a_new_asset_and_asks_about_the_rest(self, phone, server):
        labels = [
            draw_code("LT-777"),
            draw_code(LENOVO, "Code128", scale=2),
            draw_code("5CG1234ABC", "DataMatrix"),
        ]
        picture = to_bytes(on_paper(*labels, size=(1400, 700), columns=2))
        page = phone.open(cookie=server.sign_in("stockroom"), has_touch=True, is_mobile=True)
        page.goto("/new/asset")
        page.locator("[data-from-photo]").wait_for()

        page.set_input_files(
            "#from-photo-file",
            {"name": "underside.png", "mimeType": "image/png", "buffer": picture},
        )

        wait_until(lambda: page.input_value("#f-serial_number") == "PF2ABCDE", what="a serial")
        assert page.input_value("#f-model_number") == "20XW00KGGE"
        assert page.locator(".field .from-photo-part canvas").count() == 2
        rows = page.locator("[data-from-photo-parts] > li")
        assert sorted(row.locator("bdi").inner_text() for row in rows.all()) == [
            "5CG1234ABC", "LT-777",
        ]  # fmt: skip
        assert find_violations(page) == []
        rows.filter(has_text="LT-777").get_by_role("button", name="LT-777: tag").click()
        assert page.input_value("#f-asset_tag") == "LT-777"
        assert rows.count() == 1

"""The record of printed labels: a second print has a reason; kits and bins are printed as assets are."""

from __future__ import annotations

import html
import re

import pytest

from scanner_app.domain.labels.reasons import PrintReason, find_reason
from scanner_app.queries.labels.printed import list_prints
from scanner_app.services.stock.items import CodeInput, create_item
from scanner_app.services.stockroom.kits import create_kit
from tests.conftest import NOW

pytestmark = pytest.mark.usefixtures("office")
ORDER = {"stock": "zebra-50x25"}


def prints(work) -> list[tuple[str, str, str]]:
    with work() as session:
        return [(one.kind, one.code, one.reason.value) for one in list_prints(session, limit=50)]


def test_a_first_print_is_that_unless_it_is_a_test():
    assert find_reason(PrintReason.LOST, was_printed=False) is PrintReason.FIRST
    assert find_reason(PrintReason.TEST, was_printed=False) is PrintReason.TEST
    assert find_reason(None, was_printed=True) is PrintReason.DAMAGED
    assert find_reason(PrintReason.LOST, was_printed=True) is PrintReason.LOST


def test_the_page_asks_why_what_has_a_label_is_printed_again(admin, work):
    form = {**ORDER, "codes": "LT-1", "form": "zpl"}
    assert "Printed before" not in admin.get("/labels?code=LT-1").text
    assert admin.post("/labels/print", data=form).status_code == 200

    text = admin.get("/labels?code=LT-1&code=LT-2").text
    assert "1 of these have a label" in text
    assert "Why is it printed again?" in text
    again = {**form, "codes": "LT-1 LT-2".replace(" ", "\n"), "reason": "lost"}
    assert admin.post("/labels/print", data=again).status_code == 200

    assert prints(work) == [
        ("asset", "LT-2", "first"), ("asset", "LT-1", "lost"), ("asset", "LT-1", "first")
    ]  # fmt: skip
    page = admin.get("/labels/printed?code=LT-1").text
    assert "Lost" in page
    assert "LT-2" not in page
    refused = admin.post("/labels/print", data={**form, "reason": "first"})
    assert refused.status_code == 422
    assert "Choose one of the list." in refused.text


def test_a_program_may_say_why_and_else_the_label_was_damaged(api, work):
    body = {"things": ["LT-1"], **ORDER}
    for more in ({}, {"reason": "changed"}, {"reason": "test"}, {}):
        assert api.post("/labels", json={**body, **more}).status_code == 200
    assert api.post("/labels", json={**body, "reason": "first"}).status_code == 422

    assert [reason for _, _, reason in reversed(prints(work))] == [
        "first", "changed", "test", "damaged"
    ]  # fmt: skip


def test_kits_and_bins_are_printed_and_their_codes_lead_to_them(admin, api, office, work):
    with work() as session:
        create_kit(session, {"name": "Camera kit", "tag": "KIT-9"}, now=NOW)
        from scanner_app.queries.register.locations import find_location_id

        place = find_location_id(session, "R-101")
        codes = [CodeInput("BIN-9", 1, place), CodeInput("4006381333931", 10)]
        values = {"name": "Mouse", "stock_class": "accessory", "code": "ST-9", "codes": codes}
        create_item(session, values=values, now=NOW)

    things = {"things": ["KIT-9", "BIN-9", "ST-9"], **ORDER}
    assert api.post("/labels", json=things).status_code == 200

    assert sorted(prints(work)) == [
        ("bin", "BIN-9", "first"), ("bin", "ST-9", "first"), ("kit", "KIT-9", "first")
    ]  # fmt: skip
    says = re.search(r"The code says <bdi[^>]*>(.*?)</bdi>", admin.get("/labels?code=KIT-9").text)
    assert says is not None
    link = html.unescape(says[1])
    assert link.upper().endswith("/A/KIT-9")
    told = api.get("/identify", query_string={"code": link}).json
    assert (told["kind"], told["kit"]["name"]) == ("kit", "Camera kit")
    for code, page in (("KIT-9", "/kits/KIT-9"), ("BIN-9", "/stock/items/ST-9")):
        assert admin.get(f"/a/{code}").location.endswith(page)

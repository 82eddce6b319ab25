"""Codes whose page no address reaches are given to nothing, whatever kind of thing it is."""

from __future__ import annotations

import pytest

from scanner_app.domain.register.reserved import is_unreachable

BODIES = {
    "/assets": {"asset_tag": "{code}", "name": "Laptop"},
    "/locations": {"code": "{code}", "name": "Room"},
    "/people": {"number": "{code}", "name": "Ana Alves"},
    "/kits": {"tag": "{code}", "name": "Camera kit"},
    "/stock-items": {"code": "{code}", "name": "Mouse", "stock_class": "accessory"},
}


@pytest.mark.parametrize("code", [".", "..", "A/../B", "./A", "A/.", "/A", " .. ", "//A"])
def test_are_found(code):
    assert is_unreachable(code)


@pytest.mark.parametrize("code", ["A", "A.B", "...", ".A", "A/B", "A//B", "A/", "A/B..", "%2E"])
def test_are_not_taken_for_others(code):
    assert not is_unreachable(code)


@pytest.mark.either_database
@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("code", ["..", "A1/../B", "/A1"])
def test_are_refused(api, path, code):
    body = {name: text.format(code=code) for name, text in BODIES[path].items()}

    answer = api.post(path, json=body)

    assert answer.status_code in {409, 422}, answer.text

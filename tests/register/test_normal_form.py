"""Codes are one code in composed, decomposed and full-width letters, at every door."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
NFC, NFD, WIDE = "\u00c9T-1", "E\u0301T-1", "\uff25\u0301\uff34\uff0d\uff11"
# The form in the register, and those on labels, in files and in what people type.
FORMS = [NFC, NFD, WIDE, "\u00a0E\u0301T-1 ", "E\u0301t-1"]
# These look alike and are other codes.
OTHERS = ["ET-1", "\u00c8T-1", "\u0395\u0301T-1", "\u00c9\u0422-1", "\u00c9T-\u0661"]


@pytest.fixture(params=[NFC, NFD, WIDE], ids=["composed", "decomposed", "full width"])
def register(request, api_as):
    """A register whose codes came in one of the forms; the API of a person who may do all."""
    form = request.param
    api = api_as("admin")
    for path, body in (
        ("/locations", {"code": form.strip() + "R", "name": "Room"}),
        ("/people", {"number": form.strip() + "P", "name": "Ana", "badges": [form + "B"]}),
        (
            "/assets",
            {
                "asset_tag": form,
                "name": "Laptop",
                "serial_number": form + "S",
                "identifiers": [{"scheme": "alias", "value": form + "A"}],
            },
        ),
    ):
        answer = api.post(path, json=body)
        assert answer.status_code == 201, answer.text
    return api


def scan(code: str, **fields: str) -> dict[str, str]:
    return {
        "scan_id": str(uuid.uuid4()),
        "code": code,
        "intent": "sighting",
        "scanned_at": datetime.now(UTC).isoformat(),
        **fields,
    }


@ON_SQLITE
class TestDoors:
    def test_a_scan_finds_the_asset_place_and_person(self, register):
        for form in FORMS:
            room, person = form.strip() + "R", form.strip() + "P"
            out = scan(form, intent="check_out", location=room, custodian=person)
            back = scan(form.strip() + "S", intent="check_in", location=room)
            codes = [form, form.strip() + "S", form.strip() + "A"]

            answer = register.post(
                "/scans", json={"scans": [out, back, *map(scan, codes), scan(room)]}
            )

            results = answer.json["results"]
            assert [one["outcome"] for one in results] == ["applied"] * 2 + ["noted"] * 4, form
            assert {one["asset"]["asset_tag"] for one in results[:5]} == {NFC}
            assert results[0]["asset"]["custodian"], form
            assert results[1]["asset"]["location"], form

    def test_identify_and_a_badge_find_it(self, register):
        for form in FORMS:
            answers = [
                register.get(f"/identify?code={quote(code)}").json["kind"]
                for code in (
                    form,
                    form.strip() + "R",
                    form.strip() + "P",
                    form.strip() + "B",
                )
            ]

            assert answers == ["asset", "location", "person", "person"], form

    def test_search_and_the_address_of_the_asset_find_it(self, register):
        for form in [*FORMS, "\u00c9T\u200b-1", "\u200e\u00c9T-1"]:
            found = register.get(f"/assets?q={quote(form)}").json["items"]

            assert [one["asset_tag"] for one in found] == [NFC], form
        for form in FORMS:
            assert register.get(f"/assets/{quote(form)}").status_code == 200, form

    def test_nothing_is_made_twice(self, register):
        for form in FORMS:
            for path, body in (
                ("/assets", {"asset_tag": form, "name": "twin"}),
                ("/locations", {"code": form.strip() + "R", "name": "twin"}),
                ("/people", {"number": form.strip() + "P", "name": "twin"}),
                (
                    "/assets",
                    {
                        "asset_tag": "X-1",
                        "name": "twin",
                        "identifiers": [{"scheme": "alias", "value": form.strip() + "A"}],
                    },
                ),
            ):
                assert register.post(path, json=body).status_code == 409, (form, path)

    def test_what_only_looks_alike_is_another_code(self, register):
        answer = register.post("/scans", json={"scans": [scan(code) for code in OTHERS]})

        assert [one["outcome"] for one in answer.json["results"]] == ["unregistered"] * len(OTHERS)

    def test_the_lists_of_phones_have_the_form_that_phones_look_up(self, register, page_as):
        page = page_as("technician")
        places = page.get("/scan/places.json").get_json()["places"]

        keys = next(place["keys"] for place in places if place["name"] == "Room")
        assert keys == [NFC + "R"]

    def test_an_unknown_label_is_one_unknown_label(self, register):
        label = "\uff2e\u0303-9"
        (first, second) = register.post(
            "/scans", json={"scans": [scan(label), scan("\u00d1-9")]}
        ).json["results"]

        assert [first["outcome"], second["outcome"]] == ["unregistered"] * 2
        answer = register.post("/assets", json={"asset_tag": "\u00d1-9", "name": "Found"})
        again = register.post("/scans", json={"scans": [scan(label)]}).json["results"]
        assert (answer.status_code, again[0]["outcome"]) == (201, "noted")

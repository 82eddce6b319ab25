"""One code, one thing: whoever comes second is refused, and told what has the code."""

from __future__ import annotations

import itertools

import pytest

pytestmark = pytest.mark.either_database

# How each kind of thing gets a code, by the API.
DOORS = {
    "asset": ("/assets", lambda code: {"asset_tag": code}),
    "asset's label": (
        "/assets",
        lambda code: {
            "asset_tag": f"T-{abs(hash(code))}",
            "identifiers": [{"scheme": "alias", "value": code}],
        },
    ),
    "location": ("/locations", lambda code: {"name": code, "code": code}),
    "person": (
        "/people",
        lambda code: {"name": "Ana", "badges": [code]},
    ),
    "stock item": (
        "/stock-items",
        lambda code: {"code": code, "name": "Mouse", "stock_class": "accessory"},
    ),
}


def give(api, kind: str, code: str):
    path, body = DOORS[kind]
    return api.post(path, json=body(code))


def test_refuses_the_second_thing_at_every_door_and_names_the_first(api):
    for number, (first, second) in enumerate(itertools.permutations(DOORS, 2)):
        code = f"ONE-{number}"
        assert give(api, first, code).status_code == 201, (first, code)

        refused = give(api, second, code.lower())

        named = first.removesuffix("'s label")
        assert refused.status_code == 409, (first, second, refused.text)
        same = named == second.removesuffix("'s label")
        assert same or f"already belongs to the {named}" in refused.json["detail"], refused.json


def test_refuses_the_counter_its_commands_at_every_door(api):
    for kind, code in itertools.product(DOORS, ("SCN-UNDO", "scn-qty-5")):
        refused = give(api, kind, code)

        assert refused.status_code == 409, (kind, refused.text)
        assert "is a command of the counter" in refused.json["detail"]


def test_makes_a_free_code_for_a_stock_item_whose_next_one_an_asset_has(api):
    assert give(api, "asset", "ST-0001").status_code == 201

    made = api.post("/stock-items", json={"name": "Mouse", "stock_class": "accessory"})

    assert made.json["code"] == "ST-0002"


def test_refuses_in_imports_what_another_thing_has(api, importer):
    assert give(api, "stock item", "ST-9").status_code == 201
    assert give(api, "asset", "LT-9").status_code == 201
    for kind, text in (
        ("assets", "Asset Tag\nST-9\n"),
        ("assets", "Asset Tag,Barcode\nX-1,SCN-CLEAR\n"),
        ("locations", "Code,Name\nlt-9,Lab\n"),
        ("people", "Name,Badges\nAna,ST-9\n"),
        ("stock", "Code,Name\nLT-9,Mouse\n"),
    ):
        run = importer.check(kind, text)
        (reason,) = importer.reasons(run).values()

        assert "already belongs to the" in reason or "is a command" in reason, (kind, reason)


def test_a_location_that_an_import_makes_gets_another_code_than_an_asset_has(api, importer):
    assert give(api, "asset", "STORE").status_code == 201

    importer.take("assets", "Asset Tag,Location\nX-1,Store\n", make_places=True)

    places = api.get("/locations").json["items"]
    assert [place["code"] for place in places] == ["STORE-P2"]

"""Places and people over HTTP."""

from __future__ import annotations

import pytest

from tests.register.test_assets_api import problem


@pytest.fixture
def site(api):
    for body in (
        {"name": "Headquarters", "code": "HQ", "kind": "site"},
        {"name": "Room 1", "parent": "hq"},
    ):
        assert api.post("/locations", json=body).status_code == 201
    ana = {"name": "Ana Lima", "number": "1001", "email": "ana@example.org", "badges": ["b-1"]}
    assert api.post("/people", json=ana).status_code == 201


class TestLocations:
    def test_are_created_listed_and_changed(self, api, site):
        listed = api.get("/locations").get_json()["items"]
        assert [(row["code"], row["parent"]) for row in listed] == [("HQ", None), ("ROOM-1", "HQ")]

        body = {
            "name": "Room One",
            "parent": None,
            "kind": "lab",
            "identifiers": [{"scheme": "gln", "value": "4012345000009"}],
        }
        place = api.patch("/locations/room-1", json=body).get_json()

        assert place == api.get("/locations/ROOM-1").get_json()
        assert place == {
            "code": "ROOM-1",
            "name": "Room One",
            "kind": "lab",
            "parent": None,
            "full_name": "Room One",
            "is_active": True,
            "latitude": None,
            "longitude": None,
            "identifiers": [
                {"scheme": "location_code", "value": "ROOM-1"},
                {"scheme": "gln", "value": "4012345000009"},
            ],
        }
        again = {name: value for name, value in place.items() if name != "full_name"}
        assert api.patch("/locations/ROOM-1", json=again).get_json() == place

    def test_page_with_a_cursor(self, api, site):
        first = api.get("/locations?limit=1").get_json()
        second = api.get(f"/locations?limit=1&cursor={first['next']}").get_json()

        assert [first["items"][0]["code"], second["items"][0]["code"]] == ["HQ", "ROOM-1"]
        assert second["next"] is None

    def test_refuse_with_a_reason(self, api, api_as, site):
        problem(api.get("/locations/none"), 404)
        problem(api.get("/locations/a%00b"), 404)
        problem(api.get("/locations?cursor=x"), 422)
        problem(api.get("/locations?limit=501"), 422)
        problem(api.post("/locations", json={"name": "X", "code": "hq"}), 409)
        assert (
            "parent"
            in problem(api.patch("/locations/HQ", json={"parent": "ROOM-1"}), 422)["errors"]
        )
        assert "path" in problem(api.patch("/locations/HQ", json={"path": "/1/"}), 422)["errors"]
        assert "name" in problem(api.post("/locations", json={}), 422)["errors"]
        problem(api_as("viewer").post("/locations", json={"name": "X"}), 403)


class TestPeople:
    def test_are_created_listed_and_changed(self, api, site):
        person = api.get("/people/1001").get_json()
        assert person == {
            "id": person["id"],
            "number": "1001",
            "name": "Ana Lima",
            "email": "ana@example.org",
            "username": None,
            "department": None,
            "badges": ["B-1"],
            "is_active": True,
            "assets": 0,
        }
        assert api.get(f"/people/~{person['id']}").get_json() == person

        changed = api.patch("/people/1001", json={"name": "Ana Keller", "badges": []}).get_json()

        assert changed == {**person, "name": "Ana Keller", "badges": []}
        assert api.get("/people?q=keller").get_json()["items"] == [changed]

    def test_refuse_with_a_reason(self, api, api_as, site):
        problem(api.get("/people/none"), 404)
        problem(api.get("/people/99999999999999999999"), 404)
        problem(api.get("/people/%ED%A0%80"), 404)
        assert "id" in problem(api.patch("/people/1001", json={"id": 5}), 422)["errors"]
        assert (
            problem(api.post("/people", json={"name": "B", "number": "1001"}), 409)["code"]
            == "number_taken"
        )
        assert (
            "email" in problem(api.post("/people", json={"name": "B", "email": "b"}), 422)["errors"]
        )
        problem(api_as("auditor").patch("/people/1001", json={"name": "X"}), 403)

    def test_who_left_take_nothing(self, api, site):
        api.patch("/people/1001", json={"is_active": False})

        body = problem(api.post("/assets", json={"asset_tag": "X", "custodian": "1001"}), 422)

        assert "custodian" in body["errors"]

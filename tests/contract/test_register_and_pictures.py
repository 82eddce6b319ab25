"""The contract's Pictures, Reads and Register."""

from __future__ import annotations

import base64
import io
from urllib.parse import quote

import pytest
import zxingcpp
from PIL import Image

from tests.contract.client import assert_problem, moment, new_id

ASSET = {
    "asset_tag", "name", "serial_number", "category", "manufacturer", "model", "status",
    "location", "home_location", "custodian", "purchase_date", "purchase_cost", "currency",
    "supplier", "order_number", "warranty_months", "eol_date", "notes", "identifiers", "custom",
}  # fmt: skip


def draw(*texts: str, size: tuple[int, int] = (900, 400)) -> Image.Image:
    """Return a picture with a QR code of each text, side by side."""
    picture = Image.new("RGB", size, "white")
    for index, text in enumerate(texts):
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
        drawn = Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=5)).convert("RGB")
        picture.paste(drawn, (20 + index * 320, 40))
    return picture


def save(picture: Image.Image, form: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


class TestDecodes:
    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
    def test_read_every_symbol_once(self, api, asset, room, form):
        answer = api.upload("/decodes", "image", save(draw(asset, room, asset), form))

        assert answer.status == 200
        body = answer.json
        assert body.keys() >= {"symbols", "width", "height", "elapsed_ms"}
        assert (body["width"], body["height"]) == (900, 400)
        assert body["elapsed_ms"] >= 0
        found = {symbol["text"]: symbol for symbol in body["symbols"]}
        assert found.keys() == {asset, room}
        symbol = found[asset]
        assert symbol.keys() >= {
            "text", "bytes_base64", "symbology", "polygon", "identifier", "kind", "asset",
        }  # fmt: skip
        assert base64.b64decode(symbol["bytes_base64"]) == asset.encode()
        assert symbol["symbology"] == "qr_code"
        assert symbol["identifier"] == {"scheme": "tag", "value": asset}
        assert symbol["kind"] == "asset"
        assert symbol["asset"]["asset_tag"] == asset
        assert [len(point) for point in symbol["polygon"]] == [2] * 4
        assert found[room]["kind"] == "location"
        assert found[room]["asset"] is None

    def test_give_places_in_the_upright_picture(self, api, asset):
        lying = draw(asset).transpose(Image.Transpose.ROTATE_90)
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned by 90 degrees to the right

        body = api.upload("/decodes", "image", save(lying, "JPEG", exif=exif)).json

        assert (body["width"], body["height"]) == (900, 400)
        [symbol] = body["symbols"]
        assert all(0 <= x <= 330 and 0 <= y <= 330 for x, y in symbol["polygon"])

    @pytest.mark.parametrize(
        ("name", "data", "status"),
        [
            ("picture", b"\x89PNG", 422),
            ("image", b"", 422),
            ("image", b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422),
            ("image", b"GIF89a" + bytes(100), 422),
        ],
        ids=["another field", "empty", "svg", "gif"],
    )
    def test_refuse_what_is_no_picture(self, api, name, data, status):
        body = assert_problem(api.upload("/decodes", name, data), status)

        assert list(body["errors"]) == ["image"]

    def test_refuse_more_than_60_megapixels(self, api):
        # One colour: half a megabyte of PNG.
        assert_problem(
            api.upload("/decodes", "image", save(Image.new("1", (9000, 6700)), "PNG")), 413
        )

    def test_refuse_more_than_25_megabytes(self, api):
        assert_problem(api.upload("/decodes", "image", bytes(26 * 1024 * 1024)), 413, "too_large")


@pytest.fixture(scope="session")
def door(service) -> tuple[str, str]:
    """A reader and its place, set up as an admin does: on its page, signed in by a cookie."""
    api = service.as_roles("admin")["admin"]
    place = api.create("/locations", code="DOCK", name="Dock door")["code"]
    browser = service.sign_in("boss@example.org", "admin")
    made = browser.send("POST", "/readers", "name=dock-door-1&kind=rfid&silent_after=10")
    assert made.status == 303, made.text
    point = f"antenna=1&place={place}&intent=sighting"
    assert browser.send("POST", f"{made.headers['Location']}/points", point).status == 303
    return "dock-door-1", place


class TestReads:
    def test_answer_as_scans_do_and_take_place_and_intent_from_the_read_point(
        self, api, clients, door, name
    ):
        reader, room = door
        epc = "3474257BF4000000" + new_id()[:8].upper()
        tag = api.create(
            "/assets", asset_tag=name("A"), identifiers=[{"scheme": "epc", "value": epc}]
        )["asset_tag"]
        read = {
            "read_id": new_id(), "epc": epc.lower(), "antenna": 1, "rssi": -51.5, "count": 12,
            "first_seen_at": moment(-5), "last_seen_at": moment(),
        }  # fmt: skip
        by_uid = {"read_id": new_id(), "uid": "04A1B2C3D4E5F6", "last_seen_at": moment()}
        body = {"reader": reader, "reads": [read, {"epc": "E2"}, by_uid, read]}

        answer = clients["reader"].post("/reads", body)

        assert answer.status == 200, answer.text
        results = answer.json["results"]
        assert [r["scan_id"] for r in results] == [
            read["read_id"], None, by_uid["read_id"], read["read_id"],
        ]  # fmt: skip
        assert [r["status"] for r in results] == ["recorded", "invalid", "recorded", "repeated"]
        assert results[0]["asset"]["asset_tag"] == tag
        assert results[2]["outcome"] == "unregistered"
        [logged] = api.get(f"/scans?asset={tag}").json["items"]
        assert (logged["scan_id"], logged["location"], logged["intent"], logged["source"]) == (
            read["read_id"], room, "sighting", "rfid",
        )  # fmt: skip

    def test_refuse_a_reader_that_nobody_set_up(self, clients):
        read = {"read_id": new_id(), "epc": "E2", "last_seen_at": moment()}

        assert_problem(clients["reader"].post("/reads", {"reader": "no", "reads": [read]}), 404)

    @pytest.mark.parametrize("reads", [[], None, {}, [{}] * 1001])
    def test_take_one_to_a_thousand(self, clients, door, reads):
        assert_problem(clients["reader"].post("/reads", {"reader": door[0], "reads": reads}), 422)


class TestAssets:
    def test_have_every_field_and_keep_what_they_are_given(self, api, name, room, person):
        given = {
            "asset_tag": name("A"),
            "name": "Laptop",
            "serial_number": name("SN"),
            "category": "Laptops",
            "manufacturer": "Lenovo",
            "model": "T14",
            "status": "in_use",
            "location": room,
            "home_location": room,
            "custodian": person,
            "purchase_date": "2026-01-31",
            "purchase_cost": "1234.50",
            "currency": "EUR",
            "supplier": "Shop",
            "order_number": "4711",
            "warranty_months": 36,
            "eol_date": "2030-01-31",
            "notes": "two\nlines",
            "identifiers": [{"scheme": "alias", "value": name("OLD-LABEL")}],
            "custom": {"CPU": "i7"},
        }
        assert given.keys() == ASSET

        made = api.create("/assets", **given)
        read = api.get(f"/assets/{quote(given['asset_tag'])}").json

        assert made == read
        shown = {field: read[field] for field in ASSET - {"identifiers"}}
        assert shown == {field: given[field] for field in ASSET - {"identifiers"}}
        assert given["identifiers"][0] in read["identifiers"]
        listed = api.get(f"/assets?q={given['serial_number']}").json["items"]
        assert listed == [read]

    def test_have_null_where_nothing_is_known(self, api, name):
        made = api.create("/assets", asset_tag=name("A"))

        assert made.keys() >= ASSET
        nothing = {field for field in ASSET if made[field] is None}
        assert nothing == ASSET - {"asset_tag", "name", "status", "identifiers", "custom"}
        assert (made["name"], made["status"], made["custom"]) == ("", "in_stock", {})

    def test_change_by_patch_what_is_named_alone(self, api, asset, room):
        before = api.get(f"/assets/{asset}").json

        patched = api.patch(f"/assets/{asset}", {"name": "New", "serial_number": None})

        assert patched.status == 200
        unchanged = ASSET - {"name"}
        assert {f: patched.json[f] for f in unchanged} == {f: before[f] for f in unchanged}
        assert patched.json["name"] == "New"

    def test_refuse_by_field(self, api, asset, name):
        for body, field in [
            ({}, "asset_tag"),
            ({"asset_tag": ""}, "asset_tag"),
            ({"asset_tag": 7}, "asset_tag"),
            ({"asset_tag": "x" * 65}, "asset_tag"),
            ({"asset_tag": name("A"), "status": "lost"}, "status"),
            ({"asset_tag": name("A"), "purchase_date": "31.1.2026"}, "purchase_date"),
            ({"asset_tag": name("A"), "id": 1}, "id"),
            ({"asset_tag": name("A"), "location": "NOWHERE"}, "location"),
            ({"asset_tag": name("A"), "custodian": "NOBODY"}, "custodian"),
        ]:
            assert list(assert_problem(api.post("/assets", body), 422)["errors"]) == [field]
        assert_problem(api.post("/assets", {"asset_tag": asset.lower()}), 409)

    def test_have_a_history_newest_first(self, api, asset, person):
        api.scan(asset, "check_out", custodian=person)
        api.scan(asset, "check_in", scanned_at=moment(5))

        history = api.get(f"/assets/{asset}/history")

        assert history.status == 200
        assert history.json.keys() == {"items", "next"}
        kinds = [item["kind"] for item in history.json["items"]]
        assert {"scan", "custody", "change"} <= set(kinds)
        times = [item["at"] for item in history.json["items"]]
        assert times == sorted(times, reverse=True)

    @pytest.mark.parametrize("tag", ["A/B {n}", "Ä-{n}", "100%{n}", "A?{n}", "A#{n}"])
    def test_may_have_any_letters_in_their_tag(self, api, name, tag):
        tag = tag.format(n=name("X"))

        api.create("/assets", asset_tag=tag)

        path = f"/assets/{quote(tag, safe='')}"
        assert api.get(path).json["asset_tag"] == tag
        assert api.get(f"{path}/history").status == 200


class TestPlacesAndPeople:
    def test_places_have_a_code_made_from_the_name_and_a_parent(self, api, name, room):
        made = api.create("/locations", name=name("Archive of things"), parent=room)

        patched = api.patch(f"/locations/{quote(made['code'])}", {"name": "Attic"})

        assert made["code"].strip()
        assert made["parent"] == room
        assert (patched.status, patched.json["name"]) == (200, "Attic")
        assert api.get(f"/locations/{quote(made['code'])}").json == patched.json
        assert_problem(api.post("/locations", {"name": "x", "code": room}), 409)
        assert_problem(api.post("/locations", {}), 422)

    def test_people_are_found_by_their_number(self, api, name):
        number = name("P")
        api.create("/people", name="Ana", number=number, badges=[name("BADGE")])

        patched = api.patch(f"/people/{number}", {"department": "IT"})

        assert (patched.status, patched.json["department"]) == (200, "IT")
        assert api.get(f"/people/{number}").json == patched.json
        assert_problem(api.post("/people", {"name": "Bob", "number": number}), 409)
        assert_problem(api.post("/people", {"number": name("P")}), 422)

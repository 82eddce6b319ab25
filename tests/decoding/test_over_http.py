"""A picture sent to the server, end to end: the decoder process, the meaning, the errors."""

from __future__ import annotations

import base64
import io
import logging
import uuid
from dataclasses import replace

import pytest
from sqlalchemy import select

from scanner_app.edge.limits.picture_slots import take_slot
from scanner_app.edge.state import app_state
from scanner_app.models import Scan
from scanner_app.storage.database import reading
from tests.conftest import NOW
from tests.decoding.pictures import draw_code, on_paper, png_of_header, to_bytes
from tests.support.register import add_asset

pytestmark = pytest.mark.either_database


def send(api, data):
    return api.post(
        "/decodes",
        data={"image": (io.BytesIO(data), "label.png")},
        content_type="multipart/form-data",
    )


class TestDecodes:
    def test_finds_the_identity_that_the_rfid_tag_of_the_asset_has(self, api):
        label = draw_code("(8004)06141415678", "DataMatrix", gs1=True)

        answer = send(api, to_bytes(on_paper(label, size=(300, 200), columns=1)))

        assert answer.status_code == 200
        (symbol,) = answer.json["symbols"]
        assert symbol["symbology"] == "data_matrix"
        assert len(symbol["polygon"]) == 4
        assert base64.b64decode(symbol["bytes_base64"]).endswith(b"800406141415678")
        tag = api.get("/identify?code=3474257BF40000000000162E").json
        assert symbol["identifier"] == tag["identifier"]
        assert symbol["identifier"] == {"scheme": "giai", "value": "06141415678"}

    @pytest.mark.parametrize(
        ("data", "status", "code"),
        [
            (b"", 422, "empty"),
            (b"<svg/>", 422, "not_a_picture"),
            (png_of_header(30_000, 30_000), 413, "too_many_pixels"),
            (png_of_header(2000, 2000), 422, "truncated"),
        ],
        ids=["empty", "svg", "bomb", "cut off"],
    )
    def test_refuses_with_the_decoders_code(self, api, data, status, code):
        answer = send(api, data)

        assert (answer.status_code, answer.json["code"]) == (status, code)


@pytest.mark.parametrize("database_kind", ["sqlite"])
class TestCode39:
    """A label LT-00042 whose check character, 6, is printed in its bars."""

    @pytest.fixture
    def answer(self, api, app, work):
        with work() as session:
            add_asset(session, "LT-00042", now=NOW)

        def scan(*, says: bool) -> dict:
            settings = app_state(app).settings
            app_state(app).settings = replace(settings, code39_check=says)
            picture = on_paper(draw_code("LT-000426", "Code39"), size=(900, 400), columns=1)
            [symbol] = send(api, to_bytes(picture)).json["symbols"]
            fields = {"code": symbol["text"], "symbology": symbol["symbology"]}
            posted = {**make_scan(""), **fields}
            return api.post("/scans", json={"scans": [posted]}).json["results"][0]

        return scan

    def test_is_found_if_the_settings_declare_a_check_character(self, answer):
        assert answer(says=True)["asset"]["asset_tag"] == "LT-00042"

    def test_is_another_code_without_that_setting(self, answer):
        assert answer(says=False)["outcome"] == "unregistered"


SECRETS = [
    "WIFI:S:office;T:WPA;P:hunter2;;",
    "]Q1wifi:S:office;P:hunter2;;",
    "otpauth://totp/office?secret=hunter2",
    "https://host.example/join?token=hunter2",
]


def make_scan(code: str) -> dict[str, str]:
    return {
        "scan_id": str(uuid.uuid4()),
        "code": code,
        "intent": "lookup",
        "scanned_at": "2026-03-02T09:00:00Z",
    }


@pytest.mark.parametrize("database_kind", ["sqlite"])
class TestSecrets:
    def stored(self, app) -> list[str]:
        with app.app_context(), reading() as session:
            return list(session.scalars(select(Scan.code)))

    def test_are_refused_with_a_reason_and_the_other_scans_are_kept(self, api, app, caplog):
        caplog.set_level(logging.DEBUG)
        codes = [*SECRETS, "LT-042"]

        results = api.post("/scans", json={"scans": [make_scan(c) for c in codes]}).json["results"]

        assert [r["status"] for r in results] == ["invalid"] * len(SECRETS) + ["recorded"]
        assert all("password" in r["errors"]["code"][0] for r in results[:-1])
        assert "hunter2" not in str(results)
        assert self.stored(app) == ["LT-042"]
        assert "hunter2" not in caplog.text

    def test_typed_into_the_page_are_not_written_back(self, page_as, app, caplog):
        caplog.set_level(logging.DEBUG)

        answer = page_as("technician").post("/scan", data={"code": SECRETS[0], "intent": "lookup"})

        assert answer.status_code == 422
        assert "password" in answer.text
        assert "hunter2" not in answer.text + caplog.text
        assert self.stored(app) == []

    def test_in_a_photo_are_left_out_and_reported(self, page_as, app):
        client = page_as("technician")
        codes = [draw_code(SECRETS[0]), draw_code("LT-042")]
        picture = to_bytes(on_paper(*codes, size=(900, 400), columns=2))

        answer = client.post("/scan/photo", data={"photo": (io.BytesIO(picture), "a.png")})

        page = client.get(answer.location).text
        assert "password" in page
        assert "hunter2" not in page
        assert self.stored(app) == ["LT-042"]

    def test_are_recognised_by_identify_without_a_query(self, api):
        answer = api.get("/identify", query_string={"code": SECRETS[0]}).json

        assert (answer["kind"], answer["problem"]) == ("unregistered", "secret")
        assert answer["identifier"] is None


@pytest.mark.parametrize("database_kind", ["sqlite"])
class TestBusySender:
    @pytest.mark.parametrize("path", ["/scan/photo", "/shelf"])
    def test_is_asked_to_wait_by_the_page(self, page_as, app, path):
        client = page_as("technician")
        folder = app_state(app).settings.instance_dir / "decoding"
        picture = to_bytes(on_paper(draw_code("LT-042"), size=(300, 300), columns=1))
        field = "photo" if path == "/scan/photo" else "picture"
        client.post(path, data={field: (io.BytesIO(picture), "a.png")})
        [name] = {lock.stem for lock in folder.iterdir()}

        with take_slot(folder, name), take_slot(folder, name):
            answer = client.post(
                path, data={field: (io.BytesIO(picture), "a.png")}, follow_redirects=True
            )

        assert "of your pictures are being read" in answer.text
        assert answer.status_code == (200 if path == "/scan/photo" else 429)

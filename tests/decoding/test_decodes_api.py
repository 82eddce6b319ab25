"""POST /api/v1/decodes: the codes in a picture, and what they mean."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from scanner_app.domain.errors import TooMany
from scanner_app.edge.limits.picture_slots import take_slot
from scanner_app.edge.state import app_state
from scanner_app.models import Scan
from scanner_app.storage.database import reading
from tests.decoding.pictures import draw_code, on_paper, png_of_header, to_bytes
from tests.support.register import add_asset, add_location

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def client(api_as, reads_pictures):
    return api_as("technician")


def send(client, *pictures: bytes, field: str = "image"):
    files = [(io.BytesIO(data), f"{n}.png") for n, data in enumerate(pictures)]
    return client.post("/decodes", data={field: files}, content_type="multipart/form-data")


def is_in(point: list[float], width: int, height: int) -> bool:
    return 0 <= point[0] <= width and 0 <= point[1] <= height


class TestDecodes:
    def test_gives_each_label_of_a_picture_with_its_asset(self, client, work, app):
        with work() as session:
            room = add_location(session, "R-101", "Room 101", now=START)
            add_asset(session, "LT-042", location=room, now=START)
        labels = [draw_code("LT-042"), draw_code("PAT-9", "Code128")]
        picture = on_paper(*labels, size=(900, 500), columns=2)

        answer = send(client, to_bytes(picture))

        assert answer.status_code == 200, answer.text
        assert (answer.json["width"], answer.json["height"]) == (900, 500)
        known, unknown = sorted(answer.json["symbols"], key=lambda one: one["polygon"][0][0])
        assert (known["symbology"], known["kind"]) == ("qr_code", "asset")
        assert known["identifier"] == {"scheme": "tag", "value": "LT-042"}
        assert (known["asset"]["asset_tag"], known["asset"]["location"]) == ("LT-042", "R-101")
        assert (unknown["symbology"], unknown["kind"], unknown["asset"]) == (
            "code_128",
            "unregistered",
            None,
        )
        assert (unknown["text"], base64.b64decode(unknown["bytes_base64"])) == ("PAT-9", b"PAT-9")
        for symbol in (known, unknown):
            assert len(symbol["polygon"]) == 4
            assert all(is_in(point, 900, 500) for point in symbol["polygon"])
        with app.app_context(), reading() as session:
            assert session.scalar(select(func.count(Scan.id))) == 0

    def test_of_a_picture_without_a_code_is_an_empty_list(self, client):
        answer = send(client, to_bytes(on_paper(size=(300, 200))))

        assert (answer.status_code, answer.json["symbols"]) == (200, [])

    def test_refuses_what_is_no_picture(self, client):
        whole = to_bytes(on_paper(draw_code("LT-042")))
        for data in (b"", b"LT-042", b"<svg xmlns='http://www.w3.org/2000/svg'/>", whole[:60]):
            answer = send(client, data)

            assert answer.status_code == 422, data[:20]
            assert answer.content_type == "application/problem+json"

    def test_a_picture_that_promises_too_many_pixels_is_too_large(self, client):
        assert send(client, png_of_header(60_000, 60_000)).status_code == 413

    def test_asks_for_one_picture(self, client):
        picture = to_bytes(on_paper(draw_code("LT-042")))

        for answer in (
            client.post("/decodes"),
            client.post("/decodes", json={"image": "x"}),
            send(client, picture, field="photo"),
            send(client, picture, picture),
        ):
            assert (answer.status_code, answer.json["code"]) == (422, "one_image")

    def test_tells_an_add_on_apart_from_the_code_it_stands_beside(self, client):
        label = draw_code("9780841424395 52495", "EAN13", scale=3)
        picture = on_paper(label, size=(700, 300), columns=1)

        [symbol] = send(client, to_bytes(picture)).json["symbols"]

        assert (symbol["symbology"], symbol["text"]) == ("ean_13", "9780841424395")
        assert symbol["add_on"] == "52495"

    def test_marks_a_password_so_that_nobody_shows_it(self, client):
        picture = on_paper(draw_code("WIFI:S:office;P:hunter2;;"), size=(400, 300), columns=1)

        [symbol] = send(client, to_bytes(picture)).json["symbols"]

        assert (symbol["problem"], symbol["kind"]) == ("secret", "unregistered")

    def test_looks_for_the_symbologies_of_the_settings_alone(self, client, app):
        settings = app_state(app).settings
        app_state(app).settings = replace(settings, decode_formats=("data_matrix",))
        labels = [draw_code("LT-042"), draw_code("LT-043", "DataMatrix")]

        answer = send(client, to_bytes(on_paper(*labels, size=(900, 500), columns=2)))

        assert [symbol["text"] for symbol in answer.json["symbols"]] == ["LT-043"]

    def test_is_closed_to_those_who_do_not_scan(self, api_as):
        assert send(api_as("viewer"), b"").status_code == 403


class TestTurns:
    def test_a_third_picture_of_one_sender_waits_its_turn(self, client, api_as, app):
        folder = app_state(app).settings.instance_dir / "decoding"
        picture = to_bytes(on_paper(draw_code("LT-042"), size=(400, 300), columns=1))
        send(client, picture)
        [name] = {path.stem for path in folder.iterdir()}

        with take_slot(folder, name), take_slot(folder, name):
            refused = send(client, picture)
            other = send(api_as("stockroom"), picture)

        assert (refused.status_code, refused.json["code"]) == (429, "too_many")
        assert refused.content_type == "application/problem+json"
        assert int(refused.headers["Retry-After"]) > 0
        assert other.status_code == 200
        assert send(client, picture).status_code == 200

    def test_a_turn_ends_with_the_process_that_holds_it(self, tmp_path):
        code = (
            "import sys, pathlib; from scanner_app.edge.limits.picture_slots import take_slot\n"
            "one = take_slot(pathlib.Path(sys.argv[1]), 'user:7'); one.__enter__()\n"
            "two = take_slot(pathlib.Path(sys.argv[1]), 'user:7'); two.__enter__()\n"
            "print('held', flush=True); sys.stdin.read()"
        )
        command = [sys.executable, "-c", code, str(tmp_path)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, **pipes) as holder:  # type: ignore[call-overload] # the pipes are given by name
            assert holder.stdout.readline() == "held\n"

            with pytest.raises(TooMany), take_slot(tmp_path, "user:7"):
                pass

            holder.kill()
            holder.wait()
            with take_slot(tmp_path, "user:7"):
                pass

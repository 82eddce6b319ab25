"""A picture sent to the server: the decoder process, the meaning, and the errors, end to end."""

from __future__ import annotations

import base64
import io

import pytest

from tests.decoding.pictures import draw_code, on_paper, png_of_header, to_bytes


def send(api, data):
    return api.post(
        "/decodes",
        data={"image": (io.BytesIO(data), "label.png")},
        content_type="multipart/form-data",
    )


class TestDecodes:
    def test_gives_the_same_identity_as_the_rfid_tag_of_the_same_asset(self, api):
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
    def test_refuses_by_the_decoders_code(self, api, data, status, code):
        answer = send(api, data)

        assert (answer.status_code, answer.json["code"]) == (status, code)

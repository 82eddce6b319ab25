"""POST /api/v1/labels: each form of a file, and what is refused."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("office")


class TestPostLabels:
    @pytest.mark.parametrize(
        ("form", "media_type", "start"),
        [
            ("pdf", "application/pdf", b"%PDF-"),
            ("png", "image/png", b"\x89PNG"),
            ("zpl", "application/vnd.zebra.zpl", b"^XA"),
        ],
    )
    def test_returns_a_file_in_the_form_asked_for(self, api, form, media_type, start):
        answer = api.post(
            "/labels", json={"things": ["LT-1", "R-101"], "stock": "zebra-50x25", "format": form}
        )

        assert answer.status_code == 200
        assert answer.mimetype == media_type
        assert answer.data.startswith(start)

    def test_refuses_codes_that_are_not_known_by_name(self, api):
        answer = api.post("/labels", json={"things": ["LT-1", "NO-1"], "stock": "zebra-50x25"})

        assert answer.status_code == 422
        assert answer.json["errors"] == {"things": ["“NO-1” is not known here."]}

    def test_refuses_what_does_not_fit_with_its_numbers(self, api):
        answer = api.post(
            "/labels",
            json={"things": ["LT-1"], "stock": "brother-dk-11221", "design": "barcode"},
        )

        assert answer.status_code == 422
        assert answer.json["code"] == "unprintable"
        assert "mm wide to be read" in answer.json["detail"]

    def test_writes_the_giai_of_an_asset_that_has_one(self, api):
        order = {"stock": "avery-l7160", "content": "giai", "format": "png"}

        assert api.post("/labels", json={"things": ["LT-9"], **order}).status_code == 200
        refused = api.post("/labels", json={"things": ["LT-1"], **order})
        assert refused.status_code == 422
        assert "LT-1 has no GIAI" in refused.json["detail"]

    @pytest.mark.parametrize(
        ("field", "value"),
        [("stock", "avery-0"), ("dpi", 72), ("copies", 0), ("things", []), ("format", "gif")],
    )
    def test_names_the_field_that_cannot_be_used(self, api, field, value):
        body = {"things": ["LT-1"], "stock": "zebra-50x25", field: value}

        answer = api.post("/labels", json=body)

        assert answer.status_code == 422
        assert any(name.startswith(field) for name in answer.json["errors"])

    @pytest.mark.parametrize("role", ["technician", "viewer", "reader"])
    def test_is_for_those_who_print_alone(self, api_as, role):
        answer = api_as(role).post("/labels", json={"things": ["LT-1"], "stock": "zebra-50x25"})

        assert answer.status_code == 403

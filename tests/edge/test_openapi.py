"""The description names every route, and every error has its one shape."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.support.databases import SqliteTemplate

PROBLEM_KEYS = {"type", "title", "status", "detail", "code"}


@pytest.fixture
def database(sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    """SQLite alone: what is refused here is refused before a database is asked."""
    return sqlite_template.make(tmp_path / "instance")


def assert_problem(answer, status: int | None = None) -> dict:
    """RFC 9457, in the shape that every error has; gives the body."""
    assert status is None or answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    body = json.loads(answer.get_data())
    assert body.keys() >= PROBLEM_KEYS
    assert body.keys() <= PROBLEM_KEYS | {"errors", "request_id"}
    assert body["status"] == answer.status_code
    assert body["title"] == HTTPStatus(answer.status_code).phrase
    assert body["code"].replace("_", "").isalnum()
    assert body["detail"].strip()
    assert ("errors" in body) == (answer.status_code == 422)
    return body


class TestDescription:
    def test_names_every_route_of_the_api(self, app, api):
        described = set(api.get("/openapi.json").get_json()["paths"])

        mounted = {
            "".join(
                part if is_text else "{" + part + "}"
                for is_text, part in ((not dynamic, data) for dynamic, data in rule._trace)
            ).lstrip("|")
            for rule in app.url_map.iter_rules()
            if rule.rule.startswith("/api/v1/")
            and rule.endpoint not in {"api-docs.openapi_json", "api_docs"}
        }
        assert described == mounted


BODIES = [
    (b"[" * 5000, "bad_json"),
    (b"[" * 100_000, "bad_json"),
    (b'{"a":' * 50_000, "bad_json"),
    (b'{"asset_tag": ' + b"9" * 5000 + b"}", "bad_json"),
    (b'{"warranty_months": 1e400}', "bad_json"),
    (b'{"warranty_months": NaN}', "bad_json"),
    (b'{"warranty_months": -Infinity}', "bad_json"),
    (b'{"asset_tag": "A", "asset_tag": "B"}', "bad_json"),
    (b'{"warranty_months": 9223372036854775808}', "bad_json"),
    (b'{"warranty_months": -9223372036854775809}', "bad_json"),
    (b'{"asset_tag": "A", "warranty_months": 9223372036854775807}', "invalid"),
    (b'{"asset_tag": "A", "warranty_months": 1.5}', "invalid"),
    (b'{"asset_tag": "A", "warranty_months": true}', "invalid"),
    (b'{"asset_tag": "\\ud800"}', "bad_json"),
    (b'{"\\udfff": 1}', "bad_json"),
    (b'{"asset_tag": "A\\u0000"}', "invalid"),
    (b'{"asset_tag": "A"} x', "bad_json"),
    (b'{"asset_tag": "A"}{}', "bad_json"),
    (b"", "bad_json"),
    (b"\xff\xfe{}", "bad_json"),
    ('{"asset_tag": "A"}'.encode("utf-16"), "bad_json"),
    ("\ufeff{}".encode(), "bad_json"),
    (b"null", "invalid"),
    (b"[]", "invalid"),
    (b'"text"', "invalid"),
    (b"7", "invalid"),
    (b'{"asset_tag": null}', "invalid"),
    (b'{"asset_tag": ["A"]}', "invalid"),
    (b'{"asset_tag": {"$ne": ""}}', "invalid"),
    (b'{"asset_tag": "A", "id": 1}', "invalid"),
    (b'{"asset_tag": "A", "created_by": 1, "is_admin": true}', "invalid"),
]


class TestBody:
    @pytest.mark.parametrize(("body", "code"), BODIES, ids=lambda value: str(value[:40]))
    def test_that_cannot_be_taken_is_a_422_and_stores_nothing(self, api, body, code):
        answer = api.post("/assets", data=body, content_type="application/json")

        assert assert_problem(answer, 422)["code"] == code
        assert api.get("/assets").get_json()["items"] == []

    def test_with_a_key_of_ten_megabytes_is_too_large(self, api):
        body = b'{"' + b"k" * 10_000_000 + b'": 1}'

        assert_problem(api.post("/assets", data=body, content_type="application/json"), 413)

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
    def test_of_another_type_is_refused(self, api, kind):
        answer = api.post("/assets", data=b'{"asset_tag": "A"}', content_type=kind)

        assert assert_problem(answer, 422)["code"] == "not_json"


class TestProblem:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("get", "/none", 404),
            ("get", "/assets/NOTHING", 404),
            ("get", "/assets/a%00b", 404),
            ("get", "/audits/99999999999999999999", 404),
            ("delete", "/assets", 405),
            ("get", "/assets?limit=0", 422),
            ("get", "/assets?limit=501", 422),
            ("get", "/assets?limit=99999999999999999999", 422),
            ("get", "/assets?limit=1e9", 422),
            ("get", "/assets?limit=-1", 422),
            ("get", "/assets?sort=name;select", 422),
            ("get", "/assets?sort=(select%201)", 422),
            ("get", "/assets?cursor=forged", 422),
            ("get", "/assets?q=a%00b", 422),
            ("post", "/decodes", 422),
        ],
    )
    def test_is_the_shape_of_each_error(self, api, method, path, status):
        assert_problem(getattr(api, method)(path), status)

    @pytest.mark.parametrize(
        ("method", "path", "token", "words"),
        [
            ("GET", "none", None, "/api/v1/openapi.json lists"),
            ("DELETE", "assets", None, "Use GET, POST."),
            ("GET", "assets", "Bearer sca_gone_gone", "revoked or expired. Ask an admin"),
            ("GET", "assets", "", "send a token: Authorization: Bearer"),
        ],
    )
    def test_says_what_to_do(self, app, api, method, path, token, words):
        headers = api.headers if token is None else {"Authorization": token} if token else {}

        answer = app.test_client().open(f"/api/v1/{path}", method=method, headers=headers)

        assert words in assert_problem(answer)["detail"]

    def test_is_the_shape_where_nobody_is_known_or_allowed(self, app, api_as):
        assert_problem(app.test_client().get("/api/v1/assets"), 401)
        assert_problem(api_as("reader").get("/assets"), 403)
        assert_problem(app.test_client().get("/api/v1/none"), 404)

"""The page at /api/v1/docs shows every call, and its examples are true."""

from __future__ import annotations

import json
import re
import shlex
from html import unescape
from pathlib import Path

import jsonschema
import pytest

from scanner_app.api.examples import build_example
from tests.support.databases import SqliteTemplate


@pytest.fixture
def database(sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    """SQLite alone: the page asks no database."""
    return sqlite_template.make(tmp_path / "instance")


@pytest.fixture
def document(api) -> dict:
    return api.get("/openapi.json").get_json()


@pytest.fixture
def text(app) -> str:
    return app.test_client().get("/api/v1/docs").get_data(as_text=True)


class TestApiDocsPage:
    def test_shows_every_call_of_the_description(self, text, document):
        shown = re.findall(
            r'<h3><span class="api-method">(\w+)</span> <span class="code">(.*?)</span></h3>', text
        )

        described = [
            (method.upper(), path)
            for path, item in document["paths"].items()
            for method in item
            if method != "parameters"
        ]
        assert len(described) > 20
        assert sorted((method, unescape(path)) for method, path in shown) == sorted(described)

    def test_has_a_request_and_an_answer_for_each_call(self, text):
        articles = re.findall(r"<article.*?</article>", text, re.DOTALL)

        assert articles
        for article in articles:
            assert "curl" in article, article[:200]
            assert re.search(r"<h4>Answer: 2\d\d ", article), article[:200]
            assert "{" not in re.search(r"&#34;\$SCANNER(.*?)&#34;", article).group(1)

    def test_shows_who_may_make_a_call(self, text):
        article = re.search(r'<article class="card" id="post-reads">.*?</article>', text, re.DOTALL)

        assert "Roles: reader, admin." in article.group()

    def test_is_public_and_needs_no_exception_from_the_content_security_policy(self, app, text):
        answer = app.test_client().get("/api/v1/docs")

        assert answer.status_code == 200
        assert "'unsafe-" not in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|\sstyle=|\son\w+=", text)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text)


class TestExamples:
    def test_are_valid_by_the_schema_that_they_show(self, document):
        schemas = document["components"]["schemas"]
        wrong = []
        for name in schemas:
            example = build_example({"$ref": f"#/components/schemas/{name}"}, schemas)
            whole = {**document, "$ref": f"#/components/schemas/{name}"}
            validator = jsonschema.Draft202012Validator(whole)
            # An example may leave out fields that would hide the point.
            wrong += [
                f"{name}: {error.message}"
                for error in validator.iter_errors(example)
                if error.validator != "required"
            ]

        assert wrong == []

    def test_of_writes_are_accepted_in_the_order_of_the_story(self, api, text):
        """The examples set up a room, a person and an asset, then scan the asset."""
        api.post("/locations", json={"code": "F-1", "name": "First floor"})
        for call in ("locations", "people", "assets", "audits"):
            answer = api.post(f"/{call}", json=read_body(text, f"post-{call}"))
            assert answer.status_code == 201, answer.get_data(as_text=True)
        for call, address in [
            ("assets-asset-tag", "/assets/LT-0042"),
            ("locations-code", "/locations/R-105"),
            ("people-ref", "/people/E-1042"),
        ]:
            answer = api.patch(address, json=read_body(text, f"patch-{call}"))
            assert answer.status_code == 200, answer.get_data(as_text=True)
        answer = api.post("/scans", json=read_body(text, "post-scans"))
        assert [result["status"] for result in answer.get_json()["results"]] == ["recorded"]


def read_body(text: str, anchor: str) -> dict:
    """Return the JSON body of a call's example request."""
    article = re.search(rf'<article class="card" id="{anchor}">.*?</article>', text, re.DOTALL)
    command = unescape(re.search(r"<pre><code>(curl.*?)</code>", article.group(), re.DOTALL)[1])
    words = shlex.split(command.replace("\\\n", " "))
    return json.loads(words[words.index("-d") + 1])

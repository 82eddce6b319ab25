"""The page at /api/v1/docs shows every call, and its examples are true."""

from __future__ import annotations

import io
import re
import shlex
from datetime import UTC, datetime
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient
from sqlalchemy import text as text_of

from scanner_app.api.examples import build_example
from scanner_app.domain.access.roles import Role
from scanner_app.edge.state import app_state
from scanner_app.services.access import users
from scanner_app.services.sample_office import load_sample_office
from tests.decoding.pictures import draw_code, to_bytes
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


def give_away_steps(work) -> None:
    """Have others done what was done of each erasing, so that this person may go on."""
    with work() as session:
        for name in ("performed_by", "verified_by"):
            session.execute(
                text_of(f"UPDATE sanitization SET {name} = 'user:{name}' WHERE {name} IS NOT NULL")
            )


class TestExamples:
    @pytest.fixture(autouse=True)
    def decoder(self, app):
        """Ends the decoder processes that a picture started."""
        yield
        if app_state(app).pictures is not None:
            app_state(app).pictures.close()

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

    def test_run_as_printed_on_the_sample_office(self, app, api_as, work, text):
        """Every command of the page, from its top to its end, is answered as the page says."""
        with work() as session:
            load_sample_office(session, now=datetime.now(UTC))
            for name, role in (("eve", Role.APPROVER), ("tom", Role.TECHNICIAN)):
                users.add_user(
                    session, email=f"{name}@example.org", role=role, name=name, password=None,
                    now=datetime.now(UTC),
                )  # fmt: skip
        # A program that nobody owns takes no step of a second person.
        api = api_as("admin", owner="ana@example.org")
        client = app.test_client()
        articles = re.findall(r'<article class="card" id="(.*?)">(.*?)</article>', text, re.DOTALL)

        answered = {}
        for anchor, article in articles:
            if anchor.endswith("-match"):  # people are asked before it, and labels matched after
                ended = client.post("/api/v1/audits/1/reconciliation", headers=api.headers)
                assert ended.status_code == 200, ended.text
            if "sanitization-id-" in anchor:  # each step is another person's: here one does all
                give_away_steps(work)
            command = unescape(re.search(COMMAND, article)[1])
            answered[anchor] = run_curl(client, api.headers, command)

        documented = {a: int(re.search(r"<h4>Answer: (\d+) ", part)[1]) for a, part in articles}
        assert {a: answer.status_code for a, answer in answered.items()} == documented
        for anchor in ("post-scans", "post-reads"):
            results = answered[anchor].get_json()["results"]
            assert [(r["status"], r["refusal"]) for r in results] == [("recorded", None)], anchor
        assert answered["get-identify"].get_json()["kind"] == "asset"
        assert answered["get-assets"].get_json()["items"]


COMMAND = re.compile(r"<pre><code>(curl.*?)</code>", re.DOTALL)


def run_curl(client: FlaskClient, headers: dict[str, str], command: str) -> Any:
    """Send what a shell would make of a command of the page."""
    words = shlex.split(command.replace("\\\n", " "))
    options = dict(pairwise(words))
    [address] = [word for word in words if word.startswith("$SCANNER")]
    form = None
    if "-F" in options:
        name, _, file = options["-F"].partition("=@")
        form = {name: (io.BytesIO(to_bytes(draw_code("LT-0042"))), file)}
    return client.open(
        address.removeprefix("$SCANNER"),
        method=options.get("-X", "GET"),
        headers=headers,
        data=form or options.get("-d"),
        content_type="multipart/form-data" if form else "application/json",
        buffered=True,
    )

"""People with passwords, and browsers that sign in as they do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from scanner_app.cli import accounts as commands
from scanner_app.cli import context as cli_context
from scanner_app.domain.access.roles import Role
from scanner_app.services.access import passwords, users
from scanner_app.storage.database import db, unit_of_work
from tests.support import on_both
from tests.support.apps import open_app
from tests.support.databases import make_settings

database = on_both.database

PASSWORD = "a sentence for tests"
# `test_passwords` holds the real cost; elsewhere a guess need not take a tenth of a second.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
HASH = CHEAP.hash(PASSWORD)
COOKIE = "scanner"


ATTEMPTS = 3


@pytest.fixture(autouse=True)
def cheap_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.path.name != "test_passwords.py":
        monkeypatch.setattr(passwords, "hasher", CHEAP)
        monkeypatch.setattr(passwords, "NOBODY", CHEAP.hash("nobody has this one"))


@pytest.fixture
def app(database: str, tmp_path: Path) -> Iterator[Flask]:
    settings = make_settings(tmp_path / "instance", database, sign_in_attempts=ATTEMPTS)
    with open_app(settings) as app:
        yield app


@pytest.fixture
def person(app: Flask) -> Callable[..., int]:
    """`person("ana@example.org", "auditor")` adds a user with PASSWORD and gives the id."""

    def add(email: str = "ana@example.org", role: str = "auditor") -> int:
        with app.app_context(), unit_of_work() as session:
            user = users.add_user(
                session,
                email=email,
                role=Role(role),
                name=email.partition("@")[0].title(),
                password_hash=HASH,
                now=datetime.now(UTC),
            )
            return user.id

    return add


def sign_in(
    client: FlaskClient,
    email: str = "ana@example.org",
    password: str = PASSWORD,
    *,
    target: str | None = None,
    **kwargs: object,
) -> TestResponse:
    form = {"email": email, "password": password, **({"next": target} if target else {})}
    return client.post("/sign-in", data=form, **kwargs)


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def cookie_of(client: FlaskClient) -> str:
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


def with_cookie(app: Flask, value: str) -> FlaskClient:
    client = app.test_client()
    client.set_cookie(COOKIE, value)
    return client


def find_link(answer: TestResponse) -> str:
    found = re.search(r"/links/[\w-]+", answer.get_data(as_text=True))
    assert found, answer.get_data(as_text=True)
    return found[0]


def find_secret(answer: TestResponse) -> str:
    found = re.search(r"sca_[\w-]+", answer.get_data(as_text=True))
    assert found, answer.get_data(as_text=True)
    return found[0]


@pytest.fixture
def run(database, tmp_path, monkeypatch):
    """`run("users", "add", ...)` runs a command and gives what it printed."""
    monkeypatch.setenv("SCANNER_DATABASE_URL", database)
    monkeypatch.setenv("SCANNER_INSTANCE_DIR", str(tmp_path / "instance"))
    monkeypatch.setenv("SCANNER_BASE_URL", "https://scan.example.org/")
    monkeypatch.setenv("SCANNER_LOG_LEVEL", "ERROR")

    @contextmanager
    def open_and_close():
        # A command's process ends with it; here its connections would outlive it.
        with cli_context.open_app() as app:
            try:
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()

    monkeypatch.setattr(commands, "open_app", open_and_close)

    def invoke(group: str, *words: str, stdin: str = "") -> str:
        command = {"users": commands.users_command, "tokens": commands.tokens_command}[group]
        result = CliRunner().invoke(command, words, input=stdin)
        if result.exception is not None:
            raise result.exception
        return result.output

    return invoke

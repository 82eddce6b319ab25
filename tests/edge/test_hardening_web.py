"""What every answer carries, and what none tells: headers, cookies, logs, health, a forced 500."""

from __future__ import annotations

import ast
import io
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import (
    MethodNotAllowed,
    RequestEntityTooLarge,
    TooManyRequests,
    UnsupportedMediaType,
)
from werkzeug.exceptions import NotFound as NotFoundError

from scanner_app import ROOT
from scanner_app.edge.guard import public
from scanner_app.edge.state import app_state
from scanner_app.logs import JsonFormatter, LineFormatter
from scanner_app.services.access import passwords
from scanner_app.storage.database import db
from tests.support.databases import SqliteTemplate, build_app, make_settings

SECRET_TEXT = "SELECT secret FROM somewhere"


@pytest.fixture
def database(sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    """SQLite alone: no answer here depends on the database."""
    return sqlite_template.make(tmp_path / "instance")


@pytest.fixture
def broken(app):
    """An app with two views that fail in a way nobody foresaw."""

    @public
    def fail():
        raise RuntimeError(SECRET_TEXT)

    app.add_url_rule("/fails", view_func=fail)
    app.add_url_rule("/api/v1/fails", endpoint="api_fails", view_func=fail)
    return app


class TestUnforeseenError:
    @pytest.mark.parametrize("path", ["/fails", "/api/v1/fails"])
    def test_tells_an_id_and_logs_the_rest(self, broken, caplog, path):
        answer = broken.test_client().get(path, headers={"X-Request-ID": "request-of-a-test"})

        text = answer.get_data(as_text=True)
        assert answer.status_code == 500
        assert "request-of-a-test" in text
        for secret in (
            SECRET_TEXT,
            "RuntimeError",
            "Traceback",
            "site-packages",
            ".py",
            "Werkzeug",
        ):
            assert secret not in text, secret
        assert SECRET_TEXT in caplog.text
        assert "id=request-of-a-test" in caplog.text

    @pytest.mark.parametrize("path", ["/console", "/debug", "/?__debugger__=yes&cmd=resource"])
    def test_opens_no_debugger(self, app, path):
        answer = app.test_client().get(path)

        assert not app.debug
        assert answer.status_code in {303, 404}

    def test_server_names_no_version(self, app):
        answer = app.test_client().get("/sign-in")

        assert "Server" not in answer.headers
        assert "X-Powered-By" not in answer.headers


class TestLog:
    def write(self, app, formatter: logging.Formatter, **request) -> list[str]:
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(formatter)
        logger = logging.getLogger("scanner_app.request")
        level = logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            app.test_client().get(**request)
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)
        return stream.getvalue().splitlines()

    @pytest.mark.parametrize("formatter", [LineFormatter(), JsonFormatter()], ids=["line", "json"])
    @pytest.mark.parametrize(
        "path",
        [
            "/x%0d%0a2026-01-01 info forged",
            "/x%1b[31mred",
            "/x%22,%22level%22:%22forged",
            "/x%e2%80%a8forged%c2%85forged",
            "/x%00",
            "/" + "x" * 20_000,
        ],
        ids=["line break", "colour", "quotes", "separators", "nul", "long"],
    )
    def test_has_one_line_for_each_request(self, app, formatter, path):
        lines = self.write(app, formatter, path=path, headers={"User-Agent": "x" * 100_000})

        assert len(lines) == 1
        assert len(lines[0]) <= 8200
        assert lines[0].isprintable()
        if isinstance(formatter, JsonFormatter):
            entry = json.loads(lines[0])
            assert (entry["level"], entry["logger"]) == ("info", "scanner_app.request")

    @pytest.mark.parametrize("wanted", ["x", "a" * 65, "id with blanks", "id<script>"])
    def test_takes_no_odd_request_id(self, app, wanted):
        answer = app.test_client().get("/healthz", headers={"X-Request-ID": wanted})

        assert answer.headers["X-Request-ID"] != wanted
        assert len(answer.headers["X-Request-ID"]) == 32


class TestHealth:
    def test_gives_no_data(self, app):
        for path, body in [
            ("/healthz", {"status": "ok"}),
            ("/readyz", {"status": "ready", "worker_seen_seconds_ago": None}),
        ]:
            answer = app.test_client().get(path)

            assert (answer.status_code, answer.get_json()) == (200, body)

    def test_description_tells_of_no_data(self, app):
        """Public, since it says what the source says: names of fields, none of their values."""
        text = app.test_client().get("/api/v1/openapi.json").get_data(as_text=True)

        assert app_state(app).settings.secret_key not in text
        assert "sqlite" not in text.lower()


PATHS = [
    "/sign-in",
    "/",
    "/none",
    "/api/v1/assets",
    "/api/v1/none",
    "/fails",
    "/api/v1/fails",
    "/healthz",
]


class TestHeaders:
    @pytest.mark.parametrize("path", PATHS)
    def test_stand_on_pages_api_and_errors(self, broken, path):
        headers = broken.test_client().get(path).headers

        csp = dict(
            part.strip().partition(" ")[::2]
            for part in headers["Content-Security-Policy"].split(";")
        )
        assert csp["default-src"] == "'none'"
        assert csp["frame-ancestors"] == "'none'"
        assert csp["base-uri"] == "'none'"
        assert csp["form-action"] == "'self'"
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert "geolocation=()" in headers["Permissions-Policy"]

    def test_of_a_file_hold_what_browsers_apply_to_files(self, app):
        with app.test_client().get("/static/css/app.css") as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]

    @pytest.mark.parametrize("path", ["/", "/assets", "/account", "/more"])
    def test_keep_pages_of_who_is_signed_in_out_of_caches(self, admin, path):
        answer = admin.get(path)

        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")

    def test_ask_for_https_where_it_is_spoken(self, app):
        client = app.test_client()

        assert "Strict-Transport-Security" not in client.get("/sign-in").headers
        secure = client.get("/sign-in", base_url="https://localhost").headers
        assert secure["Strict-Transport-Security"].startswith("max-age=")

    def test_keep_static_files_only_by_their_fingerprint(self, app):
        client = app.test_client()

        with client.get("/static/css/app.css") as plain:
            assert plain.headers["Cache-Control"] == "no-cache"
        with client.get("/static/css/app.css?v=1") as marked:
            assert "immutable" in marked.headers["Cache-Control"]
        assert client.get("/static/../pyproject.toml").status_code == 404


class TestCookies:
    def test_are_tied_to_the_host_and_https(self, sqlite_template, tmp_path):
        from datetime import UTC, datetime

        from scanner_app.domain.access.roles import Role
        from scanner_app.services.access import users
        from scanner_app.storage.database import db, unit_of_work

        url = sqlite_template.make(tmp_path / "i")
        app = build_app(make_settings(tmp_path / "i", url, secure_cookies=True))
        with app.app_context(), unit_of_work() as session:
            users.add_user(
                session,
                email="ana@example.org",
                role=Role.VIEWER,
                name="Ana",
                password="a sentence for tests",
                now=datetime.now(UTC),
            )
        form = {"email": "ana@example.org", "password": "a sentence for tests"}

        answer = app.test_client().post("/sign-in", data=form, base_url="https://localhost")

        lines = answer.headers.getlist("Set-Cookie")
        ours = next(line.split("; ") for line in lines if line.startswith("__Host-scanner="))
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(ours)
        assert not [part for part in ours if part.startswith("Domain")]
        assert all("Secure" in line and "HttpOnly" in line for line in lines)
        with app.app_context():
            db.engine.dispose()


class TestTooLargeBody:
    @pytest.mark.parametrize("path", ["/sign-in", "/api/v1/decodes"])
    def test_is_read_to_its_end_so_that_the_answer_arrives(self, app, api, path):
        """A connection that is closed over unread bytes is reset, and the answer with it."""
        body = io.BytesIO(
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + bytes(27_000_000)
        )

        answer = app.test_client().post(
            path, input_stream=body, content_length=len(body.getvalue()),
            content_type="multipart/form-data; boundary=x", headers=api.headers,
        )  # fmt: skip

        assert answer.status_code == 413
        assert body.tell() == len(body.getvalue())


class TestErrorPage:
    @pytest.mark.parametrize(
        ("error", "status", "words"),
        [
            (IntegrityError("INSERT", {}, Exception(SECRET_TEXT)), 409, "Load it again"),
            (DataError("INSERT", {}, Exception(SECRET_TEXT)), 422, "cannot be stored"),
            (OperationalError("SELECT", {}, Exception(SECRET_TEXT)), 503, "Nothing was stored"),
            (PoolTimeout(SECRET_TEXT), 503, "Nothing was stored"),
            (ConnectionResetError(SECRET_TEXT), 400, "was cut off"),
            (NotFoundError(), 404, "Nothing has this address"),
            (MethodNotAllowed(["GET"]), 405, "does not work here. Use GET."),
            (RequestEntityTooLarge(), 413, "larger than this server accepts"),
            (UnsupportedMediaType(), 415, "does not take this kind"),
            (TooManyRequests(retry_after=7), 429, "Wait a moment"),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
    )
    def test_says_in_words_what_happened_and_no_more(self, app, error, status, words):
        @public
        def fail():
            raise error

        app.add_url_rule("/trouble", view_func=fail)

        answer = app.test_client().get("/trouble")

        assert answer.status_code == status
        assert words in answer.text
        assert SECRET_TEXT not in answer.text
        assert answer.headers.get("Allow") == ("GET" if status == 405 else None)
        assert ("Retry-After" in answer.headers) == (status in {429, 503})

    def test_tells_no_more_in_debug_mode(self, sqlite_template, tmp_path):
        url = sqlite_template.make(tmp_path / "i")
        app = build_app(make_settings(tmp_path / "i", url, debug=True))

        @public
        def fail():
            raise RuntimeError(SECRET_TEXT)

        app.add_url_rule("/fails", view_func=fail)

        answer = app.test_client().get("/fails")

        assert not app.debug
        assert answer.status_code == 500
        assert SECRET_TEXT not in answer.text
        with app.app_context():
            db.engine.dispose()


class TestBurstOfSignIns:
    def test_makes_only_so_many_hashes_at_once(self, monkeypatch):
        """Each takes 64 MB: five hundred at once would take the machine."""
        inside, most = [], []
        full, lock = threading.Event(), threading.Lock()

        class Watched:
            def verify(self, _stored, _tried):
                with lock:
                    inside.append(1)
                    most.append(len(inside))
                    if len(inside) == passwords.SLOTS:
                        full.set()
                # The first fill every place and stay until all are taken.
                full.wait(30)
                with lock:
                    inside.pop()
                return True

        monkeypatch.setattr(passwords, "hasher", Watched())

        with ThreadPoolExecutor(40) as pool:
            answers = list(
                pool.map(lambda _: passwords.is_password("h", "a long password"), range(200))
            )

        assert answers == [True] * 200
        assert max(most) == passwords.SLOTS


@pytest.mark.slow
class TestFetching:
    def test_is_in_the_three_modules_that_send_alone(self):
        """Nothing that a user writes is fetched (SSRF): no other module can.

        `outbound` checks every address that it connects to. `post_office` and `authority` ask the mail
        server and the time stamp authority that the settings name. The agent of the readers talks to the server, and stands outside.
        """
        clients = {"requests", "httpx", "aiohttp", "urllib3", "http.client", "ftplib", "smtplib"}
        found = []
        for file in (ROOT / "scanner_app").rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    names = [node.module or ""]
                    names += [f"{node.module}.{alias.name}" for alias in node.names]
                if clients.intersection(names) or "urllib.request" in names:
                    found.append(file.relative_to(ROOT / "scanner_app").as_posix())

        assert set(found) == {
            "storage/authority.py",
            "storage/outbound.py",
            "storage/post_office.py",
        }


class TestLongPatterns:
    @pytest.mark.parametrize(
        "text", ["a" * 50_000 + "!", "(a+)+$" * 8000, "%" * 50_000, "\\" * 50_000]
    )
    def test_are_refused_before_anything_is_matched(self, api, text):
        """The API takes searches of 200 characters and codes of 4096, and no pattern of theirs."""
        answer = api.get("/assets", query_string={"q": text})

        assert answer.status_code == 422
        assert list(answer.json["errors"]) == ["q"]

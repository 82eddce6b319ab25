"""What an outside script has: HTTP by the standard library, and the commands. No app internals."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from typing import Any

# Runs commands one after the other in one process: starting Python is most of what they cost.
SEVERAL = """
import contextlib, io, json, os, sys
from scanner_app.cli import main
done = []
for words, environ in json.load(sys.stdin):
    kept = dict(os.environ)
    os.environ.update(environ)
    sys.argv = ["scanner-app", *words]
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as error:
            code = error.code or 0
    os.environ.clear()
    os.environ.update(kept)
    done.append([code, out.getvalue(), err.getvalue()])
json.dump(done, sys.__stdout__)
"""
ROOT = Path(__file__).resolve().parents[2]
PROBLEM = {"type", "title", "status", "detail", "code"}


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def new_id() -> str:
    return str(uuid.uuid4())


def moment(seconds: int = 0) -> str:
    """Return a time from now, as a device writes it; a minute ahead is within the skew that is taken."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()

    @property
    def json(self) -> Any:
        assert self.headers["Content-Type"] in {"application/json", "application/problem+json"}
        return json.loads(self.data)


@dataclass
class Client:
    """A program with a token, a browser with a cookie, or nobody."""

    port: int
    token: str = ""
    cookie: str = ""
    extra: dict[str, str] = field(default_factory=dict)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        sent = {**self.extra, **(headers or {})}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if self.cookie:
            sent.setdefault("Cookie", self.cookie)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            data = body.encode() if isinstance(body, str) else body
            connection.request(method, path, body=data, headers=sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        return self.send("GET", f"/api/v1{path}")

    def post(self, path: str, body: Any = None) -> Answer:
        return self._send_json("POST", path, body)

    def patch(self, path: str, body: Any) -> Answer:
        return self._send_json("PATCH", path, body)

    def _send_json(self, method: str, path: str, body: Any) -> Answer:
        if body is None:
            return self.send(method, f"/api/v1{path}")
        kind = {"Content-Type": "application/json"}
        return self.send(method, f"/api/v1{path}", json.dumps(body), kind)

    def upload(self, path: str, name: str, data: bytes) -> Answer:
        edge = uuid.uuid4().hex
        body = (
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="a.png"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
        whole = body + data + f"\r\n--{edge}--\r\n".encode()
        return self.send("POST", f"/api/v1{path}", whole, kind)

    def scan(self, code: str, intent: str = "sighting", /, **fields: Any) -> dict[str, Any]:
        """Post one scan and give its result."""
        scan = {"scan_id": new_id(), "code": code, "intent": intent, "scanned_at": moment()}
        answer = self.post("/scans", {"scans": [{**scan, **fields}]})
        assert answer.status == 200, answer.text
        [result] = answer.json["results"]
        return result

    def create(self, path: str, **fields: Any) -> dict[str, Any]:
        answer = self.post(path, fields)
        assert answer.status == 201, answer.text
        return answer.json


def assert_problem(answer: Answer, status: int, code: str | None = None) -> dict[str, Any]:
    """An error as the contract has it: exactly these members, and `errors` only with a 422."""
    assert answer.status == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = json.loads(answer.data)
    assert body.keys() == PROBLEM | ({"errors"} if status == 422 else set())
    assert body["status"] == status
    assert body["title"] == HTTPStatus(status).phrase
    assert isinstance(body["type"], str)
    assert body["detail"].strip()
    if code is not None:
        assert body["code"] == code
    if status == 422:
        for field_, texts in body["errors"].items():
            assert isinstance(field_, str)
            assert texts
            assert all(isinstance(text, str) for text in texts)
    return body


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


class Service:
    """The service as an operator starts it, and its commands."""

    def __init__(self, folder: Path, *, workers: int = 2) -> None:
        self.folder = folder
        self.instance = folder / "instance"
        self.workers = workers
        self.port = find_port()
        self.log = folder / "server.log"
        self.environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("SCANNER_", "PROMETHEUS"))},
            "SCANNER_INSTANCE_DIR": str(self.instance),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def run(
        self, *words: str, stdin: str = "", check: bool = True, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "scanner_app", *words],
            cwd=ROOT,
            env={**self.environ, **environ},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    def run_all(
        self,
        *commands: Sequence[str],
        environs: Sequence[Mapping[str, str]] = (),
    ) -> list[Done]:
        """Run several commands in one process, and give how each ended.

        :param environs: what each finds in its environment besides.
        """
        given = [*environs, *({} for _ in commands[len(environs) :])]
        done = subprocess.run(
            [sys.executable, "-c", SEVERAL],
            cwd=ROOT,
            env=self.environ,
            input=json.dumps(list(zip(commands, given, strict=True))),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return [Done(*one) for one in json.loads(done.stdout)]

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "scanner_app", "serve", "--http", "--port", str(self.port),
                 "--workers", str(self.workers)],
                cwd=ROOT, env=self.environ, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + 120
        while True:
            try:
                if Client(self.port).send("GET", "/readyz").status == 200:
                    return
            except OSError:
                pass
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def stop(self) -> int:
        """Stop as systemd and containers do, and give the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=90)

    def as_roles(self, *roles: str) -> dict[str, Client]:
        """Return a program of each role, with tokens made by the command."""
        made = self.run_all(*(["tokens", "add", f"a {role}", "--role", role] for role in roles))
        assert not [done.stderr for done in made if done.returncode]
        return {
            role: Client(self.port, token=done.stdout.strip())
            for role, done in zip(roles, made, strict=True)
        }

    def sign_in(self, email: str, role: str) -> Client:
        """Return a browser in which somebody new is signed in, by a password set by the command."""
        password = "a sentence of four words"
        self.run(
            *["users", "add", email, "--role", role, "--name", "Ana", "--password-stdin"],
            stdin=password + "\n",
        )
        kind = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin",
        }
        form = f"email={email}&password={password.replace(' ', '+')}"
        answer = Client(self.port).send("POST", "/sign-in", form, kind)
        assert answer.status == 303, answer.text
        cookies = [c for c in answer.headers.get_all("Set-Cookie") if c.startswith("scanner=")]
        return Client(self.port, cookie=cookies[0].partition(";")[0], extra=kind)

"""Workers of two machines are killed while messages go out: each message arrives under its name.

Even a short run takes longer than the checks may: `make torture` sends 500 e-mails and 500 posts,
with 20 kills (`SCANNER_NOTICES`, `SCANNER_NOTICE_KILLS`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select

from scanner_app.domain.jobs import JOB_KINDS, JobKind
from scanner_app.domain.notices.deliveries import DeliveryState
from scanner_app.edge.state import app_state
from scanner_app.models import NoticeDelivery
from scanner_app.storage.keys import NAME, load_signing_key
from tests.notices.receivers import HookServer, MailBox, run_hook_server, run_mail_server
from tests.notices.test_deliveries import Office

NOTICES = int(os.environ.get("SCANNER_NOTICES", "30"))
KILLS = int(os.environ.get("SCANNER_NOTICE_KILLS", "2"))
# What one worker may have sent and not noted when it is killed.
IN_FLIGHT = JOB_KINDS[JobKind.MAIL].at_once + JOB_KINDS[JobKind.WEBHOOK].at_once
pytestmark = [
    pytest.mark.torture,
    pytest.mark.skipif("SCANNER_NOTICES" not in os.environ, reason="a long run: make torture"),
]


@pytest.fixture
def mail() -> Iterator[MailBox]:
    with run_mail_server() as box:
        yield box


@pytest.fixture
def hooks() -> Iterator[HookServer]:
    with run_hook_server() as server:
        yield server


class Machines:
    """Two machines of one service: each has a folder and a worker."""

    def __init__(self, office: Office, database: str, folders: list[Path]) -> None:
        settings = app_state(office.app).settings
        load_signing_key(settings.instance_dir)
        clean = {k: v for k, v in os.environ.items() if not k.startswith("SCANNER_")}
        self.environ = clean | {
            "SCANNER_DATABASE_URL": database,
            "SCANNER_SECRET_KEY": settings.secret_key,
            "SCANNER_SMTP_URL": settings.smtp_url,
            "SCANNER_MAIL_FROM": settings.mail_from,
            "SCANNER_MAIL_PER_MINUTE": "0",
            "SCANNER_BASE_URL": settings.base_url,
            "SCANNER_WEBHOOK_ALLOW": "127.0.0.1",
            "SCANNER_WEBHOOK_HTTP": "true",
            "SCANNER_WEBHOOK_PORTS": ",".join(settings.webhook_ports),
        }
        self.folders = folders
        self.running: dict[Path, subprocess.Popen[bytes]] = {}
        for folder in folders:
            folder.mkdir(exist_ok=True)
            if not (folder / NAME).exists():
                shutil.copy(settings.instance_dir / NAME, folder)

    def start(self, folder: Path) -> None:
        with (folder / "worker.log").open("ab") as log:
            self.running[folder] = subprocess.Popen(
                [sys.executable, "-m", "scanner_app", "worker"],
                env=self.environ | {"SCANNER_INSTANCE_DIR": str(folder)},
                stdout=log,
                stderr=log,
            )

    def kill(self, folder: Path) -> None:
        self.running[folder].kill()
        self.running.pop(folder).wait()

    def wait(self, is_over, what: str) -> None:
        until = time.monotonic() + 120 + NOTICES
        while not is_over():
            if time.monotonic() > until:
                logs = [(folder / "worker.log").read_text()[-3000:] for folder in self.folders]
                raise AssertionError("\n".join([what, *logs]))
            time.sleep(0.005)


def cut_connections(database: str) -> None:
    """End all connections of PostgreSQL to a database, as a restart does; SQLite has none."""
    if database.startswith("sqlite"):
        return
    name, _, options = database.partition("@/")[2].partition("?")
    where = options.replace("&", " ")
    with psycopg.connect(f"{where} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )


def test_each_message_arrives_under_its_name(app, work, database, tmp_path, mail, hooks):
    office = Office(app, work, mail.url)
    office.set(webhook_ports=(str(hooks.port),))
    office.now = datetime.now(UTC)
    office.add_user()
    office.add_webhook(hooks.url)
    for number in range(NOTICES):
        office.fail(f"import:{number}")
    machines = Machines(office, database, [tmp_path / "instance", tmp_path / "second"])

    def count_received() -> int:
        return len(mail.messages) + len(hooks.posts)

    def count_sent() -> int:
        with work() as session:
            is_sent = NoticeDelivery.state == DeliveryState.SENT
            return session.scalar(select(func.count()).where(is_sent))

    try:
        for folder in machines.folders:
            machines.start(folder)
        for kill in range(KILLS):
            part = 2 * NOTICES * (kill + 1) // (KILLS + 2)
            machines.wait(lambda part=part: count_received() >= part, f"{part} received")
            folder = machines.folders[kill % 2]
            machines.kill(folder)
            machines.start(folder)
            if kill == KILLS // 2:
                cut_connections(database)
        machines.wait(lambda: count_received() >= 2 * NOTICES, "all received")
        machines.wait(lambda: count_sent() == 2 * NOTICES, "all noted")
    finally:
        for folder in list(machines.running):
            machines.kill(folder)

    names = [str(message["Message-ID"]) for message in mail.messages]
    ids = [headers["webhook-id"] for headers, _, _ in hooks.posts]
    assert len(set(names)) == len(set(ids)) == NOTICES
    repeats = len(names) + len(ids) - 2 * NOTICES
    assert repeats <= (KILLS + 1) * IN_FLIGHT
    print(f"{len(names)} e-mails, {len(ids)} posts, {repeats} repeated at {KILLS} kills")

"""`scanner-app worker`: run jobs, beside the server or on another machine."""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import make_url

from scanner_app.cli import serving_lock
from scanner_app.config import Settings
from scanner_app.domain.jobs import SILENCE
from scanner_app.queries.jobs import list_nodes
from scanner_app.storage.database import reading, transact
from scanner_app.storage.schema import is_current
from scanner_app.worker.node import take_slot
from scanner_app.worker.runner import Worker, make_worker_app


class NotReady(click.ClickException):
    """The database is not there, or has another schema: a worker never changes it."""

    exit_code = 3

    def __init__(self) -> None:
        super().__init__(
            "The database is not ready for this version. Run `scanner-app db upgrade`, then start"
            " the worker again."
        )


@click.command("worker")
@click.option("--once", is_flag=True, help="Run what is due, and end: for a timer such as cron.")
@click.option("--parent", type=int, hidden=True, help="The process to end with.")
def worker_command(*, once: bool, parent: int | None) -> None:
    """Run imports, print jobs and other work that outlives a request.

    `serve` starts one worker by itself. With PostgreSQL any number may run, on any machine.
    """
    settings = Settings.from_env()
    folder = settings.instance_dir.resolve()
    if settings.is_sqlite and not _has_file(settings):
        raise NotReady
    settings = settings.with_secret()
    if settings.is_sqlite:
        serving_lock.hold_instance(folder, serving_lock.describe_version())
    app = make_worker_app(settings)
    with serving_lock.using(folder) if settings.is_sqlite else nullcontext():
        _require_schema(app)
        _require_the_same_service(app, settings)
        slot = take_slot(folder, now=datetime.now(UTC))
        worker = Worker(app, slot.node, before=slot.before, parent=parent)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        if once:
            click.echo(f"{worker.run_once():,} jobs run.", err=True)
        else:
            worker.run()
        # Not `sys.exit`: a job that is left in the middle must not hold the process.
        sys.stderr.flush()
        os._exit(0)


def _has_file(settings: Settings) -> bool:
    """Return whether the database is there: to connect would make an empty one."""
    return Path(str(make_url(settings.effective_database_url).database)).exists()


def _require_schema(app: Flask) -> None:
    with app.app_context():
        if not is_current():
            raise NotReady


def _require_the_same_service(app: Flask, settings: Settings) -> None:
    """Raise unless this machine may run jobs of the database."""
    now = datetime.now(UTC)
    with app.app_context():
        if not settings.is_sqlite:
            from scanner_app.storage.node_keys import agree_on_keys

            transact(lambda session: agree_on_keys(session, settings, now=now))
            return
        with reading() as session:
            hosts = {node.host for node in list_nodes(session, now=now)}
        if others := sorted(hosts - {socket.gethostname()}):
            raise click.ClickException(
                f"A worker on {others[0]} uses this SQLite file too. A file that two machines write"
                " is damaged: run all on one machine, or use PostgreSQL. If that worker is gone,"
                f" start again in {SILENCE.total_seconds():.0f} seconds."
            )

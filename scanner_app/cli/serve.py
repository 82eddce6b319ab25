"""`scanner-app serve`: migrate (SQLite), make the first admin's link, start the web workers."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from prometheus_client import values
from prometheus_client.multiprocess import mark_process_dead

from scanner_app import create_app
from scanner_app.config import Settings
from scanner_app.extensions.database import unit_of_work
from scanner_app.extensions.metrics import FOLDER
from scanner_app.extensions.schema import is_current, upgrade_schema
from scanner_app.services import access

HTTP_PORT = 8000
HTTPS_PORT = 8443


class Server(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """Gunicorn with our settings; the app is made after the fork, so no connection is shared."""

    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self.settings = settings
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for key, value in self.options.items():
            self.cfg.set(key, value)

    def load(self) -> Any:
        return create_app(self.settings)


@click.command("serve")
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535))
@click.option("--http/--https", "plain", default=False, help="HTTP on 127.0.0.1, or HTTPS.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
def serve_command(host: str | None, port: int | None, plain: bool, workers: int) -> None:
    """Serve the pages and the API."""
    settings = Settings.from_env().with_secret()
    if plain and not settings.proxy_hops:
        # Behind a proxy that speaks TLS the cookies stay secure; without one they could not be.
        settings = replace(settings, secure_cookies=False)
    host = host or ("127.0.0.1" if plain else "0.0.0.0")  # noqa: S104 - phones on the floor reach it
    port = port or (HTTP_PORT if plain else HTTPS_PORT)
    scheme = "http" if plain else "https"
    shown = "localhost" if host in {"0.0.0.0", "127.0.0.1"} else host  # noqa: S104 - compared only
    address = settings.base_url or f"{scheme}://{shown}:{port}"
    figures = share_figures(settings, port)
    prepare(settings, address)
    options: dict[str, Any] = {
        "bind": f"{host}:{port}",
        "workers": workers,
        "threads": 8,
        "worker_class": "gthread",
        "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108 - a heartbeat file of gunicorn's
        "graceful_timeout": 30,
        "timeout": 120,
        "keepalive": 15,
        "accesslog": None,
        "loglevel": "warning",
        "control_socket_disable": True,
        "forwarded_allow_ips": "*" if settings.proxy_hops else "127.0.0.1",
        "child_exit": lambda _server, worker: mark_process_dead(worker.pid),  # type: ignore[no-untyped-call] # theirs has no types
        "on_exit": lambda _server: shutil.rmtree(figures, ignore_errors=True),
    }
    if not plain:
        from scanner_app.cli.tls import make_certificate, show_address

        certificate = make_certificate(settings.instance_dir, host=host)
        options |= {"certfile": str(certificate.chain), "keyfile": str(certificate.key)}
        show_address(certificate, port=port)
    click.echo(f"Serving at {address} (Ctrl+C stops it).")
    sys.stdout.flush()
    # Gunicorn reads the command line and this variable by itself; ours are not its options.
    os.environ.pop("GUNICORN_CMD_ARGS", None)
    sys.argv = ["scanner-app"]
    Server(settings, options).run()


def share_figures(settings: Settings, port: int) -> Path:
    """Make the folder in which the workers add up what /metrics tells, empty at each start."""
    # By host too: containers may share the instance folder.
    folder = settings.instance_dir.resolve() / "metrics" / f"{socket.gethostname()}-{port}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    os.environ[FOLDER] = str(folder)
    # The library chose at its import, before there was a folder.
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call] # as above
    return folder


def prepare(settings: Settings, address: str) -> None:
    """Bring a SQLite schema up to date and print the first admin's link where nobody is admin."""
    app = create_app(settings)
    with app.app_context():
        if settings.is_sqlite:
            upgrade_schema()
        elif not is_current():
            raise click.ClickException("The schema is not up to date. Run: scanner-app db upgrade")
        with unit_of_work() as session:
            if access.needs_first_admin(session):
                link = access.make_link(
                    session, purpose="first_admin", user_id=None, now=datetime.now(UTC)
                )
                click.echo(
                    f"First start. Make the admin's account here, once:\n  {address}/links/{link}"
                )

"""`scanner-app serve`: upgrade SQLite, print the first admin's link, start the web workers."""

from __future__ import annotations

import gc
import os
import resource
import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from prometheus_client import values
from prometheus_client.multiprocess import mark_process_dead
from sqlalchemy.engine import make_url

from scanner_app import create_app
from scanner_app.cli import serving_lock
from scanner_app.cli.files.sqlite_copies import forget_killed_restore
from scanner_app.cli.worker.child import ArbiterWithWorker, WorkerChild
from scanner_app.config import Settings
from scanner_app.edge.counters import FOLDER
from scanner_app.services.access import links, users
from scanner_app.storage.database import db, transact, unit_of_work
from scanner_app.storage.first_start import refuse_to_begin_anew
from scanner_app.storage.guards import missing_guards
from scanner_app.storage.node_keys import agree_on_keys
from scanner_app.storage.schema import is_current, upgrade_schema

HTTP_PORT = 8000
HTTPS_PORT = 8443
INSTALL_PORT = 8080
# A batch of scans creates about 30,000 objects and no reference cycles. With the default threshold,
# the garbage collector would run again and again during a batch and find nothing.
BATCH_OBJECTS = 50_000
# Of one worker. A body that is collected may need a separate file beside its socket.
MAX_CONNECTIONS = 2000
FILES_BESIDE = 2200


class Server(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """Gunicorn with our settings.

    The app is made after the fork, so that workers share no connection.
    """

    def __init__(
        self,
        settings: Settings,
        options: dict[str, Any],
        wrap: Callable[[Any], Any] | None = None,
        child: WorkerChild | None = None,
    ) -> None:
        self.settings = settings
        self.options = options
        self.wrap = wrap
        self.child = child
        super().__init__()

    def run(self) -> None:
        if self.child is None:
            super().run()
        else:
            ArbiterWithWorker(self, self.child).run()

    def load_config(self) -> None:
        for key, value in self.options.items():
            self.cfg.set(key, value)

    def load(self) -> Any:
        if self.settings.is_sqlite:
            serving_lock.hold_in_use(self.settings.instance_dir.resolve())
        app = create_app(self.settings)
        # Exclude everything loaded so far from garbage collection. Otherwise each collection during
        # a batch of scans would walk through all of it.
        gc.collect()
        gc.freeze()
        gc.set_threshold(BATCH_OBJECTS, 10, 10)
        return self.wrap(app) if self.wrap else app


@click.command("serve")
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535))
@click.option("--http/--https", "plain", default=False, help="HTTP on 127.0.0.1, or HTTPS.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option(
    "--install-port",
    type=click.IntRange(0, 65535),
    default=INSTALL_PORT,
    show_default=True,
    help="With HTTPS: the plain HTTP port where phones find the steps to trust this machine; "
    "0: none.",
)
@click.option(
    "--worker/--no-worker",
    "has_worker",
    default=True,
    help="Run the worker beside the pages; without it, start `scanner-app worker` yourself.",
)
@click.option(
    "--new",
    "begins_anew",
    is_flag=True,
    help="Begin with an empty register if the database is lost.",
)
def serve_command(
    host: str | None,
    port: int | None,
    plain: bool,
    workers: int,
    install_port: int,
    has_worker: bool,
    begins_anew: bool,
) -> None:
    """Serve the pages and the API."""
    settings = Settings.from_env()
    if not begins_anew:
        refuse_to_begin_anew(settings)
    settings = settings.with_secret()
    warn_of_open_folder(settings.instance_dir)
    if plain and not settings.proxy_hops:
        # Behind a proxy that speaks TLS the cookies stay secure. Without one, a browser would not
        # send secure cookies over plain HTTP.
        settings = replace(settings, secure_cookies=False)
    host = host or ("127.0.0.1" if plain else "0.0.0.0")  # noqa: S104 - phones on the floor reach it
    port = port or (HTTP_PORT if plain else HTTPS_PORT)
    scheme = "http" if plain else "https"
    shown = "localhost" if host in {"0.0.0.0", "127.0.0.1"} else host  # noqa: S104 - compared only
    address = settings.base_url or f"{scheme}://{shown}:{port}"
    if settings.is_sqlite:
        serving_lock.hold_instance(settings.instance_dir.resolve(), serving_lock.describe_version())
        forget_killed_restore(Path(str(make_url(settings.effective_database_url).database)))
    figures = share_figures(settings, port)
    prepare(settings, address)
    options = make_options(settings, f"{host}:{port}", workers, figures)
    # Gunicorn would read our command line and this variable by itself, and stop at options that it
    # does not know.
    os.environ.pop("GUNICORN_CMD_ARGS", None)
    sys.argv = ["scanner-app"]
    wrap = None if plain else add_certificate(settings, options, host, port, install_port)
    click.echo(f"Serving at {address} (Ctrl+C stops it).")
    sys.stdout.flush()
    child = WorkerChild() if has_worker else None
    if child is not None:
        tidy, stop = options["on_exit"], child.stop
        options["on_exit"] = lambda server: (stop(), tidy(server))
    Server(settings, options, wrap, child).run()


def make_options(
    settings: Settings, bind: str, workers: int, figures: Path | str
) -> dict[str, Any]:
    """Return gunicorn's options for one server."""
    return {
        "bind": bind,
        "workers": workers,
        "threads": 8,
        "worker_class": "scanner_app.cli.patient.worker.PatientWorker",
        "worker_connections": allow_connections(),
        "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108 - a heartbeat file of gunicorn's
        "graceful_timeout": 30,
        "timeout": 120,
        "keepalive": 15,
        "sendfile": False,  # answers go through the buffers of the worker
        "accesslog": None,
        "loglevel": "warning",
        "control_socket_disable": True,
        "forwarded_allow_ips": "*" if settings.proxy_hops else "127.0.0.1",
        "child_exit": lambda _server, worker: mark_process_dead(worker.pid),  # type: ignore[no-untyped-call] # theirs has no types
        "on_exit": lambda _server: shutil.rmtree(figures, ignore_errors=True),
    }


def add_certificate(
    settings: Settings, options: dict[str, Any], host: str, port: int, install_port: int
) -> Callable[[Any], Any]:
    """Serve with this machine's own certificate, and serve the pages about trusting it."""
    from scanner_app.cli.tls import certificate as tls
    from scanner_app.cli.tls import trust_pages

    certificate = tls.make_certificate(settings.instance_dir, host=host)
    beside: int | None = None
    if install_port and not trust_pages.is_free(host, install_port):
        click.echo(
            f"Port {install_port} is taken. The steps for phones are at the HTTPS address, "
            "after its warning. Choose another port with --install-port.",
            err=True,
        )
    elif install_port:
        quiet = options | {"bind": f"{host}:{install_port}", "workers": 1, "threads": 4}
        del quiet["on_exit"]  # the figures belong to the other process

        def serve_beside() -> None:
            names, own = certificate.names, settings
            wrap = lambda app: trust_pages.TrustPages(app, names=names, port=port)  # noqa: E731 - a def would hide that this is all
            Server(own, quiet, wrap).run()

        beside = trust_pages.start_beside(serve_beside)
    tidy = options["on_exit"]

    def end(server: Any) -> None:
        if beside is not None:
            trust_pages.stop_beside(beside)
        tidy(server)

    options |= {
        "certfile": str(certificate.chain),
        "keyfile": str(certificate.key),
        "on_exit": end,
        "post_worker_init": lambda _worker: tls.keep_certificate(settings.instance_dir, host=host),
    }
    tls.show_address(certificate, port=port, plain_port=install_port if beside else None)
    return trust_pages.Unpinned


def allow_connections() -> int:
    """Return how many connections a worker may hold, after asking the system for enough files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + FILES_BESIDE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return max(64, soft - FILES_BESIDE)
    return MAX_CONNECTIONS


def warn_of_open_folder(folder: Path) -> None:
    """Print a warning if others on this machine may look into the instance folder."""
    if folder.is_dir() and folder.stat().st_mode & 0o077:
        click.echo(
            f"Others on this machine may look into {folder}, which holds the register and keys. To"
            f" close it: chmod 700 {folder}",
            err=True,
        )


def share_figures(settings: Settings, port: int) -> Path:
    """Make the folder in which the workers add up the figures for /metrics. Empty it."""
    # The name contains the host too, because containers may share the instance folder.
    folder = settings.instance_dir.resolve() / "metrics" / f"{socket.gethostname()}-{port}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    os.environ[FOLDER] = str(folder)
    # prometheus_client picks its storage when it is imported, before this folder existed. Make it
    # pick again.
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call] # as above
    return folder


def prepare(settings: Settings, address: str) -> None:
    """Upgrade a SQLite schema, and print the first admin's link if there is no admin."""
    app = create_app(settings)
    with app.app_context():
        if settings.is_sqlite:
            upgrade_schema()
            if missing := missing_guards(db.engine):
                click.echo(
                    f"The database lacks guards of closed audits and the log: {', '.join(missing)}."
                    " Somebody changed it outside of this program. Restore a backup.",
                    err=True,
                )
        elif not is_current():
            raise click.ClickException("The schema is not up to date. Run: scanner-app db upgrade")
        else:
            now = datetime.now(UTC)
            transact(lambda session: agree_on_keys(session, settings, now=now))
        with unit_of_work() as session:
            if users.needs_first_admin(session):
                link = links.make_link(
                    session, purpose="first_admin", user_id=None, now=datetime.now(UTC)
                )
                click.echo(
                    "First start. Make the admin's account here. The link works once:\n  "
                    f"{address}/links/{link}"
                )

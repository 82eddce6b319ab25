"""The least that a server can do with a scan: what ours is held against.

/bare: one indexed read, one insert, one update, one commit. /bulk: one bulk insert and one
set-based update for the whole batch. Same Flask, gunicorn, engine settings, turns to write and
request bodies; no checks, no tokens, no meaning. It binds as SQLAlchemy and the driver do by
themselves: what ours does to that (columns at once) is ours.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from flask import Flask, request
from gunicorn.app.base import BaseApplication
from sqlalchemy import (
    Column,
    Engine,
    MetaData,
    Table,
    Text,
    bindparam,
    create_engine,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.pool import QueuePool

from scanner_app.config import Settings
from scanner_app.models import Asset, Location
from scanner_app.storage.database import (
    WRITE_OPTION,
    database_url,
    engine_options,
    make_write_lock,
    prepare_engine,
)

COLUMNS = [
    "scan_id", "code", "intent", "scanned_at", "location", "symbology", "source", "device",
    "asset_id", "recorded_at", "fingerprint", "answer",
]  # fmt: skip
SCAN = insert(Table("bare_scan", MetaData(), *[Column(name, Text) for name in COLUMNS]))
MOVE = (
    update(Asset)
    .where(Asset.tag_key == bindparam("the_tag"))
    .values(location_id=bindparam("the_place"))
)
Turn = Callable[[], AbstractContextManager[Any]]


def make_app() -> Flask:
    settings = Settings.from_env()
    engine = create_engine(
        database_url(settings), **{"poolclass": QueuePool, **engine_options(settings)}
    )
    prepare_engine(engine)
    turn = make_write_lock(settings)
    make_table(engine)
    app = Flask(__name__)
    app.get("/healthz", endpoint="healthz")(lambda: {"status": "ok"})
    app.post("/bare", endpoint="bare")(lambda: record_one(engine, turn))
    app.post("/bulk", endpoint="bulk")(lambda: record_many(engine, turn))
    return app


def make_table(engine: Engine) -> None:
    with engine.connect().execution_options(**{WRITE_OPTION: True}) as connection:
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(4711)"))
            key = "INTEGER" if engine.dialect.name == "sqlite" else "SERIAL"
            columns = ", ".join(f"{name} TEXT" for name in COLUMNS[1:])
            connection.execute(
                text(
                    f"CREATE TABLE IF NOT EXISTS bare_scan (id {key} PRIMARY KEY,"
                    f" scan_id TEXT UNIQUE, {columns})"
                )
            )


def pick(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: raw.get(name) for name in COLUMNS}


def record_one(engine: Engine, turn: Turn) -> dict[str, Any]:
    [raw] = json.loads(request.get_data())["scans"]
    with turn(), engine.connect() as plain:
        connection = plain.execution_options(**{WRITE_OPTION: True})
        with connection.begin():
            asset_id = connection.execute(
                select(Asset.id).where(Asset.tag_key == raw["code"])
            ).scalar_one()
            connection.execute(SCAN, pick(raw))
            connection.execute(update(Asset).where(Asset.id == asset_id).values(condition="good"))
    return {"results": [{"scan_id": raw["scan_id"], "status": "recorded"}]}


def record_many(engine: Engine, turn: Turn) -> dict[str, Any]:
    raws = json.loads(request.get_data())["scans"]
    with turn(), engine.connect() as plain:
        connection = plain.execution_options(**{WRITE_OPTION: True})
        with connection.begin():
            places = dict(
                connection.execute(
                    select(Location.code, Location.id).where(
                        Location.code.in_({raw["location"] for raw in raws})
                    )
                ).all()
            )
            connection.execute(SCAN, [pick(raw) for raw in raws])
            connection.execute(
                MOVE,
                [{"the_tag": raw["code"], "the_place": places[raw["location"]]} for raw in raws],
            )
    return {"results": [{"scan_id": r["scan_id"], "status": "recorded"} for r in raws]}


class Bare(BaseApplication):
    def __init__(self, port: str) -> None:
        self.port = port
        super().__init__()

    def load_config(self) -> None:
        for key, value in {
            "bind": f"127.0.0.1:{self.port}",
            "workers": 2,
            "threads": 8,
            "worker_class": "gthread",
            "keepalive": 15,
            "accesslog": None,
            "loglevel": "warning",
            "control_socket_disable": True,
        }.items():
            self.cfg.set(key, value)

    def load(self) -> Flask:
        return make_app()


if __name__ == "__main__":
    port = sys.argv[sys.argv.index("--port") + 1]
    sys.argv = ["bare"]
    Bare(port).run()

"""A large register for measurements, made through the services."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from scanner_app.models import AssetModel, Category
from scanner_app.services.register.plan import AssetDraft
from scanner_app.services.register.search_index import merge_search_index
from scanner_app.services.register.write import create_assets
from scanner_app.storage.database import db, unit_of_work
from scanner_app.storage.schema import upgrade_schema
from tests.support.databases import build_app, make_settings
from tests.support.postgres import run_postgres
from tests.support.register import add_location, add_person

LONG_AGO = datetime(2025, 1, 6, 8, 0, tzinfo=UTC)


def fill_register(assets: int, *, rooms: int = 50, people: int = 200) -> None:
    """Make so many assets (LT-000000 ...) in rooms R-000 ... with custodians 1000 ...

    As an import does, it ends by merging the search index.
    """
    with unit_of_work() as session:
        site = add_location(session, "HQ", "Head office", now=LONG_AGO)
        places = [
            add_location(session, f"R-{n:03}", f"Room {n:03}", parent=site, now=LONG_AGO).id
            for n in range(rooms)
        ]
        holders = [
            add_person(session, str(1000 + n), f"Person Number{n}", now=LONG_AGO).id
            for n in range(people)
        ]
        category = Category(name="Laptop")
        session.add(category)
        session.flush()
        model = AssetModel(name="ThinkPad T14", model_number="21ML", manufacturer="Lenovo",
                           category_id=category.id)  # fmt: skip
        session.add(model)
        session.flush()
        model_id, category_id = model.id, category.id
    for start in range(0, assets, 10_000):
        with unit_of_work() as session:
            create_assets(
                session,
                kind="imported",
                actor="bench",
                now=LONG_AGO,
                drafts=[
                    AssetDraft(
                        fields={
                            "asset_tag": f"LT-{n:06}",
                            "name": f"Laptop {n % 977}",
                            "serial_number": f"SN{n * 7919 % 10**8:08}",
                            "model_id": model_id,
                            "category_id": category_id,
                            "location_id": places[n % rooms],
                            "home_location_id": places[n % rooms],
                            "custodian_id": holders[n % people] if n % 3 == 0 else None,
                            "purchase_cost_cents": 100_000 + n % 90_000,
                        }
                    )
                    for n in range(start, min(start + 10_000, assets))
                ],
            )
    with unit_of_work() as session:
        merge_search_index(session)


@contextmanager
def open_database(kind: str, home: Path) -> Iterator[str]:
    """Return the URL of an empty database: a file in `home`, or its own PostgreSQL server."""
    if kind == "sqlite":
        yield f"sqlite:///{home / 'bench.db'}"
        return
    with run_postgres(durable=True) as server:
        server.execute("CREATE DATABASE bench")
        yield server.url("bench")


def analyze() -> None:
    """Analyze the database, as one that has run for long is analyzed."""
    with unit_of_work() as session:
        session.execute(text("ANALYZE"))


@contextmanager
def open_office(kind: str, assets: int) -> Iterator[Flask]:
    """Return the app on a new database with this many assets, its context open."""
    with open_empty(kind) as app:
        fill_register(assets)
        analyze()
        yield app


@contextmanager
def open_empty(kind: str) -> Iterator[Flask]:
    """Return the app on a new database without assets, its context open."""
    home = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        with open_database(kind, home) as url:
            app = build_app(make_settings(home / "instance", url))
            with app.app_context():
                try:
                    upgrade_schema(db.engine)
                    yield app
                finally:
                    db.session.remove()
                    db.engine.dispose()
    finally:
        shutil.rmtree(home, ignore_errors=True)

"""Change what is final, as somebody can who holds the database: past triggers and foreign keys."""

from __future__ import annotations

import pysqlite3.dbapi2
from flask import Flask
from sqlalchemy import text

from scanner_app.storage.database import db


def tamper(app: Flask, *statements: str) -> None:
    """Run statements with every guard of the database out of the way, and put the guards back."""
    with app.app_context():
        db.session.remove()
        if db.engine.dialect.name == "sqlite":
            _tamper_with_file(str(db.engine.url.database), statements)
            return
        with db.engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                connection.execute(text(statement))


def _tamper_with_file(path: str, statements: tuple[str, ...]) -> None:
    connection = pysqlite3.dbapi2.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    triggers = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql IS NOT NULL"
    ).fetchall()
    for name, _sql in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    for _name, sql in triggers:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.close()

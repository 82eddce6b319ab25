"""Deliberately broken servers: a checker that does not catch each of them is blind.

no_key      the log takes a scan_id twice: no unique key, and nobody looks before writing
early       the answer leaves before the commit: what is written afterwards may never be
outside     the look for a known scan_id happens in another transaction, before the write begins
"""

# mypy: disable-error-code="attr-defined,assignment"
# What is broken here on purpose is replaced in the modules that use it.
from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from scanner_app.api.scanning import scans
from scanner_app.cli import main
from scanner_app.domain.scanning.answer import Answer
from scanner_app.services.scanning import record
from scanner_app.storage import schema
from scanner_app.storage.database import reading, unit_of_work


def drop_unique_key() -> None:
    """Take the unique key of scan_id away after the schema was brought up to date."""
    upgrade = schema.upgrade_schema

    def upgrade_and_drop(engine: Any = None) -> str:
        revision = upgrade(engine)
        with unit_of_work() as session:
            if session.get_bind().dialect.name == "postgresql":
                # With what refers to it: the pictures of shelves name scans by their id.
                session.execute(
                    text("ALTER TABLE scan DROP CONSTRAINT IF EXISTS uq_scan_scan_id CASCADE")
                )
            else:
                definition = session.scalar(
                    text("SELECT sql FROM sqlite_master WHERE name = 'scan' AND type = 'table'")
                )
                if "uq_scan_scan_id" in definition:
                    rebuild_without_key(session, definition)
        return revision

    schema.upgrade_schema = upgrade_and_drop
    from scanner_app.cli import serve

    serve.upgrade_schema = upgrade_and_drop
    serve.is_current = lambda: upgrade_and_drop() != ""


def rebuild_without_key(session: Session, definition: str) -> None:
    lines = [line for line in definition.splitlines() if "uq_scan_scan_id" not in line]
    body = "\n".join(lines).rstrip().rstrip(")").rstrip().rstrip(",")
    triggers = (
        session.execute(
            text(
                "SELECT sql FROM sqlite_master WHERE tbl_name = 'scan' AND type IN ('trigger','index')"
                " AND sql IS NOT NULL"
            )
        )
        .scalars()
        .all()
    )
    session.execute(text("ALTER TABLE scan RENAME TO scan_before"))
    session.execute(text(body + "\n)"))
    session.execute(text("DROP TABLE scan_before"))
    for statement in triggers:
        session.execute(text(statement))


def forget_known_answers() -> None:
    record.load_first_answers = lambda _connection, _ids, **_author: ({}, set())


def answer_before_commit() -> None:
    """Answer by what a transaction would do, and do it a moment later on another thread."""
    commit = scans.transact

    def transact(work: Callable[[Session], Any]) -> Any:
        from flask import current_app

        app = current_app._get_current_object()
        with unit_of_work() as session:
            answer = work(session)
            session.rollback()

        def run() -> None:
            time.sleep(0.2)  # the gap in which a kill takes what was promised
            with app.app_context():
                commit(work)

        threading.Thread(target=run).start()
        return answer

    scans.transact = transact


def look_outside() -> None:
    """Look for a known scan_id in a transaction of its own, before the one that writes."""
    known, take = record.load_first_answers, scans.take_scans
    local = threading.local()

    def take_after_looking(raws: list[Any], **kwargs: Any) -> list[Answer]:
        with reading() as session:
            local.answers = known(
                session.connection(),
                [UUID(raw["scan_id"]) for raw in raws],
                author=kwargs["actor"].key,
            )
        time.sleep(0.01)  # what may happen between the look and the write, happens
        return take(raws, **kwargs)

    record.load_first_answers = lambda _connection, _ids, **_author: local.answers
    scans.take_scans = take_after_looking


VARIANTS = {
    "no_key": (drop_unique_key, forget_known_answers),
    "early": (answer_before_commit,),
    "outside": (drop_unique_key, look_outside),
}

if __name__ == "__main__":
    for step in VARIANTS[sys.argv[1]]:
        step()
    sys.argv = ["scanner-app", *sys.argv[2:]]
    main()

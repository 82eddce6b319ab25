"""What is kept for a time only: deleted once an hour by a job."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from flask import Flask

from scanner_app.domain.jobs import JobKind
from scanner_app.edge.attachments.import_files import forget_import_file
from scanner_app.edge.made_files.keeping import drop_pieces
from scanner_app.edge.organisation import current_organisation, forget_organisation
from scanner_app.edge.state import current_settings
from scanner_app.services.access.old_sign_ins import drop_old_sign_ins
from scanner_app.services.imports.old_rows import forget_old_rows
from scanner_app.services.jobs import made_files
from scanner_app.services.shelf.old_pictures import empty_old_pictures
from scanner_app.storage.database import db, reading, transact, unit_of_work
from scanner_app.worker.handlers import handles

log = logging.getLogger(__name__)


def sweep(app: Flask) -> None:
    """Delete what is older than the settings say, now."""
    with app.app_context():
        try:
            delete_old(0, datetime.now(UTC))
        finally:
            db.session.remove()


@handles(JobKind.RETENTION)
def delete_old(_row_id: int, now: datetime) -> None:
    """Delete what is older than the settings say: import files, shelf photos, sign-in records.

    Files that jobs made for people go after a week.
    """
    forget_organisation()
    _sweep_imports(now)
    _sweep_pictures(now)
    _sweep_sign_ins(now)
    _sweep_made_files(now)


def _sweep_made_files(now: datetime) -> None:
    with reading() as session:
        outdated = made_files.list_outdated(session, now=now)
    for made_id in outdated:
        drop_pieces(transact(lambda session, id_=made_id: made_files.drop_file(session, id_)))  # type: ignore[misc]
    if outdated:
        log.info("retention: made files deleted count=%s", len(outdated))


def _sweep_imports(now: datetime) -> None:
    days = current_organisation().keep_import_files_days
    if not days:
        return
    with unit_of_work() as session:
        unused = forget_old_rows(session, now=now, days=days)
    for sha256 in unused:
        forget_import_file(sha256)
    if unused:
        log.info("retention: import files deleted count=%s", len(unused))


def _sweep_pictures(now: datetime) -> None:
    days = current_organisation().keep_shelf_pictures_days
    if not days:
        return
    with unit_of_work() as session:
        count = empty_old_pictures(session, now=now, days=days)
    if count:
        log.info("retention: shelf photos deleted count=%s", count)


def _sweep_sign_ins(now: datetime) -> None:
    settings = current_settings()
    with unit_of_work() as session:
        drop_old_sign_ins(
            session,
            now=now,
            idle_hours=settings.session_hours,
            longest_days=settings.session_days,
            keep_days=current_organisation().keep_sign_ins_days,
        )

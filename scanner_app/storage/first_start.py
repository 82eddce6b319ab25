"""The first start: a register that was lost is never replaced by an empty one in silence."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url

from scanner_app.config import Settings
from scanner_app.domain.errors import ScannerAppError
from scanner_app.storage.keys import NAME as AUDIT_KEY


def refuse_to_begin_anew(settings: Settings) -> None:
    """Raise if the SQLite database is missing, but something tells that there was one.

    :raises ScannerAppError: what tells it, and what to do.
    """
    if not settings.is_sqlite:
        return
    database = Path(str(make_url(settings.effective_database_url).database))
    if database.exists() and database.stat().st_size:
        return
    signs = [settings.instance_dir / AUDIT_KEY, database.with_name(f"{database.name}.incoming")]
    if not database.exists():
        signs.append(database.with_name(f"{database.name}-wal"))
    signs += sorted(database.parent.glob(f"{database.name}.before-restore*"))
    found = [sign for sign in signs if sign.exists()]
    if found:
        raise ScannerAppError(
            f"{database} is missing, but there was a database: {found[0]} is still there. Restore a"
            " backup (`scanner-app restore FILE`), or rename a database that was kept. To begin"
            " with an empty register all the same: scanner-app serve --new."
        )

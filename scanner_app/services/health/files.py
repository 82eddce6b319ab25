"""Take releases and vulnerabilities from files. The same file a second time changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Invalid
from scanner_app.domain.health.exploited import MAX_CATALOGUE_BYTES, read_catalogue
from scanner_app.domain.health.releases import MAX_LIFECYCLE_BYTES, read_lifecycles
from scanner_app.domain.jobs import JobKind
from scanner_app.models import ProductRelease, Vulnerability
from scanner_app.services.jobs.queue import enqueue
from scanner_app.sql.value_list import is_one_of

# SQLite takes 32,766 parameters in a statement; a release has twelve.
CHUNK = 500


class ListKind(StrEnum):
    """What a file is a list of."""

    LIFECYCLES = "lifecycles"
    VULNERABILITIES = "vulnerabilities"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file changed."""

    read: int
    added: int
    changed: int
    removed: int

    @property
    def changes(self) -> int:
        return self.added + self.changed + self.removed


def take_file(
    session: Session, kind: ListKind, data: bytes, *, now: datetime, product: str = ""
) -> Taken:
    """Keep what a file lists, and have all devices looked at again if that changed anything.

    A file of lifecycles replaces the releases of the products that it names; the catalogue replaces
    the whole catalogue.

    :param product: the product of a file of lifecycles that names none.
    :raises Invalid: the file is too large, of another form, or has an entry that cannot be read.
    """
    is_releases = kind is ListKind.LIFECYCLES
    limit = MAX_LIFECYCLE_BYTES if is_releases else MAX_CATALOGUE_BYTES
    if len(data) > limit:
        raise _refuse(f"The file is larger than {limit // 1_000_000} MB.")
    try:
        if is_releases:
            taken = _keep_releases(session, data, product.strip())
        else:
            taken = _keep_catalogue(session, data)
    except ValueError as error:
        raise _refuse(str(error)) from None
    if taken.changes:
        enqueue(session, JobKind.DEVICE_CHECK, 0, now=now)
    return taken


def _refuse(message: str) -> Invalid:
    return Invalid(message, errors={"file": [message]})


def _keep_releases(session: Session, data: bytes, product: str) -> Taken:
    found = {
        (one.product, one.cycle): asdict(one) for one in read_lifecycles(data, product=product)
    }
    products = {name for name, _ in found}
    table = _table(ProductRelease)
    rows = session.execute(select(table).where(is_one_of(table.c.product, products)))
    known = {(row.product, row.cycle): dict(row._mapping) for row in rows}  # noqa: SLF001 - public
    return _replace(session, table, known, found, hashlib.sha256(data).hexdigest())


def _keep_catalogue(session: Session, data: bytes) -> Taken:
    found = {one.cve: asdict(one) for one in read_catalogue(data)}
    table = _table(Vulnerability)
    known = {row.cve: dict(row._mapping) for row in session.execute(select(table))}  # noqa: SLF001 - public
    return _replace(session, table, known, found, hashlib.sha256(data).hexdigest())


def _replace(
    session: Session,
    table: Table,
    known: Mapping[Any, dict[str, Any]],
    found: Mapping[Any, dict[str, Any]],
    sha256: str,
) -> Taken:
    """Make a table hold what was found, and touch only the rows that differ."""
    fresh = [{**row, "file_sha256": sha256} for key, row in found.items() if key not in known]
    for part in _split(fresh):
        session.execute(table.insert(), part)
    changed = 0
    for key, row in found.items():
        if key in known and any(known[key][name] != value for name, value in row.items()):
            changed += 1
            session.execute(
                update(table)
                .where(table.c.id == known[key]["id"])
                .values(**row, file_sha256=sha256)
            )
    gone = [row["id"] for key, row in known.items() if key not in found]
    if gone:
        session.execute(delete(table).where(is_one_of(table.c.id, gone)))
    return Taken(len(found), len(fresh), changed, len(gone))


def _split(rows: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def _table(model: type[ProductRelease | Vulnerability]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - a model stands for a table, never a join
    return table

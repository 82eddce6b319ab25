"""The rows behind the leaves of the log, each as its leaf holds it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, select, type_coerce
from sqlalchemy.orm import Session

from scanner_app.domain.seals.leaves import Tree, act_leaf, scan_leaf
from scanner_app.models import Act, ActFinding, Scan, ScanPicture, ShelfShot

CHUNK = 500
SCAN_COLUMNS = (
    Scan.id, Scan.scan_id, Scan.fingerprint, Scan.code, Scan.symbology, Scan.source,
    type_coerce(Scan.intent, Text), Scan.scanned_at, Scan.recorded_at, Scan.effective_at,
    Scan.is_clock_suspect, Scan.asset_id, Scan.location_id, Scan.person_id, Scan.audit_id,
    Scan.voids, Scan.due_at, Scan.condition, Scan.note, Scan.device, Scan.actor, Scan.actor_name,
    type_coerce(Scan.outcome, Text), Scan.refusal, Scan.answer, Scan.reader_said, Scan.is_faint,
    Scan.may_void_any,
)  # fmt: skip
_SCAN = select(*SCAN_COLUMNS)
_ACT = select(
    Act.id, Act.at, Act.actor, Act.actor_name, Act.person_key, type_coerce(Act.role, Text),
    type_coerce(Act.kind, Text), Act.audit_id, Act.about, Act.text,
)  # fmt: skip


def read_leaves(
    session: Session, tree: Tree, ids: Collection[int]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the leaf of each of these rows that is there, by its id, in the order of the ids."""
    wanted = sorted(ids)
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        if tree is Tree.SCANS:
            yield from _read_scans(session, Scan.id.in_(chunk))
        else:
            yield from _read_acts(session, chunk)


def read_scans_of(session: Session, audit_id: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the leaves of all scans that were made for an audit, in the order of their ids."""
    return _read_scans(session, Scan.audit_id == audit_id)


def _read_scans(
    session: Session, wanted: ColumnElement[bool]
) -> Iterator[tuple[int, dict[str, Any]]]:
    statement = _SCAN.where(wanted).order_by(Scan.id)
    return ((row[0], leaf) for row, leaf in read_scan_leaves(session, statement))


def read_scan_leaves(
    session: Session, statement: Select[*tuple[Any, ...]]
) -> Iterator[tuple[Sequence[Any], dict[str, Any]]]:
    """Yield the rows of a select, each with the leaf of its scan, in parts.

    :param statement: selects SCAN_COLUMNS first.
    """
    # Past the ORM, which looks at each row once more.
    rows = session.connection().execute(statement, execution_options={"yield_per": CHUNK})
    for part in rows.partitions():
        pictures = _load_pictures(session, [row[1] for row in part])
        for row in part:
            leaf = scan_leaf(row[1 : len(SCAN_COLUMNS)], pictures.get(row[1], ()))
            yield row, leaf


def read_acts_of(session: Session, audit_id: int) -> list[tuple[int, dict[str, Any]]]:
    """Return the leaves of all acts of an audit, in their order."""
    ids = session.scalars(select(Act.id).where(Act.audit_id == audit_id)).all()
    return list(read_leaves(session, Tree.ACTS, ids))


def find_unsealed(session: Session, tree: Tree, *, above: int, limit: int) -> list[tuple[int, Any]]:
    """Return ids with their times above an id, in order, whether or not they are in a tile."""
    key, at = (Scan.id, Scan.recorded_at) if tree is Tree.SCANS else (Act.id, Act.at)
    rows = session.execute(select(key, at).where(key > above).order_by(key).limit(limit))
    return [(id_, moment) for id_, moment in rows]


def load_recorded_at(session: Session, scan_id: int) -> datetime | None:
    """Return when the scan with an id was recorded, None if it is gone."""
    return session.scalar(select(Scan.recorded_at).where(Scan.id == scan_id))


def _load_pictures(session: Session, scan_ids: Sequence[Any]) -> dict[Any, list[str]]:
    """Return the SHA-256 of the pictures that scans were read from, by the ids of the scans."""
    pictures: dict[Any, list[str]] = defaultdict(list)
    for scan_id, sha256 in session.execute(
        select(ScanPicture.scan_id, ShelfShot.sha256)
        .join(ShelfShot, ShelfShot.id == ScanPicture.shot_id)
        .where(ScanPicture.scan_id.in_(scan_ids))
    ):
        pictures[scan_id].append(sha256)
    return pictures


def _read_acts(session: Session, ids: list[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    findings: dict[int, list[int]] = defaultdict(list)
    for act_id, finding_id in session.execute(
        select(ActFinding.act_id, ActFinding.finding_id).where(ActFinding.act_id.in_(ids))
    ):
        findings[act_id].append(finding_id)
    for row in session.execute(_ACT.where(Act.id.in_(ids)).order_by(Act.id)):
        yield row[0], act_leaf(tuple(row), findings.get(row[0], ()))

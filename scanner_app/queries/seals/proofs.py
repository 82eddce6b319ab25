"""Proofs of the log as anybody gets them: a leaf, where it is, and what leads to a checkpoint."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.seals.leaves import Tree
from scanner_app.models import Act, Scan
from scanner_app.queries.seals.leaves import read_leaves
from scanner_app.queries.seals.log import (
    find_leaf,
    first_checkpoint_with,
    get_checkpoint,
    prove_growth,
    prove_leaf,
)


def load_proof(session: Session, scan_id: UUID) -> dict[str, Any]:
    """Return the proof that a scan is in the log, up to the newest checkpoint.

    :raises NotFound: there is no such scan, or its window has not ended yet.
    """
    row_id = session.scalar(select(Scan.id).where(Scan.scan_id == scan_id))
    if row_id is None:
        raise NotFound(f"There is no scan {scan_id}.")
    index = find_leaf(session, Tree.SCANS, row_id)
    if index is None:
        raise NotFound("This scan is in no window of the log yet. Try again in a minute.")
    point = get_checkpoint(session, Tree.SCANS)
    [(_id, leaf)] = read_leaves(session, Tree.SCANS, [row_id])
    return {
        "leaf": leaf,
        "index": index,
        "size": point.size,
        "proof": prove_leaf(session, Tree.SCANS, index, point.size),
        "checkpoint": point.note,
    }


def load_seal_proof(session: Session, audit_id: int) -> dict[str, Any] | None:
    """Return the proof that a seal is in the log; None before its window has ended.

    It leads to the first checkpoint after the sealing, and from there to the newest one.
    """
    row_id = session.scalar(
        select(Act.id)
        .where(Act.audit_id == audit_id, Act.kind == "sealed")
        .order_by(Act.id.desc())
        .limit(1)
    )
    index = find_leaf(session, Tree.ACTS, row_id) if row_id is not None else None
    if row_id is None or index is None:
        return None
    first = first_checkpoint_with(session, Tree.ACTS, index)
    if first is None:
        return None
    newest = get_checkpoint(session, Tree.ACTS)
    [(_id, leaf)] = read_leaves(session, Tree.ACTS, [row_id])
    return {
        "leaf": leaf,
        "index": index,
        "size": first.size,
        "proof": prove_leaf(session, Tree.ACTS, index, first.size),
        "checkpoint": first.note,
        "consistency": prove_growth(session, Tree.ACTS, first.size, newest.size),
        "newest": newest.note,
    }

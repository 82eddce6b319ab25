"""Build the log: take what is committed and in no tile, hash it, and sign the new root.

Recording a scan knows nothing of this. A window is read and hashed in a transaction that reads;
what is written is short, and only the log's own rows are locked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.seals.leaves import Tree, digest_leaf, label_leaf
from scanner_app.domain.seals.merkle import TILE_WIDTH, fold_tile, root_of
from scanner_app.domain.seals.notes import Checkpoint, origin_of, sign_checkpoint
from scanner_app.domain.seals.report import SigningKey
from scanner_app.models import LogCheckpoint, LogHead, LogTile
from scanner_app.queries.seals.chain import load_installation
from scanner_app.queries.seals.leaves import (
    CHUNK,
    find_unsealed,
    load_recorded_at,
    read_leaves,
)
from scanner_app.queries.seals.log import (
    CheckpointRow,
    TileReader,
    list_refs_above,
    load_size,
    newest_checkpoint,
    split_hashes,
)

MAX_WINDOW = 50_000
# On PostgreSQL, a row with a lower id may commit after one with a higher id. Every transaction
# ends long before this: nothing is still to come below what was sealed this long ago.
SETTLED = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Window:
    """What one window adds to a tree: the hash of each new leaf with the id of its row.

    :param size: the size of the tree that it was read for.
    :param labels: what rows are called whose number says more than their id.
    """

    tree: Tree
    size: int
    leaves: Sequence[tuple[bytes, int]]
    labels: Mapping[int, str]
    is_full: bool


def read_window(
    session: Session, tree: Tree, *, now: datetime, rest: Callable[[], None] = lambda: None
) -> Window:
    """Read and hash what is in no tile yet, in the order of the ids.

    A scan that says it was recorded long before what is sealed already was not there then. It is
    left out, and a check of the log names it.

    :param rest: called between parts, so that others who need the processor get it.
    """
    size = load_size(session, tree)
    settled = newest_checkpoint(session, tree, by=now - SETTLED)
    above = settled.highest if settled else 0
    sealed = list_refs_above(session, tree, above)
    limit = MAX_WINDOW + len(sealed)
    found = find_unsealed(session, tree, above=above, limit=limit)
    oldest = _find_oldest(session) if tree is Tree.SCANS else None
    wanted = [id_ for id_, at in found if id_ not in sealed and (oldest is None or at >= oldest)]
    leaves: list[tuple[bytes, int]] = []
    labels: dict[int, str] = {}
    for start in range(0, len(wanted), CHUNK):
        for id_, leaf in read_leaves(session, tree, wanted[start : start + CHUNK]):
            leaves.append((digest_leaf(leaf), id_))
            label = label_leaf(tree, leaf)
            if label:
                labels[id_] = label
        rest()
    return Window(tree, size, leaves, labels, is_full=bool(wanted) and len(found) == limit)


def _find_oldest(session: Session) -> datetime | None:
    """Return the earliest time at which a scan that is in no window yet can have been recorded.

    What a full window left over was recorded after its last scan, however long ago that is.
    """
    newest = newest_checkpoint(session, Tree.SCANS)
    if newest is None:
        return None
    reached = load_recorded_at(session, newest.highest)
    return min(newest.at, reached or newest.at) - SETTLED


def write_window(
    session: Session, window: Window, *, key: SigningKey, now: datetime
) -> CheckpointRow | None:
    """Add a window to its tree and sign the new root; None if it is empty or the tree has moved."""
    head = session.execute(
        select(LogHead.size).where(LogHead.tree == window.tree).with_for_update()
    ).one()
    if not window.leaves or head.size != window.size:
        return None
    tree, size = window.tree, window.size + len(window.leaves)
    _append(session, window)
    session.execute(update(LogHead).where(LogHead.tree == tree).values(size=size))
    root = root_of(size, TileReader(session, tree))
    before = newest_checkpoint(session, tree)
    highest = max(ref for _hash, ref in window.leaves)
    origin = origin_of(load_installation(session), tree.value)
    row = CheckpointRow(
        tree,
        size,
        root.hex(),
        sign_checkpoint(Checkpoint(origin, size, root), key),
        key.key_id,
        max(highest, before.highest if before else 0),
        now,
    )
    values = {name: getattr(row, name) for name in CheckpointRow.__slots__}
    session.execute(insert(LogCheckpoint).values(**values))
    return row


def seal_log(session: Session, *, key: SigningKey, now: datetime) -> dict[Tree, CheckpointRow]:
    """Seal both trees up to here in the caller's transaction; return their newest checkpoints.

    Closing an audit does this: what its report rests on is in the log before the report is sealed.
    """
    newest: dict[Tree, CheckpointRow] = {}
    for tree in Tree:
        # The lock first: a window that somebody else is writing has to be there when this is read.
        session.execute(select(LogHead.size).where(LogHead.tree == tree).with_for_update())
        more = True
        while more:
            window = read_window(session, tree, now=now)
            write_window(session, window, key=key, now=now)
            more = window.is_full
        found = newest_checkpoint(session, tree)
        if found is not None:
            newest[tree] = found
    return newest


def _append(session: Session, window: Window) -> None:
    """Write new leaves into the tiles, and each tile that they fill into the level above."""
    entries: list[tuple[bytes, int | None]] = list(window.leaves)
    level, start = 0, window.size
    while entries:
        filled: list[tuple[bytes, int | None]] = []
        at = 0
        while at < len(entries):
            number, offset = divmod(start + at, TILE_WIDTH)
            part = entries[at : at + TILE_WIDTH - offset]
            hashes = _write_tile(session, window, (level, number), part, offset=offset)
            if len(hashes) == TILE_WIDTH:
                filled.append((fold_tile(hashes), None))
            at += len(part)
        start, level, entries = start // TILE_WIDTH, level + 1, filled


def _write_tile(
    session: Session,
    window: Window,
    key: tuple[int, int],
    part: Sequence[tuple[bytes, int | None]],
    *,
    offset: int,
) -> list[bytes]:
    """Write hashes into one tile, new or begun, and return all that it holds then."""
    tree, (level, number) = window.tree, key
    is_tile = (LogTile.tree == tree, LogTile.level == level, LogTile.number == number)
    hashes: list[bytes] = []
    refs: list[int] = []
    labels: dict[str, str] = {}
    if offset:
        begun = session.execute(
            select(LogTile.hashes, LogTile.refs, LogTile.labels).where(*is_tile)
        ).one()
        hashes, refs = split_hashes(begun.hashes), list(begun.refs or [])
        labels = dict(begun.labels or {})
    hashes += [one for one, _ref in part]
    added = [ref for _one, ref in part if ref is not None]
    refs += added
    labels |= {str(ref): window.labels[ref] for ref in added if ref in window.labels}
    values: dict[str, Any] = {
        "hashes": b"".join(hashes),
        "refs": refs or None,
        "labels": labels or None,
    }
    if refs:
        values |= {"lowest": min(refs), "highest": max(refs)}
    if offset:
        session.execute(update(LogTile).where(*is_tile).values(**values))
    else:
        session.execute(insert(LogTile).values(tree=tree, level=level, number=number, **values))
    return hashes

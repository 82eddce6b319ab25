"""The log as it is kept: its tiles, checkpoints, and the proofs that are read from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.seals.leaves import Tree
from scanner_app.domain.seals.merkle import (
    HASH_BYTES,
    TILE_BITS,
    TILE_WIDTH,
    fold_tile,
    prove_consistency,
    prove_inclusion,
)
from scanner_app.models import LogCheckpoint, LogHead, LogTile


class TileReader:
    """The nodes of a tree, read from its tiles; each tile is read once."""

    def __init__(self, session: Session, tree: Tree) -> None:
        self._session = session
        self._tree = tree
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """Return the hash of a perfect subtree of 2^level leaves."""
        above, within = divmod(level, TILE_BITS)
        first = index << within
        number, offset = divmod(first, TILE_WIDTH)
        hashes = self._read(above, number)[offset : offset + (1 << within)]
        if len(hashes) != 1 << within:
            raise NotFound("The log lacks a tile. Check it with `scanner-app log verify`.")
        return fold_tile(hashes)

    def _read(self, level: int, number: int) -> list[bytes]:
        key = level, number
        if key not in self._tiles:
            blob = self._session.scalar(
                select(LogTile.hashes).where(
                    LogTile.tree == self._tree, LogTile.level == level, LogTile.number == number
                )
            )
            self._tiles[key] = split_hashes(blob or b"")
        return self._tiles[key]


def split_hashes(blob: bytes) -> list[bytes]:
    """Return the hashes of a tile."""
    return [bytes(blob[i : i + HASH_BYTES]) for i in range(0, len(blob), HASH_BYTES)]


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """A checkpoint with when it was made."""

    tree: Tree
    size: int
    root: str
    note: str
    key_id: str
    highest: int
    at: datetime


_CHECKPOINT = select(
    LogCheckpoint.tree, LogCheckpoint.size, LogCheckpoint.root, LogCheckpoint.note,
    LogCheckpoint.key_id, LogCheckpoint.highest, LogCheckpoint.at,
)  # fmt: skip


def newest_checkpoint(
    session: Session, tree: Tree, *, by: datetime | None = None
) -> CheckpointRow | None:
    """Return the newest checkpoint of a tree, or the newest of those made by a moment."""
    statement = _CHECKPOINT.where(LogCheckpoint.tree == tree)
    if by is not None:
        statement = statement.where(LogCheckpoint.at <= by)
    statement = statement.order_by(LogCheckpoint.size.desc()).limit(1)
    row = session.execute(statement).one_or_none()
    return CheckpointRow(*row) if row is not None else None


def get_checkpoint(session: Session, tree: Tree) -> CheckpointRow:
    """Return the newest checkpoint of a tree.

    :raises NotFound: nothing is sealed in it yet.
    """
    found = newest_checkpoint(session, tree)
    if found is None:
        raise NotFound("Nothing is in this log yet. Its first window ends within a minute.")
    return found


def list_checkpoints(session: Session, tree: Tree) -> list[CheckpointRow]:
    """Return all checkpoints of a tree by size."""
    rows = session.execute(
        _CHECKPOINT.where(LogCheckpoint.tree == tree).order_by(LogCheckpoint.size)
    )
    return [CheckpointRow(*row) for row in rows]


def first_checkpoint_with(session: Session, tree: Tree, index: int) -> CheckpointRow | None:
    """Return the first checkpoint whose tree holds a leaf."""
    statement = _CHECKPOINT.where(LogCheckpoint.tree == tree, LogCheckpoint.size > index)
    row = session.execute(statement.order_by(LogCheckpoint.size).limit(1)).one_or_none()
    return CheckpointRow(*row) if row is not None else None


def load_size(session: Session, tree: Tree) -> int:
    """Return how many leaves a tree has."""
    return session.scalar(select(LogHead.size).where(LogHead.tree == tree)) or 0


def list_refs_above(session: Session, tree: Tree, above: int) -> set[int]:
    """Return the ids above an id that are in the tree."""
    found: set[int] = set()
    rows = session.scalars(
        select(LogTile.refs).where(
            LogTile.tree == tree, LogTile.level == 0, LogTile.highest > above
        )
    )
    for refs in rows:
        found.update(int(ref) for ref in refs or () if int(ref) > above)
    return found


def find_leaf(session: Session, tree: Tree, row_id: int) -> int | None:
    """Return the index of the leaf of a row, None if no window has it yet."""
    tiles = session.execute(
        select(LogTile.number, LogTile.refs).where(
            LogTile.tree == tree,
            LogTile.level == 0,
            LogTile.lowest <= row_id,
            LogTile.highest >= row_id,
        )
    )
    for number, refs in tiles:
        if refs and row_id in refs:
            return int(number) * TILE_WIDTH + list(refs).index(row_id)
    return None


def prove_leaf(session: Session, tree: Tree, index: int, size: int) -> list[str]:
    """Return the proof that a leaf is in the tree of a size, as hexadecimal hashes."""
    path = prove_inclusion(index, size, TileReader(session, tree))
    return [node.hex() for node in path]


def prove_growth(session: Session, tree: Tree, first: int, size: int) -> list[str]:
    """Return the proof that the tree of one size begins with that of a smaller one.

    :raises NotFound: the tree was never that large.
    """
    if not 0 <= first <= size <= load_size(session, tree):
        raise NotFound(f"The log of {tree.value} has no such sizes.")
    return [node.hex() for node in prove_consistency(first, size, TileReader(session, tree))]

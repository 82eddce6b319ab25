"""Leaves of the log in a file of CSV: to be kept elsewhere, and checked against the log.

A line holds the number of a leaf, its time, and the leaf itself as the canonical JSON that the tree
hashes, so that anybody can do so again.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import IO, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.seals.leaves import Tree, show_moment
from scanner_app.domain.seals.merkle import TILE_WIDTH, hash_leaf
from scanner_app.models import Act, LogTile, Scan
from scanner_app.queries.seals.leaves import read_leaves
from scanner_app.queries.seals.log import split_hashes
from scanner_app.services.seals.log_check import Fault

HEAD = ("leaf", "at", "json")
# A leaf may hold a long note, or all findings of a decision about many.
MAX_LEAF = 64 * 1024 * 1024
# No log is as long; more digits are too many for the database, or for Python.
MAX_DIGITS = 15


def write_leaves(
    session: Session,
    tree: Tree,
    file: IO[str],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """Write the leaves that were recorded in a time, in the order of the tree; return how many.

    :param since, until: from when on, and before when; None for no bound.
    """
    writer = csv.writer(file)
    writer.writerow(HEAD)
    count = 0
    for number, leaf in _read(session, tree, since, until):
        at = leaf[_time_of(tree)]
        writer.writerow((number, at, dump_canonical(leaf).decode()))
        count += 1
    return count


def _time_of(tree: Tree) -> str:
    return "recorded_at" if tree is Tree.SCANS else "at"


def _read(
    session: Session, tree: Tree, since: datetime | None, until: datetime | None
) -> Iterator[tuple[int, dict[str, Any]]]:
    key, at = (Scan.id, Scan.recorded_at) if tree is Tree.SCANS else (Act.id, Act.at)
    wanted = [at >= since] if since is not None else []
    wanted += [at < until] if until is not None else []
    lowest, highest = session.execute(select(func.min(key), func.max(key)).where(*wanted)).one()
    if lowest is None:
        return
    tiles = session.execute(
        select(LogTile.number, LogTile.refs)
        .where(
            LogTile.tree == tree,
            LogTile.level == 0,
            LogTile.lowest <= highest,
            LogTile.highest >= lowest,
        )
        .order_by(LogTile.number)
    ).all()
    # Times of one form, in UTC: their texts are in the order of the times.
    first = show_moment(since) if since is not None else ""
    behind = show_moment(until) if until is not None else "~"
    for number, refs in tiles:
        leaves = dict(read_leaves(session, tree, refs or ()))
        for offset, ref in enumerate(refs or ()):
            leaf = leaves.get(ref)
            if leaf is not None and first <= leaf[_time_of(tree)] < behind:
                yield number * TILE_WIDTH + offset, leaf


def check_file(session: Session, tree: Tree, lines: Iterable[str]) -> Iterator[Fault | int]:
    """Yield a fault for each line that is not what the log says, and the number of each other leaf.

    The rows behind the leaves need not be there any more: the tree holds their hashes.
    """
    usual = csv.field_size_limit(MAX_LEAF)
    try:
        yield from _check_rows(session, tree, csv.reader(lines))
    finally:
        csv.field_size_limit(usual)  # of the whole process: other files keep their limit


def _check_rows(session: Session, tree: Tree, rows: Any) -> Iterator[Fault | int]:
    if tuple(next(rows, ())) != HEAD:
        yield Fault("leaf", "the file was not exported by `log export`")
        return
    tile: tuple[int, Sequence[bytes]] = (-1, ())
    for row in rows:
        number = _read_number(row)
        if number is None:
            yield Fault("leaf", f"line {rows.line_num} of the file does not hold a leaf")
            continue
        which, offset = divmod(number, TILE_WIDTH)
        if tile[0] != which:
            tile = which, _load_hashes(session, tree, which)
        hashed = tile[1][offset] if offset < len(tile[1]) else None
        if hash_leaf(row[2].encode()) != hashed or row[1] != _read_time(tree, row[2]):
            yield Fault("leaf", f"line {rows.line_num} of the file is not what leaf {number} says")
        else:
            yield number


def _read_number(row: Sequence[str]) -> int | None:
    is_leaf = len(row) == len(HEAD) and row[0].isdecimal() and len(row[0]) <= MAX_DIGITS
    return int(row[0]) if is_leaf else None


def _load_hashes(session: Session, tree: Tree, number: int) -> Sequence[bytes]:
    blob = session.scalar(
        select(LogTile.hashes).where(
            LogTile.tree == tree, LogTile.level == 0, LogTile.number == number
        )
    )
    return split_hashes(blob or b"")


def _read_time(tree: Tree, text: str) -> str | None:
    """Return the time of a leaf whose hash is right, so that it can be read."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    time: str | None = found.get(_time_of(tree)) if isinstance(found, dict) else None
    return time

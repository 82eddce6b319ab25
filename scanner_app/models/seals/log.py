"""The log: two Merkle trees, one over all scans and one over all acts, kept as tiles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.seals.leaves import Tree
from scanner_app.models.base import Base, JSONType, enum_column


class LogHead(Base):
    """How far a tree is built. A window locks this row to add to it; no scan ever does."""

    __tablename__ = "log_head"

    tree: Mapped[Tree] = mapped_column(
        enum_column(Tree, "tree", is_checked=False), primary_key=True
    )
    size: Mapped[int] = mapped_column(default=0)


class LogTile(Base):
    """Up to 256 neighbouring hashes of one level: of leaves, or of full tiles of the level below.

    `refs` holds the ids of the rows behind the leaves; `lowest` and `highest` find a row's tile. A
    tile only grows, and a full one never changes: triggers refuse it (migration 0015_log).
    """

    __tablename__ = "log_tile"

    tree: Mapped[Tree] = mapped_column(
        enum_column(Tree, "tree", is_checked=False), primary_key=True
    )
    level: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)
    refs: Mapped[list[Any] | None] = mapped_column(JSONType)
    # What a row is called by people, where its number says more than its id: `sealed` 9.
    labels: Mapped[dict[str, Any] | None] = mapped_column(JSONType)
    lowest: Mapped[int | None]
    highest: Mapped[int | None]

    __table_args__ = (Index("ix_log_tile_tree_highest", "tree", "highest"),)


class LogCheckpoint(Base):
    """Size and root of a tree after one window, signed, kept for ever."""

    __tablename__ = "log_checkpoint"

    tree: Mapped[Tree] = mapped_column(
        enum_column(Tree, "tree", is_checked=False), primary_key=True
    )
    size: Mapped[int] = mapped_column(primary_key=True)
    root: Mapped[str]
    note: Mapped[str]
    key_id: Mapped[str]
    # The largest id of a row that is in the tree by now.
    highest: Mapped[int]
    at: Mapped[datetime]

"""The text of a sealed record: whole, piece by piece, or one of its long lists."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.seals.long_parts import ITEMS, LongList
from scanner_app.domain.seals.report import SEAL
from scanner_app.models import Seal, SealPiece


class SealedText:
    """The text of one record. Of a long one, a piece is in memory at a time."""

    def __init__(self, session: Session, number: int) -> None:
        self._session = session
        self._number = number
        self._text: str = session.scalars(select(Seal.report).where(Seal.number == number)).one()

    def read(self) -> Iterator[bytes]:
        """Yield the text in pieces."""
        if self._text:
            yield self._text.encode()
            return
        yield from (content for _part, content in self._pieces())

    def read_body(self) -> Iterator[bytes]:
        """Yield the text without its seal, which is what was signed."""
        if self._text:
            report = json.loads(self._text)
            del report[SEAL]
            yield dump_canonical(report)
            return
        yield from (content for part, content in self._pieces() if part != SEAL)

    def load(self) -> bytes:
        """Return the whole text."""
        return b"".join(self.read())

    @cached_property
    def report(self) -> dict[str, Any]:
        """The record as a value; its long lists are read when somebody goes through them."""
        if self._text:
            return dict(json.loads(self._text))
        short = [(part, content) for part, content in self._pieces(without_lists=True)]
        report: dict[str, Any] = json.loads(b"".join(content for _part, content in short))
        for name in self._list_names():
            if isinstance(report[name], dict):
                report[name][ITEMS] = self._list(name)
            else:
                report[name] = self._list(name)
        return report

    def _list(self, name: str) -> LongList:
        def read() -> Iterator[Any]:
            for _part, content in self._pieces(name):
                yield from json.loads(b"[" + content.lstrip(b",") + b"]")

        return LongList(read)

    def _list_names(self) -> list[str]:
        names = select(SealPiece.part).where(SealPiece.number == self._number).distinct()
        return [name for name in self._session.scalars(names) if name not in {"", SEAL}]

    def _pieces(
        self, part: str | None = None, *, without_lists: bool = False
    ) -> Iterator[tuple[str, bytes]]:
        wanted = [SealPiece.number == self._number]
        if part is not None:
            wanted.append(SealPiece.part == part)
        if without_lists:
            wanted.append(SealPiece.part.in_(("", SEAL)))
        # The positions first: no database holds all pieces for us while they are read.
        positions = self._session.scalars(
            select(SealPiece.position).where(*wanted).order_by(SealPiece.position)
        ).all()
        for position in positions:
            row = self._session.execute(
                select(SealPiece.part, SealPiece.content).where(
                    SealPiece.number == self._number, SealPiece.position == position
                )
            ).one()
            yield row.part, zlib.decompress(row.content)

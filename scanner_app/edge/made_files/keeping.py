"""Made files in the file store: in pieces, each salted, read and deleted one after the other."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import IO

from flask import Response

from scanner_app.domain.errors import NotFound
from scanner_app.domain.files.made import FORMS, PIECE, SALT
from scanner_app.edge.state import current_state
from scanner_app.queries.made_files import MadeFileRow
from scanner_app.storage.file_store import FileStore

GONE = "The content of this file is missing. Ask for the file again."


def keep_pieces(file: IO[bytes]) -> Iterator[str]:
    """Store a file in pieces, and yield the name of each once it is stored.

    :raises Unavailable: the store of files does not answer.
    """
    store = current_state().files
    while data := file.read(PIECE):
        yield store.put(secrets.token_bytes(SALT) + data)


def drop_pieces(names: Iterable[str]) -> None:
    """Delete pieces that no row names any more.

    :raises Unavailable: the store of files does not answer.
    """
    store = current_state().files
    for name in names:
        store.delete(name)


def made_response(row: MadeFileRow) -> Response:
    """Return a made file as a download; one piece after the other is in memory.

    :raises NotFound: its first piece is not in the store.
    """
    store = current_state().files
    first = store.get(row.pieces[0]) if row.pieces else b""
    if first is None:
        raise NotFound(GONE)
    response = Response(
        _read(store, first, row.pieces[1:]), content_type=FORMS[row.form].media_type
    )
    response.content_length = row.size
    response.headers.set("Content-Disposition", "attachment", filename=row.filename)
    # As every export: it holds what the next person at this browser must not find.
    response.headers["Cache-Control"] = "no-store"
    return response


def _read(store: FileStore, first: bytes, names: Iterable[str]) -> Iterator[bytes]:
    yield first[SALT:]
    for name in names:
        data = store.get(name)
        if data is None:
            # The length that was promised is missed, so the browser says that the download failed.
            raise NotFound(GONE)
        yield data[SALT:]

"""Files that are too large for a request: written, kept in pieces, and deleted after some days."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import IO, Any

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor, authorize
from scanner_app.domain.errors import NotAllowed, ScannerAppError, Unavailable
from scanner_app.domain.files.made import MADE_KINDS, MadeForm, MadeKind
from scanner_app.domain.jobs import JobKind
from scanner_app.edge.made_files.keeping import drop_pieces, keep_pieces
from scanner_app.edge.made_files.makers import Making, note_made, write_wish
from scanner_app.edge.state import require_room
from scanner_app.models import MadeFile, User
from scanner_app.services.jobs import made_files as services
from scanner_app.services.jobs.made_files import FileWish
from scanner_app.storage.database import is_trouble, reading, transact, writing_beside
from scanner_app.worker.handlers import GiveUp, handles

log = logging.getLogger(__name__)

# How often the row says how far the work is, in seconds; the clock is read after 100 rows.
NOTE_EVERY = 1.0
LOOK_AFTER = 100
OUR_ERROR = "It could not be made because of an error in this program. See the log."


class Progress:
    """Notes in the row of a file how many rows are written."""

    def __init__(self, made_id: int) -> None:
        self.made_id = made_id
        self.done = 0
        self.noted_at = time.monotonic()

    def count(self, rows: Iterable[Any]) -> Iterator[Any]:
        """Yield rows, and note now and then how many there were."""
        for row in rows:
            yield row
            self.done += 1
            if self.done % LOOK_AFTER == 0 and time.monotonic() - self.noted_at >= NOTE_EVERY:
                self._note()

    def _note(self) -> None:
        with writing_beside() as session:
            session.execute(
                update(MadeFile).where(MadeFile.id == self.made_id).values(rows_done=self.done)
            )
        self.noted_at = time.monotonic()


@handles(JobKind.MADE_FILE)
def make_file(made_id: int, _now: datetime) -> None:
    """Make a file that somebody asked for; why it cannot be made is written in its row.

    :raises GiveUp: it cannot be made.
    :raises DBAPIError, Unavailable: the database or the store of files does not answer.
    """
    with reading() as session:
        begun = _read(session, made_id)
    made, left = transact(lambda session: _begin(session, made_id))
    if made is None or begun is None:
        return
    drop_pieces(left)
    try:
        require_room()
        with tempfile.TemporaryFile() as file:
            filename = _write(*begun, Progress(made_id), file)
            _keep(made_id, begun, file, filename)
    except services.Overtaken:
        log.warning("another worker makes this file id=%s", made_id)
    except (DBAPIError, PoolTimeout, Unavailable) as error:
        if not isinstance(error, DBAPIError) or is_trouble(error):
            raise
        _give_up(made_id, OUR_ERROR, error)
    except ScannerAppError as error:
        _give_up(made_id, error.message, error)
    except Exception as error:
        log.exception("a file failed id=%s", made_id)
        _give_up(made_id, OUR_ERROR, error)


def _keep(
    made_id: int, begun: tuple[FileWish, datetime, int], file: IO[bytes], filename: str
) -> None:
    """Store a written file in pieces, and record that it is ready.

    :raises Overtaken: another worker makes it; the piece that it does not know is deleted.
    """
    wish, asked_at, user_id = begun
    size = file.tell()
    file.seek(0)
    pieces: list[str] = []
    for name in keep_pieces(file):
        try:
            transact(lambda s, name=name: services.note_piece(s, made_id, name, after=pieces))  # type: ignore[misc]
        except services.Overtaken:
            drop_pieces([name])
            raise
        pieces.append(name)

    def end(session: Session) -> None:
        ended_at = datetime.now(UTC)
        services.end_file(
            session, made_id, pieces=pieces, filename=filename, size=size, now=ended_at
        )
        actor = session.get_one(User, user_id).name
        note_made(session, wish, actor=actor, now=asked_at)

    transact(end)


def _begin(session: Session, made_id: int) -> tuple[int | None, list[str]]:
    made, left = services.begin_file(session, made_id)
    return (None if made is None else made.id), list(left)


def _read(session: Session, made_id: int) -> tuple[FileWish, datetime, int] | None:
    made = session.get(MadeFile, made_id)
    if made is None:
        return None
    wish = FileWish(MadeKind(made.kind), MadeForm(made.form), made.params, made.title)
    return wish, made.created_at, made.user_id


def _write(
    wish: FileWish, asked_at: datetime, user_id: int, progress: Progress, file: IO[bytes]
) -> str:
    with reading(snapshot=True, fresh=False) as session:
        actor = authorize(_load_actor(session, user_id), MADE_KINDS[wish.kind].action)
        return write_wish(wish, Making(session, actor, asked_at, progress.count), file)


def _load_actor(session: Session, user_id: int) -> Actor:
    """Return who asked, with the role of now.

    :raises NotAllowed: the account was ended meanwhile.
    """
    row = session.execute(
        select(User.name, User.role).where(User.id == user_id, User.is_active)
    ).first()
    if row is None:
        raise NotAllowed("The account that asked for this file has ended.")
    return Actor(kind="user", id=user_id, name=row.name, role=row.role, user_id=user_id)


def _give_up(made_id: int, error: str, cause: Exception) -> None:
    now = datetime.now(UTC)
    transact(lambda session: services.fail_file(session, made_id, error=error, now=now))
    raise GiveUp(error) from cause

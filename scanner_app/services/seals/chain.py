"""Seal a record: give it the next number, name the seal before it, sign it, and keep it."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.seals.chain import SealKind
from scanner_app.domain.seals.report import SigningKey
from scanner_app.models import Seal, SealPiece
from scanner_app.queries.seals.chain import load_installation
from scanner_app.services.seals.acts import record_act
from scanner_app.services.seals.log import seal_log
from scanner_app.services.seals.record_text import IN_MEMORY, RecordText, write_record

# Any number that no other lock of this program has.
CHAIN_LOCK = 6_962_001
# The longest record that is kept as one text.
MAX_TEXT = IN_MEMORY
# The text repeats itself, so the fastest level is enough.
LEVEL = 1


@dataclass(frozen=True, slots=True)
class Sealing:
    """Who seals a record, when, with which key, and by which version of this software.

    :param language: of the papers that are drawn from the record, which names it.
    """

    actor: Actor
    now: datetime
    key: SigningKey
    version: str
    language: str = "en"


def lock_chain(session: Session) -> None:
    """Wait until no other transaction can take the next number. SQLite writes alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))


def seal_record(
    session: Session,
    *,
    kind: SealKind,
    audit_id: int | None,
    build: Callable[[], Mapping[str, Any]],
    sealing: Sealing,
) -> Seal:
    """Build a record under the chain's lock, seal it with the next number, and return its row.

    What the record rests on is sealed in the log first, and the record holds both checkpoints.

    :param build: returns the record without its place in the chain and in the log; its long lists
        are read as they are written (`LongList`).
    """
    lock_chain(session)
    newest = session.execute(
        select(Seal.number, Seal.audit_id, Seal.sha256).order_by(Seal.number.desc()).limit(1)
    ).one_or_none()
    number = newest.number + 1 if newest else 1
    points = seal_log(session, key=sealing.key, now=sealing.now)
    report = {
        **build(),
        "installation": load_installation(session),
        "number": number,
        "previous": {"number": newest.number, "audit": newest.audit_id, "sha256": newest.sha256}
        if newest
        else None,
        "checkpoints": {tree.value: point.note for tree, point in points.items()},
    }
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        seal = _keep(session, write_record(report, sealing.key, file), kind, audit_id, sealing)
    about = {
        "number": number, "kind": kind.value, "sha256": seal.sha256, "key_id": seal.key_id,
    }  # fmt: skip
    record_act(
        session, kind=ActKind.SEALED, actor=sealing.actor, now=sealing.now,
        audit_id=audit_id, about=about,
    )  # fmt: skip
    return seal


def _keep(
    session: Session, text: RecordText, kind: SealKind, audit_id: int | None, sealing: Sealing
) -> Seal:
    """Insert a sealed record; the text of a long one in its pieces."""
    newest = session.execute(
        select(Seal.number, Seal.sha256).order_by(Seal.number.desc()).limit(1)
    ).one_or_none()
    is_long = text.length > MAX_TEXT
    seal = Seal(
        number=newest.number + 1 if newest else 1,
        kind=kind,
        audit_id=audit_id,
        report="" if is_long else b"".join(piece for _part, piece in text.read()).decode(),
        sha256=text.sha256,
        previous_sha256=newest.sha256 if newest else None,
        signature=text.signature,
        key_id=sealing.key.key_id,
        sealed_at=sealing.now,
    )
    session.add(seal)
    session.flush()
    if is_long:
        _keep_pieces(session, seal.number, text)
    return seal


def _keep_pieces(session: Session, number: int, text: RecordText) -> None:
    """Insert the pieces of a long record, one by one."""
    for position, (part, piece) in enumerate(text.read()):
        session.execute(
            insert(SealPiece).values(
                number=number, position=position, part=part, content=zlib.compress(piece, LEVEL)
            )
        )

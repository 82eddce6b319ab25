"""The board of an audit, made at most once in two seconds by each worker, however many watch."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.seeing.board import Board
from scanner_app.queries.audits.list import AuditRow, get_audit
from scanner_app.queries.audits.seeing.board import load_board
from scanner_app.services.audits.blind import require_not_blind
from scanner_app.storage.database import reading

BOARDS, BOARD_LASTS_SECONDS = "audit_boards", 2.0
# A board that takes long to make is kept longer: watching takes at most a quarter of a worker.
LASTS_TIMES = 4


@dataclass(frozen=True, slots=True)
class _Kept:
    """A board and how long it is shown, by the monotonic clock."""

    board: Board
    until: float


def current_board(audit_id: int, actor: Actor, *, now: datetime) -> tuple[AuditRow, Board]:
    """Return an audit with its board.

    :raises NotFound: there is no such audit.
    :raises NotAllowed: it is a blind audit, and the person counts in it.
    """
    with reading() as session:
        audit = get_audit(session, audit_id)
        require_not_blind(audit, actor)
        kept: dict[int, _Kept] = current_app.extensions.setdefault(BOARDS, {})
        began = time.monotonic()
        known = kept.get(audit_id)
        if known is None or began >= known.until:
            board = load_board(session, audit, now=now)
            made = time.monotonic()
            lasts = max(BOARD_LASTS_SECONDS, LASTS_TIMES * (made - began))
            known = _Kept(board, made + lasts)
            # Audits that nobody watches any more do not stay in memory.
            for old in [id_ for id_, one in kept.items() if one.until < made]:
                kept.pop(old, None)
            kept[audit_id] = known
    return audit, known.board

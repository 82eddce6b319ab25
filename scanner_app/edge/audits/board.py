"""The board of an audit, made at most once in two seconds by each worker, however many watch."""

from __future__ import annotations

import time
from datetime import datetime

from flask import current_app

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.seeing.board import Board
from scanner_app.queries.audits.list import AuditRow, get_audit
from scanner_app.queries.audits.seeing.board import load_board
from scanner_app.services.audits.blind import require_not_blind
from scanner_app.storage.database import reading

BOARDS, BOARD_LASTS_SECONDS = "audit_boards", 2.0


def current_board(audit_id: int, actor: Actor, *, now: datetime) -> tuple[AuditRow, Board]:
    """Return an audit with its board.

    :raises NotFound: there is no such audit.
    :raises NotAllowed: it is a blind audit, and the person counts in it.
    """
    with reading() as session:
        audit = get_audit(session, audit_id)
        require_not_blind(audit, actor)
        kept: dict[int, tuple[float, Board]] = current_app.extensions.setdefault(BOARDS, {})
        known = kept.get(audit_id)
        if known is None or time.monotonic() - known[0] >= BOARD_LASTS_SECONDS:
            known = (time.monotonic(), load_board(session, audit, now=now))
            # Audits that nobody watches any more do not stay in memory.
            old = [i for i, (at, _) in kept.items() if known[0] - at > BOARD_LASTS_SECONDS]
            for i in old:
                kept.pop(i, None)
            kept[audit_id] = known
    return audit, known[1]

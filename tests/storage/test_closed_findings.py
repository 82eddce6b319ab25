"""A closed audit takes no finding from another one, whatever the SQL says."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.models import Finding
from scanner_app.services.audits.setup import create_audit
from scanner_app.services.audits.steps import start_counting
from tests.conftest import NOW
from tests.support.register import add_asset, add_location

ACTOR = Actor(kind="user", id=1, name="A", role=Role.ADMIN, user_id=1)


def test_a_finding_does_not_move_into_a_closed_audit(app, work):
    with work() as session:
        room = add_location(session, "R-1", "Room", now=NOW)
        add_asset(session, "LT-1", location=room, now=NOW)
        audits = [
            create_audit(
                session, name=n, scope={}, is_blind=False, due_on=None, actor=ACTOR, now=NOW
            )
            for n in ("Closed", "Open")
        ]
        start_counting(session, audit_id=audits[1].id, now=NOW)
        closed = audits[0].id
        session.execute(text("UPDATE audit SET state = 'closed' WHERE id = :id"), {"id": closed})

    with pytest.raises(DBAPIError, match="closed audit"), work() as session:
        session.execute(text(f"UPDATE finding SET audit_id = {closed}"))

    with work() as session:
        assert closed not in set(session.scalars(select(Finding.audit_id)))

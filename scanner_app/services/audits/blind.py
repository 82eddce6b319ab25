"""Who may see what an audit expects: in a blind audit, counters may not see it until it ends."""

from __future__ import annotations

from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.audits.states import is_blind_for
from scanner_app.domain.errors import NotAllowed
from scanner_app.queries.audits.list import AuditRow


def may_see_expected(audit: AuditRow, actor: Actor) -> bool:
    """Return whether a person may see the expected list of an audit."""
    return not is_blind_for(
        is_blind=audit.is_blind, state=audit.state, may_run=actor.can(Action.RUN_AUDITS)
    )


def require_not_blind(audit: AuditRow, actor: Actor) -> None:
    """Raise unless this person may see the expected list.

    :raises NotAllowed: the audit is blind and being counted, and the person does not run audits.
    """
    if not may_see_expected(audit, actor):
        raise NotAllowed(
            "This is a blind audit: its expected list is shown when counting has ended.",
            code="blind_audit",
        )

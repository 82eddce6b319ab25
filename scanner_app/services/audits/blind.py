"""Who may see what an audit expects: in a blind audit, counters may not see it until it ends."""

from __future__ import annotations

from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.audits.states import is_blind_for
from scanner_app.domain.errors import NotAllowed
from scanner_app.queries.audits.list import AuditRow


def may_see_expected(audit: AuditRow, actor: Actor) -> bool:
    """Return whether a person may see the expected list of an audit."""
    return not is_blind_for(
        # A second count is blind, to the first one too: nothing of the whole audit is shown.
        is_blind=audit.is_blind or bool(audit.recounts),
        state=audit.state,
        may_run=actor.can(Action.RUN_AUDITS),
    )


def is_recounted(audit: AuditRow, path: str | None) -> bool:
    """Return whether a location is one whose second count is open, or inside one.

    :param path: of the location.
    """
    return path is not None and any(f"/{id_}/" in path for id_ in audit.recounts or [])


def may_see_place(audit: AuditRow, path: str | None, actor: Actor) -> bool:
    """Return whether a person may see what an audit expects at one location.

    :param path: of the location. While its second count is open, it is counted blind.
    """
    return not is_blind_for(
        is_blind=audit.is_blind or is_recounted(audit, path),
        state=audit.state,
        may_run=actor.can(Action.RUN_AUDITS),
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

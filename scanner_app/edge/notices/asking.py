"""Asking people what they have with this service's secret and address."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Invalid
from scanner_app.edge.state import current_settings
from scanner_app.services.audits.asking.attestation import Asked, Asking, ask_people
from scanner_app.storage.database import transact

NO_MAIL = "This service sends no e-mails with links yet. Show the links and hand them over."


def ask_with_settings(
    audit_id: int,
    *,
    people: Collection[int] | None,
    by_mail: bool,
    expires_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> list[Asked]:
    """Ask people, and return who was asked; see `ask_people`.

    :raises Conflict: the audit is not being counted.
    :raises Invalid: as `ask_people`; or e-mails are wanted and the service sends none.
    """
    settings = current_settings()
    if by_mail and not (settings.smtp_url and settings.base_url):
        raise Invalid(NO_MAIL, errors={"by": [NO_MAIL]})
    asking = Asking(settings.secret_key, by_mail, expires_at)
    return transact(
        lambda session: ask_people(
            session, audit_id=audit_id, people=people, asking=asking, actor=actor, now=now
        )
    )


def write_address(token: str) -> str:
    """Return the address of a link; without the service's own address, its path."""
    return f"{current_settings().base_url.rstrip('/')}/attest/{token}"

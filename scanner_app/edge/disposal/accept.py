"""Accept that a medium was erased, with the key that seals the certificate of what stays inside."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.report_files import make_sealing
from scanner_app.services.disposal.certificates import certify_if_inside
from scanner_app.services.disposal.sanitizations import validate_sanitization


def accept_and_certify(
    session: Session, sanitization_id: int, values: Mapping[str, str], *, actor: Actor
) -> None:
    """Accept or reject a record, and seal the certificate of a medium that stays inside.

    :param values: `step`, which is `accept` or `reject`, and `reason`.
    :raises NotFound, Invalid, Conflict: as `validate_sanitization` does.
    """
    validate_sanitization(
        session,
        sanitization_id=sanitization_id,
        is_accepted=values.get("step") == "accept",
        reason=values.get("reason", ""),
        actor=actor,
        now=g.now,
    )
    certify_if_inside(
        session,
        sanitization_id,
        organization=current_organisation().organisation_name,
        sealing=make_sealing(actor, g.now),
    )

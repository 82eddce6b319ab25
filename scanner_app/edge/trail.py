"""Note what an admin changed, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g
from sqlalchemy.orm import Session

from scanner_app.domain.admin_trail import Step, Thing, describe_change
from scanner_app.domain.audits.acts import ActKind
from scanner_app.edge.guard import require_actor
from scanner_app.services.seals.acts import record_act


def note_change(
    session: Session,
    thing: Thing,
    step: Step,
    name: str,
    changes: Mapping[str, tuple[str, str]] | None = None,
) -> None:
    """Add a change to the trail of admins, as done by the person who is signed in.

    :param changes: as `describe_change` takes them. A change that changes nothing is not noted.
    """
    about = describe_change(thing, step, name, changes)
    if step is Step.CHANGED and changes is not None and not about["changes"]:
        return
    record_act(session, kind=ActKind.ADMIN_CHANGED, actor=require_actor(), now=g.now, about=about)

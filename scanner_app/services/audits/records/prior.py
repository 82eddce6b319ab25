"""The part of a report about the audits of the same scope that were closed before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.audits.seeing.trends import MAX_PRIOR, AuditFigures, Changes, Offender
from scanner_app.queries.audits.list import AuditRow
from scanner_app.queries.audits.seeing.trends import (
    compare_audits,
    list_found_again,
    list_offenders,
    list_prior,
    load_figures,
)


@dataclass(frozen=True, slots=True)
class Prior:
    """An audit beside those before it: the newest of these is what changes are compared with.

    :param audits: newest first, without the audit itself.
    """

    own: AuditFigures
    audits: Sequence[AuditFigures]
    changes: Changes
    offenders: Sequence[Offender]


def load_prior(session: Session, audit: AuditRow) -> Prior | None:
    """Return an audit beside those of the same scope that were closed before it, if there are."""
    before = list_prior(session, audit, limit=MAX_PRIOR)
    if not before or audit.counting_started_at is None:
        return None
    return Prior(
        load_figures(session, audit),
        [load_figures(session, one) for one in before],
        compare_audits(session, audit.id, before[0].id),
        list_offenders(session, audit.id, before[0].id),
    )


def show_prior_part(session: Session, audit: AuditRow) -> dict[str, Any]:
    """Return what a report holds of the time before: what is found again, and earlier audits."""
    found_again = {"found_again": list_found_again(session, audit.id)}
    prior = load_prior(session, audit)
    if prior is None:
        return found_again
    return {
        **found_again,
        "prior": {
            "own": prior.own.to_json(),
            "audits": [one.to_json() for one in prior.audits],
            "changes": prior.changes.to_json(),
            "repeat_offenders": [one.to_json() for one in prior.offenders],
        },
    }

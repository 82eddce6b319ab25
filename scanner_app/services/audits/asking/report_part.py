"""The part of a report that says who was asked what they have, and what they answered."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, repeat
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.audits.asking.attestation import (
    EXISTENCE_WITH_ATTESTED,
    FORMULA,
    count_attested,
)
from scanner_app.domain.audits.policy import attestation_of
from scanner_app.domain.audits.report_columns import show_time
from scanner_app.queries.audits.asking.attestation import AnswerRow, list_answers, list_asked
from scanner_app.queries.audits.list import AuditRow
from scanner_app.queries.audits.records.findings import FlagCount


def show_attestations(
    session: Session, audit: AuditRow, flags: Sequence[FlagCount]
) -> dict[str, Any]:
    """Return the part `attestations` of a report; nothing if nobody was asked.

    :param flags: how many findings have which state and flags.
    """
    asked = [one for one in list_asked(session, audit.id) if one.is_asked]
    if not asked:
        return {}
    part, whole = count_attested(
        chain.from_iterable(repeat((one.state, one.flags), one.count) for one in flags),
        attestation_of(audit.policy),
    )
    return {
        "attestations": {
            "asked": [
                {
                    "person": one.person,
                    "name": one.name,
                    "asked_at": show_time(one.asked_at),
                    "asked_by": one.asked_by,
                    "shown_to_asker": one.is_shown,
                    "expires_at": show_time(one.expires_at),
                    "revoked_at": show_time(one.revoked_at),
                    "things": one.things,
                    "answered": one.answered,
                }
                for one in asked
            ],
            "answers": [show_answer(one) for one in list_answers(session, audit.id)],
            "figure": {
                "name": EXISTENCE_WITH_ATTESTED, "part": part, "whole": whole, "formula": FORMULA,
            },
        }
    }  # fmt: skip


def show_answer(one: AnswerRow) -> dict[str, Any]:
    """Return an answer as the report holds it."""
    return {
        "asset_tag": one.asset_tag,
        "finding": one.finding_id,
        "person": one.person,
        "name": one.name,
        "at": show_time(one.at),
        "answer": one.answer.value,
        "grade": one.grade.value if one.grade else None,
        "note": one.note,
        "picture": one.picture,
    }

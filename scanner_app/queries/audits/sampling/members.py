"""The frozen population of an audit, member by member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.sampling.drawing import Candidate
from scanner_app.domain.audits.sampling.plan import By, Method, SamplePlan
from scanner_app.domain.audits.sampling.population import PopulationRow
from scanner_app.domain.audits.sampling.sizing import class_of_value
from scanner_app.models import AuditMember

# Words that may be none; the population's hash holds an empty text for them.
WORDS = {"category", "location", "custodian", "status", "currency"}


@dataclass(frozen=True, slots=True)
class Member:
    """One member, as it was frozen. Empty text where there is none."""

    asset_id: int
    asset_tag: str
    category: str
    location: str
    custodian: str
    status: str
    value_cents: int | None
    currency: str
    location_id: int | None

    @property
    def row(self) -> PopulationRow:
        """The member as the population's hash holds it."""
        return PopulationRow(
            self.asset_tag,
            self.location,
            self.custodian,
            self.status,
            self.value_cents,
            self.currency,
        )


def list_members(session: Session, audit_id: int) -> list[Member]:
    """Return all members of the population of an audit."""
    return [Member(*row) for row in session.execute(_select_members(audit_id))]


def load_some(session: Session, audit_id: int, asset_ids: Sequence[int]) -> list[Member]:
    """Return some members of the population of an audit."""
    wanted = _select_members(audit_id).where(AuditMember.asset_id.in_(asset_ids))
    return [Member(*row) for row in session.connection().execute(wanted)]


def _select_members(audit_id: int) -> Select[Any]:
    columns = [
        func.coalesce(getattr(AuditMember, name), "")
        if name in WORDS
        else getattr(AuditMember, name)
        for name in Member.__slots__
    ]
    return select(*columns).where(AuditMember.audit_id == audit_id, AuditMember.is_expected)


def stratum_of(member: Member, plan: SamplePlan) -> str:
    """Return the stratum that a plan draws a member from."""
    if plan.method is not Method.STRATIFIED:
        return ""
    if plan.by is By.VALUE_CLASS:
        return class_of_value(member.value_cents, member.currency)
    name: str = getattr(member, plan.by.value)
    return name


def to_candidate(member: Member, plan: SamplePlan, currency: str) -> Candidate:
    """Return a member as a draw reads it.

    :param currency: a draw by value takes values in another currency as none.
    """
    is_value = plan.method is not Method.PPS or member.currency == currency
    return Candidate(
        member.asset_tag, member.value_cents if is_value else None, stratum_of(member, plan)
    )

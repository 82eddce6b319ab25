"""What the policy of an audit says of second counts: which locations, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.policy import second_count_of
from scanner_app.domain.audits.rounds.second import (
    ExpectedPlace,
    SecondCount,
    Why,
    choose_places,
    why_again,
)
from scanner_app.domain.audits.sampling.drawing import Seed
from scanner_app.models import Asset, Audit, AuditDraw, AuditMember, Finding, Location
from scanner_app.queries.audits.members import CURRENCY, frozen, join_members


@dataclass(frozen=True, slots=True)
class SecondCounts:
    """The rule of an audit, with the locations that its expected list makes it choose.

    :param chosen: by code; chosen before anything was counted.
    :param places: the expected locations, by their ids.
    """

    rule: SecondCount
    chosen: Mapping[str, Why] = field(default_factory=dict)
    places: Mapping[int, ExpectedPlace] = field(default_factory=dict)

    def why(self, location_id: int | None) -> Why | None:
        """Return why a location is counted again after its first count; None if it is not."""
        place = self.places.get(location_id or 0)
        return None if place is None else why_again(self.rule, place, self.chosen)

    def why_chosen(self, location_id: int | None) -> Why | None:
        """Return why a location was chosen before anything was counted; None if it was not."""
        place = self.places.get(location_id or 0)
        return None if place is None else self.chosen.get(place.code)


def load_second_counts(session: Session, audit_id: int) -> SecondCounts:
    """Return which locations the policy of an audit has counted twice."""
    policy, population = session.execute(
        select(Audit.policy, Audit.population_sha256).where(Audit.id == audit_id)
    ).one()
    rule = second_count_of(policy)
    if rule.is_none:
        return SecondCounts(rule)
    places = _load_places(session, audit_id)
    drawn = session.scalar(
        select(AuditDraw.seed)
        .where(AuditDraw.audit_id == audit_id)
        .order_by(AuditDraw.number.desc())
        .limit(1)
    )
    seed = Seed(drawn or "", population or "")
    return SecondCounts(rule, choose_places(rule, places.values(), seed), places)


def _load_places(session: Session, audit_id: int) -> dict[int, ExpectedPlace]:
    code = frozen(AuditMember.location, Location.code).label("code")
    currency = func.coalesce(CURRENCY, "").label("currency")
    value = func.coalesce(func.sum(Finding.value_cents), 0)
    missing = case((Finding.state == FindingState.MISSING, Finding.value_cents), else_=0)
    rows = session.execute(
        join_members(
            select(
                Finding.recorded_location_id,
                code,
                currency,
                value,
                func.coalesce(func.sum(missing), 0),
            ).select_from(Finding)
        )
        .join(Location, Location.id == Finding.recorded_location_id)
        .outerjoin(Asset, Asset.id == Finding.asset_id)
        .where(Finding.audit_id == audit_id, Finding.is_expected)
        .group_by(Finding.recorded_location_id, code, currency)
    ).all()
    codes: dict[int, str] = {}
    values: dict[int, dict[str, int]] = defaultdict(dict)
    left: dict[int, dict[str, int]] = defaultdict(dict)
    for id_, name, unit, whole, part in rows:
        codes[id_] = name
        values[id_][unit], left[id_][unit] = int(whole), int(part)
    return {id_: ExpectedPlace(codes[id_], values[id_], left[id_]) for id_ in codes}

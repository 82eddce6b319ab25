"""What is known of findings, as rules ask for it, and what the active rules suggest of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.audits.findings import Flag, is_inside
from scanner_app.domain.audits.suggesting.fields import Evidence, Facts, grade_sources
from scanner_app.domain.audits.suggesting.rules import Rule, Suggestion, suggest
from scanner_app.domain.audits.travel import shared_path
from scanner_app.models import (
    Asset,
    Audit,
    AuditMember,
    Category,
    Custody,
    Finding,
    Location,
    Placement,
    Scan,
)
from scanner_app.queries.access import load_owners
from scanner_app.queries.audits.members import frozen, join_members
from scanner_app.queries.audits.reconciling.matches import join_matches, seen_asset_id
from scanner_app.queries.audits.suggesting.rules import load_active
from scanner_app.sql.conditions import counts_as_sighting

CHUNK = 500


def find_suggestions(
    session: Session, audit_id: int, finding_ids: Collection[int]
) -> dict[int, Suggestion]:
    """Return what the active rules suggest of findings that nobody decided, by their ids."""
    rules = load_active(session) if finding_ids else []
    if not rules:
        return {}
    found: dict[int, Suggestion] = {}
    wanted = sorted(set(finding_ids))
    for start in range(0, len(wanted), CHUNK):
        found |= _suggest_chunk(session, audit_id, wanted[start : start + CHUNK], rules)
    return found


def list_suggested(
    session: Session, audit_id: int, *, after_id: int | None, limit: int
) -> list[tuple[int, Suggestion]]:
    """Return findings that a rule says something of, in the order of their ids."""
    rules = load_active(session)
    found: list[tuple[int, Suggestion]] = []
    last = after_id or 0
    while rules and len(found) < limit:
        ids = list(
            session.scalars(
                select(Finding.id)
                .where(Finding.audit_id == audit_id, Finding.id > last, Finding.decision.is_(None))
                .order_by(Finding.id)
                .limit(CHUNK)
            )
        )
        if not ids:
            break
        found += sorted(_suggest_chunk(session, audit_id, ids, rules).items(), key=_by_id)
        last = ids[-1]
    return found[:limit]


def _by_id(item: tuple[int, Suggestion]) -> int:
    return item[0]


def _suggest_chunk(
    session: Session, audit_id: int, ids: Sequence[int], rules: Sequence[Rule]
) -> dict[int, Suggestion]:
    found = {}
    for id_, facts in load_facts(session, audit_id, ids):
        suggestion = suggest(rules, facts)
        if suggestion is not None:
            found[id_] = suggestion
    return found


@dataclass(frozen=True, slots=True)
class _Scans:
    """How the scans of one asset read it, and who made them."""

    sources: frozenset[str]
    persons: frozenset[str]


def load_facts(session: Session, audit_id: int, ids: Sequence[int]) -> Iterator[tuple[int, Facts]]:
    """Yield what is known of findings that nobody decided, of those asked about."""
    rows = session.execute(_select(audit_id, ids)).all()
    kinds = _load_places(session, rows)
    scans = _load_scans(session, audit_id, ids)
    empty = _Scans(frozenset(), frozenset())
    for row in rows:
        read = scans.get(row.id, empty)
        common = _find_common(row, kinds)
        yield (
            row.id,
            Facts(
                state=row.state.value,
                flags=tuple(row.flags),
                proposal=row.proposal.value if row.proposal else None,
                evidence=_grade(row.flags, read.sources),
                common_place=common[0] if common else None,
                common_name=common[1] if common else None,
                is_at_home=None
                if row.home_path is None or row.seen_path is None
                else is_inside(row.seen_path, row.home_path),
                days_since_check_out=_days(row.checked_out_at, row.at),
                days_since_move=_days(row.moved_at, row.at),
                value_cents=row.value_cents,
                category=row.category,
                counts=row.sightings,
                seen_by=len(read.persons),
            ),
        )


def _select(audit_id: int, ids: Sequence[int]) -> Select[Any]:
    recorded, seen, home = aliased(Location), aliased(Location), aliased(Location)
    # What was not seen is judged as of the end of the count.
    at = func.coalesce(Finding.seen_at, Audit.counting_ended_at)

    def newest(table: Any) -> Any:
        began = select(func.max(table.started_at))
        return began.where(
            table.asset_id == Finding.asset_id, table.started_at <= at
        ).scalar_subquery()

    return (
        join_members(
            select(
                Finding.id,
                Finding.state,
                Finding.flags,
                Finding.proposal,
                Finding.value_cents,
                Finding.sightings,
                recorded.path.label("recorded_path"),
                seen.path.label("seen_path"),
                home.path.label("home_path"),
                frozen(AuditMember.category, Category.name).label("category"),
                func.coalesce(Finding.seen_at, Audit.counting_ended_at).label("at"),
                newest(Custody).label("checked_out_at"),
                newest(Placement).label("moved_at"),
            ).select_from(Finding)
        )
        .join(Audit, Audit.id == Finding.audit_id)
        .outerjoin(Asset, Asset.id == Finding.asset_id)
        .outerjoin(Category, Category.id == Asset.category_id)
        .outerjoin(recorded, recorded.id == Finding.recorded_location_id)
        .outerjoin(seen, seen.id == Finding.seen_location_id)
        .outerjoin(home, home.id == Asset.home_location_id)
        .where(Finding.audit_id == audit_id, Finding.id.in_(ids), Finding.decision.is_(None))
        .order_by(Finding.id)
    )


def _load_places(session: Session, rows: Sequence[Any]) -> dict[str, tuple[str, str]]:
    """Return kind and code of every location that holds one of these, by its path."""
    paths = {path for row in rows for path in (row.recorded_path, row.seen_path) if path}
    ids = {int(part) for path in paths for part in path.strip("/").split("/")}
    found = session.execute(
        select(Location.path, Location.kind, Location.code).where(Location.id.in_(sorted(ids)))
    )
    return {path: (kind, code) for path, kind, code in found}


def _find_common(row: Any, places: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    if row.recorded_path is None or row.seen_path is None:
        return None
    return places.get(shared_path(row.recorded_path, row.seen_path))


def _load_scans(session: Session, audit_id: int, ids: Sequence[int]) -> dict[int, _Scans]:
    rows = session.execute(
        join_matches(
            select(Finding.id, func.coalesce(Scan.source, ""), Scan.actor)
            .select_from(Scan)
            .where(Scan.audit_id == audit_id, counts_as_sighting())
        )
        .join(Finding, (Finding.audit_id == audit_id) & (Finding.asset_id == seen_asset_id))
        .where(Finding.id.in_(ids))
        .distinct()
    ).all()
    owners = load_owners(session, {actor for _id, _source, actor in rows})
    sources: dict[int, set[str]] = defaultdict(set)
    persons: dict[int, set[str]] = defaultdict(set)
    for id_, source, actor in rows:
        sources[id_].add(source)
        persons[id_].add(owners.get(actor, actor))
    return {id_: _Scans(frozenset(sources[id_]), frozenset(persons[id_])) for id_ in sources}


def _grade(flags: Collection[str], sources: frozenset[str]) -> str | None:
    """Return the best evidence of a thing: of its scans, else of what its flags say."""
    by_scan = grade_sources(sources)
    if by_scan is not None:
        return by_scan.value
    for flag, grade in (
        (Flag.ATTESTED_WITH_PICTURE, Evidence.ATTESTED_WITH_PICTURE),
        (Flag.ATTESTED, Evidence.ATTESTED),
        (Flag.OUTSIDE_SCAN, Evidence.OUTSIDE),
    ):
        if flag in flags:
            return grade.value
    return None


def _days(began: datetime | None, at: datetime | None) -> int | None:
    return None if began is None or at is None else max((at - began).days, 0)

"""The report of an audit as data: it is sealed when the audit closes, and preliminary before."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.accuracy import Tally
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.approver import Approver, strictest
from scanner_app.domain.audits.late.unsent import LEFT_OUT
from scanner_app.domain.audits.policy import approver_of, show_policy
from scanner_app.domain.audits.report_columns import show_time, to_report
from scanner_app.domain.audits.sampling.population import hash_ordered
from scanner_app.domain.audits.spans import read_spans
from scanner_app.domain.audits.suggesting.taken import RULES, collect_taken
from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.seals.long_parts import LongList
from scanner_app.domain.seals.report import FORMAT
from scanner_app.models import ApiToken, Scan, Seal, User
from scanner_app.queries.audits.evidence import list_counters, list_late_scans
from scanner_app.queries.audits.findings import PART
from scanner_app.queries.audits.list import AuditRow, get_audit
from scanner_app.queries.audits.records.findings import FlagCount, count_flags, read_reported
from scanner_app.queries.audits.records.population import Population
from scanner_app.queries.audits.records.scans import load_words
from scanner_app.queries.audits.tallies import (
    PARTS,
    load_tallies,
    recount_tallies,
    recount_tally,
)
from scanner_app.services.audits.asking.report_part import show_attestations
from scanner_app.services.audits.holdings.report_part import show_holdings
from scanner_app.services.audits.outside.report_part import show_outside
from scanner_app.services.audits.records.parts import (
    load_persons,
    show_acts,
    show_figures,
    show_matches,
    show_pictures,
    show_places,
    show_scans,
    show_statements,
)
from scanner_app.services.audits.records.prior import show_prior_part
from scanner_app.services.audits.rounds.report_part import show_rounds, show_second_counts
from scanner_app.services.audits.sampling.report_part import list_items, show_sample_part


def build_report(
    session: Session, *, audit_id: int, version: str, approver: Approver
) -> dict[str, Any]:
    """Return the report of an audit. The same data makes the same report, byte for byte.

    Its long lists are read from the database as they are written, so use it in this transaction.

    :param approver: who was allowed to close it.
    """
    audit = get_audit(session, audit_id)
    tally = recount_tally(session, audit_id)
    flags = count_flags(session, audit_id)
    acts = show_acts(session, audit_id)
    words = load_words(session, audit_id)
    return {
        "format": FORMAT,
        "software": version,
        "audit": _show_audit(session, audit),
        "policy": _show_policy(audit.policy, approver),
        "population": _show_population(session, audit),
        "scan_log": _hash_log(session, audit_id),
        "counted_by": _show_counters(session, audit_id),
        "counts": tally.show_counts(),
        "flags": _sum_flags(flags),
        "accuracy": tally.show_accuracy(),
        "without_place": tally.placeless,
        "by_currency": tally.show_values(),
        "no_value": tally.unvalued,
        "accuracy_by": show_parts(session, audit_id, counts=recount_tallies),
        "figures": show_figures(tally),
        "places": show_places(session, audit_id, words),
        "rounds": show_rounds(session, audit_id),
        **show_second_counts(session, audit_id),
        "findings": LongList(lambda: map(to_report, read_reported(session, audit_id))),
        "matches": show_matches(session, audit_id),
        "foreign": tally.foreign,
        "scans": show_scans(session, audit_id, words),
        **show_outside(session, audit_id, audit.policy, words, tally),
        "acts": acts,
        "statements": show_statements(session, acts["items"]),
        "pictures": show_pictures(session, audit_id),
        "late_scans": _show_late(session, audit_id),
        **show_attestations(session, audit, flags),
        **show_holdings(session, audit),
        **_show_rules(acts["items"]),
        **show_left_out(acts["items"]),
        **show_sample_part(session, audit),
        **show_prior_part(session, audit),
    }


def _show_policy(policy: Mapping[str, Any], approver: Approver) -> dict[str, Any]:
    return {**show_policy(policy), "approver": strictest(approver, approver_of(policy)).value}


def _sum_flags(rows: Sequence[FlagCount]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(dict.fromkeys(row.flags, row.count))
    return dict(counts)


def _show_rules(acts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the rules by which findings were decided; an audit without one has no such part."""
    taken = collect_taken(acts)
    return {RULES: taken} if taken else {}


def show_left_out(acts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the audit was closed without, and why; nothing if no scan waited."""
    closed = [act for act in acts if act["kind"] == ActKind.CLOSED and LEFT_OUT in act["about"]]
    if not closed:
        return {}
    act = closed[-1]
    return {LEFT_OUT: {**act["about"][LEFT_OUT], "reason": act["text"]}}


def show_parts(
    session: Session, audit_id: int, *, counts: Callable[..., dict[str, Tally]] = load_tallies
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return counts and accuracy of an audit by location, category and custodian.

    :param counts: where they are from; what is sealed counts each finding again.
    """
    return {
        by: {
            name or "(none)": {
                **part.show_counts(),
                **part.show_accuracy(),
                "without_place": part.placeless,
                "by_currency": part.show_values(),
                "no_value": part.unvalued,
            }
            for name, part in counts(session, audit_id, by=by).items()
        }
        for by in PARTS
    }


def _show_late(session: Session, audit_id: int) -> list[dict[str, Any]]:
    return [
        {
            "scan_id": str(late.scan_id),
            "scanned_at": show_time(late.scanned_at),
            "recorded_at": show_time(late.recorded_at),
            "code": late.code,
            "asset_tag": late.asset_tag,
            "by": late.actor,
            "device": late.device,
            "counts": late.counts,
            **({"waits": True} if late.waits else {}),
        }
        for late in list_late_scans(session, audit_id)
    ]


def _show_audit(session: Session, audit: AuditRow) -> dict[str, Any]:
    previous = None
    if audit.revises_id is not None:
        previous = session.scalar(select(Seal.sha256).where(Seal.audit_id == audit.revises_id))
    return {
        "id": audit.id,
        "name": audit.name,
        "state": audit.state.value,
        "scope": audit.scope,
        "policy": show_policy(audit.policy),
        "blind": audit.is_blind,
        "due_on": audit.due_on.isoformat() if audit.due_on else None,
        "created_at": show_time(audit.created_at),
        "created_by": audit.created_by,
        "counting_started_at": show_time(audit.counting_started_at),
        "counting_ended_at": show_time(audit.counting_ended_at),
        "counting_spans": [list(map(show_time, span)) for span in read_spans(audit.counting_spans)],
        "closed_at": show_time(audit.closed_at),
        "closed_by": audit.closed_by,
        "revises": audit.revises_id,
        "previous_report_sha256": previous,
    }


def _show_population(session: Session, audit: AuditRow) -> dict[str, Any]:
    """Return count and hash of the frozen population; anyone can compute both from the findings.

    An audit that an older version froze kept no hash: it is that of what is known of it.
    """
    population = Population(session, audit.id)
    return {
        "count": len(population),
        "of_each": [
            "asset_tag", "recorded_location", "recorded_custodian", "recorded_status",
            "value_cents", "currency",
        ],
        "sha256": audit.population_sha256 or hash_ordered(one.row for one in population),
        "items": list_items(population),
    }  # fmt: skip


def _hash_log(session: Session, audit_id: int) -> dict[str, Any]:
    """Return a hash over every scan of the audit in its order, refused and undone ones too.

    Each hash includes the one before it, so that a scan that is removed or changed later shows.
    """
    rows = session.connection().execute(
        select(
            Scan.scan_id,
            Scan.fingerprint,
            Scan.code,
            Scan.intent,
            Scan.scanned_at,
            Scan.recorded_at,
            Scan.actor,
            Scan.outcome,
        )
        .where(Scan.audit_id == audit_id)
        .order_by(Scan.id),
        execution_options={"yield_per": PART},
    )
    head, count = "", 0
    for row in rows:
        entry = [
            head,
            str(row.scan_id),
            row.fingerprint,
            row.code,
            row.intent.value,
            show_time(row.scanned_at),
            show_time(row.recorded_at),
            row.actor,
            row.outcome.value,
        ]
        head = hashlib.sha256(dump_canonical(entry)).hexdigest()
        count += 1
    return {"count": count, "head": head or None}


def _show_counters(session: Session, audit_id: int) -> list[dict[str, Any]]:
    counters = list_counters(session, audit_id)
    actors = {counter.actor for counter in counters}
    roles, persons = _roles_of(session, actors), load_persons(session, actors)
    return [
        {
            "actor": counter.actor,
            "name": counter.name,
            "person": persons[counter.actor],
            "role": roles.get(counter.actor),
            "device": counter.device or None,
            "scans": counter.scans,
            "first_at": show_time(counter.first_at),
            "last_at": show_time(counter.last_at),
            "clock_suspect": counter.clock_suspect,
            "delayed": counter.delayed,
        }
        for counter in counters
    ]


def _roles_of(session: Session, actors: set[str]) -> dict[str, str]:
    """Return the role of each `user:5` and `token:3` as it is now."""
    roles: dict[str, str] = {}
    for kind, table in (("user", User), ("token", ApiToken)):
        ids = [int(a.partition(":")[2]) for a in actors if a.startswith(f"{kind}:")]
        if ids:
            for id_, role in session.execute(
                select(table.id, table.role).where(table.id.in_(sorted(ids)))
            ):
                roles[f"{kind}:{id_}"] = role.value
    return roles

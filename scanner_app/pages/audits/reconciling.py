"""The reconciliation of an audit: its findings and their evidence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from flask import g, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.evidence.needed import needs_pictures
from scanner_app.domain.audits.findings import CONDITIONS, IN_TWO, FindingState, Flag
from scanner_app.domain.audits.proposals import Decision
from scanner_app.domain.audits.spans import TAKES_SCANS
from scanner_app.domain.audits.suggesting.fields import EVIDENCE
from scanner_app.domain.audits.travel import find_pairs
from scanner_app.domain.errors import NotFound
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.web import page
from scanner_app.models import Finding
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.pages.audits._page_filter import PageFilter, read_filter
from scanner_app.pages.audits.late.taking import load_waiting
from scanner_app.pages.audits.trail import load_trail
from scanner_app.queries.audits.acts import list_acts
from scanner_app.queries.audits.approval.requests import find_approval
from scanner_app.queries.audits.asking.attestation import is_anybody_asked
from scanner_app.queries.audits.asking.pictures import list_pictures
from scanner_app.queries.audits.counted.by_room import page_findings
from scanner_app.queries.audits.counted.decided import count_decided
from scanner_app.queries.audits.counted.states import count_by_state
from scanner_app.queries.audits.evidence import Evidence, list_evidence, list_late_scans
from scanner_app.queries.audits.findings import (
    BY_VALUE,
    FindingRow,
    count_findings,
    list_finding_ids,
    list_findings,
    load_targets,
)
from scanner_app.queries.audits.holdings.holdings import load_totals
from scanner_app.queries.audits.list import AuditRow, get_audit
from scanner_app.queries.audits.places import load_placed, load_spots
from scanner_app.queries.audits.proving.pictures import find_bare
from scanner_app.queries.audits.reconciling.discussed import count_comments, list_assignees
from scanner_app.queries.audits.reconciling.foreign import load_earlier_reasons
from scanner_app.queries.audits.reconciling.matches import list_matches
from scanner_app.queries.audits.reconciling.wanted import FindingFilter
from scanner_app.queries.audits.rooms import list_rooms
from scanner_app.queries.audits.suggesting.facts import find_suggestions
from scanner_app.queries.audits.suggesting.rules import load_active
from scanner_app.queries.readers.readers import list_faint
from scanner_app.queries.readers.watches import has_readers
from scanner_app.services.audits.blind import require_not_blind
from scanner_app.storage.database import reading

MAX_FINDINGS = 100
MAX_LATE = 500
# More are shown once these are decided.
MAX_SUGGESTED = 10_000
# No finding has this id.
NO_FINDING = 0


def show_findings(
    audit: AuditRow,
    shown: PageFilter | None = None,
    *,
    picked: Collection[int] = (),
    errors: Sequence[str] = (),
) -> Response:
    """Show the findings that wait for a decision, or all of a state, grouped by location.

    :param shown: which ones; by default what the address names.
    :param picked, errors: what was selected for a decision, and why it was refused.
    """
    shown = shown or read_filter(request.args)
    with reading() as session:
        wanted = narrow(session, audit.id, shown)
        found = page_findings(
            session,
            audit.id,
            wanted,
            cursor=shown.cursor,
            limit=MAX_FINDINGS,
            sort=shown.sort,
        )
        counted = count_shown(session, audit.id, shown, wanted)
        late = list_late_scans(session, audit.id, limit=MAX_LATE)
        trail = load_trail(session, audit)
        words = _load_words(session, audit, found.rows)
        waits = load_waiting(session, audit.id, g.now)
    return page(
        "audits/reconciling.html",
        me=require_actor().person_key,
        status=422 if errors else 200,
        many_errors=errors,
        picked=picked,
        many=request.form,
        audit=audit,
        findings=found.rows,
        groups=_group(found.rows, shown),
        next_page=shown.link(audit.id, cursor=found.next) if found.next else None,
        shown=shown,
        evidence_choices=[(one.value, row.label) for one, row in EVIDENCE.items()],
        late=[scan for scan in late if not scan.counts and not scan.waits],
        taken=[scan for scan in late if scan.counts],
        trail=trail,
        **words,
        **counted,
        **waits,
    )


def list_bare(session: Session, audit: AuditRow, ids: Sequence[int]) -> Collection[int]:
    """Return which findings are accepted only with a picture, by the policy, and have none."""
    if not needs_pictures(audit.policy):
        return ()
    return find_bare(session, audit.id, ids, Decision.ACCEPT).keys()


def _load_words(session: Session, audit: AuditRow, rows: Sequence[FindingRow]) -> dict[str, Any]:
    """Return what people have said about findings, and what their proposals would set."""
    audit_id = audit.id
    return {
        "bare": list_bare(session, audit, [row.id for row in rows]),
        "note": find_approval(session, audit_id),
        "targets": load_targets(session, rows),
        "matches": list_matches(session, audit_id),
        "comments": count_comments(session, audit_id, [row.id for row in rows]),
        "suggestions": find_suggestions(session, audit_id, [row.id for row in rows]),
        "has_rules": bool(load_active(session)),
        "can_locate": has_readers(session),
        "assignees": list_assignees(session),
        "is_asked": is_anybody_asked(session, audit_id),
        "held": load_totals(session, audit_id),
        "earlier_reasons": load_earlier_reasons(
            session, audit_id, [row.id for row in rows if Flag.CALLED_FOREIGN in row.flags]
        ),
    }


def _group(rows: Sequence[FindingRow], shown: PageFilter) -> list[tuple[str, list[FindingRow]]]:
    """Return findings under the headings of the page: their locations, or their order by value."""
    if shown.sort == BY_VALUE:
        return [("Highest value first", list(rows))] if rows else []
    return [(room, list(found)) for room, found in groupby(rows, lambda row: row.room)]


def narrow(session: Session, audit_id: int, shown: PageFilter) -> FindingFilter:
    """Return the filter of a page as the queries take it; what rules suggest is looked up."""
    if not shown.is_suggested:
        return shown.wanted
    # An asset that was scanned outside the audit has no proposal, and still waits.
    asked = list_finding_ids(session, audit_id, replace(shown.wanted, undecided=False))
    found = find_suggestions(session, audit_id, asked)
    ids = [id_ for id_, one in found.items() if one.decision is not None]
    return replace(shown.wanted, undecided=False, ids=ids[:MAX_SUGGESTED] or [NO_FINDING])


def count_shown(
    session: Session, audit_id: int, shown: PageFilter, wanted: FindingFilter
) -> dict[str, Any]:
    """Return every count on the page of findings, for the page and for one decision's answer.

    :param wanted: the filter of the page as `narrow` returns it.
    """
    whole = count_by_state(session, audit_id)
    counts = count_by_state(session, audit_id, location_id=shown.room) if shown.room else whole
    decided, total = count_decided(session, audit_id)
    matching = [counts[shown.state]] if shown.state else list(counts.values())
    still_open = sum(count.undecided for count in matching)
    found = sum(count.total for count in matching)
    if shown.is_narrowed:
        only_open = wanted if shown.is_suggested else replace(wanted, undecided=True)
        still_open = count_findings(session, audit_id, only_open)
        found = still_open if shown.is_open else count_findings(session, audit_id, wanted)
    return {
        "counts": counts,
        "decided": decided,
        "total": total,
        "outside": whole[FindingState.MISSING].outside,
        "rooms": list_rooms(session, audit_id),
        "still_open": still_open,
        "matching": still_open if shown.is_open else found,
    }


@blueprint.get("/<id:audit_id>/findings/<id:finding_id>")
@allow(Action.READ_AUDITS)
def show_one_finding(audit_id: int, finding_id: int) -> Response:
    """Show one finding with the scans that it is based on."""
    return show_finding(audit_id, finding_id)


def get_finding(session: Session, audit_id: int, finding_id: int) -> FindingRow:
    """Return a finding of an audit.

    :raises NotFound: the finding does not belong to this audit.
    """
    rows = list_findings(session, audit_id, FindingFilter(ids=[finding_id]))
    if not rows:
        raise NotFound("That finding does not belong to this audit.")
    return rows[0]


def show_finding(audit_id: int, finding_id: int, errors: Sequence[str] = ()) -> Response:
    """Show one finding; with errors, what was entered about it and why it was refused."""
    with reading() as session:
        audit = get_audit(session, audit_id)
        require_not_blind(audit, require_actor())
        row = get_finding(session, audit_id, finding_id)
        evidence = list_evidence(session, audit_id, row)
        two = _find_two(session, audit_id, row, evidence)
        faint = list_faint(session, audit_id=audit_id, asset_id=row.asset_id)
        targets = load_targets(session, [row])
        acts = list_acts(session, audit_id, finding_id=finding_id)
        pictures = list_pictures(session, audit_id, finding_id=finding_id)
        assignees = list_assignees(session)
        earlier = load_earlier_reasons(session, audit_id, [finding_id])
        suggestions = find_suggestions(session, audit_id, [finding_id])
        bare = list_bare(session, audit, [finding_id])
    return page(
        "audits/finding.html",
        block="evidence",
        status=422 if errors else 200,
        errors=errors,
        given=request.form,
        shown=read_filter(request.form) if errors else None,
        audit=audit,
        row=row,
        evidence=evidence,
        two=two,
        faint=faint,
        acts=[act for act in acts if act.kind is not ActKind.COMMENTED],
        comments=[act for act in acts if act.kind is ActKind.COMMENTED],
        assignees=assignees,
        takes_words=audit.state in TAKES_SCANS,
        pictures=pictures,
        condition_choices=[(one, label.capitalize()) for one, label in CONDITIONS.items()],
        earlier_reasons=earlier,
        targets=targets,
        suggestions=suggestions,
        bare=bare,
    )


def _find_two(
    session: Session, audit_id: int, row: FindingRow, evidence: Sequence[Evidence]
) -> list[Evidence]:
    """Return the newest two scans that one thing can hardly both have had, the older first."""
    if row.asset_id is None or not IN_TWO.intersection(row.flags):
        return []
    placed = load_placed(session, audit_id, Finding.id == row.id).get(row.asset_id, [])
    spots = load_spots(session, {one.path for one in placed})
    pairs = [(one.scan_id, other.scan_id) for _, one, other in find_pairs(placed, spots)]
    by_id = {one.scan_id: one for one in evidence}
    return [by_id[id_] for id_ in pairs[-1] if id_ in by_id] if pairs else []

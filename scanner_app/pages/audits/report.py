"""The report of a closed or cancelled audit, its files, and the keys that check them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, g
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.accuracy import EXPECTED, FOUND, Tally, count_discrepant
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.findings import FINDING_KINDS, FindingState
from scanner_app.domain.audits.late.unsent import LEFT_OUT, say_left
from scanner_app.domain.audits.plots import plot_losses, plot_places, plot_states
from scanner_app.domain.audits.policy import attestation_of
from scanner_app.domain.audits.rounds.second import WHY
from scanner_app.domain.audits.seeing.plots import (
    plot_courses,
    plot_estimates,
    plot_figures,
    plot_last_seen,
)
from scanner_app.domain.errors import NotFound
from scanner_app.domain.files.made import MadeForm, MadeKind
from scanner_app.edge.guard import allow, public, require_actor
from scanner_app.edge.report_files import FORMS
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page
from scanner_app.models import Seal
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.pages.audits.trail import load_trail
from scanner_app.pages.made_files import send_or_offer, wish_of_audit
from scanner_app.queries.audits.acts import find_act
from scanner_app.queries.audits.asking.attestation import count_attested_missing
from scanner_app.queries.audits.choices import name_scope
from scanner_app.queries.audits.counted.by_room import list_by_room
from scanner_app.queries.audits.evidence import list_counters, list_late_scans
from scanner_app.queries.audits.findings import FindingRow
from scanner_app.queries.audits.holdings.holdings import load_totals
from scanner_app.queries.audits.list import AuditRow, find_revision, get_audit
from scanner_app.queries.audits.pace import load_first_seen
from scanner_app.queries.audits.reconciling.matches import list_matches
from scanner_app.queries.audits.reconciling.wanted import FindingFilter
from scanner_app.queries.audits.rounds.comparing import list_compared
from scanner_app.queries.audits.rounds.progress import load_places
from scanner_app.queries.audits.rounds.second import load_second_counts
from scanner_app.queries.audits.sampling.draws import list_draws
from scanner_app.queries.audits.seeing.trends import list_found_again
from scanner_app.queries.audits.tallies import PARTS, load_tallies, load_tally
from scanner_app.queries.readers.readers import count_foreign
from scanner_app.queries.seals.chain import count_seals, find_seal
from scanner_app.queries.seals.texts import SealedText
from scanner_app.services.audits.approval.statements import list_statements
from scanner_app.services.audits.blind import require_not_blind
from scanner_app.services.audits.outside.report_part import count_outside, say_outside
from scanner_app.services.audits.records.prior import load_prior
from scanner_app.services.audits.sampling.estimates import load_estimates
from scanner_app.storage.database import reading
from scanner_app.storage.keys import PUBLIC_NAME, load_public_key, load_signing_key

MAX_LATE = 200
# What the page lists; the files list everything.
MAX_FINDINGS = 2000
MAX_ROUNDS = 100
IN_PLACE = [state for state, kind in FINDING_KINDS.items() if kind.is_in_place]
DISCREPANT = [state for state in FINDING_KINDS if state not in IN_PLACE]


def show_report(audit: AuditRow) -> WerkzeugResponse:
    """Show the report of an audit."""
    with reading() as session:
        tally = load_tally(session, audit.id)
        seal = find_seal(session, audit.id)
        discrepancies, verified = _list_findings(session, audit.id)
        parts = _name_parts(session, audit.id)
        counts = tally.show_counts()
        return page(
            "audits/report.html",
            audit=audit,
            states=plot_states(counts, hrefs=_lead_to_lists(counts)),
            places=plot_places(
                (name, figures["location_accuracy"]) for name, _, figures in parts["location"]
            ),
            losses=plot_losses(
                ((name, figures["values"]) for name, _, figures in parts["location"]),
                href="#differences",
            ),
            counts=counts,
            discrepant=count_discrepant(counts),
            accuracy=tally.show_accuracy(),
            attested=count_attested_missing(session, audit.id, attestation_of(audit.policy)),
            outside=_say_outside(session, audit, tally),
            placeless=tally.placeless,
            values=tally.show_values(),
            unvalued=tally.unvalued,
            parts=parts,
            discrepancies=discrepancies,
            verified=verified,
            counters=list_counters(session, audit.id),
            courses=plot_courses(load_first_seen(session, audit.id)),
            **_show_prior(session, audit) | _show_ages(session, seal),
            found_again=list_found_again(session, audit.id),
            **_show_rounds(session, audit.id),
            **_show_late(session, audit),
            foreign=count_foreign(session, audit_id=audit.id),
            seal=(seal.sha256, seal.key_id, seal.sealed_at, seal.number) if seal else None,
            seals=count_seals(session),
            revision=find_revision(session, audit.id),
            draws=list_draws(session, audit.id),
            **_show_estimates(session, audit),
            scope=name_scope(session, audit.scope, now=g.now),
            matches=list_matches(session, audit.id),
            held=load_totals(session, audit.id),
            not_ours=tally.foreign,
            trail=load_trail(session, audit),
            statements=list_statements(session, audit.id),
            cancelled=find_act(session, audit.id, ActKind.CANCELLED),
        )


def _show_ages(session: Session, seal: Seal | None) -> dict[str, Any]:
    """Return the plot of how long ago what is missing was last seen, as the record says it."""
    report = SealedText(session, seal.number).report if seal else None
    return {"ages": plot_last_seen(report) if report else None}


def _say_outside(session: Session, audit: AuditRow, tally: Tally) -> str:
    """Return how many things are known by a scan outside of the audit alone; empty if none is."""
    count = count_outside(session, audit.id)
    found = tally.count(*FOUND)
    return say_outside(found - count, tally.count(*EXPECTED), found) if count else ""


def _show_late(session: Session, audit: AuditRow) -> dict[str, Any]:
    """Return the scans that arrived late, and what the audit was closed without."""
    late = list_late_scans(session, audit.id, limit=MAX_LATE)
    others = [one for one in late if not one.counts and not one.waits]
    in_time = [one for one in others if one.in_time]
    closed_at = audit.closed_at
    missed = [one for one in in_time if closed_at is not None and one.recorded_at > closed_at]
    closed = find_act(session, audit.id, ActKind.CLOSED)
    left = closed.about.get(LEFT_OUT) if closed else None
    return {
        "late": late,
        "missed": missed,
        "too_late": [one for one in in_time if one not in missed],
        "between": [one for one in others if not one.in_time],
        "left_out": {"said": say_left(left), "reason": closed.text} if closed and left else None,
    }


def _show_rounds(session: Session, audit_id: int) -> dict[str, Any]:
    """Return who counted which location, and why the policy has some counted twice, in words."""
    second = load_second_counts(session, audit_id)
    reasons = {id_: second.why(id_) for id_ in second.places}
    return {
        "rounds": load_places(session, audit_id),
        "compared": list_compared(session, audit_id),
        "why_twice": {id_: WHY[why] for id_, why in reasons.items() if why is not None},
        "max_rounds": MAX_ROUNDS,
    }


def _show_prior(session: Session, audit: AuditRow) -> dict[str, Any]:
    """Return what the page needs of the audits of the same scope before this one."""
    prior = load_prior(session, audit)
    if prior is None:
        return {"figures": []}
    figures = [prior.own, *prior.audits]
    return {
        "figures": figures,
        "trends": plot_figures(figures),
        "changes": prior.changes,
        "offenders": prior.offenders,
        "max_named": MAX_ROUNDS,
    }


def _show_estimates(session: Session, audit: AuditRow) -> dict[str, Any]:
    """Return what a sample says of all, in words and as a plot."""
    estimates = load_estimates(session, audit)
    return {
        "estimates": estimates,
        "ranges": plot_estimates(one.to_json() for one in estimates),
    }


def _list_findings(session: Session, audit_id: int) -> tuple[list[FindingRow], list[FindingRow]]:
    """Return the differences, and as many of the other findings as the page has room for."""
    discrepancies = list_by_room(
        session, audit_id, FindingFilter(states=DISCREPANT), limit=MAX_FINDINGS
    )
    room = MAX_FINDINGS - len(discrepancies)
    in_place = FindingFilter(states=IN_PLACE)
    verified = list_by_room(session, audit_id, in_place, limit=room) if room else []
    return discrepancies, verified


def _lead_to_lists(counts: Mapping[str, int]) -> dict[FindingState, str]:
    """Return where on the page the findings of each state are listed."""
    return {
        state: "#verified" if state in IN_PLACE else "#differences"
        for state in FINDING_KINDS
        if counts[state.value]
    }


def _name_parts(
    session: Session, audit_id: int
) -> dict[str, list[tuple[str, dict[str, int], dict[str, Any]]]]:
    """Return counts and accuracy of each location, category and person, by their names."""
    parts = {by: load_tallies(session, audit_id, by=by) for by in PARTS}
    codes = {"locations": [*parts["location"]], "custodians": [*parts["custodian"]]}
    named = name_scope(session, codes, now=g.now)
    names: dict[str, dict[str, str]] = {
        "location": {one.value: one.text for one in named["locations"]},
        "custodian": {one.value: one.text for one in named["custodians"]},
        "category": {},
    }
    return {
        by: [
            (
                names[by].get(key, key),
                tally.show_counts(),
                {**tally.show_accuracy(), "values": tally.show_values()},
            )
            for key, tally in tallies.items()
        ]
        for by, tallies in parts.items()
    }


@blueprint.get("/<id:audit_id>/report.<string:form>")
@allow(Action.READ_AUDITS)
def download(audit_id: int, form: str) -> WerkzeugResponse:
    """Return the report as a file, or offer to have a large one made."""
    if form not in FORMS:
        raise NotFound("A report is available as json, csv, xlsx or pdf.")
    return _send_or_offer(MadeKind.REPORT, MadeForm(form), audit_id)


@blueprint.get("/<id:audit_id>/events.jsonld")
@allow(Action.EXPORT)
def download_events(audit_id: int) -> WerkzeugResponse:
    """Return the scans of an audit as EPCIS events, or offer to have a large file made."""
    return _send_or_offer(MadeKind.EVENTS, MadeForm.EPCIS, audit_id)


def _send_or_offer(kind: MadeKind, form: MadeForm, audit_id: int) -> WerkzeugResponse:
    with reading() as session:
        audit = get_audit(session, audit_id)
    if kind is not MadeKind.EVENTS:
        require_not_blind(audit, require_actor())
    return send_or_offer(wish_of_audit(kind, form, audit_id))


@blueprint.get("/<id:audit_id>/pack.zip")
@allow(Action.READ_AUDITS)
def download_pack(audit_id: int) -> WerkzeugResponse:
    """Return the report with everything with which an outsider checks it, or offer to make it."""
    return _send_or_offer(MadeKind.PACK, MadeForm.ZIP, audit_id)


@blueprint.get("/key.pem")
@public
def show_key() -> Response:
    """Return the public key that seals the reports, so that anyone can check one."""
    key = load_signing_key(current_settings().instance_dir)
    return _send_key(key.public_pem)


@blueprint.get("/keys/<string:key_id>.pem")
@public
def show_old_key(key_id: str) -> Response:
    """Return the public key of an id: of today's key or of an older one."""
    pem = load_public_key(current_settings().instance_dir, key_id)
    return _send_key(pem)


def _send_key(pem: str) -> Response:
    """Return a public key as a file with the name that the check's command is shown with."""
    answer = Response(pem, content_type="application/x-pem-file")
    answer.headers["Content-Disposition"] = f'attachment; filename="{PUBLIC_NAME}"'
    return answer

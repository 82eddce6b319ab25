"""The sealed document of a hand-over, and its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.circulation.judge import Finding
from scanner_app.domain.circulation.terms import Acceptance
from scanner_app.domain.scanning.answer import Answer
from scanner_app.domain.seals.report import seal_report
from scanner_app.domain.signatures.strokes import TypedSignature
from scanner_app.domain.stock.items import MAX_QUANTITY
from scanner_app.domain.stockroom.document import (
    Document,
    DocumentKit,
    DocumentLine,
    DocumentTerms,
    Named,
    Signed,
)
from scanner_app.domain.stockroom.handovers import HandoverEventKind, LineOutcome
from scanner_app.domain.stockroom.new_handover import NewHandover, NewLine
from scanner_app.models import Asset, Handover, HandoverEvent, HandoverLine, Scan
from scanner_app.queries.scanning.codes import CodeIndex, custodian_values, place_values
from scanner_app.queries.scanning.names import DisplayNames
from scanner_app.services.files.signatures import keep_signature
from scanner_app.services.lifecycle.tasks import open_follow_up
from scanner_app.services.seals.chain import Sealing
from scanner_app.services.stockroom.agreed import keep_acceptances


class JudgedLine(NamedTuple):
    """A line with what became of its scan.

    :param holder_id: who had the thing before.
    :param override: the codes that were asked, and that the clerk might override and did.
    :param findings: the judgement by the rules of lending, as the document holds it.
    """

    line: NewLine
    answer: Answer
    outcome: LineOutcome
    refusal: str | None
    asset_id: int | None
    holder_id: int | None
    override: tuple[str, ...] = ()
    findings: Sequence[Mapping[str, Any]] = ()


def write_handover(
    session: Session,
    handover: NewHandover,
    lines: Sequence[JudgedLine],
    sealing: Sealing,
    *,
    number: str,
    fingerprint: str,
    organisation: str,
    terms: Sequence[DocumentTerms] = (),
    kits: Sequence[DocumentKit] = (),
) -> Handover:
    """Write the document, its lines, and the event that a person is needed, if one is."""
    named = _name_both(session, handover)
    document = _build(session, handover, lines, sealing, named, number, organisation)
    document = replace(document, terms=terms, kits=kits, language=sealing.language)
    sealed = seal_report(document.to_json(), sealing.key)
    row = Handover(
        handover_id=handover.handover_id,
        number=number,
        kind=handover.kind,
        mode=handover.mode,
        person_id=named.person_id,
        place_id=named.place_id,
        clerk=sealing.actor.name,
        actor=sealing.actor.key,
        at=handover.at,
        recorded_at=sealing.now,
        fingerprint=fingerprint,
        body=sealed.text,
        body_sha256=sealed.sha256,
        seal=sealed.signature,
        key_id=sealing.key.key_id,
    )
    session.add(row)
    session.flush()
    _add_lines(session, row.id, lines)
    if handover.signature is not None:
        add_event(session, row.id, HandoverEventKind.ACCEPTED, sealing, detail={"how": "here"})
        here = [one.text.id for one in terms if one.acceptance is Acceptance.HERE]
        keep_acceptances(
            session, here, person_id=named.person_id, handover_id=row.id, at=handover.at
        )
    contested = [n for n, one in enumerate(lines, start=1) if one.outcome is LineOutcome.CONTESTED]
    if contested:
        add_event(
            session, row.id, HandoverEventKind.CONTESTED, sealing, detail={"lines": contested}
        )
    session.flush()
    return row


def _build(
    session: Session,
    handover: NewHandover,
    lines: Sequence[JudgedLine],
    sealing: Sealing,
    named: _Both,
    number: str,
    organisation: str,
) -> Document:
    return Document(
        number=number,
        handover_id=handover.handover_id,
        kind=handover.kind,
        mode=handover.mode,
        at=handover.at,
        recorded_at=sealing.now,
        clerk=sealing.actor.name,
        lines=_describe(session, lines),
        person=named.person,
        place=named.place,
        signature=_keep_signature(session, handover, named.person),
        organisation=organisation,
        software=sealing.version,
    )


def _add_lines(session: Session, row_id: int, lines: Sequence[JudgedLine]) -> None:
    session.add_all(
        HandoverLine(
            handover_id=row_id,
            n=n,
            scan_id=one.line.scan.scan_id,
            asset_id=one.asset_id,
            # A refused line may name more pieces than the column holds; the document has them all.
            quantity=min(one.answer.stock.quantity, MAX_QUANTITY) if one.answer.stock else 1,
            outcome=one.outcome,
            refusal=one.refusal,
            condition=one.line.scan.condition,
            checklist=dict(one.line.checklist),
            override=list(one.override),
        )
        for n, one in enumerate(lines, start=1)
        # A scan that was used before is a line of that hand-over, and only named here.
        if one.refusal != "scan_used"
    )


def leave_to_a_person(
    session: Session,
    lines: Sequence[JudgedLine],
    kept: Mapping[int, tuple[Finding, ...]],
    sealing: Sealing,
) -> None:
    """Open a follow-up for each thing that left although the rules of lending ask or stop.

    A strict hand-over keeps such a thing here, so only a fact comes to this.
    """
    for index, findings in kept.items():
        line = lines[index]
        if line.outcome is LineOutcome.CONTESTED:
            continue  # it waits for a person as such
        scan = line.line.scan
        open_follow_up(
            session,
            key=f"judged:{scan.scan_id}",
            title=f"Handed over without a network, {scan.code}: "
            + "; ".join(finding.facts.when for finding in findings),
            actor_name=sealing.actor.name,
            now=sealing.now,
            asset_id=line.asset_id,
        )


def add_event(
    session: Session,
    handover_id: int,
    kind: HandoverEventKind,
    sealing: Sealing,
    *,
    detail: dict[str, object],
) -> None:
    """Add what happened to a hand-over."""
    session.add(
        HandoverEvent(
            handover_id=handover_id,
            at=sealing.now,
            kind=kind,
            actor=sealing.actor.key,
            actor_name=sealing.actor.name,
            detail=detail,
        )
    )
    session.flush()


def _keep_signature(session: Session, handover: NewHandover, person: Named | None) -> Signed | None:
    """Store the signature, and return what the document says of it."""
    if handover.signature is None:
        return None
    name = (person.name or person.ref) if person else None
    return Signed(
        keep_signature(session, handover.signature),
        handover.signed_by or name or "",
        isinstance(handover.signature, TypedSignature),
    )


class _Both(NamedTuple):
    person: Named | None
    person_id: int | None
    place: Named | None
    place_id: int | None


def _name_both(session: Session, handover: NewHandover) -> _Both:
    """Return the person and the location of a hand-over; what is not known keeps its code."""
    people = custodian_values(handover.person) if handover.person else []
    places = place_values(handover.place) if handover.place else []
    codes = CodeIndex(session.connection(), {*people, *places})
    person_id = place_id = None
    person, place = None, None
    names = DisplayNames(session.connection())
    if handover.person:
        found = codes.find_custodian(people, handover.at)
        person_id = found.id if found.kind == "person" else None
        names.load_people([person_id])
        known = names.person(person_id)
        person = Named(known.number or known.email, known.name) if known else Named(handover.person)
    if handover.place:
        found = codes.find_place(places, handover.at)
        place_id = found.id if found.kind == "location" else None
        names.load_places([place_id])
        there = names.place(place_id)
        place = Named(there.code, there.name) if there else Named(handover.place)
    return _Both(person, person_id, place, place_id)


def _describe(session: Session, lines: Sequence[JudgedLine]) -> list[DocumentLine]:
    """Return the lines as the document holds them, with what the register says of each thing."""
    ids = [one.asset_id for one in lines if one.asset_id is not None]
    rows = session.execute(select(Asset.id, Asset.serial_number).where(Asset.id.in_(ids)))
    serials = {row.id: row.serial_number for row in rows}
    # The log holds when each is due, also where the rules of lending said so and not the page.
    scan_ids = [one.line.scan.scan_id for one in lines]
    logged = session.execute(select(Scan.scan_id, Scan.due_at).where(Scan.scan_id.in_(scan_ids)))
    dues = {row.scan_id: row.due_at for row in logged}
    names = DisplayNames(session.connection())
    names.load_people(one.holder_id for one in lines)
    described = []
    for one in lines:
        scan, card, stock = one.line.scan, one.answer.asset, one.answer.stock
        holder = names.person(one.holder_id)
        place = Named(card.location, card.location_name) if card and card.location else None
        if stock and stock.location:
            place = Named(stock.location, stock.location_name)
        described.append(
            DocumentLine(
                scan_id=scan.scan_id,
                code=scan.code,
                outcome=one.outcome,
                said=one.answer.message,
                asset_tag=card.asset_tag if card else None,
                thing=card.name if card else stock.name if stock else "",
                stock_code=stock.code if stock else None,
                quantity=stock.quantity if stock else 1,
                unit=stock.unit if stock else "",
                serial_number=serials.get(one.asset_id) if one.asset_id else None,
                holder=Named(holder.number or holder.email, holder.name) if holder else None,
                place=place,
                refusal=one.refusal,
                condition=scan.condition,
                note=scan.note,
                due_at=dues.get(scan.scan_id),
                checklist=dict(one.line.checklist),
                override=one.override,
                findings=one.findings,
            )
        )
    return described

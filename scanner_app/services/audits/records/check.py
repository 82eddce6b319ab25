"""Check sealed records against the database: rows, applied corrections, chain and pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.checked import check_report
from scanner_app.domain.audits.proposals import APPLIED, Decision, ProposalKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.seals.chain import find_breaks
from scanner_app.domain.seals.check import Broken, read_text
from scanner_app.domain.seals.report import FORMAT, BrokenSeal, verify_report
from scanner_app.models import Finding, RegisterChange, Seal
from scanner_app.queries.seals.chain import list_links
from scanner_app.queries.seals.leaves import read_acts_of, read_scans_of
from scanner_app.queries.seals.proofs import load_seal_proof
from scanner_app.queries.seals.texts import SealedText
from scanner_app.services.audits.records.pictures import FindFile, find_picture


def check_records(
    session: Session, *, keys: Mapping[str, str], find_file: FindFile
) -> Iterator[str]:
    """Yield every fault of the sealed records, each after the number of its record.

    :param keys: the public keys that ever sealed here, by their ids.
    :param find_file: returns a file of the store by its SHA-256, None if it is not there.
    """
    for fault in find_breaks(list_links(session), from_first=True):
        yield f"chain: {fault}"
    for number in session.scalars(select(Seal.number).order_by(Seal.number)).all():
        seal = session.get_one(Seal, number)
        for fault in _check_record(session, seal, keys, find_file):
            yield f"record {number}: {fault}"
        session.expunge(seal)  # a text of many megabytes need not stay


def _check_record(
    session: Session, seal: Seal, keys: Mapping[str, str], find_file: FindFile
) -> Iterator[str]:
    text = SealedText(session, seal.number).load()
    try:
        report = read_text(text)
    except Broken as broken:
        yield str(broken)
        return
    if report.get("format") != FORMAT:
        try:
            verify_report(text, public_pem=keys.get(seal.key_id))
        except BrokenSeal as error:
            yield str(error)
        return
    sealed = load_seal_proof(session, seal.audit_id) if seal.audit_id is not None else None
    try:
        check_report(text, public_pem=keys.get(seal.key_id), sealed=sealed)
    except Broken as broken:
        yield str(broken)
        if broken.code in {"json", "content"}:
            return  # what it holds is not what was sealed, so its rows are no measure
    previous = report["previous"]["sha256"] if report["previous"] else None
    if (report["number"], report["seal"]["sha256"], previous) != (
        seal.number, seal.sha256, seal.previous_sha256,
    ):  # fmt: skip
        yield "rows: the row of the seal is not what the record says"
    if seal.audit_id is not None:
        yield from _check_leaves(session, seal, report)
        yield from _check_findings(session, seal.audit_id, report)
        yield from _check_applied(session, seal.audit_id, report)
    for picture in report["pictures"]:
        content = find_picture(session, picture["sha256"], find_file)
        if content is None or hashlib.sha256(content).hexdigest() != picture["sha256"]:
            yield f"pictures: {picture['sha256']}"


def _check_leaves(session: Session, seal: Seal, report: Mapping[str, Any]) -> Iterator[str]:
    """Yield scans and acts that are not in both, or not the same in both."""
    audit_id = seal.audit_id or 0
    held = {item["scan_id"]: item["leaf"] for item in report["scans"]["items"]}
    there = {
        leaf["scan_id"]: leaf
        for _id, leaf in read_scans_of(session, audit_id)
        # What arrived after the sealing is kept, refused, and belongs to no record.
        if leaf["scan_id"] in held or _moment(leaf["recorded_at"]) <= seal.sealed_at
    }
    yield from _compare("scan", held, there)
    acts = {item["id"]: _without_digest(item) for item in report["acts"]["items"]}
    rows = {leaf["id"]: leaf for _id, leaf in read_acts_of(session, audit_id)}
    yield from _compare("act", acts, {id_: rows[id_] for id_ in acts if id_ in rows})


def _compare(what: str, held: Mapping[Any, Any], there: Mapping[Any, Any]) -> Iterator[str]:
    for key in there:
        if key not in held:
            yield f"rows: {what} {key} is in the database, not in the report"
    for key, leaf in held.items():
        if key not in there:
            yield f"rows: {what} {key} is in the report, not in the database"
        elif there[key] != leaf:
            yield f"rows: {what} {key} is another in the database"


def _check_findings(session: Session, audit_id: int, report: Mapping[str, Any]) -> Iterator[str]:
    rows = {
        row.id: row
        for row in session.execute(
            select(Finding.id, Finding.state, Finding.decision, Finding.reason).where(
                Finding.audit_id == audit_id
            )
        )
    }
    for held in report["findings"]:
        row = rows.pop(held["id"], None)
        name = held["asset_tag"] or held["code"]
        said = (held["state"], held["decision"], held["reason"])
        if row is None or (row.state, row.decision, row.reason) != said:
            yield f"rows: finding {name} is another in the database"
    for id_ in rows:
        yield f"rows: finding {id_} is in the database, not in the report"


def _check_applied(session: Session, audit_id: int, report: Mapping[str, Any]) -> Iterator[str]:
    """Yield accepted corrections of a closed audit that the register never got."""
    if report["audit"]["state"] != "closed":
        return
    changes = (
        select(Finding.id)
        .join(RegisterChange, RegisterChange.asset_id == Finding.asset_id)
        .where(Finding.audit_id == audit_id)
    )
    changed = set(session.scalars(changes.where(RegisterChange.audit_id == audit_id)))
    # What was missing by the register already is marked by no further change.
    was_missing = set(session.scalars(changes.where(RegisterChange.sets_status == Stage.MISSING)))
    for held in report["findings"]:
        if held["decision"] not in APPLIED or held["proposal"] == ProposalKind.REGISTER:
            continue
        is_marked = held["decision"] == Decision.MARK_MISSING and held["id"] in was_missing
        if held["id"] not in changed and not is_marked:
            yield f"applied: {held['asset_tag']} was accepted and not changed"


def _without_digest(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "digest"}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)

"""The one door for every scan: camera, wedge, typed tag, photo, RFID read, upload.

A batch is taken in order. What it needs is loaded by a handful of selects, decided in memory by
`domain.custody`, and written by a handful of statements; one scan is a batch of one. Refused
scans are kept too: the log answers "what did the operator see?", not only "what changed?".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, select, union_all
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules, read_code
from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.capture import NewScan
from scanner_app.domain.custody import Outcome
from scanner_app.models import Scan
from scanner_app.models.among import is_among
from scanner_app.models.lookup import Lookup
from scanner_app.queries.resolution import Register, custodian_values, place_values
from scanner_app.services.batch import Batch, Prepared
from scanner_app.services.intake import Intake

_encode = msgspec.json.Encoder().encode
# No device scanned before: a clock that was never set says 1970.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def fingerprint(scan: NewScan, actor: str) -> str:
    """Hash what a scan says, so that its id cannot be used again for something else.

    The actor is part of it: somebody else's scan id answers as a conflict and discloses nothing.
    """
    # The order of the fields is part of what is stored: a new one goes to the end.
    parts = (
        actor,
        scan.code,
        scan.intent,
        scan.scanned_at,
        scan.symbology,
        scan.source,
        scan.location,
        scan.custodian,
        scan.due_at,
        scan.audit,
        scan.voids,
        scan.condition,
        scan.note,
        scan.device,
    )
    return hashlib.sha256(_encode(parts)).hexdigest()


class Results(list[dict[str, Any]]):
    """One result for each scan; `text` is their JSON where all of them were recorded just now."""

    text: str | None = None


def record_scans(
    session: Session,
    *,
    scans: Sequence[NewScan],
    actor: Actor,
    now: datetime,
    skew: timedelta = timedelta(minutes=5),
    rules: TagRules | None = None,
) -> Results:
    """Record scans in order, carry out what they ask for, and give one result for each.

    A scan_id that was recorded before gives its first answer again (`repeated`), or `conflict`
    where its content differs; neither changes anything. Results have the shape of the contract.

    :param skew: how far a device's clock may run ahead before our time takes its place.
    """
    rules = rules or TagRules()
    session.flush()  # the statements below go past the ORM
    author = actor.key
    connection = session.connection()
    prepared = _prepare(connection, scans, author=author, now=now, skew=skew, rules=rules)
    batch = Batch(
        session,
        prepared,
        author=author,
        author_name=actor.name,
        may_void_any=actor.can(Action.RUN_AUDITS),
        now=now,
    )
    intake = Intake(batch)
    first, batch.undone_early = _known_answers(connection, [scan.scan_id for scan in scans])
    results = Results()
    for item in prepared:
        known = first.get(item.id_text)
        if known is None:
            result = intake.take(item)
            first[item.id_text] = (item.fingerprint, result)
            results.append(result)
        elif known[0] == item.fingerprint:
            results.append({**known[1], "status": "repeated"})
        else:
            results.append(_conflict(item.id_text))
    batch.write()
    if len(batch.told) == len(results):
        results.text = f"[{','.join(batch.told)}]"
        return results
    # A result that was answered as repeated within this batch was copied before its finding was
    # known; copy it again now that every answer is final.
    for i, (item, result) in enumerate(zip(prepared, results, strict=True)):
        if result["status"] == "repeated":
            results[i] = {**first[item.id_text][1], "status": "repeated"}
    return results


_SCAN = Scan.__table__.c
_ANSWERED = select(_SCAN.scan_id, _SCAN.fingerprint, _SCAN.answer, _SCAN.voids, _SCAN.outcome)
# Two selects in one, each by its own index: for an OR, PostgreSQL reads the whole log.
_KNOWN = Lookup(
    union_all(
        _ANSWERED.where(is_among(_SCAN.scan_id, "scan_ids")),
        _ANSWERED.where(_SCAN.voids.is_not(None), is_among(_SCAN.voids, "scan_ids")),
    ),
    "scan_ids",
)


def _known_answers(
    connection: Connection, scan_ids: Sequence[UUID]
) -> tuple[dict[str, tuple[str, dict[str, Any]]], set[UUID]]:
    """Give what is known of scan ids: the answers given, and which were undone before they came."""
    rows = _KNOWN.fetch(connection, scan_ids)
    wanted = set(scan_ids) if rows else set()
    known: dict[str, tuple[str, dict[str, Any]]] = {}
    undone: set[UUID] = set()
    for scan_id, print_, answer, voids, outcome in rows:
        if scan_id in wanted:
            known[str(scan_id)] = (print_, json.loads(answer))
        if voids in wanted and outcome in {Outcome.APPLIED, Outcome.NOTED}:
            undone.add(voids)
    return known, undone


def _conflict(id_text: str) -> dict[str, Any]:
    return {
        "scan_id": id_text,
        "status": "conflict",
        "outcome": None,
        "refusal": None,
        "finding": None,
        "asset": None,
        "kind": None,
        "answer": "refused",
        "place": None,
        "person": None,
        "message": "This scan's id was used before for something else; nothing was changed.",
    }


def _prepare(
    connection: Connection,
    scans: Sequence[NewScan],
    *,
    author: str,
    now: datetime,
    skew: timedelta,
    rules: TagRules,
) -> list[Prepared]:
    """Resolve every code, place and custodian of a batch by one select."""
    readings = [read_code(scan.code, symbology=scan.symbology, rules=rules) for scan in scans]
    places = {text: place_values(text) for text in {scan.location for scan in scans} if text}
    people = {text: custodian_values(text) for text in {scan.custodian for scan in scans} if text}
    wanted = {candidate.value for reading in readings for candidate in reading.candidates}
    wanted.update(value for values in places.values() for value in values)
    wanted.update(value for values in people.values() for value in values)
    register = Register(connection, wanted)
    latest = now + skew
    prepared: list[Prepared] = []
    ids: list[str] = msgspec.to_builtins([scan.scan_id for scan in scans])
    for scan, id_text, reading in zip(scans, ids, readings, strict=True):
        is_suspect = not EARLIEST <= scan.scanned_at <= latest
        at = now if is_suspect else scan.scanned_at
        prepared.append(
            Prepared(
                scan,
                id_text,
                fingerprint(scan, author),
                reading.key,
                at,
                is_suspect,
                register.find(reading, at=at),
                register.find_place(places[scan.location], at) if scan.location else None,
                register.find_custodian(people[scan.custodian], at) if scan.custodian else None,
            )
        )
    return prepared

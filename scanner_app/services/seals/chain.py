"""Seal a record: give it the next number, name the seal before it, sign it, and keep it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.seals.chain import SealKind
from scanner_app.domain.seals.report import SigningKey, seal_report
from scanner_app.models import Seal
from scanner_app.queries.seals.chain import load_installation
from scanner_app.services.seals.acts import record_act
from scanner_app.services.seals.log import seal_log

# Any number that no other lock of this program has.
CHAIN_LOCK = 6_962_001


@dataclass(frozen=True, slots=True)
class Sealing:
    """Who seals a record, when, with which key, and by which version of this software."""

    actor: Actor
    now: datetime
    key: SigningKey
    version: str


def lock_chain(session: Session) -> None:
    """Wait until no other transaction can take the next number. SQLite writes alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))


def seal_record(
    session: Session,
    *,
    kind: SealKind,
    audit_id: int | None,
    build: Callable[[], Mapping[str, Any]],
    sealing: Sealing,
) -> Seal:
    """Build a record under the chain's lock, seal it with the next number, and return its row.

    What the record rests on is sealed in the log first, and the record holds both checkpoints.

    :param build: returns the record without its place in the chain and in the log.
    """
    lock_chain(session)
    newest = session.scalar(select(Seal).order_by(Seal.number.desc()).limit(1))
    number = newest.number + 1 if newest else 1
    points = seal_log(session, key=sealing.key, now=sealing.now)
    report = {
        **build(),
        "installation": load_installation(session),
        "number": number,
        "previous": {"number": newest.number, "audit": newest.audit_id, "sha256": newest.sha256}
        if newest
        else None,
        "checkpoints": {tree.value: point.note for tree, point in points.items()},
    }
    sealed = seal_report(report, sealing.key)
    seal = Seal(
        number=number,
        kind=kind,
        audit_id=audit_id,
        report=sealed.text,
        sha256=sealed.sha256,
        previous_sha256=newest.sha256 if newest else None,
        signature=sealed.signature,
        key_id=sealing.key.key_id,
        sealed_at=sealing.now,
    )
    session.add(seal)
    session.flush()
    about = {
        "number": number, "kind": kind.value, "sha256": sealed.sha256, "key_id": seal.key_id,
    }  # fmt: skip
    record_act(
        session, kind=ActKind.SEALED, actor=sealing.actor, now=sealing.now,
        audit_id=audit_id, about=about,
    )  # fmt: skip
    return seal

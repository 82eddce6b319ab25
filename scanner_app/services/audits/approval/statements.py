"""Statements of those who led the count and who approve it, with their signatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import STATEMENTS_OF, ActKind, StatementOf
from scanner_app.domain.audits.policy import needs_signature, needs_statements
from scanner_app.domain.errors import Invalid
from scanner_app.domain.signatures.strokes import Signature
from scanner_app.models import Act, Audit
from scanner_app.services.files.signatures import keep_signature, load_signature
from scanner_app.services.seals.acts import record_act

MAX_STATEMENT = 2000


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person states about an audit, in words and by hand; either may be left out."""

    text: str = ""
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class ShownStatement:
    """A statement as pages show it."""

    at: datetime
    name: str
    label: str
    text: str | None
    signature: Signature | None


def list_statements(session: Session, audit_id: int) -> list[ShownStatement]:
    """Return what people stated about an audit, oldest first."""
    rows = session.execute(
        select(Act.at, Act.actor_name, Act.about, Act.text)
        .where(Act.audit_id == audit_id, Act.kind == ActKind.STATEMENT)
        .order_by(Act.id)
    )
    return [
        ShownStatement(
            at, name, STATEMENTS_OF[StatementOf(about["as"])].label if "as" in about else "", text,
            load_signature(session, about.get("signature", "")),
        )
        for at, name, about, text in rows
    ]  # fmt: skip


def record_statement(
    session: Session,
    audit: Audit,
    given: Statement,
    *,
    of: StatementOf,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep a statement as an act, if there is one; the report will hold it.

    :raises Invalid: `statement_required`, `signature_required`: the policy asks for what is not
        given.
    """
    text = given.text.strip()[:MAX_STATEMENT]
    if needs_statements(audit.policy) and not text:
        words = "State what you checked: this audit asks for it, and keeps it in its record."
        raise Invalid(words, code="statement_required", errors={"statement": [words]})
    if of is StatementOf.APPROVER and needs_signature(audit.policy) and given.signature is None:
        words = "Sign before you close: this audit asks for a signature."
        raise Invalid(words, code="signature_required", errors={"signature": [words]})
    if not text and given.signature is None:
        return
    about: Mapping[str, Any] = {"as": of.value}
    if given.signature is not None:
        about = {**about, "signature": keep_signature(session, given.signature)}
    record_act(
        session,
        kind=ActKind.STATEMENT,
        actor=actor,
        now=now,
        audit_id=audit.id,
        about=about,
        text=text,
    )

"""Keep pictures for the record of an audit: each with who added it, in the trail of its finding."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.asking.attestation import LinkHolder
from scanner_app.domain.audits.findings import CONDITION_FLAGS, CONDITIONS
from scanner_app.domain.audits.spans import TAKES_SCANS
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.models import AuditPicture, Finding
from scanner_app.queries.audits.findings import require_finding
from scanner_app.services.audits.propose import make_proposals
from scanner_app.services.audits.steps import lock_audit
from scanner_app.services.seals.acts import record_act

MAX_OF_FINDING = 20
MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture that is in the file store already."""

    sha256: str
    size: int
    width: int
    height: int


def add_picture(
    session: Session,
    *,
    audit_id: int,
    finding_id: int,
    picture: KeptPicture,
    note: str,
    actor: Actor,
    now: datetime,
    condition: str = "",
) -> None:
    """Add a picture to a finding. It is part of the record; nobody takes it off again.

    :param condition: what the thing is like, as scans say it; it sets the flag of the finding, and
        a decision that was made without it is open again.
    :raises Invalid: there is no such condition.
    :raises NotFound: the finding does not belong to this audit.
    :raises Conflict: the audit is not being counted or reconciled, or the finding has too many.
    """
    if condition and condition not in CONDITIONS:
        text = f"Choose one of {', '.join(CONDITIONS)}."
        raise Invalid(text, errors={"condition": [text]})
    audit = lock_audit(session, audit_id)
    if audit.state not in TAKES_SCANS:
        raise Conflict(
            f"Pictures are added while an audit is counted or reconciled; this one is "
            f"{audit.state.value}.",
            code="audit_closed" if audit.closed_at else "wrong_state",
        )
    require_finding(session, audit_id, finding_id)
    if is_kept(session, audit_id=audit_id, finding_id=finding_id, sha256=picture.sha256):
        return  # the same picture sent again
    about = {"picture": picture.sha256, **({"condition": condition} if condition else {})}
    act_id = record_act(
        session, kind=ActKind.EVIDENCE_ADDED, actor=actor, now=now, audit_id=audit_id,
        about=about, text=note.strip()[:MAX_TEXT], finding_ids=[finding_id],
    )  # fmt: skip
    keep_picture(
        session, audit_id=audit_id, finding_id=finding_id, act_id=act_id, picture=picture,
        actor=actor, now=now,
    )  # fmt: skip
    if condition in CONDITION_FLAGS and audit.state is AuditState.RECONCILING:
        make_proposals(session, Finding.id == finding_id, audit_id=audit_id, actor=actor, now=now)


def is_kept(session: Session, *, audit_id: int, finding_id: int, sha256: str) -> bool:
    """Return whether a finding has a picture already.

    :raises Conflict: it does not, and the finding has no room for another one.
    """
    of = (AuditPicture.audit_id == audit_id, AuditPicture.finding_id == finding_id)
    known = session.scalars(select(AuditPicture.sha256).where(*of)).all()
    if sha256 not in known and len(known) >= MAX_OF_FINDING:
        raise Conflict(
            f"There are {MAX_OF_FINDING} pictures of this already.", code="too_many_files"
        )
    return sha256 in known


def keep_picture(
    session: Session,
    *,
    audit_id: int,
    finding_id: int,
    act_id: int,
    picture: KeptPicture,
    actor: Actor | LinkHolder,
    now: datetime,
) -> int:
    """Write the row of a picture that an act names, and return its id."""
    written: int = session.execute(
        insert(AuditPicture).returning(AuditPicture.id),
        {
            "audit_id": audit_id,
            "finding_id": finding_id,
            "sha256": picture.sha256,
            "size": picture.size,
            "width": picture.width,
            "height": picture.height,
            "taken_at": now,
            "actor": actor.key,
            "actor_name": actor.name,
            "act_id": act_id,
        },
    ).scalar_one()
    return written

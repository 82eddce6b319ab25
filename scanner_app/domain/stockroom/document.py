"""The text of a hand-over that is sealed: what changed hands, between whom, when, and how it was.

Everything in it is as people read it at that moment. A later change of a name or a serial number in
the register does not reach it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from scanner_app.domain.circulation.terms import Acceptance, TermsText
from scanner_app.domain.stockroom.handovers import HandoverKind, LineOutcome, Mode
from scanner_app.domain.text import name_language

FORMAT = "scanner-app hand-over 1"


@dataclass(frozen=True, slots=True)
class Named:
    """A person by number or a location by code, and the name; without a name it is not known."""

    ref: str | None
    name: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {"ref": self.ref, "name": self.name}


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed, and the hash of the signature: the strokes may be forgotten, this stays.

    :param is_typed: a name was typed in place of a drawn signature.
    """

    sha256: str
    by: str
    is_typed: bool

    def to_json(self) -> dict[str, Any]:
        return {"sha256": self.sha256, "by": self.by, "is_typed": self.is_typed}


@dataclass(frozen=True, slots=True)
class DocumentTerms:
    """One text that holds for things of a hand-over, word for word, and whether it is accepted.

    :param covers: the numbers of the lines that it holds for.
    :param accepted_at: when the person accepted it before.
    """

    text: TermsText
    acceptance: Acceptance
    covers: Sequence[int] = ()
    accepted_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.text.terms_id,
            "version": self.text.version,
            "title": self.text.title,
            "text": self.text.body,
            "sha256": self.text.sha256,
            "covers": list(self.covers),
            "acceptance": self.acceptance.value,
            "accepted_at": write_time(self.accepted_at),
        }


@dataclass(frozen=True, slots=True)
class DocumentKit:
    """A kit of which something changed hands.

    :param open: what was not handed over of it, or did not come back.
    """

    code: str
    name: str
    open: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "name": self.name, "open": list(self.open)}


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One thing, as it is in the document.

    :param holder: who had it before.
    :param place: where it is now.
    :param findings: what the rules of lending said of it, with code, weight and sentence.
    :param stock_code: of pieces of stock, the code of their item.
    :param said: the sentence that the clerk saw; it says why a line is contested.
    """

    scan_id: UUID
    code: str
    outcome: LineOutcome
    said: str
    asset_tag: str | None = None
    thing: str = ""
    serial_number: str | None = None
    holder: Named | None = None
    place: Named | None = None
    refusal: str | None = None
    condition: str | None = None
    note: str | None = None
    due_at: datetime | None = None
    checklist: Mapping[str, bool] = field(default_factory=dict)
    override: Sequence[str] = ()
    findings: Sequence[Mapping[str, Any]] = ()
    stock_code: str | None = None
    quantity: int = 1
    unit: str = ""

    def to_json(self, n: int) -> dict[str, Any]:
        return {
            "n": n,
            "scan_id": str(self.scan_id),
            "code": self.code,
            "asset_tag": self.asset_tag,
            "thing": self.thing,
            "serial_number": self.serial_number,
            "stock_code": self.stock_code,
            "quantity": self.quantity,
            "unit": self.unit,
            "from": self.holder.to_json() if self.holder else None,
            "place": self.place.to_json() if self.place else None,
            "outcome": self.outcome.value,
            "refusal": self.refusal,
            "said": self.said,
            "condition": self.condition,
            "note": self.note,
            "due_at": write_time(self.due_at),
            "checklist": dict(self.checklist),
            "override": list(self.override),
            "findings": [dict(finding) for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Document:
    """A whole hand-over before it is sealed."""

    number: str
    handover_id: UUID
    kind: HandoverKind
    mode: Mode
    at: datetime
    recorded_at: datetime
    clerk: str
    lines: Sequence[DocumentLine]
    person: Named | None = None
    place: Named | None = None
    signature: Signed | None = None
    terms: Sequence[DocumentTerms] = ()
    kits: Sequence[DocumentKit] = ()
    organisation: str = ""
    software: str = ""
    language: str = "en"

    def to_json(self) -> dict[str, Any]:
        return name_language(self.language) | {
            "format": FORMAT,
            "number": self.number,
            "handover_id": str(self.handover_id),
            "kind": self.kind.value,
            "mode": self.mode.value,
            "at": write_time(self.at),
            "recorded_at": write_time(self.recorded_at),
            "clerk": self.clerk,
            "person": self.person.to_json() if self.person else None,
            "place": self.place.to_json() if self.place else None,
            "lines": [line.to_json(n) for n, line in enumerate(self.lines, start=1)],
            "signature": self.signature.to_json() if self.signature else None,
            "terms": [one.to_json() for one in self.terms],
            "kits": [one.to_json() for one in self.kits],
            "organisation": self.organisation,
            "software": self.software,
        }


def write_time(at: datetime | None) -> str | None:
    """Return a time as the document holds it: in UTC, to the microsecond."""
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"

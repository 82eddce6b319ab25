"""The text of a certificate before it is sealed: what is gone, how, and who took part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.seals.leaves import show_moment
from scanner_app.domain.seals.merkle import root_of_items

FORMAT = "scanner-app certificate 1"


@dataclass(frozen=True, slots=True)
class CertificateParts:
    """What a certificate is made of; each item of a list gets its own hash as it is sealed.

    :param kind: `disposal` of a consignment, or `sanitization` of one medium.
    """

    number: str
    kind: str
    issued_at: datetime
    software: str
    organization: str
    consignment: Mapping[str, Any] | None
    items: Sequence[Mapping[str, Any]]
    differences: Sequence[Mapping[str, Any]] = ()
    chain: Sequence[Mapping[str, Any]] = ()
    attachments: Sequence[Mapping[str, Any]] = ()
    people: Sequence[Mapping[str, Any]] = ()
    scans: Sequence[Mapping[str, Any]] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "certificate": {
                "number": self.number,
                "kind": self.kind,
                "version": 1,
                "issued_at": show_moment(self.issued_at),
                "software": self.software,
            },
            "organization": {"name": self.organization},
            "consignment": dict(self.consignment) if self.consignment is not None else None,
            "items": [dict(one) for one in self.items],
            "differences": [dict(one) for one in self.differences],
            "chain": [dict(one) for one in self.chain],
            "attachments": [dict(one) for one in self.attachments],
            "people": [dict(one) for one in self.people],
            "scans": {
                "count": len(self.scans),
                "root": root_of_items(dump_canonical(dict(one)) for one in self.scans).hex(),
                "items": [dict(one) for one in self.scans],
            },
        }


def show_cents(cents: int | None) -> str | None:
    """Return an amount as decimal text: sealed JSON holds no money as a number."""
    return None if cents is None else f"{cents // 100}.{cents % 100:02}"

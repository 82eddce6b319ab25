"""The lines of a hand-over before they are recorded: what stock means here, and each thing once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from scanner_app.domain.errors import Invalid
from scanner_app.domain.stockroom.handovers import Mode
from scanner_app.domain.stockroom.new_handover import NewHandover
from scanner_app.services.scanning.resolve import ResolvedScan

STOCK = "stock_item"
_encode = msgspec.json.Encoder(enc_hook=str, order="deterministic").encode


def fingerprint(handover: NewHandover, actor: str) -> str:
    """Return a hash of what a hand-over says.

    The mode is left out: a page that got no answer sends the same hand-over again as a fact.
    """
    parts = (
        actor, handover.handover_id, handover.kind, handover.person, handover.place, handover.at,
        handover.signature.to_json() if handover.signature else None, handover.signed_by,
        [(line.scan, line.override, line.checklist) for line in handover.lines],
    )  # fmt: skip
    # Added later, so they count only where they say something: a hand-over that was sent before
    # an upgrade and comes again after it is still the same.
    more: tuple[object, ...] = ()
    if handover.terms or handover.by_link:
        more = (handover.terms, handover.by_link)
    if handover.kits:
        more = (*more, "kits", handover.kits)
    return hashlib.sha256(_encode((*parts, *more))).hexdigest()


def mean_stock(handover: NewHandover, resolved: Sequence[ResolvedScan]) -> NewHandover:
    """Return the hand-over with what its lines of stock are to the door: issue, or take back.

    A page without a network does not know which of its codes mean stock.
    """
    facts = handover.kind.facts
    lines = tuple(
        line._replace(
            scan=line.scan._replace(
                intent=facts.stock_intent,
                custodian=handover.person,
                condition=None if facts.needs_person else line.scan.condition,
                due_at=None,
            )
        )
        if item.meaning.kind == STOCK
        else line
        for line, item in zip(handover.lines, resolved, strict=True)
    )
    return replace(handover, lines=lines)


def require_each_once(resolved: Sequence[ResolvedScan], mode: Mode) -> None:
    """Raise if a thing is in the hand-over twice: its lines would depend on each other.

    Lines of one stock item at one location are one line; a page without a network cannot know it.
    """
    seen: dict[tuple[str | None, object], int] = {}
    errors: dict[str, list[str]] = {}
    for index, item in enumerate(resolved):
        is_known = item.meaning.kind == "asset"
        thing: tuple[str | None, object]
        thing = (item.meaning.kind, item.meaning.id if is_known else item.key)
        if item.meaning.kind == STOCK:
            if mode is Mode.FACT:
                continue
            place_id = item.meaning.bin_id or item.place_id
            thing = (STOCK, (item.meaning.id, place_id))
        if thing in seen:
            errors[f"scans.{index}.code"] = [f"The same thing as line {seen[thing] + 1}."]
        seen.setdefault(thing, index)
    if errors:
        raise Invalid("A thing is in this hand-over twice.", code="twice", errors=errors)

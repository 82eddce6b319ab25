"""The scan form of the page without script: its fields are checked and made into scans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid4

from scanner_app.decoding.picture.decode import Decoded
from scanner_app.domain.errors import Invalid
from scanner_app.domain.numbers import read_id
from scanner_app.domain.scanning.derived_ids import DerivedIds
from scanner_app.domain.scanning.intents import TASK_INTENTS, Intent
from scanner_app.domain.scanning.new_scan import (
    NewScan,
    Refused,
    is_task_number,
    parse_scan,
    parse_uuid,
)
from scanner_app.domain.scanning.page_modes import PAGE_MODES, PageMode
from scanner_app.domain.stock.items import MAX_LEVEL
from scanner_app.edge.tag_rules import refuse_unfit
from scanner_app.queries.scanning.offline_lists import ScanDefaults

DEVICE = "page without script"


def read_mode(value: str | None, *, audit: int | None) -> PageMode:
    """Return the mode that a page was asked for; without one, count in an audit, else look up."""
    found = {mode.value: mode for mode in PAGE_MODES}
    return found.get(value or "") or found[Intent.SIGHTING if audit is not None else Intent.LOOKUP]


def read_uuid(value: str | None) -> UUID | None:
    """Return a UUID, None if the text is not one."""
    try:
        return parse_uuid(value)
    except Refused:
        return None


def read_scan(form: Mapping[str, str], *, standing: ScanDefaults, now: datetime) -> NewScan:
    """Return the scan that a form sent.

    :raises Invalid: a field cannot be used; the message says what to do.
    """
    code = form.get("code", "")
    if not code.strip():
        raise Invalid("Type or scan a code first.", errors={"code": ["Must not be empty."]})
    audit = read_id(form.get("audit"))
    raw = {
        "scan_id": str(read_uuid(form.get("scan_id")) or uuid4()),
        "code": code,
        "scanned_at": now.isoformat(),
        "source": "typed",
        "device": DEVICE,
    }
    if form.get("intent") == Intent.VOID.value:
        voids = read_uuid(form.get("voids"))
        if voids is None:
            raise Invalid("Choose the scan to undo.", errors={"voids": ["Missing."]})
        return check_scan({**raw, "intent": Intent.VOID.value, "voids": str(voids)})
    mode = read_mode(form.get("intent"), audit=audit)
    intent, facts = mode.intent, mode.facts
    takes_person = facts.needs_person or facts.takes_person
    return check_scan(
        {
            **raw,
            "intent": intent.value,
            "location": form.get("location", "").strip() or standing.place_code,
            "custodian": _custodian(form, standing) if takes_person else None,
            "quantity": _quantity(form) if mode.is_stock else None,
            "task": read_task(form) if intent in TASK_INTENTS else None,
            "due_at": read_due(form.get("due_at")) if mode.takes_due else None,
            "audit": audit,
            "condition": form.get("condition") or None,
            "note": form.get("note", "").strip() or None,
        }
    )


def read_task(form: Mapping[str, str]) -> str | None:
    """Return the number of the task that a page is for, None for none."""
    text = form.get("task", "")
    return text if is_task_number(text) else None


def _quantity(form: Mapping[str, str]) -> int | None:
    """Return how many pieces the form says; None if it says nothing.

    :raises Invalid: it is not a number of pieces.
    """
    text = form.get("quantity", "").strip()
    if not text:
        return None
    # How much goes at once, the rules of a scan say: a count may find more.
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_LEVEL))
    if not is_number or int(text) > MAX_LEVEL:
        problem = "Give the number of pieces as a whole number."
        raise Invalid(problem, errors={"quantity": [problem]})
    return int(text)


def check_scan(raw: dict[str, Any]) -> NewScan:
    """Return the scan that a form's fields make.

    :raises Invalid: a field cannot be used; the message says what to do.
    """
    scan = refuse_unfit(parse_scan(raw))
    if isinstance(scan, NewScan):
        return scan
    name, [reason, *_] = next(iter(scan.items()))
    words = name.replace("_", " ").removesuffix(" at")
    raise Invalid(
        f"The {words} cannot be used: {reason[:1].lower()}{reason[1:]}",
        errors=scan,
    )


def read_photo_scans(
    decoded: Decoded,
    form: Mapping[str, str],
    *,
    standing: ScanDefaults,
    ids: DerivedIds,
    now: datetime,
) -> list[NewScan]:
    """Return a scan of each code in a picture. The same picture again makes the same scans."""
    audit = read_id(form.get("audit"))
    intent = read_mode(form.get("mode") or form.get("intent"), audit=audit).intent
    photo_id = read_uuid(form.get("photo_id")) or uuid4()
    made = [
        parse_scan(
            {
                "scan_id": str(ids.make(photo_id, f"code {symbol.text}")),
                "code": symbol.code,
                "intent": intent.value,
                "scanned_at": now.isoformat(),
                "symbology": symbol.symbology,
                "source": "photo",
                "location": standing.place_code,
                "custodian": _custodian(form, standing) if intent.facts.needs_person else None,
                "audit": audit,
                "task": read_task(form) if intent in TASK_INTENTS else None,
                "device": DEVICE,
            }
        )
        for symbol in decoded.symbols
    ]
    # Empty, endless and binary codes and passwords are left out; the others are recorded.
    return [scan for scan in map(refuse_unfit, made) if isinstance(scan, NewScan)]


def _custodian(form: Mapping[str, str], standing: ScanDefaults) -> str | None:
    return form.get("custodian", "").strip() or standing.custodian_number or standing.custodian_name


def read_due(value: str | None) -> str | None:
    """Return the end of the day that a form names as a time, None for an empty field.

    :raises Invalid: the day does not exist.
    """
    if not value:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise Invalid(
            "Enter the day it is due back as year-month-day.",
            errors={"due_at": ["This day does not exist."]},
        ) from None
    return datetime.combine(day, time(23, 59, 59), UTC).isoformat()

"""The scan form of the page without script: its fields checked and made into scans."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from uuid import UUID, uuid4, uuid5

from scanner_app.decoding.image import Decoded
from scanner_app.domain.capture import NewScan
from scanner_app.domain.custody import Intent
from scanner_app.domain.errors import Invalid
from scanner_app.queries.scan_lists import Standing

LONGEST_CODE = 4096
LONGEST_NOTE = 2000
LONGEST_TEXT = 255
LARGEST_ID = 2**31 - 1
CONDITIONS = ("good", "damaged", "unreadable_label")
MODES = (Intent.LOOKUP, Intent.SIGHTING, Intent.MOVE, Intent.CHECK_OUT, Intent.CHECK_IN)
# GS1 and ISO/IEC 15434 envelopes carry these four separators and the end of transmission.
_CONTROL_IN_CODE = re.compile(r"[\x00-\x1f\x7f](?<![\x04\x1c\x1d\x1e\x1f])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_mode(value: str | None, *, audit: int | None) -> Intent:
    """Give the mode a page was asked for; sighting in an audit, look up elsewhere by default."""
    for mode in MODES:
        if mode.value == value:
            return mode
    return Intent.SIGHTING if audit is not None else Intent.LOOKUP


def read_audit(value: str | None) -> int | None:
    """Give the audit a page was asked for, None where none or nonsense was."""
    if not value or not value.isascii() or not value.isdecimal() or len(value) > len("2147483647"):
        return None
    number = int(value)
    return number if 1 <= number <= LARGEST_ID else None


def read_uuid(value: str | None) -> UUID | None:
    """Give a UUID, or None where the text is none."""
    try:
        return UUID(value or "")
    except ValueError:
        return None


def read_scan(form: Mapping[str, str], *, standing: Standing, now: datetime) -> NewScan:
    """Make the scan that a form sent.

    :raises Invalid: a field cannot be taken; the message says what to do.
    """
    code = form.get("code", "").strip(" \t\r\n")
    if not code:
        raise Invalid("Type or scan a code first.", errors={"code": ["Must not be empty."]})
    if len(code) > LONGEST_CODE:
        raise Invalid("This code is too long to be a label.", errors={"code": ["Too long."]})
    if not code.isprintable() and _CONTROL_IN_CODE.search(code):
        raise Invalid(
            "This code holds a control character. Check the scanner's settings.",
            errors={"code": ["Holds a control character."]},
        )
    audit = read_audit(form.get("audit"))
    scan_id = read_uuid(form.get("scan_id"))
    if form.get("intent") == Intent.VOID.value:
        voids = read_uuid(form.get("voids"))
        if voids is None:
            raise Invalid("Say which scan to undo.", errors={"voids": ["Missing."]})
        return NewScan(
            scan_id=scan_id or uuid4(),
            code=code,
            intent=Intent.VOID,
            scanned_at=now,
            source="typed",
            voids=voids,
        )
    intent = read_mode(form.get("intent"), audit=audit)
    return NewScan(
        scan_id=scan_id or uuid4(),
        code=code,
        intent=intent,
        scanned_at=now,
        source="typed",
        location=_text(form, "location", LONGEST_TEXT) or standing.place_code,
        custodian=_custodian(form, standing) if intent is Intent.CHECK_OUT else None,
        due_at=_due(form.get("due_at")) if intent is Intent.CHECK_OUT else None,
        audit=audit,
        condition=_condition(form.get("condition")),
        note=_text(form, "note", LONGEST_NOTE),
        device="page without script",
    )


def read_photo_scans(
    decoded: Decoded, form: Mapping[str, str], *, standing: Standing, now: datetime
) -> list[NewScan]:
    """Make a scan of each code in a picture; sent again, the same picture makes the same scans."""
    audit = read_audit(form.get("audit"))
    intent = read_mode(form.get("intent"), audit=audit)
    photo_id = read_uuid(form.get("photo_id")) or uuid4()
    scans = []
    for symbol in decoded.symbols:
        code = symbol.text.strip(" \t\r\n")
        if not code or len(code) > LONGEST_CODE or _CONTROL_IN_CODE.search(code):
            continue
        scans.append(
            NewScan(
                scan_id=uuid5(photo_id, symbol.text),
                code=code,
                intent=intent,
                scanned_at=now,
                symbology=symbol.symbology,
                source="photo",
                location=standing.place_code,
                custodian=_custodian(form, standing) if intent is Intent.CHECK_OUT else None,
                audit=audit,
                device="page without script",
            )
        )
    return scans


def _custodian(form: Mapping[str, str], standing: Standing) -> str | None:
    return (
        _text(form, "custodian", LONGEST_TEXT)
        or standing.custodian_number
        or standing.custodian_name
    )


def _text(form: Mapping[str, str], name: str, limit: int) -> str | None:
    text = form.get(name, "").strip()
    if len(text) > limit or _CONTROL.search(text):
        raise Invalid(
            f"The {name} cannot be taken: at most {limit} plain characters.",
            errors={name: [f"At most {limit} characters, no control characters."]},
        )
    return text or None


def _condition(value: str | None) -> str | None:
    return value if value in CONDITIONS else None


def _due(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise Invalid(
            "Give the day it is due back as year-month-day.", errors={"due_at": ["No such day."]}
        ) from None
    return datetime.combine(day, time(23, 59, 59), UTC)

"""The fields of a scan as they come in, each checked by hand: a thousand of them come at once.

The API, the pages and the readers take a scan through here; none has rules of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec import ValidationError, convert

from scanner_app.domain.capture import NewScan
from scanner_app.domain.custody import Intent

LONGEST_CODE = 4096
LONGEST_NOTE = 2000
LONGEST_TEXT = 255
LENGTH_OF_UUID = 36
LONGEST_TIME = len("2026-03-02T09:00:00.123456789+01:00")
LARGEST_ID = 2**31 - 1
SOURCES = ("camera", "photo", "wedge", "typed", "rfid", "nfc", "import")
CONDITIONS = ("good", "damaged", "unreadable_label")
INTENTS = {intent.value: intent for intent in Intent}

_NO_TIME = "Give a time such as 2026-03-02T09:00:00+01:00, with its offset."
_SYMBOLOGY = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
# GS1 and ISO/IEC 15434 envelopes carry these four separators and the end of transmission.
_SEPARATORS = "\x04\x1c\x1d\x1e\x1f"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL_IN_CODE = re.compile(rf"[\x00-\x1f\x7f](?<![{_SEPARATORS}])")
_CONTROL_IN_NOTE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Refused(ValueError):
    """A field that cannot be taken; the text is for the person who mends the client."""


def parse_time(value: object) -> datetime:
    """Read an RFC 3339 time with an offset."""
    if not isinstance(value, str) or len(value) > LONGEST_TIME:
        raise Refused(_NO_TIME)
    try:
        time = convert(value, datetime)
    except (ValidationError, UnicodeEncodeError):  # the second: half a character
        raise Refused(_NO_TIME) from None
    # An offset without its colon is ISO 8601's, and not RFC 3339's.
    if time.tzinfo is None or not (value.endswith(("Z", "z")) or value[-3] == ":"):
        raise Refused(_NO_TIME)
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise Refused("There is no such time.") from None


def parse_uuid(value: object) -> UUID:
    """Read a UUID in its usual form."""
    try:
        if isinstance(value, str) and len(value) == LENGTH_OF_UUID:  # which has its hyphens
            return convert(value, UUID)
    except (ValidationError, UnicodeEncodeError):
        pass
    raise Refused("Give a UUID such as 6a1c7f0f-6d5a-4f1f-9e0d-7e5b3b1f0001.")


def parse_code(value: object) -> str:
    """Read a scanned code: trimmed, bounded, no control characters but GS1 separators."""
    if not isinstance(value, str):
        raise Refused("Must be a text.")
    if len(value) > LONGEST_CODE:
        raise Refused(f"Longer than {LONGEST_CODE} characters.")
    code = value.strip(" \t\r\n")
    if not code:
        raise Refused("Must not be empty.")
    if not code.isprintable() and _CONTROL_IN_CODE.search(code):
        raise Refused("Holds a control character (control_char).")
    return code


def _parse_intent(value: object) -> Intent:
    intent = INTENTS.get(value) if isinstance(value, str) else None
    if intent is None:
        raise Refused(f"Must be one of {', '.join(INTENTS)}.")
    return intent


def _text(limit: int, control: re.Pattern[str]) -> Callable[[object], str | None]:
    def parse(value: object) -> str | None:
        if not isinstance(value, str):
            raise Refused("Must be a text.")
        if len(value) > limit:
            raise Refused(f"Longer than {limit} characters.")
        if not value.isprintable() and control.search(value):
            raise Refused("Holds a control character.")
        return value.strip() or None

    return parse


def _one_of(choices: tuple[str, ...]) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            raise Refused(f"Must be one of {', '.join(choices)}.")
        return value

    return parse


def _parse_symbology(value: object) -> str:
    if not isinstance(value, str) or not _SYMBOLOGY.fullmatch(value):
        raise Refused("Must be a Barcode Detection API name such as code_128.")
    return value


def _parse_id(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST_ID:
        raise Refused("Must be a whole number above 0.")
    return value


_parse_source, _parse_condition = _one_of(SOURCES), _one_of(CONDITIONS)
_parse_text, _parse_note = _text(LONGEST_TEXT, _CONTROL), _text(LONGEST_NOTE, _CONTROL_IN_NOTE)
PARSERS: dict[str, Callable[[object], Any]] = {
    "scan_id": parse_uuid,
    "code": parse_code,
    "intent": _parse_intent,
    "scanned_at": parse_time,
    "symbology": _parse_symbology,
    "source": _parse_source,
    "location": _parse_text,
    "custodian": _parse_text,
    "due_at": parse_time,
    "audit": _parse_id,
    "voids": parse_uuid,
    "condition": _parse_condition,
    "note": _parse_note,
    "device": _parse_text,
}
REQUIRED = ("scan_id", "code", "intent", "scanned_at")


def parse_scan(raw: object) -> NewScan | dict[str, list[str]]:
    """Give the scan, or what is wrong with it by field."""
    if not isinstance(raw, dict):
        return {"scan": ["Must be an object."]}
    return _parse_good(raw) or _parse_all(raw)


def _parse_good(raw: dict[str, Any]) -> NewScan | None:
    """Give a scan with nothing wrong in it, by the same parsers in a straight line; else None."""
    if not raw.keys() <= PARSERS.keys():
        return None
    get = raw.get
    try:
        scan = NewScan(
            parse_uuid(raw["scan_id"]),
            parse_code(raw["code"]),
            INTENTS[raw["intent"]],
            parse_time(raw["scanned_at"]),
            None if (value := get("symbology")) is None else _parse_symbology(value),
            None if (value := get("source")) is None else _parse_source(value),
            None if (value := get("location")) is None else _parse_text(value),
            None if (value := get("custodian")) is None else _parse_text(value),
            None if (value := get("due_at")) is None else parse_time(value),
            None if (value := get("audit")) is None else _parse_id(value),
            None if (value := get("voids")) is None else parse_uuid(value),
            None if (value := get("condition")) is None else _parse_condition(value),
            None if (value := get("note")) is None else _parse_note(value),
            None if (value := get("device")) is None else _parse_text(value),
        )
    except (Refused, KeyError, TypeError):
        return None
    return scan if (scan.intent is Intent.VOID) == (scan.voids is not None) else None


def _parse_all(raw: dict[str, Any]) -> NewScan | dict[str, list[str]]:
    """Give the scan, or all that is wrong with it."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, value in raw.items():
        parser = PARSERS.get(name)
        if parser is None:
            errors[str(name)[:64]] = ["Unknown field."]
        elif value is not None:
            try:
                values[name] = parser(value)
            except Refused as error:
                errors[name] = [str(error)]
    for name in REQUIRED:
        if name not in values and name not in errors:
            errors[name] = ["Missing."]
    if not errors:
        if values["intent"] is Intent.VOID and "voids" not in values:
            errors["voids"] = ["Name the scan_id of the scan to undo."]
        if values["intent"] is not Intent.VOID and "voids" in values:
            errors["voids"] = ["Only a scan with intent void undoes another."]
    return errors or NewScan(**values)

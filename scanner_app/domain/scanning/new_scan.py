"""One capture as it comes in: its fields, and the one parser that checks them.

The API, the pages and the readers make scans here; none has other rules. A bad field never stops
the others from being checked, so that a client's author sees all that is wrong at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import ValidationError, convert
from msgspec.json import encode

from scanner_app.domain.numbers import MAX_ID
from scanner_app.domain.scanning.intents import TASK_INTENTS, Intent
from scanner_app.domain.stock.items import MAX_LEVEL, MAX_QUANTITY


class LabelRead(NamedTuple):
    """A code as it was read before a scan, by the same person at the same page."""

    code: str
    symbology: str | None = None
    scanned_at: datetime | None = None


class NewScan(NamedTuple):
    """One capture as it came in, its fields checked; contract: POST /scans.

    A tuple, because a batch makes a thousand of them: a frozen dataclass takes three times as long.

    :param note: a person's own words. They are shown and never parsed.
    :param reader_said: for a reader's read alone: what the reader said of it, and what we did.
    :param read_key: for a reader's read alone: what the agent sent. It decides whether the same
        read came again, because place, intent and a corrected time are ours and may have changed.
    :param is_faint: a weak RFID read. It does not count as a sighting: the tag may be in the next
        room.
    :param location_read: what was read since `location` was set, in order. The newest of them that
        is a location's label is where the scan happened; if none is, `location` is.
    :param custodian_read: the same for `custodian` and the badges of people.
    :param handover: the tray of a counter that it is put into, or the hand-over that it is of.
    :param for_code: of a claim, any code of the asset that the blank label `code` is put on.
    :param quantity: of stock, how often what the code stands for: pieces, or boxes of ten.
    :param line: of stock that is received, the line of the order.
    :param target: of stock, a code of who or what it goes to or comes from.
    :param task: the number of the task that it counts in; `label` the box that it is packed into,
        or the tag that is stuck on what is received.
    """

    scan_id: UUID
    code: str
    intent: Intent
    scanned_at: datetime
    symbology: str | None = None
    source: str | None = None
    location: str | None = None
    custodian: str | None = None
    due_at: datetime | None = None
    audit: int | None = None
    voids: UUID | None = None
    condition: str | None = None
    note: str | None = None
    device: str | None = None
    reader_said: str | None = None
    read_key: str | None = None
    is_faint: bool = False
    location_read: tuple[LabelRead, ...] = ()
    custodian_read: tuple[LabelRead, ...] = ()
    for_code: str | None = None
    handover: UUID | None = None
    quantity: int | None = None
    line: int | None = None
    target: str | None = None
    task: str | None = None
    label: str | None = None

    @property
    def details(self) -> str | None:
        """Return what only scans of stock and of tasks say, as the log keeps it; None of others."""
        if self.quantity is None and self.line is None and self.target is None and not self.task:
            return None
        named = {
            "quantity": self.quantity,
            "line": self.line,
            "target": self.target,
            "task": self.task,
            "label": self.label,
        }
        return encode({k: v for k, v in named.items() if v is not None}).decode()


MAX_CODE_LENGTH = 4096
MAX_NOTE_LENGTH = 2000
MAX_TEXT_LENGTH = 255
MAX_READS = 1000
UUID_LENGTH = 36
MAX_TIME_LENGTH = len("2026-03-02T09:00:00.123456789+01:00")
SOURCES = ("camera", "photo", "wedge", "typed", "rfid", "nfc", "import")
DAMAGED = "damaged"
UNREADABLE = "unreadable_label"
CONDITIONS = ("good", DAMAGED, UNREADABLE)
INTENTS = {intent.value: intent for intent in Intent}

# Some systems write the end of 9999 for "never". The day after it does not exist in any calendar.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
_NO_TIME = "Give a time such as 2026-03-02T09:00:00+01:00, with its offset."
_TASK = re.compile(r"[A-Z][0-9]{1,9}", re.ASCII)
_SYMBOLOGY = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
# GS1 and ISO/IEC 15434 envelopes carry these four separators and the end of transmission; labels of
# other systems are in lines.
_SEPARATORS = "\x04\n\r\x1c\x1d\x1e\x1f"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL_IN_CODE = re.compile(rf"[\x00-\x1f\x7f](?<![{_SEPARATORS}])")
_CONTROL_IN_NOTE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Refused(ValueError):
    """A field that cannot be taken. The text is for the person who writes the client."""


def parse_time(value: object) -> datetime:
    """Read an RFC 3339 time with an offset."""
    if not isinstance(value, str) or len(value) > MAX_TIME_LENGTH:
        raise Refused(_NO_TIME)
    try:
        time = convert(value, datetime)
    except (ValidationError, UnicodeEncodeError):  # the second: half a character
        raise Refused(_NO_TIME) from None
    # ISO 8601 allows an offset without a colon; RFC 3339 does not.
    if time.tzinfo is None or not (value.endswith(("Z", "z")) or value[-3] == ":"):
        raise Refused(_NO_TIME)
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise Refused("That time does not exist.") from None


def parse_due(value: object) -> datetime:
    """Read when something is due: a time to which days and offsets can still be added."""
    due_at = parse_time(value)
    if due_at >= NEVER:
        raise Refused("That is too far away. Leave the due date out if there is none.")
    return due_at


def parse_uuid(value: object) -> UUID:
    """Read a UUID in its usual form."""
    try:
        if isinstance(value, str) and len(value) == UUID_LENGTH:  # which has its hyphens
            return convert(value, UUID)
    except (ValidationError, UnicodeEncodeError):
        pass
    raise Refused("Give a UUID such as 6a1c7f0f-6d5a-4f1f-9e0d-7e5b3b1f0001.")


def parse_code(value: object) -> str:
    """Read a scanned code: trimmed, bounded, no control characters but separators."""
    if not isinstance(value, str):
        raise Refused("Must be a text.")
    if len(value) > MAX_CODE_LENGTH:
        raise Refused(f"Longer than {MAX_CODE_LENGTH} characters.")
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


def parse_choice(choices: tuple[str, ...]) -> Callable[[object], str]:
    """Return a parser that takes one of the choices."""

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
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_ID:
        raise Refused("Must be a whole number above 0.")
    return value


def _parse_quantity(value: object) -> int:
    # What is on a shelf may be more than goes at once: a count finds all of it.
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_LEVEL:
        raise Refused(f"Must be a whole number from 0 to {MAX_QUANTITY}.")
    return value


def is_task_number(text: str) -> bool:
    """Return whether a text has the form of a task's number: C12."""
    return _TASK.fullmatch(text) is not None


def _parse_task(value: object) -> str:
    if not isinstance(value, str) or not is_task_number(value):
        raise Refused("Must be the number of a task, such as C12.")
    return value


_READ_PARSERS: dict[str, Callable[[object], Any]] = {
    "code": parse_code,
    "symbology": _parse_symbology,
    "scanned_at": parse_time,
}


def _parse_reads(value: object) -> tuple[LabelRead, ...]:
    """Read the codes that were read before a scan. What is not a scan by itself is left out."""
    if not isinstance(value, list) or len(value) > MAX_READS:
        raise Refused(f"Must be a list of at most {MAX_READS} codes.")
    reads = (_parse_read(raw) for raw in value)
    return tuple(read for read in reads if read is not None)


def _parse_read(raw: object) -> LabelRead | None:
    if not isinstance(raw, dict) or "code" not in raw or raw.keys() - _READ_PARSERS.keys():
        raise Refused(f"Each must be an object with {', '.join(_READ_PARSERS)}.")
    try:
        return LabelRead(**{n: _READ_PARSERS[n](v) for n, v in raw.items() if v is not None})
    except (Refused, TypeError):  # the second: its code is null
        return None


_parse_source, _parse_condition = parse_choice(SOURCES), parse_choice(CONDITIONS)
_parse_text, _parse_note = (
    _text(MAX_TEXT_LENGTH, _CONTROL),
    _text(MAX_NOTE_LENGTH, _CONTROL_IN_NOTE),
)
PARSERS: dict[str, Callable[[object], Any]] = {
    "scan_id": parse_uuid,
    "code": parse_code,
    "intent": _parse_intent,
    "scanned_at": parse_time,
    "symbology": _parse_symbology,
    "source": _parse_source,
    "location": _parse_text,
    "custodian": _parse_text,
    "due_at": parse_due,
    "audit": _parse_id,
    "voids": parse_uuid,
    "condition": _parse_condition,
    "note": _parse_note,
    "device": _parse_text,
    "location_read": _parse_reads,
    "custodian_read": _parse_reads,
    "for_code": parse_code,
    "handover": parse_uuid,
    "quantity": _parse_quantity,
    "line": _parse_id,
    "target": parse_code,
    "task": _parse_task,
    "label": _parse_text,
}
REQUIRED = ("scan_id", "code", "intent", "scanned_at")


def parse_scan(raw: object) -> NewScan | dict[str, list[str]]:
    """Return the scan, or what is wrong with it by field."""
    if not isinstance(raw, dict):
        return {"scan": ["Must be an object."]}
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
        errors = _check_intent(values)
    return errors or NewScan(**values)


def _check_intent(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return which fields do not go with the intent of a scan, and why."""
    errors: dict[str, list[str]] = {}
    if values["intent"] is Intent.VOID and "voids" not in values:
        errors["voids"] = ["Name the scan_id of the scan to undo."]
    if values["intent"] is not Intent.VOID and "voids" in values:
        errors["voids"] = ["Only a scan with intent void undoes another."]
    if (values["intent"] is Intent.CLAIM) != ("for_code" in values):
        errors["for_code"] = ["A claim, and no other scan, names what the label is put on."]
    if "task" in values and values["intent"] not in TASK_INTENTS:
        errors["task"] = ["A scan with this intent counts in no task."]
    if values["intent"] is Intent.PACK and "task" not in values:
        errors["task"] = ["Name the consignment that it is packed into."]
    if "label" in values and "task" not in values:
        errors["label"] = ["Only a scan of a task names a label."]
    if values.get("quantity") == 0 and values["intent"] is not Intent.COUNT:
        errors["quantity"] = ["Only a count can find none."]
    if values.get("quantity", 0) > MAX_QUANTITY and values["intent"] is not Intent.COUNT:
        errors["quantity"] = [f"Must be a whole number from 0 to {MAX_QUANTITY}."]
    return errors

"""A hand-over as it comes in: its fields, and the parser that checks them all.

Its scans are ordinary scans, read by the parser of every scan. What the hand-over says for all of
them (the intent, the person, the hand-over itself) is filled in here, so a line cannot say another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from scanner_app.domain.errors import Invalid
from scanner_app.domain.lifecycle.checklists import MAX_ITEM_TEXT, MAX_ITEMS
from scanner_app.domain.numbers import MAX_ID, read_id
from scanner_app.domain.scanning.new_scan import (
    MAX_TEXT_LENGTH,
    NewScan,
    Refused,
    parse_scan,
    parse_time,
    parse_uuid,
)
from scanner_app.domain.signatures.strokes import Signature, read_signature
from scanner_app.domain.stockroom.handovers import HandoverKind, Mode

MAX_LINES = 200
MAX_OVERRIDES = 16
# Every checklist that can be written can be answered at the counter.
MAX_ANSWERS = MAX_ITEMS
MAX_ANSWER_LENGTH = MAX_ITEM_TEXT
_OVERRIDE = re.compile(r"[a-z_]{1,40}", re.ASCII)
MAX_TERMS = 50
MAX_KITS = 50
FIELDS = {
    *("handover_id", "kind", "person", "place", "scans", "mode", "at", "signature", "signed_by"),
    *("terms", "by_link", "kits"),
}
REQUIRED = ("handover_id", "kind", "scans", "at")


class NewLine(NamedTuple):
    """One thing of a hand-over.

    :param override: codes of the warnings that the clerk overrode for it.
    :param checklist: what was asked when it came back, and whether the answer was yes.
    """

    scan: NewScan
    override: tuple[str, ...] = ()
    checklist: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class NewHandover:
    """A hand-over whose fields were checked.

    :param person: the number, badge or e-mail of who gets the things, or brought them.
    :param place: the code of the location where the counter is.
    :param at: when the things changed hands, by the clerk's device.
    :param signed_by: who signed, if it was not the person: "Bob, courier".
    :param terms: the terms that the person ticked and signed for, by id and version.
    :param by_link: the person gets a link to accept the hand-over and its terms with.
    :param kits: the codes of the kits whose labels were scanned, and whose pieces the lines are.
    """

    handover_id: UUID
    kind: HandoverKind
    lines: tuple[NewLine, ...]
    at: datetime
    mode: Mode = Mode.STRICT
    person: str | None = None
    place: str | None = None
    signature: Signature | None = None
    signed_by: str | None = None
    terms: tuple[tuple[int, int], ...] = ()
    by_link: bool = False
    kits: tuple[str, ...] = ()

    @property
    def scans(self) -> list[NewScan]:
        return [line.scan for line in self.lines]


def parse_handover(raw: object) -> NewHandover:
    """Return the hand-over.

    :raises Invalid: `errors` names every field that cannot be used, such as `scans.2.code`.
    """
    if not isinstance(raw, Mapping):
        raise Invalid("Send an object.", errors={"body": ["Must be an object."]})
    errors: dict[str, list[str]] = {
        str(name)[:64]: ["Unknown field."] for name in raw if name not in FIELDS
    }
    given = {name: value for name, value in raw.items() if value is not None}
    errors |= {name: ["Missing."] for name in REQUIRED if name not in given}
    values: dict[str, Any] = {}
    for name, parse in _PARSERS.items():
        if name in given:
            try:
                values[name] = parse(given[name])
            except Refused as error:
                errors[name] = [str(error)]
    if "signature" in given:
        try:
            values["signature"] = read_signature(given["signature"])
        except Invalid as error:
            errors |= error.errors
    kind = values.get("kind")
    if kind is not None and kind.facts.needs_person and "person" not in given:
        errors["person"] = ["Say who gets the things."]
    errors |= _check_terms(values)
    lines = _parse_lines(given.get("scans"), values, errors) if "scans" in given else ()
    if errors:
        raise Invalid("Some fields cannot be used.", errors=errors)
    return NewHandover(lines=lines, **values)


def _check_terms(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what is wrong with terms beside the rest of a hand-over."""
    kind, ticked = values.get("kind"), values.get("terms")
    if kind is not None and not kind.facts.needs_person and (ticked or values.get("by_link")):
        return {"terms" if ticked else "by_link": ["Terms are accepted by who gets things."]}
    if ticked and values.get("signature") is None:
        return {"terms": ["Sign for the terms, or send them as a link."]}
    if ticked and values.get("signed_by"):
        return {"terms": ["Only the person accepts terms. Send them as a link."]}
    return {}


def _parse_lines(
    raws: object, values: Mapping[str, Any], errors: dict[str, list[str]]
) -> tuple[NewLine, ...]:
    if not isinstance(raws, list) or not 1 <= len(raws) <= MAX_LINES:
        errors["scans"] = [f"Must be a list of 1 to {MAX_LINES} scans."]
        return ()
    kind = values.get("kind")
    handover_id = values.get("handover_id")
    if kind is None or handover_id is None:
        return ()
    lines: list[NewLine] = []
    for index, raw in enumerate(raws):
        found = _parse_line(raw, kind, values, handover_id)
        if isinstance(found, NewLine):
            lines.append(found)
        else:
            errors |= {f"scans.{index}.{name}": why for name, why in found.items()}
    ids = [line.scan.scan_id for line in lines]
    if len(set(ids)) < len(ids):
        errors["scans"] = ["Two lines have one scan_id."]
    return tuple(lines)


def _parse_line(
    raw: object, kind: HandoverKind, values: Mapping[str, Any], handover_id: UUID
) -> NewLine | dict[str, list[str]]:
    if not isinstance(raw, Mapping):
        return {"scan": ["Must be an object."]}
    said = {
        "intent": kind.facts.intent.value,
        "custodian": values.get("person") if kind.facts.needs_person else None,
        "handover": str(handover_id),
    }
    own = {name: raw.get(name) for name in ("override", "checklist")}
    rest = {name: value for name, value in raw.items() if name not in own}
    errors = {
        name: ["The hand-over says this for all of its scans."]
        for name, value in said.items()
        if rest.get(name) is not None and str(rest[name]).casefold() != str(value).casefold()
    }
    if rest.get("target") is not None:
        # The document names one person, and the pieces of a line must not go to another.
        errors["target"] = ["The hand-over says who gets or brings the things."]
    scan = parse_scan({**rest, **said})
    if not isinstance(scan, NewScan):
        return {**scan, **errors}
    try:
        line = NewLine(scan, _parse_override(own["override"]), _parse_answers(own["checklist"]))
    except Refused as error:
        errors["override" if own["override"] is not None else "checklist"] = [str(error)]
        return errors
    return errors or line


def _parse_override(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MAX_OVERRIDES:
        raise Refused(f"Must be a list of at most {MAX_OVERRIDES} codes.")
    if not all(isinstance(code, str) and _OVERRIDE.fullmatch(code) for code in value):
        raise Refused("Each must be the code of a warning, such as reserved.")
    return tuple(sorted(set(value)))


def _parse_answers(value: object) -> tuple[tuple[str, bool], ...]:
    if value is None:
        return ()
    if not isinstance(value, Mapping) or len(value) > MAX_ANSWERS:
        raise Refused(f"Must be an object of at most {MAX_ANSWERS} questions.")
    for question, answer in value.items():
        if not isinstance(answer, bool) or not _is_line(question, MAX_ANSWER_LENGTH):
            raise Refused("Each question is one line of text, and its answer true or false.")
    return tuple((str(question), bool(answer)) for question, answer in value.items())


def _is_line(value: object, limit: int) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= limit and value.isprintable()


def _parse_text(value: object) -> str:
    if not isinstance(value, str) or not _is_line(value, MAX_TEXT_LENGTH):
        raise Refused(f"Must be one line of text of at most {MAX_TEXT_LENGTH} characters.")
    return value.strip()


def _parse_kind(value: object) -> HandoverKind:
    try:
        return HandoverKind(str(value))
    except ValueError:
        raise Refused(f"Must be one of {', '.join(HandoverKind)}.") from None


def _parse_mode(value: object) -> Mode:
    try:
        return Mode(str(value))
    except ValueError:
        raise Refused(f"Must be one of {', '.join(Mode)}.") from None


def _parse_terms(value: object) -> tuple[tuple[int, int], ...]:
    if not isinstance(value, list) or len(value) > MAX_TERMS:
        raise Refused(f"Must be a list of at most {MAX_TERMS} terms.")
    named = []
    for one in value:
        if not isinstance(one, Mapping) or set(one) != {"id", "version"}:
            raise Refused('Each is {"id", "version"}, and nothing else.')
        pair = (one["id"], one["version"])
        if not all(type(number) is int and 0 < number <= MAX_ID for number in pair):
            raise Refused("Id and version are whole numbers.")
        named.append(pair)
    return tuple(sorted(set(named)))


def _parse_kits(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_KITS:
        raise Refused(f"Must be a list of at most {MAX_KITS} codes.")
    return tuple(dict.fromkeys(_parse_text(one) for one in value))


def read_ticked(texts: Iterable[str]) -> frozenset[tuple[int, int]]:
    """Return the terms that a form ticks, each as `id:version`; what is neither is left out."""
    ticked: set[tuple[int, int]] = set()
    for text in texts:
        id_, _, version = text.partition(":")
        pair = read_id(id_), read_id(version)
        if pair[0] is not None and pair[1] is not None:
            ticked.add((pair[0], pair[1]))
    return frozenset(ticked)


def _parse_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Refused("Must be true or false.")
    return value


_PARSERS = {
    "handover_id": parse_uuid,
    "kind": _parse_kind,
    "mode": _parse_mode,
    "person": _parse_text,
    "place": _parse_text,
    "signed_by": _parse_text,
    "at": parse_time,
    "terms": _parse_terms,
    "by_link": _parse_flag,
    "kits": _parse_kits,
}

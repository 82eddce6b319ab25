"""Links on labels: our own, Snipe-IT's, GS1's and those of makers. No link is ever opened."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from scanner_app.decoding.codes.gs1 import read_gs1
from scanner_app.decoding.codes.reading import Identifier, TagRules, tag_key

_OWN = {"a": "tag", "l": "location_code", "p": "person_number", "t": "task"}
# Query fields that makers use for the serial number in a device's QR code.
_SERIAL_FIELDS = ("sn", "serial", "serialnumber", "serialno", "servicetag", "svctag", "st")
_MAKERS = ("dell.com", "hp.com", "hpe.com", "lenovo.com", "apple.com")
_DIGITS_OF_ID = 18


@dataclass(frozen=True, slots=True)
class Link:
    """What a link means. `problem` is set if it is not ours and has no known form."""

    identifiers: tuple[Identifier, ...]
    problem: str | None = None


FOREIGN = Link((), "foreign_link")


def is_link(text: str) -> bool:
    return text[:8].lower().startswith(("http://", "https://"))


def read_link(text: str, rules: TagRules) -> Link:
    """Return what a link means, without opening it."""
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").lower()
        port = parts.port
    except ValueError:
        return FOREIGN
    if not host:
        return FOREIGN
    own = _read_own(parts, host, port, rules)
    if own is not None:
        return own
    for found in (_read_maker(parts, host), _read_snipe(parts, host, rules), _read_gs1(text)):
        if found:
            return Link(found)
    return FOREIGN


def _read_own(parts: SplitResult, host: str, port: int | None, rules: TagRules) -> Link | None:
    """Return what our own label means, or None if the link is not below our address."""
    if not rules.base_url:
        return None
    try:
        base = urlsplit(rules.base_url)
        is_ours = (base.hostname or "").lower() == host and _port(base.scheme, base.port) == _port(
            parts.scheme, port
        )
    except ValueError:
        return None
    path = base.path.rstrip("/")
    if not is_ours or not parts.path.startswith(path + "/"):
        return None
    steps = _steps(parts.path[len(path) :])
    if len(steps) == 2 and steps[0].lower() in _OWN and steps[1].strip():  # noqa: PLR2004 - kind and name
        return Link((Identifier(_OWN[steps[0].lower()], tag_key(steps[1])),))
    # It is ours but not a label, for example the address of a page.
    return FOREIGN


def _port(scheme: str, port: int | None) -> int:
    # A label printed before the move to https is still ours, so both default ports count as one.
    return 443 if port is None or (scheme.lower(), port) in {("http", 80), ("https", 443)} else port


def _read_snipe(parts: SplitResult, host: str, rules: TagRules) -> tuple[Identifier, ...]:
    if rules.foreign_hosts and host not in rules.foreign_hosts:
        return ()
    steps = _steps(parts.path)
    # QR codes in alphanumeric mode, and keyboards with Caps Lock, write the whole link in capitals.
    lowered = [step.lower() for step in steps]
    if "hardware" in lowered:
        return _read_hardware(steps[lowered.index("hardware") + 1 :], parts.query, rules)
    if len(steps) >= 2 and lowered[-2] == "ht":  # noqa: PLR2004 - ht and the tag
        return _tag(steps[-1], rules)
    return ()


def _read_hardware(steps: list[str], query: str, rules: TagRules) -> tuple[Identifier, ...]:
    """Return what follows `/hardware/`: a number, `bytag` with a tag, `byserial` with a serial."""
    kind = steps[0].lower() if steps else ""
    if kind == "bytag":
        fields = {name.lower(): values for name, values in parse_qs(query).items()}
        tags = steps[1:2] or fields.get("assettag", [])
        return _tag(tags[0], rules) if tags else ()
    if kind == "byserial" and len(steps) > 1:
        return (Identifier("serial", tag_key(steps[1])),)
    if steps and steps[0].isascii() and steps[0].isdecimal() and len(steps[0]) <= _DIGITS_OF_ID:
        return (Identifier("snipe_id", steps[0].lstrip("0") or "0"),)
    return ()


def _tag(text: str, rules: TagRules) -> tuple[Identifier, ...]:
    key = tag_key(text, rules)
    return (Identifier("tag", key),) if key else ()


def _read_maker(parts: SplitResult, host: str) -> tuple[Identifier, ...]:
    """Return the serial number in a maker's support link.

    Dell: `/support/.../product-support/servicetag/TAG`; Lenovo: `/qrcode?sn=...&mtm=...`; HP:
    `...?sn=...` or `?serialnumber=...`; Apple: `checkcoverage.apple.com/?sn=...`.
    """
    if not any(host == maker or host.endswith("." + maker) for maker in _MAKERS):
        return ()
    query = {name.lower(): values for name, values in parse_qs(parts.query).items()}
    steps = _steps(parts.path)
    lowered = [step.lower() for step in steps]
    values = [query[name][0] for name in _SERIAL_FIELDS if name in query]
    if "servicetag" in lowered[:-1]:
        values.append(steps[lowered.index("servicetag") + 1])
    return tuple(
        Identifier("serial", tag_key(value))
        for value in values
        if 4 <= len(value) <= 30 and value.isascii() and value.replace("-", "").isalnum()  # noqa: PLR2004 - lengths of serial numbers
    )


def _read_gs1(text: str) -> tuple[Identifier, ...]:
    """Return what a Digital Link identifies; a wrong attribute does not hide the key."""
    link = tag_key(text).partition("#")[0]
    found = read_gs1(link, is_marked=True).identifiers
    return found or read_gs1(link.partition("?")[0], is_marked=True).identifiers


def _steps(path: str) -> list[str]:
    return [unquote(step) for step in path.split("/") if step]

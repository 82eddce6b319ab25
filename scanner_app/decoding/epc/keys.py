"""GS1 keys and EPC URIs: the fields of a pure identity to and from GS1 element strings.

A pure identity shows where the company prefix ends and has no check digit. An element string is the
opposite. `tds1` and `plus` handle the bits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from scanner_app.decoding.epc.bits import (
    EpcFieldError,
    EpcFormatError,
    check_digit,
    require_digits,
)

Elements = tuple[tuple[str, str], ...]
Fields = tuple[str, ...]
_FieldReader = Callable[[dict[str, str], int], Fields]

# The number of fields of each pure identity. The company prefix, or what replaces it, is first.
FIELDS = {
    "adi": 3,
    "cpi": 3,
    "gdti": 3,
    "giai": 2,
    "gid": 3,
    "ginc": 2,
    "grai": 3,
    "gsin": 2,
    "gsrn": 2,
    "gsrnp": 2,
    "itip": 5,
    "pgln": 2,
    "sgcn": 3,
    "sgln": 3,
    "sgtin": 3,
    "sscc": 2,
    "upui": 3,
    "usdod": 2,
}
# The digits of company prefix and reference together, if the standard fixes them.
DIGITS = {
    "gdti": 12,
    "grai": 12,
    "gsin": 16,
    "gsrn": 17,
    "gsrnp": 17,
    "itip": 13,
    "pgln": 12,
    "sgcn": 12,
    "sgln": 12,
    "sgtin": 13,
    "sscc": 17,
    "upui": 13,
}
_URI = re.compile(r"urn:epc:(id|tag|raw):([a-z0-9-]+)[:.](.+)", re.ASCII | re.IGNORECASE)
# Characters that a URI's field must escape (TDS 6.3.1 and annex A).
_ESCAPED = {c: f"%{ord(c):02X}" for c in '"%&/<>?#'}


@dataclass(frozen=True, slots=True)
class Uri:
    """A parsed EPC URI. `kind` is id, tag or raw; a tag's `scheme` includes its length."""

    kind: str
    scheme: str
    filter: int | None
    fields: Fields


def parse_uri(text: str) -> Uri:
    """Return the parts of an EPC URI.

    :raises EpcFormatError: this is not one, or a field is missing.
    """
    match = _URI.fullmatch(text.strip())
    if not match:
        raise EpcFormatError("This is not an EPC URI, such as urn:epc:id:giai:0614141.5678.")
    kind, scheme = match[1].lower(), match[2].lower()
    if kind == "raw":
        return Uri(kind, scheme, None, (match[3],))
    parts = [unquote(part) for part in match[3].split(".")]
    filter_ = None
    base = scheme.partition("-")[0]
    wanted = FIELDS.get(base)
    if kind == "tag" and base != "gid":
        head, *parts = parts
        if not (head.isascii() and head.isdecimal() and len(head) <= 2):  # noqa: PLR2004 - 0 to 63
            raise EpcFormatError("The filter value of an EPC tag URI must be a small number.")
        filter_ = int(head)
    if wanted is None or len(parts) != wanted:
        raise EpcFormatError(f"An EPC of the scheme {base!r} does not have {len(parts)} fields.")
    return Uri(kind, scheme, filter_, tuple(parts))


def write_uri(head: str, fields: Fields) -> str:
    """Return the URI of a head such as `urn:epc:id:giai:` and fields, which are escaped."""
    return head + ".".join("".join(_ESCAPED.get(c, c) for c in field) for field in fields)


def to_elements(scheme: str, fields: Fields) -> Elements:
    """Return the GS1 elements of a pure identity; empty for schemes that have none.

    :raises EpcFieldError: a field does not have the form that the scheme requires.
    """
    if scheme in {"gid", "usdod", "adi"}:
        return ()
    prefix = require_digits("The company prefix", fields[0])
    if not 6 <= len(prefix) <= 12:  # noqa: PLR2004 - TDS 14.3
        raise EpcFieldError("A GS1 company prefix has 6 to 12 digits.")
    reference = fields[1]
    wanted = DIGITS.get(scheme, 0) - len(prefix)
    if wanted > 0 or (scheme in DIGITS and reference):
        require_digits("The reference", reference, wanted)
    return _ELEMENTS[scheme](prefix, reference, fields)


def _gtin(prefix: str, reference: str) -> str:
    body = reference[0] + prefix + reference[1:]
    return body + check_digit(body)


def _checked(prefix: str, reference: str) -> str:
    return prefix + reference + check_digit(prefix + reference)


_ELEMENTS: dict[str, Callable[[str, str, Fields], Elements]] = {
    "cpi": lambda p, r, f: (("8010", p + r), ("8011", f[2])),
    "gdti": lambda p, r, f: (("253", _checked(p, r) + f[2]),),
    "giai": lambda p, r, _: (("8004", p + r),),
    "ginc": lambda p, r, _: (("401", p + r),),
    "grai": lambda p, r, f: (("8003", "0" + _checked(p, r) + f[2]),),
    "gsin": lambda p, r, _: (("402", _checked(p, r)),),
    "gsrn": lambda p, r, _: (("8018", _checked(p, r)),),
    "gsrnp": lambda p, r, _: (("8017", _checked(p, r)),),
    "itip": lambda p, r, f: (("8006", _gtin(p, r) + f[2] + f[3]), ("21", f[4])),
    "pgln": lambda p, r, _: (("417", _checked(p, r)),),
    "sgcn": lambda p, r, f: (("255", _checked(p, r) + f[2]),),
    "sgln": lambda p, r, f: (
        (("414", _checked(p, r)),) if f[2] == "0" else (("414", _checked(p, r)), ("254", f[2]))
    ),
    "sgtin": lambda p, r, f: (("01", _gtin(p, r)), ("21", f[2])),
    "sscc": lambda p, r, _: (("00", (b := r[0] + p + r[1:]) + check_digit(b)),),
    "upui": lambda p, r, f: (("01", _gtin(p, r)), ("235", f[2])),
}


def to_fields(scheme: str, elements: dict[str, str], prefix_length: int) -> Fields:
    """Return the fields of a pure identity from GS1 elements and the company prefix's length.

    :raises EpcFieldError: an element is missing, or its check digit is wrong.
    """
    if not 6 <= prefix_length <= 12:  # noqa: PLR2004 - TDS 14.3
        raise EpcFieldError("A GS1 company prefix has 6 to 12 digits.")
    read = _FIELDS.get(scheme)
    if read is None:
        raise EpcFieldError(f"The scheme {scheme!r} has no element string.")
    return read(elements, prefix_length)


def _item_fields(elements: dict[str, str], n: int) -> Fields:
    gtin = require_check_digit("The GTIN", _element(elements, "01"), 14)
    return gtin[1 : n + 1], gtin[0] + gtin[n + 1 : 13], _element(elements, "21")


def _piece_fields(elements: dict[str, str], n: int) -> Fields:
    whole = require_digits("(8006)", _element(elements, "8006"), 18)
    prefix, reference, serial = _item_fields({**elements, "01": whole[:14]}, n)
    return prefix, reference, whole[14:16], whole[16:], serial


def _shipment_fields(elements: dict[str, str], n: int) -> Fields:
    sscc = require_check_digit("The SSCC", _element(elements, "00"), 18)
    return sscc[1 : n + 1], sscc[0] + sscc[n + 1 : 17]


def _asset_fields(elements: dict[str, str], n: int) -> Fields:
    whole = _element(elements, "8004")
    return whole[:n], whole[n:]


def _part_fields(elements: dict[str, str], n: int) -> Fields:
    whole = _element(elements, "8010")
    return whole[:n], whole[n:], _element(elements, "8011")


def _place_fields(elements: dict[str, str], n: int) -> Fields:
    gln = require_check_digit("The GLN", _element(elements, "414"), 13)
    return gln[:n], gln[n:12], elements.get("254", "0")


def _service_fields(ai: str) -> _FieldReader:
    def read(elements: dict[str, str], n: int) -> Fields:
        number = require_check_digit(f"({ai})", _element(elements, ai), 18)
        return number[:n], number[n:17]

    return read


def _serial_fields(ai: str, filler: int) -> _FieldReader:
    """Return the reader of a 13 digit key after `filler` zeros, followed by a serial."""

    def read(elements: dict[str, str], n: int) -> Fields:
        whole = _element(elements, ai)[filler:]
        key = require_check_digit(f"({ai})", whole[:13], 13)
        return key[:n], key[n:12], whole[13:]

    return read


_FIELDS: dict[str, _FieldReader] = {
    "cpi": _part_fields,
    "gdti": _serial_fields("253", 0),
    "giai": _asset_fields,
    "grai": _serial_fields("8003", 1),
    "gsrn": _service_fields("8018"),
    "gsrnp": _service_fields("8017"),
    "itip": _piece_fields,
    "sgcn": _serial_fields("255", 0),
    "sgln": _place_fields,
    "sgtin": _item_fields,
    "sscc": _shipment_fields,
}


def require_check_digit(name: str, text: str, length: int) -> str:
    """Return the text.

    :raises EpcFieldError: it has another length, or its last digit is wrong.
    """
    require_digits(name, text, length)
    if check_digit(text[:-1]) != text[-1]:
        raise EpcFieldError(f"{name} {text} has a wrong check digit.")
    return text


def _element(elements: dict[str, str], ai: str) -> str:
    if ai not in elements:
        raise EpcFieldError(f"The element ({ai}) is missing.")
    return elements[ai]


def digital_link(elements: Elements, stem: str = "https://id.gs1.org") -> str | None:
    """Return the GS1 Digital Link: key and qualifiers as path, attributes as query."""
    if not elements:
        return None
    path, query = "", []
    for ai, value in elements:
        if ai in _ATTRIBUTES:
            query.append(f"{ai}={quote(value, safe='')}")
        else:
            path += f"/{ai}/{quote(value, safe='')}"
    return stem + path + ("?" + "&".join(query) if query else "")


_ATTRIBUTES = {"11", "13", "15", "16", "17", "7006", "7007"}

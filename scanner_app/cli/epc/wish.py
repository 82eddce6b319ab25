"""What someone wants on an RFID tag, from options or a table row, turned into the tag's content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanner_app.config import Settings
from scanner_app.decoding.codes.gs1 import read_elements
from scanner_app.decoding.codes.read import TagRules
from scanner_app.decoding.epc.keys import parse_uri, to_elements
from scanner_app.decoding.epc.writing import (
    AUTO,
    TagContent,
    list_schemes,
    write_elements,
    write_giai,
)
from scanner_app.domain.errors import Invalid
from scanner_app.domain.settings import Organisation
from scanner_app.queries.tags import Labelled

# Which of an asset's own keys is written: the GS1 element, and the digits before the company
# prefix.
OWN_KEYS = {"giai": ("8004", 0), "grai": ("8003", 1), "sgtin": ("01", 1)}


@dataclass(frozen=True, slots=True)
class Wish:
    """What someone wants on a tag, as the options or columns give it."""

    value: str = ""
    asset: str = ""
    reference: str = ""
    prefix: str = ""
    scheme: str = AUTO
    filter: int = 0


def make_rules(settings: Settings, organisation: Organisation) -> TagRules:
    """Return the rules by which this deployment reads codes."""
    return TagRules(
        base_url=settings.base_url,
        prefix=organisation.tag_prefix,
        digits=organisation.tag_digits,
        foreign_hosts=frozenset(settings.foreign_hosts),
    )


def write_wish(wish: Wish, settings: Settings) -> TagContent:
    """Return the content of a tag for a reference or a value.

    :raises EpcError: no scheme can hold it.
    :raises Invalid: an EPC cannot be made from it.
    """
    prefix = wish.prefix or settings.gs1_company_prefix
    if wish.reference:
        return _write_reference(wish.reference, prefix, wish)
    return _write_value(wish, prefix)


def write_for_asset(held: Labelled, wish: Wish, settings: Settings) -> TagContent:
    """Return the content of a tag for an asset: its own GS1 key, or a GIAI made of its tag.

    :raises EpcError: no scheme can hold it.
    :raises Invalid: there is no company prefix to make a GIAI with.
    """
    prefix = wish.prefix or settings.gs1_company_prefix
    for key, (ai, skipped) in OWN_KEYS.items():
        value = held.value_of(key)
        if value is None or wish.scheme not in {AUTO, *_schemes_of(key)}:
            continue
        elements = {ai: value}
        if key == "sgtin":
            gtin, _, serial = value.partition(".")
            elements = {"01": gtin, "21": serial}
        is_ours = bool(prefix) and value[skipped:].startswith(prefix)
        return write_elements(
            elements,
            scheme=wish.scheme,
            prefix_length=len(prefix) if is_ours else None,
            filter_=wish.filter,
        )
    return _write_reference(held.asset_tag, prefix, wish)


def _schemes_of(key: str) -> list[str]:
    return [name for name in list_schemes() if name.rstrip("+").partition("-")[0] == key]


def _write_reference(reference: str, prefix: str, wish: Wish) -> TagContent:
    _check_prefix(prefix)
    return write_giai(prefix, reference.strip(), scheme=wish.scheme, filter_=wish.filter)


def _check_prefix(prefix: str) -> None:
    if not prefix:
        raise Invalid(
            "An EPC needs your GS1 company prefix. Set SCANNER_GS1_COMPANY_PREFIX or use --prefix."
        )
    if not (prefix.isascii() and prefix.isdecimal() and 6 <= len(prefix) <= 12):  # noqa: PLR2004 - TDS 14.3
        raise Invalid(f"A GS1 company prefix has 6 to 12 digits, not {prefix[:32]!r}.")


def _write_value(wish: Wish, prefix: str) -> TagContent:
    text = wish.value.strip()
    if text[:8].lower() == "urn:epc:":
        uri = parse_uri(text)
        base = uri.scheme.partition("-")[0]
        elements = dict(to_elements(base, uri.fields)) if uri.kind != "raw" else {}
        if not elements:
            raise Invalid(
                "This URI contains no GS1 key. Use one of a GIAI, GRAI, SGTIN or another GS1 key."
            )
        scheme = wish.scheme
        if scheme == AUTO and uri.kind == "tag":
            scheme = uri.scheme
        length = len(uri.fields[0])
        filter_ = wish.filter or uri.filter or 0
    else:
        elements = dict(read_elements(text))
        if not elements:
            raise Invalid(
                f"{text[:64]!r} is not an EPC URI, GS1 element string or Digital Link. For an "
                "asset's own reference use --reference."
            )
        scheme, filter_ = wish.scheme, wish.filter
        length = _find_length(elements, prefix)
    return write_elements(elements, scheme=scheme, prefix_length=length or None, filter_=filter_)


def _find_length(elements: Mapping[str, str], prefix: str) -> int:
    """Return the length of the company prefix if the key begins with it, else 0."""
    skipped = {"01": 1, "00": 1, "8003": 1, "8006": 1}
    first = next(iter(elements))
    return (
        len(prefix) if prefix and elements[first][skipped.get(first, 0) :].startswith(prefix) else 0
    )

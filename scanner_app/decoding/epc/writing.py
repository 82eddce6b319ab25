"""What to write on a tag: the EPC of an identity in a scheme that holds it, or why none does.

`epc` makes the bits. Every EPC made here is decoded again and compared before it is returned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scanner_app.decoding.epc import decode_epc, encode_elements, tds1
from scanner_app.decoding.epc import plus as epc_plus
from scanner_app.decoding.epc.bits import BitWriter, EpcError, EpcFieldError, EpcFormatError
from scanner_app.decoding.epc.keys import Elements, Fields, digital_link, to_fields, write_uri

AUTO = "auto"
# Every UHF tag on the market has this much EPC memory.
MIN_BANK_BITS = 96
WORD = 16


@dataclass(frozen=True, slots=True)
class TagContent:
    """An EPC as it is written on a tag.

    :param hex: in whole words of 16 bits, as in a tag's memory.
    :param bits: number of bits in use, without the padding of the last word.
    :param pure_identity_uri: None if the length of the company prefix is unknown.
    :param tag_uri: None for '+' schemes, which have none.
    """

    scheme: str
    hex: str
    bits: int
    filter: int | None
    element_string: str
    digital_link: str
    pure_identity_uri: str | None
    tag_uri: str | None

    @property
    def bank_bits(self) -> int:
        """The number of bits that the tag's EPC memory must have."""
        return len(self.hex) * 4


def list_schemes() -> list[str]:
    """Return the names of the schemes that can be written from GS1 elements."""
    return [s.name for s in tds1.SCHEMES if s.base in _KEYS] + [s.name for s in epc_plus.SCHEMES]


# Keys that have an element string. GID, USDoD and ADI have none.
_KEYS = {scheme.base for scheme in epc_plus.SCHEMES}


def find_key(elements: dict[str, str]) -> str:
    """Return the key that the elements hold: `giai`, `grai`, `sgtin` and so on.

    :raises EpcFieldError: an EPC cannot be made of them.
    """
    for scheme in epc_plus.SCHEMES:
        needed = [ai for ai, _ in scheme.elements if ai != "254"]
        if not scheme.has_date and all(ai in elements for ai in needed):
            return scheme.base
    raise EpcFieldError(
        "These elements do not identify one item. Use (8004), (8003), (01) with (21), (00) or "
        "another key with a serial."
    )


def write_giai(prefix: str, reference: str, *, scheme: str = AUTO, filter_: int = 0) -> TagContent:
    """Return the tag content of an asset.

    :param prefix: the company prefix.
    :param reference: the rest of the key, such as the asset's tag.
    :raises EpcError: the scheme cannot hold it; the message names one that can.
    """
    return write_elements(
        {"8004": prefix + reference}, scheme=scheme, prefix_length=len(prefix), filter_=filter_
    )


def write_elements(
    elements: dict[str, str],
    *,
    scheme: str = AUTO,
    prefix_length: int | None = None,
    filter_: int = 0,
) -> TagContent:
    """Return the tag content of GS1 elements.

    :param scheme: such as `giai-96`; `auto` is the first that holds the elements, in the order 96
        bits, '+', longer ones.
    :param prefix_length: digits of the company prefix; without it only '+' schemes can be written.
    :raises EpcError: no scheme, or not this one, can hold them; the message names one that can.
    """
    key = find_key(elements)
    fitting = [name for name in list_schemes() if _base(name) == key]
    if scheme != AUTO and scheme not in fitting:
        raise EpcFormatError(f"{scheme!r} does not write this key. Choose {', '.join(fitting)}.")

    def write(name: str) -> TagContent:
        return _write(name, elements, prefix_length, filter_)

    if scheme == AUTO:
        return _write_first(_by_size(fitting), write)
    try:
        return write(scheme)
    except EpcError as error:
        raise type(error)(f"{scheme}: {error} {_advise(fitting, scheme, write)}") from None


def _base(name: str) -> str:
    return name.rstrip("+").partition("-")[0]


def _by_size(names: list[str]) -> list[str]:
    """Return the schemes in the order of preference.

    First 96 bits, which every chip holds. Then those as long as their content. Then the long ones.
    """
    return sorted(names, key=lambda name: (not name.endswith("-96"), not name.endswith("+"), name))


def _write_first(names: list[str], write: Callable[[str], TagContent]) -> TagContent:
    problems: dict[str, None] = {}
    first: EpcError | None = None
    for name in names:
        try:
            return write(name)
        except EpcError as error:
            first = first or error
            problems[f"{name}: {error}"] = None
    assert first is not None  # noqa: S101 - every key has schemes
    raise type(first)(" ".join(problems))


def _advise(names: list[str], failed: str, write: Callable[[str], TagContent]) -> str:
    held = []
    for name in _by_size([name for name in names if name != failed]):
        try:
            held.append(f"{name} ({write(name).bits} bits)")
        except EpcError:
            continue
    return f"It fits into {' or '.join(held)}." if held else "No scheme can hold it."


def _write(
    name: str, elements: dict[str, str], prefix_length: int | None, filter_: int
) -> TagContent:
    if not 0 <= filter_ <= 7:  # noqa: PLR2004 - three bits
        raise EpcFieldError("The filter value is 0 to 7.")
    if prefix_length is None and name in tds1.BY_NAME:
        raise EpcFieldError("The length of the company prefix is unknown: enter the prefix.")
    bits = encode_elements(elements, scheme=name, filter_=filter_, prefix_length=prefix_length)
    read = decode_epc(bits)
    if dict(read.elements) != _used(elements, read.elements):
        raise EpcFieldError(f"It reads back as {read.element_string}, which is another identity.")
    fields = _known_fields(read.base, elements, prefix_length)
    return TagContent(
        scheme=name,
        hex=read.words,
        bits=_count_bits(name, elements, fields),
        filter=read.filter,
        element_string=read.element_string or "",
        digital_link=digital_link(read.elements) or "",
        pure_identity_uri=write_uri(f"urn:epc:id:{read.base}:", fields) if fields else None,
        tag_uri=read.tag_uri,
    )


def _used(elements: dict[str, str], read: Elements) -> dict[str, str]:
    return {ai: elements.get(ai, "") for ai, _ in read}


def _known_fields(base: str, elements: dict[str, str], prefix_length: int | None) -> Fields:
    if prefix_length is None:
        return ()
    try:
        return to_fields(base, elements, prefix_length)
    except EpcError:
        return ()  # '+' schemes can hold keys that have no pure identity in TDS 1.x


def _count_bits(name: str, elements: dict[str, str], fields: Fields) -> int:
    plus = epc_plus.BY_NAME.get(name)
    writer = BitWriter()
    if plus is not None:
        writer.put(0, 8 + 1 + 3)  # header, toggle, filter
        epc_plus.write_plus(writer, plus, elements, is_strict=True)
        return writer.size
    scheme = tds1.BY_NAME[name]
    if scheme.bits is not None:
        return scheme.bits
    writer.put(0, 8 + scheme.filter_bits)
    scheme.write(writer, fields)
    return writer.size

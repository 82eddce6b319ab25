"""Electronic Product Codes: conversion between bits, URIs and GS1 elements (GS1 TDS 2.2).

All binary schemes of TDS 1.x and the '+' schemes of TDS 2 are supported in both directions.
`codes.read` decides what the codes of a tag mean to the register.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanner_app.decoding.epc import plus, tds1
from scanner_app.decoding.epc.aidc import read_data
from scanner_app.decoding.epc.bits import (
    BitReader,
    BitWriter,
    EpcError,
    EpcFieldError,
    EpcFormatError,
    EpcTooShort,
    EpcUnknownHeader,
    join_elements,
)
from scanner_app.decoding.epc.keys import (
    Elements,
    Fields,
    digital_link,
    parse_uri,
    to_elements,
    to_fields,
    write_uri,
)

__all__ = [
    "Epc",
    "EpcError",
    "EpcFieldError",
    "EpcFormatError",
    "EpcTooShort",
    "EpcUnknownHeader",
    "decode_epc",
    "decode_epc_uri",
    "encode_elements",
    "encode_epc",
]

_HEX = re.compile(r"[0-9A-Fa-f]+", re.ASCII)
_MAX_HEX = 128  # 512 bits: no reader delivers more


@dataclass(frozen=True, slots=True)
class Epc:
    """A decoded EPC.

    :param scheme: of the bits, such as `giai-96` or `giai+`; of a pure identity, such as `giai`.
    :param hex: the bits up to the last one in use, in whole hexadecimal digits; empty for a URI of
        a pure identity.
    :param fields: of the pure identity; empty for '+' schemes, which do not hold the length of the
        company prefix.
    :param elements: GS1 elements as (AI, value); empty for schemes outside GS1's keys.
    :param data: what the tag of a '+' scheme says after its EPC, such as a lot or a date. It is not
        part of the identity.
    :param data_rest: what follows and is not understood, as hexadecimal digits.
    """

    scheme: str
    hex: str
    filter: int | None
    fields: Fields
    elements: Elements
    data: Elements = ()
    data_rest: str = ""

    @property
    def base(self) -> str:
        """The pure identity's scheme: `giai` of `giai-96` and of `giai+`."""
        return self.scheme.rstrip("+").partition("-")[0]

    @property
    def tag_uri(self) -> str | None:
        if not self.fields or not self.hex:
            return None
        fields = self.fields if self.filter is None else (str(self.filter), *self.fields)
        return write_uri(f"urn:epc:tag:{self.scheme}:", fields)

    @property
    def pure_identity_uri(self) -> str | None:
        return write_uri(f"urn:epc:id:{self.base}:", self.fields) if self.fields else None

    @property
    def element_string(self) -> str | None:
        return join_elements(self.elements) or None

    @property
    def data_string(self) -> str | None:
        """The data after the EPC as an element string."""
        return join_elements(self.data) or None

    @property
    def digital_link(self) -> str | None:
        return digital_link(self.elements)

    @property
    def words(self) -> str:
        """The hexadecimal form in whole 16 bit words, as in a tag's memory."""
        return self.hex + "0" * (-len(self.hex) % 4)


def decode_epc(hexadecimal: str) -> Epc:
    """Return the EPC of a tag.

    Readers deliver whole words, so zero bits after the EPC are ignored.

    :raises EpcFormatError: not hexadecimal, empty, or longer than 512 bits.
    :raises EpcUnknownHeader: not a scheme of the standard; keep the raw number as identity.
    :raises EpcTooShort: it ends inside a field.
    :raises EpcFieldError: a field has a value that its scheme does not allow.
    """
    text = hexadecimal.strip()
    if not _HEX.fullmatch(text) or len(text) > _MAX_HEX:
        raise EpcFormatError("An EPC has 2 to 128 hexadecimal digits.")
    reader = BitReader(text)
    header = reader.take(8)
    if header in plus.BY_HEADER:
        return _decode_plus(text.upper(), reader, plus.BY_HEADER[header])
    scheme = tds1.BY_HEADER.get(header)
    if scheme is None:
        raise EpcUnknownHeader(f"No EPC scheme has the header {header:02X}.")
    filter_ = reader.take(scheme.filter_bits) if scheme.filter_bits else None
    fields = scheme.read(reader)
    _require_nothing_more(reader)
    elements = to_elements(scheme.base, fields)
    return Epc(scheme.name, _used(text.upper(), reader), filter_, fields, elements)


def _decode_plus(text: str, reader: BitReader, scheme: plus.Plus) -> Epc:
    has_data = reader.take(1)
    filter_ = reader.take(3)
    elements = plus.read_plus(reader, scheme)
    if has_data:
        data = read_data(reader)
        return Epc(scheme.name, text, filter_, (), elements, data.elements, data.rest)
    _require_nothing_more(reader)
    return Epc(scheme.name, _used(text, reader), filter_, (), elements)


def _used(text: str, reader: BitReader) -> str:
    return text[: (reader.at + 3) // 4]


def _require_nothing_more(reader: BitReader) -> None:
    if reader.rest():
        raise EpcFieldError("Bits follow the end of the EPC.")


def decode_epc_uri(text: str) -> Epc:
    """Return the EPC of a URI: a pure identity, a tag URI or `urn:epc:raw:96.x...`.

    :raises EpcError: it is none of these.
    """
    uri = parse_uri(text)
    if uri.kind == "raw":
        bits, _, number = (uri.scheme + "." + uri.fields[0]).partition(".")
        number = number.rpartition(".")[2]
        if not (bits.isascii() and bits.isdecimal()) or number[:1] not in {"x", "X"}:
            raise EpcFormatError("A raw EPC URI is urn:epc:raw:96.x followed by 24 digits.")
        return decode_epc(number[1:])
    if uri.kind == "tag":
        return decode_epc(encode_epc(text))
    return Epc(uri.scheme, "", None, uri.fields, to_elements(uri.scheme, uri.fields))


def encode_epc(uri: str, *, scheme: str | None = None, filter_: int | None = None) -> str:
    """Return the bits of an EPC URI in whole hexadecimal digits.

    :param uri: a tag URI, or a pure identity together with `scheme`.
    :param scheme: such as `giai-96`, `giai-202` or `giai+`; a tag URI names its own.
    :raises EpcError: this is not such a URI, or the scheme cannot hold it.
    """
    read = parse_uri(uri)
    if read.kind == "raw":
        raise EpcFormatError("A raw EPC URI is already bits.")
    if read.kind == "tag":
        scheme = scheme or read.scheme
    if scheme is None:
        raise EpcFormatError("Name the binary scheme to write a pure identity in.")
    if scheme.rstrip("+").partition("-")[0] != read.scheme.partition("-")[0]:
        raise EpcFieldError(f"An EPC of {read.scheme} cannot be written as {scheme}.")
    filter_ = read.filter if filter_ is None else filter_
    if scheme in plus.BY_NAME:
        elements = dict(to_elements(read.scheme.partition("-")[0], read.fields))
        return _write_plus(plus.BY_NAME[scheme], elements, filter_ or 0)
    return _write_tds1(scheme, read.fields, filter_)


def encode_elements(
    elements: dict[str, str],
    *,
    scheme: str,
    filter_: int = 0,
    prefix_length: int | None = None,
    is_strict: bool = True,
) -> str:
    """Return the bits of GS1 elements, as in a barcode, in whole hexadecimal digits.

    :param elements: by AI, such as `{"8004": "06141415678"}`.
    :param prefix_length: digits of the company prefix; only the schemes of TDS 1.x need it.
    :param is_strict: refuse a wrong check digit; if False, a '+' scheme takes any.
    :raises EpcError: the scheme cannot hold them, or a check digit is wrong.
    """
    if scheme in plus.BY_NAME:
        return _write_plus(plus.BY_NAME[scheme], elements, filter_, is_strict=is_strict)
    if prefix_length is None:
        raise EpcFieldError(f"{scheme} needs the length of the company prefix.")
    fields = to_fields(scheme.partition("-")[0], elements, prefix_length)
    return _write_tds1(scheme, fields, filter_)


def _write_tds1(name: str, fields: Fields, filter_: int | None) -> str:
    scheme = tds1.BY_NAME.get(name)
    if scheme is None:
        raise EpcFormatError(f"{name!r} is not an EPC scheme.")
    writer = BitWriter()
    writer.put(scheme.header, 8)
    if scheme.filter_bits:
        writer.put(filter_ or 0, scheme.filter_bits)
    to_elements(scheme.base, fields)  # checks the fields, whose rules hold for the bits too
    scheme.write(writer, fields)
    return writer.hex()


def _write_plus(
    scheme: plus.Plus, elements: dict[str, str], filter_: int, *, is_strict: bool = True
) -> str:
    writer = BitWriter()
    writer.put(scheme.header, 8)
    writer.put(0, 1)
    writer.put(filter_, 3)
    plus.write_plus(writer, scheme, elements, is_strict=is_strict)
    return writer.hex()

"""The binary schemes of TDS 1.x: fixed fields, and a partition for the company prefix's length.

The tables are those of TDS 2.2, chapter 14.6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scanner_app.decoding.epc.bits import (
    BitReader,
    BitWriter,
    EpcFieldError,
    plain_number,
    put_text6,
    put_text7,
    require_digits,
    take_text6,
    take_text7,
)
from scanner_app.decoding.epc.keys import Fields

# Bits and digits of the company prefix, for partitions 0 to 6.
PREFIX_BITS = (40, 37, 34, 30, 27, 24, 20)
PREFIX_DIGITS = (12, 11, 10, 9, 8, 7, 6)

ITEM = ((4, 7, 10, 14, 17, 20, 24), (1, 2, 3, 4, 5, 6, 7))
LOCATION = ((1, 4, 7, 11, 14, 17, 21), (0, 1, 2, 3, 4, 5, 6))
TYPE = ((4, 7, 10, 14, 17, 20, 24), (0, 1, 2, 3, 4, 5, 6))
SERVICE = ((18, 21, 24, 28, 31, 34, 38), (5, 6, 7, 8, 9, 10, 11))
COMPONENT = ((11, 14, 17, 21, 24, 27, 31), (3, 4, 5, 6, 7, 8, 9))
ASSET_96 = (42, 45, 48, 52, 55, 58, 62)
ASSET_202 = (148, 151, 154, 158, 161, 164, 168)
ASSET_202_CHARACTERS = (18, 19, 20, 21, 22, 23, 24)


@dataclass(frozen=True, slots=True)
class Scheme:
    """A binary scheme: its header, its size in bits (None: variable), its reader and writer."""

    name: str
    header: int
    bits: int | None
    read: Callable[[BitReader], Fields]
    write: Callable[[BitWriter, Fields], None]
    filter_bits: int = 3

    @property
    def base(self) -> str:
        """The pure identity's scheme: `giai` of `giai-96`."""
        return self.name.partition("-")[0]


# -- what most schemes share: partition, company prefix, reference -------------------------------


def _take_prefix(reader: BitReader) -> tuple[int, str]:
    partition = reader.take(3)
    if partition >= len(PREFIX_BITS):
        raise EpcFieldError("Partition 7 is not in use.")
    return partition, _digits(reader, PREFIX_BITS[partition], PREFIX_DIGITS[partition])


def _digits(reader: BitReader, bits: int, digits: int) -> str:
    value = reader.take(bits)
    if digits == 0:
        if value:
            raise EpcFieldError("A field without digits must be zero.")
        return ""
    if value >= 10**digits:
        raise EpcFieldError(f"{value} has more than {digits} digits.")
    return f"{value:0{digits}d}"


def _put_prefix(writer: BitWriter, prefix: str) -> int:
    require_digits("The company prefix", prefix)
    if len(prefix) not in PREFIX_DIGITS:
        raise EpcFieldError("A GS1 company prefix has 6 to 12 digits.")
    partition = 12 - len(prefix)
    writer.put(partition, 3)
    writer.put(int(prefix), PREFIX_BITS[partition])
    return partition


def _take_key(reader: BitReader, table: tuple[tuple[int, ...], tuple[int, ...]]) -> Fields:
    partition, prefix = _take_prefix(reader)
    if not prefix.strip("0"):
        # Blank tags are all zero, and no company has a prefix of zeros.
        raise EpcFieldError("The company prefix is zero.")
    return prefix, _digits(reader, table[0][partition], table[1][partition])


def _put_key(
    writer: BitWriter, fields: Fields, table: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    partition = _put_prefix(writer, fields[0])
    digits = table[1][partition]
    if digits:
        require_digits("The reference", fields[1], digits)
    elif fields[1]:
        raise EpcFieldError("A company prefix of 12 digits leaves no digit for the reference.")
    writer.put(int(fields[1] or "0"), table[0][partition])


# -- fields after the key -------------------------------------------------------------------------


def _number(bits: int) -> tuple[Callable[[BitReader], str], Callable[[BitWriter, str], None]]:
    return (
        lambda reader: str(reader.take(bits)),
        lambda writer, text: writer.put(plain_number("The serial", text, bits), bits),
    )


def _fixed(
    bits: int, digits: int
) -> tuple[Callable[[BitReader], str], Callable[[BitWriter, str], None]]:
    return (
        lambda reader: _digits(reader, bits, digits),
        lambda writer, text: writer.put(int(require_digits("A number", text, digits)), bits),
    )


def _text(bits: int) -> tuple[Callable[[BitReader], str], Callable[[BitWriter, str], None]]:
    return (
        lambda reader: take_text7(reader, bits),
        lambda writer, text: put_text7(writer, "The serial", text, bits),
    )


def _number_text(
    bits: int, longest: int
) -> tuple[Callable[[BitReader], str], Callable[[BitWriter, str], None]]:
    """Return the numeric string encoding: a leading 1 keeps leading zeros (TDS 14.4.4)."""

    def read(reader: BitReader) -> str:
        text = str(reader.take(bits))
        if text[0] != "1" or len(text) == 1 or len(text) > longest + 1:
            raise EpcFieldError("A numeric serial must begin with an extra 1.")
        return text[1:]

    def write(writer: BitWriter, text: str) -> None:
        require_digits("The serial", text)
        if len(text) > longest:
            raise EpcFieldError(f"The serial has more than {longest} digits.")
        writer.put(int("1" + text), bits)

    return read, write


def _zeros(bits: int) -> tuple[Callable[[BitReader], str], Callable[[BitWriter, str], None]]:
    def read(reader: BitReader) -> str:
        if reader.take(bits):
            raise EpcFieldError("Reserved bits must be zero.")
        return ""

    return read, lambda writer, _: writer.put(0, bits)


def _keyed(
    name: str,
    header: int,
    bits: int,
    table: tuple[tuple[int, ...], tuple[int, ...]],
    *parts: tuple[Callable[[BitReader], str], Callable[[BitWriter, str], None]],
) -> Scheme:
    """Return a scheme of a key and parts. Reserved parts read as empty and are not fields."""

    def read(reader: BitReader) -> Fields:
        key = _take_key(reader, table)
        return (*key, *(text for take, _ in parts if (text := take(reader)) != ""))

    def write(writer: BitWriter, fields: Fields) -> None:
        _put_key(writer, fields, table)
        for (_, put), text in zip(parts, (*fields[2:], ""), strict=False):
            put(writer, text)

    return Scheme(name, header, bits, read, write)


def _read_giai_96(reader: BitReader) -> Fields:
    partition, prefix = _take_prefix(reader)
    if not prefix.strip("0"):
        raise EpcFieldError("The company prefix is zero.")
    return prefix, str(reader.take(ASSET_96[partition]))


def _write_giai_96(writer: BitWriter, fields: Fields) -> None:
    bits = ASSET_96[_put_prefix(writer, fields[0])]
    writer.put(plain_number("The asset reference", fields[1], bits), bits)


def _read_giai_202(reader: BitReader) -> Fields:
    partition, prefix = _take_prefix(reader)
    return prefix, take_text7(reader, ASSET_202[partition])


def _write_giai_202(writer: BitWriter, fields: Fields) -> None:
    partition = _put_prefix(writer, fields[0])
    if len(fields[1]) > ASSET_202_CHARACTERS[partition]:
        raise EpcFieldError(
            f"The asset reference has more than {ASSET_202_CHARACTERS[partition]} characters."
        )
    put_text7(writer, "The asset reference", fields[1], ASSET_202[partition])


def _read_cpi_96(reader: BitReader) -> Fields:
    partition, prefix = _take_prefix(reader)
    reference = reader.take(COMPONENT[0][partition])
    if reference >= 10 ** COMPONENT[1][partition]:
        raise EpcFieldError("The component reference has too many digits.")
    return prefix, str(reference), str(reader.take(31))


def _write_cpi_96(writer: BitWriter, fields: Fields) -> None:
    partition = _put_prefix(writer, fields[0])
    if len(fields[1]) > COMPONENT[1][partition]:
        raise EpcFieldError("The component reference has too many digits.")
    bits = COMPONENT[0][partition]
    writer.put(plain_number("The component reference", fields[1], bits), bits)
    writer.put(plain_number("The serial", fields[2], 31), 31)


def _read_cpi_var(reader: BitReader) -> Fields:
    partition, prefix = _take_prefix(reader)
    reference = take_text6(reader, 18 + partition)
    return prefix, reference, str(reader.take(40))


def _write_cpi_var(writer: BitWriter, fields: Fields) -> None:
    partition = _put_prefix(writer, fields[0])
    put_text6(writer, "The component reference", fields[1], 18 + partition)
    writer.put(plain_number("The serial", fields[2], 40), 40)


def _read_gid(reader: BitReader) -> Fields:
    return str(reader.take(28)), str(reader.take(24)), str(reader.take(36))


def _write_gid(writer: BitWriter, fields: Fields) -> None:
    for text, bits in zip(fields, (28, 24, 36), strict=True):
        writer.put(plain_number("A field", text, bits), bits)


def _read_usdod(reader: BitReader) -> Fields:
    code = "".join(chr(reader.take(8)) for _ in range(6)).lstrip(" ")
    return _require_cage(code), str(reader.take(36))


def _write_usdod(writer: BitWriter, fields: Fields) -> None:
    for character in _require_cage(fields[0]).rjust(6):
        writer.put(ord(character), 8)
    writer.put(plain_number("The serial", fields[1], 36), 36)


def _read_adi(reader: BitReader) -> Fields:
    codes = [reader.take(6) for _ in range(6)]
    cage = "".join(chr(c + 64 if c < 32 else c) for c in codes).lstrip(" ")  # noqa: PLR2004 - @ to _
    # An empty part number is six zero bits. The serial is then the manufacturer's own.
    part = _take_optional6(reader, 32)
    return _require_cage(cage), part, take_text6(reader, 30)


def _take_optional6(reader: BitReader, longest: int) -> str:
    at = reader.at
    if reader.take(6) == 0:
        return ""
    reader.at = at
    return take_text6(reader, longest)


def _write_adi(writer: BitWriter, fields: Fields) -> None:
    for character in _require_cage(fields[0]).rjust(6):
        writer.put(ord(character) & 63, 6)
    if fields[1]:
        put_text6(writer, "The part number", fields[1], 32)
    else:
        writer.put(0, 6)
    put_text6(writer, "The serial", fields[2], 30)


def _require_cage(text: str) -> str:
    is_code = text.isascii() and text.isalnum() and text.isupper() | text.isdecimal()
    if not is_code or len(text) not in {5, 6}:
        raise EpcFieldError(f"{text!r} is not a CAGE code or DoDAAC of 5 or 6 letters and digits.")
    return text


SCHEMES = (
    _keyed("sgtin-96", 0x30, 96, ITEM, _number(38)),
    _keyed("sgtin-198", 0x36, 198, ITEM, _text(140)),
    _keyed("sscc-96", 0x31, 96, SERVICE, _zeros(24)),
    _keyed("sgln-96", 0x32, 96, LOCATION, _number(41)),
    _keyed("sgln-195", 0x39, 195, LOCATION, _text(140)),
    _keyed("grai-96", 0x33, 96, TYPE, _number(38)),
    _keyed("grai-170", 0x37, 170, TYPE, _text(112)),
    Scheme("giai-96", 0x34, 96, _read_giai_96, _write_giai_96),
    Scheme("giai-202", 0x38, 202, _read_giai_202, _write_giai_202),
    _keyed("gsrn-96", 0x2D, 96, SERVICE, _zeros(24)),
    _keyed("gsrnp-96", 0x2E, 96, SERVICE, _zeros(24)),
    _keyed("gdti-96", 0x2C, 96, LOCATION, _number(41)),
    _keyed("gdti-113", 0x3A, 113, LOCATION, _number_text(58, 17)),
    _keyed("gdti-174", 0x3E, 174, LOCATION, _text(119)),
    Scheme("cpi-96", 0x3C, 96, _read_cpi_96, _write_cpi_96),
    Scheme("cpi-var", 0x3D, None, _read_cpi_var, _write_cpi_var),
    _keyed("sgcn-96", 0x3F, 96, LOCATION, _number_text(41, 12)),
    _keyed("itip-110", 0x40, 110, ITEM, _fixed(7, 2), _fixed(7, 2), _number(38)),
    _keyed("itip-212", 0x41, 212, ITEM, _fixed(7, 2), _fixed(7, 2), _text(140)),
    Scheme("gid-96", 0x35, 96, _read_gid, _write_gid, 0),
    Scheme("usdod-96", 0x2F, 96, _read_usdod, _write_usdod, 4),
    Scheme("adi-var", 0x3B, None, _read_adi, _write_adi, 6),
)
BY_HEADER = {scheme.header: scheme for scheme in SCHEMES}
BY_NAME = {scheme.name: scheme for scheme in SCHEMES}

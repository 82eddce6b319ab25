"""The data after the EPC of a '+' scheme (TDS 2, 15.3): elements such as a lot or a date.

An element is its AI, four bits a digit, and its value in the form that table F gives for the AI.
There is no length in front, so after an AI that is not known nothing more can be read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scanner_app.decoding.epc.bits import BitReader, EpcError, EpcFieldError
from scanner_app.decoding.epc.keys import Elements
from scanner_app.decoding.epc.plus import (
    take_date,
    take_digits,
    take_integer,
    take_key,
    take_packed,
)

# AIs of three and of four digits, by their first two; all others have two.
_THREE = frozenset({"23", "24", "25", "40", "41", "42", "71"})
_FOUR = frozenset({"31", "32", "33", "34", "35", "36", "39", "43", "70", "72", "80", "81", "82"})
# The shortest element: an AI of two digits.
_MIN_BITS = 8

Step = Callable[[BitReader], str]


@dataclass(frozen=True, slots=True)
class Data:
    """What follows an EPC. `rest` is what was not understood, as bits from there on."""

    elements: Elements = ()
    rest: str = ""


def _text(length_bits: int) -> Step:
    return lambda reader: take_packed(reader, reader.take(3), reader.take(length_bits))


def _digits(size: int) -> Step:
    return lambda reader: take_digits(reader, size)


def _integer(size: int) -> Step:
    return lambda reader: take_integer(reader, size)


def _counted(length_bits: int) -> Step:
    return lambda reader: take_integer(reader, reader.take(length_bits) or 1)


def _bit(reader: BitReader) -> str:
    return str(reader.take(1))


def _sign(reader: BitReader) -> str:
    # A minus sign after the digits, as in a temperature (4330).
    return "-" if reader.take(1) else ""


def _number(high: int, bits: int) -> Step:
    def take(reader: BitReader) -> str:
        value = reader.take(bits)
        if value >= high:
            raise EpcFieldError(f"{value} is not below {high}, as in a time.")
        return f"{value:02d}"

    return take


_HOUR, _MINUTE, _SECOND = _number(24, 5), _number(60, 6), _number(60, 6)


def _range(reader: BitReader) -> str:
    """Return one date, or two: the first bit says whether a second follows."""
    has_end = reader.take(1)
    return take_date(reader) + (take_date(reader) if has_end else "")


def _moment(reader: BitReader) -> str:
    """Return a date with as much of its time as the first two bits say."""
    precision = reader.take(2)
    steps = ((_HOUR,), (_HOUR, _MINUTE), (_HOUR, _MINUTE, _SECOND), ())[precision]
    return take_date(reader) + "".join(step(reader) for step in steps)


def _spread(form: tuple[Step, ...], names: str) -> dict[str, tuple[Step, ...]]:
    return dict.fromkeys(names.split(), form)


# Table F. A name of three digits for an AI of four stands for all with any last digit.
_FORMS: dict[str, tuple[Step, ...]] = {
    **_spread((_digits(18),), "00 8006 8017 8018 8026"),
    **_spread((_digits(14),), "01 02 03"),
    **_spread((_digits(13),), "410 411 412 413 414 415 416 417"),
    **_spread(
        (_text(5),),
        "10 21 22 235 240 241 243 250 251 254 400 401 403 420 4308 4318 4319 7002 7020 7021 7022 "
        "7023 710 711 712 713 714 715 716 717 723 7240 7242 8002 8012 8013 8020 90",
    ),
    **_spread((_text(2),), "427 7008 7010"),
    **_spread((_text(3),), "7040 7041"),
    **_spread((_text(4),), "7005 7009 7255"),
    **_spread((_text(6),), "4300 4301 4310 4311 4320 7253 7254 7259 8007 8009"),
    **_spread(
        (_text(7),),
        "4302 4303 4304 4305 4306 4312 4313 4314 4315 4316 7256 7257 8030 8110 8112 8200 "
        "91 92 93 94 95 96 97 98 99",
    ),
    **_spread((take_date,), "11 12 13 15 16 17 4326 7006"),
    **_spread((take_date, _HOUR, _MINUTE), "4324 4325 7003"),
    "7007": (_range,),
    **_spread((_moment,), "7011 8008"),
    **_spread((_counted(3),), "242 7004"),
    **_spread((_counted(4),), "30 37 390 392 423 425 8011 8019"),
    **_spread((_integer(3), _counted(4)), "391 393"),
    **_spread((_integer(3),), "422 424 426"),
    "421": (_integer(3), _text(4)),
    "703": (_integer(3), _text(5)),
    "253": (_digits(13), _text(5)),
    "255": (_digits(13), _counted(4)),
    "8003": (_digits(14), _text(5)),
    **_spread((take_key,), "8004 8010"),
    "20": (_integer(2),),
    "402": (_integer(17),),
    "7241": (_digits(2),),
    **_spread((_integer(6), _sign), "4330 4331 4332 4333"),
    **_spread((_integer(4),), "394 8111"),
    **_spread((_integer(6),), "395 8005"),
    **_spread((_integer(6),), " ".join(str(ai) for ai in range(310, 370))),
    "4309": (_integer(20),),
    "7001": (_integer(13),),
    "7250": (_integer(8),),
    "7251": (_integer(12),),
    "8001": (_integer(14),),
    **_spread((_bit,), "4321 4322 4323"),
}  # fmt: skip


def read_data(reader: BitReader) -> Data:
    """Return the elements after an EPC. Never raises; zero bits at the end fill up a word."""
    elements: list[tuple[str, str]] = []
    while reader.size - reader.at >= _MIN_BITS and reader.rest():
        start = reader.at
        try:
            elements.append(_take_element(reader))
        except EpcError:
            reader.at = start
            bits = reader.size - start
            return Data(tuple(elements), f"{reader.rest() << -bits % 4:0{(bits + 3) // 4}X}")
    return Data(tuple(elements))


def _take_element(reader: BitReader) -> tuple[str, str]:
    ai = take_digits(reader, 2)
    if ai in _THREE:
        ai += take_digits(reader, 1)
    elif ai in _FOUR:
        ai += take_digits(reader, 2)
    form = _FORMS.get(ai) or (_FORMS.get(ai[:3]) if len(ai) == 4 else None)  # noqa: PLR2004 - AIs whose last digit varies
    if form is None:
        raise EpcFieldError(f"({ai}) has no form that is known here.")
    return ai, "".join(step(reader) for step in form)

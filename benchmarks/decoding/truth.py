"""What counts as read: one list of comparable forms for a symbol, another for the truth."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

CODE_32 = "0123456789BCDFGHJKLMNPQRSTUVWXYZ"
START_STOP = "ABCDabcd*TNE"
VEHICLE = 17  # characters of a vehicle's number (ISO 3779), none of them I, O or Q
RETAIL = {"ean_13", "ean_8", "upc_a", "upc_e"}


@dataclass(frozen=True)
class Case:
    path: Path
    category: str
    expected: tuple[str, ...]


@dataclass(frozen=True)
class Read:
    """What an engine said, whichever engine it was."""

    text: str
    data: bytes
    symbology: str
    add_on: str | None = None


def load_cases(folder: Path) -> list[Case]:
    """Read the manifest of a folder of pictures: path, category and a JSON list of texts."""
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return [
            Case(folder / row["path"], row["category"], tuple(json.loads(row["expected"] or "[]")))
            for row in csv.DictReader(file)
        ]


def forms_of_truth(text: str) -> set[str]:
    plain = _bare(text.removeprefix("CODE32:"))
    forms = {plain, text} | _widths(plain)
    if plain.isdigit() and len(plain) == 8:
        forms |= _widths(expand_upc(plain))
    if plain.isdigit() and len(plain) in {14, 15, 16, 17, 18, 19}:
        # Retail with a two or five digit add-on written behind it: the add-on is compared alone.
        for length in (12, 13, 14):
            if len(plain) - length in {2, 5}:
                forms |= _widths(plain[:length])
    if (
        len(plain) > 3
        and plain[0] in START_STOP
        and plain[-1] in START_STOP
        and plain[1:-1].isdigit()
    ):
        # Codabar start and stop characters are sent or dropped by a setting of the reader.
        forms.add(plain[1:-1])
    return forms | _without_import(plain)


def forms_of_read(read: Read) -> set[str]:
    plain = _bare(read.text)
    forms = {plain, "BIN:" + read.data.hex()}
    if read.symbology in RETAIL:
        forms |= _widths(plain)
        if read.symbology == "upc_e" and len(plain) == 8:
            forms |= _widths(expand_upc(plain))
    elif read.symbology == "codabar":
        forms.add(plain.strip(START_STOP))
    elif read.symbology.startswith("databar"):
        forms |= {plain.removeprefix("01"), "01" + plain}
    elif read.symbology == "code_32":
        forms.add(plain.removeprefix("A"))
    elif read.symbology == "code_39":
        forms |= _without_import(plain)
        if pharmacy := read_code_32(plain):
            forms |= {pharmacy, "A" + pharmacy}
    if read.symbology in RETAIL and read.add_on:
        # A UPC with zeros before it, as readers of EAN-13 alone write it, and its add-on.
        forms |= {width + read.add_on for width in _widths(plain)}
    return forms


def _without_import(text: str) -> set[str]:
    """Return a vehicle's number without the I for import that may be printed before it."""
    number = text.removeprefix("I")
    is_vehicle = len(number) == VEHICLE and number.isalnum() and not set(number) & set("IOQ")
    return {number} if is_vehicle else set()


def is_read(expected: str, reads: list[Read], *, strict: bool = False) -> bool:
    """Return whether a text is among the reads.

    The lenient truth takes for the same: a UPC-E and its long form, DataBar with and without its
    (01), a Code 32 and the Code 39 that it is printed in, Codabar with and without start and stop,
    an EAN and the same number with more zeros, also before its add-on, a vehicle's number with and
    without its I for import. The strict truth takes only what no reader's
    setting decides: UPC-A is EAN-13 with a zero, an add-on is compared alone, separators and
    brackets of GS1 are left out.
    """
    if strict:
        return _is_read_to_the_letter(expected, reads)
    truth = forms_of_truth(expected)
    return any(truth & forms_of_read(read) for read in reads)


def _is_read_to_the_letter(expected: str, reads: list[Read]) -> bool:
    plain = _bare(expected)
    truth = {plain, expected, plain.zfill(13) if len(plain) == 12 else plain}
    if plain.isdigit():
        truth |= {plain[:n].zfill(13) for n in (12, 13) if len(plain) - n in {2, 5}}
    for read in reads:
        text = _bare(read.text)
        if truth & {text, "BIN:" + read.data.hex()}:
            return True
        if read.symbology in RETAIL and text.zfill(13) in truth:
            return True
    return False


def false_reads(case: Case, reads: list[Read]) -> list[Read]:
    truth = (
        set().union(*(forms_of_truth(text) for text in case.expected)) if case.expected else set()
    )
    return [read for read in reads if not truth & forms_of_read(read)]


def read_code_32(text: str) -> str | None:
    """Return the nine digits of an Italian pharmacy code from the six characters of its Code 39."""
    if len(text) != 6 or not set(text) <= set(CODE_32):
        return None
    number = 0
    for char in text:
        number = number * len(CODE_32) + CODE_32.index(char)
    return f"{number:09}" if number < 10**9 else None


def expand_upc(text: str) -> str:
    """Return the 12 digits of an 8 digit UPC-E (GS1 General Specifications, 5.2.2.4.2)."""
    system, body, check = text[0], text[1:7], text[7]
    if body[5] in "012":
        middle = body[:2] + body[5] + "0000" + body[2:5]
    elif body[5] == "3":
        middle = body[:3] + "00000" + body[3:5]
    elif body[5] == "4":
        middle = body[:4] + "00000" + body[4]
    else:
        middle = body[:5] + "0000" + body[5]
    return system + middle + check


def _bare(text: str) -> str:
    return text.replace("\x1d", "").replace("(", "").replace(")", "")


def _widths(digits: str) -> set[str]:
    if not digits.isdigit() or len(digits) not in {12, 13, 14}:
        return {digits}
    return {digits.lstrip("0").zfill(width) for width in (12, 13, 14)}

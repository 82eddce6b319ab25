"""The data after the EPC of a '+' scheme: lots, dates and the like, written out bit by bit."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from scanner_app.cli.epc.commands import epc_command
from scanner_app.decoding.codes.read import Identifier, read_code
from scanner_app.decoding.epc import decode_epc

# Header F7, toggle 1, filter 0, GTIN 09520123456788, serial 12 as an integer of two digits.
SGTIN = "11110111 1000" + "".join(f"{int(d):04b}" for d in "09520123456788") + "000 00010 0001100"
GIAI = "11111010 1000" + "".join(f"{int(d):04b}" for d in "06141415678") + "1111"
LOT_AB7 = "0001 0000" + "001 00011" + "1010 1011 0111"  # (10), upper case hex, 3 characters
LOT_123 = "0001 0000" + "000 00011" + "0001111011"  # (10), integer, 3 digits
EXPIRY = "0001 0111" + "0011010 1100 11111"  # (17)261231
WEIGHT = "0011 0001 0000 0011" + "00000000010011010010"  # (3103)001234
COUNT = "0011 0111" + "0010 0101010"  # (37)42
BEST_BEFORE = "0001 0101" + "0011010 1101 00001"  # month 13
UNKNOWN = "0000 0101 1111"


def hex_of(*bits: str) -> str:
    """Return bits in whole words, as a reader delivers them."""
    text = "".join(bits).replace(" ", "")
    text += "0" * (-len(text) % 16)
    return f"{int(text, 2):0{len(text) // 4}X}"


@pytest.mark.parametrize(
    ("bits", "data"),
    [
        ([LOT_AB7], (("10", "AB7"),)),
        ([LOT_AB7, EXPIRY], (("10", "AB7"), ("17", "261231"))),
        ([EXPIRY, LOT_123], (("17", "261231"), ("10", "123"))),
        ([WEIGHT, COUNT, EXPIRY], (("3103", "001234"), ("37", "42"), ("17", "261231"))),
        (["0100 0000 0000 001 00010 1010 1011"], (("400", "AB"),)),
        (["0111 0000 0000 0011 0011010 1100 11111 10111 111011"], (("7003", "2612312359"),)),
        (["0111 0000 0000 0111 1 0011010 1100 00001 0011010 1100 11111"], (("7007", "261201261231"),)),
        (["1000 0000 0000 1000 00 0011010 1100 00001 10111"], (("8008", "26120123"),)),
        (["0100 0011 0011 0000 00000000000000001010 1"], (("4330", "000010-"),)),
        (["0100 0001 0100" + "".join(f"{int(d):04b}" for d in "0614141123452")], (("414", "0614141123452"),)),
        (["1000 0000 0000 0100 0000 0110 0001 1111"], (("8004", "061"),)),
        ([], ()),
    ],
)  # fmt: skip
@pytest.mark.parametrize("epc", [SGTIN, GIAI])
def test_the_data_after_an_epc_is_told_beside_its_identity(epc, bits, data):
    found = decode_epc(hex_of(epc, *bits))

    assert (found.data, found.data_rest) == (data, "")
    assert found.elements == decode_epc(hex_of(epc)).elements


@pytest.mark.parametrize(
    ("bits", "data"),
    [
        ([LOT_AB7, BEST_BEFORE], (("10", "AB7"),)),
        ([UNKNOWN], ()),
        ([EXPIRY, "1111 1111 1111"], (("17", "261231"),)),
        ([EXPIRY, "0001 0000 001 11111 1111"], (("17", "261231"),)),
    ],
)
def test_data_that_is_not_understood_hides_neither_the_key_nor_what_came_before(bits, data):
    found = decode_epc(hex_of(SGTIN, *bits))

    assert found.elements == (("01", "09520123456788"), ("21", "12"))
    assert found.data == data
    assert found.data_rest


def test_the_command_tells_lot_and_date():
    done = CliRunner().invoke(epc_command, ["decode", "--json", hex_of(SGTIN, LOT_AB7, EXPIRY)])

    line = json.loads(done.output)
    assert line["element_string"] == "(01)09520123456788(21)12"
    assert line["data"] == "(10)AB7(17)261231"
    assert line["data_not_understood"] is None
    assert line["register_as"] == "sgtin:09520123456788.12"


def test_a_tag_with_data_is_the_same_item_as_one_without():
    for bits in ((), (LOT_AB7,), (LOT_AB7, EXPIRY), (UNKNOWN,)):
        found = read_code(hex_of(SGTIN, *bits), symbology="rfid")
        assert found.candidates[0] == Identifier("sgtin", "09520123456788.12")


@given(st.text("01", max_size=200))
def test_any_bits_after_an_epc_are_read_or_told(bits):
    found = decode_epc(hex_of(SGTIN, bits))

    assert found.elements[0] == ("01", "09520123456788")

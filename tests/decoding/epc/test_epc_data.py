"""The data after the EPC of a '+' scheme: lots, dates and the like, written out bit by bit."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from scanner_app.cli.epc.commands import epc_command
from scanner_app.decoding.codes.read import Identifier, read_code
from scanner_app.decoding.epc import EpcFieldError, decode_epc

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


# The longest text of each AI, from the GS1 General Specifications, section 3.2. What comes before the
# text is in the second table. The field of the length has the bits that the longest needs.
LONGEST = """
10=20 21=20 22=20 235=28 240=30 241=30 243=20 250=30 251=30 254=20 400=30 401=30 403=30 420=20 421=9
427=3 253=17 4300=35 4301=35 4302=70 4303=70 4304=70 4305=70 4306=70 4308=30 4310=35 4311=35 4312=70
4313=70 4314=70 4315=70 4316=70 4318=20 4319=30 4320=35 7002=30 7005=12 7008=3 7009=10 7010=2 7020=20
7021=20 7022=20 7023=30 7030=27 7039=27 7041=4 710=20 711=20 712=20 713=20 714=20 715=20 716=20
7230=30 7239=30 7240=20 8002=20 8003=16 8007=34 8009=50 8012=20 8013=25 8020=25 8030=90 8110=70 8112=70
8200=70 90=30 91=90 92=90 93=90 94=90 95=90 96=90 97=90 98=90 99=90
"""
LONGEST_NUMBER = "30=8 37=8 242=6 390=15 392=15 423=15 425=15 7004=4 8011=12 8019=10"
BEFORE_TEXT = {"421": "056", "7030": "056", "7039": "056", "253": "0614141123452", "8003": "0" * 14}
AS_INTEGER = {"421", "7030", "7039"}


def read_table(table: str) -> list[tuple[str, int]]:
    return [(ai, int(size)) for ai, _, size in (row.partition("=") for row in table.split())]


def digit_bits(text: str) -> str:
    return "".join(f"{int(digit):04b}" for digit in text)


def test_each_text_of_a_gs1_element_has_room_for_its_longest_and_its_shortest():
    for ai, longest in read_table(LONGEST):
        before = BEFORE_TEXT.get(ai, "")
        bits = digit_bits(ai)
        bits += f"{int(before):010b}" if ai in AS_INTEGER else digit_bits(before)
        for size in {1, 2, longest}:
            # The indicator 001 stands for upper hexadecimal, of four bits a character.
            text = f"{bits}001{size:0{longest.bit_length()}b}" + "1011" * size
            found = decode_epc(hex_of(SGTIN, text, EXPIRY))
            assert found.data == ((ai, before + "B" * size), ("17", "261231")), (ai, size)


def test_each_number_of_a_gs1_element_has_room_for_its_longest_and_its_shortest():
    for ai, longest in read_table(LONGEST_NUMBER):
        named = f"{ai}2" if ai in {"390", "392"} else ai
        for size in {1, 2, longest}:
            value = "9" * size
            room = (10**size - 1).bit_length()
            text = f"{digit_bits(named)}{size:0{longest.bit_length()}b}{int(value):0{room}b}"
            found = decode_epc(hex_of(SGTIN, text, EXPIRY))
            assert found.data == ((named, value), ("17", "261231")), (ai, size)


def test_the_date_before_a_gtin_is_of_a_kind_that_exists():
    # DSGTIN+ (TDS 2, 14.6.1.3): header FB, toggle, filter, kind of the date, date, GTIN, serial 12.
    rest = SGTIN.partition(" 1000")[2]
    kinds = ["11", "13", "15", "16", "17", "7006", "7007"]
    for kind in range(16):
        bits = hex_of(f"11111011 1000 {kind:04b} 0011010 1100 11111", rest)
        if kind < len(kinds):
            elements = dict(decode_epc(bits).elements)
            assert elements[kinds[kind]] == "261231"
            assert (elements["01"], elements["21"]) == ("09520123456788", "12")
        else:
            with pytest.raises(EpcFieldError, match=f"kind {kind} "):
                decode_epc(bits)

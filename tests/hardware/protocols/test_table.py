"""The table of protocols, against one that is written by hand from docs/readers.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hardware.errors import ConfigError
from hardware.protocols.base import Decoder
from hardware.protocols.table import PROTOCOLS, ProtocolSpec

PAGE = (Path(__file__).parents[3] / "docs" / "readers.md").read_text(encoding="utf-8")
# Bits per second where readers.toml gives none: 9600 for scanners and 125 kHz, 57600 for UHFReader,
# 115200 for others, 0 for what never runs on a serial port. The second: decoded from a real device.
TABLE = """
text       TextLineDecoder    9600   yes
em4100     Em4100Decoder      9600   yes
wiegand    WiegandDecoder     9600   no
yrm100     Yrm100Decoder      115200 yes
uhfreader  UhfReaderDecoder   57600  yes
uhfprime   UhfPrimeDecoder    115200 no
r2000      R2000Decoder       115200 no
thingmagic ThingMagicDecoder  115200 yes
tsl        TslDecoder         115200 yes
nur        NurDecoder         115200 no
llrp       LlrpDecoder        115200 yes
keyboard   KeyboardDecoder    0      no
hidpos     HidPosDecoder      0      no
impinj     ImpinjJsonDecoder  0      no
zebra      ZebraJsonDecoder   0      no
"""


def test_each_protocol_has_the_class_the_speed_and_the_word_of_the_table():
    wanted = [tuple(line.split()) for line in TABLE.strip().splitlines()]

    assert [
        (one.name, one.load().__name__, str(one.baud), "yes" if one.is_confirmed else "no")
        for one in PROTOCOLS
    ] == wanted


def test_each_protocol_names_devices_that_the_page_names_too():
    for one in PROTOCOLS:
        assert one.about, one.name
        row = next(line for line in PAGE.splitlines() if f"| `{one.name}` |" in line)
        words = re.findall(r"[A-Z][A-Za-z]*[0-9-]*[A-Za-z0-9]{2,}", one.about)
        assert any(word in row for word in words) or not words, (one.name, words)


@pytest.mark.parametrize(
    "address",
    ["hardware.nothing:Decoder", "hardware.protocols.base:Nothing", "hardware.protocols.base",
     "hardware.reads:Noise", "hardware.protocols.checksums:crc16", ""],
)  # fmt: skip
def test_an_address_that_is_not_a_decoder_is_a_fault_of_the_settings(address):
    with pytest.raises(ConfigError, match="protocol 'x'") as told:
        ProtocolSpec("x", address, "").load()

    assert repr(address) in str(told.value)


def test_a_class_is_taken_as_it_is():
    assert ProtocolSpec("x", Decoder, "").load() is Decoder

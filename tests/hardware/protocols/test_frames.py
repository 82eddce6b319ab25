"""Every published frame: received ones decode as published, sent ones equal what we build."""

# mypy: disable-error-code="attr-defined"
# Functions are replaced, or taken, in the module that uses them.
from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from hardware.protocols import nur, r2000, thingmagic, uhfprime, uhfreader, yrm100
from hardware.protocols.apdu import GET_UID, decode_uid
from hardware.protocols.base import Decoder
from hardware.protocols.em4100 import Em4100Decoder
from hardware.protocols.llrp import (
    MessageType,
    build_add_rospec,
    build_message,
    build_rospec_request,
)
from hardware.protocols.llrp_session import LlrpDecoder
from hardware.protocols.textlines import TextLineDecoder
from hardware.protocols.tsl import INVENTORY, TslDecoder
from hardware.reads import Noise, Reply, Status, TagRead
from tests.hardware.frames import decode

_TABLE = (Path(__file__).parents[1] / "data" / "frames.csv").read_text()
FRAMES = list(csv.DictReader(_TABLE.splitlines()))
RECEIVED = [(row["protocol"], row["frame_hex"]) for row in FRAMES if row["direction"] == "rx"]
SENT = [(row["protocol"], row["frame_hex"]) for row in FRAMES if row["direction"] == "tx"]


def _hex(text: str) -> bytes:
    return bytes.fromhex(text)


def _epc(text: str, **more: object) -> TagRead:
    return TagRead(_hex(text), "epc", **more)  # type: ignore[arg-type] # the options of a case


def _label(text: bytes, aim: str, symbology: str) -> TagRead:
    return TagRead(text, "barcode", aim=aim, symbology=symbology)


MAKERS: dict[str, Callable[[], Decoder]] = {
    "em4100-ascii": Em4100Decoder,
    "yrm100": yrm100.Yrm100Decoder,
    "uhfreader": uhfreader.UhfReaderDecoder,
    "uhfprime-cf": uhfprime.UhfPrimeDecoder,
    "r2000-a0": r2000.R2000Decoder,
    "thingmagic": thingmagic.ThingMagicDecoder,
    "llrp": LlrpDecoder,
    "tsl-ascii": TslDecoder,
    "barcode-serial": TextLineDecoder,
}
R18, R288 = "000000000000000000000003", "49440000000000000A000334"
MEANING: dict[str, list[object]] = {
    "0231303030383646343434323603": [TagRead(_hex("100086F444"), "em4100")],
    "023043303030363231413538450D0A03": [TagRead(_hex("0C000621A5"), "em4100")],
    "0236324533303836434544303803": [TagRead(_hex("62E3086CED"), "em4100")],
    "BB02220011C9340030751FEB705C5904E3D50D703A76EF7E": [
        _epc("30751FEB705C5904E3D50D70", pc=0x3400, rssi_dbm=-55.0, rssi_raw=-55)
    ],
    "BB02220011CB3400E200471BB0006013044509D09582D47E": [
        _epc("E200471BB0006013044509D0", pc=0x3400, rssi_dbm=-53.0, rssi_raw=-53)
    ],
    "BB02220009CF1000032692012A796B7E": [_epc("03269201", pc=0x1000, rssi_dbm=-49.0, rssi_raw=-49)],
    "BB01FF000115167E": [Status("no_tag")],
    "BB01280001002A7E": [Reply(0x28, b"\0")],
    "1100210000160C034E001E0A01000000E651": [Reply(0x21, _hex("00160C034E001E0A01000000"), 0)],
    "20000103020C0000000000000000000003130C0000000000000000000003149AC9": [
        _epc("000000000000000000000313"),
        _epc("000000000000000000000314"),
    ],
    "1500010301010C0000000000000000000003136BB1A5": [
        _epc("000000000000000000000313", antenna=1, rssi_raw=0x6B)
    ],
    "1500010304010C49440000000000000A0003346425C0": [
        _epc("49440000000000000A000334", antenna=3, rssi_raw=0x64)
    ],
    "2300010301020C0000000000000000000003136B0C0000000000000000000003146C70F2": [
        _epc("000000000000000000000313", antenna=1, rssi_raw=0x6B),
        _epc("000000000000000000000314", antenna=1, rssi_raw=0x6C),
    ],
    "1100EE002000708C2B380B2D00000000E056": [_epc("2000708C2B380B2D00000000")],
    "560000000000": [Status("heartbeat")],
    "1500010301010CE28068940000400A9D22A9EB5DF9C3": [
        _epc("E28068940000400A9D22A9EB", antenna=1, rssi_raw=0x5D)
    ],
    "CF00000201009EEA": [Reply(0x0002, b"", 0)],
    "CF0000721A000000018004000101038602EE01F43121010400000C000301052C68": [
        Reply(0x0072, _hex("000000018004000101038602EE01F43121010400000C00030105"[2:]), 0)
    ],
    "A00501720109DE": [Reply(0x72, b"\x01\x09")],
    "FF1403000007102300010000032014100701070209000000105BD1": [
        Reply(0x03, _hex("0710230001000003201410070107020900000010"), 0)
    ],
    "FF2822000010001B01FF0101C4110E16400000012700000500000F00803000"
    "000000000000000000001545E94A561D": [
        _epc(
            "000000000000000000001545",
            pc=0x3000,
            rssi_dbm=-60.0,
            rssi_raw=-60,
            antenna=1,
            reader_us=295_000,
        )
    ],
    "043F000000200000000100F600160080000C0006475EF6574BB0010000060000": [
        Status("state", "configuring")
    ],
    "043E0000000A00000007": [Status("keep_alive")],
    "043D000000380000002B00F0001D00F100140070FA09521141EA93B7CC04FC0F100081000186D800"
    "F000118DE2801160600002084F1B2C3D": [
        _epc("FA09521141EA93B7CC04FC0F1000", antenna=1, rssi_dbm=-40.0, rssi_raw=-40),
        _epc("E2801160600002084F1B2C3D"),
    ],
    "43533A202E69760D0A45503A203030303030303030303030303030303030303030313234320D0A"
    "52493A202D36310D0A4F4B3A0D0A0D0A": [
        Reply(0x4353, b".iv"),
        _epc("000000000000000000001242", rssi_dbm=-61.0),
        Reply(0x4F4B, b""),
    ],
    "5D43313830303430363134313431353637380D0A": [_label(b"800406141415678", "]C1", "code_128")],
    "5D64323031303935303630303031333433353232314142433132330D": [
        _label(b"010950600013435221ABC123", "]d2", "data_matrix")
    ],
    "5D513338303034303631343134313332612F620D0A": [_label(b"8004061414132a/b", "]Q3", "qr_code")],
    "5D413041535345542D303034320D0A": [_label(b"ASSET-0042", "]A0", "code_39")],
}


class TestReceivedFrames:
    @pytest.mark.parametrize(("protocol", "frame"), RECEIVED)
    def test_each_decodes_to_what_its_publisher_says(self, protocol: str, frame: str) -> None:
        if protocol == "pcsc":
            assert decode_uid(_hex(frame)) == [TagRead(_hex("04A1B2C3D4E580"), "uid")]
            return

        events = decode(MAKERS[protocol](), _hex(frame))

        assert events == MEANING[frame]

    def test_a_misprinted_frame_is_refused_by_its_checksum(self) -> None:
        misprint = _hex("0231303030323646343434323603")

        events = decode(Em4100Decoder(), misprint)

        assert [type(event) for event in events] == [Noise]


def _answer_all(decoder: thingmagic.ThingMagicDecoder) -> list[bytes]:
    """Accept each command and return what the decoder sent."""
    decoder.begin()
    sent = [decoder.outgoing()]
    while True:
        body = bytes((0, sent[-1][2], 0, 0))
        decoder.feed(b"\xff" + body + thingmagic.crc_thingmagic(body).to_bytes(2, "big"))
        command = decoder.outgoing()
        if not command:
            return sent
        sent.append(command)


class TestSentFrames:
    def test_each_equals_the_command_that_we_build(self) -> None:
        decoder = uhfreader.UhfReaderDecoder(model="288", address=0xFF)
        decoder.poll()
        ours = {
            yrm100.build_command(0x22),
            yrm100.build_command(0x27, b"\x22\x27\x10"),
            yrm100.build_command(0x28),
            yrm100.build_command(0x03, b"\x00"),
            yrm100.build_command(0xB7),
            yrm100.build_command(0x07, bytes((yrm100.REGIONS["eu"],))),
            yrm100.build_command(0x07, bytes((yrm100.REGIONS["us"],))),
            uhfreader.build_command(0, uhfreader.READER_INFO),
            uhfreader.build_command(0xFF, uhfreader.INVENTORY),
            decoder.outgoing(),
            uhfprime.build_command(uhfprime.STOP),
            uhfprime.build_command(uhfprime.GET_PARAMETERS),
            r2000.build_command(r2000.GET_FIRMWARE),
            r2000.build_command(r2000.REALTIME_INVENTORY, b"\xff"),
            *_answer_all(thingmagic.ThingMagicDecoder(region="eu")),
            thingmagic.build_command(thingmagic.CONTINUOUS, thingmagic.STOP_CONTINUOUS),
            nur.build_command(nur.PING),
            build_message(MessageType.KEEPALIVE_ACK, 7),
            build_message(MessageType.CLOSE_CONNECTION, 8),
            build_rospec_request(MessageType.DELETE_ROSPEC, 9, rospec_id=0),
            build_message(MessageType.GET_READER_CAPABILITIES, 10, b"\0"),
            build_add_rospec(0x68, rospec_id=1, antennas=[1, 2]),
            GET_UID,
            INVENTORY,
        }

        missing = [frame for _, frame in SENT if _hex(frame) not in ours]

        assert missing == []


class TestStarting:
    def test_a_yrm100_gets_its_region_first_and_is_then_polled(self) -> None:
        decoder = yrm100.Yrm100Decoder(region="eu")

        decoder.begin()

        assert decoder.outgoing() == _hex("BB00070001030B7E" + "BB00270003222710837E")

    def test_a_thingmagic_gets_one_start_command_after_each_answer(self) -> None:
        sent = _answer_all(thingmagic.ThingMagicDecoder(region="eu"))

        assert [frame[2] for frame in sent] == [0x03, 0x04, 0x97, 0x93, 0x2F]

    def test_keep_alives_and_temperatures_of_a_thingmagic_are_not_tags(self) -> None:
        bodies = (b"\x00\x22\x04\x00", b"\x00\x22\x00\x00", b"\x0a\x22\x00\x00" + bytes(10))
        stream = b"".join(
            b"\xff" + body + thingmagic.crc_thingmagic(body).to_bytes(2, "big") for body in bodies
        )

        events = decode(thingmagic.ThingMagicDecoder(), stream)

        assert [event.what for event in events if isinstance(event, Status)] == [
            "no_tag",
            "keep_alive",
            "temperature",
        ]

    def test_a_uhfreader_decoder_learns_the_dialect_from_the_reader(self) -> None:
        decoder = uhfreader.UhfReaderDecoder()

        decoder.feed(_hex("1100210000160C034E001E0A01000000E651"))
        decoder.poll()

        assert decoder.outgoing()[:4] == _hex("0D00010F")

    def test_a_uhfreader_reply_in_the_other_dialect_is_a_warning_and_not_a_read(self) -> None:
        decoder = uhfreader.UhfReaderDecoder(model="18")

        events = decode(decoder, _hex("1500010301010C0000000000000000000003136BB1A5"))

        assert [event.what for event in events if isinstance(event, Status)] == ["dialect"]

    def test_an_r2000_asks_for_the_next_round_when_one_is_done(self) -> None:
        decoder = r2000.R2000Decoder()
        body = _hex("A00A0189000100000000000A")[:11]
        done = body + bytes((-sum(body) & 0xFF,))

        events = decoder.feed(done)

        assert events == [Status("round_done")]
        assert decoder.outgoing() == r2000.build_command(0x89, b"\xff")

    def test_a_nur_fetches_what_an_inventory_found(self) -> None:
        decoder = nur.NurDecoder()
        answer = nur.build_command(nur.INVENTORY, b"\0" + bytes(8))

        decoder.feed(answer)

        assert decoder.outgoing() == nur.build_command(nur.GET_WITH_METADATA, nur.CLEAR)

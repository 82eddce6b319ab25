"""The JSON of network readers, as documented and as an attacker would send it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.protocols.iot_json import ImpinjJsonDecoder, ZebraJsonDecoder
from hardware.reads import Noise, Status
from tests.hardware.frames import check_noise, raws_of, reads_of

IMPINJ: dict[str, Any] = {
    "timestamp": "2026-09-07T12:50:36.194Z",
    "hostname": "impinj-01-23-45",
    "eventType": "tagInventory",
    "tagInventoryEvent": {
        "epc": "ftqQOAUQAnEAAsCu",
        "epcHex": "7EDA9038051002710002C0AE",
        "antennaPort": 1,
        "peakRssiCdbm": -5500,
        "phaseAngle": 69.0,
    },
}
ZEBRA = {
    "data": {"eventNum": 5036, "format": "epc", "idHex": "e2806894000040017790e471"},
    "timestamp": "2026-09-07T12:50:36.194+0000",
    "type": "SIMPLE",
}


class TestImpinj:
    def test_takes_signal_in_hundredths_of_a_dbm(self) -> None:
        read = reads_of(ImpinjJsonDecoder().decode_body(json.dumps(IMPINJ).encode()))[0]

        assert read.raw.hex().upper() == "7EDA9038051002710002C0AE"
        assert (read.antenna, read.rssi_dbm) == (1, -55.0)
        assert read.reader_us == 1788785436194000

    def test_base64_and_hex_are_the_same_epc(self) -> None:
        event = {
            key: value for key, value in IMPINJ["tagInventoryEvent"].items() if key != "epcHex"
        }
        body = json.dumps({**IMPINJ, "tagInventoryEvent": event}).encode()

        assert raws_of(ImpinjJsonDecoder().decode_body(body)) == [
            bytes.fromhex("7EDA9038051002710002C0AE")
        ]

    def test_an_epc_or_tid_is_read_in_the_one_form_that_is_sent_and_hex_goes_first(self) -> None:
        raw = bytes.fromhex("7EDA9038051002710002C0AE")
        forms = [
            ({"epcHex": raw.hex()}, raw),
            ({"epc": "ftqQOAUQAnEAAsCu"}, raw),
            ({"epc": "_____w=="}, b"\xff" * 4),  # base64 for addresses, padded
            ({"epc": "-----w"}, b"\xfb\xef\xbe\xfb"),
            ({"epcHex": "3001", "epc": "ftqQOAUQAnEAAsCu"}, b"\x30\x01"),
            ({"epcHex": "not hex", "epc": "ftqQOAUQAnEAAsCu"}, raw),
            ({"epcHex": "", "epc": "ftqQOAUQAnEAAsCu"}, raw),
        ]
        for sent, wanted in forms:
            tid = {f"tid{key[3:]}": value for key, value in sent.items()}
            body = json.dumps({"tagInventoryEvent": {**sent, **tid}}).encode()
            [read] = reads_of(ImpinjJsonDecoder().decode_body(body))
            assert (read.raw, read.tid) == (wanted, wanted), sent

        for lacking in ({}, {"epcHex": ""}, {"epc": ""}, {"epc": "?"}, {"epcHex": "30" * 600}):
            body = json.dumps({"tagInventoryEvent": lacking}).encode()
            assert [type(e) for e in ImpinjJsonDecoder().decode_body(body)] == [Noise], lacking

    def test_a_stream_is_read_line_by_line_in_any_pieces(self) -> None:
        stream = (json.dumps(IMPINJ) + "\r\n").encode() * 3
        decoder = ImpinjJsonDecoder()

        events = [
            event for at in range(0, len(stream), 7) for event in decoder.feed(stream[at : at + 7])
        ]

        assert len(reads_of(events)) == 3

    def test_other_events_are_not_an_error(self) -> None:
        body = b'[{"eventType": "antennaConnected"}]'

        assert ImpinjJsonDecoder().decode_body(body) == [Status("event", "antennaConnected")]


class TestZebra:
    def test_takes_an_object_an_array_and_lines(self) -> None:
        one = json.dumps(ZEBRA)

        for body, number in ((one, 1), (f"[{one},{one}]", 2), (f"{one}\n{one}\n{one}\n", 3)):
            assert len(reads_of(ZebraJsonDecoder().decode_body(body.encode()))) == number

    def test_takes_antenna_signal_and_count_where_they_are_sent(self) -> None:
        data = {**ZEBRA["data"], "antenna": 3, "peakRssi": -61, "reads": 7}  # type: ignore[dict-item] # a document of JSON
        body = json.dumps({**ZEBRA, "type": "INVENTORY", "data": data}).encode()

        read = reads_of(ZebraJsonDecoder().decode_body(body))[0]

        assert (read.antenna, read.rssi_dbm, read.count) == (3, -61.0, 7)

    @pytest.mark.parametrize(
        "more",
        [
            {"antenna": -1},
            {"antenna": 65536},
            {"antenna": True},
            {"antenna": "1"},
            {"peakRssi": "NaN"},
            {"peakRssi": 10**400},
            {"reads": -5},
            {"reads": None},
        ],
    )
    def test_keeps_the_tag_and_leaves_out_an_impossible_number(
        self, more: dict[str, object]
    ) -> None:
        body = json.dumps({"type": "CUSTOM", "data": {**ZEBRA["data"], **more}}).encode()  # type: ignore[dict-item] # a document of JSON

        read = reads_of(ZebraJsonDecoder().decode_body(body))[0]

        assert (read.antenna, read.rssi_dbm, read.count) == (None, None, 1)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"\xff\xfe",
            b"[" * 100_000,
            b'{"data":{"idHex":NaN}}',
            b'{"data":{"idHex":"xyz"}}',
            b'{"data":{"idHex":""}}',
            b'{"data":{"idHex":7}}',
        ],
    )
    def test_an_unreadable_event_is_noise(self, body: bytes) -> None:
        events = ZebraJsonDecoder().decode_body(body)

        assert events
        assert all(isinstance(event, Noise) for event in events)
        check_noise(events)

    @given(
        document=st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["data", "idHex", "antenna", "tagInventoryEvent", "epc", "reads"]
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=8,
        )
    )
    def test_never_raises_on_any_json(self, document: object) -> None:
        body = json.dumps(document).encode()

        ZebraJsonDecoder().decode_body(body)
        ImpinjJsonDecoder().decode_body(body)

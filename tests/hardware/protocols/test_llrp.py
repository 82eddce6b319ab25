"""LLRP without a network: the state table, reports, and what breaks a connection."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.protocols.llrp import (
    MAX_MESSAGE,
    MessageType,
    Parameter,
    build_message,
    build_tlv,
    parse_message,
    parse_report,
    walk_parameters,
)
from hardware.protocols.llrp_session import TOLERANT, TRANSITIONS, LlrpDecoder, State
from hardware.reads import Broken, Status
from tests.hardware.frames import raws_of, reads_of

GREETING = bytes.fromhex("043F000000200000000100F600160080000C0006475EF6574BB0010000060000")
# The report of the protocol's figure, in its order: EPC-96, first and last seen, antenna, and so on.
REPORT = bytes.fromhex(
    "043D000000380000002A00F0002E8D3474257BF40000000000162E81000286C78700038200"
    "06475EF6574BB0840006475EF6574BC488000C"
)


def status(code: int = 0, text: str = "") -> bytes:
    raw = text.encode()
    return build_tlv(Parameter.LLRP_STATUS, struct.pack(">HH", code, len(raw)) + raw)


def answer(kind: MessageType, code: int = 0, text: str = "") -> bytes:
    return build_message(kind, 1, status(code, text))


def greeting(code: int) -> bytes:
    event = build_tlv(Parameter.CONNECTION_ATTEMPT_EVENT, struct.pack(">H", code))
    data = build_tlv(Parameter.READER_EVENT_NOTIFICATION_DATA, event)
    return build_message(MessageType.READER_EVENT_NOTIFICATION, 1, data)


def sent_types(decoder: LlrpDecoder) -> list[int]:
    data, types = decoder.outgoing(), []
    while data:
        size = int.from_bytes(data[2:6], "big")
        types.append(parse_message(data[:size]).type)
        data = data[size:]
    return types


def start(decoder: LlrpDecoder) -> None:
    decoder.feed(GREETING)
    for kind in (
        MessageType.SET_READER_CONFIG_RESPONSE,
        MessageType.DELETE_ROSPEC_RESPONSE,
        MessageType.ADD_ROSPEC_RESPONSE,
        MessageType.ENABLE_ROSPEC_RESPONSE,
        MessageType.START_ROSPEC_RESPONSE,
    ):
        decoder.feed(answer(kind))


class TestTransitions:
    @pytest.mark.parametrize("state", State)
    @pytest.mark.parametrize("kind", MessageType)
    def test_each_message_changes_the_state_only_as_the_table_says(
        self, state: State, kind: MessageType
    ) -> None:
        decoder = LlrpDecoder()
        decoder.state = state
        body = GREETING[10:] if kind is MessageType.READER_EVENT_NOTIFICATION else status()

        decoder.feed(build_message(kind, 5, body))

        step = TRANSITIONS.get((state, kind))
        if kind is MessageType.ERROR_MESSAGE and state in TOLERANT:
            step = next(after for (at, _), after in TRANSITIONS.items() if at is state)
        assert decoder.state is (step[0] if step else state)
        expected = [] if step is None or step[1] is None else [step[1]]
        if kind is MessageType.KEEPALIVE:
            expected = [MessageType.KEEPALIVE_ACK]
        assert sent_types(decoder) == expected

    def test_the_table_leads_from_greeting_to_reading(self) -> None:
        decoder = LlrpDecoder()

        start(decoder)

        assert decoder.state is State.READING
        assert sent_types(decoder) == [3, 21, 20, 24, 22]

    def test_an_end_deletes_and_closes(self) -> None:
        decoder = LlrpDecoder()
        start(decoder)
        decoder.outgoing()

        decoder.end()
        decoder.feed(answer(MessageType.CLOSE_CONNECTION_RESPONSE))

        assert sent_types(decoder) == [MessageType.DELETE_ROSPEC, MessageType.CLOSE_CONNECTION]
        assert decoder.state is State.CLOSED


class TestRefusals:
    @pytest.mark.parametrize("state", [State.ADDING, State.ENABLING, State.STARTING])
    def test_a_refused_step_breaks_the_connection_with_the_readers_reason(
        self, state: State
    ) -> None:
        decoder = LlrpDecoder()
        decoder.state = state
        kind = next(kind for at, kind in TRANSITIONS if at is state)

        events = decoder.feed(answer(kind, 100, "invalid antenna"))

        assert isinstance(events[0], Broken)
        assert "100 invalid antenna" in events[0].why

    def test_a_reader_without_keep_alives_still_reads(self) -> None:
        decoder = LlrpDecoder()
        decoder.feed(GREETING)

        decoder.feed(answer(MessageType.SET_READER_CONFIG_RESPONSE, 109, "unsupported"))

        assert decoder.state is State.CLEARING
        assert decoder.silence_limit_s is None

    def test_silence_has_a_limit_only_after_the_reader_accepts_keep_alives(self) -> None:
        decoder = LlrpDecoder(keepalive_s=10)
        start(decoder)

        assert decoder.silence_limit_s == 25

    @pytest.mark.parametrize(("code", "is_busy"), [(1, True), (2, True), (3, True), (77, True)])
    def test_a_refused_connection_says_who_holds_the_reader(self, code: int, is_busy: bool) -> None:
        events = LlrpDecoder().feed(greeting(code))

        assert [type(event) for event in events] == [Broken]
        assert events[0].is_busy is is_busy  # type: ignore[union-attr] # of that kind

    def test_reports_a_second_client_that_tries_to_connect_and_goes_on(self) -> None:
        decoder = LlrpDecoder()
        start(decoder)

        events = decoder.feed(greeting(4))

        assert isinstance(events[0], Status)
        assert events[0].is_warning
        assert decoder.state is State.READING


class TestFraming:
    @pytest.mark.parametrize("length", [0, 9, MAX_MESSAGE + 1, 0xFFFF_FFFF])
    def test_an_impossible_length_breaks_the_connection(self, length: int) -> None:
        events = LlrpDecoder().feed(struct.pack(">HII", 0x043D, length, 1))

        assert [type(event) for event in events] == [Broken]

    def test_another_protocol_is_recognised_as_not_llrp(self) -> None:
        events = LlrpDecoder().feed(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        assert [type(event) for event in events] == [Broken]

    def test_an_unknown_message_is_skipped_by_its_length(self) -> None:
        unknown = struct.pack(">HII", 1 << 10 | 1000, 14, 1) + b"abcd"

        events = LlrpDecoder().feed(unknown + REPORT)

        assert len(reads_of(events)) == 1

    def test_every_split_of_joined_messages_gives_the_same_events(self) -> None:
        stream = GREETING + REPORT + bytes.fromhex("043E0000000A00000007") + REPORT[:-2] + b"\0\x0d"
        whole = raws_of(LlrpDecoder().feed(stream))

        for cut in range(len(stream) + 1):
            decoder = LlrpDecoder()
            assert raws_of(decoder.feed(stream[:cut]) + decoder.feed(stream[cut:])) == whole

    def test_a_cut_connection_forgets_half_a_message_and_greets_again(self) -> None:
        decoder = LlrpDecoder()
        decoder.feed(GREETING + REPORT[:20])

        decoder.reset()

        assert decoder.state is State.GREETING
        assert raws_of(decoder.feed(GREETING + REPORT)) == [
            bytes.fromhex("3474257BF40000000000162E")
        ]

    @given(body=st.binary(max_size=200), kind=st.integers(0, 1023))
    def test_never_raises_on_any_message_body(self, body: bytes, kind: int) -> None:
        decoder = LlrpDecoder()

        decoder.feed(struct.pack(">HII", 1 << 10 | kind, 10 + len(body), 1) + body)
        list(walk_parameters(body))

    def test_a_message_larger_than_its_bound_is_not_buffered(self) -> None:
        decoder = LlrpDecoder()
        decoder.feed(struct.pack(">HII", 0x043D, MAX_MESSAGE, 1))

        for _ in range(1100):
            decoder.feed(bytes(4096))

        assert decoder.pending() <= MAX_MESSAGE


class TestReports:
    def test_a_report_has_antenna_signal_count_and_time(self) -> None:
        read = parse_report(REPORT[10:])[0].read

        assert read.raw.hex().upper() == "3474257BF40000000000162E"
        assert (read.antenna, read.rssi_dbm, read.count) == (2, -57.0, 12)
        assert read.reader_us == 0x0006475EF6574BC4

    def test_a_report_sent_again_after_a_cut_is_read_once(self) -> None:
        decoder = LlrpDecoder()
        first = decoder.feed(GREETING + REPORT)

        decoder.reset()
        again = decoder.feed(GREETING + REPORT)

        assert (len(reads_of(first)), len(reads_of(again))) == (1, 0)
        assert decoder.duplicates == 1

    def test_an_epc_shorter_than_its_declared_length_is_left_out(self) -> None:
        data = build_tlv(Parameter.EPC_DATA, struct.pack(">H", 112) + b"\xfa\x09")

        assert parse_report(build_tlv(Parameter.TAG_REPORT_DATA, data)) == []

    def test_an_epc_whose_bits_do_not_fill_a_byte_keeps_its_last_byte(self) -> None:
        data = build_tlv(
            Parameter.EPC_DATA, struct.pack(">H", 60) + bytes.fromhex("FA306141415678F0")
        )

        read = parse_report(build_tlv(Parameter.TAG_REPORT_DATA, data))[0].read

        assert read.raw == bytes.fromhex("FA306141415678F0")

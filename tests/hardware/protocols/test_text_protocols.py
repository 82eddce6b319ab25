"""Scanners that send or type text, and the ways in which text goes wrong."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.protocols.apdu import decode_uid
from hardware.protocols.hidpos import REPORT_SIZE, HidPosDecoder
from hardware.protocols.keyboard import ENTER, EVENT, KEYS, LEFT_CTRL, LEFT_SHIFT, KeyboardDecoder
from hardware.protocols.textlines import MAX_LINE, TextLineDecoder
from hardware.protocols.wiegand import WiegandDecoder, is_parity_right
from hardware.reads import Broken, Noise, Status, TagRead
from tests.hardware.frames import decode, raws_of, reads_of


class TestTextLines:
    def test_an_unplugged_half_label_is_not_joined_to_the_next(self) -> None:
        decoder = TextLineDecoder()

        events = decoder.feed(b"TAG00001") + decoder.reset() + decoder.feed(b"TAG00002\r")

        assert raws_of(events) == [b"TAG00002"]

    def test_half_a_label_is_dropped_after_a_silence(self) -> None:
        decoder = TextLineDecoder()

        events = decoder.feed(b"TAG00001") + decoder.idle() + decoder.feed(b"TAG00002\r")

        assert raws_of(events) == [b"TAG00002"]
        assert [event.size for event in events if isinstance(event, Noise)] == [8]

    def test_silence_ends_the_label_of_a_scanner_without_suffix(self) -> None:
        decoder = TextLineDecoder(terminator="none")

        events = decode(decoder, b"]C0LT-", b"0042")

        assert raws_of(events) == [b"LT-0042"]

    @pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\r\r\n"])
    def test_takes_any_usual_line_end(self, end: bytes) -> None:
        assert raws_of(decode(TextLineDecoder(), b"A1" + end + b"A2" + end)) == [b"A1", b"A2"]

    def test_xon_xoff_nul_and_break_are_not_part_of_a_label(self) -> None:
        events = decode(TextLineDecoder(), b"\x00\x00LT\x13-00\x1142\r")

        assert raws_of(events) == [b"LT-0042"]

    def test_group_separators_are_kept(self) -> None:
        read = reads_of(decode(TextLineDecoder(), b"]d2800406141\x1d21ABC\r"))[0]

        assert read.raw == b"800406141\x1d21ABC"
        assert (read.aim, read.symbology) == ("]d2", "data_matrix")

    @pytest.mark.parametrize(
        "line", [b"\x86\xf8\x00\xfe", b"LT\x0142", b"\x7f\x7f", "LT\x9042".encode()]
    )
    def test_bytes_of_a_wrong_baud_rate_are_noise(self, line: bytes) -> None:
        events = decode(TextLineDecoder(), line + b"\r", b"LT-0042\r")

        assert raws_of(events) == [b"LT-0042"]
        assert any(isinstance(event, Noise) for event in events)

    def test_a_line_as_long_as_allowed_is_read_and_a_longer_one_is_not(self) -> None:
        longest, longer = b"A" * MAX_LINE, b"B" * (MAX_LINE + 1)

        events = decode(TextLineDecoder(), longest + b"\r\n" + longer + b"\r\n" + b"C\r\n")

        assert raws_of(events) == [longest, b"C"]

    def test_the_rest_of_an_endless_line_is_not_taken_for_a_label(self) -> None:
        pieces = [b"X" * 1000 for _ in range(20)]

        events = decode(TextLineDecoder(), *pieces, b"tail\r", b"LT-0042\r")

        assert raws_of(events) == [b"LT-0042"]

    def test_a_line_without_aim_is_refused_where_it_is_required(self) -> None:
        decoder = TextLineDecoder(is_aim_required=True)

        assert raws_of(decode(decoder, b"k\r]A0LT-0042\r")) == [b"LT-0042"]

    @pytest.mark.parametrize(
        ("payload", "line", "expected"),
        [
            (
                "card_decimal",
                b"0008844356",
                TagRead(bytes.fromhex("0086F444"), "em4100", bits=32),
            ),
            ("card_facility", b"134,62532", TagRead(bytes.fromhex("86F444"), "em4100", bits=24)),
            ("uid_hex", b"04:A1:B2:C3", TagRead(bytes.fromhex("04A1B2C3"), "uid")),
            ("epc_hex", b"30751FEB705C5904E3D50D70", None),
        ],
    )
    def test_a_number_is_taken_in_the_form_that_the_device_is_set_to(
        self, payload: str, line: bytes, expected: TagRead | None
    ) -> None:
        expected = expected or TagRead(bytes.fromhex(line.decode()), "epc")

        assert decode(TextLineDecoder(payload=payload), line + b"\r") == [expected]

    @pytest.mark.parametrize(
        ("payload", "line"),
        [
            ("card_decimal", b"4294967296"),
            ("card_decimal", "١٢٣".encode()),
            ("card_facility", b"256,1"),
            ("card_facility", b"1,65536"),
            ("uid_hex", b"04A"),
            ("epc_hex", b"LT-0042"),
        ],
    )
    def test_a_number_in_another_form_is_noise(self, payload: str, line: bytes) -> None:
        events = decode(TextLineDecoder(payload=payload), line + b"\r")

        assert [type(event) for event in events] == [Noise]

    def test_refuses_an_unknown_setting_and_names_the_known_ones(self) -> None:
        with pytest.raises(ValueError, match="auto, cr, lf, crlf, none"):
            TextLineDecoder(terminator="tab")


def build_wiegand(facility: int, card: int, bits: int) -> int:
    """Return a card's word with its parity, built from text and not from the decoder's masks."""
    facility_bits, card_bits = {26: (8, 16), 34: (16, 16), 35: (12, 20), 37: (16, 19)}[bits]
    data = f"{facility:0{facility_bits}b}{card:0{card_bits}b}"

    def even(text: str) -> str:
        return str(text.count("1") % 2)

    def odd(text: str) -> str:
        return str(1 - text.count("1") % 2)

    if bits == 35:
        head = even("".join(bit for at, bit in enumerate(data) if at % 3 != 2)) + data
        tail = odd("".join(bit for at, bit in enumerate(head) if at % 3 != 2))
        return int(odd(head + tail) + head + tail, 2)
    half = (bits - 2 + 1) // 2
    return int(even(data[:half]) + data + odd(data[-half:]), 2)


class TestWiegand:
    def test_accepts_the_published_h10301_card(self) -> None:
        bits = "11000011011110100010001000"

        read = reads_of(decode(WiegandDecoder(), bits.encode() + b"\r"))[0]

        assert (read.raw, read.bits) == (int(bits, 2).to_bytes(4, "big"), 26)
        assert int(bits, 2) == build_wiegand(134, 62532, 26)

    @pytest.mark.parametrize(
        ("bits", "facility", "card"),
        [(26, 134, 62532), (34, 4660, 65535), (35, 4095, 1048575), (37, 1, 524287)],
    )
    def test_accepts_the_parity_of_each_format(self, bits: int, facility: int, card: int) -> None:
        assert is_parity_right(build_wiegand(facility, card, bits), bits)

    @pytest.mark.parametrize("bits", [26, 34, 35, 37])
    def test_refuses_a_word_with_any_one_bit_flipped(self, bits: int) -> None:
        value = build_wiegand(21, 777, bits)

        assert all(not is_parity_right(value ^ 1 << bit, bits) for bit in range(bits))

    @given(facility=st.integers(0, 4095), card=st.integers(0, 1048575))
    def test_accepts_the_three_parities_of_any_corporate_1000_card(
        self, facility: int, card: int
    ) -> None:
        assert is_parity_right(build_wiegand(facility, card, 35), 35)

    def test_bits_and_hex_are_the_same_card(self) -> None:
        word = build_wiegand(134, 62532, 26)

        events = decode(WiegandDecoder(), f"{word:026b}\r26:{word:x}\r".encode())

        assert [(read.raw, read.bits) for read in reads_of(events)] == [
            (word.to_bytes(4, "big"), 26)
        ] * 2

    def test_an_unknown_length_is_kept_with_its_bits(self) -> None:
        read = reads_of(decode(WiegandDecoder(), b"40:AABBCCDDEE\r"))[0]

        assert (read.raw, read.bits) == (bytes.fromhex("AABBCCDDEE"), 40)

    @pytest.mark.parametrize("line", [b"26:FFFFFFF", b"hello", b"26:", b"0101", b"26:1_0", b"+9:1"])
    def test_a_line_that_is_not_a_word_is_noise(self, line: bytes) -> None:
        assert [type(event) for event in decode(WiegandDecoder(), line + b"\r")] == [Noise]


def _key(code: int, value: int) -> bytes:
    return EVENT.pack(0, 0, 1, code, value)


def _type(text: str) -> bytes:
    """Return the input events of a scanner that types `text` and Enter."""
    codes = {chars[shift]: (code, shift) for code, chars in KEYS.items() for shift in (1, 0)}
    data = b""
    for char in text:
        modifier = None
        if char == "\x1d":
            code, modifier = 27, LEFT_CTRL
        else:
            code, shift = codes[char]
            modifier = LEFT_SHIFT if shift else None
        data += _key(modifier, 1) if modifier else b""
        data += _key(code, 1) + EVENT.pack(0, 0, 0, 0, 0) + _key(code, 0)
        data += _key(modifier, 0) if modifier else b""
    return data + _key(ENTER, 1) + _key(ENTER, 0)


class TestKeyboard:
    def test_returns_the_typed_text_with_shift_and_fnc1(self) -> None:
        read = reads_of(KeyboardDecoder().feed(_type("]d28004061414132a/b\x1d21Z_y-Y")))[0]

        assert read.raw == b"8004061414132a/b\x1d21Z_y-Y"
        assert read.symbology == "data_matrix"

    @given(cuts=st.lists(st.integers(0, 600), max_size=8))
    def test_any_division_of_the_input_events_gives_the_same_text(self, cuts: list[int]) -> None:
        data, decoder, events = _type("LT-0042"), KeyboardDecoder(), []
        bounds = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
        for begin, end in pairwise(bounds):
            events += decoder.feed(data[begin:end])

        assert raws_of(events) == [b"LT-0042"]

    def test_a_held_key_types_once(self) -> None:
        data = _key(30, 1) + _key(30, 2) * 5 + _key(30, 0) + _key(ENTER, 1)

        assert raws_of(KeyboardDecoder().feed(data)) == [b"a"]

    def test_keys_without_enter_are_dropped_after_a_silence(self) -> None:
        decoder = KeyboardDecoder()

        events = decoder.feed(_key(30, 1)) + decoder.idle() + decoder.idle()

        assert raws_of(events + decoder.feed(_type("B"))) == [b"B"]

    def test_the_rest_of_a_label_after_a_pause_is_not_taken_for_a_label(self) -> None:
        decoder = KeyboardDecoder()

        events = decoder.feed(_key(30, 1)) + decoder.idle() + decoder.feed(_type("B"))

        assert raws_of(events + decoder.feed(_type("C"))) == [b"C"]

    def test_a_shift_key_held_during_unplugging_is_released(self) -> None:
        decoder = KeyboardDecoder()
        decoder.feed(_key(LEFT_SHIFT, 1))
        decoder.reset()

        assert raws_of(decoder.feed(_type("a"))) == [b"a"]

    def test_a_desktop_reader_types_an_epc(self) -> None:
        events = KeyboardDecoder(payload="epc_hex").feed(_type("30751FEB705C5904E3D50D70"))

        assert reads_of(events)[0].kind == "epc"

    def test_keys_without_end_are_bounded(self) -> None:
        decoder = KeyboardDecoder()

        events = decoder.feed(_key(30, 1) * 5000)

        assert isinstance(events[0], Noise)
        assert len(decoder._text) < 4096

    def test_the_event_struct_has_the_kernels_size(self) -> None:
        assert EVENT.size == struct.calcsize("@llHHi") == 24


def _report(data: bytes, aim: bytes = b"]C0", *, shift: int = 0, more: bool = False) -> bytes:
    body = bytes((len(data),)) + b"\0" * shift + aim + data
    return b"\x02" + body.ljust(62, b"\0") + bytes((more,))


class TestHidPos:
    @pytest.mark.parametrize("shift", [0, 1])
    def test_reads_both_places_of_the_aim_identifier(self, shift: int) -> None:
        read = reads_of(HidPosDecoder().feed(_report(b"LT-0042\r", shift=shift)))[0]

        assert (read.raw, read.symbology) == (b"LT-0042", "code_128")

    def test_joins_a_label_that_continues_in_the_next_report(self) -> None:
        reports = _report(b"A" * 50, b"]Q1", more=True) + _report(b"B" * 9, b"]Q1")

        read = reads_of(HidPosDecoder().feed(reports))[0]

        assert (read.raw, read.symbology) == (b"A" * 50 + b"B" * 9, "qr_code")

    def test_a_label_that_was_cut_is_not_joined_to_the_next(self) -> None:
        decoder = HidPosDecoder()

        events = decoder.feed(_report(b"A" * 50, more=True)) + decoder.idle()
        events += decoder.feed(_report(b"LT-0042"))

        assert raws_of(events) == [b"LT-0042"]

    @given(report=st.binary(min_size=REPORT_SIZE, max_size=REPORT_SIZE))
    def test_never_raises_on_any_report(self, report: bytes) -> None:
        decoder = HidPosDecoder()

        decode(decoder, b"\x02" + report[1:], report)


class TestDecodeUid:
    @pytest.mark.parametrize(
        ("response", "kind"),
        [
            ("04A1B2C3D4E5809000", TagRead),
            ("089A3C109000", Status),
            ("6A81", Status),
            ("6300", Broken),
            ("0102039000", Noise),
            ("90", Noise),
        ],
    )
    def test_returns_the_event_of_each_answer(self, response: str, kind: type) -> None:
        assert [type(event) for event in decode_uid(bytes.fromhex(response))] == [kind]


class TestCharset:
    @pytest.mark.parametrize(
        ("charset", "text"),
        [
            ("utf-8", "BÜRO-1"),
            ("iso-8859-1", "BÜRO-1"),
            ("windows-1252", "BÜRO-1"),
            ("iso-8859-2", "ŽIŽKA-1"),
            ("cp1251", "СКЛАД-1"),
            ("shift_jis", "倉庫-1"),
            ("gbk", "仓库-1"),
        ],
    )
    def test_a_text_is_read_in_the_character_set_of_the_scanner(self, charset, text):
        data = text.encode(charset)

        line = reads_of(decode(TextLineDecoder(charset=charset), data + b"\r"))
        report = reads_of(HidPosDecoder(charset=charset).feed(_report(data)))

        assert [read.raw.decode() for read in (*line, *report)] == [text, text]

    def test_a_text_that_does_not_fit_names_the_character_set_and_sends_nothing(self):
        data = "BÜRO-1".encode("latin-1")

        for events in (
            decode(TextLineDecoder(), data + b"\r"),
            HidPosDecoder().feed(_report(data)),
            decode(TextLineDecoder(charset="shift_jis"), b"A\x82\r"),
        ):
            (noise,) = events
            assert isinstance(noise, Noise)
            assert "character set" in noise.why
            assert "`charset`" in noise.why

    @pytest.mark.parametrize("charset", ["utf-16", "nonsense", "", "cp037", "base64"])
    def test_a_character_set_without_ascii_is_refused(self, charset):
        for make in (TextLineDecoder, HidPosDecoder):
            with pytest.raises(ValueError, match="charset"):
                make(charset=charset)


class TestFrame:
    @pytest.mark.parametrize(
        "data",
        [
            b"\x02LT-0042\x03\r\n",
            b"\x02LT-0042\x03",
            b"\x02LT-0042\r\n\x03",
            b"\x02LT-0042\r",
            b"LT-0042\x03",
            b"\r\n\x02LT-0042\x03\r\n",
        ],
    )
    def test_start_and_end_of_text_may_stand_around_a_label(self, data):
        assert raws_of(decode(TextLineDecoder(), data)) == [b"LT-0042"]

    @pytest.mark.parametrize("terminator", ["cr", "crlf", "lf"])
    def test_the_frame_may_stand_before_any_line_end(self, terminator):
        end = {"cr": b"\r", "crlf": b"\r\n", "lf": b"\n"}[terminator]
        data = b"\x02LT-0042\x03" + end + b"\x02LT-0043\x03" + end

        decoder = TextLineDecoder(terminator=terminator)

        assert raws_of(decode(decoder, data)) == [b"LT-0042", b"LT-0043"]

    def test_two_framed_labels_are_two(self):
        assert raws_of(decode(TextLineDecoder(), b"\x02A1\x03\x02A2\x03")) == [b"A1", b"A2"]

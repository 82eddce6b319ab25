"""Labels as scanners type them: by number, with Ctrl, in other countries' layouts, and damaged.

Keys are those of Linux, and each expected text is written by hand.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hardware.protocols.keyboard import EVENT, KeyboardDecoder
from hardware.protocols.keymaps import LAYOUTS
from hardware.reads import Event, Noise
from tests.hardware.frames import raws_of

SHIFT, CTRL, ALT, ALTGR, CAPS, NUM, META = 42, 29, 56, 100, 58, 69, 125
ENTER, TAB, SPACE, ESCAPE, BACKSPACE, F8, HOME = 28, 15, 57, 1, 14, 66, 102
KEYPAD = dict(
    zip(
        "7894561230+*/-.=",
        (71, 72, 73, 75, 76, 77, 79, 80, 81, 82, 78, 55, 98, 74, 83, 117),
        strict=True,
    )
)
# A US keyboard, written out here so that a wrong row of the product's cannot pass.
US = {
    **{
        char: (2 + at, shift)
        for shift, row in enumerate(("1234567890-=", "!@#$%^&*()_+"))
        for at, char in enumerate(row)
    },
    **{
        char: (16 + at, shift)
        for shift, row in enumerate(("qwertyuiop[]", "QWERTYUIOP{}"))
        for at, char in enumerate(row)
    },
    **{
        char: (30 + at, shift)
        for shift, row in enumerate(("asdfghjkl;'`", 'ASDFGHJKL:"~'))
        for at, char in enumerate(row)
    },
    **{
        char: (43 + at, shift)
        for shift, row in enumerate(("\\zxcvbnm,./", "|ZXCVBNM<>?"))
        for at, char in enumerate(row)
    },
    " ": (SPACE, 0),
}


def key(code: int, value: int) -> bytes:
    return EVENT.pack(0, 0, 1, code, value)


def tap(code: int, *held: int) -> bytes:
    down = b"".join(key(one, 1) for one in held) + key(code, 1)
    return down + key(code, 0) + b"".join(key(one, 0) for one in held)


def us(words: str) -> bytes:
    return b"".join(tap(US[char][0], *[SHIFT] * US[char][1]) for char in words)


def pad(digits: str) -> bytes:
    return b"".join(tap(KEYPAD[digit]) for digit in digits)


def alt(digits: str, held: int = ALT) -> bytes:
    return key(held, 1) + pad(digits) + key(held, 0)


def alt_hex(digits: str) -> bytes:
    """Alt, the keypad's plus, then hexadecimal digits, letters from the main block."""
    keys = b"".join(pad(one) if one.isdigit() else us(one) for one in digits)
    return key(ALT, 1) + pad("+") + keys + key(ALT, 0)


def option(digits: str) -> bytes:
    return key(ALT, 1) + us(digits) + key(ALT, 0)


def linux(digits: str, end: int = SPACE) -> bytes:
    return tap(US["u"][0], CTRL, SHIFT) + us(digits) + tap(end)


def read(data: bytes, **options: str) -> list[Event]:
    return KeyboardDecoder(**options).feed(data + tap(ENTER))


RS, GS, EOT = tap(7, CTRL, SHIFT), tap(27, CTRL), tap(32, CTRL)

TEXTS: list[tuple[str, bytes, str]] = [
    ("GS as Alt+029", us("]C110LOT7") + alt("029") + us("21SER9"), "10LOT7\x1d21SER9"),
    ("GS as Alt+0029", us("]C110LOT7") + alt("0029") + us("21SER9"), "10LOT7\x1d21SER9"),
    ("GS as Alt+29", us("]C110LOT7") + alt("29") + us("21SER9"), "10LOT7\x1d21SER9"),
    ("a label by Alt with four digits", b"".join(alt(f"{ord(one):04}") for one in "LT-42"), "LT-42"),
    ("a label by Alt with three digits", b"".join(alt(f"{ord(one):03}") for one in "HQ/1"), "HQ/1"),
    ("a label by Alt without zeros", b"".join(alt(str(ord(one))) for one in "A b"), "A b"),
    ("a label by the right Alt key", b"".join(alt(f"{ord(one):03}", ALTGR) for one in "LT-42"), "LT-42"),
    ("Alt+0220 in the middle", us("LT") + alt("0220") + us("-0042"), "LTÜ-0042"),
    ("Alt+154, as in code page 437 and 850", us("B") + alt("154") + us("RO-1"), "BÜRO-1"),
    ("Alt+0128", us("7 ") + alt("0128"), "7 €"),
    ("Alt+08364, the number in Unicode", us("7 ") + alt("08364"), "7 €"),
    ("Alt+20489", alt("20489") + us("-1"), "倉-1"),
    ("hexadecimal Alt", us("LT") + alt_hex("dc") + us("-1"), "LTÜ-1"),
    ("hexadecimal Alt with four digits", us("LT") + alt_hex("00dc") + us("-1"), "LTÜ-1"),
    ("hexadecimal Alt of GS", us("A") + alt_hex("1d") + us("B"), "A\x1dB"),
    ("Option and four digits", us("LT") + option("00dc") + us("-1"), "LTÜ-1"),
    ("Option and two units", option("d83dde00"), "😀"),
    ("Ctrl+Shift+U and a blank", us("LT") + linux("dc") + us("-1"), "LTÜ-1"),
    ("Ctrl+Shift+U and Enter", us("LT") + linux("dc", ENTER) + us("-1"), "LTÜ-1"),
    (
        "Ctrl+Shift+U, held for the whole number",
        us("LT") + key(CTRL, 1) + key(SHIFT, 1) + tap(22) + tap(32) + tap(46) + key(SHIFT, 0) + key(CTRL, 0) + us("-1"),
        "LTÜ-1",
    ),
    (
        "ISO/IEC 15434: RS, GS, RS, EOT",
        us("[)>") + RS + us("06") + GS + us("SPF12345") + RS + EOT,
        "[)>\x1e06\x1dSPF12345\x1e\x04",
    ),
    ("RS as Ctrl+6", us("[)>") + tap(7, CTRL) + us("06"), "[)>\x1e06"),
    ("FS as Ctrl+backslash, US as Ctrl+_", us("A") + tap(43, CTRL) + us("B") + tap(12, CTRL, SHIFT) + us("C"), "A\x1cB\x1fC"),
    ("the keypad's slash", us("HQ") + pad("/") + us("1"), "HQ/1"),
    ("the keypad's star, minus, plus, dot and equals", us("A") + pad("*-+.=") + us("B"), "A*-+.=B"),
    ("digits of the keypad around NumLock", us("LT-") + tap(NUM) + pad("0042") + tap(NUM), "LT-0042"),
    ("digits of the keypad with Shift", us("LT-") + key(SHIFT, 1) + pad("0042") + key(SHIFT, 0), "LT-0042"),
    ("Caps Lock around a label", tap(CAPS) + us("lt-0042") + tap(CAPS), "LT-0042"),
    ("Caps Lock with Shift", tap(CAPS) + us("LT-0042/A") + tap(CAPS), "lt-0042/a"),
    ("F8 before Enter", us("LT-0042") + tap(F8), "LT-0042"),
    ("Home and Escape before a label", tap(HOME) + tap(ESCAPE) + us("LT-0042"), "LT-0042"),
    ("a tab before Enter", us("LT-0042") + tap(TAB), "LT-0042"),
    ("a tab in the middle", us("LT") + tap(TAB) + us("0042"), "LT\t0042"),
    ("STX and ETX", tap(48, CTRL) + us("LT-0042") + tap(46, CTRL), "LT-0042"),
    ("Ctrl+M for Enter", us("LT-0042") + tap(50, CTRL), "LT-0042"),
    ("Ctrl+J for Enter", us("LT-0042") + tap(36, CTRL), "LT-0042"),
    ("Alt+013 for Enter", us("LT-0042") + alt("013"), "LT-0042"),
    ("a lone Alt", us("LT-") + tap(ALT) + us("0042"), "LT-0042"),
]  # fmt: skip

# Layouts that scanners are set to: the keys of the country for the text on the label.
COUNTRIES: list[tuple[str, bytes, str]] = [
    ("de", tap(38, SHIFT) + tap(20, SHIFT) + tap(53) + us("0042"), "LT-0042"),
    ("de", us("HQ") + tap(8, SHIFT) + us("1"), "HQ/1"),
    ("de", us("A") + tap(41) + tap(SPACE) + us("B"), "A^B"),
    ("de", us("LT") + tap(26, SHIFT) + tap(21) + tap(44), "LTÜzy"),
    ("de", us("a") + tap(16, ALTGR) + us("b") + tap(10, ALTGR) + tap(12, ALTGR), "a@b]\\"),
    ("de", us("a") + tap(16, CTRL, ALT), "a@"),
    ("de", us("A") + tap(27, CTRL) + us("B"), "A\x1dB"),
    ("de", us("caf") + tap(13) + us("e"), "café"),
    ("de", us("x") + tap(13, SHIFT) + us("x"), "x`x"),
    ("fr", us("LT") + tap(7) + tap(11, SHIFT) + tap(5, SHIFT), "LT-04"),
    ("fr", us("Q") + tap(26) + us("e"), "Aê"),
    ("fr", us("HQ") + tap(52, SHIFT) + tap(2, SHIFT), "HA/1"),
    ("fr", us("B") + tap(3) + tap(8), "Béè"),
    ("es", tap(39, SHIFT) + us("-1"), "Ñ'1"),
    ("es", us("a") + tap(26, ALTGR) + tap(27, ALTGR), "a[]"),
    ("it", us("a") + tap(26, ALTGR, SHIFT) + tap(27, ALTGR, SHIFT), "a{}"),
    ("pt", tap(39) + tap(40) + us("o"), "çºo"),
    ("pt", us("S") + tap(43) + us("ao"), "São"),
    ("se", us("R") + tap(26) + us("k") + tap(53) + us("1"), "Råk-1"),
    ("no", tap(39, SHIFT) + us("L") + tap(53), "ØL-"),
    ("dk", tap(39, SHIFT) + us("L") + tap(53), "ÆL-"),
    ("gb", us("A") + tap(40, SHIFT) + us("B") + tap(3, SHIFT) + tap(86), 'A@B"\\'),
    ("ch", us("k") + tap(26) + us("che") + tap(27) + us("a") + tap(13) + us("a"), "kücheäâ"),
    ("be", us("L") + tap(13) + tap(2, SHIFT), "L-1"),
    ("jp", us("A") + tap(26) + tap(40) + tap(89, SHIFT) + tap(124), "A@:_\\"),
    ("br", us("A") + tap(89) + tap(39) + tap(40) + us("a"), "A/çã"),
    ("de", us("1") + pad(".") + us("5"), "1,5"),
]

CHARSETS: list[tuple[str, bytes, str]] = [
    ("utf-8", us("B") + alt("195") + alt("156") + us("RO-1"), "BÜRO-1"),
    ("iso-8859-1", us("B") + alt("220") + us("RO-1"), "BÜRO-1"),
    ("iso-8859-2", alt("0174") + us("1"), "Ž1"),
    ("cp1251", alt("209") + alt("0202"), "СК"),
    ("gbk", alt("45489") + us("-1"), "北-1"),
    ("shift_jis", alt("145") + alt("113") + us("-1"), "倉-1"),
]

# Each of these is a shorter or another label if the key that is not understood is left out.
REFUSED: list[tuple[str, bytes]] = [
    ("a key of no US keyboard", us("LT") + tap(86) + us("-0042")),
    ("a Japanese key", us("LT-") + tap(124) + us("0042")),
    ("a key of no keyboard", us("LT-") + tap(240) + us("0042")),
    ("Backspace", us("LT-1") + tap(BACKSPACE) + us("0042")),
    ("F8 in the middle", us("LT-") + tap(F8) + us("0042")),
    ("a cursor key in the middle", us("LT-") + tap(105) + us("0042")),
    ("Ctrl+A in the middle", us("LT-") + tap(30, CTRL) + us("0042")),
    ("Ctrl+B in the middle", us("LT-") + tap(48, CTRL) + us("0042")),
    ("the Windows key", us("LT-") + tap(32, META) + us("0042")),
    ("Alt and a letter", us("LT-") + tap(US["x"][0], ALT) + us("0042")),
    ("AltGr on a keyboard that has none", us("LT-") + tap(16, ALTGR) + us("0042")),
    ("Alt+0", us("LT-") + alt("0") + us("0042")),
    ("Alt+0129, which Windows has not", us("LT-") + alt("0129") + us("0042")),
    ("Alt+220, a box in DOS", us("LT-") + alt("220") + us("0042")),
    ("Alt+155, which DOS reads in two ways", us("LT-") + alt("155") + us("0042")),
    ("Alt+001", us("LT-") + alt("001") + us("0042")),
    ("Alt+127", us("LT-") + alt("127") + us("0042")),
    ("Alt+55296, half of a character", us("LT-") + alt("55296") + us("0042")),
    ("Alt+99999999", us("LT-") + alt("99999999") + us("0042")),
    ("Alt and keypad and letters", us("LT-") + key(ALT, 1) + pad("02") + us("x") + key(ALT, 0) + us("0042")),
    ("Alt, plus and no digits", us("LT-") + alt_hex("") + us("0042")),
    ("Option and three digits", us("LT-") + option("0dc") + us("0042")),
    ("Ctrl+Shift+U without a number", us("LT-") + linux("") + us("0042")),
    ("Ctrl+Shift+U and a letter that is no digit", us("LT-") + linux("dx") + us("0042")),
    ("Alt held at Enter", us("LT-") + key(ALT, 1) + pad("02")),
    ("keys that the kernel dropped", us("LT-") + EVENT.pack(0, 0, 0, 3, 0) + us("1") + EVENT.pack(0, 0, 0, 0, 0) + us("42")),
]  # fmt: skip

REFUSED_ABROAD: list[tuple[str, bytes]] = [
    ("de", us("LT") + tap(13)),  # a dead key and Enter
    ("de", us("LT") + tap(13) + tap(27, CTRL) + us("42")),  # a dead key and GS
    ("fr", us("LT") + tap(7, CTRL) + us("42")),  # the keys of 6 and of minus
    ("fr", tap(CAPS) + us("lt") + tap(2) + tap(CAPS)),  # & or 1
    ("fr", us("LT") + pad(".") + us("42")),
    ("be", us("LT") + pad(".") + us("42")),
    ("jp", us("LT") + tap(11, SHIFT) + us("42")),
]


class TestTexts:
    @pytest.mark.parametrize(("what", "data", "text"), TEXTS, ids=[one[0] for one in TEXTS])
    def test_a_label_is_read_as_it_is_printed(self, what: str, data: bytes, text: str) -> None:
        assert raws_of(read(data)) == [text.encode()]

    @pytest.mark.parametrize(("layout", "data", "text"), COUNTRIES)
    def test_a_scanner_of_another_country_is_read_in_its_layout(
        self, layout: str, data: bytes, text: str
    ) -> None:
        assert raws_of(read(data, layout=layout)) == [text.encode()]

    @pytest.mark.parametrize(("charset", "data", "text"), CHARSETS)
    def test_numbers_are_bytes_in_the_character_set_of_the_scanner(
        self, charset: str, data: bytes, text: str
    ) -> None:
        assert raws_of(read(data, charset=charset)) == [text.encode()]


class TestRefusals:
    @pytest.mark.parametrize(("what", "data"), REFUSED, ids=[one[0] for one in REFUSED])
    def test_a_key_that_is_not_understood_makes_the_whole_read_noise(
        self, what: str, data: bytes
    ) -> None:
        self._is_refused(KeyboardDecoder, data)

    @pytest.mark.parametrize(("layout", "data"), REFUSED_ABROAD)
    def test_a_key_with_two_readings_makes_the_whole_read_noise(
        self, layout: str, data: bytes
    ) -> None:
        self._is_refused(lambda: KeyboardDecoder(layout=layout), data)

    def test_bytes_that_do_not_fit_the_character_set_name_it(self) -> None:
        (event,) = read(us("B") + alt("220") + us("RO"), charset="utf-8")

        assert isinstance(event, Noise)
        assert "character set utf-8" in event.why

    def test_the_rest_of_too_many_keys_is_not_taken_for_a_label(self) -> None:
        events = read(us("A") * 5000)

        assert raws_of(events) == []
        assert all(isinstance(event, Noise) for event in events)

    @pytest.mark.parametrize("option", ["layout", "charset", "terminator", "payload"])
    def test_an_option_with_an_unknown_value_names_itself(self, option: str) -> None:
        with pytest.raises(ValueError, match=option):
            KeyboardDecoder(**{option: "nonsense"})

    @staticmethod
    def _is_refused(make: Callable[[], KeyboardDecoder], data: bytes) -> None:
        decoder = make()

        refused = decoder.feed(data + key(ALT, 0) + tap(ENTER))
        events = decoder.feed(us("LT") + tap(ENTER))

        assert raws_of(refused) == []
        assert [event.is_refusal for event in refused if isinstance(event, Noise)] == [True]
        assert len(raws_of(events)) == 1  # one label is lost, and not the next


class TestEnds:
    def test_tab_ends_a_label_where_it_is_the_suffix_however_it_is_typed(self) -> None:
        for tabbed in (tap(TAB), tap(23, CTRL), alt("009")):
            events = KeyboardDecoder(terminator="tab").feed(
                us("A1") + tabbed + us("A2") + tap(ENTER)
            )

            assert raws_of(events) == [b"A1", b"A2"]

    def test_silence_ends_a_label_of_a_scanner_without_a_suffix_unless_a_key_is_unknown(
        self,
    ) -> None:
        decoder = KeyboardDecoder(terminator="none")

        events = decoder.feed(us("A1")) + decoder.idle() + decoder.feed(us("A") + tap(86) + us("2"))

        assert raws_of(events + decoder.idle()) == [b"A1"]


class TestLayouts:
    @pytest.mark.parametrize("name", LAYOUTS)
    def test_each_layout_types_each_character_of_ascii_labels_that_its_country_has(
        self, name: str
    ) -> None:
        layout = LAYOUTS[name]
        typed = {char for chars in layout.keys.values() for char in chars}
        accents = set(layout.dead + layout.altgr_dead)

        missing = "`~" if name == "it" else ""  # Windows has no key for them in Italy
        for char in map(chr, range(0x20, 0x7F)):
            assert char in typed | accents or char in missing, char

    def test_a_key_is_dead_with_altgr_or_without_it_as_windows_has_it(self) -> None:
        # AZERTY of France: the key right of P is dead alone, 2 and 7 are dead with AltGr.
        france = LAYOUTS["fr"]
        assert [france.is_dead(char, altgr=False) for char in "^¨~`"] == [True, True, False, False]
        assert [france.is_dead(char, altgr=True) for char in "^¨~`"] == [False, False, True, True]
        # QWERTZ of Germany types ~ with AltGr at once; no key is dead with it.
        germany = LAYOUTS["de"]
        assert [germany.is_dead(char, altgr=True) for char in "´`^~"] == [False] * 4
        assert [germany.is_dead(char, altgr=False) for char in "´`^~"] == [True, True, True, False]

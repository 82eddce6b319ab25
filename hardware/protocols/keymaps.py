"""What the keys of a keyboard type in the layouts that scanners can be set to, as on Windows.

A row of a layout holds the keys 2 to 13, 16 to 27, 30 to 41, 43, 44 to 53, then 86, 89 and 124 of
Linux. `NONE` is a key without a character. A dead key types nothing until the next key.
"""

# ruff: noqa: RUF001 - keyboards have an acute and a grave accent, and this is about both

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property

NONE = "\N{WHITE SQUARE}"
_ORDER = (*range(2, 14), *range(16, 28), *range(30, 42), 43, *range(44, 54), 86, 89, 124)
_ACCENTS = {"´": "\u0301", "`": "\u0300", "^": "\u0302", "¨": "\u0308", "~": "\u0303"}
_SPACE_KEY, SPACE = 57, " "

KEYPAD_DIGITS = dict(
    zip((71, 72, 73, 75, 76, 77, 79, 80, 81, 82), "7894561230", strict=True),
)
KEYPAD_DOT, KEYPAD_PLUS = 83, 78
_KEYPAD = KEYPAD_DIGITS | {74: "-", KEYPAD_PLUS: "+", 55: "*", 98: "/", 117: "="}

PLAIN, SHIFT, ALTGR = 0, 1, 2


@dataclass(frozen=True)
class Layout:
    """A keyboard layout. `altgr` and `altgr_shift` are pairs of plain character and result.

    `dead` are the dead keys without AltGr, `altgr_dead` those with it. `is_caps_sure` is False if
    Windows may let Caps Lock shift keys without a letter too. `keypad_dot` is None if it is a comma
    for some and a dot for others.
    """

    plain: str
    shifted: str
    altgr: str = ""
    altgr_shift: str = ""
    dead: str = ""
    altgr_dead: str = ""
    is_caps_sure: bool = False
    keypad_dot: str | None = None

    @cached_property
    def keys(self) -> dict[int, tuple[str, ...]]:
        """The characters of each key: plain, with Shift, with AltGr, with AltGr and Shift."""
        third = dict(zip(self.altgr[::2], self.altgr[1::2], strict=True))
        fourth = dict(zip(self.altgr_shift[::2], self.altgr_shift[1::2], strict=True))
        keys: dict[int, tuple[str, ...]] = {_SPACE_KEY: (SPACE, SPACE, NONE, NONE)}
        plains, shifteds = (
            row.replace(" ", "").ljust(len(_ORDER), NONE) for row in (self.plain, self.shifted)
        )
        for code, plain, shifted in zip(_ORDER, plains, shifteds, strict=True):
            keys[code] = (plain, shifted, third.get(plain, NONE), fourth.get(plain, NONE))
        return keys

    def character(self, code: int, *, shift: bool, altgr: bool, caps: bool) -> str | None:
        """Return what a key types, or None if that is not sure."""
        if code in _KEYPAD:
            return None if altgr else _KEYPAD[code]
        if code == KEYPAD_DOT:
            return None if altgr else self.keypad_dot
        found = self.keys.get(code)
        if found is None:
            return None
        plain, shifted = found[:ALTGR]
        if caps and not altgr and code != _SPACE_KEY:
            if plain.isalpha() and plain.upper() == shifted:
                shift = not shift
            elif not self.is_caps_sure:
                return None
        char = found[altgr * ALTGR + shift]
        return None if char == NONE else char

    def is_dead(self, char: str, *, altgr: bool) -> bool:
        """Return whether a character waits for the next key."""
        return char in (self.altgr_dead if altgr else self.dead)


def compose(accent: str, char: str) -> str:
    """Return what a dead key and the next one type together."""
    if char == SPACE:
        return accent
    joined = unicodedata.normalize("NFC", char + _ACCENTS[accent])
    return joined if len(joined) == 1 else accent + char


_US = Layout(
    r"1234567890-= qwertyuiop[] asdfghjkl;'` \ zxcvbnm,./",
    r'!@#$%^&*()_+ QWERTYUIOP{} ASDFGHJKL:"~ | ZXCVBNM<>?',
    is_caps_sure=True,
    keypad_dot=".",
)
_NORDIC_ALTGR = r"2@3£4$5€7{8[9]0}e€mµ"
LAYOUTS = {
    "us": _US,
    "gb": Layout(
        r"1234567890-= qwertyuiop[] asdfghjkl;'` # zxcvbnm,./ \ ",
        r'!"£$%^&*()_+ QWERTYUIOP{} ASDFGHJKL:@¬ ~ ZXCVBNM<>? | ',
        "4€`¦aáeéiíoóuú",
        "aÁeÉiÍoÓuÚ",
        is_caps_sure=True,
        keypad_dot=".",
    ),
    "de": Layout(
        r"1234567890ß´ qwertzuiopü+ asdfghjklöä^ # yxcvbnm,.- <",
        r"""!"§$%&/()=?` QWERTZUIOPÜ* ASDFGHJKLÖÄ° ' YXCVBNM;:_ >""",
        r"2²3³7{8[9]0}ß\q@e€+~mµ<|",
        dead="´`^",
        keypad_dot=",",
    ),
    "ch": Layout(
        r"1234567890'^ qwertzuiopü¨ asdfghjklöä§ $ yxcvbnm,.- <",
        r"""+"*ç%&/()=?` QWERTZUIOPè! ASDFGHJKLéà° £ YXCVBNM;:_ >""",
        r"1¦2@3#6¬7|8¢'´^~e€ü[¨]ä{$}<" + "\\",
        dead="^¨`",
        altgr_dead="´~",
    ),
    "fr": Layout(
        r"""&é"'(-è_çà)= azertyuiop^$ qsdfghjklmù² * wxcvbn,;:! <""",
        r"1234567890°+ AZERTYUIOP¨£ QSDFGHJKLM%□ µ WXCVBN?./§ >",
        r"""é~"#'{([-|è`_\ç^à@)]=}e€$¤""",
        dead="^¨",
        altgr_dead="~`",
    ),
    "be": Layout(
        r"""&é"'(§è!çà)- azertyuiop^$ qsdfghjklmù² µ wxcvbn,;:= <""",
        r"1234567890°_ AZERTYUIOP¨* QSDFGHJKLM%³ £ WXCVBN?./+ >",
        r"""&|é@"#§^ç{à}e€^[$]ù´µ`=~<""" + "\\",
        dead="^¨",
        altgr_dead="´`~",
    ),
    "es": Layout(
        r"1234567890'¡ qwertyuiop`+ asdfghjklñ´º ç zxcvbnm,.- <",
        r"""!"·$%&/()=?¿ QWERTYUIOP^* ASDFGHJKLÑ¨ª Ç ZXCVBNM;:_ >""",
        r"1|2@3#4~5€6¬e€`[+]´{ç}º" + "\\",
        dead="`´^¨",
        altgr_dead="~",
    ),
    "it": Layout(
        r"1234567890'ì qwertyuiopè+ asdfghjklòà\ ù zxcvbnm,.- <",
        r"""!"£$%&/()=?^ QWERTYUIOPé* ASDFGHJKLç°| § ZXCVBNM;:_ >""",
        "5€e€è[+]ò@à#",
        "è{+}",
    ),
    "pt": Layout(
        r"1234567890'« qwertyuiop+´ asdfghjklçº\ ~ zxcvbnm,.- <",
        r"""!"#$%&/()=?» QWERTYUIOP*` ASDFGHJKLÇª| ^ ZXCVBNM;:_ >""",
        "2@3£4§5€7{8[9]0}e€+¨",
        dead="´`~^",
        altgr_dead="¨",
    ),
    "se": Layout(
        r"1234567890+´ qwertyuiopå¨ asdfghjklöä§ ' zxcvbnm,.- <",
        r"""!"#¤%&/()=?` QWERTYUIOPÅ^ ASDFGHJKLÖÄ½ * ZXCVBNM;:_ >""",
        _NORDIC_ALTGR + r"+\¨~<|",
        dead="´`¨^",
        altgr_dead="~",
        keypad_dot=",",
    ),
    "no": Layout(
        r"1234567890+\ qwertyuiopå¨ asdfghjkløæ| ' zxcvbnm,.- <",
        r"""!"#¤%&/()=?` QWERTYUIOPÅ^ ASDFGHJKLØÆ§ * ZXCVBNM;:_ >""",
        _NORDIC_ALTGR + r"\´¨~",
        dead="`¨^",
        altgr_dead="´~",
        keypad_dot=",",
    ),
    "dk": Layout(
        r"1234567890+´ qwertyuiopå¨ asdfghjklæø½ ' zxcvbnm,.- <",
        r"""!"#¤%&/()=?` QWERTYUIOPÅ^ ASDFGHJKLÆØ§ * ZXCVBNM;:_ >""",
        _NORDIC_ALTGR + r"´|¨~<" + "\\",
        dead="´`¨^",
        altgr_dead="~",
        keypad_dot=",",
    ),
    "jp": Layout(
        r"1234567890-^ qwertyuiop@[ asdfghjkl;:□ ] zxcvbnm,./ □\\",
        r"""!"#$%&'()□=~ QWERTYUIOP`{ ASDFGHJKL+*□ } ZXCVBNM<>? □_|""",
        keypad_dot=".",
    ),
    "br": Layout(
        r"1234567890-= qwertyuiop´[ asdfghjklç~' ] zxcvbnm,.; \/",
        r"""!@#$%¨&*()_+ QWERTYUIOP`{ ASDFGHJKLÇ^" } ZXCVBNM<>: |?""",
        "1¹2²3³4£5¢6¬=§q/w?e°[ª]º",
        dead="´`~^¨",
        keypad_dot=",",
    ),
}

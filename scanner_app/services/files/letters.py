"""Texts in the order and the forms in which letters are drawn, for writers that only place glyphs.

Arabic letters take the forms that join them. Vowels of India and beyond that are written before
their consonant move there. Right-to-left runs turn round. Ligatures beyond lam-alef, and conjunct
consonants, are drawn as their parts.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_LAM, _TATWEEL, _JOINER, _NON_JOINER = "\u0644", "\u0640", "\u200d", "\u200c"
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RIGHT_TO_LEFT = re.compile(f"[{_RTL}](?:[^A-Za-z0-9]*[{_RTL}])*[)\\]}}]?")
_DIGITS = re.compile(
    "[\u0660-\u0669\u06f0-\u06f9](?:[.,:/\u066b\u066c-]?[\u0660-\u0669\u06f0-\u06f9])*"
)
# Hebrew is read without its points; where each goes, only a font that is shaped tells.
_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]")
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")
# Vowel signs that are drawn before the consonants which they follow in a text.
_BEFORE = "\u093f\u09bf\u09c7\u09c8\u0a3f\u0abf\u0b47\u0bc6-\u0bc8\u0d46-\u0d48\u0dd9\u0ddb"
_BEFORE += "\u1031\u17c1-\u17c3"
# Where this sign joins two consonants, the vowel goes before both. In Tamil, Malayalam and Sinhala
# it ends the syllable.
_VIRAMA = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u1039\u17d2"
_LETTER = (
    "\u0904-\u0939\u0958-\u0961\u0985-\u09b9\u09dc-\u09e1\u0a05-\u0a39\u0a59-\u0a5e\u0a85-\u0ab9"
)
_LETTER += "\u0b05-\u0b39\u0b83-\u0bb9\u0d05-\u0d3a\u0d85-\u0dc6\u1000-\u102a\u1780-\u17b3"
_NUKTA = "\u093c\u09bc\u0a3c\u0abc\u0b3c"
_CLUSTER = re.compile(
    f"((?:[{_LETTER}][{_NUKTA}]?[{_VIRAMA}])*[{_LETTER}][{_NUKTA}]?)([{_BEFORE}])"
)
_INDIC = re.compile("[\u0900-\u0dff\u1000-\u109f\u1780-\u17ff]")


def form_letters(text: str) -> str:
    """Return a text with its letters in the forms, and its vowels in the places, to be drawn."""
    if text.isascii():
        return text
    if re.search(f"[{_RTL}]", text):
        text = _join(_POINTS.sub("", text))
    if _INDIC.search(text):
        # Vowels around a consonant come apart: the first half goes before it.
        parted = "".join(unicodedata.normalize("NFD", s) if _is_vowel(s) else s for s in text)
        text = _CLUSTER.sub(r"\2\1", parted)
        text = re.sub(f"(?<=[\u0900-\u0dff\u1000-\u17ff])[{_JOINER}{_NON_JOINER}]", "", text)
    return text


def turn_round(text: str) -> str:
    """Return a line with its right-to-left runs in the order in which they are drawn."""
    return _RIGHT_TO_LEFT.sub(lambda found: _turn_run(found.group()), text)


def _turn_run(run: str) -> str:
    if run[-1] in ")]}" and not set(run) & set("([{"):
        return _turn_run(run[:-1]) + run[-1]  # it closes what began outside
    letters: list[str] = []
    for sign in run.translate(_MIRRORED):
        if letters and unicodedata.combining(sign):
            letters[-1] += sign  # a mark is drawn after its letter in either direction
        else:
            letters.append(sign)
    turned = "".join(reversed(letters))
    return _DIGITS.sub(lambda found: found.group()[::-1], turned)


def _is_vowel(sign: str) -> bool:
    return unicodedata.category(sign) == "Mc" and bool(_INDIC.match(sign))


@cache
def _forms() -> dict[str, dict[str, str]]:
    """Return the forms of each Arabic letter or pair, from the decompositions of Unicode."""
    forms: dict[str, dict[str, str]] = {}
    for code in [*range(0xFE80, 0xFEFD), *range(0xFB50, 0xFBB2), *range(0xFBD3, 0xFC00)]:
        kind, *parts = unicodedata.decomposition(chr(code)).split()
        base = "".join(chr(int(part, 16)) for part in parts)
        if len(base) == 1 or base.startswith(_LAM):
            forms.setdefault(base, {}).setdefault(kind, chr(code))
    return forms


def _joins_next(sign: str) -> bool:
    return sign in {_TATWEEL, _JOINER} or "<initial>" in _forms().get(sign, {})


def _joins_before(sign: str) -> bool:
    return sign in {_TATWEEL, _JOINER} or "<final>" in _forms().get(sign, {})


def _join(text: str) -> str:
    """Return a text with each Arabic letter in the form that its neighbours ask for."""
    out: list[str] = []
    before, skip = "", False
    for at, sign in enumerate(text):
        if skip:
            skip = False
            continue
        if unicodedata.combining(sign):
            out.append(sign)
            continue
        unit = text[at : at + 2] if text[at : at + 2] in _forms() and sign == _LAM else sign
        skip = len(unit) > 1
        after = next((s for s in text[at + len(unit) :] if not unicodedata.combining(s)), "")
        ends = _joins_next(before) and _joins_before(unit)
        goes_on = _joins_next(unit) and _joins_before(after)
        kind = {(1, 1): "<medial>", (1, 0): "<final>", (0, 1): "<initial>"}.get(
            (int(ends), int(goes_on)), "<isolated>"
        )
        if sign not in {_JOINER, _NON_JOINER}:
            out.append(_forms().get(unit, {}).get(kind, unit))
        before = unit if len(unit) == 1 else ""
    return "".join(out)

"""Finds out how a text file is encoded, by reading all of it once, or which encodings it may have.

UTF-8 and UTF-16 show themselves. Every other encoding is a guess: the same byte is a letter here
and a sign there.
So Windows-1252 is taken without a question only where its letters make words of a language that
uses it, and no other encoding of a region makes other words that fit as well.
"""

# ruff: noqa: RUF001 - letters and signs of other scripts are what this module reads

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scanner_app.services.files.tables.source_row import BadTable

MAX_LINE = 1_000_000
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 (little endian)",
    "utf-16-be": "UTF-16 (big endian)",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp1258": "Windows-1258 (Vietnamese)",
    "cp874": "Windows-874 (Thai)",
    "mac-roman": "Mac Roman",
    "cp850": "DOS 850 (Western Europe)",
    "cp437": "DOS 437 (United States)",
    "cp852": "DOS 852 (Central Europe)",
    "cp866": "DOS 866 (Cyrillic)",
    "mac-cyrillic": "Mac Cyrillic",
    "koi8-r": "KOI8-R (Russian)",
    "koi8-u": "KOI8-U (Ukrainian)",
    "iso8859-2": "ISO 8859-2 (Central Europe)",
    "iso8859-15": "ISO 8859-15 (Western Europe)",
    "cp932": "Shift JIS (Japanese)",
    "euc-jp": "EUC-JP (Japanese)",
    "gb18030": "GB 18030 (Chinese, simplified)",
    "cp950": "Big5 (Chinese, traditional)",
    "cp949": "Korean (949)",
}
# Those that no byte shows, in the order in which they are offered where nothing else decides.
_LEGACY = tuple(ENCODINGS)[4:]
_CHUNK = 1 << 20
# ASCII text in UTF-16 is half NUL bytes, all on one side. Text in other scripts has fewer.
_NUL_SHARE = 0.2
MAX_WORDS = 400
MAX_SHOWN = 60

# The letters beside ASCII that each language uses, by the encodings that are written in it.
_LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "western": (
        "äöüß", "àâçéèêëîïôùûüÿœæ", "áéíñóúü", "áâãàçéêíóôõúü", "àèéìíîòóùú", "åäöé", "åæøéèêòóô",
        "áéëïóöüè", "àçéèíïóòúü", "áðéíóúýþæö",
    ),
    "central": (
        "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîșțşţ", "čćđšž",
    ),
    "turkish": ("çğıöşüâîûİ",),
    "baltic": ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"),
    "cyrillic": ("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"),
    "greek": ("αάβγδεέζηήθιίϊΐκλμνξοόπρσςτυύϋΰφχψωώ",),
    "hebrew": ("אבגדהוזחטיךכלםמןנסעףפץצקרשת",),
}  # fmt: skip
_SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "cp1252": ("western",), "mac-roman": ("western",), "cp850": ("western",),
    "cp437": ("western",), "iso8859-15": ("western",), "cp1250": ("central",),
    "cp852": ("central",), "iso8859-2": ("central",), "cp1254": ("turkish",),
    "cp1257": ("baltic",), "cp1251": ("cyrillic",), "cp866": ("cyrillic",),
    "mac-cyrillic": ("cyrillic",), "koi8-r": ("cyrillic",), "koi8-u": ("cyrillic",),
    "cp1253": ("greek",),
    "cp1255": ("hebrew",),
}  # fmt: skip
# What fits as Windows-1252 may be one of these. DOS and Macintosh have their letters elsewhere, so
# their files do not look like words of Windows-1252 in the first place.
_RIVALS = frozenset({"cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1257"})
_OTHER_SCRIPTS = frozenset({"cyrillic", "greek", "hebrew"})
# Signs that occur in tables of every language; others inside a word show a wrong encoding.
_SIGNS = frozenset("€£§°·–—‘’‚“”„«»…•©®™½¼¾±×\u00a0")
_WORD = re.compile(r"[^\s,;|\t\"']*[^\x00-\x7f][^\s,;|\t\"']*")
_RUN = re.compile(r"[^\W\d_]+")
_MIXED = re.compile(r"[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]")
_EAST_ASIAN = re.compile(
    r"(?:[\x21-\x7e]|[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff00-\uff60])+"
)
# Of letters that Windows-1252 adds, a word of a Western language has at most two in a row.
_TOO_LONG_RUN = re.compile(r"[^\x00-\x7f]{3}")


@dataclass(frozen=True, slots=True)
class FoundEncoding:
    """The encoding of a file; or those that it may have, each with a sample, the likeliest first.

    `encoding` is never empty, so that headers can be shown before a person has chosen.
    """

    encoding: str
    choices: Mapping[str, str]


def find_encoding(path: Path) -> FoundEncoding:
    """Return the encoding of a text file, a key of ENCODINGS, or what it may be.

    :raises BadTable: the file has none of the encodings that we know, or more than one of them.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise BadTable("The file is UTF-32, which cannot be read here. Save it as UTF-8.")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return FoundEncoding(_check_whole(path, "utf-16"), {})
    if head[1::2].count(0) > _NUL_SHARE * len(head) and not head[::2].count(0):
        return FoundEncoding(_check_whole(path, "utf-16-le"), {})
    if head[::2].count(0) > _NUL_SHARE * len(head) and not head[1::2].count(0):
        return FoundEncoding(_check_whole(path, "utf-16-be"), {})
    if _decodes(path, "utf-8"):
        return FoundEncoding("utf-8-sig", {})
    _refuse_mixture(path)
    return _weigh(path)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _check_whole(path: Path, encoding: str) -> str:
    if not _decodes(path, encoding):
        raise BadTable(
            f"The file looks like {ENCODINGS[encoding]} but is not, or is cut off. "
            "Save it again as CSV UTF-8."
        )
    return encoding


def _weigh(path: Path) -> FoundEncoding:
    """Return the one regional encoding that fits the words of a file, or those to choose from."""
    lines = list(_foreign_lines(path))
    readings = {
        name: words
        for name in _LEGACY
        if (words := _read_words(lines, name)) is not None and _decodes(path, name)
    }
    if not readings:
        raise BadTable(
            "The file has none of the encodings that can be read here, or is cut off. "
            "Save it again as CSV UTF-8."
        )
    fits = [name for name, words in readings.items() if _fits(name, words)]
    rivals = [readings[name] for name in fits if name in _RIVALS]
    if "cp1252" in fits and all(words == readings["cp1252"] for words in rivals):
        return FoundEncoding("cp1252", {})
    asian = [name for name, words in readings.items() if _EAST_ASIAN.fullmatch("".join(words))]
    # Sorting keeps the order of ENCODINGS among equals.
    order = sorted(readings, key=lambda name: (name not in fits, name not in asian))
    samples = {name: " ".join(readings[name][:6])[:MAX_SHOWN] for name in order}
    return FoundEncoding(order[0], samples)


def _foreign_lines(path: Path) -> Iterator[bytes]:
    """Yield lines that are not ASCII, as many as show how the file is written."""
    found = 0
    with path.open("rb") as file:
        while (line := file.readline(MAX_LINE)) and found < MAX_WORDS:
            if not line.isascii():
                found += 1
                yield line


def _read_words(lines: list[bytes], encoding: str) -> list[str] | None:
    """Return the words with other than ASCII letters; None if the lines are not in it."""
    try:
        texts = [line.decode(encoding) for line in lines]
    except UnicodeDecodeError:
        return None
    return [word for text in texts for word in _WORD.findall(text)][:MAX_WORDS]


def _fits(encoding: str, words: list[str]) -> bool:
    """Return whether the words could be of one language that is written in this encoding."""
    scripts = _SCRIPTS.get(encoding)
    if scripts is None or any(not _looks_like_a_word(word) for word in words):
        return False
    letters = {char.lower() for word in words for char in word if not char.isascii()} - _SIGNS
    letters = {char for char in letters if char.isalpha()}
    is_western = scripts == ("western",)
    if scripts[0] in _OTHER_SCRIPTS and any(_mixes_scripts(word) for word in words):
        return False
    if is_western and any(_TOO_LONG_RUN.search("".join(filter(str.isalpha, w))) for w in words):
        return False
    alphabets = [set(text) for script in scripts for text in _LANGUAGES[script]]
    if is_western:
        # A table of one firm has names of several Western languages; of others, of one.
        return letters <= set().union(*alphabets[:-1]) or letters <= alphabets[-1]
    return any(letters <= {char.lower() for char in alphabet} for alphabet in alphabets)


def _mixes_scripts(word: str) -> bool:
    """Return whether Latin letters are beside those of another script in one run of letters."""
    return any(_MIXED.search(run) for run in _RUN.findall(word))


def _looks_like_a_word(word: str) -> bool:
    """Return whether no sign is among letters and no capital after a small letter."""
    for at, char in enumerate(word):
        if char.isascii():
            continue
        if not char.isprintable() and char != "\u00a0":
            return False
        if not char.isalpha() and char not in _SIGNS and not _is_exponent(word, at):
            return False
    return not any(
        not run[at].isascii() and run[at].isupper() and run[at - 1].islower()
        for run in _RUN.findall(word)
        for at in range(1, len(run))
    )


def _is_exponent(word: str, at: int) -> bool:
    """Return whether a sign is where it means something: m², m³, µm, 1º."""
    char, before = word[at], word[:at]
    if char in "²³":
        return before.endswith(("m", "m²")) and not word[at + 1 : at + 2].isalpha()
    if char in "ºª":
        return before[-1:].isdigit() or before in {"N", "n"}
    return char == "µ" and word[at + 1 : at + 2] in {"m", "s", "A", "F"}


def _refuse_mixture(path: Path) -> None:
    """Raise if some lines are UTF-8 and some are not: either reading would garble half of them."""
    good = bad = 0
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE):
            number += 1
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                bad = bad or number
            else:
                good = good or number
            if good and bad:
                raise BadTable(
                    f"The file mixes encodings: line {good} is UTF-8 and line {bad} is not. "
                    "Correct that line and save the file as CSV UTF-8."
                )

"""The catalogue of a language: the English texts of this program and what they are in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection
from functools import cache, cached_property, lru_cache
from gettext import c2py
from itertools import count
from pathlib import Path

from babel.core import Locale
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from scanner_app.edge.words.numbers import localise_value

FOLDER = Path(__file__).resolve().parents[3] / "translations"
# Fewer letters than these are no sentence of ours, even if a text has the same form.
MIN_LETTERS = 6
# Placeholders that stand for a word of ours, not for what a person typed.
OWN_WORDS = re.compile(
    r"(label|lower|word|words|status|state|stage|role|kind|verb|unit|thing_word|when)\d?"
)
# A placeholder, with a name or, as in ``{:,}``, without.
_PLACE = re.compile(r"\{(\w*)[^{}]*\}")
# The comment of a catalogue that names which values of a message are numbers.
NUMBERS = "numbers:"
_FIRST = re.compile(r"[^\W\d_]+")


class Pattern:
    """A sentence with values in it: the values are found in the English one, and put into ours."""

    def __init__(self, english: str, own: str, numbers: Collection[str]) -> None:
        self.own = own
        self.numbers = numbers
        self.letters = len("".join(_FIRST.findall(_PLACE.sub(" ", english))))
        self.names = [name or str(at) for at, name in enumerate(_PLACE.findall(english))]
        parts = _PLACE.split(english)[::2]
        self._form = re.compile("(.*?)".join(re.escape(part) for part in parts), re.DOTALL)

    def match(self, text: str) -> dict[str, str] | None:
        """Return the values in a text of this form; None if it has another."""
        found = self._form.fullmatch(text)
        return dict(zip(self.names, found.groups(), strict=True)) if found else None


class Catalogue:
    """What is known of a language. It is read once a process, when somebody first asks for it."""

    def __init__(
        self, language: str, texts: dict[str, str], forms: dict[tuple[str, str], list[str]]
    ) -> None:
        self.language = language
        self.locale = Locale.parse(language)
        self.texts = texts
        self.forms = forms
        self.special: dict[tuple[str, str], str] = {}
        self.numbers: dict[str, frozenset[str]] = {}
        self.form_of: Callable[[int], int] = lambda number: int(number != 1)
        self._patterns: dict[str, list[Pattern]] = {}
        self.recall = lru_cache(maxsize=8192)(self._match)

    def add_patterns(self) -> None:
        """Make what `tell` needs of the messages with placeholders."""
        pairs = list(self.texts.items())
        pairs += [(one, own[0]) for (one, _), own in self.forms.items()]
        pairs += [(many, own[-1]) for (_, many), own in self.forms.items()]
        for english, own in pairs:
            if "{" in english and "<" not in english and own:
                pattern = Pattern(english, own, self._find_numbers(english))
                if pattern.letters >= MIN_LETTERS:
                    self._patterns.setdefault(_key_of(english), []).append(pattern)
        for patterns in self._patterns.values():
            patterns.sort(key=lambda one: -one.letters)

    def say(self, text: str) -> str:
        """Return a text of this program in this language; itself if it is not known."""
        return self.texts.get(text) or text

    def say_forms(self, one: str, many: str) -> list[str]:
        """Return a text in each form of this language; the two English ones if it is not known."""
        return self.forms.get((one, many)) or [one, many]

    def tell(self, sentence: str) -> str:
        """Return a sentence of this program with what it was filled with."""
        return self.texts.get(sentence) or self.recall(sentence)

    @cached_property
    def version(self) -> str:
        """A hash of the catalogue, for addresses of what is made with it."""
        return hashlib.sha256((FOLDER / f"{self.language}.po").read_bytes()).hexdigest()[:6]

    def _match(self, sentence: str) -> str:
        for key in (_key_of(sentence), ""):
            for pattern in self._patterns.get(key, ()):
                values = pattern.match(sentence)
                if values is not None:
                    return self._fill_all(pattern, values)
        return sentence

    def _find_numbers(self, english: str) -> frozenset[str]:
        """Return which values of a message are numbers: its comment or its placeholder says so."""
        unnamed = {str(at) for at, one in enumerate(_PLACE.finditer(english)) if ":" in one[0]}
        return self.numbers.get(english, frozenset()) | unnamed

    def _fill_all(self, pattern: Pattern, values: dict[str, str]) -> str:
        at = count()
        return _PLACE.sub(
            lambda found: self._fill(found[1] or str(next(at)), values, pattern), pattern.own
        )

    def _fill(self, name: str, values: dict[str, str], pattern: Pattern) -> str:
        value = values.get(name, "")
        if OWN_WORDS.fullmatch(name) and value in self.texts:
            return self.say(value)
        return localise_value(value, self.locale) if name in pattern.numbers else value


def _key_of(text: str) -> str:
    """Return the first word of a sentence, by which its patterns are found; empty: a value."""
    found = _FIRST.match(text)
    return found[0] if found and not _PLACE.match(text, found.end()) else ""


class PageWords:
    """The catalogue for one template: a message may be said otherwise there."""

    def __init__(self, catalogue: Catalogue, name: str) -> None:
        self._catalogue = catalogue
        self._name = name

    def say(self, text: str, _line: int) -> str:
        """Return a text of this template in the catalogue's language."""
        special = self._catalogue.special.get((self._name, text))
        return special or self._catalogue.say(text)

    def say_forms(self, one: str, many: str, _line: int) -> list[str]:
        """Return a text with a number in each form of the language."""
        return self._catalogue.say_forms(one, many)


def _read_numbers(message: Message) -> frozenset[str]:
    said = " ".join(message.auto_comments).partition(NUMBERS)[2]
    return frozenset(said.split())


@cache
def load_catalogue(language: str) -> Catalogue:
    """Return the catalogue of a language, from ``translations/LANGUAGE.po``."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        found = read_po(file, locale=language)
    catalogue = Catalogue(language, {}, {})
    catalogue.form_of = c2py(found.plural_expr)
    for message in found:
        if not message.id or message.fuzzy:
            continue
        if isinstance(message.id, str):
            own = str(message.string)
            if message.context and own:
                catalogue.special[message.context, message.id] = own
            elif own:
                catalogue.texts[message.id] = own
                catalogue.numbers[message.id] = _read_numbers(message)
        elif all(forms := list(message.string or ())):
            catalogue.numbers |= dict.fromkeys(message.id, _read_numbers(message))
            catalogue.forms[message.id[0], message.id[1]] = forms
    for (one, many), forms in catalogue.forms.items():
        # Where the program chooses the form itself, it says one of them alone.
        catalogue.texts.setdefault(one, forms[0])
        catalogue.texts.setdefault(many, forms[-1])
    catalogue.add_patterns()
    return catalogue

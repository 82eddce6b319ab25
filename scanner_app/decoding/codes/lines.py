"""Labels of other systems in lines of `name = value`, such as GLPI's, or `name: value`."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LINE = re.compile(r"\s*([^\W\d_][^=:\r\n]{0,40}?)\s*[=:]\s*(.*?)\s*")
_ENDS = re.compile(r"[\r\n]+")
# The name of a field without case, accents, spaces and signs, in the languages of such labels.
_FIELDS = {
    "tag": (
        "inventory number", "inventory no", "inventory", "inventory id", "inventory code",
        "asset tag", "asset number", "asset no", "asset id", "asset", "tag", "asset code",
        "inventarnummer", "inventar nr", "inventarnr", "numero d inventaire", "no d inventaire",
        "n d inventaire", "numero de inventario", "numero inventario", "numero di inventario",
        "inventarisnummer", "numer inwentarzowy", "inventarni cislo", "numero do inventario",
        "инвентарныи номер", "инвентарный номер", "inventarienummer", "inventarnummer nr",
    ),
    "serial": (
        "serial number", "serial no", "serial", "serialnumber", "s n", "sn", "service tag",
        "seriennummer", "serien nr", "numero de serie", "no de serie", "n de serie", "numero serie",
        "numero di serie", "seriale", "matricola", "serienummer", "numer seryjny", "seriove cislo",
        "серийный номер", "серииныи номер",
    ),
    "link": ("url", "link", "uri", "web", "adresse", "lien"),
}  # fmt: skip
_SCHEMES = {name: scheme for scheme, names in _FIELDS.items() for name in names}
_ACCENTS = str.maketrans(
    "àáâãäåçèéêëìíîïñòóôõöùúûüýčďěňřšťůžłąćęńśźżĺľ", "aaaaaaceeeeiiiinooooouuuuycdenrstuzlacenszzll"
)
_SIGNS = re.compile(r"[\W_]+")


def has_lines(text: str) -> bool:
    """Return whether a text has a line end inside."""
    return "\n" in text or "\r" in text


def read_lines(text: str) -> tuple[tuple[str, str], ...] | None:
    """Return the fields of a label in lines that say what they are, as (scheme, value).

    :return: None if this is not such a label, as when two scans were joined.
    """
    lines = [line for line in _ENDS.split(text) if line.strip()]
    matches = [_LINE.fullmatch(line) for line in lines]
    named = [match for match in matches if match]
    if len(lines) < 2 or len(named) * 2 < len(lines) or (matches[0] is None and len(named) < 2):  # noqa: PLR2004 - most lines
        return None
    found = ((_SCHEMES.get(_plain(match[1])), match[2]) for match in named)
    return tuple(_in_order((scheme, value) for scheme, value in found if scheme and value))


def read_field(text: str) -> tuple[tuple[str, str], ...]:
    """Return the one field of a line, since a keyboard scanner types a label line by line."""
    match = _LINE.fullmatch(text)
    scheme = _SCHEMES.get(_plain(match[1])) if match else None
    return ((scheme, match[2]),) if match and scheme and match[2] else ()


def _in_order(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the surest fields first: the tag is unique, a serial number is the maker's."""
    return sorted(fields, key=lambda field: tuple(_FIELDS).index(field[0]))


def _plain(name: str) -> str:
    return _SIGNS.sub(" ", name.casefold().translate(_ACCENTS)).strip()

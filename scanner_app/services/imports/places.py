"""Locations by the words of a file: found by code, path or name, or to be added as a tree."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.queries.imports import register_snapshot as queries
from scanner_app.services.imports.cells import check_text, shorten
from scanner_app.services.imports.names import Reference, Unresolved, match_key

MAX_CODE = 40
_SHOWN = 4
# The signs between the names of a path that need no knowledge of who wrote it.
_PATH = re.compile(r"\s+[/|»→\\]\s+|\s*(?:>+|»|→|::)\s*")


def make_code(name: str, taken: set[str]) -> str:
    """Return a code made from a location's name: `Building A / Room 101` is `BUILDING-A-ROOM-101`.

    :param taken: the keys of codes that exist; the key of the new one is added.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Z0-9]+", "-", plain.upper()).strip("-")[:MAX_CODE].strip("-")
    if not stem:  # a name without a Latin letter
        stem = "LOC-" + hashlib.sha256(name.encode()).hexdigest()[:6].upper()
    code, number = stem, 2
    while tag_key(code) in taken:
        code, number = f"{stem}-{number}", number + 1
    taken.add(tag_key(code))
    return code


@dataclass(slots=True)
class PlaceIndex:
    """Locations by code, full name and name. `makes`: missing ones are added."""

    makes: bool
    codes: dict[int, str] = field(default_factory=dict)
    by_code: dict[str, int] = field(default_factory=dict)
    by_full_name: dict[str, list[int]] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)
    # Of each location to add, by its key: code, name, and the parent: an id, or another key.
    to_make: dict[str, list[str]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    path_sign: str = ""

    @classmethod
    def load(cls, session: Session, *, makes: bool, path_sign: str = "") -> PlaceIndex:
        index = cls(makes, path_sign=path_sign)
        for row in queries.all_places(session):
            index.codes[row.id] = row.code
            index.by_code[row.code_key] = row.id
            index.by_full_name.setdefault(match_key(row.full_name), []).append(row.id)
            index.by_name.setdefault(match_key(row.name), []).append(row.id)
            index.taken.add(row.code_key)
        return index

    def find(self, text: str) -> int | None:
        """Return the location with a code or name; None if there is none.

        :raises Unresolved: several locations have that name.
        """
        found = self.by_code.get(tag_key(text))
        if found is not None:
            return found
        for names in (self.by_full_name, self.by_name):
            ids = names.get(match_key(text), [])
            if len(ids) == 1:
                return ids[0]
            if ids:
                codes = ", ".join(sorted(self.codes[id_] for id_ in ids)[:_SHOWN])
                raise Unresolved(
                    f"{len(ids)} locations are called {shorten(text)!r}; write the code ({codes})"
                )
        return None

    def resolve(self, text: str) -> Reference:
        """Return the location, or the key of the one to add.

        :raises Unresolved: it is unknown and may not be added, or several match.
        """
        text = check_text(text)
        found = self.find(text)
        if found is not None:
            return found
        names = self.split(text)
        if len(names) > 1 and (found := self.find(" / ".join(names))) is not None:
            return found
        key = match_key(" / ".join(names))
        if key in self.to_make:
            return [key]
        if not self.makes:
            raise Unresolved(
                f"no location has the code or name {shorten(text)!r}; import the locations first, "
                "or choose to add missing locations"
            )
        return self._make(names)

    def split(self, text: str) -> list[str]:
        """Return the names of a path, the outermost first: `Site / House A / Room 1`."""
        pattern = rf"{_PATH.pattern}|\s*{re.escape(self.path_sign)}\s*" if self.path_sign else _PATH
        names = [" ".join(part.split()) for part in re.split(pattern, text)]
        return names if len(names) > 1 and all(names) else [" ".join(text.split()) or text]

    def _make(self, names: Sequence[str]) -> Reference:
        """Return the key of a location to add; the locations around it are found or added first."""
        key = match_key(" / ".join(names))
        if key in self.to_make:
            return [key]
        parent: Reference | None = None
        if len(names) > 1:
            above = self.find(" / ".join(names[:-1]))
            parent = above if above is not None else self._make(names[:-1])
        shown = "" if parent is None else f"id:{parent}" if isinstance(parent, int) else parent[0]
        self.to_make[key] = [make_code(names[-1], self.taken), names[-1], shown]
        return [key]

    def with_parents(self, keys: Iterable[str]) -> dict[str, list[str]]:
        """Return the locations to add for these keys, each after the one it is inside."""
        wanted: dict[str, list[str]] = {}
        for key in keys:
            chain = []
            while key in self.to_make and key not in wanted:
                chain.append(key)
                key = self.to_make[key][2]  # noqa: PLW2901 - going up
            wanted |= {name: self.to_make[name] for name in reversed(chain)}
        return wanted

    def show(self, reference: Reference | None) -> str:
        if reference is None:
            return ""
        if isinstance(reference, int):
            return self.codes.get(reference, "")
        names = []
        key = reference[0]
        while key in self.to_make:
            _code, name, key = self.to_make[key]
            names.append(name)
        if key:
            names.append(self.codes.get(int(key.removeprefix("id:")), ""))
        return f"{' / '.join(reversed(names))} (new)"

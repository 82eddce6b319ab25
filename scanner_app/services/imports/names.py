"""People, models and categories by the words of a file: found, or to be added.

Each index holds the register's names as they were when the run began, and the records that the run
would add. The planned rows name such a record by its key (a list of texts) until it has an id.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from scanner_app.queries.imports import register_snapshot as queries
from scanner_app.services.imports.cells import shorten

# An id that exists, or the key of a record that the import adds first.
Reference = int | list[str]


class Unresolved(ValueError):
    """The words match no record, or several; the message is a sentence."""


def match_key(text: str) -> str:
    """Return the form in which names are compared: nothing invisible, no case, single blanks."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return " ".join(text.casefold().split())


_WITH_ID = re.compile(r"(.+?) \(~(\d{1,9})\)")


def split_id(text: str) -> tuple[str, int | None]:
    """Return name and id of `Maria Gil (~12)`, as our export writes one of several namesakes."""
    found = _WITH_ID.fullmatch(text)
    return (found[1], int(found[2])) if found else (text, None)


@dataclass(slots=True)
class PersonWords:
    """The words with which one row names a person."""

    number: str = ""
    email: str = ""
    username: str = ""
    name: str = ""
    any: str = ""

    def __bool__(self) -> bool:
        return bool(self.number or self.email or self.username or self.name or self.any)

    def __str__(self) -> str:
        return self.any or self.name or self.number or self.email or self.username


@dataclass(slots=True)
class PeopleIndex:
    """People by number, e-mail, username and full name. `makes`: missing ones are added."""

    makes: bool
    people: dict[int, tuple[str, str, str, str]] = field(default_factory=dict)
    by_number: dict[str, list[int]] = field(default_factory=dict)
    by_email: dict[str, list[int]] = field(default_factory=dict)
    by_username: dict[str, list[int]] = field(default_factory=dict)
    by_badge: dict[str, list[int]] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)
    to_make: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def load(cls, session: Session, *, makes: bool) -> PeopleIndex:
        index = cls(makes)
        for row in queries.all_people(session):
            index.people[row.id] = (row.number or "", row.email or "", row.username or "", row.name)
            for text, by in (
                (row.number, index.by_number),
                (row.email, index.by_email),
                (row.username, index.by_username),
                (row.name, index.by_name),
            ):
                if text:
                    by.setdefault(match_key(text), []).append(row.id)
        for badge, person_id in queries.all_badges(session):
            index.by_badge.setdefault(match_key(badge), []).append(person_id)
        return index

    def resolve(self, words: PersonWords) -> Reference:
        """Return the person: by number, then e-mail, then username, then full name.

        :raises Unresolved: the person is unknown and may not be added, or several match.
        """
        found = self.find(words)
        if found is not None:
            return found
        key = match_key(
            f"{words.number}\n{words.email}\n{words.username}\n{words.name}\n{words.any}"
        )
        if key not in self.to_make:
            if not self.makes:
                raise Unresolved(
                    f"nobody has the number, e-mail, username or name {shorten(str(words))!r}; "
                    "import the people first, or choose to add missing people"
                )
            self.to_make[key] = _describe(words)
        return [key]

    def find(self, words: PersonWords) -> int | None:
        """Return the person that the words name; None if nobody matches.

        :raises Unresolved: several people match, or the words contradict each other.
        """
        if (by_id := self._by_id(words)) is not None:
            return by_id
        strong = [
            found
            for text, by, label in (
                (words.number, self.by_number, "number"),
                (words.email, self.by_email, "e-mail"),
                (words.username, self.by_username, "username"),
            )
            if text and (found := self._one(text, by, label)) is not None
        ]
        if len(set(strong)) > 1:
            raise Unresolved(
                "number, e-mail and username belong to different people: "
                + " and ".join(sorted({self.people[id_][3] for id_ in strong}))
            )
        if strong:
            return strong[0]
        if words.any:
            for by, label in (
                (self.by_number, "number"),
                (self.by_email, "e-mail"),
                (self.by_username, "username"),
                (self.by_badge, "badge"),
            ):
                found = self._one(words.any, by, label)
                if found is not None:
                    return found
        for name in (words.name, words.any):
            if name:
                ids = [
                    id_ for id_ in self.by_name.get(match_key(name), []) if self.may_be(id_, words)
                ]
                if len(ids) > 1:
                    raise Unresolved(
                        f"{len(ids)} people are called {shorten(name)!r}; "
                        "write the number or e-mail"
                    )
                if ids:
                    return ids[0]
        return None

    def _by_id(self, words: PersonWords) -> int | None:
        """Return the person of a name with an id, or of an id alone; take the id off the name."""
        for field_name in ("name", "any"):
            text = getattr(words, field_name)
            name, person_id = split_id(text)
            if person_id is None and text.startswith("~") and text[1:].isdecimal():
                name, person_id = "", int(text[1:][:9])
            if person_id is None:
                continue
            person = self.people.get(person_id)
            if person is not None and (not name or match_key(person[3]) == match_key(name)):
                return person_id
            setattr(words, field_name, name or text)
        return None

    def _one(self, text: str, by: dict[str, list[int]], label: str) -> int | None:
        ids = by.get(match_key(text), [])
        if len(ids) > 1:
            raise Unresolved(f"{len(ids)} people have the {label} {shorten(text)!r}")
        return ids[0] if ids else None

    def may_be(self, person_id: int, words: PersonWords) -> bool:
        """Return whether nothing contradicts it: someone with another number is another person."""
        number, email, username, _name = self.people[person_id]
        return not (
            (words.number and number) or (words.email and email) or (words.username and username)
        )

    def show(self, reference: Reference | None) -> str:
        if reference is None:
            return ""
        if isinstance(reference, int):
            number, _email, _username, name = self.people[reference]
            return f"{name} ({number})" if number else name
        return f"{self.to_make[reference[0]][3]} (new)"


def _describe(words: PersonWords) -> list[str]:
    """Return the number, e-mail, username and name of a person to add."""
    any_, name = words.any, words.name
    email = words.email or (any_ if "@" in any_ else "")
    name = name or (any_ if "@" not in any_ else "")
    name = name or words.username or email.partition("@")[0] or words.number
    return [words.number, email, words.username, name]


@dataclass(slots=True)
class ModelIndex:
    """Models by name, model number and manufacturer."""

    triples: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    categories: dict[int, int | None] = field(default_factory=dict)
    by_name: dict[str, list[Reference]] = field(default_factory=dict)
    by_number: dict[str, list[Reference]] = field(default_factory=dict)
    to_make: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def load(cls, session: Session) -> ModelIndex:
        index = cls()
        for row in queries.all_models(session):
            index.triples[row.id] = (row.name, row.model_number, row.manufacturer)
            index.categories[row.id] = row.category_id
            index._keep(row.id, row.name, row.model_number)
        return index

    def _keep(self, reference: Reference, name: str, number: str) -> None:
        self.by_name.setdefault(match_key(name), []).append(reference)
        if number:
            self.by_number.setdefault(match_key(number), []).append(reference)

    def triple(self, reference: Reference) -> tuple[str, str, str]:
        if isinstance(reference, int):
            return self.triples[reference]
        name, number, maker, _category = self.to_make[reference[0]]
        return name, number, maker

    def _fitting(
        self, name: str, number: str, maker: str, current: int | None, *, has_numbers: bool
    ) -> list[Reference]:
        """Return the models that nothing in a row contradicts."""
        candidates = (
            self.by_name.get(match_key(name), [])
            if name
            else self.by_number.get(match_key(number), [])
        )
        fitting = [
            item
            for item in candidates
            if (not number or match_key(self.triple(item)[1]) == match_key(number))
            and (not maker or match_key(self.triple(item)[2]) == match_key(maker))
        ]
        if name and not number:
            # What other rows of the file add depends on their order.
            fitting = [
                item for item in fitting
                if not self.triple(item)[1]
                or (isinstance(item, int) and (item == current or not has_numbers))
            ]  # fmt: skip
        return fitting

    def resolve(
        self,
        *,
        name: str,
        number: str,
        maker: str,
        category: str,
        current: int | None,
        has_numbers: bool = False,
    ) -> Reference | None:
        """Return the model, or the key of the one to add; None if the row names no model.

        :param current: the asset's own model, which wins among several that match.
        :param has_numbers: the file has a column of model numbers, so a blank one means a model
            without a number, whichever row comes first.
        :raises Unresolved: several models match.
        """
        if not name and not number:
            return None
        fitting = self._fitting(name, number, maker, current, has_numbers=has_numbers)
        exact = [item for item in fitting if self.triple(item) == (name, number, maker)]
        if current is not None and current in fitting and (not exact or current in exact):
            return current
        if len(exact) == 1:
            return exact[0]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            bare = [item for item in fitting if not self.triple(item)[1]]
            if not number and len(bare) == 1:
                return bare[0]
            raise Unresolved(
                f"{len(fitting)} models are called {shorten(name or number)!r}; "
                "write the model number and manufacturer"
            )
        if not name:
            raise Unresolved(f"no model has the number {shorten(number)!r}; write its name too")
        key = f"{name}\n{number}\n{maker}"
        self.to_make[key] = [name, number, maker, category]
        self._keep([key], name, number)
        return [key]

    def show(self, reference: Reference | None) -> str:
        if reference is None:
            return ""
        name, number, _maker = self.triple(reference)
        return f"{name} ({number})" if number else name

    def category_of(self, reference: Reference | None) -> int | None:
        return self.categories.get(reference) if isinstance(reference, int) else None


@dataclass(slots=True)
class CategoryIndex:
    """Categories by name."""

    names: dict[int, str] = field(default_factory=dict)
    by_name: dict[str, int] = field(default_factory=dict)
    to_make: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def load(cls, session: Session) -> CategoryIndex:
        index = cls()
        for row in queries.all_categories(session):
            index.names[row.id] = row.name
            index.by_name.setdefault(match_key(row.name), row.id)
        return index

    def resolve(self, name: str) -> Reference:
        found = self.by_name.get(match_key(name))
        if found is not None:
            return found
        self.to_make.setdefault(match_key(name), [name])
        return [match_key(name)]

    def show(self, reference: Reference | None) -> str:
        if reference is None:
            return ""
        if isinstance(reference, int):
            return self.names.get(reference, "")
        return self.to_make[reference[0]][0]

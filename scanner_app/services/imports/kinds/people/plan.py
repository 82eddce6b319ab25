"""Plans person rows: found by number, e-mail, username or badge, or by a name that only one has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import label_of
from scanner_app.domain.imports.runs import Additions, Verdict
from scanner_app.queries.imports import register_snapshot as queries
from scanner_app.services.files.tables.source_row import Row
from scanner_app.services.imports.cells import as_reason, shorten
from scanner_app.services.imports.names import (
    PeopleIndex,
    PersonWords,
    Unresolved,
    match_key,
    split_id,
)
from scanner_app.services.imports.row import (
    PlanContext,
    PlannedRow,
    RowReader,
    for_display,
    leave_deleted,
    refuse,
)
from scanner_app.services.register.codes import find_code_owners, find_problem
from scanner_app.services.register.people import MAX_LENGTHS

FIELDS = ("number", "name", "email", "username", "department")
MAX_BADGES = 20


@dataclass(slots=True)
class _Draft:
    """One row while it is planned: its cells, and the badges it names."""

    reader: RowReader
    texts: dict[str, str]
    badges: list[str]


class PersonPlanner:
    """Plans chunks of person rows in the order of the file."""

    def __init__(self, session: Session, context: PlanContext) -> None:
        self.context = context
        self.people = PeopleIndex.load(session, makes=False)
        self.departments = {row.id: row.department or "" for row in queries.all_people(session)}
        self.seen: dict[tuple[str, str], int] = {}
        self.claimed: dict[int, int] = {}

    def prepare(self, rows: Iterable[Row]) -> None:
        """Do nothing: people are planned row by row, without a look ahead."""

    def to_make(self) -> Additions:
        """Return nothing: people need no other record."""
        return {}

    def plan(self, session: Session, rows: list[Row]) -> list[PlannedRow]:
        """Return the plan of each row, with one statement for all of their badges."""
        drafts = [self._read(row) for row in rows]
        codes = {("badge", badge) for draft in drafts for badge in draft.badges}
        holders = queries.find_holders(session, codes)
        owners = find_code_owners(session, {badge for _scheme, badge in codes})
        for draft in drafts:
            for badge in draft.badges:
                others = [o for o in owners.get(badge, ()) if o.kind != "person"]
                problem = find_problem(
                    {badge: others}, ("badge", badge), kind="person", own_id=None
                )
                if problem is not None:
                    draft.reader.reasons.append(as_reason(problem))
        return [self._plan(draft, holders) for draft in drafts]

    def _read(self, row: Row) -> _Draft:
        reader = RowReader.read(row, self.context)
        texts = {
            name: " ".join(reader.plain(name, label_of(ImportKind.PEOPLE, name)).split())
            for name in (*FIELDS, "first_name", "last_name")
        }
        full = " ".join(part for part in (texts.pop("first_name"), texts.pop("last_name")) if part)
        texts["name"] = texts["name"] or full
        for name, longest in MAX_LENGTHS.items():
            if len(texts[name]) > longest:
                reader.reasons.append(f"{name.title()} is longer than {longest} characters")
        if texts["number"].startswith("~"):
            reader.reasons.append("a number must not begin with ~")
        if texts["email"] and ("@" not in texts["email"] or " " in texts["email"]):
            reader.reasons.append(f"Email {shorten(texts['email'])!r} is not an e-mail address")
        badges = [
            tag_key(code)
            for code in re.split(r"[\s,;]+", reader.code("badges", "Badges"))
            if tag_key(code)
        ]
        if len(badges) > MAX_BADGES:
            reader.reasons.append(f"Badges are more than {MAX_BADGES}")
        self._refuse_twins(reader, texts, badges)
        return _Draft(reader, texts, list(dict.fromkeys(badges)))

    def _refuse_twins(self, reader: RowReader, texts: dict[str, str], badges: list[str]) -> None:
        marks = [
            (name, match_key(texts[name]))
            for name in ("number", "email", "username")
            if texts[name]
        ]
        marks += [("badge", badge) for badge in dict.fromkeys(badges)]
        if not marks and texts["name"]:
            marks = [("name", match_key(texts["name"]))]
        for mark in marks:
            other = self.seen.setdefault(mark, reader.number)
            if other != reader.number:
                reader.reasons.append(f"row {other} has the same {mark[0]}")

    def _plan(self, draft: _Draft, holders: Mapping[tuple[str, str], queries.Holder]) -> PlannedRow:
        reader, texts = draft.reader, draft.texts
        label = texts["name"] or texts["number"] or texts["email"] or texts["username"]
        row = PlannedRow(reader.number, shorten(label))
        person_id = self._find(draft, holders)
        if person_id is None and not texts["name"] and not reader.reasons:
            reader.reasons.append("the row has no name, and nobody has its number or e-mail")
        self._refuse_taken(draft, person_id, holders)
        if person_id is not None and not reader.reasons:
            other = self.claimed.setdefault(person_id, reader.number)
            if other != reader.number:
                reader.reasons.append(f"row {other} is the same person")
        if reader.reasons:
            return refuse(row, reader)
        if reader.is_deleted:
            return leave_deleted(row, reader)
        texts["name"] = split_id(texts["name"])[0]
        return self._judge(row, draft, person_id, holders)

    def _find(self, draft: _Draft, holders: Mapping[tuple[str, str], queries.Holder]) -> int | None:
        texts = draft.texts
        if draft.reader.reasons:
            return None
        try:
            # First by what only one person can have: somebody of the same name with another badge
            # is another person.
            strong = PersonWords(
                number=texts["number"], email=texts["email"], username=texts["username"]
            )
            found = self.people.find(strong) if strong else None
            if found is not None:
                return found
            for badge in draft.badges:
                holder = holders.get(("badge", badge))
                if holder is None or holder.person_id is None:
                    continue
                if self.people.may_be(holder.person_id, strong):
                    return holder.person_id
            strong.name = texts["name"]
            return self.people.find(strong) if texts["name"] else None
        except Unresolved as error:
            draft.reader.reasons.append(str(error))
            return None

    def _refuse_taken(
        self,
        draft: _Draft,
        person_id: int | None,
        holders: Mapping[tuple[str, str], queries.Holder],
    ) -> None:
        for badge in draft.badges:
            holder = holders.get(("badge", badge))
            if holder is not None and holder.person_id != person_id:
                draft.reader.reasons.append(
                    f"the badge {shorten(badge)!r} belongs to somebody else"
                )

    def _judge(
        self,
        row: PlannedRow,
        draft: _Draft,
        person_id: int | None,
        holders: Mapping[tuple[str, str], queries.Holder],
    ) -> PlannedRow:
        before = self._before(person_id)
        values = {
            name: text
            for name, text in draft.texts.items()
            if text and text != before[name] and not self._is_same(name, text, before[name])
        }
        badges = [
            badge for badge in draft.badges if person_id is None or ("badge", badge) not in holders
        ]
        if person_id is not None and not values and not badges:
            return row
        row.verdict = (Verdict.CREATED if person_id is None else Verdict.CHANGED).value
        changes = {
            label_of(ImportKind.PEOPLE, name): [for_display(before[name]), for_display(text)]
            for name, text in values.items()
        }
        if badges:
            changes["Badges"] = ["", for_display(" ".join(badges))]
        detail: dict[str, Any] = {"changes": changes, "values": values}
        if badges:
            detail["identifiers"] = [["badge", badge] for badge in badges]
        if person_id is not None:
            detail["id"] = person_id
            detail["was"] = {name: before[name] for name in values}
        row.detail = detail
        return row

    def _before(self, person_id: int | None) -> dict[str, str]:
        if person_id is None:
            return dict.fromkeys(FIELDS, "")
        number, email, username, name = self.people.people[person_id]
        return {
            "number": number,
            "name": name,
            "email": email,
            "username": username,
            "department": self.departments[person_id],
        }

    @staticmethod
    def _is_same(name: str, text: str, before: str) -> bool:
        # An e-mail address in other case is the same address.
        return name == "email" and match_key(text) == match_key(before)

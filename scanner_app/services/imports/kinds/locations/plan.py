"""Plans location rows: a tree in any order, by codes or by names.

The whole file is read first (`prepare`), because a room may come before the building it is in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.imports.kind import PLACES
from scanner_app.domain.imports.runs import Additions, Verdict
from scanner_app.queries.imports import register_snapshot as queries
from scanner_app.services.files.tables.source_row import Row
from scanner_app.services.imports.cells import BadCell, as_reason, shorten
from scanner_app.services.imports.names import (
    Unresolved,
    match_key,
)
from scanner_app.services.imports.places import PlaceIndex, make_code
from scanner_app.services.imports.row import (
    PlanContext,
    PlannedRow,
    RowReader,
    for_display,
    leave_deleted,
    refuse,
)
from scanner_app.services.register.codes import find_code_owners, find_problem

MAX_CODE = 64
MAX_NAME = 200
MAX_KIND = 40
MAX_DEPTH = 30
DEFAULT_KIND = "room"


@dataclass(slots=True)
class _Node:
    """One row: its cells, and the location that it means, if that exists."""

    reader: RowReader
    code: str
    name: str
    kind: str
    parent_text: str
    key: str = ""
    existing: int | None = None
    # The parent: an id of the register, or the key of another node of the file.
    parent: int | str | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """A location of the register."""

    code: str
    key: str
    name: str
    kind: str
    parent_id: int | None


@dataclass(slots=True)
class _Names:
    """What a name means: ids from the register, and keys that are new in the file."""

    ids: set[int] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)


class LocationPlanner:
    """Plans location rows as one tree, together with the locations that exist."""

    def __init__(self, session: Session, context: PlanContext) -> None:
        self.context = context
        self.places = PlaceIndex.load(
            session, makes=context.mapping.make_places, path_sign=context.mapping.path_sign
        )
        self.known = {
            row.id: _Known(row.code, row.code_key, row.name, row.kind, row.parent_id)
            for row in queries.all_places(session)
        }
        self.nodes: dict[int, _Node] = {}
        self.by_key: dict[str, _Node] = {}
        self.by_name: dict[str, _Names] = {}
        self.by_path: dict[str, _Node] = {}
        self.claimed: dict[int, int] = {}

    def to_make(self) -> Additions:
        """Return the parents that the file names and nobody knows."""
        return {PLACES.name: self.places.to_make}

    def prepare(self, rows: Iterable[Row]) -> None:
        """Read the whole file: which location each row means, then which one it is inside."""
        for row in rows:
            node = self._read(row)
            self.nodes[row.number] = node
            if node.code:
                self._claim_code(node)
        self._name_the_rest()
        for step in (self._keep_name, self._find_parent, self._refuse_circle):
            for node in self.nodes.values():
                if not node.reader.reasons:
                    step(node)

    def _name_the_rest(self) -> None:
        """Find the rows without a code by their names, once every code in the file is known."""
        seen: dict[tuple[str, str], int] = {}
        for number, node in self.nodes.items():
            if node.code or node.reader.reasons:
                continue
            twin = seen.setdefault((match_key(node.name), match_key(node.parent_text)), number)
            if twin != number:
                node.reader.reasons.append(f"row {twin} has the same name, and neither has a code")
            else:
                self._find_by_name(node)

    def _keep_name(self, node: _Node) -> None:
        names = self.by_name.setdefault(match_key(node.name), _Names())
        if node.existing is not None:
            names.ids.add(node.existing)
        else:
            names.keys.add(node.key)

    def plan(self, session: Session, rows: list[Row]) -> list[PlannedRow]:
        """Return the plan of each row, with one statement for what has their codes."""
        nodes = [self.nodes[row.number] for row in rows]
        new = [node for node in nodes if node.key and node.existing is None]
        owners = find_code_owners(session, {node.key for node in new})
        for node in new:
            code = ("location_code", node.key)
            problem = find_problem(owners, code, kind="location", own_id=None)
            if problem is not None:
                node.reader.reasons.append(as_reason(problem))
        return [self._plan(self.nodes[row.number]) for row in rows]

    # -- Which location a row means ----------------------------------------------------------------

    def _read(self, row: Row) -> _Node:
        reader = RowReader.read(row, self.context)
        node = _Node(
            reader,
            code=reader.code("code", "Code"),
            name=" ".join(reader.plain("name", "Name").split()),
            kind=" ".join(reader.plain("kind", "Kind").split()).lower(),
            parent_text=reader.plain("parent", "Parent"),
        )
        self._split_path(node)
        if len(node.code) > MAX_CODE:
            reader.reasons.append(f"Code is longer than {MAX_CODE} characters")
        if len(node.name) > MAX_NAME:
            reader.reasons.append(f"Name is longer than {MAX_NAME} characters")
        if len(node.kind) > MAX_KIND:
            reader.reasons.append(f"Kind is longer than {MAX_KIND} characters")
        if not node.code and not node.name and not reader.reasons:
            reader.reasons.append("the row has neither a code nor a name")
        return node

    def _split_path(self, node: _Node) -> None:
        """Take the last name off a path, and read the rest as the parent."""
        if node.code or node.parent_text:
            return
        names = self.places.split(node.name)
        if len(names) > 1:
            node.name, node.parent_text = names[-1], " / ".join(names[:-1])
        self.by_path.setdefault(match_key(" / ".join(names)), node)

    def _claim_code(self, node: _Node) -> None:
        node.key = tag_key(node.code)
        if not node.key:
            node.reader.reasons.append("the code is blank")
            return
        other = self.by_key.get(node.key)
        if other is not None:
            node.reader.reasons.append(f"row {other.reader.number} has the same code")
            return
        self.by_key[node.key] = node
        self.places.taken.add(node.key)
        self._mean(node, self.places.by_code.get(node.key))
        node.name = node.name or ("" if node.existing is not None else node.code)

    def _mean(self, node: _Node, place_id: int | None) -> None:
        node.existing = place_id
        if place_id is None:
            return
        other = self.claimed.setdefault(place_id, node.reader.number)
        if other != node.reader.number:
            node.reader.reasons.append(f"row {other} is the same location")
        node.key = self.known[place_id].key

    def _find_by_name(self, node: _Node) -> None:
        ids = self.places.by_name.get(match_key(node.name), [])
        full = match_key(f"{node.parent_text} / {node.name}")
        if node.parent_text and (inside := self.places.by_full_name.get(full)):
            ids = inside
        elif ids and node.parent_text:
            ids = [id_ for id_ in ids if self._has_parent(id_, node.parent_text)]
        elif len(ids) > 1:
            ids = [id_ for id_ in ids if self.known[id_].parent_id is None] or ids
        if len(ids) > 1:
            codes = ", ".join(sorted(self.known[id_].code for id_ in ids)[:4])
            node.reader.reasons.append(
                f"{len(ids)} locations are called {shorten(node.name)!r}; write the code ({codes})"
            )
            return
        if ids:
            self._mean(node, ids[0])
            return
        node.code = make_code(node.name, self.places.taken)
        node.key = tag_key(node.code)
        self.by_key[node.key] = node

    def _has_parent(self, place_id: int, text: str) -> bool:
        parent_id = self.known[place_id].parent_id
        if parent_id is None:
            return False
        parent = self.known[parent_id]
        return tag_key(text) == parent.key or match_key(text) == match_key(parent.name)

    # -- Which location it is inside ---------------------------------------------------------------

    def _find_parent(self, node: _Node) -> None:
        text = node.parent_text
        if not text:
            return
        try:
            node.parent = self._resolve(text)
        except Unresolved as error:
            node.reader.reasons.append(f"Parent: {error}")
            return
        except BadCell as error:
            node.reader.reasons.append(f"Parent {error}")
            return
        own = node.existing if node.existing is not None else node.key
        if node.parent == own:
            node.reader.reasons.append("the location is its own parent")

    def _resolve(self, text: str) -> int | str:
        around = self.by_path.get(match_key(text)) if " / " in text else None
        if around is not None and around.key and not around.reader.reasons:
            return around.existing if around.existing is not None else around.key
        key = tag_key(text)
        if key in self.by_key:
            other = self.by_key[key]
            return other.existing if other.existing is not None else key
        if key in self.places.by_code:
            return self.places.by_code[key]
        names = self.by_name.get(match_key(text), _Names())
        ids = names.ids | set(self.places.by_name.get(match_key(text), []))
        if len(ids) + len(names.keys) == 1:
            return next(iter(ids)) if ids else next(iter(names.keys))
        if ids or names.keys:
            codes = sorted({self.known[id_].code for id_ in ids} | names.keys)[:4]
            raise Unresolved(
                f"{len(ids) + len(names.keys)} locations are called {shorten(text)!r}; "
                f"write the code ({', '.join(codes)})"
            )
        found = self.places.resolve(text)  # by its full name, or one to add
        return found if isinstance(found, int) else f"new:{found[0]}"

    def _refuse_circle(self, node: _Node) -> None:
        steps = 0
        at: int | str | None = node.parent if node.parent is not None else self._old_parent(node)
        own = node.existing if node.existing is not None else node.key
        while at is not None:
            steps += 1
            if at == own or steps > MAX_DEPTH:
                node.reader.reasons.append(
                    "the location would be inside itself"
                    if at == own
                    else f"the location would be more than {MAX_DEPTH} levels deep"
                )
                return
            at = self._parent_of(at)

    def _old_parent(self, node: _Node) -> int | None:
        return self.known[node.existing].parent_id if node.existing is not None else None

    def _parent_of(self, at: int | str) -> int | str | None:
        key = self.known[at].key if isinstance(at, int) else at
        node = self.by_key.get(key)
        if node is None and isinstance(at, int) and at in self.claimed:
            node = self.nodes[self.claimed[at]]
        if node is not None and node.parent is not None:
            return node.parent
        return self.known[at].parent_id if isinstance(at, int) else None

    # -- Verdicts ----------------------------------------------------------------------------------

    def _plan(self, node: _Node) -> PlannedRow:
        known = self.known.get(node.existing) if node.existing is not None else None
        label = node.code or (known.code if known else "") or node.name
        row = PlannedRow(node.reader.number, shorten(label))
        if node.reader.reasons:
            return refuse(row, node.reader)
        if node.reader.is_deleted:
            return leave_deleted(row, node.reader)
        values, changes = self._differences(node, known)
        old_parent = known.parent_id if known else None
        is_moved = node.parent is not None and node.parent != old_parent
        if is_moved:
            before = self.known[old_parent].code if old_parent is not None else ""
            changes["Parent"] = [before, self._show(node.parent)]
        if known is not None and not values and not is_moved:
            return row
        row.verdict = (Verdict.CREATED if known is None else Verdict.CHANGED).value
        row.detail = {"changes": changes, "values": values}
        if known is None:
            values.setdefault("kind", DEFAULT_KIND)
        else:
            row.detail["id"] = node.existing
            row.detail["was"] = {name: getattr(known, name) for name in values}
            if is_moved:
                row.detail["was"]["parent_id"] = old_parent
        if is_moved and isinstance(node.parent, int):
            values["parent_id"] = node.parent
        elif is_moved:
            row.detail["refs"] = {"parent_id": node.parent}
        return row

    @staticmethod
    def _differences(
        node: _Node, known: _Known | None
    ) -> tuple[dict[str, Any], dict[str, list[str]]]:
        """Return the values that differ from the register, and old and new in words."""
        values: dict[str, Any] = {}
        changes: dict[str, list[str]] = {}
        # hq-1 and HQ-1 are the same code; the register keeps its own spelling.
        code = "" if known else node.code
        for name, text in (("code", code), ("name", node.name), ("kind", node.kind)):
            old = getattr(known, name) if known else None
            if text and text != old:
                values[name] = text
                changes[name.title()] = [for_display(old), for_display(text)]
        return values, changes

    def _show(self, parent: int | str | None) -> str:
        if isinstance(parent, int):
            return self.known[parent].code
        if parent is None:
            return ""
        if parent.startswith("new:"):
            return self.places.to_make[parent.removeprefix("new:")][1]
        return self.by_key[parent].code

"""Plans location rows: a tree that the file may give in any order, by codes or by names.

The whole file is read first (`prepare`), since a room may stand above the building it is in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.queries import imports as queries
from scanner_app.services.import_plan import PlanContext, PlannedRow, RowReader, refuse, shown
from scanner_app.services.import_references import PlaceIndex, Unresolved, fold, make_code
from scanner_app.services.import_values import BadCell, shorten
from scanner_app.services.tabular import Row

LONGEST_CODE = 64
LONGEST_NAME = 200
LONGEST_KIND = 40
DEEPEST = 30
DEFAULT_KIND = "room"


@dataclass(slots=True)
class _Node:
    """One row: what it says, and the location it means where there is one."""

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
    code: str
    key: str
    name: str
    kind: str
    parent_id: int | None


@dataclass(slots=True)
class _Names:
    """The nodes that a name means: register's ids and the file's new keys."""

    ids: set[int] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)


class PlacePlanner:
    """Plans location rows."""

    def __init__(self, session: Session, context: PlanContext) -> None:
        self.context = context
        self.places = PlaceIndex.load(session, makes=context.mapping.make_places)
        self.known = {
            row.id: _Known(row.code, row.code_key, row.name, row.kind, row.parent_id)
            for row in queries.all_places(session)
        }
        self.nodes: dict[int, _Node] = {}
        self.by_key: dict[str, _Node] = {}
        self.by_name: dict[str, _Names] = {}
        self.claimed: dict[int, int] = {}

    def to_make(self) -> dict[str, dict[str, list[str]]]:
        return {"places": self.places.to_make}

    def prepare(self, rows: Iterable[Row]) -> None:
        """Read the whole file: who is who, then who is inside whom."""
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
        """Find the rows without a code by their names, once every code of the file is known."""
        seen: dict[tuple[str, str], int] = {}
        for number, node in self.nodes.items():
            if node.code or node.reader.reasons:
                continue
            twin = seen.setdefault((fold(node.name), fold(node.parent_text)), number)
            if twin != number:
                node.reader.reasons.append(f"row {twin} has the same name and no code either")
            else:
                self._find_by_name(node)

    def _keep_name(self, node: _Node) -> None:
        names = self.by_name.setdefault(fold(node.name), _Names())
        if node.existing is not None:
            names.ids.add(node.existing)
        else:
            names.keys.add(node.key)

    def plan(self, session: Session, rows: list[Row]) -> list[PlannedRow]:
        del session  # the tree was read when the run began
        return [self._plan(self.nodes[row.number]) for row in rows]

    # -- Who is who -------------------------------------------------------------------------------

    def _read(self, row: Row) -> _Node:
        reader = RowReader.read(row, self.context)
        node = _Node(
            reader,
            code=reader.code("code", "Code"),
            name=" ".join(reader.plain("name", "Name").split()),
            kind=" ".join(reader.plain("kind", "Kind").split()).lower(),
            parent_text=reader.plain("parent", "Parent"),
        )
        if len(node.code) > LONGEST_CODE:
            reader.reasons.append(f"Code is longer than {LONGEST_CODE} characters")
        if len(node.name) > LONGEST_NAME:
            reader.reasons.append(f"Name is longer than {LONGEST_NAME} characters")
        if len(node.kind) > LONGEST_KIND:
            reader.reasons.append(f"Kind is longer than {LONGEST_KIND} characters")
        if not node.code and not node.name and not reader.reasons:
            reader.reasons.append("the row has neither a code nor a name")
        return node

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
            node.reader.reasons.append(f"row {other} means the same place")
        node.key = self.known[place_id].key

    def _find_by_name(self, node: _Node) -> None:
        ids = self.places.by_name.get(fold(node.name), [])
        if ids and node.parent_text:
            ids = [id_ for id_ in ids if self._has_parent(id_, node.parent_text)]
        elif len(ids) > 1:
            ids = [id_ for id_ in ids if self.known[id_].parent_id is None] or ids
        if len(ids) > 1:
            codes = ", ".join(sorted(self.known[id_].code for id_ in ids)[:4])
            node.reader.reasons.append(
                f"{len(ids)} places are called {shorten(node.name)!r}; write the code ({codes})"
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
        return tag_key(text) == parent.key or fold(text) == fold(parent.name)

    # -- Who is inside whom -----------------------------------------------------------------------

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
            node.reader.reasons.append("the place is its own parent")

    def _resolve(self, text: str) -> int | str:
        key = tag_key(text)
        if key in self.by_key:
            other = self.by_key[key]
            return other.existing if other.existing is not None else key
        if key in self.places.by_code:
            return self.places.by_code[key]
        names = self.by_name.get(fold(text), _Names())
        ids = names.ids | set(self.places.by_name.get(fold(text), []))
        if len(ids) + len(names.keys) == 1:
            return next(iter(ids)) if ids else next(iter(names.keys))
        if ids or names.keys:
            codes = sorted({self.known[id_].code for id_ in ids} | names.keys)[:4]
            raise Unresolved(
                f"{len(ids) + len(names.keys)} places are called {shorten(text)!r}; "
                f"write the code ({', '.join(codes)})"
            )
        found = self.places.resolve(text)  # by full name, or made
        return found if isinstance(found, int) else f"new:{found[0]}"

    def _refuse_circle(self, node: _Node) -> None:
        steps = 0
        at: int | str | None = node.parent if node.parent is not None else self._old_parent(node)
        own = node.existing if node.existing is not None else node.key
        while at is not None:
            steps += 1
            if at == own or steps > DEEPEST:
                node.reader.reasons.append(
                    "the place would be inside itself"
                    if at == own
                    else f"the place would stand more than {DEEPEST} levels deep"
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

    # -- Verdicts ---------------------------------------------------------------------------------

    def _plan(self, node: _Node) -> PlannedRow:
        known = self.known.get(node.existing) if node.existing is not None else None
        label = node.code or (known.code if known else "") or node.name
        row = PlannedRow(node.reader.number, shorten(label))
        if node.reader.reasons:
            return refuse(row, node.reader)
        values, changes = self._differences(node, known)
        old_parent = known.parent_id if known else None
        is_moved = node.parent is not None and node.parent != old_parent
        if is_moved:
            before = self.known[old_parent].code if old_parent is not None else ""
            changes["Parent"] = [before, self._show(node.parent)]
        if known is not None and not values and not is_moved:
            return row
        row.verdict = "created" if known is None else "changed"
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
        """Give what the row says otherwise than the register: values, and old and new in words."""
        values: dict[str, Any] = {}
        changes: dict[str, list[str]] = {}
        # A code in another writing (hq-1 for HQ-1) is the same code; the register's stays.
        code = "" if known else node.code
        for name, text in (("code", code), ("name", node.name), ("kind", node.kind)):
            old = getattr(known, name) if known else None
            if text and text != old:
                values[name] = text
                changes[name.title()] = [shown(old), shown(text)]
        return values, changes

    def _show(self, parent: int | str | None) -> str:
        if isinstance(parent, int):
            return self.known[parent].code
        if parent is None:
            return ""
        if parent.startswith("new:"):
            return self.places.to_make[parent.removeprefix("new:")][1]
        return self.by_key[parent].code

"""Templates in another language: their words are exchanged while a template is compiled.

Templates are written in English without any marks. For another language, the tree that Jinja makes
of a template is rewritten before it becomes code: each sentence is looked up in the catalogue as a
whole, so a page costs no look-ups when it is shown, and English pages cost nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol, cast

from jinja2 import nodes

from scanner_app.edge.words.expressions import is_attributes, is_macro, translate_expression
from scanner_app.edge.words.markup import (
    INLINE,
    LETTER,
    MARK,
    MARKS,
    OPAQUE,
    Piece,
    Place,
    cut,
    find_place,
    open_tag,
)
from scanner_app.edge.words.sentence import (
    PLACEHOLDER,
    Condition,
    Element,
    Message,
    Part,
    build_tree,
    decide,
    find_conditions,
    has_words,
    make_message,
    read_expression,
)
from scanner_app.edge.words.writing import (
    Written,
    escape_value,
    make_if,
    stands_alone,
    trim,
)

TOLD = "_told"
FORM = "_form"
MAX_VARIANTS = 8
IN_TEXT = Place()
OPAQUE_PLACE = Place(tag="bdi", attribute="content", quote="\0")
_SEPARATOR = re.compile(r"(\s+[·|]\s+|\s*&middot;\s*)")


class Words(Protocol):
    """A catalogue, as a template is translated with it."""

    def say(self, text: str, line: int) -> str:
        """Return a message in the reader's language; itself if it is unknown."""

    def say_forms(self, one: str, many: str, line: int) -> list[str]:
        """Return a message in each form of the language, from the smallest number."""


class TemplateWords:
    """Rewrites one template."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._line = 1
        self._marked: list[nodes.Node] = []

    def translate(self, tree: nodes.Template) -> nodes.Template:
        """Return the tree with its words exchanged."""
        tree.body = self._body(tree.body, Place())
        return tree

    def _say(self, text: str) -> str:
        return self._words.say(text, self._line)

    def _statement(self, node: nodes.Node, place: Place) -> nodes.Node:
        """Return a statement at a place, with what is inside it translated."""
        if isinstance(node, nodes.Macro | nodes.Block | nodes.CallBlock):
            place = Place() if isinstance(node, nodes.Macro | nodes.CallBlock) else place
        if isinstance(node, nodes.Block) and node.name.endswith("_class"):
            return node
        if isinstance(node, nodes.Assign | nodes.For | nodes.With | nodes.Macro | nodes.CallBlock):
            self._line = node.lineno
            self._change_expressions(node)
        for name in ("body", "else_"):
            inner = getattr(node, name, None)
            if isinstance(inner, list):
                setattr(node, name, self._body(inner, place))
        if isinstance(node, nodes.If):
            node.elif_ = [cast("nodes.If", self._statement(one, place)) for one in node.elif_]
        return node

    def _change_expressions(self, node: nodes.Node) -> None:
        for name in ("node", "iter", "call"):
            inner = getattr(node, name, None)
            if isinstance(inner, nodes.Expr):
                setattr(node, name, translate_expression(inner, self._say))
        for name in ("values", "defaults"):
            listed = getattr(node, name, None)
            if listed:
                setattr(node, name, [translate_expression(one, self._say) for one in listed])

    def _body(self, body: list[nodes.Node], place: Place) -> list[nodes.Node]:
        """Return a list of statements that begins at a place."""
        out = Written()
        run: list[Part | Piece] = []
        opaque = ""
        for piece in cut(self._mark(body), place):
            if opaque:
                self._write_rest(piece.source, OPAQUE_PLACE, out)
                opaque = "" if piece.is_end and piece.name == opaque else opaque
            elif piece.kind == "text":
                self._read_text(piece.source, run, out)
            elif piece.kind == "tag" and piece.name in INLINE:
                run.append(piece)
            else:
                self._flush(run, out)
                self._write_piece(piece, out)
                if piece.kind == "tag" and piece.name in OPAQUE and not piece.is_end:
                    opaque = piece.name
        self._flush(run, out)
        return out.body

    def _mark(self, body: Iterable[nodes.Node]) -> str:
        """Return the markup of statements, with a mark for all else."""
        parts = []
        for node in body:
            for one in node.nodes if isinstance(node, nodes.Output) else [node]:
                if isinstance(one, nodes.TemplateData):
                    parts.append(one.data)
                else:
                    parts.append(chr(MARKS[len(self._marked)]))
                    self._marked.append(one)
        return "".join(parts)

    def _split(self, source: str) -> Iterator[str | nodes.Node]:
        """Yield the texts of a source, and what its marks stand for."""
        at = 0
        for found in MARK.finditer(source):
            if found.start() > at:
                yield source[at : found.start()]
            yield self._marked[ord(found[0]) - MARKS[0]]
            at = found.end()
        if at < len(source):
            yield source[at:]

    def _write_rest(self, source: str, place: Place, out: Written) -> None:
        at = 0
        for found in MARK.finditer(source):
            out.data(source[at : found.start()])
            node = self._marked[ord(found[0]) - MARKS[0]]
            if isinstance(node, nodes.Expr):
                out.expression(self._unshown(node))
            else:
                out.statement(self._statement(node, find_place(source[: found.start()], place)))
            at = found.end()
        out.data(source[at:])

    def _write_piece(self, piece: Piece, out: Written) -> None:
        """Write a tag, with its values that are read, or what is not a text."""
        for one in open_tag(piece) if piece.kind == "tag" else [piece]:
            if one.kind == "value":
                run: list[Part | Piece] = []
                self._read_text(one.source, run, out, place=one.start)
                self._flush(run, out, is_value=True)
            else:
                self._write_rest(one.source, one.start, out)

    def _read_text(
        self, source: str, run: list[Part | Piece], out: Written, *, place: Place = IN_TEXT
    ) -> None:
        """Add a text to the sentence that is read, or end the sentence at a statement."""
        for one in self._split(source):
            if isinstance(one, str):
                run.append(one)
            elif isinstance(one, nodes.Expr):
                self._line = one.lineno
                run.append(read_expression(one))
            elif isinstance(one, nodes.If) and (condition := self._read_condition(one)):
                run.append(condition)
            else:
                self._flush(run, out, is_value=bool(place.tag))
                out.statement(self._statement(one, place))

    def _read_condition(self, node: nodes.If) -> Condition | None:
        """Return an `if` that may be a part of a sentence; None if it holds more than that."""
        branches: list[tuple[nodes.Expr | None, list[Part]]] = []
        for one in (node, *node.elif_):
            parts = self._read_branch(one.body)
            if parts is None:
                return None
            branches.append((cast("nodes.Expr", one.test), parts))
        last = self._read_branch(node.else_)
        return None if last is None else Condition([*branches, (None, last)], node)

    def _read_branch(self, body: list[nodes.Node]) -> list[Part] | None:
        flat: list[Part | Piece] = []
        for piece in cut(self._mark(body), Place()):
            if piece.kind == "tag" and piece.name in INLINE:
                flat.append(piece)
            elif piece.kind != "text":
                return None
            else:
                for one in self._split(piece.source):
                    if isinstance(one, nodes.Expr):
                        flat.append(read_expression(one))
                    elif isinstance(one, nodes.If) and (inner := self._read_condition(one)):
                        flat.append(inner)
                    elif isinstance(one, str):
                        flat.append(one)
                    else:
                        return None
        tree = build_tree(flat)
        parts = [one for one in tree if not isinstance(one, Piece)]
        return parts if len(parts) == len(tree) else None

    def _flush(self, run: list[Part | Piece], out: Written, *, is_value: bool = False) -> None:
        """Write the sentence that was read, and begin another."""
        parts: list[Part] = []
        for one in build_tree(run):
            if isinstance(one, Piece):
                self._write_parts(parts, out, is_value)
                parts = []
                self._write_piece(one, out)
            else:
                parts.append(one)
        self._write_parts(parts, out, is_value)
        run.clear()

    def _write_parts(self, parts: list[Part], out: Written, is_value: bool) -> None:
        if not any(has_words(one, deep=False) for one in parts):
            for one in parts:
                self._write_single(one, out, is_value)
            return
        group: list[Part] = []
        for one in parts:
            for text in _SEPARATOR.split(one) if isinstance(one, str) else [one]:
                if isinstance(text, str) and _SEPARATOR.fullmatch(text):
                    self._write_group(group, out, is_value)
                    out.data(text)
                    group = []
                elif text:
                    group.append(text)
        self._write_group(group, out, is_value)

    def _write_single(self, part: Part, out: Written, is_value: bool) -> None:
        if isinstance(part, str):
            out.data(part)
        elif isinstance(part, Element):
            self._write_piece(part.opening, out)
            if part.opening.name in OPAQUE:
                for one in part.parts:
                    self._write_opaque(one, out)
            else:
                self._write_parts(part.parts, out, is_value)
            self._write_piece(part.closing, out)
        elif isinstance(part, Condition):
            if isinstance(part.source, nodes.Expr):
                out.expression(self._shown(part.source))
            else:
                place = Place("-", "title", "\0") if is_value else Place()
                out.statement(self._statement(part.source, place))
        else:
            out.expression(self._shown(part))

    def _write_opaque(self, part: Part, out: Written) -> None:
        if isinstance(part, str):
            out.data(part)
        elif isinstance(part, Element):
            self._write_single(part, out, is_value=False)
        elif isinstance(part, Condition) and isinstance(part.source, nodes.If):
            out.statement(self._statement(part.source, OPAQUE_PLACE))
        else:
            shown = part.source if isinstance(part, Condition) else part
            out.expression(self._unshown(cast("nodes.Expr", shown)))

    def _write_group(self, group: list[Part], out: Written, is_value: bool) -> None:
        lead, core, tail = trim(group)
        for one in lead:
            self._write_single(one, out, is_value)
        conditions = find_conditions(core)
        if not any(has_words(one, deep=False) for one in core) or len(core) == 1:
            words = len(core) == 1 and isinstance(core[0], str)
            for one in core:
                if words:
                    self._write_message(make_message(core), out, is_value)
                else:
                    self._write_single(one, out, is_value)
        elif not conditions:
            self._write_message(make_message(core), out, is_value)
        else:
            self._write_conditional(core, conditions, out, is_value)
        for one in tail:
            self._write_single(one, out, is_value)

    def _write_conditional(
        self, core: list[Part], conditions: list[Condition], out: Written, is_value: bool
    ) -> None:
        """Write a sentence that depends on tests: whole for each case, so that it can be said."""
        for at, part in enumerate(core):
            if isinstance(part, Condition) and stands_alone(core[:at], part, core[at + 1 :]):
                self._write_group(core[:at], out, is_value)
                self._write_single(part, out, is_value)
                self._write_group(core[at + 1 :], out, is_value)
                return
        variants = 1
        for one in conditions:
            variants *= len(one.branches)
        chosen = next((one for one in conditions if one.counted is None), conditions[0])
        if variants > MAX_VARIANTS:
            for part in core:
                if isinstance(part, str):
                    self._write_group([part], out, is_value)
                else:
                    self._write_single(part, out, is_value)
        elif chosen.counted is not None and len(conditions) == 1:
            self._write_counted(core, chosen, out, is_value)
        else:
            cases = []
            for test, branch in chosen.branches:
                inside = Written()
                self._write_group(decide(core, chosen, branch), inside, is_value)
                cases.append((test, inside.body))
            out.statement(make_if(cases))

    def _write_counted(
        self, core: list[Part], chosen: Condition, out: Written, is_value: bool
    ) -> None:
        """Write a sentence with a number, in the form that the language has for it."""
        test = cast("nodes.Compare", chosen.branches[0][0])
        one, many = (make_message(decide(core, chosen, branch)) for _, branch in chosen.branches)
        if test.ops[0].op == "ne":
            one, many = many, one
        texts = self._words.say_forms(one.text.strip(), many.text.strip(), self._line)
        cases: list[tuple[nodes.Expr | None, list[nodes.Node]]] = []
        for form, text in enumerate(texts):
            inside = Written()
            whole = Message(
                one.text, one.expressions | many.expressions, one.elements | many.elements
            )
            self._write_translation(whole, text, inside, is_value)
            index = nodes.Call(nodes.Name(FORM, "load"), [test.expr], [], None, None)
            is_form = nodes.Compare(index, [nodes.Operand("eq", nodes.Const(form))])
            cases.append((is_form if form < len(texts) - 1 else None, inside.body))
        out.statement(make_if(cases))

    def _write_message(self, message: Message, out: Written, is_value: bool) -> None:
        text = message.text.strip()
        said = self._say(text) if LETTER.search(PLACEHOLDER.sub("", text)) else text
        self._write_translation(message, said, out, is_value)

    def _write_translation(self, message: Message, said: str, out: Written, is_value: bool) -> None:
        lead = " " if message.text[:1] == " " else ""
        tail = " " if message.text[-1:] == " " else ""
        at = 0
        out.data(lead)
        for found in PLACEHOLDER.finditer(said):
            out.data(
                escape_value(said[at : found.start()]) if is_value else said[at : found.start()]
            )
            self._write_placeholder(message, found, out, is_value)
            at = found.end()
        out.data((escape_value(said[at:]) if is_value else said[at:]) + tail)

    def _write_placeholder(
        self, message: Message, found: re.Match[str], out: Written, is_value: bool
    ) -> None:
        name = found[1] or found[2].lstrip("/")
        if found[1] and name in message.expressions:
            self._write_single(message.expressions[name], out, is_value)
        elif found[2] and name in message.elements:
            element = message.elements[name]
            is_end = found[2].startswith("/")
            self._write_piece(element.closing if is_end else element.opening, out)
        else:
            out.data(found[0])

    def _shown(self, node: nodes.Expr) -> nodes.Expr:
        """Return an expression whose value people read."""
        changed = translate_expression(node, self._say, is_shown=True)
        if isinstance(changed, nodes.Const) or is_macro(changed):
            return changed
        return nodes.Filter(changed, TOLD, [], [], None, None)

    def _unshown(self, node: nodes.Expr) -> nodes.Expr:
        """Return an expression whose value is a name, an address or what a person typed."""
        self._line = node.lineno
        return (
            translate_expression(node, self._say) if is_macro(node) or is_attributes(node) else node
        )

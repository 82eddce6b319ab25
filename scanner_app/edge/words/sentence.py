"""Sentences of a template: texts, expressions, conditions and inline elements as one message.

A message is what a translator reads: ``{count} assets in <a>{place}</a>``. Expressions and elements
without words are placeholders, named by what they show; inline elements keep their name only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from jinja2 import nodes
from markupsafe import escape

from scanner_app.edge.words.markup import LETTER, OPAQUE, Piece

PLACEHOLDER = re.compile(r"\{(\w+)\}|<(/?\w+)>")
# What counts has one form for one, and another for many.
TWO = 2
_BLANK = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"[.:!?…]\W*$")


@dataclass(slots=True)
class Condition:
    """Parts that depend on tests: the first whose test is true; the last has no test."""

    branches: list[tuple[nodes.Expr | None, list[Part]]]
    source: nodes.If | nodes.Expr

    @property
    def counted(self) -> nodes.Expr | None:
        """The number that decides between two forms of a word; None if something else decides."""
        test = self.branches[0][0]
        if len(self.branches) != TWO or not isinstance(test, nodes.Compare):
            return None
        operand = test.ops[0]
        is_one = isinstance(operand.expr, nodes.Const) and operand.expr.value == 1
        return test.expr if is_one and operand.op in {"ne", "eq"} and len(test.ops) == 1 else None


@dataclass(slots=True)
class Element:
    """An inline element. `parts` are empty if its content is not ours to translate."""

    opening: Piece
    closing: Piece
    parts: list[Part] = field(default_factory=list)


Part = str | nodes.Expr | Condition | Element


def has_words(part: Part, *, deep: bool = True) -> bool:
    """Return whether a part has letters that a template wrote.

    :param deep: look into elements too.
    """
    if isinstance(part, str):
        return LETTER.search(part) is not None
    if isinstance(part, Condition):
        return any(has_words(one) for _, parts in part.branches for one in parts)
    if isinstance(part, Element):
        return deep and part.opening.name not in OPAQUE and any(map(has_words, part.parts))
    return False


def build_tree(flat: list[Part | Piece]) -> list[Part | Piece]:
    """Return parts with their inline elements closed; a tag without its other half stays a tag."""
    stack: list[tuple[Piece | None, list[Part | Piece]]] = [(None, [])]
    for part in flat:
        if not isinstance(part, Piece):
            stack[-1][1].append(part)
        elif not part.is_end:
            stack.append((part, []))
        elif stack[-1][0] is not None and stack[-1][0].name == part.name:
            opening, inner = stack.pop()
            if opening is not None and not any(isinstance(one, Piece) for one in inner):
                whole = [one for one in inner if not isinstance(one, Piece)]
                stack[-1][1].append(Element(opening, part, whole))
            else:
                stack[-1][1].extend([*([opening] if opening else []), *inner, part])
        else:
            stack[-1][1].append(part)
    while len(stack) > 1:
        opening, inner = stack.pop()
        stack[-1][1].extend([*([opening] if opening else []), *inner])
    return stack[0][1]


def name_expression(node: nodes.Node) -> str:
    """Return what an expression is called in a message: the last name in it."""
    if isinstance(node, nodes.Name):
        return str(node.name)
    if isinstance(node, nodes.Getattr):
        return str(node.attr)
    if isinstance(node, nodes.Filter) and node.node is not None:
        return name_expression(node.node)
    if isinstance(node, nodes.Call):
        inner = [one for one in node.args if not isinstance(one, nodes.Const)]
        return name_expression(inner[0]) if inner else name_expression(node.node)
    for one in node.iter_child_nodes():
        name = name_expression(one)
        if name != "value":
            return name
    return "value"


@dataclass(slots=True)
class Message:
    """A message and what its placeholders stand for."""

    text: str = ""
    expressions: dict[str, Part] = field(default_factory=dict)
    elements: dict[str, Element] = field(default_factory=dict)

    def add(self, part: Part) -> None:
        """Add a part at the end.

        :raises TypeError: it is a condition, which has to be decided before.
        """
        if isinstance(part, str):
            self.text += _BLANK.sub(" ", part)
        elif isinstance(part, Element) and has_words(part):
            name = _find_free(part.opening.name, self.elements)
            self.elements[name] = part
            self.text += f"<{name}>"
            for one in part.parts:
                self.add(one)
            self.text += f"</{name}>"
        elif isinstance(part, Element):
            inner = [one for one in part.parts if isinstance(one, nodes.Expr)]
            self._hold(name_expression(inner[0]) if inner else part.opening.name, part)
        elif isinstance(part, nodes.Expr):
            self._hold(name_expression(part), part)
        else:
            raise TypeError(part)

    def _hold(self, name: str, part: Part) -> None:
        free = _find_free(name.strip("_") or "value", self.expressions)
        self.expressions[free] = part
        self.text += f"{{{free}}}"


def _find_free(name: str, taken: dict[str, Part] | dict[str, Element]) -> str:
    if name not in taken:
        return name
    return next(f"{name}{n}" for n in range(2, 100) if f"{name}{n}" not in taken)


def make_message(parts: list[Part]) -> Message:
    """Return the message of parts without conditions, or with conditions only in elements."""
    message = Message()
    for part in parts:
        message.add(part)
    return message


def ends_sentence(parts: list[Part]) -> bool:
    """Return whether what follows these parts begins a sentence."""
    for part in reversed(parts):
        if isinstance(part, str) and not part.strip():
            continue
        if isinstance(part, Condition):
            return all(not branch or ends_sentence(branch) for _, branch in part.branches)
        if isinstance(part, Element):
            return ends_sentence(part.parts)
        return isinstance(part, str) and _SENTENCE_END.search(part) is not None
    return True


def decide(parts: list[Part], which: Condition, branch: list[Part]) -> list[Part]:
    """Return parts with one condition decided."""
    decided: list[Part] = []
    for part in parts:
        if part is which:
            decided.extend(branch)
        elif isinstance(part, Element):
            inner = decide(part.parts, which, branch)
            decided.append(Element(part.opening, part.closing, inner))
        else:
            decided.append(part)
    return decided


def find_conditions(parts: list[Part]) -> list[Condition]:
    """Return the conditions in parts and in their elements, in order."""
    found: list[Condition] = []
    for part in parts:
        if isinstance(part, Condition):
            found.append(part)
        elif isinstance(part, Element):
            found.extend(find_conditions(part.parts))
    return found


def read_expression(node: nodes.Expr) -> Part:
    """Return an expression; a condition if it shows words by a test."""
    if not isinstance(node, nodes.CondExpr) or not any(
        isinstance(one, nodes.Const) and isinstance(one.value, str) and has_words(one.value)
        for one in (node.expr1, node.expr2)
    ):
        return node
    branches: list[tuple[nodes.Expr | None, list[Part]]] = []
    for test, one in ((node.test, node.expr1), (None, node.expr2)):
        if one is None or (isinstance(one, nodes.Const) and isinstance(one.value, str)):
            text = str(escape(one.value)) if one is not None else ""
            branches.append((test, [text] if text else []))
        else:
            branches.append((test, [read_expression(one)]))
    return Condition(branches, node)

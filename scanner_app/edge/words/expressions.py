"""Words in the expressions of a template: which constants are texts, and how they are exchanged."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeGuard, cast

from jinja2 import nodes

from scanner_app.edge.words.markup import LETTER, READ
from scanner_app.edge.words.sentence import PLACEHOLDER, Message

Say = Callable[[str], str]

# The function of an environment that formats numbers.
NUMBERED = "_numbered"

_WORD = re.compile(r"[A-Z][a-z]{1,}[a-z.]*")
_SENTENCE = re.compile(r"[“\"(]?[A-Z0-9%].*[^\W\d_]", re.DOTALL)
_CODE = re.compile(r"[/#.{}<>=_\[\]@]|%[YdBbHMS]")


def is_text(value: object, *, is_shown: bool = False) -> bool:
    """Return whether a constant is a text for people.

    :param is_shown: it is where people read it, so any word counts.
    """
    if not isinstance(value, str) or not LETTER.search(value):
        return False
    if is_shown:
        return True
    text = value.strip()
    if " " not in text:
        return _WORD.fullmatch(text) is not None
    if _SENTENCE.match(text):
        return not _CODE.search(text.split()[0])
    return text.endswith((".", "…", "?"))


def is_macro(node: nodes.Node) -> bool:
    """Return whether an expression calls a macro or a function by its name."""
    return isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name)


def is_format(node: nodes.Node) -> TypeGuard[nodes.Call]:
    """Return whether an expression is ``"{:,}".format(number)``."""
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Getattr)
        and node.node.attr == "format"
        and isinstance(node.node.node, nodes.Const)
    )


def is_attributes(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Filter) and node.name == "xmlattr"


def translate_expression(node: nodes.Expr, say: Say, *, is_shown: bool = False) -> nodes.Expr:
    """Return an expression with its texts exchanged.

    :param is_shown: its value is written where people read it.
    """
    if isinstance(node, nodes.Const):
        return _translate_constant(node, say, is_shown)
    if isinstance(node, nodes.Concat):
        return _translate_joined(node, say, is_shown)
    if isinstance(node, nodes.CondExpr):
        second = node.expr2 and translate_expression(node.expr2, say, is_shown=is_shown)
        first = translate_expression(node.expr1, say, is_shown=is_shown)
        return nodes.CondExpr(node.test, first, second, lineno=node.lineno)
    if isinstance(node, nodes.Or | nodes.And):
        left = translate_expression(node.left, say, is_shown=is_shown)
        right = translate_expression(node.right, say, is_shown=is_shown)
        return type(node)(left, right, lineno=node.lineno)
    if is_format(node):
        return _translate_format(node, say)
    if isinstance(node, nodes.List | nodes.Tuple):
        node.items = [translate_expression(one, say) for one in node.items]
    elif isinstance(node, nodes.Dict):
        for pair in node.items:
            is_read = isinstance(pair.key, nodes.Const) and pair.key.value in READ
            pair.value = translate_expression(pair.value, say, is_shown=is_read)
    elif isinstance(node, nodes.Getitem | nodes.Getattr):
        node.node = translate_expression(node.node, say)
    elif isinstance(node, nodes.Add):
        node.left = translate_expression(node.left, say)
        node.right = translate_expression(node.right, say)
    elif isinstance(node, nodes.Filter | nodes.Call):
        _translate_call(node, say, is_shown)
    return node


def _translate_call(node: nodes.Filter | nodes.Call, say: Say, is_shown: bool) -> None:
    """Exchange the texts that a macro or a filter is given."""
    if node.node is not None:
        node.node = translate_expression(node.node, say, is_shown=is_shown)
    if isinstance(node, nodes.Filter):
        if node.name in {"default", "d"}:
            node.args = [translate_expression(one, say, is_shown=is_shown) for one in node.args]
        elif node.name == "format":
            node.args = [translate_expression(one, say) for one in node.args]
        return
    if isinstance(node.node, nodes.Getattr):
        # `form.get("name", "Name")`: what is asked for is a key.
        return
    node.args = [translate_expression(one, say) for one in node.args]
    for keyword in node.kwargs:
        keyword.value = translate_expression(keyword.value, say)


def _translate_format(node: nodes.Call, say: Say) -> nodes.Expr:
    """Return a text with numbers as a call that writes them as the language does."""
    text = cast("nodes.Const", cast("nodes.Getattr", node.node).node)
    args = [translate_expression(one, say, is_shown=_is_word(one)) for one in node.args]
    kwargs = [nodes.Keyword(one.key, translate_expression(one.value, say)) for one in node.kwargs]
    said = _translate_constant(text, say, is_shown=False)
    name = nodes.Name(NUMBERED, "load")
    return nodes.Call(name, [said, *args], kwargs, None, None, lineno=node.lineno)


def _is_word(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.CondExpr) and _has_text(node)


def _translate_constant(node: nodes.Const, say: Say, is_shown: bool) -> nodes.Expr:
    if not is_text(node.value, is_shown=is_shown):
        return node
    text = node.value.strip()
    said = node.value.replace(text, say(text)) if text else node.value
    return nodes.Const(said, lineno=node.lineno)


def _translate_joined(node: nodes.Concat, say: Say, is_shown: bool) -> nodes.Expr:
    """Return texts and values that are joined by ``~`` as one message; a test makes two of them."""
    for at, part in enumerate(node.nodes):
        if isinstance(part, nodes.CondExpr) and _has_text(part):
            cases = []
            for one in (part.expr1, part.expr2):
                chosen = nodes.Const("") if one is None else one
                joined = [*node.nodes[:at], chosen, *node.nodes[at + 1 :]]
                cases.append(_translate_joined(nodes.Concat(joined), say, is_shown))
            return nodes.CondExpr(part.test, *cases, lineno=node.lineno)
    texts = [str(one.value) for one in node.nodes if isinstance(one, nodes.Const)]
    if not any(is_text(text, is_shown=is_shown) for text in texts) or _CODE.search(
        "".join(texts)[:2]
    ):
        return nodes.Concat([translate_expression(one, say) for one in node.nodes])
    message = Message()
    for part in node.nodes:
        message.add(str(part.value) if isinstance(part, nodes.Const) else part)
    said = say(message.text.strip())
    lead = message.text[: len(message.text) - len(message.text.lstrip())]
    tail = message.text[len(message.text.rstrip()) :]
    return nodes.Concat(list(_join(lead + said + tail, message, say)), lineno=node.lineno)


def _has_text(node: nodes.CondExpr) -> bool:
    return any(
        isinstance(one, nodes.Const) and isinstance(one.value, str) and LETTER.search(one.value)
        for one in (node.expr1, node.expr2)
    )


def _join(said: str, message: Message, say: Say) -> list[nodes.Expr]:
    parts: list[nodes.Expr] = []
    at = 0
    for found in PLACEHOLDER.finditer(said):
        held = message.expressions.get(found[1] or "")
        if isinstance(held, nodes.Expr):
            parts.append(nodes.Const(said[at : found.start()]))
            parts.append(translate_expression(held, say))
            at = found.end()
    parts.append(nodes.Const(said[at:]))
    return parts

"""Writing statements of a template, and where a sentence of one begins and ends."""

from __future__ import annotations

from typing import cast

from jinja2 import nodes

from scanner_app.edge.words.sentence import Condition, Part, ends_sentence, has_words


class Written:
    """Statements that are written one after the other."""

    def __init__(self) -> None:
        self.body: list[nodes.Node] = []

    def data(self, text: str) -> None:
        """Write markup."""
        if text:
            self._output().append(nodes.TemplateData(text))

    def expression(self, node: nodes.Expr) -> None:
        """Write the value of an expression."""
        self._output().append(node)

    def statement(self, node: nodes.Node) -> None:
        """Write a statement as it is."""
        self.body.append(node)

    def _output(self) -> list[nodes.Expr]:
        if not self.body or not isinstance(self.body[-1], nodes.Output):
            self.body.append(nodes.Output([]))
        return cast("nodes.Output", self.body[-1]).nodes


def make_if(cases: list[tuple[nodes.Expr | None, list[nodes.Node]]]) -> nodes.Node:
    """Return the statement that does the first case whose test is true."""
    (first, body), *others = cases
    elifs = [nodes.If(test, inner, [], []) for test, inner in others if test is not None]
    last = next((inner for test, inner in others if test is None), [])
    return nodes.If(first or nodes.Const(True), body, elifs, last)


def escape_value(text: str) -> str:
    """Return a text for the value of an attribute."""
    return text.replace('"', "&quot;")


def trim(group: list[Part]) -> tuple[list[Part], list[Part], list[Part]]:
    """Return what is before the words of a group (blanks, icons), the words, what follows."""
    start, end = 0, len(group)
    while start < end and _is_edge(group[start]):
        start += 1
    while end > start and _is_edge(group[end - 1]):
        end -= 1
    return group[:start], group[start:end], group[end:]


def _is_edge(part: Part) -> bool:
    if isinstance(part, str):
        return not part.strip()
    return isinstance(part, nodes.Call) and getattr(part.node, "name", "") == "icon"


def stands_alone(before: list[Part], part: Condition, after: list[Part]) -> bool:
    """Return whether a condition decides about whole sentences."""
    if not ends_sentence(before):
        return False
    return not any(has_words(one) for one in after) or all(
        ends_sentence(branch) for _, branch in part.branches
    )

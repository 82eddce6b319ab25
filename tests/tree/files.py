"""The files of this repository, as the rules of the house read them: parsed once, by path."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("scanner_app", "hardware")
PYTHON = (*PRODUCT, "tests", "benchmarks", "scripts", "examples")


@cache
def list_files(*places: str, ending: str) -> tuple[Path, ...]:
    """Return the files below some folders of the repository, what was built or fetched apart."""
    found = (path for place in places for path in (ROOT / place).rglob(f"*{ending}"))
    hidden = {"vendor", "node_modules", "__pycache__", "build"}
    return tuple(sorted(path for path in found if hidden.isdisjoint(path.parts)))


@cache
def read(path: Path) -> str:
    return path.read_text()


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(read(path), str(path))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def walk(*places: str) -> Iterator[tuple[Path, ast.AST]]:
    """Return each node of each Python file below some folders."""
    for path in list_files(*places, ending=".py"):
        for node in nodes(path):
            yield path, node


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(parse(path)))


def place_of(path: Path, node: ast.AST) -> str:
    return f"{name(path)}:{getattr(node, 'lineno', 1)}"


def read_template(path: Path) -> Iterator[tuple[int, str]]:
    """Return the lines of a template that people read: text, and the strings given to macros."""
    text = _blank(r"\{#.*?#\}|<!--.*?-->|<script.*?</script>", read(path))
    # An expression shows its strings of several words; a name, a class or a path is one word.
    text = re.sub(
        r"\{[{%].*?[%}]\}", lambda found: _only_sentences(found[0]), text, flags=re.DOTALL
    )
    shown = r"(?:aria-label|title|placeholder|alt|data-confirm)=\"([^\"]*)\""
    text = re.sub(
        r"<[^>]*>", lambda found: _lines_of(found[0]) + " ".join(re.findall(shown, found[0])), text
    )
    yield from enumerate(text.splitlines(), start=1)


def read_page(path: Path) -> Iterator[tuple[int, str]]:
    """Return the lines of a page in Markdown, its code apart."""
    text = _blank(r"^```.*?^```|^    .*?$|`[^`\n]*`|\]\([^)]*\)|<!--.*?-->", read(path))
    yield from enumerate(text.splitlines(), start=1)


def read_messages(path: Path) -> Iterator[tuple[int, str]]:
    """Return the sentences in a module that people may read: its strings of several words."""
    docstrings = {
        id(node.body[0].value)
        for node in nodes(path)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in nodes(path):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if id(node) not in docstrings and _is_sentence(node.value):
            yield node.lineno, re.sub(r"\{[^}]*\}", "…", node.value)  # the names of fields


def read_script(path: Path) -> Iterator[tuple[int, str]]:
    """Return the strings of several words in a script of the pages, by line."""
    for number, line in enumerate(read(path).splitlines(), start=1):
        if not line.lstrip().startswith(("*", "/")):
            for found in re.findall(r"\"[^\"]*\"|'[^']*'|`[^`]*`", line):
                if _is_sentence(found):
                    yield number, found


def _is_sentence(text: str) -> bool:
    return bool(re.search(r"[a-z] [a-z]", text)) and not re.search(r"SELECT |[;<>]|--", text)


def _blank(pattern: str, text: str) -> str:
    """Take what matches out, but keep its lines, so that the others keep their numbers."""
    return re.sub(pattern, lambda found: _lines_of(found[0]), text, flags=re.DOTALL | re.MULTILINE)


def _lines_of(text: str) -> str:
    return "\n" * text.count("\n") or " "


def _only_sentences(expression: str) -> str:
    found = re.findall(r"\"([^\"]*)\"|'([^']*)'", expression)
    texts = (one or other for one, other in found)
    return _lines_of(expression) + " ".join(text for text in texts if " " in text)

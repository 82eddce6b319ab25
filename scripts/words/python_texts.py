"""The texts that Python says to people: constants and f-strings, as messages with placeholders."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from scanner_app.edge.words.expressions import is_text
from scanner_app.edge.words.markup import LETTER

APP = Path(__file__).resolve().parents[2] / "scanner_app"
ROOMS = ("domain", "services", "queries", "edge", "pages", "worker", "storage", "decoder")
# Papers, files and what is read from files: they stay as they are told, in English.
PAPERS = (
    "domain/imports/assets.py",
    "domain/imports/devices.py",
    "domain/imports/licences.py",
    "domain/imports/maintenances.py",
    "domain/imports/suppliers.py",
    "domain/imports/known_files.py",
    "domain/imports/people.py",
    "domain/imports/stock.py",
    "domain/imports/locations.py",
    "domain/audits/report_columns.py",
    "domain/seals/",
    "domain/audits/check",
    "domain/epcis.py",
    "services/audits/records/",
    "services/audits/report_pdf.py",
    "services/audits/rounds/report_pdf.py",
    "services/sample_office.py",
    "services/stock/sample.py",
    "services/contracts/sample.py",
    "services/health/sample.py",
    "services/licences/sample.py",
    "services/audits/asking/report_pdf.py",
    "services/audits/sampling/report_pdf.py",
    "services/audits/holdings/report_files.py",
    "services/imports/blanks.py",
    "services/imports/months.py",
    "services/procurement/sample.py",
    "edge/plots/",
    "domain/audits/suggesting/taken.py",
    "services/files/tables/encoding.py",
    "services/seals/",
    "services/labels/lay_out.py",
    "edge/counters.py",
    "edge/metrics.py",
    "edge/words/",
    "pages/patterns.py",
    "storage/database.py",
    "storage/schema.py",
)
# What these are called with is no text for people.
NAMING = frozenset(
    [
        "text",
        "debug",
        "info",
        "warning",
        "error",
        "exception",
        "critical",
        "getLogger",
        "compile",
        "Index",
        "CheckConstraint",
        "relationship",
        "ForeignKey",
        "UniqueConstraint",
        "execute",
        "DDL",
        "option",
        "command",
        "argument",
        "cast",
        "TypeVar",
        "echo",
        "secho",
        "replace",
        "split",
        "removeprefix",
        "removesuffix",
        "partition",
        "startswith",
        "endswith",
        "strftime",
        "strptime",
        "literal_column",
        "getattr",
        "setattr",
        "get",
        "join",
        "fullmatch",
        "search",
        "match",
        "sub",
    ]
)
_SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|PRAGMA|WITH|LOCK|SET)\b")
_LOWER = re.compile(r"[a-z][\w ,\u2018-\u201d'.;:()-]* [\w ,\u2018-\u201d'.;:()-]*")
_PLACE = re.compile(r"\{\w*[^}]*\}")
_NAMED = re.compile(r"\{(\w+)\}")
# What numbers and amounts are called, and the functions that write them.
NUMBERS = re.compile(
    r"(count|total|amount|money|cost|price|sum|worth|quantity|day|level|least)\d?|\w+_(cents|count)"
)
NUMBERED = re.compile(
    r"(\w+\.)*(say_money|show_money|show_rate|show_share|say_share|say_pieces|say_worth|percent|count|write_day)"
)
MAX_VARIANTS = 8


class Texts(ast.NodeVisitor):
    """Collects the texts of one module."""

    def __init__(self) -> None:
        self.found: list[tuple[str, int]] = []
        self.numbers: dict[str, set[str]] = {}

    def _visit_body(self, node: ast.Module | ast.ClassDef | ast.FunctionDef) -> None:
        for one in node.body:
            if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)):
                self.visit(one)

    def visit_Module(self, node: ast.Module) -> None:
        self._visit_body(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_body(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_body(node)
        for one in (*node.args.defaults, *node.args.kw_defaults):
            if one is not None:
                self.visit(one)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Skip it: nobody reads it."""

    def visit_Compare(self, node: ast.Compare) -> None:
        """Skip it: what is compared is a code."""

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)

    def visit_Dict(self, node: ast.Dict) -> None:
        for value in node.values:
            self.visit(value)

    def visit_Call(self, node: ast.Call) -> None:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if isinstance(node.func, ast.Attribute):
            self.visit(node.func.value)
        if name in NAMING:
            return
        if name == "say":
            self._note_said(node)
        for one in (*node.args, *(word.value for word in node.keywords)):
            self.visit(one)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and LETTER.search(_PLACE.sub("", node.value)):
            text = node.value.strip()
            if is_text(text) or _LOWER.fullmatch(text):
                self._note(text, node)
                numbers = {one for one in _NAMED.findall(text) if NUMBERS.fullmatch(one)}
                self.numbers.setdefault(text, set()).update(numbers)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        variants = list(_expand(node.values))
        if len(variants) > MAX_VARIANTS:
            variants = [node.values]
        for parts in variants:
            text, numbers = _write(parts)
            text = text.strip()
            self.numbers.setdefault(text, set()).update(numbers)
            bare = _PLACE.sub("", text)
            if " " in text and LETTER.search(bare) and not _CODE.search(bare):
                self._note(text, node)
        for one in node.values:
            if isinstance(one, ast.FormattedValue) and not _is_choice(one.value):
                self.visit(one.value)

    def _note_said(self, node: ast.Call) -> None:
        """Take down a word that is said, whatever it looks like."""
        for one in node.args:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                self._note(one.value, one)

    def _note(self, text: str, node: ast.expr) -> None:
        if not _SQL.match(text):
            self.found.append((text, node.lineno))


_CODE = re.compile(r"^[#/]|[<>=\n]|\bdata: |^\s*[a-z_]+=")


def _is_choice(node: ast.expr) -> bool:
    return isinstance(node, ast.IfExp) and all(
        isinstance(one, ast.Constant | ast.JoinedStr) for one in (node.body, node.orelse)
    )


def _expand(parts: list[ast.expr]) -> Iterator[list[ast.expr]]:
    """Yield the parts of an f-string once for each choice between texts in it."""
    for at, part in enumerate(parts):
        if isinstance(part, ast.FormattedValue) and _is_choice(part.value):
            choice = part.value
            assert isinstance(choice, ast.IfExp)
            for one in (choice.body, choice.orelse):
                inner = one.values if isinstance(one, ast.JoinedStr) else [one]
                yield from _expand([*parts[:at], *inner, *parts[at + 1 :]])
            return
    yield parts


def _write(parts: list[ast.expr]) -> tuple[str, set[str]]:
    """Return a message and which of its placeholders stand for a number."""
    text, used, numbers = "", set[str](), set[str]()
    for part in parts:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            name = _name(part.value)
            free = next(
                one for one in (name, *(f"{name}{n}" for n in range(2, 50))) if one not in used
            )
            used.add(free)
            if part.format_spec is not None or NUMBERS.fullmatch(name) or _is_number(part.value):
                numbers.add(free)
            text += f"{{{free}}}"
    return text, numbers


def _is_number(node: ast.expr) -> bool:
    """Return whether a value is what a function made of a number."""
    return isinstance(node, ast.Call) and NUMBERED.fullmatch(ast.unparse(node.func)) is not None


def _name(node: ast.AST) -> str:
    """Return what a value is called in a message: the last name in its expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Call):
        names = [_name(one) for one in node.args if not isinstance(one, ast.Constant)]
        if names and names[0] != "value":
            return names[0]
        return _name(node.func)
    for one in ast.iter_child_nodes(node):
        if isinstance(one, ast.expr) and (name := _name(one)) != "value":
            return name
    return "value"


def gather_python(numbers: dict[str, set[str]] | None = None) -> Iterator[tuple[str, str, int]]:
    """Yield message, file and line of every text that Python says to people.

    :param numbers: takes for each message which of its placeholders stand for a number.
    """
    for room in ROOMS:
        for path in sorted((APP / room).rglob("*.py")):
            name = path.relative_to(APP).as_posix()
            if not name.startswith(PAPERS):
                texts = Texts()
                texts.visit(ast.parse(path.read_text()))
                for text, own in texts.numbers.items():
                    if numbers is not None and own:
                        numbers.setdefault(text, set()).update(own)
                for text, line in texts.found:
                    yield text, f"scanner_app/{name}", line

"""Sizes, layers and words: what CONTRIBUTING asks for, held by a program.

Each rule returns its faults as `file:line what`.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tree.files import (
    PRODUCT,
    PYTHON,
    ROOT,
    list_files,
    name,
    nodes,
    place_of,
    read,
    read_messages,
    read_page,
    read_script,
    read_template,
    walk,
)

MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 50
MAX_MODULES = 15
# Files of data, which no reader goes through from top to bottom, with the reason.
DATA: dict[str, str] = {
    "tests/edge/test_routes.py": "the table of who may use which route is its first half",
}
# Folders of peers, one word each: a registry wants them side by side.
PEERS = {"hardware/protocols"}

# Words that people do not read on pages, and what they read instead (docs/words.md).
PAGE_WORDS = {
    r"custodians?|custody": "assigned to",
    r"belongs? in": "home location",
    r"sightings?": "counted; a spot check outside an audit",
    r"unregistered": "unknown label",
    r"misplaced": "wrong place",
    r"unexpected(?! end)": "extra",
    r"stages?": "status",
    r"hand(s|ed|ing)? (it )?out|hand-outs?": "check out",
    r"tak(e|es|en|ing) (it )?back": "check in (or: undo)",
}
# Pages for people who write programs: these use the words of the code and of the API.
IN_WORDS_OF_THE_CODE = {
    "docs/words.md",
    "docs/architecture.md",
    "docs/contributing.md",
    "docs/benchmarks.md",
    "docs/epcis.md",
    "docs/hardening.md",
    "docs/readers.md",  # reads and sightings are what an agent sends
}
# Words that a fluent reader who arrived today stumbles over, and what is written instead.
DIALECT = {
    r"anew": "again",
    r"so many": "this many, a number",
    r"whoever": "anyone who",
    r"of (its|their|one's|our) own": "separate, own",
    r"(?<!there )is no (?!longer|more|less|way|need|one)": "is not a",
    # What stands in a room, or for something else, may stand.
    r"stands?(?! (for|in for|by|out|straight))": "is, is kept",
    r"as things stand": "now",
    r"in no way": "not",
    r"all the same": "still",
}
# First words of docstrings that say what a function does to itself, not what its caller gets.
RETIRED_STARTS = {"Give", "Gives", "Tell", "Tells", "Say", "Says", "Let", "Lets"}

Faults = Iterator[str]


def modules_are_short() -> Faults:
    files = list_files(*PYTHON, ending=".py") + list_files("static", ending=".js")
    for path in files:
        lines = read(path).count("\n")
        if lines > MAX_MODULE_LINES and name(path) not in DATA:
            yield f"{name(path)} has {lines} lines"


def functions_are_short() -> Faults:
    for path, node in walk(*PYTHON):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                yield f"{place_of(path, node)} {node.name} has {lines} lines"


def folders_are_small() -> Faults:
    files = list_files(*PYTHON, ending=".py") + list_files("static/js", ending=".js")
    counts = Counter(name(path.parent) for path in files if path.name != "__init__.py")
    for folder, count in sorted(counts.items()):
        if count > MAX_MODULES and folder not in PEERS:
            yield f"{folder} has {count} modules"


def services_leave_the_commit_to_the_edge() -> Faults:
    for path, node in walk("scanner_app/services"):
        if _calls(node, "commit"):
            yield place_of(path, node)


def the_time_is_read_at_the_edge() -> Faults:
    below = ("services", "queries", "sql", "models", "domain", "decoding")
    for path, node in walk(*(f"scanner_app/{layer}" for layer in below)):
        for reader in ("now", "utcnow", "today"):
            if _calls(node, reader) and _owner(node) in {"datetime", "date"}:
                yield f"{place_of(path, node)} {reader}()"


def raw_sql_stays_behind_its_door() -> Faults:
    for path, node in walk("scanner_app"):
        if _calls(node, "exec_driver_sql") and not name(path).startswith(
            ("scanner_app/sql/", "scanner_app/storage/")
        ):
            yield place_of(path, node)


def what_is_known_of_a_member_is_a_row_in_domain() -> Faults:
    """Find dict literals that are keyed by a member of an enum of `domain/`."""
    enums = {
        node.name
        for _path, node in walk("scanner_app/domain")
        if isinstance(node, ast.ClassDef)
        and any(re.search(r"Enum|Flag", ast.unparse(base)) for base in node.bases)
    }
    assert enums
    for path, node in walk("scanner_app"):
        if not isinstance(node, ast.Dict) or name(path).startswith("scanner_app/domain/"):
            continue
        keyed = {
            key.value.id
            for key in node.keys
            if isinstance(key, ast.Attribute) and isinstance(key.value, ast.Name)
        }
        if keyed & enums:
            yield f"{place_of(path, node)} is keyed by {', '.join(sorted(keyed & enums))}"


def pages_use_the_words_of_people() -> Faults:
    for path in list_files("templates", ending=".html"):
        yield from _find_words(name(path), read_template(path), PAGE_WORDS)
    layers = ("pages", "edge", "extensions", "services", "domain")
    for path in list_files(*(f"scanner_app/{layer}" for layer in layers), ending=".py"):
        yield from _find_words(name(path), read_messages(path), PAGE_WORDS)
    for path in list_files("static/js", ending=".js"):
        yield from _find_words(name(path), read_script(path), PAGE_WORDS)


def pages_and_messages_use_plain_english() -> Faults:
    for path in list_files("templates", ending=".html"):
        yield from _find_words(name(path), read_template(path), DIALECT)
    for path in list_files(*PRODUCT, ending=".py"):
        yield from _find_words(name(path), read_messages(path), DIALECT)


def templates_escape_every_text() -> Faults:
    """Find what would print a text as markup. Markup that is ours comes as `Markup`."""
    for path in list_files("templates", ending=".html"):
        for number, line in enumerate(read(path).splitlines(), start=1):
            if re.search(r"\|\s*safe\b|autoescape|\bMarkup\(", line):
                yield f"{name(path)}:{number} {line.strip()}"


def docs_use_the_words_of_people() -> Faults:
    for path in list_files("docs", ending=".md"):
        if name(path) not in IN_WORDS_OF_THE_CODE and path.parent.name not in {
            "decisions",
            "benchmarks",
        }:
            yield from _find_words(name(path), read_page(path), PAGE_WORDS)


def docs_use_plain_english() -> Faults:
    pages = [*list_files("docs", ending=".md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    for path in filter(Path.exists, pages):
        # The page of words names the retired ones.
        if name(path) != "docs/words.md":
            yield from _find_words(name(path), read_page(path), DIALECT)


def docstrings_say_what_a_caller_gets() -> Faults:
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for path, node in walk(*PYTHON):
        text = ast.get_docstring(node) if isinstance(node, documented) else None
        if text and text.split()[0].rstrip(",:") in RETIRED_STARTS:
            yield f"{place_of(path, node)} {text.splitlines()[0]}"


def docstrings_and_comments_use_plain_english() -> Faults:
    for path in list_files(*PRODUCT, ending=".py"):
        lines = []
        for number, line in enumerate(read(path).splitlines(), start=1):
            _code, mark, comment = line.partition("# ")
            lines.append((number, comment if mark else ""))
        for node in nodes(path):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                lines.append((getattr(node, "lineno", 1), ast.get_docstring(node) or ""))
        yield from _find_words(name(path), iter(lines), DIALECT)


def limits_are_named_max() -> Faults:
    for path, node in walk(*PRODUCT):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name) and re.match(
                    r"_?(MOST|LONGEST|LARGEST)(_|$)", target.id
                ):
                    yield f"{place_of(path, node)} {target.id}"


RULES: list[Callable[[], Faults]] = [
    modules_are_short,
    functions_are_short,
    folders_are_small,
    services_leave_the_commit_to_the_edge,
    the_time_is_read_at_the_edge,
    raw_sql_stays_behind_its_door,
    what_is_known_of_a_member_is_a_row_in_domain,
    pages_use_the_words_of_people,
    pages_and_messages_use_plain_english,
    templates_escape_every_text,
    docs_use_the_words_of_people,
    docs_use_plain_english,
    docstrings_say_what_a_caller_gets,
    docstrings_and_comments_use_plain_english,
    limits_are_named_max,
]


class TestHouse:
    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
    def test_keeps_its_rule(self, rule: Callable[[], Faults]) -> None:
        faults = sorted(rule())

        assert faults == [], "\n".join(faults)


def _calls(node: ast.AST, method: str) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
    )


def _owner(node: ast.AST) -> str:
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Attribute)
    return ast.unparse(node.func.value).rpartition(".")[2]


def _find_words(place: str, lines: Iterator[tuple[int, str]], words: dict[str, str]) -> Faults:
    any_of_them = re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)
    for number, line in lines:
        for found in any_of_them.finditer(line):
            instead = next(
                instead
                for pattern, instead in words.items()
                if re.compile(rf"(?:{pattern})\b", re.IGNORECASE).match(line, found.start())
            )
            yield f"{place}:{number} “{found[0]}”: write {instead}"

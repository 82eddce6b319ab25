"""Print how much code the product has: lines of Python apart from comments, docstrings and blanks.

    python -m scripts.count_code [REVISION...]

Imports and tables (assignments of three lines and more at the top of a module) are counted apart,
since the first grow with the number of modules and the second are data.
"""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tokenize
from collections import Counter

PRODUCT = ("scanner_app/", "hardware/")
LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
MIN_TABLE_LINES = 3


def git(*words: str) -> str:
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout


def count(text: str) -> Counter[str]:
    """Return the lines of a module's text that are imports, tables and other code."""
    tree = ast.parse(text)
    imports, tables, docstrings = set[int](), set[int](), set[int]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports |= _lines(node)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node, clean=False
        ):
            docstrings |= _lines(node.body[0])
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and len(_lines(node)) > MIN_TABLE_LINES:
            tables |= _lines(node)
    code = set[int]()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in LAYOUT:
            code |= set(range(token.start[0], token.end[0] + 1))
    code -= docstrings
    return Counter(
        imports=len(code & imports),
        tables=len((code & tables) - imports),
        other=len(code - imports - tables),
    )


def _lines(node: ast.stmt) -> set[int]:
    return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))


def main() -> None:
    for revision in sys.argv[1:] or ["HEAD"]:
        total: Counter[str] = Counter()
        for path in git("ls-tree", "-r", "--name-only", revision, *PRODUCT).split():
            if path.endswith(".py"):
                total += count(git("show", f"{revision}:{path}"))
        kinds = ", ".join(f"{lines} {kind}" for kind, lines in total.items())
        print(f"{revision}: {sum(total.values())} lines: {kinds}")


if __name__ == "__main__":
    main()

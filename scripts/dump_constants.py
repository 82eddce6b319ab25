"""Write out every constant of the rules: tables, limits, words, sentences, patterns, defaults.

`tests/constants` holds them as text, one file a module: whoever changes a word or a limit sees
it beside its neighbours in the change, and a table that changes by mistake fails a test.
"""

from __future__ import annotations

import ast
import enum
import importlib
import inspect
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "tests" / "constants"
FOLDERS = (
    "scanner_app/domain",
    "scanner_app/decoding/codes",
    "scanner_app/decoding/epc",
    "hardware/protocols",
)
WIDTH = 110


def list_modules() -> list[str]:
    """Return the names of the modules whose constants are kept."""
    files = (file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))
    named = (".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files)
    return sorted(name for name in named if not name.endswith("__init__"))


def dump_module(name: str) -> str:
    """Return the constants of a module as text; empty if it has none."""
    module = importlib.import_module(name)
    assert module.__file__ is not None
    lines: list[str] = []
    for node in ast.parse(Path(module.__file__).read_text()).body:
        for target in _names_of(node):
            value = getattr(module, target, None)
            if isinstance(node, ast.ClassDef):
                lines += _show_class(value) if isinstance(value, type) else []
            elif not isinstance(value, type):  # another name for a class says nothing new
                lines += _show(target, value)
    return "\n".join(lines) + "\n" if lines else ""


def file_of(name: str) -> Path:
    """Return where the constants of a module are kept."""
    return KEPT / f"{name}.txt"


def _names_of(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        yield node.name
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            parts = target.elts if isinstance(target, ast.Tuple) else [target]
            yield from (part.id for part in parts if isinstance(part, ast.Name))


def _show(name: str, value: Any) -> list[str]:
    if inspect.isfunction(value):
        return [f"{name}({given})" for given in [_show_defaults(value)] if given]
    if getattr(value, "__module__", None) == "typing" or isinstance(value, types.UnionType):
        return []
    return [f"{name} =", *_indent(_lines(value))]


def _show_class(class_: type) -> list[str]:
    if issubclass(class_, enum.Enum):
        return [class_.__name__, *(f"  {m.name} = {m.value!r}" for m in class_)]
    lines = []
    if is_dataclass(class_):
        given = [f for f in fields(class_) if f.default is not MISSING]
        lines += [f"  {f.name} = {_brief(f.default)}" for f in given]
    for name, member in vars(class_).items():
        plain = getattr(member, "__func__", member)
        if inspect.isfunction(plain) and not name.startswith("__"):
            lines += [f"  {name}({shown})" for shown in [_show_defaults(plain)] if shown]
    return [class_.__name__, *lines] if lines else []


def _show_defaults(function: types.FunctionType) -> str:
    given = inspect.signature(function).parameters.values()
    return ", ".join(f"{p.name}={_brief(p.default)}" for p in given if p.default is not p.empty)


def _lines(value: Any) -> list[str]:
    """Return a value over several lines if one line would be too long."""
    brief = _brief(value)
    if len(brief) <= WIDTH:
        return [brief]
    if isinstance(value, Mapping):
        pairs = [(_brief(key), _lines(item)) for key, item in value.items()]
        return [line for key, inside in pairs for line in (f"{key}:", *_indent(inside))]
    if is_dataclass(value) and not isinstance(value, type):
        shown = [type(value).__name__]
        for field in fields(value):
            inside = _lines(getattr(value, field.name))
            shown += (
                [f"  {field.name}: {inside[0]}"]
                if len(inside) == 1
                else [f"  {field.name}:", *_indent(_indent(inside))]
            )
        return shown
    if isinstance(value, AbstractSet):
        return [line for item in sorted(value, key=_brief) for line in _lines(item)]
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [line for item in value for line in _lines(item)]
    return [brief]


def _brief(value: Any) -> str:  # noqa: PLR0911 - one line a type
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, re.Pattern):
        return f"/{value.pattern!r}/{value.flags & ~int(re.UNICODE)}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_brief(k)}: {_brief(v)}" for k, v in value.items()) + "}"
    if is_dataclass(value):
        shown = ", ".join(f"{f.name}={_brief(getattr(value, f.name))}" for f in fields(value))
        return f"{type(value).__name__}({shown})"
    if isinstance(value, AbstractSet):
        return "{" + ", ".join(sorted(map(_brief, value))) + "}"
    if isinstance(value, list | tuple):
        return "(" + ", ".join(map(_brief, value)) + ")"
    if callable(value):
        return getattr(value, "__qualname__", type(value).__name__)
    # Objects that are not compared by value would show where they lie in memory.
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def _indent(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def main() -> None:
    """Write the constants of each module, and remove what is no module any more."""
    KEPT.mkdir(exist_ok=True)
    wanted = {}
    for name in list_modules():
        if text := dump_module(name):
            wanted[file_of(name)] = text
    for file in set(KEPT.glob("*.txt")) - set(wanted):
        file.unlink()
    for file, text in wanted.items():
        file.write_text(text)


if __name__ == "__main__":
    main()

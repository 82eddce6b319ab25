"""Write every text of the interface into the catalogues of `translations/`: `make words`.

What is translated stays; what is new is empty; what is no longer used is dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment

from scanner_app.edge.words.catalogue import NUMBERS
from scanner_app.edge.words.scripts import ScriptWords
from scanner_app.edge.words.templates import TemplateWords
from scripts.words.python_texts import gather_python

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "translations"
# A page that shows every component with invented texts, and the description of the API.
LEFT_OUT = ("patterns.html", "api/docs.html")

HEAD = "# The texts of scanner-app: English, and below each what it is in this language."

Key = str | tuple[str, str]
Found = tuple[Key, str, int]


class Gathered:
    """Takes down what a template would be translated with."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: list[Found] = []

    def say(self, text: str, line: int = 0) -> str:
        self.found.append((text, self.name, line))
        return text

    def say_forms(self, one: str, many: str, line: int = 0) -> list[str]:
        self.found.append(((one, many), self.name, line))
        return [one, many]


def gather_templates() -> Iterator[Found]:
    """Yield message, file and line of every text of the templates."""
    environment = Environment(trim_blocks=True, lstrip_blocks=True, autoescape=True)
    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = path.relative_to(ROOT / "templates").as_posix()
        if name not in LEFT_OUT:
            words = Gathered(f"templates/{name}")
            TemplateWords(words).translate(environment.parse(path.read_text()))
            yield from words.found


def gather_scripts() -> Iterator[Found]:
    """Yield message, file and line of every text of the scripts."""
    for path in sorted((ROOT / "static/js").rglob("*.js")):
        words = Gathered(path.relative_to(ROOT).as_posix())
        ScriptWords(words.say, words.say_forms).translate(path.read_text())
        yield from words.found


def gather(numbers: dict[str, set[str]] | None = None) -> dict[Key, list[tuple[str, int]]]:
    """Return every message of the interface, with where it is used.

    :param numbers: takes for each message which of its placeholders stand for a number.
    """
    messages: dict[Key, list[tuple[str, int]]] = {}
    for source in (gather_templates(), gather_python(numbers), gather_scripts()):
        for key, name, line in source:
            messages.setdefault(key, []).append((name, line))
    # gettext finds a message by its first form, so a form cannot be a separate message too.
    forms = {form for key in messages if not isinstance(key, str) for form in key}
    return {key: places for key, places in messages.items() if key not in forms}


def update(path: Path) -> list[Key]:
    """Write what is used now into a catalogue; return what has no translation in it."""
    with path.open("rb") as file:
        old = read_po(file, locale=path.stem)
    known: dict[Key, str | tuple[str, ...]] = {
        (
            message.id if isinstance(message.id, str) else (message.id[0], message.id[1])
        ): message.string
        for message in old
        if message.id and not message.context
    }
    special = [message for message in old if message.context]
    new = Catalog(locale=path.stem, header_comment=HEAD, fuzzy=False)
    missing = []
    numbers: dict[str, set[str]] = {}
    for key, places in gather(numbers).items():
        own = known.get(key, "" if isinstance(key, str) else ("", ""))
        if not own or not all(own):
            missing.append(key)
        new.add(
            key,
            own,
            locations=[(name, 0) for name in sorted({name for name, _ in places})[:1]],
            auto_comments=_comment(numbers.get(key if isinstance(key, str) else key[1], ())),
        )
    for message in special:
        new.add(message.id, message.string, context=message.context)
    with path.open("wb") as file:
        write_po(file, new, width=100, include_lineno=False, omit_header=False)
    text = path.read_text()
    kept = ("Language:", "Plural-Forms:", "MIME-Version:", "Content-T")
    head, line, rest = text.partition("\n\n")
    lines = [one for one in head.split("\n") if one[:1] != '"' or one[1:].startswith(kept)]
    path.write_text("\n".join(lines) + line + rest.rstrip() + "\n")
    return missing


def _comment(numbers: Collection[str]) -> list[str]:
    """Return what tells the reader of a catalogue where a value is a number, not a name."""
    return [f"{NUMBERS} {' '.join(sorted(numbers))}"] if numbers else []


def main() -> None:
    for path in sorted(FOLDER.glob("*.po")):
        missing = update(path)
        print(f"{path.name}: {len(missing)} texts without a translation")


if __name__ == "__main__":
    main()

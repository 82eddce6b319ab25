"""Scripts in another language: the texts in their literals are exchanged when a script is sent.

Scripts are written in English without any marks, as templates are. What a text is can be seen from
its literal and from what comes before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanner_app.edge.words.markup import LETTER

_EXPRESSION = r"\$\{(?:[^{}`]|\{[^{}]*\}|`(?:\\.|\$\{[^{}`]*\}|[^`\\$])*`)*\}"
_TOKEN = re.compile(
    rf"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'"""
    rf"""|`(?:\\.|{_EXPRESSION}|[^`\\])*`"""
    r"""|/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[dgimsuvy]*(?=\s*[.,;)\]])""",
    re.DOTALL,
)
_HELD = re.compile(_EXPRESSION, re.DOTALL)
_LITERAL = r"(\"(?:\\.|[^\"\\\n])*\"|`(?:\\.|[^`\\])*`)"
_CHOICE = re.compile(rf"(.+?)\s*\?\s*{_LITERAL}\s*:\s*{_LITERAL}", re.DOTALL)
_ONE = re.compile(r"(.+?)\s*===\s*1", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_]\w*")
_PLACE = re.compile(r"\{(\w+)\}")
# Before a name of something: a selector, a key of the keyboard, a file, a class.
_NAMING = re.compile(
    r"(?:[=!]==?|case|from|import|querySelector(?:All)?\(|matches\(|closest\(|matchMedia\("
    r"|find\(|findAll\(|all\(|getAttribute\(|setAttribute\(\"\w+\",|classList\.\w+\(|\bkey:)\s*$"
    r"|(?:text|make|element)\(\"\w+\",\s*$"
)
_WORD = re.compile(r"[A-Z][a-z]+[.…?]?")
_PHRASE = re.compile(r"[^\W\d_]{2,}[^\n]*\s+[^\n]*[^\W\d_]{2,}", re.DOTALL)
# A placeholder with a word beside it.
_NEXT_TO = re.compile(r"\} ?[a-z]{3,}|[^\W\d_]{2,}:? “?\{")
_CODE = re.compile(
    r"^[/.#\[]|\w/\w[\w/]*$|\w\[|\]$|:\w+\(|[\w-]+=|;|^[\w-]+\(|\w\.\w|xMidYMid|^\w+ > "
    r"|\}(?:px|deg)|</|^(?:stock|open) \{"
)
_CLASSES = frozenset(
    [
        "big",
        "button",
        "code",
        "muted",
        "one-line",
        "primary",
        "quiet",
        "row",
        "small",
        "strong",
        "wide",
        "svg",
        "input",
    ]
)
# A longer expression is not named by the last word in it.
MAX_NAMED = 60
# Words that name a key, a header or a kind of code.
NAMES = frozenset(
    [
        "Enter",
        "Escape",
        "Tab",
        "Backspace",
        "Process",
        "Unidentified",
        "Dead",
        "Shift",
        "Control",
        "Alt",
        "Meta",
        "Hyper",
        "Delete",
        "Home",
        "End",
        "Plain",
        "Aztec",
        "Telepen",
        "Codabar",
        "Secret",
        "Insert",
        "Space",
        "Accept",
        "Authorization",
        "Super",
        "Symbol",
        "Fn",
        "Compose",
        "Clear",
    ]
)


@dataclass(frozen=True, slots=True)
class Held:
    """A literal's message, and the expressions that its placeholders stand for."""

    text: str
    expressions: dict[str, str]


def find_literals(script: str) -> Iterator[re.Match[str]]:
    """Yield the literals of a script that may hold a text."""
    for found in _TOKEN.finditer(script):
        if found[0][0] in "\"'`" and not _NAMING.search(
            script[max(0, found.start() - 60) : found.start()]
        ):
            yield found


def is_script_text(text: str) -> bool:
    """Return whether the message of a literal is for people."""
    bare = _PLACE.sub("", text)
    if not LETTER.search(bare) or text in NAMES or _CODE.search(text):
        return False
    words = bare.split()
    is_class = bare.islower() and any(word in _CLASSES or "-" in word for word in words)
    if is_class and "{" not in text and not text.endswith("."):
        return False
    return bool(_WORD.fullmatch(text) or _PHRASE.search(bare) or _NEXT_TO.search(text))


class ScriptWords:
    """Exchanges the texts of one script.

    :param say: returns a message in the reader's language.
    :param say_forms: returns the two forms of a message with a number.
    """

    def __init__(
        self,
        say: Callable[[str], str],
        say_forms: Callable[[str, str], list[str]],
        language: str = "en",
    ) -> None:
        self._say = say
        self._say_forms = say_forms
        self._language = language

    def translate(self, script: str) -> str:
        """Return a script with its texts exchanged."""
        parts, at = [], 0
        for found in find_literals(script):
            parts += [script[at : found.start()], self._literal(found[0])]
            at = found.end()
        whole = "".join([*parts, script[at:]])
        return whole.replace('toLocaleString("en")', f'toLocaleString("{self._language}")')

    def _literal(self, literal: str) -> str:
        inner = literal[1:-1]
        if literal[0] == "`":
            return self._template(inner)
        text = inner.strip()
        if "\\" in text or not is_script_text(text):
            return literal
        said = self._say(text)
        return (
            literal
            if said == text
            else literal[0] + inner.replace(text, _quote(said, literal[0])) + literal[0]
        )

    def _template(self, inner: str) -> str:
        for found in _HELD.finditer(inner):
            choice = _CHOICE.fullmatch(found[0][2:-1].strip())
            outside = LETTER.search(_HELD.sub("", inner))
            if choice and outside:
                cases = [
                    inner[: found.start()] + one[1:-1] + inner[found.end() :]
                    for one in choice.groups()[1:]
                ]
                return self._choose(choice[1], cases)
        held = hold(inner)
        text = held.text.strip()
        if not is_script_text(text):
            return f"`{self._inside(inner)}`"
        return self._put(held, self._say(text))

    def _choose(self, test: str, cases: list[str]) -> str:
        """Return one of two whole sentences, by the test that chose between two parts of one."""
        first, second = hold(cases[0]), hold(cases[1])
        is_plain = not any(_CHOICE.search(one[2:-1]) for one in _HELD.findall(cases[0]))
        if _ONE.fullmatch(test) and is_plain:
            one, many = self._say_forms(first.text.strip(), second.text.strip())[:2]
            return f"({test} ? {self._put(first, one)} : {self._put(second, many)})"
        return f"({test} ? {self._template(cases[0])} : {self._template(cases[1])})"

    def _put(self, held: Held, said: str) -> str:
        text = held.text
        lead = text[: len(text) - len(text.lstrip())]
        tail = text[len(text.rstrip()) :] if text.strip() else ""
        whole = _quote(lead + said + tail, "`")
        return (
            "`"
            + _PLACE.sub(
                lambda found: self._inside(held.expressions.get(found[1], found[0])), whole
            )
            + "`"
        )

    def _inside(self, source: str) -> str:
        """Return expressions with the literals in them exchanged."""
        return _HELD.sub(lambda found: "${" + self.translate(found[0][2:-1]) + "}", source)


def hold(inner: str) -> Held:
    """Return the message of a template literal: its expressions are placeholders."""
    expressions: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        words = [
            one
            for one in _NAME.findall(found[0])
            if one not in {"length", "toLocaleString", "toFixed"}
        ]
        key = words[-1] if words and len(found[0]) < MAX_NAMED else "value"
        free = (
            key
            if key not in expressions
            else next(f"{key}{n}" for n in range(2, 50) if f"{key}{n}" not in expressions)
        )
        expressions[free] = found[0]
        return f"{{{free}}}"

    return Held(_HELD.sub(name, inner), expressions)


def _quote(text: str, quote: str) -> str:
    return text.replace(quote, "\\" + quote) if quote != "`" else text.replace("`", "\\`")

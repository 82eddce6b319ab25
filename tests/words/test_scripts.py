"""Scripts in another language: their literals are exchanged, their names and keys are not."""

from __future__ import annotations

import pytest

from scanner_app.edge.words.scripts import ScriptWords

TEXTS = {
    "Try again": "Noch einmal",
    "Nothing waits. Go on.": "Nichts wartet. Weiter.",
    "{unsent} not sent": "{unsent} nicht gesendet",
    "{thing} is saved.": "{thing} ist gespeichert.",
}
FORMS = {("{kept} item kept", "{kept} items kept"): ["{kept} Ding", "{kept} Dinge"]}


@pytest.fixture(scope="module")
def words():
    return ScriptWords(
        lambda text: TEXTS.get(text, text), lambda a, b: FORMS.get((a, b), [a, b]), "de"
    )


@pytest.mark.parametrize(
    ("script", "own"),
    [
        ('say("Try again");', 'say("Noch einmal");'),
        ("a = b ? `${unsent} not sent` : '';", "a = b ? `${unsent} nicht gesendet` : '';"),
        ('if (key === "Try again") go();', 'if (key === "Try again") go();'),
        ('root.querySelector("Try again")', 'root.querySelector("Try again")'),
        ("// Try again\n/* 'Try again' */", "// Try again\n/* 'Try again' */"),
        (
            '`${kept} item${kept === 1 ? "" : "s"} kept`',
            "(kept === 1 ? `${kept} Ding` : `${kept} Dinge`)",
        ),
        ('n.toLocaleString("en")', 'n.toLocaleString("de")'),
        (r"x = /[`'\"]/.test(y)", r"x = /[`'\"]/.test(y)"),
    ],
)
def test_only_texts_for_people_are_exchanged(words, script, own):
    assert words.translate(script) == own

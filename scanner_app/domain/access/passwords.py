"""Which passwords are taken: long enough, not endless, not among those tried first."""

from __future__ import annotations

import re
import unicodedata

from scanner_app.domain.access.leaked_passwords import is_leaked
from scanner_app.domain.errors import Invalid

SHORTEST = 10
LONGEST = 1024
VARIETY = 4

# Guessers stretch these: `P@ssw0rd!2026`, `123qwerty123`, `scannerscanner`.
WORDS = """
    password passwort passwd pass mypassword motdepasse contrasena senha parola
    admin administrator root superuser user test testing demo guest default temp secret
    welcome willkommen bienvenue letmein login changeme changeit changemenow
    qwerty qwertz azerty qwertyuiop asdf asdfgh asdfghjkl zxcvbn zxcvbnm
    iloveyou loveyou football baseball dragon monkey master shadow sunshine princess superman
    spring summer autumn winter january february march april june july august september october
    november december monday tuesday wednesday thursday friday saturday sunday
    scanner scannerapp scan inventory audit asset stockroom technician company office
    correcthorsebatterystaple
"""
STEMS = frozenset(WORDS.split())
RUNS = (
    "12345678901234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
)
PLAIN = str.maketrans("0134578@$!|", "oleastbasil")


def check_password(password: str) -> None:
    """Take a password or say why not.

    :raises Invalid: with the reason by field `password`.
    """
    problem = None
    if len(password) < SHORTEST:
        problem = f"Use at least {SHORTEST} characters; a short sentence does well."
    elif len(password) > LONGEST:
        problem = f"Use at most {LONGEST} characters."
    elif any(unicodedata.category(c) in {"Cc", "Cs"} for c in password):
        problem = "Leave out control characters."
    elif is_guessed(password):
        problem = "This one is among the first that are tried. Choose another."
    if problem:
        raise Invalid("That password cannot be used.", errors={"password": [problem]})


def is_guessed(password: str) -> bool:
    """Tell whether a guesser tries a password early: leaked often, a run of keys, a worn word."""
    text = unicodedata.normalize("NFKC", password).casefold()
    if len(set(text)) < VARIETY or is_leaked(text):
        return True
    if any(text in run or text in run[::-1] for run in RUNS):
        return True
    return _find_unit(text) in STEMS or any(_find_unit(stem) in STEMS for stem in _stems(text))


def _find_unit(text: str) -> str:
    """Give the shortest piece that a text repeats: `scanscan` gives `scan`."""
    return text[: (text + text).index(text, 1)] if text else text


def _stems(text: str) -> set[str]:
    """Give what is left without the digits and signs around a word, and within it."""
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    joined = re.sub(r"[\W_]+", "", bare)
    plain = text.translate(PLAIN)
    # `p@ssw0rd123`: the signs within stand for letters, those behind do not.
    inner = re.sub(r"[\W_]+", "", bare.translate(PLAIN))
    return {bare, joined, inner, re.sub(r"[\W\d_]+", "", plain)}

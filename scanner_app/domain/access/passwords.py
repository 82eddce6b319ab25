"""Which passwords are accepted: long enough, not endless, and not among those tried first."""

from __future__ import annotations

import re
import unicodedata

from scanner_app.domain.access.leaked_passwords import is_leaked
from scanner_app.domain.errors import Invalid

MIN_LENGTH = 10
MAX_LENGTH = 1024
VARIETY = 4

# Guessers add to these words: `P@ssw0rd!2026`, `123qwerty123`, `scannerscanner`.
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
    """Raise unless a password can be used.

    :raises Invalid: the reason, under the field `password`.
    """
    problem = None
    if len(password) < MIN_LENGTH:
        problem = f"Use at least {MIN_LENGTH} characters. A short sentence works well."
    elif len(password) > MAX_LENGTH:
        problem = f"Use at most {MAX_LENGTH} characters."
    elif any(unicodedata.category(c) in {"Cc", "Cs"} for c in password):
        problem = "Leave out control characters."
    elif is_guessed(password):
        problem = "This password is one of the first that attackers try. Choose another."
    if problem:
        raise Invalid("That password cannot be used.", errors={"password": [problem]})


def is_guessed(password: str) -> bool:
    """Return whether attackers try a password early: often leaked, a run of keys, a common word."""
    text = unicodedata.normalize("NFKC", password).casefold()
    if len(set(text)) < VARIETY or is_leaked(text):
        return True
    if any(text in run or text in run[::-1] for run in RUNS):
        return True
    return _find_unit(text) in STEMS or any(_find_unit(stem) in STEMS for stem in _stems(text))


def _find_unit(text: str) -> str:
    """Return the shortest part that a text repeats: `scan` for `scanscan`."""
    return text[: (text + text).index(text, 1)] if text else text


def _stems(text: str) -> set[str]:
    """Return what remains without the digits and signs around a word, and inside it."""
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    joined = re.sub(r"[\W_]+", "", bare)
    plain = text.translate(PLAIN)
    # `p@ssw0rd123`: the signs inside stand for letters, those at the end do not.
    inner = re.sub(r"[\W_]+", "", bare.translate(PLAIN))
    return {bare, joined, inner, re.sub(r"[\W\d_]+", "", plain)}

"""Which passwords are taken: long enough, not endless, not among those tried first."""

from __future__ import annotations

import unicodedata

from scanner_app.domain.errors import Invalid

SHORTEST = 10
LONGEST = 1024

# The passwords of ten and more characters that lead the published lists of leaked ones, and the
# patterns they are made of; shorter ones fall to the length rule.
COMMON = frozenset(
    [
        "1234567890",
        "0123456789",
        "12345678910",
        "123456789a",
        "1234567891",
        "0987654321",
        "1q2w3e4r5t",
        "qwertyuiop",
        "1qaz2wsx3edc",
        "q1w2e3r4t5",
        "qwerty12345",
        "qwerty123456",
        "password123",
        "password1234",
        "passw0rd123",
        "p@ssw0rd123",
        "p@ssword123",
        "password12",
        "password123!",
        "administrator",
        "admin12345",
        "admin123456",
        "iloveyou123",
        "letmein123",
        "welcome123",
        "welcome1234",
        "football123",
        "baseball123",
        "superman123",
        "princess123",
        "sunshine123",
        "changeme123",
        "changemenow",
        "abcdefghij",
        "abc1234567",
        "abcd123456",
        "1111111111",
        "0000000000",
        "1212121212",
        "1231231231",
        "9876543210",
        "asdfghjkl1",
        "asdfghjkl;",
        "zxcvbnm123",
        "qazwsxedcr",
        "michelle123",
        "basketball",
        "chocolate1",
        "liverpool1",
        "manchester",
        "unbelievable",
        "correcthorsebatterystaple",
        "scannerapp",
        "scanner-app",
        "scanner123",
    ]
)
VARIETY = 4


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
    elif password.casefold() in COMMON or len(set(password)) < VARIETY:
        problem = "This one is among the first that are tried. Choose another."
    if problem:
        raise Invalid("That password cannot be used.", errors={"password": [problem]})

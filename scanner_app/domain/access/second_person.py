"""The one rule of steps that a second person takes: it is a person, and it is another one.

Accounts and tokens do not matter, only who is behind them. A program that nobody owns may be the
first person's own, so it is never the second one.
"""

from __future__ import annotations

from collections.abc import Collection

CODE = "second_person_required"
# Keys of people begin so; those of programs that nobody owns do not.
PERSON = "user:"
OF_PROGRAM = "A program that no person owns cannot do this. Somebody has to sign in."


def refuse_second(
    person: str | None, first: Collection[str], *, of_same: str, of_program: str = OF_PROGRAM
) -> str | None:
    """Return why somebody may not take a step that a second person takes; None if they may.

    :param person: who is behind the account or token; None for a program of nobody.
    :param first: the person keys of those who did what the step looks at.
    :param of_same: the sentence for one of those.
    """
    if person is None:
        return of_program
    return of_same if person in first else None

"""The codes of blank labels: different, hard to guess, and a slip is noticed."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from scanner_app.domain.labels.blanks import (
    ALPHABET,
    MAX_ROLL,
    NUMBERS,
    draw_blanks,
    is_blank_code,
    write_blank,
)
from scanner_app.queries.labels.rolls import list_blanks
from scanner_app.services.labels.rolls import make_roll


def codes():
    return st.integers(0, NUMBERS - 1).map(lambda n: write_blank("L-", n)).filter(bool)


class TestBlankCode:
    @given(code=codes(), at=st.integers(2, 8), sign=st.sampled_from(ALPHABET))
    def test_with_one_wrong_character_is_noticed(self, code: str, at: int, sign: str):
        slipped = code[:at] + sign + code[at + 1 :]

        assert is_blank_code(slipped, "L-") == (slipped == code)

    @given(code=codes(), at=st.integers(2, 7))
    def test_with_two_swapped_neighbours_is_noticed(self, code: str, at: int):
        swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]

        assert is_blank_code(swapped, "L-") == (swapped == code)

    def test_of_a_roll_is_never_twice_and_follows_no_order(self):
        drawn = draw_blanks("L-", 1000, random.Random(7).randrange)

        assert len(set(drawn)) == 1000
        assert drawn != sorted(drawn)
        assert all(is_blank_code(code, "L-") for code in drawn)

    def test_is_short_enough_for_the_smallest_symbol(self):
        assert len(write_blank("L-", 5)) == 9


class TestMakeRoll:
    def test_looks_up_which_codes_are_taken_once_a_part(self, work):
        seen: list[str] = []
        with work() as session:
            engine = session.get_bind()

            def keep(_connection, _cursor, statement, *_: object) -> None:
                seen.append(statement)

            event.listen(engine, "before_cursor_execute", keep)
            try:
                roll_id = make_roll(
                    session, prefix="Q-", count=1000, actor="Ana", now=datetime.now(UTC)
                )
            finally:
                event.remove(engine, "before_cursor_execute", keep)
            blanks = list_blanks(session, roll_id, first=1, last=1000)

        assert len({blank.code for blank in blanks}) == 1000
        assert len(seen) < 12


class TestRollPages:
    def test_make_a_roll_print_it_and_withdraw_one(self, admin, office):
        made = admin.post("/labels/rolls", data={"prefix": "x-", "count": "25"})
        path = made.headers["Location"]
        page = admin.get(path).text
        [first] = re.findall(r"<h1>Roll of <span class=\"code\">([^<]+)<", page)

        printed = admin.post(
            f"{path}/print",
            data={"stock": "dymo-11352", "design": "matrix-text", "first": "1", "last": "3"},
        )
        admin.post(f"{path}/withdrawal", data={"code": first.lower()})
        again = admin.post(f"{path}/withdrawal", data={"code": first}, follow_redirects=True)

        assert is_blank_code(first, "X-")
        assert printed.data.count(b"/Type /Page\n") == 3
        assert "is not a free label" in again.text
        assert "printed" in admin.get(path).text
        assert first in admin.get("/labels/rolls").text

    @pytest.mark.parametrize(
        ("field", "value"), [("prefix", ""), ("prefix", "ÄÖ-"), ("count", "0"), ("count", "99999")]
    )
    def test_refuse_a_roll_with_the_reason_at_its_field(self, admin, office, field, value):
        answer = admin.post("/labels/rolls", data={"prefix": "L-", "count": "5", field: value})

        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
        assert f"{MAX_ROLL:,}" in answer.text or "capital letters" in answer.text

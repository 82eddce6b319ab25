"""Which passwords are taken, and that each is hashed whole."""

from __future__ import annotations

import unicodedata

import pytest
from argon2 import PasswordHasher

from scanner_app.domain.access.passwords import MAX_LENGTH, check_password
from scanner_app.domain.errors import Invalid, Unavailable
from scanner_app.services.access import passwords

REFUSED = {
    "empty": "",
    "one short": "nine char",
    "a megabyte": "ab cd" * 200_000,
    "one too long": "abcd " * 204 + "abcde",
    "NUL": "a shelf\x00 of lamps",
    "newline": "a shelf\n of lamps",
    "lone surrogate": "a shelf \ud800 of lamps",
    "three letters over and over": "abcabcabcabc",
    "digits in a row": "12345678901234",
    "keys in a row, backwards": "poiuytrewq",
    "leaked": "1q2w3e4r5t6y",
    "leaked, in capitals": "PASSWORD123",
    "leaked, full-width": "ｐａｓｓｗｏｒｄ１２３",
    "a worn word and a year": "Summer2026!",
    "signs for letters": "P@ssw0rd!2026",
    "a word twice": "scannerscanner",
    "the famous four words": "correct horse battery staple",
}
TAKEN = {
    "a sentence": "a shelf of lamps",
    "with an emoji": "lamp \N{ELECTRIC LIGHT BULB} shelf",
    "with blanks at the end": "wardrobe lamp   ",
    "more bytes than bcrypt takes": "wardrobe lamp " * 8,
    "as long as may be": ("a shelf of lamps " * 100)[:MAX_LENGTH],
    "accents": "étagère à lampes",
    "another script": "полка с лампами",
}


class TestCheckPassword:
    @pytest.mark.parametrize("password", REFUSED.values(), ids=REFUSED.keys())
    def test_refuses_with_a_reason_for_the_field(self, password: str):
        with pytest.raises(Invalid) as refused:
            check_password(password)

        assert len(refused.value.errors["password"]) == 1

    @pytest.mark.parametrize("password", TAKEN.values(), ids=TAKEN.keys())
    def test_takes_what_nobody_tries_first(self, password: str):
        check_password(password)


@pytest.mark.slow
class TestIsPassword:
    def test_never_trims_or_cuts(self):
        long = "wardrobe lamp " * 8
        stored = passwords.hash_password(long)

        assert passwords.is_password(stored, long)
        for other in (long.strip(), long[:72], long + " ", long.upper()):
            assert not passwords.is_password(stored, other)

    def test_takes_a_letter_with_accent_however_the_keyboard_writes_it(self):
        stored = passwords.hash_password(unicodedata.normalize("NFC", "étagère à lampes"))

        assert passwords.is_password(stored, unicodedata.normalize("NFD", "étagère à lampes"))

    @pytest.mark.parametrize("stored", ["", "x", "$argon2id$v=19$broken", "plain text"])
    def test_says_no_to_a_hash_that_is_none(self, stored: str):
        assert not passwords.is_password(stored, "a shelf of lamps")

    @pytest.mark.parametrize("tried", ["", "x" * 2_000_000, "a\x00b", "\ud800"])
    def test_says_no_to_odd_input_without_an_error(self, tried: str):
        assert not passwords.is_password(None, tried)

    def test_costs_the_same_where_there_is_nobody(self):
        real = passwords.hash_password("a shelf of lamps").split("$")
        nobody = passwords.NOBODY.split("$")

        assert nobody[:4] == real[:4]  # argon2id, version, memory, time and lanes
        assert [len(part) for part in nobody] == [len(part) for part in real]
        assert PasswordHasher().check_needs_rehash(passwords.NOBODY) is False

    def test_gives_up_with_a_503_where_all_places_are_taken(self, monkeypatch):
        monkeypatch.setattr(passwords, "WAIT_SECONDS", 0)
        for _ in range(passwords.SLOTS):
            assert passwords.slots.acquire(blocking=False)
        try:
            with pytest.raises(Unavailable):
                passwords.is_password(None, "a shelf of lamps")
        finally:
            for _ in range(passwords.SLOTS):
                passwords.slots.release()
        assert not passwords.is_password(None, "a shelf of lamps")


class TestStrengthenHash:
    def test_leaves_a_hash_of_today(self):
        password = "a shelf of lamps"

        assert passwords.strengthen_hash(passwords.hash_password(password), password) is None

    def test_makes_a_weaker_one_anew(self):
        weak = PasswordHasher(time_cost=1, memory_cost=32).hash("a shelf of lamps")

        stronger = passwords.strengthen_hash(weak, "a shelf of lamps")

        assert stronger is not None
        assert passwords.is_password(stronger, "a shelf of lamps")

"""What people typed stays as it is on a German page, even where it reads like a sentence of ours."""

from __future__ import annotations

import json

import pytest
from markupsafe import escape

from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.text import MARKS_TYPED, mark_typed
from scanner_app.edge.words.catalogue import load_catalogue
from scanner_app.edge.words.environment import Teller
from tests.conftest import NOW
from tests.support.register import add_asset, add_location, add_person

pytestmark = pytest.mark.either_database

# A status, a state, a number as English writes it, and sentences of ours, with and without a value.
ORDINARY = ("In stock", "Missing")
OURS = ("Nothing is left to decide here.", "Ana is inside it.")
TYPED = (*ORDINARY, "1,234", "1,234 assets", *OURS)


@pytest.fixture
def teller():
    return Teller(load_catalogue("de"))


def test_sentences_of_ours_are_what_a_german_page_would_exchange(teller):
    for sentence in OURS:
        assert teller.tell(sentence) != sentence
    assert teller.show("1,234") == "1.234"


def fill(work, admin, number: int, typed: str) -> None:
    """Type a text in every kind of place of one asset, its location and its person."""
    with work() as session:
        room = add_location(session, f"R-{number}", typed, now=NOW)
        person = add_person(session, f"100{number}", typed, now=NOW)
        add_asset(
            session,
            f"LT-{number}",
            name=typed,
            location=room,
            home=room,
            custodian=person,
            now=NOW,
        )
    answer = admin.patch(
        f"/api/v1/assets/LT-{number}",
        json={"notes": typed, "custom": {"Colour": typed}},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 200, answer.text


def count_in(client, path: str, typed: str, language: str) -> int:
    text = client.get(path, headers={"Accept-Language": language}).text
    return text.count(str(escape(typed)))


@pytest.mark.parametrize("typed", TYPED)
def test_is_on_a_german_page_as_often_as_on_an_english_one(work, admin, typed):
    fill(work, admin, 1, typed)
    fill(work, admin, 2, "Something else")
    for path in ("/assets/LT-{}", "/assets/LT-{}/edit", "/locations/R-{}", "/assets?q=LT-{}"):
        # What the same page of another asset says with these words is ours.
        ours = count_in(admin, path.format(2), typed, "en")
        english = count_in(admin, path.format(1), typed, "en") - ours
        german = count_in(admin, path.format(1), typed, "de")
        assert german >= english > 0, path


def test_is_the_title_of_its_search_as_it_is(admin):
    for typed in ("1,234", *OURS):
        text = admin.get(
            "/search", query_string={"q": typed}, headers={"Accept-Language": "de"}
        ).text
        assert f"<title>{escape(typed)} · " in text


@pytest.mark.parametrize("typed", TYPED)
def test_is_answered_to_a_script_as_it_is(work, admin, typed):
    fill(work, admin, 1, typed)

    for path in ("/api/v1/assets/LT-1", "/api/v1/locations/R-1", "/api/v1/assets"):
        english, german = (
            admin.get(path, headers={"Accept-Language": language}).json for language in ("en", "de")
        )
        assert german == english
        assert typed in json.dumps(german)


def test_a_name_in_a_sentence_keeps_its_comma_and_a_number_does_not(teller):
    assert "1,234" in teller.tell("1,234 is inside it.")
    assert "1.234" in teller.tell("1,234 labels as PDF")


def test_what_is_typed_is_marked_only_for_a_page_that_needs_it(teller):
    kept = {"name": "In stock", "codes": ["1,234", 5]}
    assert type(mark_typed(kept)["name"]) is str
    before = MARKS_TYPED.set(True)
    try:
        marked = mark_typed(kept)
    finally:
        MARKS_TYPED.reset(before)
    assert marked == kept
    assert teller.show_all(marked) == kept
    assert dump_canonical(marked) == dump_canonical(kept)

"""One search over everything: a whole code leads to its page, words find each kind, and near words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from scanner_app.domain.spelling import find_nearest
from scanner_app.models import AssetModel, Category
from tests.conftest import NOW
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person


def fill_office(session: Session) -> None:
    room = add_location(session, "R-1", "Harbour room", now=NOW)
    ana = add_person(session, "1001", "Ana Lima", badge="B-77", now=NOW)
    add_asset(session, "LT-1", name="Harbour laptop", location=room, custodian=ana, now=NOW)
    session.add(Category(name="Harbour gear"))
    session.add(AssetModel(name="ThinkPad Harbour", manufacturer="Lenovo", model_number=""))


@pytest.fixture
def contents() -> Fill | None:
    return fill_office


@pytest.fixture
def viewer(page_as):
    return page_as("viewer")


def hits_of(client, query: str) -> set[str]:
    text = client.get("/search", query_string={"q": query}).get_data(as_text=True)
    return set(re.findall(r'class="hit" href="([^"]+)"', text))


class TestSearch:
    @pytest.mark.parametrize(
        ("code", "page"),
        [("lt-1", "/assets/LT-1"), ("R-1", "/locations/R-1"), ("b-77", "/people/1001")],
    )
    def test_leads_straight_to_what_a_whole_code_means(self, viewer, code, page):
        answer = viewer.get(f"/search?q={code}")

        assert (answer.status_code, answer.headers["Location"]) == (303, page)

    def test_finds_each_kind_by_a_word(self, page_as, viewer):
        made = (
            page_as("auditor").post("/audits", data={"name": "Harbour count"}).headers["Location"]
        )

        assert hits_of(viewer, "HARBOUR") == {
            "/assets/LT-1",
            "/locations/R-1",
            "/assets?category=Harbour%20gear",
            "/assets?q=ThinkPad%20Harbour",
            made,
        }
        assert "/people/1001" in hits_of(viewer, "lima")
        assert hits_of(viewer, "new asset") == set()  # a viewer may not

    def test_suggests_the_words_that_were_meant(self, viewer):
        text = viewer.get("/search?q=lenvo+thnkpad").get_data(as_text=True)

        assert 'Did you mean <a href="/search?q=lenovo%20thinkpad">' in text
        assert "Did you mean" not in viewer.get("/search?q=zzzzzz").get_data(as_text=True)

    def test_answers_who_types_with_the_hits_alone(self, viewer):
        answer = viewer.get("/search?q=lt-1", headers={"HX-Request": "true"})

        text = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert "<main" not in text
        assert 'href="/assets/LT-1"' in text


class TestNearest:
    @given(st.text("abcdefgh", min_size=6, max_size=12), st.integers(1, 4))
    def test_is_the_word_from_which_one_letter_was_lost(self, word, place):
        known = {word, "qrstuvwxyz", "zzzzzz"}

        assert find_nearest(word[:place] + word[place + 1 :], known) == word

    def test_is_nothing_where_no_word_is_like_it(self):
        assert find_nearest("laptop", {"monitor", "dock"}) is None

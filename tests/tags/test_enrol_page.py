"""The enrol page without script: labels and tags one after the other, in either order."""

from __future__ import annotations

import re
import threading

import pytest

from tests.support.on_both import OnBoth
from tests.tags.enrol import OTHER, TAG, Page

GIAI_TAG = "3474257BF40000000000162E"
FRESH = "E28011700000020D1F2A4C77"


@pytest.fixture
def page(office, page_as) -> Page:
    return Page(page_as("stockroom"))


class TestLabelFirst:
    def test_a_typed_tag_is_bound_to_the_label_before_it(self, page, codes_of, api):
        page.scan("lt-1")
        asked = page.words
        page.scan(TAG.lower())

        assert "LT-1 , Dell Latitude . Now present its tag." in asked
        assert f"{TAG} is now the tag of LT-1, Dell Latitude ." in page.words
        assert "Scan the label of the next asset" in page.words
        assert codes_of("LT-1") == {("epc", TAG)}
        assert api.get(f"/identify?code={TAG}").json["asset"]["asset_tag"] == "LT-1"

    @pytest.mark.parametrize(
        ("code", "bound"),
        [
            (GIAI_TAG, ("giai", "06141415678")),
            (GIAI_TAG + "0000", ("giai", "06141415678")),
            ("urn:epc:tag:giai-96:3.0614141.5678", ("giai", "06141415678")),
            ("3074257BF7194E4000001A85", ("sgtin", "80614141123458.6789")),
            ("04A1B2C3D4E5801122", ("epc", "04A1B2C3D4E5801122")),
        ],
    )
    def test_a_tag_is_kept_in_its_canonical_form(self, page, codes_of, code, bound):
        page.scan("LT-1")
        page.scan(code)

        assert codes_of("LT-1") == {bound}

    def test_a_tag_whose_answer_was_lost_is_answered_again(self, page, codes_of):
        page.scan("LT-1")
        before = page.text
        page.scan(TAG)
        page.text = before
        page.scan(TAG)
        refused = page.words
        page.text = before
        page.scan(TAG, again="on")
        after_label = page.words
        page.show("/enrol?reader=")
        page.scan(FRESH)
        before = page.text
        page.scan("LT-2")
        page.text = before
        page.scan("LT-2", again="on")

        assert "already has this tag" in refused
        assert f"{TAG} is now the tag of LT-1" in after_label
        assert f"{FRESH} is now the tag of LT-2" in page.words
        assert (codes_of("LT-1"), codes_of("LT-2")) == ({("epc", TAG)}, {("epc", FRESH)})

    def test_another_label_takes_the_place_of_the_first(self, page, codes_of):
        page.scan("LT-1")
        page.scan("LT-2")
        page.scan(TAG)

        assert (codes_of("LT-1"), codes_of("LT-2")) == (set(), {("epc", TAG)})

    def test_a_number_that_could_be_a_label_is_asked_about(self, page, codes_of):
        page.scan("LT-1")
        page.scan("0008844356")
        asked = page.words, codes_of("LT-1")
        page.choose("tag:0008844356")

        assert "Is it the tag of LT-1?" in asked[0]
        assert asked[1] == set()
        assert codes_of("LT-1") == {("tid", "0008844356")}

    def test_a_number_by_nfc_needs_no_asking(self, page, codes_of):
        page.scan("LT-1")
        page.scan("04A1B2C3", symbology="nfc")

        assert codes_of("LT-1") == {("tid", "04A1B2C3")}

    def test_stands_in_the_history(self, page, api):
        page.scan("LT-1")
        page.scan(TAG)

        [newest, *_] = api.get("/assets/LT-1/history").json["items"]
        assert TAG in str(newest)


class TestTagFirst(OnBoth):
    def test_a_tag_waits_for_the_label_after_it(self, page, codes_of):
        page.scan(TAG)
        asked = page.words
        page.scan("LT-2")

        assert "Now scan the label it goes on" in asked
        assert codes_of("LT-2") == {("epc", TAG)}

    def test_an_unknown_label_is_told_and_the_tag_waits_on(self, page, codes_of):
        page.scan(TAG)
        page.scan("NOPE-1")
        told = page.words, page.answer.status_code
        page.scan("LT-2")

        assert "No asset has the label NOPE-1" in told[0]
        assert told[1] == 422
        assert codes_of("LT-2") == {("epc", TAG)}


class TestConflicts:
    def test_a_tag_of_another_asset_is_moved_only_when_somebody_says_so(self, page, codes_of):
        page.scan("LT-1")
        page.scan(OTHER)
        asked = page.words, page.answer.status_code, codes_of("LT-9")
        page.choose(f"move:{OTHER}")

        assert "This tag is on LT-9, Laptop. Move it to LT-1?" in asked[0]
        assert asked[1:] == (409, {("epc", OTHER)})
        assert (codes_of("LT-9"), codes_of("LT-1")) == (set(), {("epc", OTHER)})

    def test_a_tag_that_the_asset_has_is_no_news(self, page):
        page.scan("LT-9")
        page.scan(OTHER)

        assert "LT-9 already has this tag" in page.words

    def test_a_label_with_a_tag_says_so_and_the_next_one_is_added(self, page, codes_of):
        page.scan("LT-9")
        said = page.words
        page.scan(TAG)

        assert f"It has a tag already: {OTHER}" in said
        assert codes_of("LT-9") == {("epc", OTHER), ("epc", TAG)}

    def test_an_old_tag_comes_off_when_it_is_gone(self, page, codes_of):
        page.scan("LT-9")
        page.scan(TAG, replace="on")

        assert codes_of("LT-9") == {("epc", TAG)}

    def test_a_place_or_a_badge_is_no_asset(self, page):
        page.scan("LT-1")
        for code, words in {"R-101": "Room 101", "B-77": "Ana Alves"}.items():
            page.scan(code)

            assert page.answer.status_code == 409
            assert f"This is {words}, not an asset" in page.words
            assert "Now present its tag" in page.words

    def test_nonsense_loses_nothing(self, page):
        page.scan("LT-1")
        for code in ("", " ", "\0", "x" * 5000, "<b>", "LT\x01", "\u202e1"):
            page.scan(code)

            assert page.answer.status_code == 422, code
            assert "Now present its tag" in page.words, code


class TestUndo(OnBoth):
    def test_takes_the_tag_off_again(self, page, codes_of):
        page.scan("LT-1")
        page.scan(TAG)
        page.undo()

        assert f"{TAG} is no longer the tag of LT-1" in page.words
        assert codes_of("LT-1") == set()

    def test_gives_a_moved_tag_back(self, page, codes_of):
        page.scan("LT-1")
        page.scan(OTHER)
        page.choose(f"move:{OTHER}")
        page.undo()

        assert (codes_of("LT-1"), codes_of("LT-9")) == (set(), {("epc", OTHER)})

    def test_puts_an_old_tag_on_again(self, page, codes_of):
        page.scan("LT-9")
        page.scan(TAG, replace="on")
        page.undo()

        assert codes_of("LT-9") == {("epc", OTHER)}

    def test_a_change_of_somebody_else_cannot_be_undone(self, page, page_as, codes_of):
        page.scan("LT-1")
        page.scan(TAG)
        [change, *_] = re.findall(r'name="change" value="(\d+)"', page.text)

        answer = page_as("admin").post("/enrol/undo", data={"change": change})

        assert answer.status_code == 409
        assert codes_of("LT-1") == {("epc", TAG)}

    def test_nothing_is_undone_that_is_not_there(self, page):
        for change in ("", "0", "x", "9" * 10, "9" * 40):
            page.submit("/enrol/undo", change=change)

            assert page.answer.status_code == 409, change

    def test_is_not_had_twice(self, page):
        page.scan("LT-1")
        page.scan(TAG)
        [change, *_] = re.findall(r'name="change" value="(\d+)"', page.text)
        page.undo()
        page.submit("/enrol/undo", change=change)

        assert "have changed since" in page.words


class TestAccess:
    @pytest.mark.parametrize(("role", "status"), [("stockroom", 200), ("technician", 403)])
    def test_is_for_those_who_change_the_register(self, page_as, role, status):
        assert page_as(role).get("/enrol").status_code == status


class TestRace(OnBoth):
    def test_a_tag_taken_twice_at_once_is_one_assets(self, app, office, page_as, codes_of):
        clients = [page_as("stockroom", f"{n}@example.org") for n in (1, 2)]
        gate = threading.Barrier(2)
        answers: list[int] = []

        def bind(number: int) -> None:
            gate.wait()
            form = {"asset": f"LT-{number}", "choice": f"bind:{TAG}"}
            answers.append(clients[number - 1].post("/enrol", data=form).status_code)

        threads = [threading.Thread(target=bind, args=(number,)) for number in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(answers) == [303, 409]
        assert sorted([codes_of("LT-1"), codes_of("LT-2")], key=len) == [set(), {("epc", TAG)}]

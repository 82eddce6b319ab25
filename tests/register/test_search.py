"""Search as you type: every word, in whatever field, on both databases; typed text is only text."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.queries.register import search
from scanner_app.queries.register.assets import AssetFilter, list_assets
from scanner_app.queries.register.locations import list_locations
from scanner_app.queries.register.people import list_people
from scanner_app.services.register.locations import create_location, edit_location
from scanner_app.services.register.model_names import find_or_make_model
from scanner_app.services.register.people import create_person, edit_person
from scanner_app.services.register.plan import AssetChange, AssetDraft
from scanner_app.services.register.write import change_assets, create_assets
from scanner_app.storage.database import reading, unit_of_work
from tests.conftest import NOW
from tests.support.databases import Fill

counter = itertools.count()


def fill_office(session: Session) -> None:
    """Three assets with their model, place and custodian."""
    site = create_location(session, name="Zürich", code="ZRH", now=NOW)
    room = create_location(session, name="Room 204", code="Z-204", parent="ZRH", now=NOW)
    ana = create_person(session, values={"name": "Ana Müller", "number": "1001"}, now=NOW)
    model = find_or_make_model(
        session,
        name="ThinkPad T14",
        manufacturer="Lenovo",
        model_number="20W0",
        like=None,
        category_id=None,
    )
    common = {"model_id": model, "location_id": room, "custodian_id": ana}
    create_assets(
        session,
        drafts=[
            AssetDraft(
                {
                    "asset_tag": "IT-001",
                    "name": "Büro-Laptop",
                    "serial_number": "C02XYZ",
                    **common,
                },
                [("epc", "3034257BF7194E4000001A85")],
            ),
            AssetDraft({"asset_tag": "IT-002", "name": "100% wool_mat", "location_id": site}),
            AssetDraft({"asset_tag": "IT-0010", "name": 'A "quoted" c:\\name'}),
        ],
        kind=ChangeKind.CREATED,
        actor="test",
        now=NOW,
    )


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_office if "office" in request.fixturenames else None


@pytest.fixture
def office(filled: Any) -> Any:
    return filled


def find(session, query: str, **filters) -> list[str]:
    found = list_assets(session, wanted=AssetFilter(query=query, **filters))
    return [row.asset_tag for row in found.rows]


def walk(session, wanted: AssetFilter, *, sort: str, limit: int) -> list[str]:
    """Return the tags of all pages, as somebody who follows the cursors sees them."""
    tags, cursor = [], None
    while True:
        page = list_assets(session, wanted=wanted, sort=sort, cursor=cursor, limit=limit)
        assert len(page.rows) == limit or page.next is None
        tags += [row.asset_tag for row in page.rows]
        cursor = page.next
        if cursor is None:
            return tags


FINDS = [
    ("it-001", ["IT-001", "IT-0010"]),
    ("001", ["IT-001", "IT-0010"]),
    ("c02x", ["IT-001"]),
    ("büro", ["IT-001"]),
    ("BÜRO", ["IT-001"]),
    ("laptop", ["IT-001"]),
    ("thinkpad", ["IT-001"]),
    ("lenovo 20w0", ["IT-001"]),
    ("müller", ["IT-001"]),
    ("MÜLLER t14 z-204", ["IT-001"]),
    ("zürich", ["IT-001", "IT-002"]),
    ("room 204", ["IT-001"]),
    ("laptop wool", []),
    ("3034257bf7194e4000001a85", ["IT-001"]),
    ("IT", ["IT-001", "IT-0010", "IT-002"]),
    ("100%", ["IT-002"]),
    ("%", ["IT-002"]),
    ("wool_mat", ["IT-002"]),
    ("_", ["IT-002"]),
    ("wool-mat", []),
    ("\\", ["IT-0010"]),
    ('"quoted"', ["IT-0010"]),
    ('"', ["IT-0010"]),
    ("c:\\name", ["IT-0010"]),
    ("", ["IT-001", "IT-0010", "IT-002"]),
    ("   ", ["IT-001", "IT-0010", "IT-002"]),
]
HOSTILE = [
    "'; DROP TABLE asset;--",
    "1 OR 1=1",
    "AND",
    "NOT",
    "NEAR(",
    "tag:x",
    "asset_tag:IT",
    "-xyz",
    "(",
    ")",
    'a"b',
    "a*b",
    "*",
    "^IT",
    "{IT}",
    "x'y",
    "\x00",
    "IT\x00",
    "\ud800abc",
    "\u202eabc",
    "a" * 5000,
    " ".join("abcdefghij"),
]


class TestFindAssets:
    def test_takes_words_as_they_are(self, app, office):
        with app.app_context(), reading() as session:
            for query, tags in FINDS:
                assert find(session, query) == tags, query

    def test_runs_nothing_that_is_typed(self, app, office):
        with app.app_context(), reading() as session:
            for query in HOSTILE:
                assert find(session, query) in ([], ["IT-001"]), query
            assert len(find(session, "")) == 3

    @pytest.mark.parametrize("word", ["office", "q9"])
    def test_finds_the_same_where_a_word_is_common(self, app, office, monkeypatch, word):
        monkeypatch.setattr(search, "FEW", 1)
        with app.app_context():
            with unit_of_work() as session:
                names = [f"{word} {n % 2}" for n in range(6)]
                create_assets(
                    session,
                    drafts=[
                        AssetDraft({"asset_tag": f"B-{n}", "name": name})
                        for n, name in enumerate(names)
                    ],
                    kind=ChangeKind.CREATED,
                    actor="test",
                    now=NOW,
                )

            with reading() as session:
                assert find(session, word) == [f"B-{n}" for n in range(6)]
                assert find(session, f"{word.upper()} zürich") == []
                assert find(session, "zürich it-00") == ["IT-001", "IT-002"]
                assert find(session, "müller büro") == ["IT-001"]

    def test_puts_what_is_meant_exactly_first_and_pages_on(self, app, office):
        with app.app_context(), reading() as session:
            first = list_assets(session, wanted=AssetFilter(query="it-002"), limit=1)
            assert [row.asset_tag for row in first.rows] == ["IT-002"]

            seen, cursor = [], None
            while True:
                found = list_assets(
                    session,
                    wanted=AssetFilter(query="it-0010"),
                    sort="-tag",
                    cursor=cursor,
                    limit=1,
                )
                seen += [row.asset_tag for row in found.rows]
                cursor = found.next
                if cursor is None:
                    break
        assert seen == ["IT-0010"]

    @pytest.mark.parametrize("few", [0, 2500])
    @pytest.mark.parametrize("sort", ["tag", "-tag", "-name"])
    def test_pages_give_each_find_once_in_order_after_the_whole_code(
        self, app, office, work, monkeypatch, sort, few
    ):
        monkeypatch.setattr(search, "FEW", few)
        with work() as session:
            create_assets(
                session,
                drafts=[
                    AssetDraft({"asset_tag": f"IT-001{n}", "name": f"{n % 3} of it"})
                    for n in range(1, 8)
                ],
                kind=ChangeKind.CREATED,
                actor="test",
                now=NOW,
            )
        by, falls = sort.lstrip("-"), sort.startswith("-")
        pages: dict[int, list[str]] = {}

        with app.app_context(), reading() as session:
            wanted = AssetFilter("IT-001")
            [whole, *others] = list_assets(session, wanted=wanted, sort=sort).rows
            for limit in (2, 3, 9):
                pages[limit], cursor = [], None
                while True:
                    page = list_assets(
                        session, wanted=wanted, sort=sort, cursor=cursor, limit=limit
                    )
                    pages[limit] += [row.asset_tag for row in page.rows]
                    cursor = page.next
                    if cursor is None:
                        break

        assert whole.asset_tag == "IT-001"
        assert len(others) == 8
        assert others == sorted(
            others,
            key=lambda row: (row.asset_tag if by == "tag" else row.name, row.id),
            reverse=falls,
        )
        in_one = [row.asset_tag for row in (whole, *others)]
        assert all(tags == in_one for tags in pages.values())

    @pytest.mark.parametrize("few", [0, 2500])
    @pytest.mark.parametrize("sort", ["tag", "-name", "updated"])
    def test_pages_reach_all_that_share_a_whole_code_each_once(
        self, app, work, monkeypatch, sort, few
    ):
        monkeypatch.setattr(search, "FEW", few)
        with work() as session:
            create_assets(
                session,
                # More than stand on a page share one serial, others have it in their name.
                drafts=[
                    AssetDraft(
                        {
                            "asset_tag": f"S-{n * 7 % 31:02}",
                            "name": "of OEM-1" if n % 4 == 0 else f"{n % 3}",
                            "serial_number": None if n % 5 == 0 else "OEM-1",
                        }
                    )
                    for n in range(31)
                ],
                kind=ChangeKind.CREATED,
                actor="test",
                now=NOW,
            )
        sharing = [f"S-{n * 7 % 31:02}" for n in range(31) if n % 5]
        naming = [f"S-{n * 7 % 31:02}" for n in range(0, 31, 20)]

        with app.app_context(), reading() as session:
            walks = {
                limit: walk(session, AssetFilter("oem-1"), sort=sort, limit=limit)
                for limit in (1, 2, 3, 24, 500)
            }
            narrowed = {
                limit: walk(
                    session, AssetFilter("oem-1", status=Stage.DISPOSED), sort=sort, limit=limit
                )
                for limit in (1, 500)
            }

        assert walks[500][:24] == sorted(sharing)
        assert sorted(walks[500][24:]) == sorted(naming)
        assert all(tags == walks[500] for tags in walks.values())
        assert narrowed == {1: [], 500: []}

    def test_finds_new_names_at_once_and_old_ones_no_more(self, app, office):
        with app.app_context():
            with unit_of_work() as session:
                edit_location(session, code="ZRH", values={"name": "Genève"}, now=NOW)
                edit_person(session, ref="1001", values={"name": "Ana Keller"}, now=NOW)
                [asset_id] = [
                    row.id for row in list_assets(session, wanted=AssetFilter("IT-002")).rows
                ]
                change_assets(
                    session,
                    changes=[AssetChange(asset_id, {"name": "carpet"})],
                    kind=ChangeKind.EDITED,
                    actor="test",
                    now=NOW,
                )

            with reading() as session:
                assert find(session, "genève laptop") == ["IT-001"]
                assert find(session, "zürich") == []
                assert find(session, "keller") == ["IT-001"]
                assert find(session, "müller") == []
                assert find(session, "carpet") == ["IT-002"]
                assert find(session, "wool") == []

    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        name=st.text(
            st.characters(categories=("L", "N", "P", "S"), max_codepoint=0x2FFF),
            min_size=1,
            max_size=12,
        ),
        data=st.data(),
    )
    def test_finds_every_part_of_a_name(self, app, office, name, data):
        start = data.draw(st.integers(0, len(name) - 1))
        part = name[start : data.draw(st.integers(start + 1, len(name)))]
        tag = f"H-{next(counter)}"
        with app.app_context():
            with unit_of_work() as session:
                create_assets(
                    session,
                    drafts=[AssetDraft({"asset_tag": tag, "name": name})],
                    kind=ChangeKind.CREATED,
                    actor="test",
                    now=NOW,
                )
            with reading() as session:
                found = list_assets(session, wanted=AssetFilter(query=f"{part} {tag}"), limit=500)

        if search.split_words(part) == [part]:  # a part that is normalised is another text
            assert tag in [row.asset_tag for row in found.rows]


class TestListPeopleAndLocations:
    def test_search_by_any_of_their_words(self, app, office, work):
        with work() as session:
            create_person(
                session,
                values={"name": "Bob", "email": "bob@example.org", "badges": ["B77"]},
                now=NOW,
            )

        with app.app_context(), reading() as session:
            for query, names in (
                ("müll", ["Ana Müller"]),
                ("1001", ["Ana Müller"]),
                ("bob@", ["Bob"]),
                ("b77", ["Bob"]),
                ("nobody", []),
            ):
                assert [row.name for row in list_people(session, query=query).rows] == names
            for query, codes in (
                ("zür", ["Z-204", "ZRH"]),
                ("z-2", ["Z-204"]),
                ("%", []),
                ("room zürich", ["Z-204"]),
            ):
                assert [row.code for row in list_locations(session, query=query).rows] == codes

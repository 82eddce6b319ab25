"""The tree of places: codes, moves without circles, names and paths kept for all inside."""

from __future__ import annotations

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from scanner_app.domain.errors import Conflict, Invalid, NotFound, ScannerAppError
from scanner_app.domain.register.place_names import shorten_paths
from scanner_app.models import Identifier, Location
from scanner_app.services.register.locations import create_location, edit_location
from scanner_app.storage.database import reading, transact, unit_of_work
from tests.conftest import NOW


def tree(session) -> dict[str, tuple[str, str]]:
    """Return full name and path, in codes, of each place."""
    rows = session.execute(
        select(Location.id, Location.code, Location.full_name, Location.path)
    ).all()
    codes = {row.id: row.code for row in rows}
    return {
        row.code: (row.full_name, "/".join(codes[int(i)] for i in row.path.strip("/").split("/")))
        for row in rows
    }


def labels(session, code: str) -> list[tuple[str, str, bool]]:
    rows = session.execute(
        select(Identifier.scheme, Identifier.value, Identifier.ended_at)
        .join(Location, Location.id == Identifier.location_id)
        .where(Location.code == code)
        .order_by(Identifier.id)
    )
    return [(scheme, value, ended_at is None) for scheme, value, ended_at in rows]


@pytest.fixture
def site(work):
    """A > B > C, and D beside them."""
    with work() as session:
        create_location(session, name="Site A", code="A", kind="site", now=NOW)
        create_location(session, name="Floor B", code="B", parent="a", now=NOW)
        create_location(session, name="Room C", code="C", parent="B", now=NOW)
        create_location(session, name="Site D", code="D", now=NOW)


class TestCreateLocation:
    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("Room 204", "ROOM-204"),
            ("  Café / é ", "CAFE-E"),
            ("東京", "LOC-5C3F0B"),
            ("x" * 200, "X" * 56),
        ],
    )
    def test_makes_a_code_from_the_name(self, work, name, code):
        with work() as session:
            create_location(session, name=name, now=NOW)
            create_location(session, name=name, now=NOW)

            codes = list(session.scalars(select(Location.code).order_by(Location.id)))

        assert codes[1] == f"{codes[0]}-2"
        if name.isascii() or "é" in name:
            assert codes[0] == code
        else:
            assert codes[0].startswith("LOC-")

    def test_labels_the_place(self, work):
        with work() as session:
            create_location(
                session, name="R", code="r-1", identifiers=[("gln", "4012345000009")], now=NOW
            )

            assert labels(session, "r-1") == [
                ("location_code", "R-1", True),
                ("gln", "4012345000009", True),
            ]

    def test_refuses_a_code_that_is_taken_in_any_writing(self, work, site):
        with pytest.raises(Conflict, match="b is already taken"), work() as session:
            create_location(session, name="Other", code="b", now=NOW)

    def test_refuses_a_value_by_its_field(self, work):
        for field, values in [
            ("name", {"name": "  "}),
            ("name", {"name": "x" * 201}),
            ("code", {"name": "x", "code": "a\x00b"}),
            ("code", {"name": "x", "code": ".."}),
            ("parent", {"name": "x", "parent": "nowhere"}),
            ("identifiers", {"name": "x", "identifiers": [("badge", "1")]}),
        ]:
            with pytest.raises(Invalid) as caught, work() as session:
                create_location(session, **values, now=NOW)  # type: ignore[arg-type] # pairs of two kinds

            assert list(caught.value.errors) == [field]


class TestEditLocation:
    def test_renames_all_that_is_inside(self, work, site):
        with work() as session:
            edit_location(session, code="A", values={"name": "Head"}, now=NOW)

            assert tree(session)["C"] == ("Head / Floor B / Room C", "A/B/C")

    def test_moves_all_that_is_inside(self, work, site):
        with work() as session:
            edit_location(session, code="B", values={"parent": "D"}, now=NOW)

            assert tree(session)["C"] == ("Site D / Floor B / Room C", "D/B/C")
            edit_location(session, code="B", values={"parent": None}, now=NOW)
            assert tree(session)["C"] == ("Floor B / Room C", "B/C")

    @pytest.mark.parametrize("target", ["A", "B", "C"])
    def test_refuses_a_circle(self, work, site, target):
        with pytest.raises(Invalid) as caught, work() as session:
            edit_location(session, code="A", values={"parent": target}, now=NOW)

        assert list(caught.value.errors) == ["parent"]

    def test_changes_the_code_and_ends_the_old_label(self, work, site):
        with work() as session:
            edit_location(session, code="C", values={"code": "C-9"}, now=NOW)

            assert labels(session, "C-9") == [
                ("location_code", "C", False),
                ("location_code", "C-9", True),
            ]

    def test_says_that_there_is_no_such_place(self, work):
        with pytest.raises(NotFound), work() as session:
            edit_location(session, code="none", values={"name": "x"}, now=NOW)

    def test_makes_no_circle_of_two_moves_at_once(self, app, site):
        with app.app_context(), unit_of_work() as session:
            create_location(session, name="Room E", code="E", parent="D", now=NOW)
        barrier = threading.Barrier(2)
        outcomes: list[str] = []

        def move(code: str, parent: str) -> None:
            barrier.wait()
            with app.app_context():
                try:
                    transact(
                        lambda s: edit_location(s, code=code, values={"parent": parent}, now=NOW)
                    )
                    outcomes.append("moved")
                except ScannerAppError:
                    outcomes.append("refused")

        threads = [threading.Thread(target=move, args=pair) for pair in (("A", "E"), ("D", "C"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(outcomes) == ["moved", "refused"]

    @settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(
            st.tuples(
                st.sampled_from("ABCD"),
                st.sampled_from(["name", "parent"]),
                st.sampled_from([None, *"ABCD"]),
            ),
            max_size=6,
        )
    )
    def test_keeps_paths_and_names_true_after_any_steps(self, app, site, steps):
        with app.app_context():
            for code, what, value in steps:
                change = {what: value if what == "parent" else f"N{value}"}
                try:
                    transact(
                        lambda s, c=code, v=change: edit_location(s, code=c, values=v, now=NOW)  # type: ignore[misc] # bound at once
                    )
                except Invalid:
                    continue

            with reading() as session:
                rows = session.execute(
                    select(Location.id, Location.code, Location.name, Location.parent_id)
                ).all()
                shown = tree(session)

        by_id = {row.id: row for row in rows}
        for row in rows:
            chain = [row]
            while chain[0].parent_id is not None:
                chain.insert(0, by_id[chain[0].parent_id])
            assert shown[row.code] == (
                " / ".join(r.name for r in chain),
                "/".join(r.code for r in chain),
            )


class TestShortNames:
    def test_adds_the_nearest_ancestor_that_tells_two_apart(self):
        paths = ["A / Ground / Lab 1", "B / Ground / Lab 1", "A / Ground / Lab 2", "B / Top / Hall"]

        assert shorten_paths(paths) == {
            paths[0]: "Lab 1, A",
            paths[1]: "Lab 1, B",
            paths[2]: "Lab 2",
            paths[3]: "Hall",
        }

    def test_keeps_the_whole_path_where_no_ancestor_helps(self):
        paths = ["A / B / Lab", "B / A / Lab"]

        assert shorten_paths(paths) == dict(zip(paths, paths, strict=True))

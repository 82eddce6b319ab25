"""Locations from files: a tree in any order, by codes or names."""

from __future__ import annotations

from sqlalchemy import select

from scanner_app.models import Identifier, Location

TREE = "Name,Parent\nRoom 1,Floor 1\nFloor 1,House A\nHouse A,Site\nSite,\nRoom 1,House B\nHouse B,Site\n"


def tree(work) -> dict[str, str]:
    with work() as session:
        return {
            place.code: place.full_name
            for place in session.scalars(select(Location).order_by(Location.code))
        }


class TestImportLocations:
    def test_makes_codes_from_names_and_finds_parents_further_down(self, importer, work):
        importer.take("locations", TREE)

        assert tree(work) == {
            "FLOOR-1": "Site / House A / Floor 1",
            "HOUSE-A": "Site / House A",
            "HOUSE-B": "Site / House B",
            "ROOM-1": "Site / House A / Floor 1 / Room 1",
            "ROOM-1-2": "Site / House B / Room 1",
            "SITE": "Site",
        }
        with work() as session:
            for place in session.scalars(select(Location)):
                above = session.get(Location, place.parent_id) if place.parent_id else None
                assert place.path == f"{above.path if above else '/'}{place.id}/"
            codes = session.scalars(
                select(Identifier.value).where(Identifier.scheme == "location_code")
            )
            assert len(set(codes)) == 6

    def test_a_second_import_changes_nothing(self, importer):
        importer.take("locations", TREE)

        assert importer.check("locations", TREE).counts["left"] == 6

    def test_moves_and_renames_a_location_with_its_contents(self, importer, work):
        importer.take("locations", "Code,Name,Parent\nA,A,\nB,B,A\nC,C,B\nD,D,\n")

        run = importer.take("locations", "Code,Name,Parent\nb,Bee,D\nA,,C\nNEW,New,B\n")

        assert run.counts == {"created": 1, "changed": 2, "left": 0, "refused": 0}
        assert tree(work) == {
            "A": "D / Bee / C / A",
            "B": "D / Bee",
            "C": "D / Bee / C",
            "D": "D",
            "NEW": "D / Bee / New",
        }

    CASES = (
        ("A,A,B\nB,B,A\n", {2: "inside itself", 3: "inside itself"}),
        ("A,A,A\n", {2: "own parent"}),
        ("A,A,\na,B,\n", {3: "row 2 has the same code"}),
        (",A,\n,A,\n", {3: "row 2 has the same name"}),
        ("A,A,Nowhere\n", {2: "no location has the code or name 'Nowhere'"}),
        ("A,Lab,\nB,Lab,\nC,C,Lab\n", {4: "2 locations are called 'Lab'"}),
        (f"{'A' * 65},A,\n", {2: "longer than 64"}),
        ("A\u200b,A,\n", {2: "invisible"}),
    )

    def test_names_the_reason_for_each_refused_row(self, importer, work):
        for rows, refused in self.CASES:
            run = importer.check("locations", "Code,Name,Parent\n" + rows)

            reasons = importer.reasons(run)
            assert set(reasons) == set(refused)
            for number, words in refused.items():
                assert words in reasons[number]
        assert tree(work) == {}

    def test_adds_missing_parents_if_chosen(self, importer, work):
        importer.take("locations", "Name,Parent\nRoom 9,Annexe\n", make_places=True)

        assert tree(work) == {"ANNEXE": "Annexe", "ROOM-9": "Annexe / Room 9"}

    def test_writes_nothing_if_the_tree_changed_since_the_check(self, importer, work):
        importer.take("locations", "Code,Name\nA,A\n")
        run = importer.check("locations", "Code,Name\nA,B\nNEW,New\n")
        with work() as session:
            session.scalars(select(Location)).one().name = "C"

        run = importer.apply(run)

        assert run.state == "failed"
        assert list(tree(work)) == ["A"]

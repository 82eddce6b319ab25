"""People from files: found by what only one person has, never by a name that two have."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scanner_app.models import Identifier, Person

pytestmark = pytest.mark.either_database

HEADERS = "Number,Name,Email,Username,Department,Badges\n"
ANA = "E7,Ana Drake,ana@example.org,adrake,Design,B-7 B-8\n"


def people(work) -> list[tuple]:
    with work() as session:
        return [
            (p.number, p.name, p.email, p.username, p.department)
            for p in session.scalars(select(Person).order_by(Person.id))
        ]


def codes(work) -> set[tuple[str, str]]:
    with work() as session:
        rows = session.execute(
            select(Identifier.scheme, Identifier.value).where(Identifier.ended_at.is_(None))
        )
        return {(row.scheme, row.value) for row in rows}


class TestImportPeople:
    def test_keeps_numbers_addresses_and_badges(self, importer, work):
        importer.take("people", HEADERS + ANA)

        assert people(work) == [("E7", "Ana Drake", "ana@example.org", "adrake", "Design")]
        assert codes(work) == {
            ("person_number", "E7"),
            ("email", "ana@example.org"),
            ("username", "adrake"),
            ("badge", "B-7"),
            ("badge", "B-8"),
        }

    def test_a_second_import_changes_nothing(self, importer):
        importer.take("people", HEADERS + ANA)

        assert importer.check("people", HEADERS + ANA.lower()).counts["changed"] == 1
        assert importer.check("people", HEADERS + ANA).counts["left"] == 1

    def test_joins_first_and_last_name(self, importer, work):
        importer.take("people", "First Name,Last Name,Email\nAna,Drake,ana@example.org\n")

        assert people(work)[0][1] == "Ana Drake"

    def test_finds_a_person_by_email_and_keeps_other_fields(self, importer, work):
        importer.take("people", HEADERS + ANA)

        importer.take("people", "Email,Name,Badges\nANA@example.org,Ana Duck,B-9\n")

        assert people(work) == [("E7", "Ana Duck", "ana@example.org", "adrake", "Design")]
        assert {value for scheme, value in codes(work) if scheme == "badge"} == {
            "B-7",
            "B-8",
            "B-9",
        }

    def test_the_same_name_with_another_number_is_another_person(self, importer, work):
        importer.take("people", "Number,Name\nE1,Bob\n")

        importer.take("people", "Number,Name\nE2,Bob\n")

        assert [row[0] for row in people(work)] == ["E1", "E2"]

    CASES = (
        ("E8,,,,,\n", "no name"),
        ("E8,Eve,no-address,,,\n", "not an e-mail address"),
        ("E8,Eve,,,,b-7\n", "badge 'B-7' belongs to somebody else"),
        ("E9,Ana Drake,zoe@example.org,,,\n", "different people"),
        ("E8,Eve,,,,\nE8,Eve,,,,\n", "row 2 has the same number"),
        (",Eve,,,,\n,eve,,,,\n", "row 2 has the same name"),
        ("~8,Eve,,,,\n", "must not begin with ~"),
        (f"E8,{'x' * 201},,,,\n", "longer than 200"),
    )

    def test_names_the_reason_for_each_refused_row(self, importer, work):
        importer.take("people", HEADERS + ANA + "E9,Zoe,zoe9@example.org,zoe,,\n")
        importer.take("people", HEADERS + "E10,Zed,zoe@example.org,,,\n")

        for row, words in self.CASES:
            run = importer.check("people", HEADERS + row)

            assert words in " ".join(importer.reasons(run).values())
        assert len(people(work)) == 3

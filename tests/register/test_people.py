"""People: what they are recognised by stays in step with their record."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.models import Identifier, Person
from scanner_app.services.register.people import create_person, edit_person
from tests.conftest import NOW

ANA = {
    "name": "Ana Lima",
    "number": "1001",
    "email": "Ana@Example.org",
    "username": "ALima",
    "department": "IT",
    "badges": ["b-1", "b-2"],
}


def codes(session, person_id: int) -> set[tuple[str, str]]:
    rows = session.execute(
        select(Identifier.scheme, Identifier.value).where(
            Identifier.person_id == person_id, Identifier.ended_at.is_(None)
        )
    )
    return {(scheme, value) for scheme, value in rows}


class TestCreatePerson:
    def test_keeps_the_record_and_what_it_is_recognised_by(self, work):
        with work() as session:
            person_id = create_person(session, values=ANA, now=NOW)

            person = session.get(Person, person_id)
            assert (person.name, person.email) == ("Ana Lima", "Ana@Example.org")
            assert "ana lima" in person.search
            assert codes(session, person_id) == {
                ("person_number", "1001"),
                ("email", "ana@example.org"),
                ("username", "alima"),
                ("badge", "B-1"),
                ("badge", "B-2"),
            }

    @pytest.mark.parametrize(
        ("field", "twin"),
        [
            ("number", {"number": "1001"}),
            ("email", {"email": "ANA@example.ORG"}),
            ("username", {"username": "alima"}),
            ("identifier", {"badges": ["B-1"]}),
        ],
    )
    def test_refuses_what_is_somebody_elses(self, work, field, twin):
        with work() as session:
            create_person(session, values=ANA, now=NOW)

        with pytest.raises(Conflict) as caught, work() as session:
            create_person(session, values={"name": "Bob", **twin}, now=NOW)

        assert caught.value.code == f"{field}_taken"

    def test_refuses_a_value_by_its_field(self, work):
        for field, value in [
            ("name", " "),
            ("name", "x" * 201),
            ("name", "a\x00b"),
            ("email", "no address"),
            ("number", "~7"),
            ("number", ".."),
            ("badges", ["a b"]),
        ]:
            with pytest.raises(Invalid) as caught, work() as session:
                create_person(session, values={"name": "Bob", field: value}, now=NOW)

            assert list(caught.value.errors) == [field]


class TestEditPerson:
    def test_changes_what_is_named_and_its_codes(self, work):
        with work() as session:
            person_id = create_person(session, values=ANA, now=NOW)
            edit_person(session, ref="1001", values={"number": "2002", "username": None}, now=NOW)

            assert codes(session, person_id) == {
                ("person_number", "2002"),
                ("email", "ana@example.org"),
                ("badge", "B-1"),
                ("badge", "B-2"),
            }

    def test_sets_all_badges(self, work):
        with work() as session:
            person_id = create_person(session, values=ANA, now=NOW)
            edit_person(session, ref="1001", values={"badges": ["b-2", "b-3"]}, now=NOW)

            badges = {value for scheme, value in codes(session, person_id) if scheme == "badge"}
        assert badges == {"B-2", "B-3"}

    def test_finds_by_number_first_and_by_id_where_it_is_nobodys_number(self, work):
        with work() as session:
            first = create_person(session, values={"name": "First"}, now=NOW)
            second = create_person(
                session, values={"name": "Second", "number": str(first)}, now=NOW
            )

            assert edit_person(session, ref=str(first), values={}, now=NOW) == second
            assert edit_person(session, ref=f"~{first}", values={}, now=NOW) == first
            assert edit_person(session, ref=str(second), values={}, now=NOW) == second

    @pytest.mark.parametrize("ref", ["none", "99999999999999999999", "~", "\x00", "-1"])
    def test_says_that_there_is_nobody(self, work, ref):
        with pytest.raises(NotFound), work() as session:
            edit_person(session, ref=ref, values={}, now=NOW)

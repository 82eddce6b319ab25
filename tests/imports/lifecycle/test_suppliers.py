"""Supplier files: Snipe-IT's import file, and what is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scanner_app.domain.imports.known_files import recognise_file
from scanner_app.models import Supplier
from scanner_app.storage.database import reading

SNIPE = (
    "name,address,address2,city,state,country,zip,phone,fax,email,contact,url,notes,tag_color\n"
    "Bechtle,Bechtle Platz 1,,Neckarsulm,,DE,74172,+49 7132 981,,info@example.org,Eva Roth,"
    "https://example.org,pays late,#ff0000\n"
    "Dell,,,,,,,,,,,,,\n"
)


def read(app) -> dict[str, Supplier]:
    with app.app_context(), reading() as session:
        found = {row.name: row for row in session.scalars(select(Supplier))}
        session.expunge_all()
        return found


@pytest.mark.either_database
class TestSuppliers:
    def test_a_file_of_snipe_it_is_read_as_it_is_and_twice_is_once(self, app, importer):
        assert recognise_file(SNIPE.split("\n", maxsplit=1)[0].split(",")).kind == "suppliers"
        run = importer.take("suppliers", SNIPE)

        found = read(app)
        assert run.created_count == 2
        assert found["Bechtle"].contact == (
            "Eva Roth\nPhone +49 7132 981\ninfo@example.org\nhttps://example.org\n"
            "Bechtle Platz 1\n74172, Neckarsulm, DE"
        )
        assert found["Bechtle"].notes == "pays late"

        again = importer.check("suppliers", SNIPE)
        assert (again.created_count, again.changed_count, again.left_count) == (0, 0, 2)

    def test_a_row_changes_what_it_names_and_nothing_else(self, app, importer):
        importer.take("suppliers", SNIPE)

        importer.take("suppliers", 'Name,Roles\nBECHTLE,"Sells, repairs"\n')

        bechtle = read(app)["Bechtle"]
        assert bechtle.roles == ["vendor", "repairer"]
        assert bechtle.contact.startswith("Eva Roth")

    def test_refused_rows_say_all_their_reasons(self, importer):
        run = importer.check(
            "suppliers", f"Name,Roles,Notes\nA,flies,{'x' * 2001}\nTotal,,\nB,,\nb,,\n,flies,\n"
        )

        reasons = importer.reasons(run)
        assert "'flies' is not one of vendor" in reasons[2]
        assert "Notes is longer than 2,000 characters" in reasons[2]
        assert "last line of a table" in reasons[3]
        assert "row 4 is the same supplier" in reasons[5]
        assert "has no name" in reasons[6]
        assert "'flies' is not one of vendor" in reasons[6]

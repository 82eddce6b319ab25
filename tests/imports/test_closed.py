"""An import hands nothing to a person who left and brings nothing to a closed location."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scanner_app.models import Location, Person

PLACES = "Code,Name\nR1,Room 1\nR2,Room 2\n"
PEOPLE = "Number,Name\nE1,Ada Quill\nE2,Ben Rook\n"
ASSETS = "Asset Tag,Location,Status,Checked Out To\nCI-1,R1,in_use,E1\nCI-2,R2,in_use,E2\n"


@pytest.fixture
def closed(importer, work):
    for kind, file in (("locations", PLACES), ("people", PEOPLE), ("assets", ASSETS)):
        importer.take(kind, file)
    with work() as session:
        session.scalars(select(Person).where(Person.number == "E1")).one().is_active = False
        session.scalars(select(Location).where(Location.code == "R1")).one().is_active = False
    return importer


class TestClosed:
    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            ("CI-2,R2,in_use,E1", "'Ada Quill' is no longer here"),
            ("CI-2,R1,in_use,E2", "'Room 1' is no longer in use"),
            ("CI-9,R1,in_stock,", "'Room 1' is no longer in use"),
            ("CI-9,R2,in_use,E1", "'Ada Quill' is no longer here"),
        ],
    )
    def test_refuses_the_row_and_says_why(self, closed, row, reason):
        run = closed.check("assets", f"Asset Tag,Location,Status,Checked Out To\n{row}\n")

        assert reason in " ".join(closed.reasons(run).values())

    def test_leaves_what_is_so_already(self, closed):
        run = closed.take("assets", ASSETS.replace("CI-2,R2", "CI-2,R2 "))

        assert run.counts == {"created": 0, "changed": 0, "left": 2, "refused": 0}

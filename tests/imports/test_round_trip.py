"""An export that is imported again changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, AssetModel, Category, Location, Person, RegisterChange
from scanner_app.queries.register import exports as rows
from scanner_app.queries.register.assets import AssetFilter
from scanner_app.services.files.table_writers import ExportTable, write_csv, write_xlsx
from scanner_app.services.register import write
from scanner_app.services.register.plan import AssetDraft

pytestmark = pytest.mark.either_database

PLACES = "Code,Name,Parent\nHQ,Head office,\nR1,Lab,HQ\nR2,Lab,HQ\n"
PEOPLE = (
    "Number,Name,Email,Username,Badges\nE7,Ana Drake,ana@example.org,adrake,B-7 B-8\n"
    ",Bob,bob@example.org,,\n,Zoë,,,\n"
)
# Letters, look-alikes, quotes, separators, and what a spreadsheet takes for a formula.
TEXT = st.text(st.sampled_from("aÄß1'\"=+-@,;|\t%＝ .~(/\\:\u00e9"), min_size=1, max_size=8).map(
    lambda text: " ".join(text.split())
)
WORD = TEXT.filter(lambda text: any(char.isalnum() for char in text))


@st.composite
def assets(draw) -> dict:
    custom = draw(
        st.dictionaries(
            st.sampled_from(["MAC", "Email", "City", "Status", "=x", "Room"]),
            TEXT.filter(bool),
            max_size=3,
        )
    )
    return {
        "name": draw(TEXT),
        "serial_number": draw(st.none() | WORD),
        "status": draw(st.sampled_from(Stage)),
        "place": draw(st.none() | st.integers(0, 2)),
        "home": draw(st.none() | st.integers(0, 2)),
        "person": draw(st.none() | st.integers(0, 2)),
        "model": draw(st.none() | st.integers(0, 4)),
        "category": draw(st.none() | st.integers(0, 1)),
        "purchase_date": draw(st.none() | st.dates(date(1970, 1, 1), date(2060, 1, 1))),
        "purchase_cost_cents": draw(st.none() | st.integers(0, 10**11)),
        "currency": draw(st.none() | st.sampled_from(["EUR", "USD"])),
        "supplier": draw(st.none() | TEXT.filter(bool)),
        "order_number": draw(st.none() | TEXT.filter(bool)),
        "warranty_months": draw(st.none() | st.integers(0, 1200)),
        "notes": draw(st.none() | TEXT.filter(bool)),
        "custom": custom,
        "codes": draw(st.lists(st.sampled_from("xyz"), max_size=2, unique=True)),
    }


def make(work, drafts: list[dict]) -> None:
    with work() as session:
        places = session.scalars(select(Location.id).order_by(Location.id)).all()
        people = session.scalars(select(Person.id).order_by(Person.id)).all()
        if session.scalar(select(func.count()).select_from(Category)) == 0:
            session.add_all([Category(name="Laptop"), Category(name="Phone")])
            session.flush()
            category = session.scalars(select(Category.id)).first()
            session.add_all(
                AssetModel(name=name, model_number=number, manufacturer=maker, category_id=owner)
                for name, number, maker, owner in [
                    ("XPS", "", "", None), ("XPS", "K1", "", None), ("XPS", "K1", "Dell", category),
                    ("xps", "", "", None), ("Nokia", "3310", "Nokia", None),
                ]
            )  # fmt: skip
            session.flush()
        models = session.scalars(select(AssetModel.id).order_by(AssetModel.id)).all()
        categories = session.scalars(select(Category.id).order_by(Category.id)).all()
        start = session.scalar(select(func.count()).select_from(RegisterChange))

        def pick(ids, at):
            return None if at is None else ids[at]

        write.create_assets(
            session,
            drafts=[
                AssetDraft(
                    fields={
                        "asset_tag": f"T-{start + at}",
                        "location_id": pick(places, draft["place"]),
                        "home_location_id": pick(places, draft["home"]),
                        "custodian_id": pick(people, draft["person"]),
                        "model_id": pick(models, draft["model"]),
                        "category_id": pick(categories, draft["category"]),
                        **{
                            name: value
                            for name, value in draft.items()
                            if name not in {"place", "home", "person", "model", "category", "codes"}
                        },
                    },
                    identifiers=[
                        ("alias", f"{code}-{start + at}".upper()) for code in draft["codes"]
                    ],
                )
                for at, draft in enumerate(drafts)
            ],
            kind=ChangeKind.CREATED,
            actor="test",
            now=datetime.now(UTC),
        )


def export(work, kind: str, form: str) -> bytes:
    out = BytesIO()
    with work() as session:
        if kind == "assets":
            headers, custom = rows.asset_headers(session)
            body = rows.stream_assets(session, wanted=AssetFilter(), custom=custom)
        elif kind == "locations":
            headers, body = list(rows.LOCATION_HEADERS), rows.stream_locations(session)
        else:
            headers, body = list(rows.PEOPLE_HEADERS), rows.stream_people(session)
        (write_csv if form == "csv" else write_xlsx)(ExportTable(kind, headers, body), out)  # type: ignore[arg-type] # cells as they came
    return out.getvalue()


class TestImportOfAnExport:
    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    @settings(
        max_examples=4,
        # Each example works a whole database: shrinking would take minutes.
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(drafts=st.lists(assets(), min_size=5, max_size=15))
    def test_importing_an_export_changes_nothing(self, importer, work, tmp_path, form, drafts):
        with work() as session:
            is_new = session.scalar(select(func.count()).select_from(Location)) == 0
        if is_new:
            importer.take("locations", PLACES)
            importer.take("people", PEOPLE)
        with work() as session:
            session.execute(delete(Asset))  # with all that hangs on them
        make(work, drafts)

        for kind in ("locations", "people", "assets"):
            path = tmp_path / f"out.{form}"
            path.write_bytes(export(work, kind, form))
            run = importer.check(kind, path)

            found = [
                (row.verdict, row.label, row.changes, row.reasons)
                for row in importer.rows(run)
                if row.verdict != "left"
            ]
            assert found == []

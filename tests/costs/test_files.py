"""`scanner-app import expenses|rates` and `scanner-app export costs|roadmap`."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from datetime import date

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from scanner_app.cli.costs import files
from scanner_app.cli.export import export_command
from scanner_app.domain.errors import Invalid
from scanner_app.models import Asset, Category, ExchangeRate, Expense
from tests.costs.test_pages import add_rule
from tests.support.register import add_asset

HEAD = "Asset Tag,Date,Kind,Amount,Currency,Note,Key\n"
EXPENSES = HEAD + (
    "LT-1,2026-01-05,Part,75.00,EUR,Battery,A-1\n"
    "LT-1,2026-01-05,part,75.00,EUR,Battery,\n"
    "LT-1,2026-01-05,part,75.00,EUR,Battery,\n"
    "LT-2,2026-02-05,energy,12.50,,'=1+1,A-2\n"
)


@pytest.fixture
def office(app, work, now, monkeypatch):
    @contextmanager
    def open_this_app():
        with app.app_context():
            yield app

    monkeypatch.setattr(files, "open_app", open_this_app)
    with work() as session:
        for tag in ("LT-1", "LT-2"):
            add_asset(session, tag, now=now)


@pytest.fixture
def write(tmp_path):
    def make(text: str):
        path = tmp_path / "in.csv"
        path.write_text(text, encoding="utf-8-sig")
        return path

    return make


@pytest.mark.usefixtures("office")
class TestImport:
    def test_of_expenses_adds_each_once(self, work, write, capsys):
        files.import_costs("expenses", write(EXPENSES), dry_run=True)
        with work() as session:
            assert session.scalar(select(func.count()).select_from(Expense)) == 0
        for _ in range(2):
            files.import_costs("expenses", write(EXPENSES), dry_run=False)

        with work() as session:
            rows = session.scalars(select(Expense).order_by(Expense.id)).all()
            assert [(row.amount_cents, row.note) for row in rows] == [
                (75_00, "Battery"), (75_00, "Battery"), (75_00, "Battery"), (12_50, "=1+1"),
            ]  # fmt: skip
            assert {row.currency for row in rows} == {"EUR"}
        said = capsys.readouterr().out.splitlines()
        assert said[-2:] == [
            "4 expenses are read; 4 are new or changed.",
            "4 expenses are read; 0 are new or changed.",
        ]

    @pytest.mark.either_database
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("Tag,When\nx,y\n", "The first line is not known."),
            (HEAD, "The file has no expenses."),
            (
                HEAD + "LT-1,2026-01-05,part,75.00,EUR,,\nNO-1,2026-01-05,part,1.00,EUR,,\n",
                "Line 3: ",
            ),
            (HEAD + "LT-1,5.1.2026,part,75.00,EUR,,\n", "Line 2: on: Enter a date."),
            (HEAD + "LT-1,2026-01-05,party,75.00,EUR,,\n", "Line 2: kind: "),
            (
                HEAD + "LT-1,2026-01-05,part,75.00,EUR,,K\nLT-2,2026-01-05,part,75.00,EUR,,K\n",
                "Line 3: ",
            ),
        ],
    )
    def test_of_expenses_names_the_line_and_adds_nothing(self, work, write, text, sentence):
        with pytest.raises(Invalid) as refused:
            files.import_costs("expenses", write(text), dry_run=False)

        assert str(refused.value).startswith(sentence)
        with work() as session:
            assert session.scalar(select(func.count()).select_from(Expense)) == 0

    def test_of_rates_keeps_them(self, work, write, capsys):
        for _ in range(2):
            files.import_costs(
                "rates", write("Currency,Date,Per Base\nUSD,2026-11-27,1.08\n"), dry_run=False
            )

        assert "1 rates are read; 0 are new or changed." in capsys.readouterr().out
        with work() as session:
            assert session.scalars(select(ExchangeRate.per_base)).all() == ["1.08"]


def export(name: str, path) -> list[list[str]]:
    done = CliRunner().invoke(export_command, [name, str(path)])
    assert done.exit_code == 0, done.output
    return list(csv.reader(path.read_text().splitlines()))


@pytest.mark.usefixtures("office")
class TestExport:
    def test_of_costs_is_read_again_and_changes_nothing(self, write, tmp_path, capsys):
        files.import_costs("expenses", write(EXPENSES), dry_run=False)

        rows = export("costs", tmp_path / "out.csv")

        assert [row[:6] for row in rows[1:]] == [
            ["LT-1", "2026-01-05", "part", "75.00", "EUR", "Battery"],
            ["LT-1", "2026-01-05", "part", "75.00", "EUR", "Battery"],
            ["LT-1", "2026-01-05", "part", "75.00", "EUR", "Battery"],
            ["LT-2", "2026-02-05", "energy", "12.50", "EUR", "'=1+1"],
        ]
        files.import_costs("expenses", tmp_path / "out.csv", dry_run=False)
        assert "4 expenses are read; 0 are new or changed." in capsys.readouterr().out

    def test_of_the_roadmap_has_a_row_for_each_thing_that_is_due(self, admin, work, tmp_path):
        with work() as session:
            category = Category(name="Laptop")
            session.add(category)
            session.flush()
            for asset in session.scalars(select(Asset)):
                asset.category_id, asset.purchase_date = category.id, date(2050, 1, 15)
                asset.purchase_cost_cents, asset.currency = 1100_00, "EUR"
        add_rule(admin, months="48")

        rows = export("roadmap", tmp_path / "out.csv")

        assert [row[:3] for row in rows[1:]] == [
            ["2054", "2054-01-15", "LT-1"], ["2054", "2054-01-15", "LT-2"],
        ]  # fmt: skip

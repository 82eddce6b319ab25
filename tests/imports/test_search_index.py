"""The search index after an import: merged, and still true."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.queries.register.assets import AssetFilter, list_assets
from scanner_app.services.imports.kinds.assets import apply as assets_apply
from scanner_app.services.register.plan import AssetDraft
from scanner_app.services.register.search_index import merge_search_index
from scanner_app.services.register.write import create_assets
from scanner_app.storage.database import reading, unit_of_work
from tests.conftest import NOW

ROWS = 30


def count_unmerged(session) -> int:
    """Return the number of unmerged pieces: segments, or pages that are not sorted in."""
    if session.get_bind().dialect.name == "sqlite":
        segments = "SELECT count(DISTINCT segid) FROM asset_search_idx"
        return session.scalar(text(segments)) - 1
    return session.scalar(text("SELECT gin_clean_pending_list('ix_asset_search_text')"))


def tags_with(session, query: str) -> list[str]:
    return [row.asset_tag for row in list_assets(session, wanted=AssetFilter(query)).rows]


@pytest.fixture
def assets(app):
    """Assets that were created in one transaction each."""
    with app.app_context():
        for n in range(ROWS):
            with unit_of_work() as session:
                create_assets(
                    session,
                    drafts=[AssetDraft({"asset_tag": f"LT-{n:03}", "name": f"laptop {n}"})],
                    kind=ChangeKind.CREATED,
                    actor="test",
                    now=NOW,
                )
        yield


class TestMergeSearchIndex:
    def test_merges_all_pending_pieces(self, assets):
        with unit_of_work() as session:
            before = count_unmerged(session)
            session.rollback()

        with unit_of_work() as session:
            merge_search_index(session)

        with unit_of_work() as session:
            assert (before > 0, count_unmerged(session)) == (True, 0)

    def test_finds_the_same_assets_after_a_merge(self, assets):
        with unit_of_work() as session:
            merge_search_index(session)

        with reading() as session:
            assert tags_with(session, "lt-01") == [f"LT-{n:03}" for n in range(10, 20)]
            assert tags_with(session, "laptop 29") == ["LT-029"]

    def test_works_on_postgresql_without_the_extension(self, assets):
        with unit_of_work() as session:
            if session.get_bind().dialect.name == "postgresql":
                session.execute(text("DROP INDEX ix_asset_search_text"))
            merge_search_index(session)

        with reading() as session:
            assert tags_with(session, "lt-02") == [f"LT-{n:03}" for n in range(20, ROWS)]

    @pytest.mark.parametrize("least", [ROWS, ROWS + 1])
    def test_runs_after_a_large_import_only(self, app, importer, monkeypatch, least):
        monkeypatch.setattr(assets_apply, "WORTH_MERGING", least)
        text_ = "Asset Tag,Asset Name\n" + "".join(f"X-{n},thing {n}\n" for n in range(ROWS))

        importer.take("assets", text_)

        with app.app_context(), unit_of_work() as session:
            if session.get_bind().dialect.name == "postgresql":
                assert (count_unmerged(session) == 0) == (least == ROWS)
            assert len(tags_with(session, "thing")) == ROWS

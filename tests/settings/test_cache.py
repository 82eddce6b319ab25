"""Settings are remembered by each worker, which notices the changes of others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.models import Setting
from scanner_app.services.settings import SettingsCache, change_logo, change_settings

ADA = Actor(kind="user", id=1, name="Ada", role=Role.ADMIN, user_id=1)


def change(work, texts, *, seen=None, fixed=None):
    with work() as session:
        return change_settings(
            session,
            texts=texts,
            seen=seen or {},
            fixed=fixed or {},
            actor=ADA,
            now=datetime.now(UTC),
        )


class TestCache:
    def test_sees_what_another_worker_changed(self, work):
        one, other = SettingsCache({}), SettingsCache({})
        with work() as session:
            assert one.look(session).currency == other.look(session).currency == "EUR"

        change(work, {"currency": "USD"})
        with work() as session:
            change_logo(session, picture=b"jpeg", actor=ADA, now=datetime.now(UTC))

        with work() as session:
            assert one.look(session) == other.look(session)
            assert one.look(session).currency == "USD"
            assert one.look(session).logo
            assert other.recall() is other.look(session)

    def test_changes_the_logos_address_with_each_logo_and_drops_it_without(self, work):
        cache, addresses = SettingsCache({}), []
        for picture in (b"one", b"two", None):
            with work() as session:
                change_logo(session, picture=picture, actor=ADA, now=datetime.now(UTC))
            with work() as session:
                addresses.append(cache.look(session).logo)

        assert addresses[0] != addresses[1]
        assert addresses[2] == ""


class TestChangeSettings:
    def test_says_what_was_changed_from_what_to_what(self, work):
        changes = change(work, {"currency": "usd", "due_days": "0", "organisation_name": "Acme"})

        assert [(one.key, one.old, one.new) for one in changes] == [
            ("organisation_name", "", "Acme"),
            ("currency", "EUR", "USD"),
        ]
        with work() as session:
            row = session.get(Setting, "currency")
            assert (row.value, row.changed_by) == ("USD", "Ada")

    def test_changes_nothing_if_one_value_is_wrong(self, work):
        with pytest.raises(Invalid) as caught:
            change(work, {"currency": "USD", "due_days": "soon", "time_zone": "x"})

        assert set(caught.value.errors) == {"due_days", "time_zone"}
        with work() as session:
            assert session.scalars(select(Setting)).all() == []

    def test_leaves_what_the_environment_fixes(self, work):
        assert change(work, {"currency": "USD"}, fixed={"currency": "CHF"}) == []

    def test_lets_no_admin_overwrite_another_unseen(self, work):
        change(work, {"due_days": "7"})

        with pytest.raises(Conflict, match="changed while this page was open"):
            change(work, {"due_days": "30"}, seen={"due_days": "0"})
        assert change(work, {"due_days": "0"}, seen={"due_days": "0"}) == []
        assert [one.new for one in change(work, {"due_days": "9"}, seen={"due_days": "7"})] == ["9"]

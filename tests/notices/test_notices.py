"""Notices in the database: each key once, to whom it concerns, read, taken and ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from scanner_app.domain.access.roles import Role
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.domain.notices.causes import job_failed
from scanner_app.domain.notices.kinds import NoticeKind
from scanner_app.domain.notices.sweep import SweepRules
from scanner_app.models import Act, Asset, Audit, Custody, Notice, NoticeTo, Person, Reader, User
from scanner_app.queries.notices.bell import count_unread, list_bell
from scanner_app.services.access import users
from scanner_app.services.notices.choices import (
    WantedHours,
    WantedKind,
    link_person,
    load_choices,
    save_choices,
)
from scanner_app.services.notices.raise_notice import raise_notice
from scanner_app.services.notices.read import give_back, read_all, read_notice, take_notice
from scanner_app.services.notices.sweep import find_holding, watch_readers, write_holding
from scanner_app.services.readers.setup import note_heartbeat
from tests.support.on_both import OnBoth
from tests.support.register import add_asset, add_location, add_person

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
UTC_RULES = SweepRules(ZoneInfo("UTC"))


def add_user(session, role: str, name: str = "") -> int:
    user = users.add_user(
        session,
        email=f"{name or role}@example.org",
        role=Role(role),
        name=(name or role).title(),
        password=None,
        now=NOW,
    )
    return user.id


def lend(session, tag: str, person: Person, *, due: datetime, room=None) -> int:
    """Lend an asset until a moment, and return the id of its custody."""
    asset_id = add_asset(session, tag, now=NOW - timedelta(days=30), location=room, home=room)
    asset = session.get_one(Asset, asset_id)
    asset.status, asset.custodian_id, asset.due_at = "in_use", person.id, due
    custody = Custody(asset_id=asset_id, person_id=person.id, started_at=NOW, due_at=due)
    session.add(custody)
    session.flush()
    return custody.id


def take_back(session, custody_id: int, now: datetime) -> None:
    custody = session.get_one(Custody, custody_id)
    custody.ended_at = now
    asset = session.get_one(Asset, custody.asset_id)
    asset.status, asset.custodian_id, asset.due_at = "in_stock", None, None
    session.flush()


def sweep(session, now: datetime) -> tuple[int, int]:
    return write_holding(session, find_holding(session, now=now, rules=UTC_RULES), now=now)


def bell(session, user_id: int, **wanted):
    return list_bell(session, user_id=user_id, limit=50, **wanted)


FAILED = job_failed("import:1", job="The import of a.csv", reason="No rows.", page="/imports/1")


class TestOnce(OnBoth):
    def test_writes_a_key_once(self, work):
        with work() as session:
            admin = add_user(session, "admin")
            assert raise_notice(session, FAILED, now=NOW)
            assert not raise_notice(session, FAILED, now=NOW)
        with work() as session:
            assert not raise_notice(session, FAILED, now=NOW)
            assert [row.sentence for row in bell(session, admin)] == [
                "The import of a.csv failed: No rows."
            ]

    def test_goes_with_the_transaction_of_its_cause(self, work):
        def cause() -> None:
            with work() as session:
                add_user(session, "admin")
                raise_notice(session, FAILED, now=NOW)
                raise RuntimeError("the cause failed")

        with pytest.raises(RuntimeError, match="the cause"):
            cause()
        with work() as session:
            assert session.scalar(select(func.count(Notice.id))) == 0

    def test_raises_nothing_when_the_sweep_runs_twice(self, work):
        with work() as session:
            stockroom = add_user(session, "stockroom")
            dana = add_person(session, "1", "Dana", now=NOW)
            lend(session, "LT-1", dana, due=NOW + timedelta(days=2))
            lend(session, "LT-2", dana, due=NOW - timedelta(days=5))
            asset = session.get_one(Asset, add_asset(session, "LT-3", now=NOW))
            asset.purchase_date, asset.warranty_months = NOW.date().replace(year=2024), 24
            asset.eol_date = NOW.date() + timedelta(days=60)
        with work() as session:
            assert sweep(session, NOW) == (4, 0)
        with work() as session:
            assert sweep(session, NOW) == (0, 0)
            assert sweep(session, NOW + timedelta(hours=3)) == (0, 0)
            assert {row.kind for row in bell(session, stockroom)} == {"overdue", "life_ends"}
            assert len(bell(session, stockroom)) == 3

    def test_tells_of_a_loan_once_over_a_night(self, work):
        with work() as session:
            dana = add_person(session, "1", "Dana", email="dana@example.org", now=NOW)
            user = add_user(session, "technician", "dana")
            link_person(session, user_id=user, person_id=dana.id)
            lend(session, "LT-1", dana, due=NOW + timedelta(days=3))
            raised = [sweep(session, NOW + timedelta(hours=hour))[0] for hour in range(24)]
            assert sum(raised) == 1


class TestWhatIsOver(OnBoth):
    def test_ends_a_notice_when_the_asset_is_back(self, work):
        with work() as session:
            stockroom = add_user(session, "stockroom")
            dana = add_person(session, "1", "Dana", now=NOW)
            custody = lend(session, "LT-1", dana, due=NOW - timedelta(days=5))
            sweep(session, NOW)
            assert count_unread(session, user_id=stockroom) == 1
            take_back(session, custody, NOW + timedelta(hours=1))
            assert sweep(session, NOW + timedelta(hours=1)) == (0, 1)
            assert count_unread(session, user_id=stockroom) == 0
            assert [row.is_over for row in bell(session, stockroom)] == [True]

    def test_tells_of_another_date_anew_and_ends_the_old_one(self, work):
        with work() as session:
            dana = add_person(session, "1", "Dana", now=NOW)
            custody = lend(session, "LT-1", dana, due=NOW + timedelta(days=1))
            sweep(session, NOW)
            row = session.get_one(Custody, custody)
            row.due_at = session.get_one(Asset, row.asset_id).due_at = NOW + timedelta(days=3)
            session.flush()
            assert sweep(session, NOW) == (1, 1)
            open_ones = session.scalars(select(Notice).where(Notice.cleared_at.is_(None))).all()
            assert [one.due_on for one in open_ones] == [(NOW + timedelta(days=3)).date()]

    def test_shows_the_newest_of_a_matter_alone(self, work):
        with work() as session:
            stockroom = add_user(session, "stockroom")
            dana = add_person(session, "1", "Dana", now=NOW)
            lend(session, "LT-1", dana, due=NOW - timedelta(days=3))
            for days in (0, 4, 11):
                sweep(session, NOW + timedelta(days=days))
            assert count_unread(session, user_id=stockroom) == 1
            assert len(bell(session, stockroom)) == 3


class TestWhoIsTold(OnBoth):
    def test_tells_a_person_with_an_account_once_and_there(self, work):
        with work() as session:
            dana = add_person(session, "1", "Dana", email="Dana@Example.org", now=NOW)
            eve = add_person(session, "2", "Eve", email="eve@example.org", now=NOW)
            user = add_user(session, "stockroom", "dana")
            assert load_choices(session, user_id=user).proposed == ((dana.id, "Dana"),)
            link_person(session, user_id=user, person_id=dana.id)
            # She is the holder and the stockroom.
            lend(session, "LT-1", dana, due=NOW - timedelta(days=3))
            lend(session, "LT-2", eve, due=NOW - timedelta(days=1))
            sweep(session, NOW)
            told = session.execute(
                select(NoticeTo.user_id, NoticeTo.person_id).order_by(NoticeTo.id)
            )
            assert [tuple(row) for row in told] == [(user, None), (None, eve.id)]

    def test_lets_nobody_claim_to_be_somebody_else(self, work):
        with work() as session:
            user = add_user(session, "technician", "mallory")
            dana = add_person(session, "1", "Dana", email="dana@example.org", now=NOW)
            nobody = add_person(session, "2", "No address", now=NOW)
            for person in (dana, nobody):
                with pytest.raises(NotFound):
                    link_person(session, user_id=user, person_id=person.id)

    def test_narrows_to_a_location_with_all_inside(self, work):
        with work() as session:
            berlin, paris = (add_user(session, "stockroom", name) for name in ("berlin", "paris"))
            every = add_user(session, "stockroom", "every")
            site = add_location(session, "BER", "Berlin", now=NOW)
            room = add_location(session, "BER-1", "Room 1", parent=site, now=NOW)
            add_location(session, "PAR", "Paris", now=NOW)
            for user, code in ((berlin, "BER"), (paris, "PAR")):
                wanted = WantedKind(is_told=True, by_mail=False, location=code)
                save_choices(
                    session,
                    user_id=user,
                    hours=WantedHours(),
                    kinds={NoticeKind.OVERDUE: wanted},
                )
            dana = add_person(session, "1", "Dana", now=NOW)
            lend(session, "LT-1", dana, due=NOW - timedelta(days=3), room=room)
            sweep(session, NOW)
            told = session.scalars(select(NoticeTo.user_id).where(NoticeTo.user_id.is_not(None)))
            assert set(told) == {berlin, every}

    def test_tells_owner_and_approvers_of_an_audit(self, api_as, app, work):
        with work() as session:
            auditor, approver = add_user(session, "auditor"), add_user(session, "approver")
            add_user(session, "viewer")
            audit = Audit(
                name="Q1",
                state=AuditState.COUNTING,
                due_on=NOW.date() + timedelta(days=2),
                created_at=NOW,
                created_by="Auditor",
            )
            session.add(audit)
            session.flush()
            session.add(
                Act(
                    at=NOW,
                    actor=f"user:{auditor}",
                    actor_name="Auditor",
                    person_key=f"user:{auditor}",
                    kind="created",
                    audit_id=audit.id,
                )
            )
            session.flush()
            assert sweep(session, NOW) == (1, 0)
            assert set(session.scalars(select(NoticeTo.user_id))) == {auditor, approver}

    def test_tells_no_account_that_is_switched_off(self, work):
        with work() as session:
            admin = add_user(session, "admin")
            session.get_one(User, admin).is_active = False
            session.flush()
            raise_notice(session, FAILED, now=NOW)
            assert session.scalar(select(func.count(NoticeTo.id))) == 0


class TestReaders(OnBoth):
    def test_tells_of_a_silence_once_and_of_its_end(self, work):
        with work() as session:
            admin = add_user(session, "admin")
            session.add(
                Reader(name="dock", silent_after_seconds=600, created_at=NOW, last_heartbeat_at=NOW)
            )
            session.flush()
            assert watch_readers(session, now=NOW + timedelta(minutes=9)) == 0
            assert watch_readers(session, now=NOW + timedelta(minutes=11)) == 1
            assert watch_readers(session, now=NOW + timedelta(minutes=30)) == 0
        back = NOW + timedelta(minutes=40)
        with work() as session:
            note_heartbeat(session, reader_name="dock", heartbeat={}, now=back, actor=None)
        with work() as session:
            rows = bell(session, admin, only_unread=True)
            assert [row.sentence for row in rows] == [
                "Reader dock sends again. It was silent since 2026-03-02T09:00:00Z."
            ]
            assert watch_readers(session, now=back) == 0

    def test_says_nothing_of_a_gap_that_nobody_was_told_of(self, work):
        with work() as session:
            add_user(session, "admin")
            session.add(
                Reader(name="dock", silent_after_seconds=600, created_at=NOW, last_heartbeat_at=NOW)
            )
            session.flush()
            late = NOW + timedelta(hours=9)
            note_heartbeat(session, reader_name="dock", heartbeat={}, now=late, actor=None)
            assert session.scalar(select(func.count(Notice.id))) == 0


class TestReading:
    @pytest.fixture
    def database(self, sqlite_template, tmp_path):
        return sqlite_template.make(tmp_path / "instance")

    def test_reads_and_takes(self, work):
        with work() as session:
            ana, ben = add_user(session, "admin", "ana"), add_user(session, "admin", "ben")
            carl = add_user(session, "viewer", "carl")
            raise_notice(session, FAILED, now=NOW)
            id_ = bell(session, ana)[0].id
            take_notice(session, notice_id=id_, user_id=ana, now=NOW)
            assert count_unread(session, user_id=ana) == 0
            assert count_unread(session, user_id=ben) == 1
            assert bell(session, ben)[0].taken_by == "Ana"
            with pytest.raises(Conflict, match="Ana has taken this already"):
                take_notice(session, notice_id=id_, user_id=ben, now=NOW)
            give_back(session, notice_id=id_, user_id=ben)
            assert bell(session, ana)[0].is_mine
            give_back(session, notice_id=id_, user_id=ana)
            take_notice(session, notice_id=id_, user_id=ben, now=NOW)
            for act in (read_notice, take_notice):
                with pytest.raises(NotFound):
                    act(session, notice_id=id_, user_id=carl, now=NOW)

    def test_marks_as_read_only_what_was_seen(self, work):
        with work() as session:
            ana = add_user(session, "admin", "ana")
            raise_notice(session, FAILED, now=NOW)
            seen = bell(session, ana)[0].id
            later = job_failed("import:2", job="An import", reason="No.", page="/imports/2")
            raise_notice(session, later, now=NOW)
            read_all(session, user_id=ana, up_to=seen, now=NOW)
            assert count_unread(session, user_id=ana) == 1

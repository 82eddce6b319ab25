"""The daily check: terms that follow by themselves, what is told, and that it is done once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from scanner_app.services.contracts.daily import claim_day
from scanner_app.storage.database import unit_of_work
from scanner_app.worker.daily import run_check
from tests.contracts.conftest import FAR, TACIT


class TestScenario19:
    """Ends 2027-03-31, notice 90 days, tacit 12 months."""

    def test_a_contract_nobody_decides_about_is_told_of_thrice_and_rolls_over(
        self, contract, check, notices, terms
    ):
        for day in ("2026-10-01", "2026-10-02", "2026-10-03", "2026-12-01", "2026-12-24"):
            check(day)
        told = [day for day, _ in notices("contract_act_by")]
        before = terms(contract)
        check("2026-12-31")
        at_the_day = terms(contract)
        check("2027-01-01")

        assert told == ["2026-10-02", "2026-12-01", "2026-12-24"]
        assert before == at_the_day == [(1, "2027-03-31", "active")]
        assert terms(contract) == [(1, "2027-03-31", "active"), (2, "2028-03-31", "active")]
        assert notices("term_rolled_over") == [("2027-01-01", True)]
        assert not any(is_open for _, is_open in notices("contract_act_by"))
        check("2027-04-01")
        assert terms(contract) == [(1, "2027-03-31", "ended"), (2, "2028-03-31", "active")]

    def test_one_that_shall_lapse_ends(self, admin, contract, check, notices, terms):
        check("2026-12-24")
        path = f"/contracts/{contract}/state"
        silent = admin.post(path, data={"state": "notice_given"})
        given = admin.post(path, data={"state": "notice_given", "reason": "Replaced"})

        assert (silent.status_code, given.status_code) == (422, 303)
        assert notices("contract_act_by") == [("2026-12-24", False)]
        check("2027-01-01")
        assert terms(contract) == [(1, "2027-03-31", "notice_given")]
        check("2027-04-01")
        assert terms(contract) == [(1, "2027-03-31", "ended")]
        assert notices("term_rolled_over") == []


class TestCheck:
    def test_makes_each_missed_term_with_its_notice(self, contract, check, notices, terms):
        check("2026-06-01")
        check("2029-01-05")

        assert terms(contract) == [
            (1, "2027-03-31", "ended"),
            (2, "2028-03-31", "ended"),
            (3, "2029-03-31", "active"),
            (4, "2030-03-31", "active"),
        ]
        assert len(notices("term_rolled_over")) == 3
        assert notices("check_not_run") == [("2029-01-05", True)]
        check("2029-01-06")
        assert notices("check_not_run") == [("2029-01-05", False)]

    def test_takes_a_day_once_and_again_after_a_worker_died(self, app):
        day, now = date(2026, 3, 2), datetime(2026, 3, 2, 9, tzinfo=UTC)

        def claim(minutes: int) -> bool:
            at = now + timedelta(minutes=minutes)
            with app.app_context(), unit_of_work() as session:
                return claim_day(session, today=day, now=at)

        assert [claim(0), claim(59), claim(61), claim(62)] == [True, False, True, False]

    def test_tells_of_a_lease_until_it_is_renewed(self, admin, desk, check, notices):
        lease = FAR | {"number": "L-1", "kind": "lease", "renewal": "express", "notice_days": "0"}
        admin.post("/contracts", data=lease)
        check("2097-03-01")
        admin.post("/contracts/L-1/renewal", data={"ends_on": "2098-03-31"})
        check("2097-03-25")

        assert notices("lease_ends") == [("2097-03-01", False)]

    def test_keeps_the_last_notice_while_an_undecided_term_still_runs(
        self, admin, desk, check, notices
    ):
        admin.post("/contracts", data=TACIT | {"renewal": "express"})
        check("2026-12-30")
        check("2027-01-10")

        assert notices("contract_act_by") == [("2026-12-30", True)]
        check("2027-04-01")
        assert notices("contract_act_by") == [("2026-12-30", False)]

    def test_can_be_run_for_a_day_by_command(self, app, contract, terms):
        now = datetime(2026, 3, 2, tzinfo=UTC)
        with app.app_context():
            counts = [run_check(date(2027, 1, 1), now) for _ in range(2)]

        assert counts == [(1, 1), (0, 0)]
        assert len(terms(contract)) == 2


@pytest.mark.parametrize("change", ["starts_on = '2097-03-31'", "starts_on = '2096-04-01'"])
def test_the_database_refuses_terms_that_overlap(app, far, admin, change):
    admin.post(f"/contracts/{far}/renewal", data={})

    with app.app_context(), pytest.raises(DBAPIError, match="overlap"), unit_of_work() as session:
        session.execute(text(f"UPDATE contract SET {change} WHERE term = 2"))

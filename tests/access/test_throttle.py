"""Guessing is bounded by account and network, and locks nobody out for good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from scanner_app.domain.errors import TooMany
from scanner_app.models import Throttle
from scanner_app.services.access import throttle
from scanner_app.storage.database import unit_of_work
from tests.access.conftest import ATTEMPTS, is_signed_in, sign_in
from tests.support.databases import SECRET, build_app, make_settings
from tests.support.on_both import OnBoth

FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Real-IP": "203.0.113.9",
    "Forwarded": "for=203.0.113.9",
    "CF-Connecting-IP": "203.0.113.9",
    "True-Client-IP": "203.0.113.9",
    "X-Client-IP": "203.0.113.9",
}
ANA = {"account:ana@example.org": ATTEMPTS}
NETWORK = {"network:127.0.0.0/24": ATTEMPTS * throttle.NETWORK_FACTOR}


def use_up(app, limits: dict[str, int]) -> None:
    """Use attempts up, in this window and the next: a test may stand at the edge of one."""
    now = datetime.now(UTC)
    with app.app_context(), unit_of_work() as session:
        for moment in (now, now + throttle.WINDOW):
            throttle.count_attempt(session, limits=limits, now=moment)
        for key, limit in limits.items():
            session.execute(update(Throttle).where(Throttle.key == key).values(attempts=limit))


class TestFindNetwork:
    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("192.0.2.77", "192.0.2.0/24"),
            ("192.0.2.1", "192.0.2.0/24"),
            ("192.0.3.1", "192.0.3.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            ("::ffff:192.0.2.77", "192.0.2.0/24"),
            ("fe80::1%eth0", "fe80::/64"),
            ("", "unknown"),
            ("not an address", "unknown"),
        ],
    )
    def test_gives_the_24_or_the_64(self, address: str, network: str):
        assert throttle.find_network(address) == network


class TestFindBrowser:
    def test_knows_a_browser_that_signed_in_to_this_account_here(self):
        marks = throttle.add_mark(SECRET, email="bob@example.org", marks="")
        both = throttle.add_mark(SECRET, email="alice@example.org", marks=marks)

        assert throttle.find_browser(SECRET, email="bob@example.org", marks=both)
        assert throttle.find_browser(SECRET, email="alice@example.org", marks=both)
        assert throttle.add_mark(SECRET, email="bob@example.org", marks=both) == both
        assert throttle.find_browser(SECRET, email="alice@example.org", marks=marks) is None
        assert throttle.find_browser("another-key", email="bob@example.org", marks=both) is None

    @pytest.mark.parametrize("marks", ["", ".", "~", "a.b", "é.ü", "\ud800.x", "x" * 100_000])
    def test_knows_nothing_by_a_forged_mark(self, marks: str):
        assert throttle.find_browser(SECRET, email="bob@example.org", marks=marks) is None

    def test_keeps_a_phones_marks_short(self):
        marks = ""
        for number in range(40):
            marks = throttle.add_mark(SECRET, email=f"u{number}@example.org", marks=marks)

        assert len(marks) < 900
        assert throttle.find_browser(SECRET, email="u39@example.org", marks=marks)


class TestCountAttempt(OnBoth):
    def test_refuses_one_more_than_the_limit_until_the_quarter_is_over(self, work, now):
        limits = {"account:bob@example.org": 3, "network:192.0.2.0/24": 9}
        for _ in range(3):
            with work() as session:
                throttle.count_attempt(session, limits=limits, now=now)

        with pytest.raises(TooMany) as refused, work() as session:
            throttle.count_attempt(session, limits=limits, now=now + timedelta(minutes=14))
        with work() as session:
            throttle.count_attempt(session, limits=limits, now=now + timedelta(minutes=15))

        assert refused.value.retry_after == 61
        assert "2 minutes" in refused.value.message

    def test_counts_a_network_over_many_accounts(self, work, now):
        for number in range(9):
            with work() as session:
                throttle.count_attempt(
                    session,
                    limits={f"account:u{number}@example.org": 3, "network:192.0.2.0/24": 9},
                    now=now,
                )

        with pytest.raises(TooMany), work() as session:
            throttle.count_attempt(
                session,
                limits={"account:new@example.org": 3, "network:192.0.2.0/24": 9},
                now=now,
            )
        # Refused attempts leave no rows: guessing at invented names fills no table.
        with work() as session:
            assert "account:new@example.org" not in session.scalars(select(Throttle.key)).all()

    def test_lets_no_attempt_of_many_at_once_pass_for_free(self, app, now):
        """Guessing from several workers at once gains nothing."""
        tries, limits = 12, {"account:bob@example.org": 5, "network:192.0.2.0/24": 25}

        def attempt(_number: int) -> bool:
            with app.app_context():
                try:
                    with unit_of_work() as session:
                        throttle.count_attempt(session, limits=limits, now=now)
                except TooMany:
                    return False
                return True

        with ThreadPoolExecutor(4) as pool:
            passed = list(pool.map(attempt, range(tries)))

        assert sum(passed) == 5


class TestForgetAttempts(OnBoth):
    def test_gives_the_account_all_back_and_the_network_one(self, work, now):
        limits = {"account:bob@example.org": 10, "network:192.0.2.0/24": 50}
        for _ in range(4):
            with work() as session:
                throttle.count_attempt(session, limits=limits, now=now)

        with work() as session:
            throttle.forget_attempts(session, limits=limits, now=now)

        with work() as session:
            rows = session.execute(select(Throttle.key, Throttle.attempts))
            assert dict(tuple(row) for row in rows) == {"network:192.0.2.0/24": 3}

    def test_clears_old_windows_away(self, work, now):
        with work() as session:
            throttle.count_attempt(session, limits={"account:old@example.org": 3}, now=now)

        with work() as session:
            throttle.forget_attempts(session, limits=ANA, now=now + timedelta(hours=1))

        with work() as session:
            assert session.scalars(select(Throttle.key)).all() == []


class TestSignIn:
    def test_counts_the_socket_whatever_headers_claim(self, app, person):
        person()
        use_up(app, NETWORK)
        for name, value in FORGED.items():
            answer = sign_in(app.test_client(), headers={name: value})

            assert answer.status_code == 429, name

    def test_counts_the_client_behind_the_proxies_that_were_set(self, database, tmp_path, person):
        person()
        app = build_app(make_settings(tmp_path / "instance", database, proxy_hops=1))
        use_up(app, {"network:203.0.113.0/24": 50})

        def try_from(chain: str) -> int:
            return sign_in(app.test_client(), headers={"X-Forwarded-For": chain}).status_code

        assert try_from("203.0.113.9") == 429
        # What a client puts in front of the proxy's own entry is not believed.
        assert try_from("198.51.100.1, 203.0.113.9") == 429
        assert try_from("203.0.113.9, 198.51.100.1") == 303

    def test_locks_nobody_out_of_a_browser_they_used_before(self, app, person):
        person()
        person("bob@example.org")
        known = app.test_client()
        sign_in(known)
        known.post("/sign-out")
        use_up(app, {**ANA, **NETWORK})

        stranger = sign_in(app.test_client())
        owner = sign_in(known)

        assert (stranger.status_code, owner.status_code) == (429, 303)
        assert is_signed_in(known)
        # The mark is for one account: it opens no second door.
        assert sign_in(known, "bob@example.org").status_code == 429

    def test_bounds_a_known_browser_too(self, app, work, person):
        person()
        known = app.test_client()
        sign_in(known)
        known.post("/sign-out")
        sign_in(known, password="wrong")
        with work() as session:
            keys = session.scalars(select(Throttle.key)).all()
        [browser] = [key for key in keys if key.startswith("browser:")]
        use_up(app, {browser: ATTEMPTS})

        assert sign_in(known).status_code == 429

    def test_gives_a_network_its_attempt_back_after_a_right_password(self, app, work, person):
        """An office of a hundred behind one address signs in of a morning."""
        person()
        sign_in(app.test_client(), password="wrong")

        assert sign_in(app.test_client()).status_code == 303

        with work() as session:
            [row] = session.scalars(select(Throttle)).all()
            assert (row.key, row.attempts) == ("network:127.0.0.0/24", 1)

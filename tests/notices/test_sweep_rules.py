"""Which notices there are by a state and a day: stockroom rules, worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from scanner_app.domain.access.roles import Role
from scanner_app.domain.notices.causes import (
    is_silent,
    job_failed,
    low_stock,
    reader_back,
    reader_silent,
)
from scanner_app.domain.notices.kinds import (
    NOTICES,
    NoticeKind,
    describe,
    find_link,
    may_choose,
)
from scanner_app.domain.notices.sweep import (
    DueAudit,
    Ending,
    EndingWaiver,
    Loan,
    OpenLink,
    SweepRules,
    SweptState,
    sweep,
)

BERLIN = SweepRules(ZoneInfo("Europe/Berlin"))
DUE = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)  # 18:00 in Berlin
LOAN = Loan(7, DUE, 3, "Dana Reyes", "LT-1", "ThinkPad")


def at(days: float) -> datetime:
    return DUE + timedelta(days=days)


def keys(state: SweptState, now: datetime, rules: SweepRules = BERLIN) -> list[str]:
    return [one.key for one in sweep(state, now=now, rules=rules)]


class TestLoans:
    @pytest.mark.parametrize(
        ("days", "expected"),
        [
            (-4, None),
            (-3, "due:7:2026-03-10T17:00:00Z:3d"),
            (-2, "due:7:2026-03-10T17:00:00Z:3d"),
            (-1, "due:7:2026-03-10T17:00:00Z:1d"),
            (-0.1, "due:7:2026-03-10T17:00:00Z:1d"),
            (0.1, None),  # some hours late, on the day itself
            (1, "late:7:2026-03-10T17:00:00Z:1d"),
            (2, "late:7:2026-03-10T17:00:00Z:1d"),
            (3, "late:7:2026-03-10T17:00:00Z:3d"),
            (6, "late:7:2026-03-10T17:00:00Z:3d"),
            (7, "late:7:2026-03-10T17:00:00Z:7d"),
            (13, "late:7:2026-03-10T17:00:00Z:7d"),
            (14, "late:7:2026-03-10T17:00:00Z:14d"),
            (42, "late:7:2026-03-10T17:00:00Z:42d"),
            (400, "late:7:2026-03-10T17:00:00Z:42d"),
        ],
    )
    def test_tells_by_days_before_and_after(self, days, expected):
        assert keys(SweptState(loans=[LOAN]), at(days)) == ([expected] if expected else [])

    def test_tells_of_one_loan_at_most_ten_times(self):
        state = SweptState(loans=[LOAN])
        hours = (DUE + timedelta(hours=n) for n in range(-24 * 10, 24 * 365, 6))
        found = {key for now in hours for key in keys(state, now)}
        assert len([key for key in found if key.startswith("due:")]) == 2
        assert len([key for key in found if key.startswith("late:")]) == 8

    def test_counts_days_by_the_organisations_clock(self):
        # 23:30 UTC on the 9th is 00:30 on the 10th in Berlin: due today there, tomorrow in UTC.
        late_evening = datetime(2026, 3, 6, 23, 30, tzinfo=UTC)
        assert keys(SweptState(loans=[LOAN]), late_evening) == ["due:7:2026-03-10T17:00:00Z:3d"]
        utc = SweepRules(ZoneInfo("UTC"))
        assert keys(SweptState(loans=[LOAN]), late_evening, utc) == []

    def test_tells_the_stockroom_from_the_third_day(self):
        def roles(days: float) -> list[frozenset[Role]]:
            found = sweep(SweptState(loans=[LOAN]), now=at(days), rules=BERLIN)
            return [one.roles for one in found]

        assert roles(-1) == roles(1) == [frozenset()]
        assert roles(3) == roles(14) == [{Role.STOCKROOM}]

    def test_makes_a_new_matter_of_a_new_date(self):
        later = Loan(7, at(7), 3, "Dana Reyes", "LT-1", "ThinkPad")
        old, new = (
            sweep(SweptState(loans=[loan]), now=loan.due_at - timedelta(days=1), rules=BERLIN)[0]
            for loan in (LOAN, later)
        )
        assert old.key != new.key
        assert old.topic != new.topic

    def test_keeps_the_matter_of_a_loan_that_becomes_late(self):
        soon, late = (
            sweep(SweptState(loans=[LOAN]), now=at(days), rules=BERLIN)[0] for days in (-1, 1)
        )
        assert soon.topic == late.topic

    def test_gives_the_same_for_the_same_state_and_day(self):
        state = SweptState(loans=[LOAN])
        assert keys(state, at(-1)) == keys(state, at(-0.5))


class TestAuditsAndEnds:
    AUDIT = DueAudit(4, "Berlin Q1", date(2026, 3, 10), ("user:5",))

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (6, []),
            (7, ["audit:4:due:2026-03-10"]),
            (10, ["audit:4:due:2026-03-10"]),
            (11, ["audit:4:late:2026-03-10"]),
            (30, ["audit:4:late:2026-03-10"]),
        ],
    )
    def test_tells_of_an_audit_three_days_before_and_once_after(self, day, expected):
        now = datetime(2026, 3, day, 9, tzinfo=UTC)
        assert keys(SweptState(audits=[self.AUDIT]), now) == expected

    @pytest.mark.parametrize(
        ("days", "step"),
        [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)],
    )
    def test_tells_of_an_end_90_30_and_7_days_before(self, days, step):
        now = datetime(2026, 3, 10, 9, tzinfo=UTC)
        on = date(2026, 3, 10) + timedelta(days=days)
        found = keys(SweptState(endings=[Ending(9, "warranty", on, "LT-9", "")]), now)
        assert found == ([f"ends:warranty:9:{on.isoformat()}:{step}"] if step else [])

    def test_takes_other_days_from_the_settings(self):
        now = datetime(2026, 3, 10, 9, tzinfo=UTC)
        ending = Ending(9, "life", date(2026, 4, 24), "LT-9", "")
        rules = SweepRules(ZoneInfo("UTC"), (45, 10))
        assert keys(SweptState(endings=[ending]), now, rules) == ["ends:life:9:2026-04-24:45"]


class TestSentences:
    def test_says_who_what_and_when(self):
        notice = sweep(SweptState(loans=[LOAN]), now=at(3), rules=BERLIN)[0]
        assert describe(notice.kind, notice.params) == (
            "LT-1 (ThinkPad), assigned to Dana Reyes, was due back on 10 Mar 2026 and is not back yet."
        )
        assert find_link(notice.kind, notice.params) == "/assets/LT-1"

    def test_links_a_tag_with_a_slash(self):
        assert find_link(NoticeKind.DUE_SOON, {"tag": "A/1 ?"}) == "/assets/A%2F1%20%3F"

    def test_every_kind_has_a_sentence_and_a_link_here(self):
        samples = {
            NoticeKind.READER_SILENT: reader_silent(2, "dock", silent_since=DUE),
            NoticeKind.READER_BACK: reader_back(2, "dock", silent_since=DUE),
            NoticeKind.LOW_STOCK: low_stock(
                1, 2, code="ST-1", item="Toner", level=3, least=5, location="Lab", location_id=7
            ),
            NoticeKind.JOB_FAILED: job_failed(
                "import:1", job="An import", reason="No.", page="/imports/1"
            ),
        }
        for notice in samples.values():
            assert describe(notice.kind, notice.params).endswith(".")
            assert find_link(notice.kind, notice.params).startswith("/")
        assert all(row.label and row.help.endswith(".") for row in NOTICES.values())
        assert len({row.event for row in NOTICES.values()}) == len(NOTICES)


class TestReaders:
    def test_is_silent_only_if_it_was_ever_heard(self):
        assert not is_silent(None, silent_after_seconds=600, now=DUE)
        assert not is_silent(DUE - timedelta(seconds=600), silent_after_seconds=600, now=DUE)
        assert is_silent(DUE - timedelta(seconds=601), silent_after_seconds=600, now=DUE)

    def test_ends_a_silence_by_the_same_matter(self):
        assert (
            reader_silent(2, "dock", silent_since=DUE).topic
            == reader_back(2, "dock", silent_since=DUE).topic
        )


class TestWaivers:
    @pytest.mark.parametrize(
        ("left", "step"),
        [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)],
    )
    def test_end_at_the_days_of_the_organisation(self, left, step):
        today = date(2026, 3, 10)
        waiver = EndingWaiver(
            4, "quotes", "Compared", "order 81", today + timedelta(left), "user:7"
        )

        assert keys(SweptState(waivers=[waiver]), DUE) == (
            [] if step is None else [f"waiver_ends:4:{step}"]
        )

    def test_say_what_ends_and_lead_to_the_policy(self):
        waiver = EndingWaiver(4, "quotes", "Compared", "order 81", date(2026, 3, 12), "user:7")
        [notice] = sweep(SweptState(waivers=[waiver]), now=DUE, rules=BERLIN)

        assert describe(notice.kind, notice.params) == (
            "The waiver of “Compared” for order 81 ends on 12 Mar 2026. See to what it lets"
            " pass, or waive it again."
        )
        assert find_link(notice.kind, notice.params) == "/policies/quotes#waivers"
        assert notice.to_users == ("user:7",)


OWN = (
    *("due_soon", "overdue", "attestation_asked", "reservation", "wanted_back"),
    "finding_assigned",
)
CONTRACTS = (
    *("contract_act_by", "term_rolled_over", "lease_ends"),
    *("low_seats", "over_allocated", "licence_ends"),
    *("support_ends", "known_exploited", "policy_failed"),
)
ANSWERS = ("to_accept", "handover_answered")


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (Role.ADMIN, set(NoticeKind)),
        (
            Role.STOCKROOM,
            {*OWN, *ANSWERS, *CONTRACTS, "life_ends", "low_stock", "job_failed"}
            | {"request_decided", "budget_exceeded"},
        ),
        (Role.TECHNICIAN, {*OWN, *ANSWERS, *CONTRACTS, "life_ends", "request_decided"}),
        (
            Role.AUDITOR,
            {*OWN, *CONTRACTS, "to_accept", "life_ends"}
            | {"audit_due", "audit_planned", "closure_waits"},
        ),
        (Role.VIEWER, {*OWN, *CONTRACTS, "to_accept", "life_ends"}),
    ],
)
def test_offers_each_role_what_may_concern_it(role, kinds):
    assert {kind for kind in NoticeKind if may_choose(kind, role)} == kinds


@pytest.mark.parametrize(
    ("days", "step"), [(0, 0), (2, 0), (3, 3), (6, 3), (7, 7), (11, 7), (12, 12), (13, 12)]
)
def test_reminds_of_a_link_until_it_is_answered(days, step):
    link = OpenLink(7, UUID(int=3), "H-2026-000001", 5, DUE)

    assert keys(SweptState(links=[link]), DUE + timedelta(days=days)) == [f"accept:7:{step}d"]

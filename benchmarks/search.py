"""Search as you type and the pages, beside one bare indexed query: same run, in turns, ratios.

    python -m benchmarks.search [--assets 100000] [--rounds 20] [--databases sqlite,postgres]

Each search is asked three ways in turns: `GET /api/v1/assets?q=`, the query behind it alone
(`list_assets`), and a bare one: one hand-written statement that finds the same assets through the
index that fits best, with the columns of the list, in the list's order. Pages are held against
the bare look-up of one asset. Everything runs in one process; the median counts.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask.testing import FlaskClient
from sqlalchemy import text

from benchmarks.office import LONG_AGO, open_office
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.queries.register.assets import AssetFilter, list_assets
from scanner_app.services.access import sign_ins, users
from scanner_app.services.audits.setup import create_audit
from scanner_app.services.audits.steps import start_counting
from scanner_app.storage.database import reading, unit_of_work

LIMIT = 50
BAR = 5.0
FEWEST = 50_000
COLUMNS = """
SELECT a.id, a.asset_tag, a.name, a.serial_number, a.status, m.name, m.model_number,
       m.manufacturer, c.name, l.code, l.name, l.full_name, h.code, h.name, s.code, s.name,
       p.number, p.email, p.name, a.due_at, a.condition, a.last_seen_at, a.purchase_date,
       a.purchase_cost_cents, a.currency, a.supplier, a.order_number, a.warranty_months,
       a.eol_date, a.notes, a.custom, a.created_at, a.updated_at
FROM asset a
LEFT JOIN asset_model m ON m.id = a.model_id LEFT JOIN category c ON c.id = a.category_id
LEFT JOIN location l ON l.id = a.location_id LEFT JOIN location h ON h.id = a.home_location_id
LEFT JOIN location s ON s.id = a.last_seen_location_id
LEFT JOIN person p ON p.id = a.custodian_id
"""
IN_ORDER = f" ORDER BY a.tag_key LIMIT {LIMIT + 1}"
OWN = {
    "sqlite": "a.id IN (SELECT rowid FROM asset_search WHERE asset_search MATCH '\"{0}\"')",
    "postgres": "a.id IN (SELECT asset_id FROM asset_search WHERE text LIKE lower('%{0}%'))",
}
HELD = {
    "sqlite": "a.custodian_id IN (SELECT rowid FROM person_search"
    " WHERE person_search MATCH '\"{0}\"')",
    "postgres": "a.custodian_id IN (SELECT id FROM person WHERE lower(name) LIKE lower('%{0}%'))",
}
PLACED = {
    "sqlite": "a.location_id IN (SELECT rowid FROM location_search"
    " WHERE location_search MATCH '\"{0}\"')",
    "postgres": "a.location_id IN (SELECT id FROM location"
    " WHERE lower(full_name) LIKE lower('%{0}%'))",
}
IN_NAME = {"sqlite": "a.name LIKE '%{0}%'", "postgres": "lower(a.name) LIKE lower('%{0}%')"}


@dataclass(frozen=True)
class Search:
    label: str
    query: str
    where: dict[str, str]
    word: str = ""

    def statement(self, kind: str) -> str:
        return f"{COLUMNS} WHERE {self.where[kind].format(self.word or self.query)} {IN_ORDER}"


BY_TAG = dict.fromkeys(("sqlite", "postgres"), "a.tag_key = '{0}'")
SEARCHES = [
    Search("a whole tag", "LT-042137", BY_TAG),
    Search("a piece of a tag", "LT-0421", OWN),
    Search("a piece of a serial", "N4711", OWN),
    Search("one name among 977", "laptop 421", IN_NAME),
    Search("a custodian", "Number17", HELD),
    Search("a room", "R-012", PLACED),
    Search("a word that all have", "laptop", IN_NAME),
    Search("what nothing has", "zebra", OWN),
]


def median_ms(work: Callable[[], object], rounds: int) -> list[float]:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def in_turns(works: list[Callable[[], object]], rounds: int) -> list[float]:
    """Return the median of each in ms, measured in turns so that a busy moment hits all of them."""
    times: list[list[float]] = [[] for _ in works]
    for work in works:
        work()
    for _ in range(rounds):
        for own, work in zip(times, works, strict=True):
            own.extend(median_ms(work, 1))
    return [statistics.median(own) for own in times]


def fetch(client: FlaskClient, path: str, **options: object) -> Callable[[], object]:
    def run() -> object:
        answer = client.get(path, **options)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.data

    return run


def ask(statement: str) -> Callable[[], int]:
    def run() -> int:
        with reading() as session:
            return len(session.connection().execute(text(statement)).all())

    return run


def search(query: str) -> Callable[[], int]:
    def run() -> int:
        with reading() as session:
            return len(list_assets(session, wanted=AssetFilter(query=query), limit=LIMIT).rows)

    return run


def measure_searches(kind: str, client: FlaskClient, rounds: int) -> None:
    print(f"  {'search, ms':26}{'bare':>8}{'ours':>8}{'ratio':>7}{'by HTTP':>9}{'found':>7}")
    for case in SEARCHES:
        statement = case.statement(kind)
        works = [
            ask(statement),
            search(case.query),
            fetch(client, "/api/v1/assets", query_string={"q": case.query, "limit": LIMIT}),
        ]
        found = works[1]()
        bare, ours, http = in_turns(works, rounds)
        mark = "" if ours / bare < BAR else "  above 5"
        print(
            f"  {case.label:26}{bare:8.2f}{ours:8.2f}{ours / bare:7.1f}{http:9.2f}{found:7}{mark}"
        )


def measure_pages(client: FlaskClient, audit_id: int, rounds: int) -> None:
    with reading() as session:
        cursor = list_assets(session, wanted=AssetFilter(), limit=LIMIT).next
    bare = ask(f"{COLUMNS} WHERE a.tag_key = 'LT-042137'")
    print(f"  {'page, ms':26}{'':8}{'ours':>8}{'  x one bare look-up':>20}")
    for label, path in [
        ("home", "/"),
        ("assets, first page", "/assets"),
        ("assets, next page", f"/assets?cursor={cursor}"),
        ("search fragment", "/assets?q=LT-0421"),
        ("one asset", "/assets/LT-042137"),
        ("scan", "/scan"),
        ("an audit's counting page", f"/audits/{audit_id}"),
    ]:
        plain, ours = in_turns([bare, fetch(client, path)], rounds)
        print(f"  {label:26}{'':8}{ours:8.2f}{ours / plain:20.1f}", flush=True)


def run(kind: str, assets: int, rounds: int) -> None:
    with open_office(kind, assets) as app:
        client = app.test_client()
        client.set_cookie("scanner", sign_in())
        audit_id = open_audit()
        print(f"\n{kind}, {assets:,} assets")
        measure_searches(kind, client, rounds)
        measure_pages(client, audit_id, rounds)


def sign_in() -> str:
    now = datetime.now(UTC)
    with unit_of_work() as session:
        user = users.add_user(
            session, email="bench@example.org", role=Role.ADMIN, name="Bench", now=now
        )
        return sign_ins.start_sign_in(
            session, user=user, user_agent="bench", address="127.0.0.1", now=now
        )


def open_audit() -> int:
    actor = Actor("user", 1, "bench", Role.ADMIN, user_id=1)
    with unit_of_work() as session:
        audit = create_audit(
            session, name="All", scope={}, is_blind=False, due_on=None, actor=actor, now=LONG_AGO
        )
        start_counting(session, audit_id=audit.id, actor=actor, now=LONG_AGO)
        return audit.id


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--databases", default="sqlite,postgres")
    options = parser.parse_args()
    if options.assets < FEWEST:
        parser.error(f"the searches ask for assets of a register of at least {FEWEST:,}")
    for kind in options.databases.split(","):
        run(kind, options.assets, options.rounds)


if __name__ == "__main__":
    main()

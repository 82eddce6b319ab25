"""No acknowledged scan lost, none doubled, whatever is killed; and the checker is not blind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner_app.domain.access.roles import Role
from scanner_app.services.access import tokens
from scanner_app.storage.database import db, unit_of_work
from tests.support.databases import PostgresTemplate, build_app, make_settings
from tests.support.postgres import run_postgres
from tests.torture.checker import PEOPLE, ROOMS, TAGS, check, furnish
from tests.torture.nemesis import Server, Verdict, torment

pytestmark = pytest.mark.torture

SECONDS = float(os.environ.get("SCANNER_TORTURE_SECONDS", "8"))
# A broken variant shows itself within seconds; a slow machine gets more turns.
VARIANT_SECONDS = 2.5


@pytest.fixture(scope="module")
def durable_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresTemplate]:
    with run_postgres(durable=True) as server:
        template = PostgresTemplate(server, tmp_path_factory.mktemp("durable"))
        yield template
        template.close()


@pytest.fixture
def make_place(request, database_kind: str, tmp_path: Path):
    """Make databases, each of its own, on a server that keeps what it commits."""
    name = "sqlite_template" if database_kind == "sqlite" else "durable_template"
    template = request.getfixturevalue(name)
    made = []

    def make() -> tuple[str, Path]:
        instance = tmp_path / f"instance-{len(made)}"
        instance.mkdir()
        made.append(template.make(instance))
        return made[-1], instance

    yield make
    for url in made:
        template.drop(url)


def run(
    place, *, variant: str, seconds: float, seed: int, least: tuple[int, int] = (0, 0)
) -> Verdict:
    url, instance = place
    app = build_app(make_settings(instance, url))
    began = datetime.now(UTC) - timedelta(minutes=1)
    with app.app_context():
        with unit_of_work() as session:
            furnish(session, now=began)
            token = tokens.add_token(
                session, name="torture", role=Role.ADMIN, created_by="test", now=began
            )
        db.session.remove()
        db.engine.dispose()
    server = Server(url, instance, workers=3, variant=variant)
    try:
        ledger, kills = torment(
            server,
            token.secret,
            seconds=seconds,
            clients=16,
            seed=seed,
            least=least,
            tags=TAGS,
            people=PEOPLE,
            rooms=ROOMS,
        )
    finally:
        server.stop()
    with app.app_context():
        verdict = check(ledger, token_id=token.id, began=began)
        db.session.remove()
        db.engine.dispose()
    verdict.kills = kills
    print(f"\n{variant or 'correct'} on {url.partition(':')[0]}, seed {seed}: {verdict}")
    return verdict


class TestTheService:
    def test_loses_no_acknowledged_scan_and_doubles_none(self, make_place):
        seed = int(os.environ.get("SCANNER_TORTURE_SEED", "11"))

        verdict = run(make_place(), variant="", seconds=SECONDS, seed=seed, least=(4, 51))

        assert verdict.is_clean(), str(verdict)
        assert verdict.acknowledged > 50
        assert verdict.kills > 3


@pytest.mark.either_database
class TestTheChecker:
    @pytest.mark.parametrize(
        ("variant", "symptom"),
        [
            ("no_key", "doubled"),
            ("early", "lost"),
            ("outside", "doubled"),
        ],
    )
    def test_catches_a_broken_variant(self, make_place, variant, symptom):
        verdicts = []
        for seed in range(23, 32):  # a slow machine sees fewer kills fall into the gap
            verdict = run(make_place(), variant=variant, seconds=VARIANT_SECONDS, seed=seed)
            verdicts.append(verdict)
            if getattr(verdict, symptom):
                break

        assert getattr(verdict, symptom), "\n".join(map(str, verdicts))

"""How the cost of each daily page and each way in grows with the register.

    python -m benchmarks.growth [--sizes 10000,100000] [--databases sqlite,postgres] [--rounds 5]
                                [--only WORD]

Each page is opened by an admin on a register of each size, half of which an open audit expects and
an eighth of which is lent. What counts is processor time: of this process, and of the PostgreSQL
server that it asks. The first visit is left out: it compiles the template. The exponent says how
the cost grows between the smallest and the largest register: 0 is not at all, 1 is with its size.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import math
import statistics
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from benchmarks.home import age
from benchmarks.office import LONG_AGO, analyze, open_office
from benchmarks.search import sign_in
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.plots.bars import Bar, Bars
from scanner_app.domain.plots.looks import LOOKS
from scanner_app.domain.plots.shapes import Mark, Rect, Text, Tone
from scanner_app.models import Finding
from scanner_app.services.access import tokens
from scanner_app.services.audits.setup import create_audit
from scanner_app.services.audits.steps import start_counting, start_reconciling
from scanner_app.storage.database import db, reading, unit_of_work
from scanner_app.worker.run_jobs import drain

ACTOR = Actor("user", 1, "bench", Role.ADMIN, user_id=1)
MIN_ASSETS = 10_000
DATA = Path(__file__).resolve().parent.parent / "docs/benchmarks/growth.json"
GOAL_MS, GOAL_TIMES = 60.0, 1.5
PAGES = {
    "start page": "/",
    "more": "/more",
    "assets": "/assets",
    "assets, a word that all have": "/assets?q=laptop",
    "assets of a room": "/assets?location=R-012",
    "assets, a piece of a tag": "/assets?q=LT-0042",
    "one asset": "/assets/LT-004213",
    "costs of one asset": "/assets/LT-004213/costs",
    "choices for one asset": "/assets/LT-004213/choices",
    "search": "/search?q=laptop",
    "scan": "/scan",
    "places kept by a phone": "/scan/places.json",
    "counter": "/counter",
    "hand-overs": "/handovers",
    "a person at the counter": "/people/1003",
    "statement of a person": "/people/1003/statement",
    "people": "/people",
    "locations": "/locations",
    "one location": "/locations/R-012",
    "head office": "/locations/HQ",
    "stock": "/stock",
    "tasks": "/tasks",
    "notices": "/notices",
    "labels": "/labels",
    "readers": "/readers",
    "imports": "/imports",
    "roadmap": "/roadmap",
    "jobs": "/admin/jobs",
    "trail": "/admin/trail",
    "audits": "/audits",
    "new audit": "/audits/new",
    "audit, counting": "/audits/{counting}",
    "audit, its places": "/audits/{counting}/places",
    "audit, one room": "/audits/{counting}/rooms/14",
    "audit, acts": "/audits/{counting}/acts",
    "audit, reconciling": "/audits/{reconciling}",
    "audit, closure": "/audits/{reconciling}/closure",
    "one finding": "/audits/{reconciling}/findings/{finding}",
    "API: assets": "/api/v1/assets",
    "API: findings": "/api/v1/audits/{reconciling}/findings",
    "API: audit": "/api/v1/audits/{counting}",
    "API: scans": "/api/v1/scans",
    "health": "/readyz",
    "figures": "/metrics",
}


@dataclass(frozen=True)
class Cost:
    """What one visit costs, in ms of processor time: here, and in the server of the database."""

    ours: float
    database: float

    @property
    def both(self) -> float:
        return self.ours + self.database


class Meter:
    """Measures the processor time of a piece of work, with that of PostgreSQL."""

    def __init__(self) -> None:
        self.is_postgres = db.engine.dialect.name == "postgresql"

    def measure(self, work: Callable[[], object]) -> Cost:
        before, began = self._read_server(), time.process_time()
        work()
        ours = time.process_time() - began
        return Cost(ours * 1000, (self._read_server() - before) * 1000)

    def _read_server(self) -> float:
        """Return the seconds that the connections' processes have used so far."""
        if not self.is_postgres:
            return 0.0
        with reading() as session:
            pids = session.execute(
                text("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
            ).scalars().all()  # fmt: skip
        # In ns; /proc/PID/stat counts in steps of 10 ms.
        return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids) / 1e9


def open_audits() -> dict[str, int]:
    """Open an audit of all that is counted in, and one of all that is reconciled."""
    found = {}
    with unit_of_work() as session:
        for name in ("reconciling", "counting"):
            audit = create_audit(
                session, name=name, scope={}, is_blind=False, due_on=None, actor=ACTOR, now=LONG_AGO
            )
            start_counting(session, audit_id=audit.id, actor=ACTOR, now=LONG_AGO)
            found[name] = audit.id
            if name == "reconciling":
                start_reconciling(session, audit_id=audit.id, actor=ACTOR, now=LONG_AGO)
        found["finding"] = session.execute(
            select(Finding.id).where(Finding.audit_id == found["reconciling"]).limit(1)
        ).scalar_one()
    return found


class WaysIn:
    """The ways in which things are recorded, as a program or a page uses them."""

    def __init__(self, app: Flask, client: FlaskClient, audit_id: int) -> None:
        self.app, self.client, self.audit_id = app, client, audit_id
        self.numbers = itertools.count()
        with unit_of_work() as session:
            token = tokens.add_token(
                session, name="growth", role=Role.ADMIN, created_by="bench", now=datetime.now(UTC)
            )
        self.headers = {"Authorization": f"Bearer {token.secret}"}

    def list_all(self) -> dict[str, Callable[[], object]]:
        """Return each way in with its name."""
        return {
            "one scan": lambda: self.scan(1),
            "100 scans": lambda: self.scan(100),
            "one scan in an audit": lambda: self.scan(1, audit=self.audit_id),
            "100 scans in an audit": lambda: self.scan(100, audit=self.audit_id),
            "a hand-over": self.hand_over,
            "a new asset": self.add_asset,
            "an import of ten": self.check_import,
        }

    def scan(self, count: int, **fields: object) -> None:
        scans = [
            self._describe(f"LT-{next(self.numbers) % MIN_ASSETS:06}")
            | {"intent": "sighting", "location": "R-012", **fields}
            for _ in range(count)
        ]
        self._post("/scans", {"scans": scans})

    def hand_over(self) -> None:
        # Two of three things are in stock.
        one = self._describe(f"LT-{3 * next(self.numbers) + 1:06}")
        body = {"handover_id": str(uuid.uuid4()), "kind": "issue", "at": one["scanned_at"]}
        self._post("/handovers", {**body, "scans": [one], "person": "1003"})

    def add_asset(self) -> None:
        form = {"asset_tag": f"NEW-{uuid.uuid4().hex[:12]}", "name": "New"}
        answer = self.client.post("/assets", data=form)
        assert answer.status_code == 303, answer.text

    def check_import(self) -> None:
        tags = [f"IN-{uuid.uuid4().hex[:12]}" for _ in range(10)]
        file = (io.BytesIO("\n".join(["Asset tag", *tags]).encode()), "new.csv")
        answer = self.client.post("/imports", data={"kind": "assets", "file": file})
        assert answer.status_code == 303, answer.text
        drain(self.app)

    def _describe(self, tag: str) -> dict[str, object]:
        now = datetime.now(UTC).isoformat()
        return {"scan_id": str(uuid.uuid4()), "code": tag, "scanned_at": now}

    def _post(self, path: str, body: dict[str, object]) -> None:
        answer = self.client.post(f"/api/v1{path}", json=body, headers=self.headers)
        assert answer.status_code < 300, (path, answer.text)


def find_cost(meter: Meter, work: Callable[[], object], rounds: int) -> Cost:
    """Return the median cost of a piece of work, after a first time that does not count."""
    work()
    costs = [meter.measure(work) for _ in range(rounds)]
    return Cost(
        statistics.median(cost.ours for cost in costs),
        statistics.median(cost.database for cost in costs),
    )


def opener(client: FlaskClient, path: str) -> Callable[[], object]:
    def work() -> object:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.data

    return work


def run(kind: str, assets: int, rounds: int, only: str = "") -> dict[str, Cost]:
    """Return the cost of each page and way in on a register of this size.

    :param only: those whose name contains this word.
    """
    found = {}
    with open_office(kind, assets) as app:
        age()
        client = app.test_client()
        client.set_cookie("scanner", sign_in())
        audits = open_audits()
        analyze()
        meter = Meter()
        works = {name: opener(client, path.format(**audits)) for name, path in PAGES.items()}
        works |= WaysIn(app, client, audits["counting"]).list_all()
        for name, work in works.items():
            if only not in name:
                continue
            try:
                found[name] = find_cost(meter, work, rounds)
            except AssertionError as error:
                print(f"  {name}: {error}"[:300], flush=True)
                continue
            cost = found[name]
            print(f"  {name:32}{cost.ours:9.1f}{cost.database:9.1f} ms", flush=True)
    return found


def find_exponent(by_size: dict[int, float]) -> float:
    """Return how the cost grows from the smallest to the largest register."""
    small, large = min(by_size), max(by_size)
    return math.log(max(by_size[large], 0.1) / max(by_size[small], 0.1)) / math.log(large / small)


def write_table(data: dict[str, dict[str, dict[str, float]]]) -> str:
    """Return the figures as a table of Markdown: ms by size, and the exponent."""
    heads, rules = ["what"], ["---"]
    for kind, sizes in data.items():
        heads += [f"{kind}: {', '.join(f'{int(size):,}' for size in sizes)}", "exponent"]
        rules += ["---", "---"]
    lines = [f"| {' | '.join(heads)} |", f"|{'|'.join(rules)}|"]
    names = {
        name: None for sizes in data.values() for of_size in sizes.values() for name in of_size
    }
    for name in names:
        cells = [name]
        for sizes in data.values():
            costs = {int(size): of_size[name] for size, of_size in sizes.items() if name in of_size}
            shown = ", ".join(
                f"{cost:.0f}" if cost >= 10 else f"{cost:.1f}" for cost in costs.values()
            )
            cells += [shown, f"{find_exponent(costs):.2f}" if len(costs) > 1 else ""]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def draw_exponents(data: dict[str, dict[str, dict[str, float]]]) -> str:
    """Return an SVG of the exponents on the first database, the fastest growing first."""
    sizes = next(iter(data.values()))
    found = {}
    for name in next(iter(sizes.values())):
        costs = {int(size): of_size[name] for size, of_size in sizes.items() if name in of_size}
        if len(costs) > 1:
            found[name] = max(0.0, find_exponent(costs))
    ranked = sorted(found.items(), key=lambda pair: -pair[1])
    bars = tuple(
        Bar(name, value, Tone.WARN if value > 0.5 else Tone.ACCENT) for name, value in ranked
    )
    plot = Bars("Growth: 100 % is with the size of the register", bars, top=1.0, is_percent=True)
    drawing = plot.draw(640)
    shown = [f'<rect width="640" height="{drawing.height}" fill="#fff"/>']
    shown += [draw_mark(mark) for mark in drawing.marks]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 {drawing.height}"'
        f' font-family="sans-serif"><title>{plot.title}</title>{"".join(shown)}</svg>\n'
    )


def draw_mark(mark: Mark) -> str:
    if isinstance(mark, Rect):
        size = (
            f'x="{mark.x:.1f}" y="{mark.y:.1f}" width="{mark.width:.1f}" height="{mark.height:.1f}"'
        )
        return "" if mark.tone is Tone.NONE else f'<rect {size} fill="{LOOKS[mark.tone].colour}"/>'
    if isinstance(mark, Text):
        anchor = f'x="{mark.x:.1f}" y="{mark.y:.1f}" text-anchor="{mark.anchor}"'
        return f'<text {anchor} font-size="{mark.size}">{escape(mark.text)}</text>'
    raise TypeError(f"bars have no {type(mark).__name__}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument(
        "--data", type=Path, default=DATA, help="the figures as JSON, beside a plot"
    )
    parser.add_argument("--only", default="", help="pages and ways in with this word")
    options = parser.parse_args()
    data = json.loads(options.data.read_text()) if options.data.exists() else {}
    for kind in options.databases.split(","):
        for size in options.sizes.split(","):
            print(f"\n{kind}, {int(size):,} assets: ms here, in the database", flush=True)
            costs = run(kind, int(size), options.rounds, options.only)
            found = {n: round(c.both, 1) for n, c in costs.items()}
            data.setdefault(kind, {}).setdefault(size, {}).update(found)
            options.data.write_text(json.dumps(data, indent=1) + "\n")
    print(f"\n{write_table(data)}")
    options.data.with_suffix(".svg").write_text(draw_exponents(data))


if __name__ == "__main__":
    main()

"""An office with a row of each kind, in each state that has a page of its own; its addresses."""

from __future__ import annotations

import io
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.notices.causes import job_failed
from scanner_app.domain.notices.deliveries import Channel, DeliveryState
from scanner_app.domain.notices.kinds import NoticeKind
from scanner_app.edge.notices.sending import Stop, write_stop_token
from scanner_app.models import Finding, Location, NoticeDelivery, Webhook
from scanner_app.queries.stock.items import load_cards
from scanner_app.services.access import links, phone_codes, sign_ins, tokens, users
from scanner_app.services.labels.rolls import make_roll
from scanner_app.services.notices.raise_notice import raise_notice
from scanner_app.services.stock.items import CodeInput, create_item
from scanner_app.services.stock.ledger import Order
from scanner_app.services.stock.moves import receive
from scanner_app.services.stock.rules import set_rule
from scanner_app.worker.run_jobs import drain
from tests.audits.programmes.office import PROGRAMME_SAMPLES, make_programmes
from tests.browser.conftest import LiveServer, fill_office
from tests.contracts.office import CONTRACT_SAMPLES, make_contracts, make_licences
from tests.costs.office import COST_SAMPLES, add_costs
from tests.procurement.bought import add_orders
from tests.support.lending import LENDING_SAMPLES, fill_lending, sample_links
from tests.support.made_files import FILE_SAMPLES, add_made_files

LONG = "W" * 190
PART_SAMPLES = {**COST_SAMPLES, **CONTRACT_SAMPLES, **PROGRAMME_SAMPLES, **FILE_SAMPLES}
# Pages that need more than rows to be there; each is tried with what it needs by a test of its own.
OWN_TESTS = {"/shelf/<shot>"}
# No pages: answered only when something happens, or after ten seconds.
# Several people or scans make these: tests/lifecycle, tests/disposal.
BY_PEOPLE = (("certificate",), ("document_id", "task"), ("sanitization_id",), ("task",))
STREAMS = {"/find/<path:asset_tag>/events"}
FILES = {  # no pages either; only a closed audit has the first
    "/audits/<id:audit_id>/pack.zip",
    "/locations/<path:code>/plan/picture",
    "/organisation/logo.jpg",
}
# What an address cannot do without.
QUERIES = {"/audits/<id:audit_id>/here": "?place=R-101"}


@dataclass
class Office:
    """A server with a row of each kind, in each state that has a page of its own."""

    server: LiveServer
    cookies: dict[str, str]
    samples: dict[tuple[str, ...], list[dict[str, Any]]]

    def paths(self) -> list[str]:
        """Return the address of every page that a GET reaches, with sample values."""
        found = ["/nothing-here"]
        for rule in self.server.app.url_map.iter_rules():
            is_page = "GET" in (rule.methods or ()) and not rule.rule.startswith(
                ("/api/", "/static")
            )
            if is_page and rule.rule not in OWN_TESTS | STREAMS | FILES:
                found += self._fill(rule)
        return sorted(set(found))

    def _fill(self, rule: Rule) -> list[str]:
        names = tuple(sorted(rule.arguments))
        if not names:
            return [rule.rule]
        samples = self.samples.get((rule.rule,), self.samples.get(names))
        assert samples is not None, f"{rule.rule} needs a sample for {names} to be looked at"
        built = [rule.build(values, append_unknown=False) for values in samples]
        return [path + QUERIES.get(rule.rule, "") for _, path in filter(None, built)]

    def find_dead_links(self, page: Any) -> list[str]:
        """Return a sentence for each link within the service that no page answers."""
        links = page.evaluate(
            "[...document.querySelectorAll('a[href]')]"
            ".filter((a) => a.origin === location.origin && a.pathname !== location.pathname).map((a) => a.pathname)"
        )
        routes = self.server.app.url_map.bind("localhost")
        return [
            f"a link to {link}, where no page is"
            for link in sorted(set(links))
            if not routes.test(unquote(link))
        ]


def make_cookie(session: Any, role: str) -> str:
    now = datetime.now(UTC)
    user = users.add_user(
        session,
        email=f"{role}@example.org",
        role=Role(role),
        name=f"{role.title()} Ågren",
        password="a sentence to sign in",
        now=now,
    )
    return sign_ins.start_sign_in(
        session, user=user, user_agent="test", address="127.0.0.1", now=now
    )


class Filler:
    """Fills the office as a program and an admin would."""

    def __init__(self, server: LiveServer, token: str, cookie: str) -> None:
        self.server = server
        self.token = token
        self.client = server.app.test_client()
        self.client.set_cookie("scanner", cookie)

    def post(
        self, path: str, body: dict[str, Any] | None = None, *, method: str = "POST"
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        client = self.server.app.test_client()
        answer = client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return dict(answer.json)

    def scan(self, codes: list[str], **fields: Any) -> None:
        moment = datetime.now(UTC).isoformat()
        scans = [
            {
                "scan_id": str(uuid.uuid4()),
                "code": code,
                "intent": "sighting",
                "scanned_at": moment,
                **fields,
            }
            for code in codes
        ]
        self.post("/scans", {"scans": scans})

    def audit(self, name: str, *steps: str, **body: Any) -> int:
        number = int(
            self.post("/audits", {"name": name, "scope": {"locations": ["HQ"]}, **body})["id"]
        )
        for step in steps:
            if step == "reconciliation":
                self.scan(["LT-001", "LT-002"], audit=number, location="R-101")
                self.scan(["LT-003", LONG], audit=number, location="R-102")
            if step == "closure":
                for decision in ("accept", "reject"):
                    form = {"all": "on", "decision": decision, "reason": "It was looked for."}
                    assert (
                        self.client.post(f"/audits/{number}/decisions", data=form).status_code
                        == 303
                    )
            self.post(f"/audits/{number}/{step}")
        return number

    def upload(self, kind: str, content: str, *, check: bool = True) -> int:
        name = f"{kind}{'' if check else ' to map'}.csv"
        file = (io.BytesIO(content.encode()), name)
        answer = self.client.post("/imports", data={"kind": kind, "file": file})
        number = int(answer.headers["Location"].split("/")[2])
        if check:
            page = self.client.get(f"/imports/{number}/mapping").get_data(as_text=True)
            form = {
                name: (re.search(r'value="([^"]*)" selected', options) or ["", ""])[1]
                for name, options in re.findall(
                    r'<select name="(column-\d+)"(.*?)</select>', page, re.DOTALL
                )
            }
            self.client.post(f"/imports/{number}/mapping", data=form)
            drain(self.server.app)
        return number


def fill_register(filler: Filler) -> None:
    filler.post("/locations", {"code": "X" * 60, "name": LONG, "parent": "HQ"})
    for number in range(201, 212):  # with these the list of locations is long
        filler.post("/locations", {"code": f"R-{number}", "name": f"Room {number}", "parent": "HQ"})
    filler.post("/people", {"number": "9001", "name": "م. فاطمة الزهراء 😀"})
    long = {"asset_tag": "T" * 60, "name": LONG, "location": "X" * 60, "custodian": "9001"}
    filler.post("/assets", long)
    due = "2020-01-01T00:00:00Z"
    filler.scan(["LT-010"], intent="check_out", custodian="1001", due_at=due)
    filler.scan(["LT-010", "NOPE"], intent="check_out", custodian="1002")
    reader = {"name": "Dock door", "kind": "rfid", "silent_after": "10"}
    assert filler.client.post("/readers", data=reader).status_code == 303


def make_audits(filler: Filler) -> dict[str, int]:
    """Return the number of an audit in each state."""
    return {
        "draft": filler.audit("Draft " + LONG),
        "counting": filler.audit("Counted", "counting"),
        "blind": filler.audit("Blind", "counting", blind=True),
        "reconciling": filler.audit("Reconciled", "counting", "reconciliation"),
        "closed": filler.audit("Closed", "counting", "reconciliation", "closure"),
        "cancelled": filler.audit("Given up", "cancellation"),
    }


def make_imports(filler: Filler) -> list[int]:
    """Return the numbers of imports: to map, checked, and applied."""
    runs = [
        filler.upload(
            "assets", "Asset Tag,Name,Status,Bought\nN-1,x,Strange,01/02/24\n", check=False
        ),
        filler.upload("assets", f"Asset Tag,Name,Location\nN-1,{LONG},R-101\nN-2,y,NOWHERE\n"),
        filler.upload("people", "Employee Number,Name\n7001,Cleo\n"),
    ]
    filler.client.post(f"/imports/{runs[2]}/application")
    drain(filler.server.app)
    return runs


def draw_floor(filler: Filler) -> None:
    """Add a picture of the site with one of its rooms drawn, the longest name beside it."""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 200"><path d="M9 9h99"/></svg>'
    for form in (
        {"step": "picture", "file": (io.BytesIO(svg), "plan.svg")},
        {"step": "draw", "room": "R-101", "corners": "100,100 500,100 500,500 100,500"},
        {"step": "draw", "room": "X" * 60, "corners": "600,100 900,100 900,500 600,500"},
    ):
        assert filler.client.post("/locations/HQ/plan/edit", data=form).status_code == 303


def make_designs(filler: Filler) -> None:
    """Add a design with the longest name, which is usual for a category."""
    symbol = {"type": "symbol", "x": 0, "y": 2.5, "w": 20, "h": 20, "symbology": "qr"}
    text = {"type": "text", "x": 21, "y": 5, "w": 28, "h": 6, "field": "name", "size": 4}
    design = {"name": "W" * 60, "kind": "asset", "stock": "zebra-50x25"}
    body = {**design, "body": {"margin": 1, "elements": [symbol, text]}}
    headers = {"Authorization": f"Bearer {filler.token}"}
    client = filler.server.app.test_client()
    saved = client.put("/api/v1/label-designs/long-name", json=body, headers=headers)
    assert saved.status_code == 201, saved.text
    choice = {"category": "Laptop", "design": "long-name"}
    assert filler.client.post("/labels/designs/choices", data=choice).status_code == 303


def make_handovers(filler: Filler) -> list[str]:
    """Return the numbers of two hand-overs: one with a link, one with a line for a person."""
    terms = {"title": LONG[:120].strip(), "body": f"{LONG}\n\n{LONG}"}
    assert filler.client.post("/terms/new", data=terms).status_code == 303
    signature = {"w": 1200, "h": 400, "strokes": [[[x, 200] for x in range(100, 500, 10)]]}
    at = datetime.now(UTC).isoformat()
    numbers = []
    for more in ({"signature": signature, "by_link": True}, {"mode": "fact"}):
        scans = [{"scan_id": str(uuid.uuid4()), "code": "LT-030", "scanned_at": at}]
        body = {"handover_id": str(uuid.uuid4()), "kind": "issue", "person": "1001", "at": at}
        numbers.append(filler.post("/handovers", {**body, "scans": scans, **more})["number"])
    return numbers


def fill_stock(session: Session, *, now: datetime) -> None:
    """Add an item that is low, with the longest name and a code of a box."""
    room = session.scalars(select(Location.id).where(Location.code == "R-101")).one()
    values = {"name": "Toner " + LONG, "stock_class": "consumable", "unit": "box", "supplier": LONG}
    codes = [CodeInput("4006381333931", 10, room)]
    item_id = create_item(session, values={**values, "codes": codes}, now=now)
    clerk = Actor("user", 1, "Ana " + LONG, Role.STOCKROOM, user_id=1)
    card = load_cards(session, [item_id])[item_id]
    receive(session, card, quantity=3, place_id=room, order=Order(now, now, clerk, reason=LONG))
    set_rule(session, item_id=item_id, location_id=None, least=5, target=20, now=now)


def list_samples(
    server: LiveServer, audits: dict[str, int], runs: list[int], secret: str
) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Return values for each set of arguments that the address of a page can have."""
    with server.session() as session:
        room = session.scalar(select(Location.id).where(Location.code == "R-101"))
        findings = session.scalars(
            select(Finding.id)
            .where(Finding.audit_id == audits["reconciling"], Finding.proposal.is_not(None))
            .order_by(Finding.state)
        ).all()
    return {
        ("asset_tag",): [{"asset_tag": tag} for tag in ("LT-010", "T" * 60)],
        **PART_SAMPLES,
        ("code",): [{"code": code} for code in ("HQ", "X" * 60)],
        **{(f"/stock/items/<path:code>{end}",): [{"code": "ST-0001"}] for end in ("", "/edit")},
        **LENDING_SAMPLES,
        ("/stock/items/<path:code>/code.svg",): [],
        ("act",): [{"act": "issue"}, {"act": "count"}],
        ("number",): [{"number": "1001"}],
        ("command",): [],  # pictures
        ("ref",): [{"ref": "1001"}, {"ref": "9001"}],
        ("view_id",): [],  # leads to its list
        ("audit_id",): [{"audit_id": number} for number in audits.values()],
        ("audit_id", "form"): [],  # files
        ("audit_id", "sha256"): [],  # pictures
        ("/attest/mine/<id:audit_id>",): [],  # leads to the page of a link
        ("audit_id", "finding_id"): [
            {"audit_id": audits["reconciling"], "finding_id": number}
            for number in (findings[0], findings[-1])
        ],
        ("audit_id", "location_id"): [{"audit_id": audits["counting"], "location_id": room}],
        ("key_id",): [],
        ("ending", "name"): [],
        ("name",): [],
        ("/help/<name>",): [{"name": "phone"}, {"name": "audits"}],
        ("name", "version"): [],
        ("name", "room", "version"): [],
        ("reader_id",): [{"reader_id": 1}],
        ("roll_id",): [{"roll_id": 1}],
        ("run_id",): [{"run_id": number} for number in runs],
        ("secret",): [{"secret": secret}],
        ("shot",): [],  # the picture itself
        ("user_id",): [{"user_id": 1}],
        ("rule_id",): [{"rule_id": 1}],
        **{names: [] for names in BY_PEOPLE},
        ("uuid",): [],  # files
        ("webhook_id",): [{"webhook_id": 1}],
    }


def add_notices(session: Any, now: datetime) -> None:
    """Put something into each admin's bell, and a webhook that failed beside it."""
    notice = job_failed("import:1", job=f"The import of {LONG}", reason="No rows.", page="/imports")
    raise_notice(session, notice, now=now)
    hook = Webhook(
        name="Hook " + LONG[:50],
        url="https://example.org/" + LONG,
        kinds=["job_failed"],
        secret="",
        is_active=False,
        off_reason="It failed for five days.",
        created_at=now,
        created_by="Ana " + LONG,
    )
    session.add(hook)
    session.flush()
    row = NoticeDelivery(
        name=uuid.uuid4(),
        webhook_id=hook.id,
        channel=Channel.WEBHOOK,
        state=DeliveryState.FAILED,
        created_at=now,
        error="It answered 500.",
    )
    session.add(row)


def fill(server: LiveServer) -> Office:
    with server.session(write=True) as session:
        fill_office(session)
        cookies = {role: make_cookie(session, role) for role in ("admin", "technician", "reader")}
        now = datetime.now(UTC)
        token = tokens.add_token(
            session, name="Door " + LONG[:60], role=Role.ADMIN, created_by="test", now=now
        ).secret
        make_roll(session, prefix="L-", count=3, actor="Ana " + LONG, now=now)
        fill_stock(session, now=now)
        fill_lending(session, LONG, now=now)
        add_made_files(session, LONG, now=now)
        add_notices(session, now)
        secret = links.make_link(session, purpose="first_admin", user_id=None, now=now)
        # It lasts two minutes, and the pages before its own take longer.
        soon = now + timedelta(minutes=30)
        phone = phone_codes.make_phone_code(session, user_id=1, now=soon)
    filler = Filler(server, token, cookies["admin"])
    fill_register(filler)
    draw_floor(filler)
    audits = make_audits(filler)
    add_costs(filler.post, filler.client, LONG)
    make_contracts(filler.post, LONG)
    make_designs(filler)
    make_licences(filler.post, LONG)
    runs = make_imports(filler)
    samples = list_samples(server, audits, runs, secret) | add_orders(filler)
    samples["/links/phone/<secret>",] = [{"secret": phone}]
    samples["/h/<number>",] = [{"number": number} for number in make_handovers(filler)]
    samples["/h/<number>/receipt.json",] = samples["/h/<number>/receipt.pdf",] = []  # files
    with server.app.app_context():
        stop = write_stop_token(Stop(NoticeKind.OVERDUE, user_id=1))
    with server.session() as session:
        samples |= sample_links(session, now=datetime.now(UTC))
    samples["/calendar/<token>.ics",] = []  # a file
    samples["/accept/<token>/receipt.json",] = samples["/accept/<token>/receipt.pdf",] = []
    samples["/h/<number>/answer.json",] = samples["/h/<number>/link.svg",] = []
    samples["link_id",] = []  # /acceptances leads on to the page of the link
    samples["terms_id", "version"] = [{"terms_id": 1, "version": 1}]
    samples["token",] = [{"token": stop}]
    samples["key",], samples["/labels/designs/<key>/file",] = [{"key": "long-name"}], []
    make_programmes(filler.post)
    asking = f"/audits/{audits['counting']}/attestation-requests"
    asked = filler.post(asking, {"by": "shown", "people": None})
    samples["/attest/<token>",] = [{"token": asked["items"][0]["link"].rpartition("/")[2]}]
    server.forget()
    return Office(server, cookies, samples)

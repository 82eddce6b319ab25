"""The sample office: three sites, 60 rooms, 80 people, 1,500 assets with a believable past.

Everything is made through the services that also make a real register: assets are registered,
checked out, moved and returned, and an audit is opened and partly counted. The same seed makes the
same office.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.models import Asset, AssetModel, Category, Finding, Identifier, Location, Person
from scanner_app.services.audits.setup import create_audit
from scanner_app.services.audits.steps import start_counting
from scanner_app.services.contracts.sample import fill_sample_contracts
from scanner_app.services.health.sample import fill_sample_health
from scanner_app.services.licences.sample import fill_sample_licences
from scanner_app.services.procurement.sample import fill_sample_orders
from scanner_app.services.register.plan import AssetDraft
from scanner_app.services.register.write import create_assets
from scanner_app.services.scanning.record import record_scans
from scanner_app.services.stock.sample import fill_sample_stock

SEED = 20260302
ASSETS = 1500
ACTOR = Actor(kind="user", id=0, name="Sample office", role=Role.ADMIN, user_id=0)

SITES = [
    ("BER", "Berlin", ("Ground floor", "First floor", "Second floor")),
    ("LIS", "Lisbon", ("Ground floor", "First floor")),
    ("YTO", "Toronto", ("Third floor", "Fourth floor")),
]
ROOMS = ("Open space", "Meeting room", "Office", "Lab", "Stockroom", "Server room", "Reception",
         "Workshop", "Library")  # fmt: skip
ROOMS_OF_SITE = (26, 18, 16)
FIRST = ("Ana", "Bruno", "Chen", "Dana", "Elif", "Farid", "Grace", "Hana", "Ivo",
         "Jonas", "Kemi", "Lena", "Marta", "Nils", "Olga", "Pavel", "Quinn", "Rosa",
         "Sami", "Tara", "Uma", "Viktor", "Wen", "Ximena", "Yusuf", "Zoe")  # fmt: skip
LAST = ("Alves", "Brook", "Costa", "Demir", "Evans", "Fischer", "Garcia", "Haddad", "Ito",
        "Jensen", "Kowalski", "Lind", "Moreau", "Novak", "Okafor", "Park", "Quist", "Rossi",
        "Silva", "Tanaka", "Ueda", "Vogel", "Wagner", "Xu", "Yilmaz", "Zhang")  # fmt: skip
DEPARTMENTS = ("Engineering", "Finance", "People", "Sales", "Support", "Facilities")
# category, manufacturer, model, model number, price in cents, how many in a hundred assets
MODELS = (
    ("Laptop", "Lenovo", "ThinkPad T14 Gen 5", "21ML", 154900, 24),
    ("Laptop", "Dell", "Latitude 7450", "L7450", 168900, 12),
    ("Laptop", "Apple", "MacBook Pro 14", "A2992", 229900, 8),
    ("Monitor", "Dell", "P2723DE", "P2723DE", 41900, 18),
    ("Monitor", "LG", "27UP850N", "27UP850N-W", 38900, 8),
    ("Dock", "Lenovo", "ThinkPad USB-C Dock", "40AY", 21900, 10),
    ("Phone", "Apple", "iPhone 15", "A3090", 79900, 7),
    ("Phone", "Fairphone", "Fairphone 5", "FP5", 69900, 3),
    ("Printer", "Brother", "HL-L6410DN", "HLL6410DN", 44900, 2),
    ("Server", "Dell", "PowerEdge R660", "R660", 719900, 2),
    ("Network", "Ubiquiti", "UniFi U7 Pro", "U7-PRO", 18900, 6),
)
PREFIX = {"Laptop": "LT", "Monitor": "MN", "Dock": "DK", "Phone": "PH", "Printer": "PR",
          "Server": "SV", "Network": "NW"}  # fmt: skip
CARRIED = {"Laptop", "Phone"}


@dataclass(frozen=True, slots=True)
class _Room:
    location: Location
    kind: str
    site: str


@dataclass(frozen=True, slots=True)
class _Item:
    tag: str
    category: str
    home: _Room
    status: Stage
    maker: str

    @property
    def device(self) -> str:
        """Return what kind of computer it is; empty if it reports nothing."""
        if self.status is Stage.RETIRED or self.category not in {"Laptop", "Server"}:
            return ""
        return "server" if self.category == "Server" else "mac" if self.maker == "Apple" else "pc"


def load_sample_office(session: Session, *, now: datetime) -> None:
    """Fill an empty register with the sample office."""
    chance = random.Random(SEED)  # noqa: S311 - the same office every time
    opening = now.replace(microsecond=0) - timedelta(days=420)
    rooms = _add_places(session, opening)
    people = _add_people(session, chance, opening)
    items = _add_assets(session, chance, rooms, opening)
    _live(session, chance, items, rooms, people, opening, now)
    _open_audit(session, chance, items, rooms, now)
    fill_sample_stock(session, chance, place="BER-105", by=ACTOR, now=now)
    fill_sample_orders(session, place="BER-105", actor=ACTOR, now=now)
    _fill_desk(session, chance, items, people, now)


def _fill_desk(
    session: Session,
    chance: random.Random,
    items: Sequence[_Item],
    people: Sequence[Person],
    now: datetime,
) -> None:
    """Add contracts, licences, and what devices report."""
    servers, printers = (
        [item.tag for item in items if item.category == one] for one in ("Server", "Printer")
    )
    fill_sample_contracts(session, servers=servers, printers=printers, actor=ACTOR, now=now)
    active = [person.id for person in people if person.is_active]
    fill_sample_licences(session, people=active, actor=ACTOR, now=now)
    devices = {item.tag: item.device for item in items if item.device}
    fill_sample_health(session, chance, devices=devices, actor=ACTOR, now=now)


def _add_location(
    session: Session, code: str, name: str, kind: str, parent: Location | None, at: datetime
) -> Location:
    place = Location(
        code=code,
        code_key=tag_key(code),
        name=name,
        kind=kind,
        parent_id=parent.id if parent else None,
        full_name=f"{parent.full_name} / {name}" if parent else name,
        created_at=at,
        updated_at=at,
    )
    session.add(place)
    session.flush()  # the path contains the id
    place.path = f"{parent.path if parent else '/'}{place.id}/"
    session.add(
        Identifier(
            scheme="location_code", value=place.code_key, location_id=place.id, started_at=at
        )
    )
    return place


def _add_places(session: Session, at: datetime) -> list[_Room]:
    rooms: list[_Room] = []
    for (code, name, floors), count in zip(SITES, ROOMS_OF_SITE, strict=True):
        site = _add_location(session, code, name, "site", None, at)
        floor_rows = [
            _add_location(session, f"{code}-F{n}", floor, "floor", site, at)
            for n, floor in enumerate(floors)
        ]
        for number in range(count):
            floor = floor_rows[number % len(floor_rows)]
            kind = ROOMS[number % len(ROOMS)]
            label = f"{number % len(floor_rows)}{number // len(floor_rows) + 1:02}"
            room = _add_location(session, f"{code}-{label}", f"{kind} {label}", "room", floor, at)
            rooms.append(_Room(room, kind, code))
    session.flush()
    return rooms


def _add_people(session: Session, chance: random.Random, at: datetime) -> list[Person]:
    people: list[Person] = []
    pairs = [(first, last) for first in FIRST for last in LAST]
    for number, (first, last) in enumerate(chance.sample(pairs, 80)):
        address = f"{first}.{last}@example.org".casefold()
        person = Person(
            number=str(1001 + number),
            name=f"{first} {last}",
            email=address,
            username=address.partition("@")[0],
            department=chance.choice(DEPARTMENTS),
            search=f"{first} {last} {address}".casefold(),
            created_at=at,
            updated_at=at,
        )
        session.add(person)
        people.append(person)
    session.flush()  # identifiers need the ids
    for person in people:
        for scheme, value in (
            ("person_number", tag_key(person.number or "")),
            ("badge", f"BADGE-{person.number}"),
            ("email", person.email or ""),
            ("username", person.username or ""),
        ):
            session.add(Identifier(scheme=scheme, value=value, person_id=person.id, started_at=at))
    session.flush()
    return people


def _add_assets(
    session: Session, chance: random.Random, rooms: Sequence[_Room], at: datetime
) -> list[_Item]:
    categories = {name: Category(name=name) for name in PREFIX}
    session.add_all(categories.values())
    session.flush()
    models = [
        AssetModel(name=model, model_number=number, manufacturer=maker,
                   category_id=categories[category].id)
        for category, maker, model, number, _, _ in MODELS
    ]  # fmt: skip
    session.add_all(models)
    session.flush()
    stores = {room.site: room for room in rooms if room.kind == "Stockroom"}
    servers = {room.site: room for room in rooms if room.kind == "Server room"}
    counters = dict.fromkeys(PREFIX, 0)
    items: list[_Item] = []
    drafts: list[AssetDraft] = []
    for _ in range(ASSETS):
        index = chance.choices(range(len(MODELS)), [m[5] for m in MODELS])[0]
        category, maker, *_, price, _ = MODELS[index]
        counters[category] += 1
        tag = f"{PREFIX[category]}-{counters[category]:04}"
        room = chance.choice(rooms)
        if category in CARRIED:
            room = stores[room.site]
        elif category == "Server":
            room = servers[room.site]
        status = Stage.IN_STOCK if category in CARRIED else Stage.IN_USE
        if chance.random() < 0.02:  # noqa: PLR2004 - one in fifty
            status = chance.choice([Stage.IN_MAINTENANCE, Stage.RETIRED])
        items.append(_Item(tag, category, room, status, maker))
        drafts.append(_draft_asset(chance, items[-1], models[index], price))
    create_assets(session, drafts=drafts, kind=ChangeKind.IMPORTED, actor="sample office", now=at)
    return items


def _draft_asset(chance: random.Random, item: _Item, model: AssetModel, price: int) -> AssetDraft:
    bought = date(2022, 1, 1) + timedelta(days=chance.randrange(1200))
    maker = model.manufacturer or ""
    return AssetDraft(
        fields={
            "asset_tag": item.tag,
            "name": f"{maker} {model.name}",
            "serial_number": f"{maker[:2].upper()}{chance.randrange(16**8):08X}",
            "model_id": model.id,
            "category_id": model.category_id,
            "status": item.status,
            "location_id": item.home.location.id,
            "home_location_id": item.home.location.id,
            "purchase_date": bought,
            "purchase_cost_cents": price,
            "currency": "EUR",
            "supplier": chance.choice(["Bechtle", "CDW", "Dustin", "Insight"]),
            "order_number": f"PO-{bought.year}-{chance.randrange(400):03}",
            "warranty_months": chance.choice([24, 36]),
            "eol_date": bought + timedelta(days=5 * 365),
        },
        identifiers=[("epc", f"3034{chance.randrange(16**20):020X}")]
        if chance.random() < 0.3  # noqa: PLR2004 - three of ten carry an RFID tag
        else [],
    )


def _live(
    session: Session,
    chance: random.Random,
    items: Sequence[_Item],
    rooms: Sequence[_Room],
    people: Sequence[Person],
    opening: datetime,
    now: datetime,
) -> None:
    """Record a year of check-outs, check-ins, moves and sightings, each as a scan."""
    scans: list[NewScan] = []
    days = (now - opening).days - 8
    for item in items:
        if item.status is Stage.RETIRED:
            continue
        day = chance.randrange(5, 60)
        is_out = False
        site_rooms = [room for room in rooms if room.site == item.home.site]
        while day < days and chance.random() < 0.8:  # noqa: PLR2004 - a busy life ends by chance
            moment = opening + timedelta(days=day, minutes=chance.randrange(480, 1080))
            fields: dict[str, object] = {}
            if item.category in CARRIED:
                intent = Intent.CHECK_IN if is_out else Intent.CHECK_OUT
                if not is_out:
                    fields["custodian"] = chance.choice(people).number
                    fields["location"] = chance.choice(site_rooms).location.code
                    if chance.random() < 0.15:  # noqa: PLR2004 - some are lent for a while
                        fields["due_at"] = moment + timedelta(days=chance.randrange(30, 400))
                else:
                    fields["condition"] = "damaged" if chance.random() < 0.04 else "good"  # noqa: PLR2004 - a few
                is_out = not is_out
            else:
                intent = Intent.MOVE if chance.random() < 0.25 else Intent.SIGHTING  # noqa: PLR2004 - most stay
                fields["location"] = (
                    chance.choice(site_rooms) if intent is Intent.MOVE else item.home
                ).location.code
            scans.append(_scan(chance, item.tag, intent, moment, **fields))
            day += chance.randrange(15, 150)
    scans.sort(key=lambda scan: scan.scanned_at)
    for start in range(0, len(scans), 500):
        record_scans(session, scans=scans[start : start + 500], actor=ACTOR, now=now)


def _scan(
    chance: random.Random, code: str, intent: Intent, at: datetime, **fields: object
) -> NewScan:
    return NewScan(
        scan_id=uuid.UUID(int=chance.getrandbits(128), version=4),
        code=code,
        intent=intent,
        scanned_at=at,
        symbology="qr_code",
        source="camera",
        device="sample phone",
        **fields,  # type: ignore[arg-type] # the names above
    )


def _list_expected_tags(session: Session, audit_id: int, location_id: int) -> Sequence[str]:
    """Return the tags that an audit expects in one location."""
    return session.scalars(
        select(Asset.asset_tag)
        .join(Finding, Finding.asset_id == Asset.id)
        .where(
            Finding.audit_id == audit_id,
            Finding.is_expected,
            Finding.recorded_location_id == location_id,
        )
        .order_by(Asset.asset_tag)
    ).all()


def _open_audit(
    session: Session,
    chance: random.Random,
    items: Sequence[_Item],
    rooms: Sequence[_Room],
    now: datetime,
) -> None:
    """Open an audit of Berlin's first floor and count half of its rooms."""
    audit = create_audit(
        session,
        name="Berlin, first floor",
        scope={"locations": ["BER-F1"]},
        is_blind=False,
        due_on=(now + timedelta(days=14)).date(),
        actor=ACTOR,
        now=now - timedelta(days=1),
    )
    start_counting(session, audit_id=audit.id, actor=ACTOR, now=now - timedelta(days=1))
    floor = [room for room in rooms if room.location.code.startswith("BER-1")]
    counted = floor[: len(floor) // 2]
    moment = now - timedelta(hours=4)
    scans: list[NewScan] = []
    for room in counted:
        scans.append(_scan(chance, room.location.code, Intent.SIGHTING, moment, audit=audit.id))
        for tag in _list_expected_tags(session, audit.id, room.location.id):
            moment += timedelta(seconds=chance.randrange(4, 20))
            fate = chance.random()
            if fate < 0.06:  # noqa: PLR2004 - not found
                continue
            place = chance.choice(counted) if fate < 0.12 else room  # noqa: PLR2004 - next door
            scans.append(
                _scan(chance, tag, Intent.SIGHTING, moment, audit=audit.id,
                      location=place.location.code)
            )  # fmt: skip
    for code in ("OLD-STICKER-17", "https://inventory.example.com/9/4471"):
        scans.append(
            _scan(chance, code, Intent.SIGHTING, moment, audit=audit.id,
                  location=counted[0].location.code)
        )  # fmt: skip
    laptops = [item.tag for item in items if item.category == "Laptop"]
    scans.append(
        _scan(chance, chance.choice(laptops), Intent.SIGHTING, moment, audit=audit.id,
              location=counted[-1].location.code)
    )  # fmt: skip
    record_scans(session, scans=scans, actor=ACTOR, now=now)

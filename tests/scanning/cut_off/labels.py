"""Labels of all kinds, in an office where a phone and the server read some of them differently."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules, tag_key
from scanner_app.models import Identifier
from tests.support.register import add_asset, add_location, add_person

RULES = TagRules(base_url="https://scan.example.org", prefix="LT-", digits=5, code39_check=True)


class Label(NamedTuple):
    """A label as a scanner reads it, and the code of the thing that it means; None for nothing.

    :param is_plain: the phone's lists say what it is.
    """

    name: str
    text: str
    symbology: str | None
    means: str | None
    is_plain: bool = False


# What only the server reads, and what a phone may know: the same room in each form.
ROOMS = (
    Label("a room's code", "ROOMG", None, "ROOMG", is_plain=True),
    Label("a room's code in small letters", " roomg ", "code_128", "ROOMG", is_plain=True),
    Label("a number under the prefix rule", "0207", None, "0207", is_plain=True),
    Label("a GLN as an element string", "]C14140614141123452", None, "ROOMG"),
    Label("a GLN without a mark", "4140614141123452", "code_128", "ROOMG"),
    Label("a GLN in brackets", "(414)0614141123452", None, "ROOMG"),
    Label("a Digital Link", "https://id.gs1.org/414/0614141123452", None, "ROOMG"),
    Label("our link", "https://scan.example.org/l/ROOMG", "qr_code", "ROOMG", is_plain=True),
    Label("our link in capitals", "HTTPS://SCAN.EXAMPLE.ORG/L/ROOMG", "qr_code", "ROOMG"),
    Label("Code 39 with its check character", "ROOMCN", "code_39", "ROOMC"),
    Label("Code 39, the check character named", "]A1ROOMCN", None, "ROOMC"),
    Label("an NFC tag", "04A3C6CAE26180", "nfc", "ROOMT"),
    Label("an NFC tag with colons", "04:a3:c6:ca:e2:61:80", "nfc", "ROOMT"),
    Label("a GLN as UPC-A", "036000291452", "upc_a", "ROOMU"),
)
BADGES = (
    Label("a badge", "BADGE-1031", None, "1031", is_plain=True),
    Label("a person's number", "1005", None, "1005", is_plain=True),
    Label("a person's number in Code 39", "10056", "code_39", "1005"),
    Label("a person's card", "04B1C2D3E4F580", "nfc", "1005"),
    Label("our link to a person", "https://scan.example.org/p/1005", None, "1005", is_plain=True),
)
# Neither a room nor a person.
OTHERS = (
    Label("nothing that is registered", "NOPE-7", None, None),
    Label("a foreign link", "https://elsewhere.example/x", None, None),
    Label("a number that is a room and an asset", "42", None, None),
    Label("a number that is a person and an asset", "1071", None, None),
    Label("another laptop", "LT-0042", None, None),
    Label("a GIAI", "8004095201234567890", None, None),
)


def fill_office(session: Session, *, now: datetime) -> None:
    """Register what the labels above mean."""
    site = add_location(session, "HQ", "Head office", now=now)
    codes = ("LIS-107", "0207", "ROOMG", "ROOMT", "ROOMC", "ROOMU", "42", "SHUT")
    rooms = {
        code: add_location(session, code, f"Room {code}", parent=site, now=now) for code in codes
    }
    rooms["SHUT"].is_active = False
    for scheme, value, code in (
        ("gln", "0614141123452", "ROOMG"),
        ("tid", "04A3C6CAE26180", "ROOMT"),
        ("alias", "036000291452", "ROOMU"),
    ):
        session.add(
            Identifier(scheme=scheme, value=value, location_id=rooms[code].id, started_at=now)
        )
    add_person(session, "1031", "Ana Alves", badge="BADGE-1031", now=now)
    bob = add_person(session, "1005", "Bob Brook", now=now)
    session.add(
        Identifier(
            scheme="badge", value=tag_key("04B1C2D3E4F580"), person_id=bob.id, started_at=now
        )
    )
    add_person(session, "1071", "Cleo Crane", now=now)
    add_person(session, "1066", "Dan Dale", badge="BADGE-1066", now=now).is_active = False
    for tag in ("LT-0100", "LT-0101", "LT-00042", "LT-0042", "LT-01071"):
        add_asset(session, tag, location=rooms["LIS-107"], home=rooms["LIS-107"], now=now)
    add_asset(session, "ZZ-1", location=rooms["ROOMG"], now=now, identifiers=[("alias", "OLD-1")])
    session.flush()

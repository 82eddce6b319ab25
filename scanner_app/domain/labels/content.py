"""What one label is about: its code, what its symbol may say, and its texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.symbols import CONTENTS, Content

# The letters of our addresses: a location, a person, and anything else by its code.
LINK_KINDS = {"asset": "a", "location": "l", "person": "p", "kit": "a", "bin": "a", "blank": "a"}
# The characters that a QR code stores in half the room.
_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+./:-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class LabelContent:
    """One thing to be labelled.

    :param kind: asset, location, person, kit, bin or blank.
    :param code: its tag, code or number.
    :param texts: by field; those of custom fields begin with `custom.`.
    :param category_id: of an asset; a category may have its usual design.
    """

    kind: str
    code: str
    link: str = ""
    giai: str = ""
    serial: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    category_id: int | None = None

    def text_of(self, name: str) -> str:
        return self.code if name == "code" else self.texts.get(name, "")

    def said(self, content: Content) -> str:
        """Return what a symbol says.

        :raises Invalid: the thing has no such number.
        """
        text = {
            Content.LINK: self.link,
            Content.CODE: self.code,
            Content.GIAI: self.giai,
            Content.SERIAL: self.serial,
        }[content]
        if not text:
            raise Invalid(
                f"{self.code} has no {CONTENTS[content].noun}. Choose something else for the code"
                " to say.",
                errors={"content": [f"{self.code} has none."]},
                code="nothing_to_say",
            )
        return text


def write_link(base_url: str, kind: str, code: str) -> str:
    """Return the text of a label: our own address of a thing.

    It is written in capitals where that means the same: a QR code of capitals is a third smaller.
    Host names ignore case, and so do our own short paths.
    """
    base = base_url.rstrip("/")
    path = f"/{LINK_KINDS[kind]}/{quote(code, safe='')}"
    has_path = "/" in base.partition("://")[2]
    loud = f"{base}{path[:3]}".upper() + path[3:]
    return loud if not has_path and _ALPHANUMERIC.fullmatch(loud) else base + path

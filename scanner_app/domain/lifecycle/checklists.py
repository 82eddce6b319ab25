"""Items of checklists: what proves each, and the text that people write a checklist as."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.lifecycle.facts import FACT_NAME, Fact, meets

MAX_ITEMS = 50
MAX_ITEM_TEXT = 300
MAX_OPTIONS = 20
MAX_VALUE = 200


class ChecklistKind(StrEnum):
    """What a checklist is for."""

    DEPLOYMENT = "deployment"
    MAINTENANCE = "maintenance"
    RETIREMENT = "retirement"
    RETURN = "return"

    @property
    def label(self) -> str:
        """Return what pages call it."""
        return CHECKLIST_KINDS[self]


CHECKLIST_KINDS: Mapping[ChecklistKind, str] = {
    ChecklistKind.DEPLOYMENT: "Deployment",
    ChecklistKind.MAINTENANCE: "Maintenance",
    ChecklistKind.RETIREMENT: "Retirement",
    ChecklistKind.RETURN: "Return",
}


class ItemType(StrEnum):
    """What proves an item."""

    TICK = "tick"
    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    PHOTO = "photo"
    SCAN = "scan"
    FACT = "fact"
    SIGNATURE = "signature"

    @property
    def facts(self) -> ItemTypeRow:
        """Return the row of this type."""
        return ITEM_TYPES[self]


@dataclass(frozen=True, slots=True)
class ItemTypeRow:
    """What is said about a type of item.

    :param verb: the button that answers it; empty if nobody answers it by hand.
    :param done: how a page says that it was answered.
    :param sample: how a line of a checklist ends with it.
    """

    label: str
    verb: str
    done: str
    sample: str = ""


ITEM_TYPES: Mapping[ItemType, ItemTypeRow] = {
    ItemType.TICK: ItemTypeRow("a tick", "Done", "ticked"),
    ItemType.TEXT: ItemTypeRow("some words", "Save", "written", "[text]"),
    ItemType.NUMBER: ItemTypeRow("a number", "Save", "entered", "[number]"),
    ItemType.CHOICE: ItemTypeRow("one of several", "Save", "chosen", "[choice: good, worn]"),
    ItemType.PHOTO: ItemTypeRow("a picture", "Add", "shown", "[photo]"),
    ItemType.SCAN: ItemTypeRow("a scan", "Check", "scanned", "[scan]"),
    ItemType.FACT: ItemTypeRow("a fact", "", "reported", "[fact: encrypted = yes]"),
    ItemType.SIGNATURE: ItemTypeRow("a signature", "Sign", "signed", "[signature]"),
}


class OnNo(StrEnum):
    """What follows if an item of a return is answered with no."""

    NOTE = "note"
    ASK = "ask"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to answer.

    :param key: names it within its task.
    :param is_required: the task is not done before it is answered.
    :param options: of a choice, what can be chosen.
    :param expects: of a fact, `name = value`; of a scan, the code; empty for the asset's own.
    :param on_no: of a return alone.
    """

    key: str
    text: str
    is_required: bool = True
    type: ItemType = ItemType.TICK
    options: tuple[str, ...] = ()
    expects: str = ""
    on_no: OnNo | None = None

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Return what can be chosen, as a field of a form takes it."""
        return [(option, option) for option in self.options]

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> Item:
        """Return an item from what a task or a checklist keeps of it."""
        options, on_no = kept.get("options"), kept.get("on_no")
        return cls(
            str(kept["key"]),
            str(kept["text"]),
            bool(kept.get("is_required", True)),
            ItemType(str(kept.get("type", ItemType.TICK))),
            tuple(map(str, options)) if isinstance(options, list | tuple) else (),
            str(kept.get("expects", "")),
            OnNo(str(on_no)) if on_no else None,
        )

    def to_json(self) -> dict[str, object]:
        """Return the item as a task or a checklist keeps it: what is not said is left out."""
        shown: dict[str, object] = {
            "key": self.key,
            "text": self.text,
            "is_required": self.is_required,
        }
        if self.type is not ItemType.TICK:
            shown["type"] = self.type.value
        if self.options:
            shown["options"] = list(self.options)
        if self.expects:
            shown["expects"] = self.expects
        if self.on_no is not None:
            shown["on_no"] = self.on_no.value
        return shown


def checklist_key(kind: ChecklistKind, category_id: int | None, model_id: int | None) -> str:
    """Return what a checklist is for, as one text: there is one checklist for each."""
    return f"{kind}:{category_id or ''}:{model_id or ''}"


def find_open_items(items: Sequence[Item], ticked: Collection[str]) -> list[Item]:
    """Return the required items that nobody has answered, in their order."""
    return [item for item in items if item.is_required and item.key not in ticked]


def proves(item: Item, fact: Fact) -> bool:
    """Return whether a fact answers an item."""
    wanted = _FACT.fullmatch(item.expects)
    if item.type is not ItemType.FACT or wanted is None or wanted[1] != fact.name:
        return False
    return meets(fact, wanted[2], wanted[3])


def read_value(item: Item, text: str) -> str:
    """Return the answer to an item of words, of a number or of a choice, as it is kept.

    :raises ValueError: it is not an answer to the item.
    """
    text = " ".join(text.split())
    if not text:
        raise ValueError("Answer this first.")
    if len(text) > MAX_VALUE:
        raise ValueError(f"Use at most {MAX_VALUE} characters.")
    if item.type is ItemType.CHOICE and text not in item.options:
        raise ValueError("Choose one of the list.")
    if item.type is ItemType.NUMBER:
        number = text.replace(",", ".")
        if _NUMBER.fullmatch(number) is None:
            raise ValueError("Enter a number, such as 12.5.")
        return number
    return text


_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
_FACT = re.compile(rf"({FACT_NAME.pattern})\s*(<=|>=|=)\s*(.{{1,100}})")
_TYPED = re.compile(r"(.*\S)\s*\[\s*([a-z]+)\s*(?::\s*(.*?))?\s*\]")
_ON_NO = re.compile(r"(.*\S)\s*\[\s*no\s*:\s*(note|ask|repair)\s*\]")


def read_items(text: str) -> list[Item]:
    """Return the items of a text, one a line.

    A line that begins with a question mark is optional. One that ends with a type in brackets,
    such as `[photo]` or `[fact: encrypted = yes]`, is answered that way.

    :raises ValueError: there are too many, one is too long, or a type cannot be used.
    """
    lines = [" ".join(line.split()) for line in text.splitlines()]
    found: list[Item] = []
    for line in (line for line in lines if line.strip("? ")):
        words = line.removeprefix("?").strip()
        if len(words) > MAX_ITEM_TEXT:
            raise ValueError(f"Use at most {MAX_ITEM_TEXT} characters a line.")
        found.append(_read_line(f"i{len(found) + 1}", words, not line.startswith("?")))
    if len(found) > MAX_ITEMS:
        raise ValueError(f"Use at most {MAX_ITEMS} lines.")
    return found


def _read_line(key: str, words: str, is_required: bool) -> Item:
    on_no = _ON_NO.fullmatch(words)
    if on_no is not None:
        return Item(key, on_no[1], is_required, on_no=OnNo(on_no[2]))
    typed = _TYPED.fullmatch(words)
    if typed is None or typed[2] not in set(ItemType):
        return Item(key, words, is_required)
    item_type, rest = ItemType(typed[2]), typed[3] or ""
    if item_type is ItemType.CHOICE:
        options = tuple(dict.fromkeys(one.strip() for one in rest.split(",") if one.strip()))
        if not 1 < len(options) <= MAX_OPTIONS:
            raise ValueError(f"A choice has 2 to {MAX_OPTIONS} words: [choice: good, worn].")
        return Item(key, typed[1], is_required, item_type, options)
    if item_type is ItemType.FACT and _FACT.fullmatch(rest) is None:
        raise ValueError(
            "A fact is compared with =, >= or <=: [fact: encrypted = yes], or"
            " [fact: os_version >= 14.2]."
        )
    if rest and item_type not in {ItemType.FACT, ItemType.SCAN}:
        raise ValueError(f"Leave out what follows the colon of [{item_type.value}].")
    return Item(key, typed[1], is_required, item_type, expects=rest)


def write_items(items: Sequence[Item]) -> str:
    """Return items as `read_items` takes them."""
    return "\n".join(_write_line(item) for item in items)


def _write_line(item: Item) -> str:
    said = ", ".join(item.options) or item.expects
    ending = f" [{item.type.value}{': ' if said else ''}{said}]"
    if item.type is ItemType.TICK:
        ending = f" [no: {item.on_no.value}]" if item.on_no else ""
    return f"{'' if item.is_required else '? '}{item.text}{ending}"

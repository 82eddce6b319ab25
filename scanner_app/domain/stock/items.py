"""What kinds of stock item there are, and where their pieces can be: one row for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class StockClass(StrEnum):
    CONSUMABLE = "consumable"
    ACCESSORY = "accessory"
    COMPONENT = "component"

    @property
    def facts(self) -> StockClassFacts:
        """Return the row of this class."""
        return STOCK_CLASSES[self]


@dataclass(frozen=True, slots=True)
class StockClassFacts:
    """What is said about a class of stock items.

    :param hint: what a form says about it.
    :param returns: whether its pieces come back, unless the item says otherwise.
    """

    label: str
    plural: str
    hint: str
    returns: bool


STOCK_CLASSES: Mapping[StockClass, StockClassFacts] = {
    StockClass.CONSUMABLE: StockClassFacts(
        "Consumable", "Consumables", "It is used up, such as toner.", returns=False
    ),
    StockClass.ACCESSORY: StockClassFacts(
        "Accessory", "Accessories", "A person has it for a time, such as a mouse.", returns=True
    ),
    StockClass.COMPONENT: StockClassFacts(
        "Component", "Components", "It is built into an asset, such as memory.", returns=True
    ),
}


class AccountKind(StrEnum):
    """Where pieces can be. Each move takes them from one account to another."""

    PLACE = "place"
    PERSON = "person"
    ASSET = "asset"
    OUTSIDE = "outside"
    USED = "used"
    LOST = "lost"
    DIFFERENCE = "difference"

    @property
    def facts(self) -> AccountFacts:
        """Return the row of this kind of account."""
        return ACCOUNTS[self]


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What is said about a kind of account.

    :param label: what a list of moves calls it; empty if it has a name.
    :param is_real: it has a level that is never below zero. The others only balance the books.
    """

    label: str
    is_real: bool


ACCOUNTS: Mapping[AccountKind, AccountFacts] = {
    AccountKind.PLACE: AccountFacts("", is_real=True),
    AccountKind.PERSON: AccountFacts("", is_real=True),
    AccountKind.ASSET: AccountFacts("", is_real=True),
    AccountKind.OUTSIDE: AccountFacts("Supplier", is_real=False),
    AccountKind.USED: AccountFacts("Used up", is_real=False),
    AccountKind.LOST: AccountFacts("Damaged or lost", is_real=False),
    AccountKind.DIFFERENCE: AccountFacts("Difference of a count", is_real=False),
}
REAL_ACCOUNTS = tuple(kind for kind, facts in ACCOUNTS.items() if facts.is_real)

MAX_QUANTITY = 100_000
MAX_LEVEL = 2_000_000_000  # what an INTEGER of PostgreSQL can hold, rounded down
MAX_CODE = 64
MAX_NAME = 200
CODE_SCHEME = "stock_code"
CODE_PREFIX = "ST-"

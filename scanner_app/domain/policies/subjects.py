"""What checks look at, frozen: the parts of a request or an order, and a deployment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BuyingPart:
    """What is bought under one request; all that no request asked for is one part.

    :param name: of the request, empty for what no request asked for.
    :param amount_cents: in the currency of the organisation; None without price or exchange rate.
    :param approvals: by how many different people, none of whom asked for it.
    """

    name: str
    amount_cents: int | None
    approvals: int = 0
    quotes: int = 0


@dataclass(frozen=True, slots=True)
class BuyingSubject:
    """A request, or an order about to be placed."""

    parts: tuple[BuyingPart, ...]


@dataclass(frozen=True, slots=True)
class DeploymentSubject:
    """A deployment that somebody is about to call done.

    :param holder: who has the thing, empty if nobody does.
    :param is_signed: that person signed, in an item of the checklist or a hand-over.
    """

    holder: str
    is_signed: bool

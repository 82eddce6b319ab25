"""Write the tables that docs print from the code; a test compares the two.

A table is kept between two comments, `<!-- table: NAME -->` and `<!-- end of table -->`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from scanner_app.domain.access.roles import ROLES, Action
from scanner_app.domain.circulation.checks import CHECKS
from scanner_app.domain.contracts.states import CONTRACT_STEPS, ContractState
from scanner_app.domain.disposal.consignments import CONSIGNMENT_STATES, ConsignmentState
from scanner_app.domain.disposal.levels import DESTINATIONS, MEDIA, TECHNIQUES, Level
from scanner_app.domain.disposal.sanitizations import SANITIZATION_STATES, SanitizationState
from scanner_app.domain.lifecycle.tasks import TASK_KINDS, TaskState
from scanner_app.domain.policies.checks import CHECKS as POLICY_CHECKS
from scanner_app.domain.procurement.deliveries import (
    DELIVERY_STEPS,
    RECEIPT_STATES,
    DeliveryState,
)
from scanner_app.domain.procurement.orders import ORDER_STEPS, OrderState
from scanner_app.domain.procurement.requests import REQUEST_STEPS, RequestState

DOCS = Path(__file__).resolve().parent.parent / "docs"
END = "<!-- end of table -->"


def checks() -> str:
    """Return the decision table of the counter."""
    rows = [
        (
            f"`{check}`",
            facts.when,
            facts.weight.value,
            "all"
            if len(facts.kinds) == len(type(next(iter(facts.kinds))))
            else ", ".join(sorted(facts.kinds)),
            _roles(facts.override),
        )
        for check, facts in CHECKS.items()
    ]
    return _table(("code", "when", "weight", "checked for", "who may"), rows)


def tasks() -> str:
    """Return what a task may become, by kind and state."""
    rows = [
        (
            row.label.lower(),
            state.value,
            ", ".join(one.value for one in TaskState if one in row.steps[state]) or "nothing",
        )
        for row in TASK_KINDS.values()
        for state in TaskState
        # A delivery has states of its own page.
        if any(row.steps.values()) and (row.steps[state] or not state.facts.is_open)
    ]
    return _table(("kind", "state", "may become"), rows)


def orders() -> str:
    """Return what an order may become, by state."""
    rows = [
        (one.value, ", ".join(two.value for two in OrderState if two in steps) or "nothing")
        for one, steps in ORDER_STEPS.items()
    ]
    return _table(("state", "may become"), rows)


def requests() -> str:
    """Return what a request may become, by state."""
    rows = [
        (
            one.value,
            ", ".join(two.value for two in RequestState if two in steps) or "nothing",
            one.facts.next,
        )
        for one, steps in REQUEST_STEPS.items()
    ]
    return _table(("state", "may become", "what follows"), rows)


def deliveries() -> str:
    """Return what a delivery may become, by state."""
    rows = [
        (one.value, ", ".join(two.value for two in DeliveryState if two in steps) or "nothing")
        for one, steps in DELIVERY_STEPS.items()
    ]
    return _table(("state", "may become"), rows)


def receipts() -> str:
    """Return what a receipt can be, and what its decision does."""
    rows = [
        (one.value, row.label, "yes" if row.is_difference else "if damaged", row.help)
        for one, row in RECEIPT_STATES.items()
    ]
    return _table(("state", "on pages", "is decided", "what it means"), rows)


def policies() -> str:
    """Return what each check of a policy asks for, and where it can be made."""
    rows = [
        (
            f"`{check.value}`",
            row.sentence,
            ", ".join(gate.facts.label.lower() for gate in row.gates),
            ", ".join(f"`{param.name}`" for param in row.params) or "none",
        )
        for check, row in POLICY_CHECKS.items()
    ]
    return _table(("check", "asks for", "can be checked at", "params"), rows)


def sanitizations() -> str:
    """Return what a sanitization may become, by state."""
    rows = [
        (
            state.value,
            ", ".join(one.value for one in SanitizationState if one in row.steps) or "nothing",
            row.next_step,
        )
        for state, row in SANITIZATION_STATES.items()
    ]
    return _table(("state", "may become", "what follows"), rows)


def consignments() -> str:
    """Return what a consignment may become, by state."""
    rows = [
        (
            state.value,
            ", ".join(one.value for one in ConsignmentState if one in row.steps) or "nothing",
            row.next_step,
        )
        for state, row in CONSIGNMENT_STATES.items()
    ]
    return _table(("state", "may become", "what follows"), rows)


def needs() -> str:
    """Return the level that each destination needs."""
    rows = [(row.label, row.needs.word, row.needs_restricted.word) for row in DESTINATIONS.values()]
    return _table(("destination", "needs", "needs for restricted data"), rows)


def levels() -> str:
    """Return what each technique reaches, by medium."""
    rows = []
    for row in TECHNIQUES.values():
        if_encrypted = row.if_encrypted or {}
        cells = []
        for medium in MEDIA:
            plain = row.reaches.get(medium, Level.NONE)
            better = max(plain, if_encrypted.get(medium, Level.NONE))
            said = plain.word if plain or not better else ""
            more = f"{better.word} if encrypted" if better > plain else ""
            cells.append("; ".join(filter(None, (said, more))))
        rows.append((row.label, *cells))
    return _table(("technique", *MEDIA.values()), rows)


def contracts() -> str:
    """Return what a term of a contract may become, by state."""
    rows = [
        (
            state.facts.label.lower(),
            ", ".join(one.facts.label.lower() for one in ContractState if one in after)
            or "nothing",
        )
        for state, after in CONTRACT_STEPS.items()
    ]
    return _table(("state", "may become"), rows)


def _roles(action: Action | None) -> str:
    if action is None:
        return "nobody"
    return ", ".join(role.value for role, facts in ROLES.items() if action in facts.actions)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


# By page and name of the table.
TABLES: dict[str, dict[str, Callable[[], str]]] = {
    "lending.md": {"checks": checks},
    "lifecycle.md": {"tasks": tasks},
    "procurement.md": {
        "requests": requests,
        "orders": orders,
        "deliveries": deliveries,
        "receipts": receipts,
    },
    "policies.md": {"policies": policies},
    "contracts.md": {"contracts": contracts},
    "disposal.md": {
        "sanitizations": sanitizations,
        "needs": needs,
        "levels": levels,
        "consignments": consignments,
    },
}


def render(page: str) -> str:
    """Return the text of a page with its tables as the code has them.

    :raises ValueError: the page does not have exactly one place for one of its tables.
    """
    text = (DOCS / page).read_text()
    for name, make in TABLES[page].items():
        before, after = text.split(f"<!-- table: {name} -->\n")
        text = f"{before}<!-- table: {name} -->\n{make()}\n{END}{after.partition(END)[2]}"
    return text


if __name__ == "__main__":
    for page in TABLES:
        (DOCS / page).write_text(render(page))

"""The fields of a policy: what they offer, how params are written, and what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import read_money, show_money
from scanner_app.domain.policies.bands import MAX_BANDS
from scanner_app.domain.policies.checks import Check, ParamKind, ParamRow
from scanner_app.domain.policies.gates import MODES, Severity
from scanner_app.domain.register.kinds import ASSET_KINDS
from scanner_app.edge.organisation import current_organisation
from scanner_app.queries.register.assets import list_categories, list_model_names

MAX_DIGITS = 9


def list_choices(session: Session, check: Check, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the fields of a policy of a check offer, and its params as texts."""
    return {
        "params": [(row, _write_param(row, params[row.name])) for row in check.facts.params],
        "gates": [(gate.value, gate.facts.label) for gate in check.facts.gates],
        "modes": [(mode.value, row.label) for mode, row in MODES.items()],
        "severities": [(one.value, one.label) for one in Severity],
        "kinds": [(kind.value, row.label) for kind, row in ASSET_KINDS.items()],
        "categories": [(name, name) for name in list_categories(session)],
        "models": list_model_names(session),
        "blank_bands": MAX_BANDS,
        "base": current_organisation().currency,
        "form": request.form,
    }


def _write_param(row: ParamRow, value: Any) -> Any:
    """Return a param as its field shows it; of bands, pairs of texts."""
    match row.kind:
        case ParamKind.MONEY:
            return show_money(value)
        case ParamKind.BANDS:
            return [(show_money(above), str(approvals)) for above, approvals in value]
        case ParamKind.WORDS:
            return "\n".join(value)
        case _:
            return value


def read_policy(check: Check, applies: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return what the form says about a policy.

    :param applies: what it applied to before; what has no field stays.
    :raises Invalid: a text is not a number or an amount.
    """
    form = request.form
    errors: dict[str, list[str]] = {}
    params = {row.name: _read_param(row, form, errors) for row in check.facts.params}
    if errors:
        raise Invalid("This policy cannot be saved. Check the fields.", errors=errors)
    wanted = {
        **applies,
        "kinds": form.getlist("kinds"),
        "categories": form.getlist("categories"),
        "models": [name.strip() for name in form.get("models", "").splitlines() if name.strip()],
    }
    return {
        "title": form.get("title", ""),
        "reference": form.get("reference", ""),
        "gate": form.get("gate", ""),
        "mode": form.get("mode", ""),
        "severity": form.get("severity", ""),
        "is_active": form.get("is_active") == "on",
        "params": params,
        "applies": {name: list(values) for name, values in wanted.items()},
    }


def _read_param(row: ParamRow, form: Any, errors: dict[str, list[str]]) -> Any:
    name = f"params.{row.name}"
    text = str(form.get(name, "")).strip()
    match row.kind:
        case ParamKind.FLAG:
            return form.get(name) == "on"
        case ParamKind.WORDS:
            return [line.strip() for line in text.splitlines() if line.strip()]
        case ParamKind.COUNT:
            return read_number(text)
        case ParamKind.MONEY:
            return _money(text, name, errors)
        case ParamKind.BANDS:
            pairs = zip(form.getlist(f"{name}.above"), form.getlist(f"{name}.count"), strict=False)
            bands = []
            for above, count in pairs:
                if above.strip() or count.strip():
                    number = read_number(count)
                    bands.append([_money(above, name, errors), -1 if number is None else number])
            return bands


def _money(text: str, name: str, errors: dict[str, list[str]]) -> int:
    try:
        return read_money(text)
    except ValueError as error:
        errors[name] = [str(error)]
        return 0


def read_number(text: str) -> int | None:
    """Return the number that a text says; None if it is not one."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else None

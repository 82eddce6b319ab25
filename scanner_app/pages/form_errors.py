"""What a refused form shows: one sentence for each field, or one for the whole form."""

from __future__ import annotations

from typing import Any

from scanner_app.domain.errors import Conflict, Invalid, ScannerAppError
from scanner_app.pages.meanwhile import ChangedMeanwhile

FIELD_OF_CODE = {"email_taken": "email"}


def errors_of(error: ScannerAppError) -> dict[str, str]:
    """Return the sentence for each field; the key `form` if no single field is wrong."""
    if isinstance(error, Invalid) and error.errors:
        return {name: texts[0] for name, texts in error.errors.items()}
    return {FIELD_OF_CODE.get(error.code, "form"): error.message}


def describe_problem(
    error: Invalid | Conflict | None, *, conflict_field: str = "name"
) -> dict[str, Any]:
    """Return what a form needs to show an error: its status, its sentence, the texts by field.

    :param conflict_field: the field beside which a conflict is shown.
    """
    if error is None:
        return {"status": 200, "problem": None, "errors": {}}
    if isinstance(error, ChangedMeanwhile):
        return {"status": 409, "problem": error.message, "errors": {}, "changes": error.changes}
    if isinstance(error, Conflict):
        return {"status": 409, "problem": error.message, "errors": {conflict_field: error.message}}
    errors = {name: texts[0] for name, texts in error.errors.items()}
    return {"status": 422, "problem": error.message, "errors": errors}

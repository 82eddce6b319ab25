"""What a refused form says: one sentence a field, or one for the whole form."""

from __future__ import annotations

from scanner_app.domain.errors import Invalid, ScannerAppError

FIELD_OF_CODE = {"email_taken": "email"}


def errors_of(error: ScannerAppError) -> dict[str, str]:
    """Give the sentence for each field; `form` where no field is meant."""
    if isinstance(error, Invalid) and error.errors:
        return {name: texts[0] for name, texts in error.errors.items()}
    return {FIELD_OF_CODE.get(error.code, "form"): error.message}

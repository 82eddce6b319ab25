"""The one JSON parser of the API, and the one text field.

JSON that looks valid breaks servers in known ways: nesting that overflows the stack, integers that
no database can store, lone surrogates, NUL, NaN, a key that occurs twice. Each is refused here with
a sentence that says why.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from marshmallow import ValidationError, fields

from scanner_app.domain.errors import Invalid, TooLarge

MAX_INTEGER = 2**63 - 1
MAX_DIGITS = 20


class BadJSON(Invalid):
    code = "bad_json"


def parse_json(raw: bytes, *, limit: int) -> Any:
    """Return the parsed body of a request.

    :param limit: the largest accepted body, in bytes.
    :raises TooLarge: the body is above the limit.
    :raises BadJSON: the body is not JSON that this service accepts; the message says why.
    """
    if len(raw) > limit:
        raise TooLarge(f"The body is larger than {limit // 1_000_000} MB. Send smaller batches.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadJSON("The body is not UTF-8.") from None
    try:
        value = json.loads(
            text,
            parse_int=_parse_int,
            parse_float=_parse_float,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique_keys,
        )
    except RecursionError:
        raise BadJSON("The body is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise BadJSON(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    # In decoded UTF-8 text, a surrogate can only come from an escape such as `\ud800`.
    if "\\u" in text and ("\\ud" in text or "\\uD" in text):
        _refuse_surrogates(value)
    return value


def _parse_int(digits: str) -> int:
    if len(digits) > MAX_DIGITS or abs(int(digits)) > MAX_INTEGER:
        raise BadJSON("A number in the body is larger than 64 bits.")
    return int(digits)


def _parse_float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise BadJSON("A number in the body is out of range.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise BadJSON(f"{name} is not JSON.")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise BadJSON("A key occurs twice in one object.")
    return result


def _refuse_surrogates(value: Any) -> None:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadJSON(
                "A text in the body contains half a character (a lone surrogate)."
            ) from None
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_surrogates(key)
            _refuse_surrogates(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_surrogates(item)


class SafeText(fields.String):
    """A text that both databases can store: no NUL or other control characters, not too long.

    :param limit: the maximum number of characters.
    :param multiline: accept line breaks and tabs.
    :param blank: accept the empty text.
    """

    def __init__(
        self, *, limit: int = 255, multiline: bool = False, blank: bool = True, **kwargs: Any
    ) -> None:
        metadata = {"maxLength": limit, **kwargs.pop("metadata", {})}
        if not blank:
            metadata["minLength"] = 1
        super().__init__(metadata=metadata, **kwargs)
        self.limit = limit
        self.multiline = multiline
        self.blank = blank

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if len(text) > self.limit:
            raise ValidationError(f"Use at most {self.limit} characters.")
        allowed = "\t\n\r" if self.multiline else ""
        if not text.isprintable() and any(
            (c < " " or c == "\x7f") and c not in allowed for c in text
        ):
            raise ValidationError("Contains a control character.")
        if not self.blank and not text.strip():
            raise ValidationError("Must not be empty.")
        return text

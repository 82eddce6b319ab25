"""The one JSON parser of the boundary, and the one text field.

Valid-looking JSON breaks servers in known ways: nesting that ends the stack, integers that no
database holds, lone surrogates, NUL, NaN, a key given twice. Each is refused here, with words.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from marshmallow import ValidationError, fields

from scanner_app.domain.errors import Invalid, TooLarge

LARGEST_INTEGER = 2**63 - 1
MOST_DIGITS = 20


class BadJSON(Invalid):
    code = "bad_json"


def parse_json(raw: bytes, *, limit: int) -> Any:
    """Parse a request body.

    :param limit: the largest body taken, in bytes.
    :raises TooLarge: the body is above the limit.
    :raises BadJSON: it is not JSON that this service takes; the message says why.
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
        raise BadJSON("The body is nested too deep.") from None
    except json.JSONDecodeError as error:
        raise BadJSON(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    # `\ud800` is the only way a surrogate gets into decoded UTF-8 text.
    if "\\u" in text and ("\\ud" in text or "\\uD" in text):
        _refuse_surrogates(value)
    return value


def _parse_int(digits: str) -> int:
    if len(digits) > MOST_DIGITS or abs(int(digits)) > LARGEST_INTEGER:
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
        raise BadJSON("A key stands twice in one object.")
    return result


def _refuse_surrogates(value: Any) -> None:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadJSON("A text in the body holds half a character (a lone surrogate).") from None
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_surrogates(key)
            _refuse_surrogates(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_surrogates(item)


class SafeText(fields.String):
    """Text that both databases can hold: no NUL, no other control characters, bounded.

    :param limit: most characters.
    :param multiline: line breaks and tabs are taken.
    :param blank: the empty text is taken.
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
            raise ValidationError(f"Longer than {self.limit} characters.")
        allowed = "\t\n\r" if self.multiline else ""
        if not text.isprintable() and any(
            (c < " " or c == "\x7f") and c not in allowed for c in text
        ):
            raise ValidationError("Holds a control character.")
        if not self.blank and not text.strip():
            raise ValidationError("Must not be empty.")
        return text

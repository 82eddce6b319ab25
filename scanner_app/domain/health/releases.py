"""Releases of products and when their support ends, as files of endoflife.date say it.

The format is that of version 1 of its API (`/products/full`, or one product), and of version 0 (a
list of the cycles of one product). Source: https://endoflife.date/docs/api/v1/openapi.yml.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

MAX_LIFECYCLE_BYTES = 32_000_000
MAX_RELEASES = 100_000
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Release:
    """One release (cycle) of a product.

    :param product: its name in the file, such as `windows`; `product_label` is what people read.
    :param cycle: the name of the release, such as `11-24h2-e`.
    :param active_until: the end of what the maker does beside mending faults of security.
    :param ends_on: the end of support; None if the file says no day.
    :param extended_until: the end of support that is paid for.
    :param is_ended: support has ended, whether the day is known or not.
    :param latest: the newest version of the release.
    """

    product: str
    product_label: str
    cycle: str
    label: str
    released_on: date | None = None
    active_until: date | None = None
    ends_on: date | None = None
    extended_until: date | None = None
    is_ended: bool = False
    is_discontinued: bool = False
    latest: str = ""

    @property
    def title(self) -> str:
        """Return what people call it, such as "Windows 11 24H2"."""
        product, label = self.product_label.split(), self.label.split()
        # "Apple iPhone" and "iPhone 13 mini" have a word in common, which is said once.
        for start in range(len(product)):
            shared = [word.casefold() for word in product[start:]]
            if [word.casefold() for word in label[: len(shared)]] == shared:
                return " ".join([*product[:start], *label])
        return " ".join([*product, *label])

    @property
    def names(self) -> tuple[str, ...]:
        """Return what a model of it is called: with its maker, and without."""
        words = self.title.split()
        has_maker = len(self.product_label.split()) > 1
        return (self.title, " ".join(words[1:])) if has_maker else (self.title,)


def has_ended(ends_on: date | None, *, is_ended: bool, today: date) -> bool:
    """Return whether support is over on a day: the day itself is the last one."""
    return ends_on < today if ends_on is not None else is_ended


def read_lifecycles(data: bytes, *, product: str = "") -> list[Release]:
    """Return the releases of a file of endoflife.date, each once.

    :param product: the name of the product, for a file of version 0, which has none.
    :raises ValueError: the file is something else, or one of its entries cannot be read.
    """
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("This file is not JSON. Download it from endoflife.date again.") from None
    found: dict[tuple[str, str], Release] = {}
    for place, name, label, entry in _list_entries(told, product):
        try:
            release = _read_release(name, label, entry)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{place} cannot be read: {error}.") from None
        found[release.product, release.cycle] = release
        if len(found) > MAX_RELEASES:
            raise ValueError(f"A file may have at most {MAX_RELEASES:,} releases.")
    if not found:
        raise ValueError("This file has no releases.")
    return list(found.values())


Entry = tuple[str, str, str, Mapping[str, Any]]


def _list_entries(told: Any, product: str) -> Iterator[Entry]:
    """Yield each release of a file with its place, its product and the label of that."""
    if isinstance(told, list):
        if not product:
            raise ValueError("This file does not name its product. Enter the name of the product.")
        yield from _list_releases(product, product.replace("-", " ").capitalize(), told)
        return
    result = told.get("result") if isinstance(told, dict) else None
    products = [result] if isinstance(result, dict) else result
    if not isinstance(products, list):
        message = "This is not a file of endoflife.date: it has no result."
        raise ValueError(message)  # noqa: TRY004 - of the file
    for index, one in enumerate(products, 1):
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise ValueError(f"Product {index} has no name.")  # noqa: TRY004 - of the file
        releases = one.get("releases")
        if not isinstance(releases, list):
            # The short list of all products has none: it says how long no release is supported.
            message = f"{one['name'][:40]} has no releases. Use the file products/full."
            raise ValueError(message)  # noqa: TRY004 - of the file
        yield from _list_releases(one["name"], str(one.get("label") or one["name"]), releases)


def _list_releases(name: str, label: str, releases: Sequence[Any]) -> Iterator[Entry]:
    for index, one in enumerate(releases, 1):
        place = f"Release {index} of {name[:40]}"
        if not isinstance(one, dict):
            raise ValueError(f"{place} cannot be read.")  # noqa: TRY004 - of the file
        yield place, name, label, one


def _read_release(product: str, product_label: str, told: Mapping[str, Any]) -> Release:
    cycle = _read_name(told.get("name") or told.get("cycle"))
    latest = told.get("latest")
    if isinstance(latest, Mapping):
        latest = latest.get("name")
    is_new = "name" in told
    eol = (told.get("isEol"), told.get("eolFrom")) if is_new else _split(told.get("eol"))
    active = told.get("eoasFrom") if is_new else _split(told.get("support"))[1]
    extended = told.get("eoesFrom") if is_new else _split(told.get("extendedSupport"))[1]
    return Release(
        product=_read_name(product),
        product_label=_read_name(product_label),
        cycle=cycle,
        label=_read_name(told.get("label") or cycle),
        released_on=_read_day(told.get("releaseDate")),
        active_until=_read_day(active),
        ends_on=_read_day(eol[1]),
        extended_until=_read_day(extended),
        is_ended=bool(eol[0]),
        is_discontinued=bool(told.get("isDiscontinued") or told.get("discontinued")),
        latest=_read_name(latest) if latest else "",
    )


def _split(value: Any) -> tuple[bool, Any]:
    """Return whether version 0 says that something is over, and the day, if it says one."""
    return (value, None) if isinstance(value, bool) else (False, value)


def _read_day(value: Any) -> date | None:
    if value is None or isinstance(value, bool):
        return None
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} is not a day")
    return date.fromisoformat(value)


def _read_name(value: Any) -> str:
    text = " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
    if not text or len(text) > MAX_NAME or not text.isprintable():
        raise ValueError("a name is missing or too long")
    return text

"""readers.toml: the readers, what their antennas look at, and the server that gets sightings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from hardware.errors import ConfigError
from hardware.smoothing import Filter, ReadPoint, Smoothing

# Those of the server's scan intents that a read can have. This package imports nothing of the
# server; tests/hardware compares the two lists.
INTENTS = ("lookup", "sighting", "move", "check_out", "check_in")
TOKEN_VARIABLE = "SCANNER_READERS_TOKEN"  # noqa: S105 - the variable's name
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HEX = re.compile(r"[0-9A-Fa-f]+")
_ANY_ANTENNA = "any"


@dataclass(frozen=True, slots=True)
class ReaderConfig:
    """One ``[[reader]]``: what it is, and how its reads become sightings."""

    name: str
    kind: str
    port: str = ""
    protocol: str | None = None
    baud: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    read_points: tuple[ReadPoint, ...] = ()
    passing: Filter = field(default_factory=Filter)
    smoothing: Smoothing = field(default_factory=Smoothing)


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """All of readers.toml. `spool_cap_mb` is in MiB; `heartbeat_seconds` is the interval."""

    server: str
    token: str = field(repr=False)
    spool: Path
    readers: tuple[ReaderConfig, ...]
    spool_cap_mb: int = 200
    heartbeat_seconds: float = 15.0
    ca_file: str | None = None


def load_config(path: Path, environ: Mapping[str, str]) -> AgentConfig:
    """Read readers.toml at `path`.

    :param environ: the environment, which may hold the token or the path of its file
    :raises ConfigError: the file is wrong; the message names the key and what to write instead
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    return parse_config(document, environ, base=path.parent)


def parse_config(
    document: Mapping[str, Any], environ: Mapping[str, str], *, base: Path
) -> AgentConfig:
    """Make the settings from a parsed file.

    :param base: the folder from which relative paths are taken
    :raises ConfigError: a key is wrong; the message names it and what to write instead
    """
    _refuse_unknown(document, {"agent", "smoothing", "reader"}, "readers.toml")
    agent = _table(document, "agent", "readers.toml")
    known = {"server", "token", "token_file", "spool", "spool_cap_mb", "heartbeat_seconds"}
    _refuse_unknown(agent, known | {"ca_file"}, "[agent]")
    smoothing = _make_smoothing(_table(document, "smoothing", "readers.toml"), Smoothing(), "")
    entries = document.get("reader", [])
    if not isinstance(entries, list) or not entries:
        raise ConfigError("readers.toml has no [[reader]]: describe at least one")
    readers = tuple(
        _make_reader(entry, smoothing, number) for number, entry in enumerate(entries, 1)
    )
    names = [reader.name for reader in readers]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ConfigError(f"two readers are called {twice!r}: each reader needs its own name")
    return AgentConfig(
        server=_text(agent, "server", "[agent]"),
        token=_find_token(agent, environ, base),
        spool=base / _text(agent, "spool", "[agent]", "spool.sqlite3"),
        readers=readers,
        spool_cap_mb=int(_number(agent, "spool_cap_mb", "[agent]", 200, low=1)),
        heartbeat_seconds=_number(agent, "heartbeat_seconds", "[agent]", 15.0, low=1),
        ca_file=_text(agent, "ca_file", "[agent]", "") or None,
    )


def _find_token(agent: Mapping[str, Any], environ: Mapping[str, str], base: Path) -> str:
    token = _text(agent, "token", "[agent]", "") or environ.get(TOKEN_VARIABLE, "")
    file = _text(agent, "token_file", "[agent]", "") or environ.get(f"{TOKEN_VARIABLE}_FILE", "")
    if file and not token:
        try:
            token = (base / file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"the token file {file} cannot be read: {error}") from error
    if not token:
        raise ConfigError(
            f"no token: make one with the role 'reader' on the server, and set its file as "
            f"token_file in [agent] or in {TOKEN_VARIABLE}_FILE"
        )
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise ConfigError("the token has characters that no token contains: was it copied whole?")
    return token


def _make_reader(entry: Any, smoothing: Smoothing, number: int) -> ReaderConfig:
    if not isinstance(entry, dict):
        raise ConfigError(f"reader {number} is not a table: write [[reader]]")
    name = _text(entry, "name", f"reader {number}")
    where = f"reader {name!r}"
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{where}: a name has letters, digits, '.', '_' and '-', at most 64 of them"
        )
    known = {"name", "kind", "port", "protocol", "baud", "options", "read_point"}
    _refuse_unknown(entry, known | {"filter", "smoothing"}, where)
    filters = _table(entry, "filter", where)
    _refuse_unknown(
        filters, {"epc_prefixes", "epc_masks", "rssi_floor", "min_reads"}, f"{where} filter"
    )
    own = dict(_table(entry, "smoothing", where))
    own |= {key: filters[key] for key in ("rssi_floor", "min_reads") if key in filters}
    baud = _number(entry, "baud", where, 0, low=0)
    points = entry.get("read_point", [])
    if not isinstance(points, list):
        raise ConfigError(f"{where}: read points are tables: write [[reader.read_point]]")
    return ReaderConfig(
        name=name,
        kind=_text(entry, "kind", where),
        port=_text(entry, "port", where, ""),
        protocol=_text(entry, "protocol", where, "") or None,
        baud=int(baud) or None,
        options=_table(entry, "options", where),
        read_points=_make_points(points, where),
        passing=Filter(_make_prefixes(filters, where), _make_masks(filters, where)),
        smoothing=_make_smoothing(own, smoothing, where),
    )


def _make_points(entries: list[Any], where: str) -> tuple[ReadPoint, ...]:
    points: dict[int | None, ReadPoint] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            raise ConfigError(f"{where}: a read point is a table")
        _refuse_unknown(
            entry, {"antenna", "location", "intent", "rssi_floor"}, f"{where} read point"
        )
        antenna = entry.get("antenna", _ANY_ANTENNA)
        is_number = isinstance(antenna, int) and not isinstance(antenna, bool)
        if antenna != _ANY_ANTENNA and not (is_number and 0 <= antenna <= 65535):  # noqa: PLR2004 - u16
            raise ConfigError(f"{where}: antenna {antenna!r} is neither 'any' nor 0 to 65535")
        intent = _text(entry, "intent", where, "") or None
        if intent is not None and intent not in INTENTS:
            raise ConfigError(f"{where}: intent {intent!r} is none of {', '.join(INTENTS)}")
        key = None if antenna == _ANY_ANTENNA else antenna
        if key in points:
            raise ConfigError(f"{where}: antenna {antenna} has two read points")
        floor = entry.get("rssi_floor")
        points[key] = ReadPoint(
            antenna=key,
            location=_text(entry, "location", where, "") or None,
            intent=intent,
            rssi_floor=None if floor is None else _number(entry, "rssi_floor", where, 0.0),
        )
    return tuple(points.values())


def _make_prefixes(filters: Mapping[str, Any], where: str) -> tuple[str, ...]:
    prefixes = _strings(filters, "epc_prefixes", where)
    for prefix in prefixes:
        if not _HEX.fullmatch(prefix):
            raise ConfigError(f"{where}: EPC prefix {prefix!r} is not hex")
    return tuple(prefix.upper() for prefix in prefixes)


def _make_masks(filters: Mapping[str, Any], where: str) -> tuple[tuple[bytes, bytes], ...]:
    masks = []
    for text in _strings(filters, "epc_masks", where):
        try:
            value, mask = (bytes.fromhex(part) for part in text.split("/"))
        except ValueError:
            value, mask = b"", b"."
        if len(value) != len(mask):
            raise ConfigError(
                f"{where}: EPC mask {text!r} is not VALUE/MASK in hex, both of the same length"
            )
        masks.append((bytes(v & m for v, m in zip(value, mask, strict=True)), mask))
    return tuple(masks)


def _make_smoothing(table: Mapping[str, Any], base: Smoothing, where: str) -> Smoothing:
    where = f"{where} smoothing".strip()
    defaults = {one.name: getattr(base, one.name) for one in fields(Smoothing)}
    _refuse_unknown(table, set(defaults), where)
    changes: dict[str, Any] = {}
    for key, value in table.items():
        if key == "keep_weak":
            if not isinstance(value, bool):
                raise ConfigError(f"{where}: keep_weak is true or false")
            changes[key] = value
            continue
        is_floor = key == "rssi_floor"
        number = _number(table, key, where, 0.0, low=-200 if is_floor else 0)
        is_whole = key in {"min_reads", "move_reads", "max_tags"}
        if is_whole and (number < 1 or number != int(number)):
            raise ConfigError(f"{where}: {key} is a whole number from 1")
        changes[key] = int(number) if is_whole else number
    return replace(base, **changes)


def _refuse_unknown(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise ConfigError(
                f"{where}: {key!r} is not known here; known: {', '.join(sorted(known))}"
            )


def _table(table: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: {key!r} is a table")
    return value


def _text(table: Mapping[str, Any], key: str, where: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or (default is None and not value):
        raise ConfigError(f"{where}: {key!r} is missing or not a text")
    return value


def _number(
    table: Mapping[str, Any], key: str, where: str, default: float, *, low: float | None = None
) -> float:
    value = table.get(key, default)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or value != value or (low is not None and value < low):  # noqa: PLR0124 - NaN
        least = "" if low is None else f" from {low:g}"
        raise ConfigError(f"{where}: {key!r} is not a number{least}")
    return float(value)


def _strings(table: Mapping[str, Any], key: str, where: str) -> list[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{where}: {key!r} is a list of texts")
    return value

"""The kinds of readers and the protocols that exist, and how a reader is made from its settings.

A *kind* brings the bytes (a serial port, TCP, an NFC pad). A *protocol* turns bytes into reads.
The kinds are the rows here. The protocols are the rows of `hardware.protocols.table`.

Other distributions add rows by the entry point group ``scanner_readers``. Each entry point names a
`KindSpec` or a `ProtocolSpec` (see examples/morse-reader).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, TypeVar

from hardware.clock import Clock
from hardware.config import ReaderConfig
from hardware.errors import ConfigError
from hardware.protocols.base import Decoder
from hardware.protocols.table import PROTOCOLS, ProtocolSpec
from hardware.reader import Reader

# Other distributions import both specs from this module.
__all__ = [
    "KINDS",
    "PROTOCOLS",
    "KindSpec",
    "ProtocolSpec",
    "known_kinds",
    "known_protocols",
    "make_reader",
    "protocol_named",
    "split_address",
]

ENTRY_POINTS = "scanner_readers"
LLRP_PORT = 5084
Spec = TypeVar("Spec")


@dataclass(frozen=True, slots=True)
class KindSpec:
    """A way to connect a reader.

    `make` is called with the reader's settings, the decoder of its protocol (None if `protocols` is
    empty), the clock, and the options named in `options`. All other options go to the protocol.
    `extra` is the optional dependency of this distribution that installs the driver.
    """

    name: str
    make: Callable[..., Reader]
    about: str
    protocols: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()
    extra: str | None = None
    is_confirmed: bool = True


# What a serial port or TCP can carry. LLRP has a kind with its standard port; the other two decode
# input events and HID reports, which never come as a stream.
_STREAMS = tuple(spec.name for spec in PROTOCOLS if spec.name not in {"llrp", "keyboard", "hidpos"})


# The functions below import their reader themselves, so that one missing or broken driver module
# does not stop an agent that uses other kinds.


def _make_serial(config: ReaderConfig, decoder: Decoder, clock: Clock, **options: Any) -> Reader:
    from hardware.readers.transports import SerialTransport
    from hardware.readers.wire import WireReader

    baud = config.baud or protocol_named(config.protocol or "text").baud or 9600
    transport = SerialTransport(_need_port(config), baudrate=baud, **options)
    return WireReader(config.name, transport, decoder, clock)


def _make_tcp(config: ReaderConfig, decoder: Decoder, clock: Clock) -> Reader:
    return _make_network(config, decoder, clock, default_port=None)


def _make_llrp(config: ReaderConfig, decoder: Decoder, clock: Clock) -> Reader:
    return _make_network(config, decoder, clock, default_port=LLRP_PORT)


def _make_network(
    config: ReaderConfig, decoder: Decoder, clock: Clock, *, default_port: int | None
) -> Reader:
    from hardware.readers.transports import TcpTransport
    from hardware.readers.wire import WireReader

    host, port = split_address(config, default_port)
    return WireReader(config.name, TcpTransport(host, port), decoder, clock)


def _make_evdev(config: ReaderConfig, decoder: Decoder, _: Clock) -> Reader:
    from hardware.protocols.keyboard import KeyboardDecoder
    from hardware.readers.evdev import EvdevReader

    if not isinstance(decoder, KeyboardDecoder):
        raise ConfigError(f"reader {config.name!r}: kind evdev takes only the protocol 'keyboard'")
    return EvdevReader(config.name, _need_port(config), decoder)


def _make_hid(config: ReaderConfig, decoder: Decoder, _: Clock) -> Reader:
    from hardware.protocols.hidpos import HidPosDecoder
    from hardware.readers.hid import HidReader

    if not isinstance(decoder, HidPosDecoder):
        raise ConfigError(f"reader {config.name!r}: kind hid takes only the protocol 'hidpos'")
    return HidReader(config.name, _need_port(config), decoder)


def _make_pcsc(config: ReaderConfig, _: None, __: Clock) -> Reader:
    from hardware.readers.pcsc import PcscReader

    return PcscReader(config.name, config.port)


def _make_virtual(config: ReaderConfig, _: None, clock: Clock, **options: Any) -> Reader:
    from hardware.readers.virtual import VirtualReader

    return VirtualReader(config.name, clock, **options)


def _make_replay(config: ReaderConfig, decoder: Decoder, clock: Clock, **options: Any) -> Reader:
    from hardware.readers.replay import ReplayReader

    return ReplayReader(config.name, Path(_need_port(config)), decoder, clock, **options)


def _make_push(config: ReaderConfig, decoder: Decoder, _: Clock, **options: Any) -> Reader:
    from hardware.protocols.iot_json import JsonLineDecoder
    from hardware.readers.push import PushReader

    if not isinstance(decoder, JsonLineDecoder):
        raise ConfigError(f"reader {config.name!r}: kind http-push takes only impinj or zebra")
    host, port = split_address(config, None)
    return PushReader(config.name, host, port, decoder, **options)


KINDS = (
    KindSpec(
        "serial",
        _make_serial,
        "a serial port or USB-serial device; URLs such as socket://host:4001 too",
        _STREAMS,
        frozenset({"parity", "stopbits", "xonxoff", "rtscts"}),
        "serial",
    ),
    KindSpec("tcp", _make_tcp, "a network reader or converter at host:port", _STREAMS),
    KindSpec("llrp", _make_llrp, "an LLRP reader at host or host:port", ("llrp",)),
    KindSpec(
        "evdev",
        _make_evdev,
        "a scanner that types, grabbed from the desktop (Linux)",
        ("keyboard",),
        extra="evdev",
        is_confirmed=False,
    ),
    KindSpec(
        "hid",
        _make_hid,
        "a HID point-of-sale scanner, vid:pid",
        ("hidpos",),
        extra="hid",
        is_confirmed=False,
    ),
    KindSpec("pcsc", _make_pcsc, "an NFC pad by PC/SC, part of its name", extra="pcsc"),
    KindSpec(
        "http-push",
        _make_push,
        "an address that network readers post JSON to",
        ("impinj", "zebra"),
        frozenset({"path", "token"}),
    ),
    KindSpec(
        "virtual",
        _make_virtual,
        "a door without hardware",
        options=frozenset({"tags", "rate", "antennas", "seconds", "seed"}),
    ),
    KindSpec(
        "replay",
        _make_replay,
        "a capture file",
        tuple(spec.name for spec in PROTOCOLS),
        frozenset({"speed"}),
    ),
)


@cache
def known_kinds() -> Mapping[str, KindSpec]:
    """Return all kinds by name, including those that other distributions add."""
    return {spec.name: spec for spec in (*KINDS, *_added(KindSpec))}


@cache
def known_protocols() -> Mapping[str, ProtocolSpec]:
    """Return all protocols by name, including those that other distributions add."""
    return {spec.name: spec for spec in (*PROTOCOLS, *_added(ProtocolSpec))}


def protocol_named(name: str) -> ProtocolSpec:
    """Return the protocol called `name`.

    :raises ConfigError: it does not exist; the message names those that do
    """
    protocols = known_protocols()
    if name not in protocols:
        raise ConfigError(f"protocol {name!r} is not known; known: {', '.join(sorted(protocols))}")
    return protocols[name]


def make_reader(config: ReaderConfig, clock: Clock) -> Reader:
    """Make the reader that `config` describes, without opening it.

    :raises ConfigError: the kind or protocol is not known, or does not take these options
    """
    kinds = known_kinds()
    if config.kind not in kinds:
        raise ConfigError(
            f"reader {config.name!r}: kind {config.kind!r} is not known; known: "
            f"{', '.join(sorted(kinds))}"
        )
    kind = kinds[config.kind]
    own = {key: value for key, value in config.options.items() if key in kind.options}
    rest = {key: value for key, value in config.options.items() if key not in kind.options}
    decoder = _make_decoder(config, kind, rest) if kind.protocols else None
    if decoder is None and rest:
        known = ", ".join(sorted(kind.options)) or "none"
        raise ConfigError(
            f"reader {config.name!r}: kind {kind.name!r} has no option {min(rest)!r}; "
            f"it has: {known}"
        )
    try:
        return kind.make(config, decoder, clock, **own)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"reader {config.name!r}: {error}") from error


def _make_decoder(config: ReaderConfig, kind: KindSpec, options: Mapping[str, Any]) -> Decoder:
    name = config.protocol or (kind.protocols[0] if len(kind.protocols) == 1 else None)
    if name is None:
        raise ConfigError(
            f"reader {config.name!r} has no protocol: set `protocol` to one of "
            f"{', '.join(kind.protocols)}"
        )
    spec = protocol_named(name)
    # A plug-in's protocol is allowed on every kind: no list of ours can know where it belongs.
    if name not in kind.protocols and name in {one.name for one in PROTOCOLS}:
        raise ConfigError(
            f"reader {config.name!r}: kind {kind.name!r} does not take the protocol {name!r}; "
            f"it takes: "
            f"{', '.join(kind.protocols)}"
        )
    decoder = spec.load()
    known = list(inspect.signature(decoder).parameters)
    unknown = set(options) - set(known)
    if unknown:
        has = ", ".join(sorted({*known, *kind.options})) or "none"
        raise ConfigError(
            f"reader {config.name!r}: protocol {name!r} has no option {min(unknown)!r}; "
            f"options are: {has}"
        )
    try:
        return decoder(**options)
    except (TypeError, ValueError, KeyError) as error:
        raise ConfigError(f"reader {config.name!r}: an option is wrong: {error}") from error


def split_address(config: ReaderConfig, default_port: int | None) -> tuple[str, int]:
    """Split ``host:port`` or ``[v6]:port``.

    :param default_port: the TCP port if the text names none; None means that it must name one
    :raises ConfigError: this is not an address, or it lacks a port that has no default
    """
    text = _need_port(config)
    host, colon, port = text.rpartition(":")
    if text.endswith("]") or not colon:
        host, port = text, ""
    host = host.strip("[]")
    number = int(port) if port.isascii() and port.isdigit() else default_port if not port else None
    if not host or number is None or not 0 <= number <= 65535:  # noqa: PLR2004 - a port
        raise ConfigError(
            f"reader {config.name!r}: port {text!r} is not an address: write host:port"
        )
    return host, number


def _need_port(config: ReaderConfig) -> str:
    if not config.port:
        raise ConfigError(
            f"reader {config.name!r} of kind {config.kind!r} needs a port; `scanner-readers list` "
            f"shows what is plugged in"
        )
    return config.port


def _added(wanted: type[Spec]) -> list[Spec]:
    found = []
    for entry in entry_points(group=ENTRY_POINTS):
        spec = entry.load()
        if isinstance(spec, wanted):
            found.append(spec)
    return found

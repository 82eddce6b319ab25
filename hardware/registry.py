"""What kinds of readers and which protocols there are, and how one is made from its settings.

Other distributions add theirs by the entry point group ``scanner_readers``: each entry is a
`KindSpec` or a `ProtocolSpec`.
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
from hardware.protocols.em4100 import Em4100Decoder
from hardware.protocols.hidpos import HidPosDecoder
from hardware.protocols.iot_json import ImpinjJsonDecoder, JsonLineDecoder, ZebraJsonDecoder
from hardware.protocols.keyboard import KeyboardDecoder
from hardware.protocols.llrp_session import LlrpDecoder
from hardware.protocols.nur import NurDecoder
from hardware.protocols.r2000 import R2000Decoder
from hardware.protocols.textlines import TextLineDecoder
from hardware.protocols.thingmagic import ThingMagicDecoder
from hardware.protocols.tsl import TslDecoder
from hardware.protocols.uhfprime import UhfPrimeDecoder
from hardware.protocols.uhfreader import UhfReaderDecoder
from hardware.protocols.wiegand import WiegandDecoder
from hardware.protocols.yrm100 import Yrm100Decoder
from hardware.reader import Reader
from hardware.readers.evdev import EvdevReader
from hardware.readers.hid import HidReader
from hardware.readers.pcsc import PcscReader
from hardware.readers.push import PushReader
from hardware.readers.replay import ReplayReader
from hardware.readers.transports import SerialTransport, TcpTransport
from hardware.readers.virtual import VirtualReader
from hardware.readers.wire import WireReader

ENTRY_POINTS = "scanner_readers"
LLRP_PORT = 5084
Spec = TypeVar("Spec")


@dataclass(frozen=True, slots=True)
class ProtocolSpec:
    """A way of speaking. `is_confirmed` says that bytes of a real device were decoded by it."""

    name: str
    make: Callable[..., Decoder]
    about: str
    baud: int = 115200
    is_confirmed: bool = True


@dataclass(frozen=True, slots=True)
class KindSpec:
    """A way of being connected.

    `make` gets the reader's settings, the decoder that its protocol makes (None where the kind
    needs none), the clock, and the options that `options` names; the others go to the protocol.
    """

    name: str
    make: Callable[..., Reader]
    about: str
    protocols: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()
    extra: str | None = None
    is_confirmed: bool = True


PROTOCOLS = (
    ProtocolSpec("text", TextLineDecoder, "serial barcode scanners, pads that send text", 9600),
    ProtocolSpec("em4100", Em4100Decoder, "125 kHz: RDM6300, ID-12LA, ID-20LA, Grove", 9600),
    ProtocolSpec("wiegand", WiegandDecoder, "Wiegand converters that send lines", 9600, False),
    ProtocolSpec("yrm100", Yrm100Decoder, "YRM100, R200, M100, QM100 modules"),
    ProtocolSpec("uhfreader", UhfReaderDecoder, "UHFReader18 and 288, Chafon, ZK-RFID", 57600),
    ProtocolSpec("uhfprime", UhfPrimeDecoder, "Chafon CF 'UHF Prime'", 115200, False),
    ProtocolSpec("r2000", R2000Decoder, "R2000 modules, protocol A0", 115200, False),
    ProtocolSpec("thingmagic", ThingMagicDecoder, "M5e, M6e, Nano, M7e and clones"),
    ProtocolSpec("tsl", TslDecoder, "TSL 1128, 1153, 2166: ASCII 2.0"),
    ProtocolSpec("nur", NurDecoder, "Nordic ID NUR modules", 115200, False),
    ProtocolSpec("llrp", LlrpDecoder, "LLRP 1.0.1: Impinj, Zebra FX, and most fixed readers"),
    ProtocolSpec("keyboard", KeyboardDecoder, "scanners that type", 0, False),
    ProtocolSpec("hidpos", HidPosDecoder, "HID point-of-sale scanners", 0, False),
    ProtocolSpec("impinj", ImpinjJsonDecoder, "Impinj R700 IoT interface, JSON", 0, False),
    ProtocolSpec("zebra", ZebraJsonDecoder, "Zebra IoT Connector, JSON", 0, False),
)
_STREAMS = tuple(spec.name for spec in PROTOCOLS if spec.name not in {"llrp", "keyboard", "hidpos"})


def _make_serial(config: ReaderConfig, decoder: Decoder, clock: Clock, **options: Any) -> Reader:
    baud = config.baud or protocol_named(config.protocol or "text").baud or 9600
    transport = SerialTransport(_need_port(config), baudrate=baud, **options)
    return WireReader(config.name, transport, decoder, clock)


def _make_tcp(config: ReaderConfig, decoder: Decoder, clock: Clock) -> Reader:
    host, port = split_address(config, None)
    return WireReader(config.name, TcpTransport(host, port), decoder, clock)


def _make_llrp(config: ReaderConfig, decoder: Decoder, clock: Clock) -> Reader:
    host, port = split_address(config, LLRP_PORT)
    return WireReader(config.name, TcpTransport(host, port), decoder, clock)


def _make_evdev(config: ReaderConfig, decoder: Decoder, _: Clock) -> Reader:
    if not isinstance(decoder, KeyboardDecoder):
        raise ConfigError(f"reader {config.name!r}: kind evdev speaks only protocol 'keyboard'")
    return EvdevReader(config.name, _need_port(config), decoder)


def _make_hid(config: ReaderConfig, decoder: Decoder, _: Clock) -> Reader:
    if not isinstance(decoder, HidPosDecoder):
        raise ConfigError(f"reader {config.name!r}: kind hid speaks only protocol 'hidpos'")
    return HidReader(config.name, _need_port(config), decoder)


def _make_pcsc(config: ReaderConfig, _: None, __: Clock) -> Reader:
    return PcscReader(config.name, config.port)


def _make_virtual(config: ReaderConfig, _: None, clock: Clock, **options: Any) -> Reader:
    return VirtualReader(config.name, clock, **options)


def _make_replay(config: ReaderConfig, decoder: Decoder, clock: Clock, **options: Any) -> Reader:
    return ReplayReader(config.name, Path(_need_port(config)), decoder, clock, **options)


def _make_push(config: ReaderConfig, decoder: Decoder, _: Clock, **options: Any) -> Reader:
    if not isinstance(decoder, JsonLineDecoder):
        raise ConfigError(f"reader {config.name!r}: kind http-push takes impinj or zebra")
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
    """Return all kinds by name, those of other distributions too."""
    return {spec.name: spec for spec in (*KINDS, *_added(KindSpec))}


@cache
def known_protocols() -> Mapping[str, ProtocolSpec]:
    """Return all protocols by name, those of other distributions too."""
    return {spec.name: spec for spec in (*PROTOCOLS, *_added(ProtocolSpec))}


def protocol_named(name: str) -> ProtocolSpec:
    """Return the protocol called `name`.

    :raises ConfigError: there is none; the message names those that there are
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
            f"reader {config.name!r}: say its protocol, one of {', '.join(kind.protocols)}"
        )
    spec = protocol_named(name)
    if name not in kind.protocols and name in {one.name for one in PROTOCOLS}:
        raise ConfigError(
            f"reader {config.name!r}: kind {kind.name!r} does not speak {name!r}; it speaks: "
            f"{', '.join(kind.protocols)}"
        )
    known = [one for one in inspect.signature(spec.make).parameters if one != "self"]
    unknown = set(options) - set(known)
    if unknown:
        has = ", ".join(sorted({*known, *kind.options})) or "none"
        raise ConfigError(
            f"reader {config.name!r}: protocol {name!r} has no option {min(unknown)!r}; "
            f"options are: {has}"
        )
    try:
        return spec.make(**options)
    except (TypeError, ValueError, KeyError) as error:
        raise ConfigError(f"reader {config.name!r}: option not understood: {error}") from error


def split_address(config: ReaderConfig, default_port: int | None) -> tuple[str, int]:
    """Split ``host:port`` or ``[v6]:port``.

    :raises ConfigError: it is none, or the port is missing where there is no default
    """
    text = _need_port(config)
    host, colon, port = text.rpartition(":")
    if text.endswith("]") or not colon:
        host, port = text, ""
    host = host.strip("[]")
    number = int(port) if port.isascii() and port.isdigit() else default_port if not port else None
    if not host or number is None or not 0 <= number <= 65535:  # noqa: PLR2004 - a port
        raise ConfigError(f"reader {config.name!r}: port {text!r} is no host:port")
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

"""The protocols that exist: one row each.

Each row names its decoder class as ``"module:Class"``, so a new protocol takes its own module and
one row here. A protocol that no reader uses is never imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from hardware.errors import ConfigError
from hardware.protocols.base import Decoder


@dataclass(frozen=True, slots=True)
class ProtocolSpec:
    """A protocol: its name in readers.toml and the class that decodes it.

    `decoder` is the `Decoder` class, or its address ``"module:Class"``. `about` names the devices.
    `baud` is the serial speed in bits per second when readers.toml gives none; 0 means that the
    protocol never runs on a serial port. `is_confirmed` is True once bytes of a real device were
    decoded.
    """

    name: str
    decoder: type[Decoder] | str
    about: str
    baud: int = 115200
    is_confirmed: bool = True

    def load(self) -> type[Decoder]:
        """Return the decoder class, importing its module at the first call.

        :raises ConfigError: the address cannot be imported, or what it names is not a `Decoder`
        """
        if not isinstance(self.decoder, str):
            return self.decoder
        module, _, name = self.decoder.partition(":")
        try:
            found = getattr(import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise ConfigError(
                f"protocol {self.name!r} cannot be loaded from {self.decoder!r}: {error}"
            ) from error
        if not (isinstance(found, type) and issubclass(found, Decoder)):
            raise ConfigError(f"protocol {self.name!r}: {self.decoder!r} is not a Decoder class")
        return found


PROTOCOLS = (
    ProtocolSpec(
        "text",
        "hardware.protocols.textlines:TextLineDecoder",
        "serial barcode scanners, pads that send text",
        9600,
    ),
    ProtocolSpec(
        "em4100",
        "hardware.protocols.em4100:Em4100Decoder",
        "125 kHz: RDM6300, ID-12LA, ID-20LA, Grove",
        9600,
    ),
    ProtocolSpec(
        "wiegand",
        "hardware.protocols.wiegand:WiegandDecoder",
        "Wiegand converters that send lines",
        9600,
        False,
    ),
    ProtocolSpec(
        "yrm100", "hardware.protocols.yrm100:Yrm100Decoder", "YRM100, R200, M100, QM100 modules"
    ),
    ProtocolSpec(
        "uhfreader",
        "hardware.protocols.uhfreader:UhfReaderDecoder",
        "UHFReader18 and 288, Chafon, ZK-RFID",
        57600,
    ),
    ProtocolSpec(
        "uhfprime",
        "hardware.protocols.uhfprime:UhfPrimeDecoder",
        "Chafon CF 'UHF Prime'",
        115200,
        False,
    ),
    ProtocolSpec(
        "r2000",
        "hardware.protocols.r2000:R2000Decoder",
        "R2000 modules, protocol A0",
        115200,
        False,
    ),
    ProtocolSpec(
        "thingmagic",
        "hardware.protocols.thingmagic:ThingMagicDecoder",
        "M5e, M6e, Nano, M7e and clones",
    ),
    ProtocolSpec("tsl", "hardware.protocols.tsl:TslDecoder", "TSL 1128, 1153, 2166: ASCII 2.0"),
    ProtocolSpec(
        "nur", "hardware.protocols.nur:NurDecoder", "Nordic ID NUR modules", 115200, False
    ),
    ProtocolSpec(
        "llrp",
        "hardware.protocols.llrp_session:LlrpDecoder",
        "LLRP 1.0.1: Impinj, Zebra FX, and most fixed readers",
    ),
    ProtocolSpec(
        "keyboard", "hardware.protocols.keyboard:KeyboardDecoder", "scanners that type", 0, False
    ),
    ProtocolSpec(
        "hidpos", "hardware.protocols.hidpos:HidPosDecoder", "HID point-of-sale scanners", 0, False
    ),
    ProtocolSpec(
        "impinj",
        "hardware.protocols.iot_json:ImpinjJsonDecoder",
        "Impinj R700 IoT interface, JSON",
        0,
        False,
    ),
    ProtocolSpec(
        "zebra",
        "hardware.protocols.iot_json:ZebraJsonDecoder",
        "Zebra IoT Connector, JSON",
        0,
        False,
    ),
)

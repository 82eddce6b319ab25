"""readers.toml, its error messages, and the readers that are made from it."""

# mypy: disable-error-code="attr-defined"
# Functions are replaced, or taken, in the module that uses them.
from __future__ import annotations

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from hardware import registry
from hardware.capture import CaptureWriter
from hardware.clock import SimulatedClock, SystemClock
from hardware.config import INTENTS, AgentConfig, ReaderConfig, load_config, parse_config
from hardware.errors import ConfigError
from hardware.protocols.base import Decoder
from hardware.protocols.tsl import TslDecoder
from hardware.reader import Reader
from hardware.readers.virtual import VirtualReader
from hardware.registry import KINDS, PROTOCOLS, KindSpec, ProtocolSpec, make_reader, split_address
from hardware.smoothing import Smoothing
from scanner_app.domain.scanning.intents import READ_INTENTS, Intent

GOOD = """
[agent]
server = "https://scanner.example"
token = "abc"

[smoothing]
refresh_s = 20

[[reader]]
name = "dock-door-1"
kind = "llrp"
port = "192.0.2.7"
options = {antennas = [1, 2]}

[reader.filter]
epc_prefixes = ["3034"]
epc_masks = ["3000/F000"]
rssi_floor = -70
min_reads = 3

[[reader.read_point]]
antenna = 1
location = "HQ-DOCK"
intent = "sighting"
rssi_floor = -60

[[reader.read_point]]
location = "HQ-YARD"

[[reader]]
name = "desk"
kind = "serial"
port = "/dev/ttyACM0"
protocol = "text"
"""


def parse(text: str, **environ: str) -> AgentConfig:
    return parse_config(tomllib.loads(text), environ, base=Path("/etc/scanner-readers"))


class TestParseConfig:
    def test_takes_every_key_that_the_docs_show(self) -> None:
        config = parse(GOOD)

        door = config.readers[0]
        assert door.smoothing == Smoothing(refresh_s=20, rssi_floor=-70, min_reads=3)
        assert [(p.antenna, p.location, p.rssi_floor) for p in door.read_points] == [
            (1, "HQ-DOCK", -60),
            (None, "HQ-YARD", None),
        ]
        assert door.passing.epc_prefixes == ("3034",)
        assert config.spool == Path("/etc/scanner-readers/spool.sqlite3")

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ('server = "https://scanner.example"', "", "'server' is missing"),
            ('token = "abc"', "", "token_file"),
            ('token = "abc"', 'token = "a b"', "copied whole"),
            ("refresh_s = 20", 'refresh_s = "20"', "not a number from 0"),
            ("refresh_s = 20", "refresh_s = nan", "not a number from 0"),
            ("refresh_s = 20", "refresh = 20", "'refresh' is not known here; known: depart_s"),
            ("refresh_s = 20", "keep_weak = 1", "true or false"),
            ("refresh_s = 20", "min_reads = 0", "whole number from 1"),
            ('name = "desk"', 'name = "dock-door-1"', "two readers are called 'dock-door-1'"),
            ('name = "desk"', 'name = "../desk"', "a name has letters"),
            ('kind = "serial"', "", "'kind' is missing"),
            ('["3034"]', '["30G4"]', "'30G4' is not hex"),
            ('["3034"]', "3034", "list of texts"),
            ('["3000/F000"]', '["3000/F0"]', "VALUE/MASK"),
            ("antenna = 1", "antenna = 65536", "neither 'any' nor 0 to 65535"),
            ("antenna = 1", "antenna = true", "neither 'any' nor 0 to 65535"),
            ('location = "HQ-YARD"', "antenna = 1", "antenna 1 has two read points"),
            ('intent = "sighting"', 'intent = "steal"', "'steal' is none of lookup, sighting"),
            ("rssi_floor = -60", 'rssi_floor = "low"', "not a number"),
        ],
    )
    def test_says_which_key_is_wrong_and_what_to_write(
        self, old: str, new: str, message: str
    ) -> None:
        assert old in GOOD

        with pytest.raises(ConfigError, match=message.replace("(", r"\(")):
            parse(GOOD.replace(old, new, 1))

    def test_refuses_a_file_without_a_reader(self) -> None:
        with pytest.raises(ConfigError, match="describe at least one"):
            parse('[agent]\nserver = "http://x"\ntoken = "t"')

    def test_takes_the_token_from_a_file_or_the_environment(self, tmp_path: Path) -> None:
        (tmp_path / "token").write_text("from-file\n")
        text = GOOD.replace('token = "abc"', f'token_file = "{tmp_path / "token"}"')

        assert parse(text).token == "from-file"
        assert parse(GOOD.replace('token = "abc"', ""), SCANNER_READERS_TOKEN="e").token == "e"

    def test_hides_the_token_when_the_settings_are_printed(self) -> None:
        assert "abc" not in repr(parse(GOOD))

    @pytest.mark.parametrize("content", ["[agent", None])
    def test_names_a_file_that_cannot_be_read(self, tmp_path: Path, content: str | None) -> None:
        path = tmp_path / "readers.toml"
        if content:
            path.write_text(content)

        with pytest.raises(ConfigError, match=r"is not TOML|cannot be read"):
            load_config(path, {})


def make(kind: str, port: str = "", protocol: str | None = None, **options: Any) -> Reader:
    return make_reader(ReaderConfig("r", kind, port, protocol, options=options), SystemClock())


PORTS = {
    "serial": "/dev/ttyACM0",
    "tcp": "127.0.0.1:4001",
    "llrp": "192.0.2.7",
    "evdev": "/dev/input/event0",
    "hid": "0c2e:0b01",
    "http-push": "127.0.0.1:0",
    "replay": "capture.log",
}


class TestIntents:
    def test_of_a_read_are_those_of_a_read_point_and_check_out_at_a_desk(self) -> None:
        # hardware/ may not import scanner_app, so it has a separate list. What a person names (an
        # undo, a repair, how many) a reader never means; who gets a thing, a badge says at a desk.
        assert set(INTENTS) == {intent.value for intent in READ_INTENTS} | {Intent.CHECK_OUT.value}


class TestRows:
    @pytest.mark.parametrize("spec", PROTOCOLS, ids=lambda spec: spec.name)
    def test_of_protocols_name_a_decoder_class_that_can_be_imported(
        self, spec: ProtocolSpec
    ) -> None:
        assert issubclass(spec.load(), Decoder)

    @pytest.mark.parametrize(
        ("address", "message"),
        [
            ("hardware.protocols.absent:Decoder", "cannot be loaded"),
            ("hardware.protocols.tsl:Absent", "cannot be loaded"),
            ("hardware.protocols.tsl", "cannot be loaded"),
            ("", "cannot be loaded"),
            ("hardware.protocols.tsl:VERSION", "is not a Decoder class"),
        ],
    )
    def test_of_protocols_with_a_wrong_address_are_refused_by_name(
        self, address: str, message: str
    ) -> None:
        with pytest.raises(ConfigError, match=f"'morse'.*{message}"):
            ProtocolSpec("morse", address, "a trial").load()


class TestMakeReader:
    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
    def test_makes_each_kind_with_each_of_its_protocols(self, kind: KindSpec) -> None:
        for protocol in kind.protocols or (None,):
            assert make(kind.name, PORTS.get(kind.name, ""), protocol)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("telepathy",), "kind 'telepathy' is not known; known: evdev"),
            (("serial", "/dev/x"), "has no protocol: set `protocol` to one of text"),
            (("serial", "/dev/x", "morse"), "protocol 'morse' is not known; known: em4100"),
            (("serial", "/dev/x", "llrp"), "does not take the protocol 'llrp'"),
            (("serial", "", "text"), "needs a port; `scanner-readers list`"),
            (("tcp", "host", "text"), "write host:port"),
            (("tcp", "host:99999", "text"), "write host:port"),
            (("hid", "honeywell", "hidpos"), "is not 'vid:pid'"),
        ],
    )
    def test_says_what_to_write_when_a_reader_cannot_be_made(
        self, arguments: tuple[str, ...], message: str
    ) -> None:
        with pytest.raises(ConfigError, match=message):
            make(*arguments)

    @pytest.mark.parametrize(
        ("arguments", "options", "message"),
        [
            (("virtual",), {"speed": 9}, "no option 'speed'; it has: antennas"),
            (("serial", "x", "yrm100"), {"tempo": 9}, "no option 'tempo'; options are:"),
            (("serial", "x", "yrm100"), {"region": "moon"}, "an option is wrong"),
            (("serial", "x", "text"), {"terminator": "tab"}, "auto, cr, lf"),
        ],
    )
    def test_names_the_options_that_exist_when_one_does_not(
        self, arguments: tuple[str, ...], options: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(ConfigError, match=message):
            make(*arguments, **options)  # type: ignore[arg-type] # wrong ones too

    @pytest.mark.parametrize(
        ("port", "address"),
        [
            ("192.0.2.7", ("192.0.2.7", 5084)),
            ("reader:15084", ("reader", 15084)),
            ("[2001:db8::7]", ("2001:db8::7", 5084)),
            ("[2001:db8::7]:99", ("2001:db8::7", 99)),
        ],
    )
    def test_takes_addresses_of_ipv4_and_ipv6_with_or_without_a_port(
        self, port: str, address: tuple[str, int]
    ) -> None:
        assert split_address(ReaderConfig("r", "llrp", port), 5084) == address


class TestEntryPoints:
    def test_takes_a_kind_and_a_protocol_from_another_distribution(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        added = [
            EntryPoint("a", "tests.hardware.test_config_and_registry:MORSE", "scanner_readers"),
            EntryPoint("b", "tests.hardware.test_config_and_registry:PIGEON", "scanner_readers"),
        ]
        monkeypatch.setattr(registry, "entry_points", lambda group: added)
        registry.known_kinds.cache_clear()
        registry.known_protocols.cache_clear()

        try:
            reader = make("pigeon", protocol="morse", is_polled=False)
            assert registry.protocol_named("morse") is MORSE
        finally:
            registry.known_kinds.cache_clear()
            registry.known_protocols.cache_clear()

        assert reader.name == "pigeon"


MORSE = ProtocolSpec("morse", TslDecoder, "a trial")
PIGEON = KindSpec(
    "pigeon",
    lambda config, decoder, clock: VirtualReader(config.kind, clock),
    "a trial",
    ("morse",),
)


class TestCaptureAndReplay:
    def test_replays_a_capture_with_the_same_events(self, tmp_path: Path) -> None:
        import asyncio
        from datetime import UTC, datetime

        from hardware.errors import ReaderEnded
        from tests.hardware.frames import raws_of, yrm100

        path, clock = tmp_path / "capture.log", SimulatedClock(datetime(2026, 1, 1, tzinfo=UTC))
        frames = [yrm100(bytes((n,)) * 12) for n in range(3)]

        async def scenario() -> list[bytes]:
            with path.open("w") as stream:
                writer = CaptureWriter(stream, clock.monotonic, "kind serial\nprotocol yrm100")
                writer.write("tx", b"\xbb")
                for frame in frames:
                    writer.write("rx", frame[:10])
                    await clock.sleep(0.01)
                    writer.write("rx", frame[10:])
                    await clock.sleep(2)
            config = ReaderConfig("r", "replay", str(path), "yrm100")
            reader, found = make_reader(config, clock), []
            async with reader:
                with pytest.raises(ReaderEnded):  # noqa: PT012 - until it has ended
                    while True:
                        found += await reader.receive()
            return raws_of(found)

        began = clock.monotonic()
        raws = asyncio.run(scenario())

        assert raws == [bytes((n,)) * 12 for n in range(3)]
        assert clock.monotonic() - began > 8
        assert path.read_text().startswith("# scanner-readers capture 1\n# kind serial\n")

    @pytest.mark.parametrize("line", ["+1.5 rx BB", "+0.000001 up BB", "+0.000001 rx BBB", "rx BB"])
    def test_names_a_wrong_line_by_its_number(self, line: str, tmp_path: Path) -> None:
        from hardware.capture import read_capture

        with pytest.raises(ConfigError, match="line 2 of the capture"):
            list(read_capture(iter(["# remark", line])))

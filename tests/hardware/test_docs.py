"""docs/readers.md agrees with the code: settings, kinds, protocols, LLRP table, example."""

from __future__ import annotations

import inspect
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from hardware.agent import STOP_PATIENCE_S
from hardware.cli import main
from hardware.clock import SystemClock
from hardware.config import parse_config
from hardware.delivery.forward import TIMEOUT_S
from hardware.protocols.base import FrameDecoder
from hardware.protocols.llrp_session import TRANSITIONS
from hardware.registry import KINDS, PROTOCOLS, KindSpec, ProtocolSpec, make_reader
from hardware.smoothing import Smoothing
from tests.hardware.frames import decode, raws_of

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "readers.md").read_text(encoding="utf-8")


def block(language: str, number: int = 0) -> str:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)[number]


class TestReadersPage:
    @pytest.mark.parametrize("setting", fields(Smoothing), ids=lambda one: one.name)
    def test_describes_each_smoothing_setting_as_the_code_does(self, setting) -> None:
        assert re.search(
            rf"^\| `{setting.name}` \| .*{re.escape(setting.metadata['help'])}", TEXT, re.MULTILINE
        )

    @pytest.mark.parametrize("spec", [*KINDS, *PROTOCOLS], ids=lambda spec: spec.name)
    def test_lists_each_kind_and_protocol_in_its_table(self, spec: KindSpec | ProtocolSpec) -> None:
        rows = [line for line in TEXT.splitlines() if line.startswith("| ")]

        assert any(f"`{spec.name}`" in row for row in rows)

    @pytest.mark.parametrize("spec", PROTOCOLS, ids=lambda spec: spec.name)
    def test_names_each_option_and_marks_experimental_protocols(self, spec: ProtocolSpec) -> None:
        row = next(line for line in TEXT.splitlines() if f"| `{spec.name}` |" in line)

        assert ("experimental" in row) is not spec.is_confirmed
        options = set(inspect.signature(spec.load()).parameters)
        assert all(f"`{option}`" in TEXT for option in options)

    def test_shows_an_example_of_readers_toml_that_is_valid(self) -> None:
        document = tomllib.loads(block("toml").replace('token_file = "token"', 'token = "t"'))

        config = parse_config(document, {}, base=ROOT)

        assert [one.name for one in config.readers] == ["dock-door-1", "desk-3"]
        for one in config.readers:
            assert make_reader(one, SystemClock())

    def test_shows_the_plug_in_of_the_examples_folder(self) -> None:
        example = ROOT / "examples" / "morse-reader" / "morse_reader.py"

        assert block("python") == example.read_text(encoding="utf-8")

    def test_shows_a_decoder_that_works(self) -> None:
        names: dict[str, object] = {"__name__": "morse_reader"}
        exec(block("python"), names)
        spec = names["PROTOCOL"]

        assert isinstance(spec, ProtocolSpec)
        decoder = spec.load()()
        assert isinstance(decoder, FrameDecoder)
        assert raws_of(decode(decoder, b"xx\x2d\x01\x02\x30yy")) == [b"\x01\x02"]

    def test_prints_the_llrp_state_table_of_the_code(self) -> None:
        for (state, message), (after, request) in TRANSITIONS.items():
            sent = request.name if request else "nothing"
            assert f"| {state} | {message.name} | {after} | {sent} |" in TEXT

    def test_shows_only_commands_that_exist(self, capsys: pytest.CaptureFixture[str]) -> None:
        for command in set(re.findall(r"scanner-readers (\w[\w-]*)", TEXT)) & {
            *("list", "probe", "run", "capture", "dead-letters")
        }:
            with pytest.raises(SystemExit) as ended:
                main([command, "--help"])
            assert ended.value.code == 0
            assert "usage: scanner-readers" in capsys.readouterr().out


class TestServiceFile:
    def test_leaves_the_agent_the_time_to_put_the_rest_on_disk(self) -> None:
        unit = (ROOT / "deploy" / "scanner-readers.service").read_text(encoding="utf-8")
        [allowed] = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)

        # A post that hangs when the signal comes, then the last posts and heartbeats.
        assert float(allowed) > TIMEOUT_S + STOP_PATIENCE_S + 2 * TIMEOUT_S
        assert re.search(r"^KillSignal=SIGTERM$", unit, re.MULTILINE)

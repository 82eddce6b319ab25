"""The command `scanner-readers`: run, list, probe, capture, dead-letters."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from hardware.agent import Agent
from hardware.capture import CaptureWriter
from hardware.clock import SystemClock
from hardware.config import AgentConfig, ReaderConfig, load_config
from hardware.delivery.spool import Spool
from hardware.discovery import propose_readers
from hardware.errors import ConfigError, HardwareError, ReaderEnded
from hardware.reads import Event, Noise, Status, TagRead, hex_of
from hardware.registry import known_kinds, known_protocols, make_reader
from hardware.supervisor import NOISE_HINT

DEFAULT_CONFIG = Path("/etc/scanner-readers/readers.toml")
_FAILED, _MISUSED = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 success, 1 failure, 2 wrong use or settings."""
    parser = _make_parser()
    chosen = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.DEBUG if chosen.verbose else logging.INFO,
        format="%(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
    )
    try:
        return int(chosen.run(chosen))
    except ConfigError as error:
        print(f"scanner-readers: {error}", file=sys.stderr)
        return _MISUSED
    except HardwareError as error:
        print(f"scanner-readers: {error}", file=sys.stderr)
        return _FAILED


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scanner-readers", description=__doc__)
    parser.add_argument("--verbose", action="store_true", help="log more")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="read, and send the sightings to the server")
    _add_config(run)
    run.add_argument("--check", action="store_true", help="only check the settings")
    run.set_defaults(run=_run)

    listing = commands.add_parser("list", help="show what is plugged in, without opening anything")
    listing.add_argument(
        "--kinds", action="store_true", help="show the known kinds and protocols instead"
    )
    listing.set_defaults(run=_list)

    probe = commands.add_parser("probe", help="listen to one reader and print what it reads")
    _add_target(probe)
    probe.set_defaults(run=_probe)

    capture = commands.add_parser("capture", help="write a reader's bytes to a file, with times")
    _add_target(capture)
    capture.add_argument("--out", type=Path, required=True, help="the file to write")
    capture.set_defaults(run=_capture)

    dead = commands.add_parser(
        "dead-letters", help="show the records that the server refused, and why"
    )
    _add_config(dead)
    dead.add_argument("--retry", action="store_true", help="send them all again")
    dead.set_defaults(run=_dead_letters)
    return parser


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, help="readers.toml")


def _add_target(parser: argparse.ArgumentParser) -> None:
    _add_config(parser)
    parser.add_argument("--reader", help="the name of a reader in readers.toml")
    parser.add_argument("--kind", help="without readers.toml: the kind")
    parser.add_argument("--port", default="", help="without readers.toml: the port")
    parser.add_argument("--protocol", help="without readers.toml: the protocol")
    parser.add_argument("--baud", type=int, help="without readers.toml: the baud rate")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long, in seconds (10)")


def _run(chosen: argparse.Namespace) -> int:
    config = load_config(chosen.config, os.environ)
    clock = SystemClock()
    for one in config.readers:
        make_reader(one, clock)
    if chosen.check:
        print(f"{chosen.config}: {len(config.readers)} readers, no errors")
        return 0
    return asyncio.run(_run_agent(config))


async def _run_agent(config: AgentConfig) -> int:
    spool = Spool(config.spool, cap_bytes=config.spool_cap_mb * 1024 * 1024)
    try:
        agent = Agent(config, SystemClock(), spool)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, agent.stop)
        await agent.run()
    finally:
        spool.close()
    return 0


def _list(chosen: argparse.Namespace) -> int:
    if chosen.kinds:
        for title, specs in (("kinds", known_kinds()), ("protocols", known_protocols())):
            print(f"{title}:")
            for name, spec in specs.items():
                mark = "" if spec.is_confirmed else " [experimental]"
                print(f"  {name:<11} {spec.about}{mark}")
        return 0
    proposals = propose_readers()
    if not proposals:
        print("no possible reader is plugged in; network readers are not searched for")
    for one in proposals:
        usb = f" {one.vendor:04x}:{one.product:04x}" if one.vendor and one.product else ""
        print(f"# {one.about}{usb}, now {one.device}")
        if not one.is_stable:
            print("# this device has no unique serial number: the name belongs to the USB socket")
        print(f'[[reader]]\nname = "..."\nkind = "{one.kind}"\nport = "{one.port}"')
        print(f'protocol = "{one.protocol or "..."}"\n')
    return 0


def _find_target(chosen: argparse.Namespace) -> ReaderConfig:
    if chosen.kind:
        return ReaderConfig("probe", chosen.kind, chosen.port, chosen.protocol, chosen.baud)
    if not chosen.reader:
        raise ConfigError("name a reader: --reader NAME from readers.toml, or --kind and --port")
    config = load_config(chosen.config, os.environ)
    for one in config.readers:
        if one.name == chosen.reader:
            return one
    names = ", ".join(one.name for one in config.readers)
    raise ConfigError(f"{chosen.reader!r} is not a reader in {chosen.config}; it has: {names}")


def _probe(chosen: argparse.Namespace) -> int:
    target = _find_target(chosen)
    tally: Counter[str] = Counter()

    def show(event: Event) -> None:
        match event:
            case TagRead():
                tally["reads"] += 1
                signal_text = "" if event.rssi_dbm is None else f" {event.rssi_dbm:g} dBm"
                antenna = "" if event.antenna is None else f" antenna {event.antenna}"
                text = (
                    event.raw.decode("utf-8", "backslashreplace")
                    if event.kind == "barcode"
                    else hex_of(event.raw)
                )
                print(f"{event.kind} {_printable(text)}{antenna}{signal_text}")
            case Noise():
                tally["noise bytes"] += event.size
                if event.is_refusal:
                    tally["refusals"] += 1
                    print(f"refused: {_printable(event.why)}")
            case Status(is_warning=True):
                tally["frames"] += 1
                print(f"the reader warns: {_printable(event.detail)}")
            case _:
                tally["frames"] += 1

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_listen(target, chosen.seconds, show))
    print(
        f"{tally['reads']} reads, {tally['frames']} other frames, "
        f"{tally['noise bytes']} bytes of noise"
    )
    if not tally:
        print("no bytes came: is a tag near the reader, and is the cable right?")
    elif tally["noise bytes"] and not tally["reads"] + tally["frames"] + tally["refusals"]:
        print(NOISE_HINT)
    return 0 if tally["reads"] + tally["frames"] else _FAILED


def _capture(chosen: argparse.Namespace) -> int:
    target = _find_target(chosen)
    remark = f"kind {target.kind} protocol {target.protocol} baud {target.baud or 'default'}"
    with chosen.out.open("x", encoding="ascii") as stream:
        writer = CaptureWriter(stream, SystemClock().monotonic, remark)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_listen(target, chosen.seconds, lambda _: None, writer))
    print(f"{writer.size} bytes in {chosen.out}")
    return 0 if writer.size else _FAILED


async def _listen(
    target: ReaderConfig,
    seconds: float,
    show: Callable[[Event], None],
    writer: CaptureWriter | None = None,
) -> None:
    reader = make_reader(target, SystemClock())
    if writer is not None:
        reader.tap = writer.write
    try:
        await reader.open()
        with contextlib.suppress(TimeoutError, ReaderEnded):
            async with asyncio.timeout(seconds):
                while True:
                    for event in await reader.receive():
                        show(event)
    finally:
        await reader.close()


def _dead_letters(chosen: argparse.Namespace) -> int:
    config = load_config(chosen.config, os.environ)
    spool = Spool(config.spool, cap_bytes=config.spool_cap_mb * 1024 * 1024)
    try:
        if chosen.retry:
            now = SystemClock().utc().timestamp()
            print(f"{spool.revive(now=now)} dead letters will be sent again")
            return 0
        letters = spool.dead_letters()
        for parcel, why in letters:
            print(f"{parcel.id} {parcel.reader}: {_printable(why)}")
            print(f"  {parcel.body}")
        print(f"{spool.state().dead} dead letters")
        return 0
    finally:
        spool.close()


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else f"<{ord(char):02X}>" for char in text)


if __name__ == "__main__":
    sys.exit(main())

"""A certificate that phones on this network can trust, from a local CA with a limited range.

The CA lives ten years and is kept. The leaf lives 397 days and is renewed when an address changes
or its end comes near, so that phones keep trusting it. The CA is name-constrained (RFC 5280,
4.2.1.10): a stolen CA key can forge names inside a private network only.
"""

from __future__ import annotations

import fcntl
import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import segno
from cryptography.hazmat.primitives import hashes

from scanner_app.cli.tls.addresses import choose_address, find_names
from scanner_app.cli.tls.ca import load_ca, permits, read_ca
from scanner_app.cli.tls.leaf import LEAF, is_leaf_good, make_leaf

log = logging.getLogger(__name__)

# How long until the certificate includes the address of a network that was joined later.
LOOK_EVERY_S = 600


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the server serves with, and what a phone must trust."""

    chain: Path
    key: Path
    ca: Path
    fingerprint: str
    names: tuple[str, ...]


def make_certificate(instance_dir: Path, *, host: str) -> Certificate:
    """Return a certificate for this machine's names and addresses; make or renew it if needed.

    :param host: the address to listen on. A specific name or address goes into the certificate.
    """
    folder = instance_dir / "tls"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    now = datetime.now(UTC)
    names, addresses = find_names(host)
    ca_cert, ca_key = load_ca(folder, names, addresses, now)
    if not is_leaf_good(folder, ca_cert, names, addresses, now):
        make_leaf(folder, ca_cert, ca_key, names, addresses, now)
    return Certificate(
        chain=folder / LEAF,
        key=folder / LEAF,
        ca=folder / "ca.crt",
        fingerprint=ca_cert.fingerprint(hashes.SHA256()).hex(":").upper(),
        names=(*names, *(str(address) for address in addresses)),
    )


def renew_certificate(instance_dir: Path, *, host: str) -> bool:
    """Renew the leaf under the existing CA while the server runs. Return whether it was renewed.

    An address outside the CA's range waits for the next start, which prints a warning. A new CA
    made here, without a warning, would make every phone distrust this machine.
    """
    folder = instance_dir / "tls"
    now = datetime.now(UTC)
    ca_cert, ca_key = read_ca(folder)
    if ca_key is None:
        return False
    names, addresses = find_names(host)
    names = [name for name in names if permits(ca_cert, [name], [])]
    addresses = [address for address in addresses if permits(ca_cert, [], [address])]
    if is_leaf_good(folder, ca_cert, names, addresses, now):
        return False
    make_leaf(folder, ca_cert, ca_key, names, addresses, now)
    return True


def keep_certificate(instance_dir: Path, *, host: str) -> None:
    """Check regularly whether the leaf must be renewed. One of the workers does it.

    Gunicorn reads the file at every handshake, so nothing has to be restarted.
    """

    def look() -> None:
        while True:
            time.sleep(LOOK_EVERY_S)
            with (instance_dir / "tls" / "lock").open("w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if renew_certificate(instance_dir, host=host):
                        log.info("certificate renewed")
                except BlockingIOError:
                    continue  # another worker checks
                except Exception:  # the disk may be full now and have space in ten minutes
                    log.exception("the certificate could not be renewed")

    threading.Thread(target=look, name="certificate", daemon=True).start()


def show_address(certificate: Certificate, *, port: int, plain_port: int | None = None) -> None:
    """Print the address as a QR code, and how a phone can trust this machine.

    :param plain_port: the port that serves the pages about trust without a warning, if any.
    """
    address = choose_address(certificate.names, port=port)
    first = address
    if plain_port is not None:
        first = f"http://{address.removeprefix('https://').rpartition(':')[0]}:{plain_port}"
    segno.make_qr(f"{first}/install", error="l").terminal(compact=True, border=2)
    click.echo(f"Scan this with a phone, or open {first}/install")
    click.echo(f"Phones scan at {address}/scan")
    others = [n for n in certificate.names if n not in address and n != "127.0.0.1"]
    click.echo(f"Also reachable as: {', '.join(others)}")
    click.echo(
        "The page shows how to trust this machine's CA"
        + (". " if plain_port is not None else "; until then the phone warns. ")
        + "Compare the fingerprint there (SHA-256):"
    )
    click.echo(f"  {certificate.fingerprint}")

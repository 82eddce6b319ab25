"""A certificate that phones on this network can trust, from a local CA with a limited range.

The CA lives ten years and is kept. The leaf lives 397 days and is renewed when an address changes
or its end comes near, so that phones keep trusting it. The CA is name-constrained (RFC 5280,
4.2.1.10): a stolen CA key can forge names inside a private network only.
"""

from __future__ import annotations

import fcntl
import ipaddress
import logging
import os
import plistlib
import socket
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import click
import segno
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

IPv4: TypeAlias = ipaddress.IPv4Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

log = logging.getLogger(__name__)

CA_LIFE = timedelta(days=3650)
# Apple refuses leaves that live longer than 398 days.
LEAF_LIFE = timedelta(days=397)
RENEW_BEFORE = timedelta(days=30)
# How long until the certificate includes the address of a network that was joined later.
LOOK_EVERY_S = 600
LEAF = "leaf.pem"
# A phone's clock may be a little behind ours; it would refuse a certificate from the future.
BACKDATE = timedelta(hours=1)
PRIVATE_NETWORKS: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "100.64.0.0/10",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
)
PRIVATE_DOMAINS = ("local", "lan", "home.arpa", "internal", "localhost")


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

    :param host: the address to listen on. A name or address of its own goes into the certificate.
    """
    folder = instance_dir / "tls"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    now = datetime.now(UTC)
    names, addresses = find_names(host)
    ca_cert, ca_key = _load_ca(folder, names, addresses, now)
    if not _is_good(folder, ca_cert, names, addresses, now):
        _make_leaf(folder, ca_cert, ca_key, names, addresses, now)
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
    ca_cert, ca_key = _read_ca(folder)
    if ca_key is None:
        return False
    names, addresses = find_names(host)
    names = [name for name in names if _permits(ca_cert, [name], [])]
    addresses = [address for address in addresses if _permits(ca_cert, [], [address])]
    if _is_good(folder, ca_cert, names, addresses, now):
        return False
    _make_leaf(folder, ca_cert, ca_key, names, addresses, now)
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


def find_names(host: str) -> tuple[list[str], list[IPv4]]:
    """Return the names and IPv4 addresses at which this machine may be reached."""
    own = socket.gethostname().partition(".")[0].lower() or "scanner"
    names = [f"{own}.local", own, "localhost"]
    addresses = {ipaddress.IPv4Address("127.0.0.1"), *_own_addresses()}
    try:
        given = ipaddress.ip_address(host)
        if isinstance(given, ipaddress.IPv4Address) and not given.is_unspecified:
            addresses.add(given)
    except ValueError:
        names.insert(0, host.lower())
    return list(dict.fromkeys(names)), sorted(addresses)


def _own_addresses() -> set[IPv4]:
    found: set[IPv4] = set()
    try:
        for *_, target in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET):
            found.add(ipaddress.IPv4Address(target[0]))
    except OSError:
        pass  # many host names do not resolve; the route below still finds the address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: connecting a datagram socket only asks from which address it would
            # send.
            probe.connect(("192.0.2.1", 9))
            found.add(ipaddress.IPv4Address(probe.getsockname()[0]))
        except OSError:
            pass  # there is no network at all
    return found


# -- the CA ------------------------------------------------------------------------------------


def _load_ca(
    folder: Path, names: list[str], addresses: list[IPv4], now: datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    if (folder / "ca.crt").is_file() and (folder / "ca.key").is_file():
        cert, key = _read_ca(folder)
        is_alive = cert.not_valid_after_utc > now + LEAF_LIFE
        if key is not None and is_alive:
            if _permits(cert, names, addresses):
                _write_profile(folder, cert)
                return cert, key
            click.echo(
                "This machine has an address outside the range of its CA. A new CA was made, "
                "which every phone must trust once more (see /install).",
                err=True,
            )
    return _make_ca(folder, names, addresses, now)


def _read_ca(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey | None]:
    cert = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
    key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    return cert, key if isinstance(key, ec.EllipticCurvePrivateKey) else None


def _make_ca(
    folder: Path, names: list[str], addresses: list[IPv4], now: datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "scanner-app"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"scanner-app local CA ({names[0]})"),
        ]
    )
    permitted: list[x509.GeneralName] = [x509.DNSName(domain) for domain in PRIVATE_DOMAINS]
    permitted += [x509.DNSName(name) for name in names if not _is_private_name(name)]
    permitted += [x509.IPAddress(network) for network in PRIVATE_NETWORKS]
    permitted += [
        # An address outside the private ranges: permit this one alone, not its network.
        x509.IPAddress(ipaddress.ip_network(address))
        for address in addresses
        if not _is_private_address(address)
    ]
    cert = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(_key_usage(is_ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(folder / "ca.key", _key_pem(key), 0o600)
    _write(folder / "ca.crt", cert.public_bytes(serialization.Encoding.PEM), 0o644)
    _write_profile(folder, cert)
    return cert, key


def _is_private_name(name: str) -> bool:
    return any(name == domain or name.endswith(f".{domain}") for domain in PRIVATE_DOMAINS)


def _is_private_address(address: IPv4) -> bool:
    return any(address in network for network in PRIVATE_NETWORKS)


def _permits(cert: x509.Certificate, names: list[str], addresses: list[IPv4]) -> bool:
    try:
        constraints = cert.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return False
    permitted = constraints.permitted_subtrees or []
    domains = [n.value for n in permitted if isinstance(n, x509.DNSName)]
    networks = [
        n.value
        for n in permitted
        if isinstance(n, x509.IPAddress) and isinstance(n.value, ipaddress.IPv4Network)
    ]
    return all(
        any(name == domain or name.endswith(f".{domain}") for domain in domains) for name in names
    ) and all(any(address in network for network in networks) for address in addresses)


def _write_profile(folder: Path, cert: x509.Certificate) -> None:
    """Write the configuration profile with which an iPhone installs the CA."""
    der = cert.public_bytes(serialization.Encoding.DER)
    # The same CA gives the same ids, so that a second install replaces the first.
    root = uuid.uuid5(uuid.NAMESPACE_OID, cert.fingerprint(hashes.SHA256()).hex())
    payload = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"scanner-app.ca.{root}",
        "PayloadUUID": str(uuid.uuid5(root, "certificate")).upper(),
        "PayloadDisplayName": "scanner-app local CA",
        "PayloadCertificateFileName": "ca.crt",
        "PayloadContent": der,
    }
    profile = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"scanner-app.{root}",
        "PayloadUUID": str(root).upper(),
        "PayloadDisplayName": "scanner-app",
        "PayloadDescription": "Lets this phone trust the scanner-app server in your own network.",
        "PayloadContent": [payload],
    }
    _write(folder / "ca.mobileconfig", plistlib.dumps(profile), 0o644)


# -- the leaf ----------------------------------------------------------------------------------


def _is_good(
    folder: Path,
    ca_cert: x509.Certificate,
    names: list[str],
    addresses: list[IPv4],
    now: datetime,
) -> bool:
    path = folder / LEAF
    if not path.is_file():
        return False
    cert = x509.load_pem_x509_certificates(path.read_bytes())[0]
    if cert.not_valid_after_utc - RENEW_BEFORE < now:
        return False
    try:
        cert.verify_directly_issued_by(ca_cert)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, a new one is made
        return False
    names_in = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(names) <= set(names_in.get_values_for_type(x509.DNSName)) and set(addresses) <= set(
        names_in.get_values_for_type(x509.IPAddress)
    )


def _make_leaf(
    folder: Path,
    ca_cert: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
    names: list[str],
    addresses: list[IPv4],
    now: datetime,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    alternatives += [x509.IPAddress(address) for address in addresses]
    cert = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]))
        .issuer_name(ca_cert.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now - BACKDATE + LEAF_LIFE)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(is_ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    # Key and chain are in one file, so that a handshake during a renewal never gets halves of two
    # certificates.
    whole = _key_pem(key) + cert.public_bytes(pem) + ca_cert.public_bytes(pem)
    _write(folder / LEAF, whole, 0o600)
    for old in ("leaf.crt", "leaf.key"):
        (folder / old).unlink(missing_ok=True)


def _key_usage(*, is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    # Written beside it and then moved, so that an interrupted start leaves no half key.
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    part.replace(path)


# -- what the operator sees --------------------------------------------------------------------


def choose_address(names: Iterable[str], *, port: int) -> str:
    """Return the address that a phone is most likely to reach: a network address, else the name."""
    outside = [name for name in names if _is_reachable(name)]
    return f"https://{outside[0] if outside else 'localhost'}:{port}"


def _is_reachable(name: str) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return not address.is_loopback and not address.is_link_local


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

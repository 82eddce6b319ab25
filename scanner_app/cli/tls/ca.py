"""The local CA: made once, kept ten years, limited to private names and networks."""

from __future__ import annotations

import ipaddress
import plistlib
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import click
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from scanner_app.cli.tls.addresses import IPv4
from scanner_app.cli.tls.keys import BACKDATE, key_pem, key_usage, write_file
from scanner_app.cli.tls.leaf import LEAF_LIFE

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

CA_LIFE = timedelta(days=3650)
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
# A permitted name that nobody has forbids all others of its kind: no CA of ours vouches for them.
NOBODY = "nobody.invalid"


def load_ca(
    folder: Path, names: list[str], addresses: list[IPv4], now: datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Return the CA with its key. Make a new one if it is old or does not permit an address."""
    if (folder / "ca.crt").is_file() and (folder / "ca.key").is_file():
        cert, key = read_ca(folder)
        is_alive = cert.not_valid_after_utc > now + LEAF_LIFE
        if key is not None and is_alive:
            if permits(cert, names, addresses):
                _write_profile(folder, cert)
                if vouches_for_more(cert):
                    click.echo(
                        "The local CA was made by an older version and may vouch for more than"
                        f" servers. For a new one, delete {folder / 'ca.key'} and start again;"
                        " every phone must then trust it once more (see /install).",
                        err=True,
                    )
                return cert, key
            click.echo(
                "This machine has an address outside the range of its CA. A new CA was made, "
                "which every phone must trust once more (see /install).",
                err=True,
            )
    return _make_ca(folder, names, addresses, now)


def read_ca(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey | None]:
    """Return the CA of a folder, and its key unless it is of another type."""
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
    cert = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(_permitted(names, addresses), None), critical=True)
        .add_extension(key_usage(is_ca=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_file(folder / "ca.key", key_pem(key), 0o600)
    write_file(folder / "ca.crt", cert.public_bytes(serialization.Encoding.PEM), 0o644)
    _write_profile(folder, cert)
    return cert, key


def _permitted(names: list[str], addresses: list[IPv4]) -> list[x509.GeneralName]:
    """Return what a new CA may vouch for: servers of names in use, and of private networks."""
    permitted: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    permitted += [x509.IPAddress(network) for network in _networks_of(addresses)]
    permitted += [
        x509.RFC822Name(NOBODY),
        # No directory names: strict clients refuse a CA that constrains them.
        x509.UniformResourceIdentifier(NOBODY),
    ]
    return permitted


def _networks_of(addresses: list[IPv4]) -> list[Network]:
    # All private ranges: tomorrow this machine may get another address in one of them, and a new CA
    # takes every phone's trust away. An address outside of them: this one alone.
    outside = [
        ipaddress.ip_network(address)
        for address in addresses
        if not any(address in network for network in PRIVATE_NETWORKS)
    ]
    return [*PRIVATE_NETWORKS, *outside]


def vouches_for_more(cert: x509.Certificate) -> bool:
    """Return whether a CA of an older version vouches for more than servers."""
    try:
        uses = cert.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return list(uses) != [ExtendedKeyUsageOID.SERVER_AUTH]


def permits(cert: x509.Certificate, names: list[str], addresses: list[IPv4]) -> bool:
    """Return whether the name constraints of a CA permit all of these names and addresses."""
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
    write_file(folder / "ca.mobileconfig", plistlib.dumps(profile), 0o644)

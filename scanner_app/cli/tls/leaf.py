"""The certificate that the server shows: made under the CA, renewed before its end."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from scanner_app.cli.tls.addresses import IPv4
from scanner_app.cli.tls.keys import BACKDATE, key_pem, key_usage, write_file

# Apple refuses leaves that live longer than 398 days.
LEAF_LIFE = timedelta(days=397)
RENEW_BEFORE = timedelta(days=30)
LEAF = "leaf.pem"


def is_leaf_good(
    folder: Path,
    ca_cert: x509.Certificate,
    names: list[str],
    addresses: list[IPv4],
    now: datetime,
) -> bool:
    """Return whether the leaf of a folder is of this CA, names everything, and ends late enough."""
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


def make_leaf(
    folder: Path,
    ca_cert: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
    names: list[str],
    addresses: list[IPv4],
    now: datetime,
) -> None:
    """Make a leaf for these names and addresses, and write it with its key."""
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
        .add_extension(key_usage(is_ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    # Key and chain are in one file, so that a handshake during a renewal never gets halves of two
    # certificates.
    whole = key_pem(key) + cert.public_bytes(pem) + ca_cert.public_bytes(pem)
    write_file(folder / LEAF, whole, 0o600)
    for old in ("leaf.crt", "leaf.key"):
        (folder / old).unlink(missing_ok=True)

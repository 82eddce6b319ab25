"""The local CA: kept, limited to private networks, its leaf renewed by itself."""

from __future__ import annotations

import ipaddress
import ssl
import stat
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import PolicyBuilder, Store

from scanner_app.cli.tls import addresses as own_addresses
from scanner_app.cli.tls import ca as ca_rules
from scanner_app.cli.tls import leaf as leaf_rules
from scanner_app.cli.tls.addresses import choose_address
from scanner_app.cli.tls.certificate import make_certificate, renew_certificate, show_address
from scanner_app.cli.tls.leaf import make_leaf


@pytest.fixture(autouse=True)
def network(monkeypatch):
    """The machine's addresses, without a look at the network."""
    monkeypatch.setattr(
        own_addresses, "_own_addresses", lambda: {ipaddress.IPv4Address("192.168.7.5")}
    )


def load(path):
    return x509.load_pem_x509_certificates(path.read_bytes())[0]


class TestMakeCertificate:
    def test_a_phone_that_trusts_the_ca_trusts_the_server_by_name_and_address(self, tmp_path):
        certificate = make_certificate(tmp_path, host="scanner.local")
        store = Store([load(certificate.ca)])

        for subject in (
            x509.DNSName("scanner.local"),
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        ):
            verifier = PolicyBuilder().store(store).build_server_verifier(subject)
            assert verifier.verify(load(certificate.chain), [])

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.chain, certificate.key)

    def test_a_second_start_keeps_both(self, tmp_path):
        first = make_certificate(tmp_path, host="0.0.0.0")
        before = (first.ca.read_bytes(), first.chain.read_bytes())

        again = make_certificate(tmp_path, host="0.0.0.0")

        assert (again.ca.read_bytes(), again.chain.read_bytes()) == before

    def test_a_new_address_renews_the_leaf_and_keeps_the_ca(self, tmp_path):
        first = make_certificate(tmp_path, host="10.1.2.3")
        leaf = first.chain.read_bytes()

        again = make_certificate(tmp_path, host="10.1.2.99")

        assert again.fingerprint == first.fingerprint
        assert again.chain.read_bytes() != leaf
        assert "10.1.2.99" in again.names

    def test_a_leaf_near_its_end_is_renewed(self, tmp_path, monkeypatch):
        monkeypatch.setattr(leaf_rules, "LEAF_LIFE", timedelta(days=29))
        first = make_certificate(tmp_path, host="0.0.0.0").chain.read_bytes()
        monkeypatch.setattr(leaf_rules, "LEAF_LIFE", timedelta(days=397))

        again = load(make_certificate(tmp_path, host="0.0.0.0").chain)

        assert again.public_bytes(serialization.Encoding.PEM) not in first
        assert again.not_valid_after_utc > datetime.now(UTC) + timedelta(days=390)

    def test_no_phone_finds_the_leaf_too_long_lived(self, tmp_path):
        leaf = load(make_certificate(tmp_path, host="0.0.0.0").chain)

        assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=397)

    def test_a_stolen_ca_cannot_vouch_for_the_world(self, tmp_path):
        make_certificate(tmp_path, host="0.0.0.0")
        folder = tmp_path / "tls"
        ca = load(folder / "ca.crt")
        key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)

        make_leaf(folder, ca, key, ["bank.example.com"], [], datetime.now(UTC))  # type: ignore[arg-type] # a key of its kind

        check = subprocess.run(
            ["openssl", "verify", "-CAfile", folder / "ca.crt", folder / "leaf.pem"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert check.returncode != 0
        assert "permitted subtree violation" in check.stderr + check.stdout

    @pytest.mark.parametrize(
        ("purpose", "name"),
        [
            ("sslserver", x509.DNSName("files.internal")),
            ("sslserver", x509.DNSName("printer.local")),
            ("sslserver", x509.UniformResourceIdentifier("https://localhost/")),
            ("sslserver", x509.RFC822Name("ceo@example.com")),
            ("smimesign", x509.RFC822Name("ceo@example.com")),
            ("smimesign", x509.DNSName("localhost")),
            ("sslclient", x509.DNSName("localhost")),
            ("codesign", x509.DNSName("localhost")),
        ],
    )
    def test_a_stolen_ca_cannot_vouch_for_more_than_our_servers(self, tmp_path, purpose, name):
        certificate = make_certificate(tmp_path, host="0.0.0.0")
        ca = load(certificate.ca)
        key = serialization.load_pem_private_key((tmp_path / "tls" / "ca.key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        now = datetime.now(UTC)
        forged = (
            x509.CertificateBuilder()
            .subject_name(load(certificate.chain).subject)
            .issuer_name(ca.subject)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([name]), critical=False)
            .sign(key, hashes.SHA256())
        )
        (tmp_path / "forged.pem").write_bytes(forged.public_bytes(serialization.Encoding.PEM))

        check = self.verify(certificate.ca, tmp_path / "forged.pem", purpose)

        assert check.returncode != 0, check.stdout

    def test_our_own_server_passes_the_strictest_check(self, tmp_path):
        certificate = make_certificate(tmp_path, host="0.0.0.0")

        check = self.verify(certificate.ca, certificate.chain, "sslserver")

        assert check.returncode == 0, check.stderr

    def verify(self, ca, leaf, purpose):
        return subprocess.run(
            ["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", ca, leaf],
            capture_output=True,
            text=True,
            check=False,
        )

    def test_says_that_an_older_ca_may_vouch_for_more(self, tmp_path, monkeypatch, capsys):
        make_certificate(tmp_path, host="0.0.0.0")
        monkeypatch.setattr(ca_rules, "vouches_for_more", lambda _cert: True)

        make_certificate(tmp_path, host="0.0.0.0")

        assert "may vouch for more than servers" in capsys.readouterr().err

    def test_an_address_outside_the_private_ranges_is_vouched_for_alone(self, tmp_path):
        make_certificate(tmp_path, host="203.0.113.9")
        constraints = load(tmp_path / "tls" / "ca.crt").extensions.get_extension_for_class(
            x509.NameConstraints
        )

        networks = [n.value for n in constraints.value.permitted_subtrees]

        assert constraints.critical
        assert ipaddress.ip_network("203.0.113.9/32") in networks
        assert ipaddress.ip_network("203.0.113.0/24") not in networks

    def test_keys_are_for_their_owner_alone(self, tmp_path):
        certificate = make_certificate(tmp_path, host="0.0.0.0")

        for path in (certificate.key, tmp_path / "tls" / "ca.key"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_broken_leaf_is_made_anew(self, tmp_path):
        first = make_certificate(tmp_path, host="0.0.0.0")
        first.key.unlink()

        again = make_certificate(tmp_path, host="0.0.0.0")

        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(again.chain, again.key)


class TestRenewCertificate:
    """While the server runs: the leaf alone, under the CA that phones trust."""

    def test_a_good_leaf_is_left_alone(self, tmp_path):
        before = make_certificate(tmp_path, host="0.0.0.0").chain.read_bytes()

        assert not renew_certificate(tmp_path, host="0.0.0.0")
        assert (tmp_path / "tls" / "leaf.pem").read_bytes() == before

    def test_a_leaf_near_its_end_and_a_new_address_make_a_new_one(self, tmp_path, monkeypatch):
        monkeypatch.setattr(leaf_rules, "LEAF_LIFE", timedelta(days=29))
        first = make_certificate(tmp_path, host="0.0.0.0")
        monkeypatch.setattr(leaf_rules, "LEAF_LIFE", timedelta(days=397))
        ca = first.ca.read_bytes()

        assert renew_certificate(tmp_path, host="0.0.0.0")
        monkeypatch.setattr(
            own_addresses, "_own_addresses", lambda: {ipaddress.IPv4Address("10.9.8.7")}
        )
        assert renew_certificate(tmp_path, host="0.0.0.0")

        leaf = load(first.chain)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert ipaddress.ip_address("10.9.8.7") in names.get_values_for_type(x509.IPAddress)
        assert leaf.not_valid_after_utc > datetime.now(UTC) + timedelta(days=390)
        assert first.ca.read_bytes() == ca

    def test_an_address_beyond_the_ca_waits_for_the_next_start(self, tmp_path, monkeypatch):
        first = make_certificate(tmp_path, host="0.0.0.0")
        before = (first.ca.read_bytes(), first.chain.read_bytes())
        monkeypatch.setattr(
            own_addresses,
            "_own_addresses",
            lambda: {ipaddress.IPv4Address("203.0.113.9"), ipaddress.IPv4Address("192.168.7.5")},
        )

        assert not renew_certificate(tmp_path, host="0.0.0.0")
        assert (first.ca.read_bytes(), first.chain.read_bytes()) == before


class TestShowAddress:
    @pytest.mark.parametrize(
        ("names", "address"),
        [
            (["vm.local", "localhost", "127.0.0.1", "192.168.1.5"], "https://192.168.1.5:8443"),
            (["vm.local", "localhost", "127.0.0.1"], "https://localhost:8443"),
        ],
    )
    def test_chooses_what_a_phone_reaches(self, names, address):
        assert choose_address(names, port=8443) == address

    def test_prints_a_qr_code_and_the_fingerprint(self, tmp_path, capsys):
        certificate = make_certificate(tmp_path, host="0.0.0.0")

        show_address(certificate, port=8443)

        printed = capsys.readouterr().out
        assert certificate.fingerprint in printed
        assert "█" in printed
        assert "https://192.168.7.5:8443/install" in printed

    def test_leads_phones_to_the_page_before_which_no_warning_stands(self, tmp_path, capsys):
        certificate = make_certificate(tmp_path, host="0.0.0.0")

        show_address(certificate, port=8443, plain_port=8080)

        assert "open http://192.168.7.5:8080/install" in capsys.readouterr().out

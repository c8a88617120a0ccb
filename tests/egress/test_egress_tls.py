"""Whose certificate is accepted; the authority is made here."""

import datetime as dt
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from quart_passport.egress.address import EgressRules
from quart_passport.egress.fetch import Egress, EgressFailed
from tests.egress.loopback import answer_of, listening

HOST = "pim.example.com"
NOW = dt.datetime.now(dt.UTC)
SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass
class Authority:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("test authority")
        draft = (
            _draft(name, name, key, key, days=(-10, 10))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(SIGNS_CERTIFICATES, critical=True)
        )
        return cls(key, draft.sign(key, hashes.SHA256()), folder)

    def server(self, host: str, days: tuple[int, int] = (-1, 1)) -> ssl.SSLContext:
        """What a server with a certificate for `host`, valid between these days, shows."""
        key = ec.generate_private_key(ec.SECP256R1())
        draft = _draft(
            _name(host), self.certificate.subject, key, self.key, days=days
        ).add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        certificate = draft.sign(self.key, hashes.SHA256())
        path = self.folder / f"{key.private_numbers().private_value}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(path)
        return context

    def trusting(self) -> ssl.SSLContext:
        """A client that trusts this authority alone."""
        pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _draft(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    days: tuple[int, int],
) -> x509.CertificateBuilder:
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    # Python 3.13 asks for both, as RFC 5280 does.
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + dt.timedelta(days=days[0]))
        .not_valid_after(NOW + dt.timedelta(days=days[1]))
        .add_extension(own, critical=False)
        .add_extension(above, critical=False)
    )


async def ask(server: ssl.SSLContext, client: ssl.SSLContext | None) -> tuple[int, list[str]]:
    """The status that a client gets from the server behind HOST, and the heads it saw."""

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async with listening(answer_of(), tls=server) as listener:
        rules = EgressRules.parse(exempt=[f"{HOST}:{listener.port}"])
        async with Egress(rules, resolve=resolve, ssl_context=client) as egress:
            url = f"https://{HOST}:{listener.port}/"
            response = await egress.request("GET", url, limit_bytes=100, deadline=5)
        return response.status, listener.heads


async def test_the_server_name_and_host_stay_the_urls_though_an_address_is_dialled(
    tmp_path: Path,
) -> None:
    authority = Authority.make(tmp_path)
    server = authority.server(HOST)
    asked: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: asked.append(name)

    status, heads = await ask(server, authority.trusting())

    assert status == 200
    assert asked == [HOST]
    assert f"host: {HOST}:" in heads[0]


SERVERS: dict[str, Callable[[Authority], ssl.SSLContext]] = {
    "another name": lambda authority: authority.server("other.example.com"),
    "the address it is at": lambda authority: authority.server("127.0.0.1"),
    "a parent domain": lambda authority: authority.server("example.com"),
    "expired": lambda authority: authority.server(HOST, (-3, -1)),
    "not yet valid": lambda authority: authority.server(HOST, (1, 3)),
    "another authority": lambda authority: Authority.make(authority.folder).server(HOST),
}


@pytest.mark.parametrize("flaw", SERVERS)
async def test_a_flawed_certificate_is_not_accepted(tmp_path: Path, flaw: str) -> None:
    authority = Authority.make(tmp_path)

    with pytest.raises(EgressFailed, match="ConnectError"):
        await ask(SERVERS[flaw](authority), authority.trusting())


async def test_an_authority_nobody_named_is_not_trusted_by_default(tmp_path: Path) -> None:
    with pytest.raises(EgressFailed, match="ConnectError"):
        await ask(Authority.make(tmp_path).server(HOST), None)

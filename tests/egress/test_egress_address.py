from ipaddress import ip_address

import pytest

from quart_passport.egress.address import EgressRules, check_pim_url, check_url, may_dial
from quart_passport.errors import EgressRefused, InvalidPimURL

RULES = EgressRules.parse(
    pim_hosts=[".cloud.akeneo.com", "PIM.brand.example"],
    exempt=["127.0.0.1:8100", "[::1]:8100", "localhost:8100"],
)

NO_HOST = "is not a URL with a host"
NOT_A_NAME = "does not name a host by letters, digits, hyphens and single dots"
AN_ADDRESS = "must name a host, not an IP address"
NOT_HTTPS = "must begin with https://"
MISLEADING = "contains a space, a control character or a backslash"
IN_FULL = "must name a host in full, with its domain"
A_USER = "must not hold a user name or password"

REFUSED_URLS = [
    ("http://pim.example.com", NOT_HTTPS),
    ("ftp://pim.example.com", NOT_HTTPS),
    ("file:///etc/passwd", NOT_HTTPS),
    ("gopher://pim.example.com", NOT_HTTPS),
    ("pim.example.com", NOT_HTTPS),
    ("//pim.example.com", NOT_HTTPS),
    ("", NOT_HTTPS),
    ("javascript:alert(1)", NOT_HTTPS),
    ("https:", NOT_A_NAME),
    ("https:pim.example.com", NOT_A_NAME),
    ("https:///pim.example.com", NOT_A_NAME),
    ("https://pim.example.com:8443", "names port 8443; only port 443 is allowed"),
    ("https://pim.example.com:80", "names port 80; only port 443 is allowed"),
    ("https://pim.example.com:0", "names port 0; only port 443 is allowed"),
    ("https://pim.example.com:-1", "names port -1; only port 443 is allowed"),
    ("https://pim.example.com:70000", "names port 70000; only port 443 is allowed"),
    ("https://pim.example.com:4x", NO_HOST),
    ("https://user@pim.example.com", A_USER),
    ("https://user:word@pim.example.com", A_USER),
    ("https://pim.example.com@evil.example.com", A_USER),
    ("https://127.0.0.1", AN_ADDRESS),
    ("https://127.1", AN_ADDRESS),
    ("https://2130706433", AN_ADDRESS),
    ("https://0x7f000001", AN_ADDRESS),
    ("https://0x7f.0.0.0x1", AN_ADDRESS),
    ("https://0177.0.0.1", NO_HOST),
    ("https://93.184.215.14", AN_ADDRESS),
    ("https://127。0。0。1", AN_ADDRESS),
    ("https://１２７.0.0.1", NO_HOST),
    ("https://[::1]", NOT_A_NAME),
    ("https://[::ffff:127.0.0.1]", NOT_A_NAME),
    ("https://[fe80::1%25eth0]", NOT_A_NAME),
    ("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]", NOT_A_NAME),
    ("https://[pim.example.com]", NO_HOST),
    ("https://localhost", "ends in “localhost”, which is no public name"),
    ("https://x.localhost", "ends in “localhost”, which is no public name"),
    ("https://LOCALHOST", "ends in “localhost”, which is no public name"),
    ("https://ｌocalhost", NO_HOST),
    ("https://printer.local", "ends in “local”, which is no public name"),
    ("https://metadata.google.internal", "ends in “internal”, which is no public name"),
    ("https://nas.lan", "ends in “lan”, which is no public name"),
    ("https://nas.home", "ends in “home”, which is no public name"),
    ("https://intra.corp", "ends in “corp”, which is no public name"),
    ("https://1.0.0.127.in-addr.arpa", "ends in “arpa”, which is no public name"),
    ("https://x.test", "ends in “test”, which is no public name"),
    ("https://x.invalid", "ends in “invalid”, which is no public name"),
    ("https://x.onion", "ends in “onion”, which is no public name"),
    ("https://intranet", IN_FULL),
    ("https://pim.example.com.", NOT_A_NAME),
    ("https://localhost.", NOT_A_NAME),
    ("https://pim..example.com", NOT_A_NAME),
    ("https://.example.com", NOT_A_NAME),
    ("https://-pim.example.com", NOT_A_NAME),
    ("https://pim-.example.com", NOT_A_NAME),
    ("https://pim_1.example.com", NOT_A_NAME),
    ("https://%6cocalhost", NOT_A_NAME),
    ("https://pim%2eexample.com", NOT_A_NAME),
    ("https://" + "a" * 64 + ".example.com", NOT_A_NAME),
    ("https://" + "a." * 130 + "com", NOT_A_NAME),
    ("https://pim.example.com\\@127.0.0.1", MISLEADING),
    ("https://pim.example.com\t", MISLEADING),
    ("https://pim.example.com\r\nHost: x", MISLEADING),
    ("https://pim.example.com /", MISLEADING),
    ("https://pim\x00.example.com", MISLEADING),
    ("https://pim\u00a0.example.com", NO_HOST),
    ("https://pim\u00ad.example.com", NO_HOST),
    ("https://pim.example.com/" + "a" * 8000, "is longer than 8000 characters"),
    # A neighbour of an exempt pair is not exempt.
    ("http://127.0.0.1:8101", NOT_HTTPS),
    ("http://127.0.0.2:8100", NOT_HTTPS),
    ("http://127.0.0.1", NOT_HTTPS),
    ("https://127.0.0.1:8101", "names port 8101; only port 443 is allowed"),
    ("http://user@127.0.0.1:8100", A_USER),
    ("ftp://127.0.0.1:8100", NOT_HTTPS),
]


@pytest.mark.parametrize(("text", "flaw"), REFUSED_URLS)
def test_a_url_that_may_mislead_is_refused_with_its_flaw(text: str, flaw: str) -> None:
    with pytest.raises(EgressRefused) as refusal:
        check_url(text, RULES)

    assert str(refusal.value) == f"refused address: it {flaw}"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://acme.cloud.akeneo.com", "https://acme.cloud.akeneo.com"),
        ("https://ACME.cloud.akeneo.com:443/x?y=1", "https://acme.cloud.akeneo.com/x?y=1"),
        ("https://bücher.example.org/", "https://xn--bcher-kva.example.org/"),
        ("https://xn--bcher-kva.example.org/", "https://xn--bcher-kva.example.org/"),
        ("https://a1.2b.example.org/a%2Fb", "https://a1.2b.example.org/a%2Fb"),
        ("http://127.0.0.1:8100/x", "http://127.0.0.1:8100/x"),
        ("https://127.0.0.1:8100/x", "https://127.0.0.1:8100/x"),
        ("http://[::1]:8100/x", "http://[::1]:8100/x"),
    ],
)
def test_an_honest_url_passes(text: str, url: str) -> None:
    assert str(check_url(text, RULES)) == url


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://acme.cloud.akeneo.com", "https://acme.cloud.akeneo.com"),
        (" https://ACME.Cloud.Akeneo.com:443/ ", "https://acme.cloud.akeneo.com"),
        ("https://acme.demo.cloud.akeneo.com/", "https://acme.demo.cloud.akeneo.com"),
        ("https://pim.brand.example/", "https://pim.brand.example"),
        ("http://127.0.0.1:8100/", "http://127.0.0.1:8100"),
        ("http://localhost:8100", "http://localhost:8100"),
    ],
)
def test_a_pim_url_is_kept_as_its_origin(text: str, origin: str) -> None:
    assert check_pim_url(text, RULES) == origin


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("http://acme.cloud.akeneo.com", NOT_HTTPS),
        ("https://cloud.akeneo.com", "PASSPORT_PIM_HOSTS, now: .cloud.akeneo.com, pim.brand.ex"),
        ("https://evilcloud.akeneo.com", "PASSPORT_PIM_HOSTS"),
        ("https://acme.cloud.akeneo.com.evil.com", "PASSPORT_PIM_HOSTS"),
        ("https://x.pim.brand.example", "PASSPORT_PIM_HOSTS"),
        ("https://pim.brand.example.com", "PASSPORT_PIM_HOSTS"),
        ("https://bücher.example.org", "PASSPORT_PIM_HOSTS"),
        ("https://acme.cloud.akeneo.com/x", "alone, without path or query: https://acme.cloud."),
        ("https://acme.cloud.akeneo.com/#/dashboard", "alone, without path or query"),
        ("https://acme.cloud.akeneo.com?a=b", "alone, without path or query"),
        ("https://acme.cloud.akeneo.com@evil.com", A_USER),
    ],
)
def test_another_pim_url_is_refused_with_what_to_do(text: str, problem: str) -> None:
    with pytest.raises(InvalidPimURL) as refusal:
        check_pim_url(text, RULES)

    assert refusal.value.where == "PIM URL"
    assert problem in refusal.value.problem


SPECIAL_TEXT = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254
    169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.8 192.0.0.170
    192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.168.255.255 192.175.48.1
    198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
    255.255.255.255
    :: ::1 ::7f00:1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:93.184.215.14
    ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::5db8:d70e 64:ff9b:1::a00:1 100::1 2001::1
    2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:1ff:ffff::1
    2001:db8::1 2002::1 2002:7f00:1::1 2002:a00:1:: 2620:4f:8000::1 3fff::1 3fff:fff:ffff::1
    4000::1 5f00::1 fc00::1 fd00::1 fd00:ec2::254 fdff::1 fe80::1 fe80::1%eth0 febf::1 fec0::1
    feff::1 ff00::1 ff02::1 ff0e::1 2606:2800::1%eth0
"""
SPECIAL = SPECIAL_TEXT.split()
PUBLIC_TEXT = """
    1.1.1.1 8.8.8.8 93.184.215.14 100.63.255.255 100.128.0.1 172.15.255.255 172.32.0.1
    192.0.1.1 223.255.255.255 2001:200::1 2003::1 2606:2800:21f:cb07:6820:80da:af6b:8b2c
    2a00:1450:4001:82a::200e 3ffe::1
"""
PUBLIC = PUBLIC_TEXT.split()


def test_special_addresses_are_refused_and_public_ones_are_not() -> None:
    dialled = [text for text in SPECIAL if may_dial(ip_address(text), RULES)]
    refused = [text for text in PUBLIC if not may_dial(ip_address(text), RULES)]

    print(f"\ntried {len(SPECIAL) + len(PUBLIC)}, bad {len(dialled) + len(refused)}")
    assert dialled == []
    assert refused == []


def test_a_network_of_the_operators_own_is_dialled_and_no_other() -> None:
    rules = EgressRules.parse(private=["10.1.0.0/16", "fd12:3456::/32"])

    allowed = [text for text in SPECIAL if may_dial(ip_address(text), rules)]

    assert may_dial(ip_address("10.1.2.3"), rules)
    assert may_dial(ip_address("fd12:3456::1"), rules)
    assert allowed == []


def test_not_even_the_operator_opens_this_machine_or_link_local_addresses() -> None:
    rules = EgressRules.parse(private=["0.0.0.0/0", "::/0"])

    allowed = {text for text in SPECIAL if may_dial(ip_address(text), rules)}

    for text in ("127.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "::1", "fe80::1", "::"):
        assert text not in allowed
    for text in ("::ffff:127.0.0.1", "::7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::1"):
        assert text not in allowed

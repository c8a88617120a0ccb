"""Where an outgoing request may go: two walls, each enough alone.

The first reads the URL, when it is saved and again on every hop. The second judges the addresses
that its host resolves to, when a connection is made. `ipaddress.is_global` is not used: it calls
translated, nested and multicast addresses global that lead back inside, and its answer changes
with Python's version. The networks are those of IANA's special-purpose registries (RFC 6890).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import httpx

from quart_passport.errors import EgressRefused, InvalidPimURL

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST_URL = 8000
_HTTPS_PORT = 443
_DEFAULT_PORTS = {"https": _HTTPS_PORT, "http": 80}
# No URL that means well holds these; parsers differ on what to make of them.
_MISLEADING = re.compile(r"[\x00-\x20\x7f\\]")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LONGEST_HOST = 253
# Names that lead to this machine or network, or nowhere (RFC 2606, 6761, 6762, 8375, 9476).
_LOCAL_NAMES = frozenset(
    (
        *("localhost", "local", "internal", "lan", "home", "corp"),
        *("arpa", "test", "invalid", "onion"),
    )
)


@dataclass(frozen=True, slots=True)
class EgressRules:
    """What an installation allows beyond, and for PIMs within, the public internet."""

    # Host names, or suffixes that begin with a dot, of the PIMs that may be connected.
    pim_hosts: tuple[str, ...] = ()
    # Exact host and port pairs that may be http and private; development only.
    exempt: frozenset[tuple[str, int]] = frozenset()
    # Networks that may be dialled although private.
    private: tuple[Network, ...] = ()

    @classmethod
    def parse(
        cls,
        *,
        pim_hosts: Iterable[str] = (),
        exempt: Iterable[str] = (),
        private: Iterable[str] = (),
    ) -> "EgressRules":
        """From texts as settings hold them; `exempt` is `host:port`, `private` CIDR."""
        return cls(
            pim_hosts=tuple(host.lower() for host in pim_hosts),
            exempt=frozenset(_host_and_port(pair) for pair in exempt),
            private=tuple(ip_network(text) for text in private),
        )

    def exempts(self, host: str, port: int) -> bool:
        """Whether this very host and port need no wall."""
        return (host, port) in self.exempt

    def names_pim(self, host: str) -> bool:
        """Whether a PIM may be at this host."""
        return any(
            host.endswith(name) if name.startswith(".") else host == name for name in self.pim_hosts
        )


def check_url(text: str, rules: EgressRules) -> httpx.URL:
    """The first wall: the parsed URL, or EgressRefused. Use what it returns, never parse again."""
    url, flaw = _read(text, rules)
    if url is None:
        raise EgressRefused(f"refused address: it {flaw}")
    return url


def check_pim_url(text: str, rules: EgressRules) -> str:
    """The origin of a PIM, `scheme://host[:port]`, or InvalidPimURL with what to do instead."""
    url, flaw = _read(text.strip(), rules)
    if url is None:
        raise InvalidPimURL(flaw, where="PIM URL")
    if not rules.exempts(url.host, port_of(url)) and not rules.names_pim(_ascii_host(url)):
        raise InvalidPimURL(
            "is not at a host that this installation connects to; the operator lists hosts in "
            f"PASSPORT_PIM_HOSTS, now: {', '.join(rules.pim_hosts) or 'none'}",
            where="PIM URL",
        )
    if url.path not in ("", "/") or url.query or url.fragment:
        raise InvalidPimURL(
            f"must be the PIM's address alone, without path or query: {origin_of(url)}",
            where="PIM URL",
        )
    return origin_of(url)


def origin_of(url: httpx.URL) -> str:
    """Scheme, host and port, the port only where it is not the scheme's own."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def port_of(url: httpx.URL) -> int:
    """The port that the URL leads to."""
    return _DEFAULT_PORTS.get(url.scheme, 0) if url.port is None else url.port


def may_dial(address: Address, rules: EgressRules) -> bool:
    """The second wall: whether a connection may be made to this address."""
    if isinstance(address, IPv4Address):
        public = not _within(address, _REFUSED_IPV4)
        opened = not _within(address, _NEVER_IPV4)
    elif address.scope_id:
        # With a zone it means another place on each machine.
        return False
    else:
        public = address in _GLOBAL_UNICAST and not _within(address, _REFUSED_IPV6)
        opened = address in _UNIQUE_LOCAL
    return public or (opened and _within(address, rules.private))


def parse_address(text: str) -> Address | None:
    """An address literal as the resolver gives it; None if it is none."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def _read(text: str, rules: EgressRules) -> tuple[httpx.URL | None, str]:
    """The URL and no flaw, or no URL and what is wrong with it."""
    if len(text) > LONGEST_URL:
        return None, f"is longer than {LONGEST_URL} characters"
    if _MISLEADING.search(text):
        return None, "contains a space, a control character or a backslash"
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        return None, "is not a URL with a host"
    flaw = _flaw_of(url, rules)
    return (None, flaw) if flaw else (url, "")


def _flaw_of(url: httpx.URL, rules: EgressRules) -> str:
    if url.userinfo:
        return "must not hold a user name or password"
    if rules.exempts(url.host, port_of(url)) and url.scheme in _DEFAULT_PORTS:
        return ""
    if url.scheme != "https":
        return "must begin with https://"
    if port_of(url) != _HTTPS_PORT:
        return f"names port {port_of(url)}; only port {_HTTPS_PORT} is allowed"
    return _flaw_of_host(_ascii_host(url))


def _flaw_of_host(host: str) -> str:
    labels = host.split(".")
    if len(host) > _LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)):
        return "does not name a host by letters, digits, hyphens and single dots"
    if _NUMERIC.fullmatch(labels[-1]):
        return "must name a host, not an IP address"
    if labels[-1] in _LOCAL_NAMES:
        return f"ends in “{labels[-1]}”, which is no public name"
    if len(labels) < 2:
        return "must name a host in full, with its domain"
    return ""


def _ascii_host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii").lower()


def _host_and_port(pair: str) -> tuple[str, int]:
    host, _, port = pair.rpartition(":")
    return host.strip("[]").lower(), int(port)


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part) for part in text.split())


_REFUSED_IPV4 = _networks(
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
    "192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 "
    "198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
)
# Mapped, NAT64, unique local, link-local and multicast addresses all lie outside.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_REFUSED_IPV6 = _networks("2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20")
# Not even an operator's own network opens these: this host, link-local, multicast, reserved.
_NEVER_IPV4 = _networks("0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 224.0.0.0/4 240.0.0.0/4")
_UNIQUE_LOCAL = IPv6Network("fc00::/7")

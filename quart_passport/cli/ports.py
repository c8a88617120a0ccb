"""Ports, before anything is started on them."""

import socket

from quart_passport.errors import InvalidInput


def check_port(port: int, setting: str, *, host: str = "127.0.0.1") -> None:
    """InvalidInput, with what to do, if something else listens on the port."""
    if not 0 < port < 65536:
        raise InvalidInput(f"{port} is not a port; give a number from 1 to 65535", where=setting)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InvalidInput(
                f"port {port} is taken ({error.strerror}); choose another one", where=setting
            ) from None

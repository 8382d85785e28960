"""The address that a server listens on."""

import socket
from ipaddress import ip_address
from typing import Any

from next_song.errors import InputError


def listening(host: str, port: int) -> socket.socket:
    """Returns a socket bound to the address; port 0 is any that is free.

    Raises InputError if this machine does not have the address, or not free.
    """
    try:
        family, kind, protocol, address = _found(host, port)
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
        except BaseException:
            bound.close()
            raise
    except (OSError, UnicodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "what no host is called"
        raise InputError(
            f"--host {host} --port {port}: found {problem}; expected an address of this "
            "machine and a free port: give others, or --port 0 for any"
        ) from error
    return bound


def loopback(host: str) -> str | None:
    """Returns the address that a host stands for, if only this machine reaches it; else None."""
    try:
        address = str(_found(host, 0)[-1][0])
        return address if ip_address(address).is_loopback else None
    except (OSError, ValueError):  # no host that can be served
        return None


def _found(host: str, port: int) -> tuple[int, int, int, Any]:
    """Returns family, kind, protocol and address of what to bind. Raises OSError, UnicodeError."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    return family, kind, protocol, address

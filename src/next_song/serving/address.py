"""The address that a server listens on."""

import socket

from next_song.errors import InputError


def listening(host: str, port: int) -> socket.socket:
    """Returns a socket bound to the address; port 0 is any that is free.

    Raises InputError if this machine does not have the address, or not free.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
        except BaseException:
            bound.close()
            raise
    except OSError as error:
        raise InputError(
            f"--host {host} --port {port}: found {error.strerror}; expected an address of this "
            "machine and a free port: give others, or --port 0 for any"
        ) from error
    return bound

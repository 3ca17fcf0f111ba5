"""On PYTHONPATH: a connection to another machine fails, and leaves a line on standard error."""
import socket
import sys

real_getaddrinfo = socket.getaddrinfo


def getaddrinfo(host, *rest, **options):
    if host not in ("127.0.0.1", "::1", "localhost"):
        print(f"LEFT THIS MACHINE: {host}", file=sys.stderr)
        raise OSError(f"no connection to {host}")
    return real_getaddrinfo(host, *rest, **options)


socket.getaddrinfo = getaddrinfo

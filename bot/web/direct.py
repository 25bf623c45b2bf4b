"""Whether a request comes from this machine itself, and not from somebody a proxy lets through."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def is_direct(request: Request) -> bool:
    """Tell whether a request comes from this machine and through no proxy, under this machine's own name.

    The name keeps out a web page whose own name was pointed at this machine (DNS rebinding).
    """
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    return _is_loopback(request.client.host) and _is_loopback(_named(request))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _named(request: Request) -> str:
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""

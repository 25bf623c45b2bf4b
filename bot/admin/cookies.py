"""The console's cookies: who is in, and who waits to be; and what proves that a form is one of ours."""

from fastapi import Response

from bot.keys import Keys

COOKIE = "hongyan_console"
WAITING = "hongyan_console_waits"
_PATH = "/admin"


def remember(response: Response, name: str, secret: str, *, is_secure: bool) -> None:
    """Let the browser keep a secret until it is closed."""
    response.set_cookie(name, secret, path=_PATH, secure=is_secure, httponly=True, samesite="lax")


def forget(response: Response, name: str, *, is_secure: bool) -> None:
    """Let the browser forget it."""
    response.delete_cookie(name, path=_PATH, secure=is_secure, httponly=True, samesite="lax")


def form_token(keys: Keys, token_digest: str) -> str:
    """Return what each form of one log-in carries, so that no other site can make one."""
    return keys.sign("console-form", token_digest)

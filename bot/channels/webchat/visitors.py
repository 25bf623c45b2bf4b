"""Who is talking: a random id in a signed cookie, or somebody fixed beforehand."""

from dataclasses import dataclass
from typing import Protocol

from fastapi import Request, Response

from bot.clock import new_token
from bot.keys import Keys

COOKIE = "hongyan_visitor"
_PURPOSE = "web-visitor"
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever a request comes from; ``is_new`` when nobody knew them before."""

    id: str
    is_new: bool = False


class Identify(Protocol):
    """How a chat page knows who is talking."""

    def visitor(self, request: Request) -> Visitor:
        """Return who makes this request."""
        ...

    def remember(self, response: Response, visitor: Visitor) -> None:
        """Let the browser say so the next time."""
        ...


@dataclass(frozen=True, slots=True)
class CookieVisitors:
    """People: each browser gets an id nobody can guess, signed so that nobody can make one up."""

    keys: Keys
    path: str = "/"
    is_secure: bool = False

    def visitor(self, request: Request) -> Visitor:
        """Return whose cookie this is; a forged or missing one makes a new visitor."""
        visitor_id, _, signature = request.cookies.get(COOKIE, "").partition(".")
        if visitor_id and self.keys.signed(_PURPOSE, visitor_id, signature):
            return Visitor(visitor_id)
        return Visitor(new_token(), is_new=True)

    def remember(self, response: Response, visitor: Visitor) -> None:
        """Set the cookie for a year from now."""
        response.set_cookie(
            COOKIE,
            f"{visitor.id}.{self.keys.sign(_PURPOSE, visitor.id)}",
            max_age=_YEAR,
            path=self.path,
            secure=self.is_secure,
            httponly=True,
            samesite="lax",
        )


@dataclass(frozen=True, slots=True)
class FixedVisitor:
    """A demo phone: whoever looks at it is this visitor."""

    id: str

    def visitor(self, request: Request) -> Visitor:
        """Return the phone's owner."""
        del request
        return Visitor(self.id)

    def remember(self, response: Response, visitor: Visitor) -> None:
        """Remember nothing: there is no cookie."""

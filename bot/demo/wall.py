"""The demo's wall of phones: four people's chats side by side, and a clock to turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.clock import TurnableClock
from bot.web.files import FreshFiles
from bot.web.guard import (
    SMALL,
    PoliteRoute,
    Refusal,
    answered,
    insist_on_json,
    insist_on_own_page,
    read_body,
    shown,
)
from content.web import page

_MOST = timedelta(days=31)
_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone on the wall: its name in the address, whose it is, and what stands above it.

    One with ``behind`` is not on the wall at first: it takes the place of that phone, so that no more pages are open at
    once than a browser keeps connections for.
    """

    name: str
    visitor: str
    title: str
    subtitle: str
    behind: str = ""


class _Turning(BaseModel):
    """How far to turn the clock: by minutes, or until a time of day comes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    minutes: Annotated[int, Field(gt=0, le=int(_MOST.total_seconds() // 60))] | None = None
    until: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None


def wall_router(
    phones: Sequence[Phone], *, clock: TurnableClock, zone: ZoneInfo, wake: Callable[[], None]
) -> APIRouter:
    """Return the wall at ``/demo``; ``wake`` is called after the clock was turned, so that what is due goes out."""
    wall = _Wall(phones, clock, zone, wake)
    router = APIRouter(route_class=PoliteRoute, include_in_schema=False, default_response_class=Response)
    router.add_api_route("/demo", wall.show, methods=["GET"])
    router.add_api_route("/demo/clock", wall.tell, methods=["GET"])
    router.add_api_route("/demo/clock", wall.turn, methods=["POST"])
    return router


def wall_static() -> StaticFiles:
    """Return the wall's styles and scripts, to be mounted at ``/static/demo``."""
    return FreshFiles(directory=Path(__file__).parent / "static")


class _Wall:
    """The wall and its clock."""

    def __init__(self, phones: Sequence[Phone], clock: TurnableClock, zone: ZoneInfo, wake: Callable[[], None]) -> None:
        self._phones = phones
        self._clock = clock
        self._zone = zone
        self._wake = wake

    async def show(self) -> Response:
        """Show every phone."""
        behind = [one for one in self._phones if one.behind]
        fronts = [one for one in self._phones if not one.behind]
        return shown(page("demo", phones=fronts, behind=behind, now=self._clock.now().isoformat(), zone=self._zone.key))

    async def tell(self) -> Response:
        """Tell the demo's time."""
        return answered({"now": self._clock.now().isoformat()})

    async def turn(self, request: Request) -> Response:
        """Turn the clock forward and let what falls due go out."""
        insist_on_own_page(request)
        insist_on_json(request)
        now = self._clock.now()
        self._clock.turn(how_far(await read_body(request, limit=SMALL, seconds=_SECONDS), now, self._zone))
        self._wake()
        return await self.tell()


def how_far(body: bytes, now: datetime, zone: ZoneInfo) -> timedelta:
    """Return how far a request turns the clock; refuse what goes back, goes too far, or cannot be read."""
    try:
        turning = _Turning.model_validate_json(body)
    except ValidationError as error:
        raise Refusal(400, "bad_turn") from error
    if (turning.minutes is None) == (turning.until is None):
        raise Refusal(400, "bad_turn")
    if turning.minutes is not None:
        return timedelta(minutes=turning.minutes)
    return _next_time(turning.until or "", now, zone) - now


def _next_time(until: str, now: datetime, zone: ZoneInfo) -> datetime:
    hour, minute = map(int, until.split(":"))
    wanted = now.astimezone(zone).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return wanted if wanted > now else wanted + timedelta(days=1)

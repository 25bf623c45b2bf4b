"""The console of the demo: one click lets a newcomer in as one of the invented cadres."""

import functools

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from bot.admin.cookies import COOKIE, remember
from bot.clock import Clock
from bot.demo.sample import address_of
from bot.domain.console import staying
from bot.web.guard import HEADERS, PoliteRoute, Refusal
from db.sql import Database


def console_of_demo(database: Database, clock: Clock) -> APIRouter:
    """Return the route that lets whoever clicks in as the cadre of a phone; for a demo on this machine only."""
    router = APIRouter(route_class=PoliteRoute, include_in_schema=False, default_response_class=Response)

    async def enter(phone: str) -> Response:
        secret = await database.do(functools.partial(_begin, phone=phone, clock=clock))
        response = RedirectResponse("/admin", 303, headers=HEADERS)
        remember(response, COOKIE, secret, is_secure=False)
        return response

    router.add_api_route("/demo/console/{phone}", enter, methods=["GET"])
    return router


def _begin(db: Session, *, phone: str, clock: Clock) -> str:
    address = address_of(db, phone)
    if address is None:
        raise Refusal(404, "no_such_file")
    return staying.begin(db, address, device="", now=clock.now())

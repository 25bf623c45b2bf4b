"""Styles and scripts of our pages."""

from typing import Any

from fastapi import Response
from fastapi.staticfiles import StaticFiles

from bot.web.guard import HEADERS


class FreshFiles(StaticFiles):
    """Files a browser asks about each time, so that a page never runs with the scripts of an older version."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  # passed on as given
        """Add the header that says so."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        for name in ("X-Content-Type-Options", "Content-Security-Policy"):
            response.headers[name] = HEADERS[name]
        return response

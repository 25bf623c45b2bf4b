"""Kept files behind links that are signed and soon stop working."""

import asyncio
import functools
from datetime import datetime, timedelta

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, PlainTextResponse

from bot.clock import Clock
from bot.domain.files import FileStore, KeptFile
from bot.errors import DatabaseUnavailable
from bot.keys import Keys
from bot.logs import log
from content.web import sentence
from db.models import FileKind
from db.sql import Database

LIFETIME = timedelta(hours=12)
_SHOWN = {"image/jpeg", "image/png", "image/webp", "image/gif", "audio/ogg", "audio/mpeg", "audio/mp4"}
_HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}


class Downloads:
    """Signs links to kept files and serves them to whoever holds a link that still works."""

    def __init__(self, database: Database, store: FileStore, keys: Keys, clock: Clock) -> None:
        """Serve what ``store`` keeps."""
        self._database = database
        self._store = store
        self._keys = keys
        self._clock = clock

    def link(self, file_id: int) -> str:
        """Return a path under which a file can be fetched for a while."""
        until = int((self._clock.now() + LIFETIME).timestamp())
        subject = f"{file_id}.{until}"
        return f"/files/{subject}.{self._keys.sign('file', subject)}"

    def router(self) -> APIRouter:
        """Return the route that serves links."""
        router = APIRouter()
        router.add_api_route("/files/{signed}", self._serve, methods=["GET", "HEAD"], include_in_schema=False)
        return router

    async def _serve(self, signed: str) -> Response:
        file_id = self._verified(signed)
        if file_id is None:
            return _said("link_ended", 403)
        try:
            found = await self._database.do(functools.partial(self._store.kept, file_id=file_id), write=False)
        except DatabaseUnavailable as error:
            log.warning("file_refused", reason=str(error))
            return _said("database", 503)
        is_here = found is not None and await asyncio.to_thread(found.path.is_file)
        return _download(found) if found and is_here else _said("no_such_file", 404)

    def _verified(self, signed: str) -> int | None:
        subject, _, signature = signed.rpartition(".")
        if not self._keys.signed("file", subject, signature):
            return None
        file_id, _, until = subject.partition(".")
        return int(file_id) if int(until) > _seconds(self._clock.now()) else None


def _said(key: str, status: int) -> Response:
    return PlainTextResponse(sentence(key), status, headers={**_HEADERS, "Cache-Control": "no-store"})


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _download(file: KeptFile) -> Response:
    is_shown = file.media_type in _SHOWN and file.kind is not FileKind.DOCUMENT
    media_type = file.media_type if is_shown else "application/octet-stream"
    return FileResponse(
        file.path,
        media_type=media_type,
        filename=file.name or str(file.id),
        content_disposition_type="inline" if is_shown else "attachment",
        headers={**_HEADERS, "Cache-Control": "private, max-age=3600"},
    )

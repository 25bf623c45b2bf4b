"""Telegram as a channel: sends parcels, fetches files, and says who the bot is."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import cast

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.orm import Session
from telegram import InputFile
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.channels.base import InDoubt, Refused, TryLater
from bot.channels.telegram.api import Api
from bot.channels.telegram.errands import Errands
from bot.channels.telegram.faults import fault
from bot.channels.telegram.inbound import NAME
from bot.channels.telegram.mentions import BotIdentity
from bot.channels.telegram.outbound import Call, Enclosure, calls
from bot.channels.telegram.wire import ALLOWED_UPDATES
from bot.conversation.turn import Traits
from bot.domain.files import LARGEST, FileStore
from bot.domain.messages import Attachment
from bot.domain.outgoing.outbox import LEASE, Parcel
from bot.domain.outgoing.pacing import Limits
from bot.domain.persons import links
from bot.errors import DatabaseUnavailable, DeliveryError, SettingsError
from db.models import FileState, StoredFile
from db.sql import Database

TIMEOUT = 10.0
"""Seconds any one call may take."""

_LONGEST_SEND = 0.75 * LEASE.total_seconds()
_LONGEST_FETCH = 60.0
_TOKEN = re.compile(r"(\d{1,18}):[\w-]+", re.ASCII)
_SECRET = re.compile(r"[\w-]{1,256}", re.ASCII)


class _Result(BaseModel):
    model_config = ConfigDict(strict=True)


class _Me(_Result):
    id: int
    username: str


class _File(_Result):
    file_path: str
    file_size: int = 0


class Telegram:
    """One bot on Telegram, speaking as its token says."""

    name = NAME
    repeats = False

    def __init__(
        self,
        token: str,
        *,
        api_url: str,
        files: FileStore,
        database: Database,
        timeout: float = TIMEOUT,
        limits: Limits | None = None,
        carries_personal_data: bool = False,
    ) -> None:
        """Talk to the Bot API server at ``api_url``; kept files are looked up in ``files`` and ``database``."""
        self.traits = Traits(has_buttons=True, carries_personal_data=carries_personal_data)
        self.limits = limits
        found = _TOKEN.fullmatch(token)
        if not found:
            raise SettingsError("HONGYAN_TELEGRAM_TOKEN is wrong: BotFather writes it as 123456:ABC-DEF.")
        self.account = found.group(1)
        self.identity = BotIdentity(int(self.account))
        self.api = Api(token, url=api_url.rstrip("/"), timeout=timeout)
        self.errands = Errands()
        self._files = files
        self._database = database

    async def start(self) -> None:
        """Learn the bot's name; with the network down it is learnt later, in the background.

        Raises :class:`SettingsError` when Telegram refuses the token.
        """
        await self.api.open()
        await self.errands.now_or_later("getMe", self._learn_name)

    async def stop(self) -> None:
        """Drop what runs in the background and let the connections go."""
        await self.errands.close()
        await self.api.close()

    async def set_webhook(self, public_url: str, secret: str, *, max_connections: int = 40) -> None:
        """Ask Telegram to post updates to ``public_url``; with the network down, in the background until it can.

        Raises :class:`SettingsError` when Telegram refuses the address or ``secret`` has other letters than it allows.
        """
        if not _SECRET.fullmatch(secret):
            raise SettingsError("HONGYAN_TELEGRAM_WEBHOOK_SECRET is wrong: use 1-256 of A-Z a-z 0-9 _ and -.")
        wanted = {
            "url": f"{public_url.rstrip('/')}/telegram",
            "secret_token": secret,
            "max_connections": max_connections,
            "allowed_updates": list(ALLOWED_UPDATES),
        }
        await self.errands.now_or_later("setWebhook", partial(self._register, wanted))

    async def send(self, parcel: Parcel) -> str:
        """Make the calls of a parcel and return the id of its first message.

        When a later call fails, the first part has arrived: that is :class:`InDoubt` whatever the reason, because
        neither "sent" nor "not sent" is true.
        """
        enclosures = await self._enclosures(parcel.message.attachments)
        todo = calls(_without_lost(parcel, enclosures), enclosures)
        try:
            async with asyncio.timeout(_LONGEST_SEND):
                return await self._perform(todo)
        except TimeoutError:
            raise InDoubt(f"took longer than {_LONGEST_SEND:.0f} s") from None

    async def fetch(self, remote_id: str) -> bytes:
        """Download a file somebody sent; refuse one of more than :data:`LARGEST` bytes."""
        try:
            async with asyncio.timeout(_LONGEST_FETCH):
                found = _File.model_validate(await self.api.call("getFile", {"file_id": remote_id}))
                if found.file_size > LARGEST:
                    raise Refused("the file is too large")
                data = await self.api.download(found.file_path)
        except TimeoutError:
            raise TryLater(f"took longer than {_LONGEST_FETCH:.0f} s") from None
        except ValidationError:
            raise TryLater("Telegram gave no path for the file") from None
        except TelegramError as error:
            trouble = self._fault(error)
            raise TryLater(str(trouble)) if isinstance(trouble, InDoubt) else trouble from None
        if not 0 < len(data) <= LARGEST:
            raise Refused("the file is empty or too large")
        return data

    def answer_soon(self, callback_id: str) -> None:
        """Stop the spinner on a pressed button, in the background."""
        self.errands.run(self.answer_button(callback_id))

    async def answer_button(self, callback_id: str) -> None:
        """Stop the spinner on a pressed button; it stops by itself when this fails, so nothing is said then."""
        try:
            await self.api.call("answerCallbackQuery", {"callback_query_id": callback_id})
        except TelegramError:
            return

    async def _learn_name(self) -> None:
        try:
            me = _Me.model_validate(await self._set_up("getMe", {}))
        except ValidationError:
            raise TryLater("Telegram did not say who the bot is") from None
        self.identity = BotIdentity(int(self.account), me.username)
        try:
            await self._database.do(partial(links.know_bot, name=me.username))
        except DatabaseUnavailable as error:
            raise TryLater(str(error)) from error

    async def _register(self, wanted: Mapping[str, object]) -> None:
        await self._set_up("setWebhook", wanted)

    async def _set_up(self, method: str, arguments: Mapping[str, object]) -> object:
        try:
            return await self.api.call(method, arguments)
        except InvalidToken:
            raise SettingsError("HONGYAN_TELEGRAM_TOKEN was refused by Telegram.") from None
        except BadRequest as error:
            raise SettingsError(f"Telegram refuses {method}: {self._fault(error)}.") from None
        except TelegramError as error:
            raise self._fault(error) from None

    async def _enclosures(self, attachments: tuple[Attachment, ...]) -> dict[int, Enclosure]:
        wanted = {one.file_id for one in attachments}
        if not wanted:
            return {}
        try:
            return await self._database.do(partial(_enclosed, store=self._files, wanted=wanted), write=False)
        except DatabaseUnavailable as error:
            raise TryLater(str(error)) from error
        except OSError as error:
            raise TryLater(f"a file is not here: {type(error).__name__}") from error

    async def _perform(self, todo: list[Call]) -> str:
        first_id = ""
        for number, call in enumerate(todo, start=1):
            try:
                result = await self.api.call(call.method, await _arguments(call))
            except TelegramError as error:
                trouble = self._fault(error)
                if number == 1:
                    raise trouble from None
                raise InDoubt(f"part {number} of {len(todo)} failed: {trouble}") from None
            first_id = first_id or _message_id(result)
        return first_id

    def _fault(self, error: TelegramError) -> DeliveryError:
        return fault(error, self.api.scrubbed(str(error)))


def _enclosed(db: Session, *, store: FileStore, wanted: set[int]) -> dict[int, Enclosure]:
    """Return the files that are here, without those that are lost; one that is still to come holds the parcel."""
    found: dict[int, Enclosure] = {}
    for file_id in wanted:
        row = db.get(StoredFile, file_id)
        if row and row.state is FileState.LOST:
            continue
        kept = store.kept(db, file_id)
        if kept is None:
            raise TryLater(f"file {file_id} is not here yet")
        found[file_id] = Enclosure(kept, kept.path.stat().st_size)
    return found


def _without_lost(parcel: Parcel, enclosures: Mapping[int, Enclosure]) -> Parcel:
    here = tuple(one for one in parcel.message.attachments if one.file_id in enclosures)
    if len(here) == len(parcel.message.attachments):
        return parcel
    return replace(parcel, message=parcel.message.model_copy(update={"attachments": here}))


async def _arguments(call: Call) -> dict[str, object]:
    if call.upload is None:
        return dict(call.arguments)
    data = await asyncio.to_thread(call.upload.path.read_bytes)
    return {**call.arguments, call.upload.field: InputFile(data, filename=call.upload.name)}


def _message_id(result: object) -> str:
    number = cast("dict[str, object]", result).get("message_id") if isinstance(result, dict) else None
    return str(number) if isinstance(number, int) else ""  # Telegram said yes: sent, though perhaps without a number

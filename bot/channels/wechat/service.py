"""Puts the parts of a service account together, as settings have them."""

from collections.abc import Callable

from pydantic import TypeAdapter, ValidationError

from bot.channels.base import Answering
from bot.channels.wechat.answers import Answers
from bot.channels.wechat.api import Api
from bot.channels.wechat.channel import WeChat
from bot.channels.wechat.desk import Desk
from bot.channels.wechat.door import Door
from bot.channels.wechat.envelope import Envelope
from bot.channels.wechat.promises import Promises
from bot.channels.wechat.templates import Form, Forms, Role
from bot.channels.wechat.tickets import Opening, Tickets
from bot.channels.wechat.watch import Watch
from bot.clock import Clock
from bot.domain.files import FileStore
from bot.errors import SettingsError
from bot.keys import Keys
from bot.settings import Settings
from content.render import Renderer
from db.sql import Database

_FORMS = TypeAdapter(dict[Role, Form])


def channel_of(
    settings: Settings,
    database: Database,
    *,
    store: FileStore,
    keys: Keys,
    clock: Clock,
) -> WeChat:
    """Return the channel of the settings' account."""
    api = Api(
        app_id=settings.wechat_app_id,
        secret=settings.wechat_app_secret,
        url=settings.wechat_api_url,
        database=database,
        keys=keys,
        clock=clock,
    )
    return WeChat(
        api,
        account=settings.wechat_app_id,
        database=database,
        files=store,
        clock=clock,
        zone=settings.zone,
        link=Tickets(keys, clock, public_url=settings.public_url).link,
        templates=forms("TEMPLATES", settings.wechat_templates),
        subscriptions=forms("SUBSCRIPTIONS", settings.wechat_subscriptions),
    )


def forms(name: str, text: str) -> Forms:
    """Read templates by what they are for; raise :class:`SettingsError` for what cannot be read as such."""
    if not text:
        return {}
    try:
        return _FORMS.validate_json(text)
    except ValidationError as error:
        where = ".".join(str(step) for step in error.errors()[0]["loc"]) or "it"
        raise SettingsError(
            f"HONGYAN_WECHAT_{name} is wrong at {where}: write it as "
            '{"session_reminder": {"id": "...", "fields": {"thing1": "title", "time2": "starts_at"}}}.'
        ) from error


class Reached:
    """What WeChat reaches of a serving process: the door, and what keeps promises behind it."""

    def __init__(
        self,
        channel: WeChat,
        settings: Settings,
        receiver: Answering,
        *,
        database: Database,
        store: FileStore,
        keys: Keys,
        clock: Clock,
        file_link: Callable[[int], str],
    ) -> None:
        """Hand what WeChat brings to ``receiver``; ``file_link`` signs the path where a file is fetched."""
        aes_keys = (settings.wechat_aes_key, settings.wechat_aes_key_previous)
        envelope = Envelope(
            app_id=settings.wechat_app_id, token=settings.wechat_token, aes_keys=tuple(key for key in aes_keys if key)
        )
        promises = Promises(database, clock=clock)
        self._answers = Answers(receiver, promises)
        self._watch = Watch(promises, receiver, database, account=channel.account, clock=clock)
        desk = Desk(
            receiver,
            database,
            files=store,
            link=channel.link,
            lasting=channel.routes.lasting,
            renderer=Renderer(settings.zone),
            clock=clock,
        )
        self.door = Door(envelope, desk, self._answers, account=channel.account, mode=settings.wechat_mode, clock=clock)
        tickets = Tickets(keys, clock, public_url=settings.public_url)
        self.pages = Opening(channel.api, tickets, app_id=settings.wechat_app_id, file_link=file_link).router()

    async def __aenter__(self) -> None:
        """Begin to look after what nobody else does."""
        self._watch.start()

    async def __aexit__(self, *_error: object) -> None:
        """Finish the turns in hand."""
        await self._watch.stop()
        await self._answers.settled()

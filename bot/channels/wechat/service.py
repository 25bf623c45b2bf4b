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
from bot.channels.wechat.errands import EnterConsole, Errand, OpenFile, ReadAll, SeeCalendar
from bot.channels.wechat.pages import Pages
from bot.channels.wechat.promises import Promises
from bot.channels.wechat.states import States
from bot.channels.wechat.templates import Form, Forms, Role
from bot.channels.wechat.tickets import Tickets
from bot.channels.wechat.watch import Watch
from bot.channels.wechat.wishes import Wishes
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
        whole=_all_of_it(settings, keys, clock).link,
        one_time=settings.wechat_one_time,
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
        promises = Promises(database, clock=clock)
        self._answers = Answers(receiver, promises)
        account = channel.account
        self._watch = Watch(promises, receiver, database, account=account, clock=clock)
        wishes = _wishes(settings, database, keys, clock)
        desk = Desk(
            receiver,
            database,
            files=store,
            link=channel.link,
            whole=channel.whole,
            offered=wishes.offered,
            lasting=channel.routes.lasting,
            renderer=Renderer(settings.zone),
            clock=clock,
        )
        self.door = Door(
            _envelope(settings), desk, self._answers, account=account, mode=settings.wechat_mode, clock=clock
        )
        errands = _errands(settings, database, keys, clock, file_link)
        states, public_url = States(keys, clock), settings.public_url
        pages = Pages(channel.api, database, states, errands, app_id=account, public_url=public_url, clock=clock)
        self.pages = pages.router(wishes)

    async def __aenter__(self) -> None:
        """Begin to look after what nobody else does."""
        self._watch.start()

    async def __aexit__(self, *_error: object) -> None:
        """Finish the turns in hand."""
        await self._watch.stop()
        await self._answers.settled()


def _all_of_it(settings: Settings, keys: Keys, clock: Clock) -> Tickets:
    return Tickets(keys, clock, public_url=settings.public_url, kind="read")


def _envelope(settings: Settings) -> Envelope:
    aes_keys = (settings.wechat_aes_key, settings.wechat_aes_key_previous)
    return Envelope(
        app_id=settings.wechat_app_id, token=settings.wechat_token, aes_keys=tuple(key for key in aes_keys if key)
    )


def _wishes(settings: Settings, database: Database, keys: Keys, clock: Clock) -> Wishes:
    tickets = Tickets(keys, clock, public_url=settings.public_url, kind="wish")
    return Wishes(tickets, database, account=settings.wechat_app_id, template_id=settings.wechat_one_time, clock=clock)


def _errands(
    settings: Settings, database: Database, keys: Keys, clock: Clock, file_link: Callable[[int], str]
) -> dict[str, Errand]:
    account = settings.wechat_app_id
    return {
        "open": OpenFile(Tickets(keys, clock, public_url=settings.public_url), file_link),
        "read": ReadAll(_all_of_it(settings, keys, clock), database, account),
        "calendar": SeeCalendar(database, account, Renderer(settings.zone), clock),
        "console": EnterConsole(database, account, clock),
    }

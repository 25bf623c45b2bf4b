"""The composition root: from settings and a clock to every working part."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot import metrics
from bot.channels.base import Channel
from bot.channels.downloads import Downloads
from bot.channels.telegram.limits import limits
from bot.channels.webchat.channel import WebChat
from bot.clock import Clock, SteadyClock, new_token
from bot.conversation.dialogue import Dialogue
from bot.conversation.engine import Engine
from bot.domain import duties, entries, library, papers
from bot.domain.files import PRESS, FileStore
from bot.domain.house import GridDays, House
from bot.domain.ladder import ladder_of
from bot.domain.outgoing import outbox
from bot.errors import DatabaseUnavailable
from bot.jobs.delivery import Delivery
from bot.jobs.fetching import Fetching
from bot.jobs.housekeeping import Housekeeping
from bot.jobs.pulse import Pulse
from bot.jobs.reception import Reception
from bot.jobs.schedule import Schedule
from bot.jobs.worker import Worker
from bot.keys import Keys
from bot.logs import log
from bot.papers.press import Circumstances, Paper, Press
from content.loader import load_entries
from content.render import Renderer
from content.words import trigger_phrases
from db import schema
from db.sql import Database
from handlers import DEFAULTS, FLOWS

if TYPE_CHECKING:
    from bot.channels.telegram.channel import Telegram
    from bot.channels.wechat.channel import WeChat
    from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class App:
    """Every part of a running Hongyan."""

    settings: Settings
    clock: Clock
    keys: Keys
    database: Database
    store: FileStore
    downloads: Downloads
    webchat: WebChat
    telegram: Telegram | None
    wechat: WeChat | None
    engine: Engine
    delivery: Delivery
    reception: Reception
    fetching: Sequence[Fetching]
    worker: Worker
    housekeeping: Housekeeping
    pulse: Pulse
    running: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    async def start(self, *, with_worker: bool) -> None:
        """Begin what runs in the background: listening to other processes and, unless they do it, delivery.

        Channels are met first, so that the first messages do not wait for a connection and then come all at once.
        Raises :class:`bot.errors.SettingsError` when a platform refuses us.
        """
        await self.pulse.start()
        if self.telegram:
            await self.telegram.start()
        if with_worker:
            self.running.append(asyncio.create_task(self.worker.run()))
            self.running.append(asyncio.create_task(self.housekeeping.run()))

    async def close(self) -> None:
        """Finish the turns and sends in hand, give back what is leased, and let the database go."""
        await self.worker.stop()
        if self.running:
            working, tidying = self.running
            tidying.cancel()
            await asyncio.gather(working, tidying, return_exceptions=True)
        await self.pulse.stop()
        await self.reception.close()
        try:
            await self.delivery.stop()
        except DatabaseUnavailable as error:  # what is leased comes free by itself after a while
            log.error("leases_kept", reason=str(error))
        if self.telegram:
            await self.telegram.stop()
        if self.wechat:
            await self.wechat.stop()
        self.database.close()


def compose(settings: Settings, clock: Clock, *extra: Channel, page: Callable[..., WebChat] = WebChat) -> App:
    """Put the parts together, unopened, with ``extra`` channels and the web chat that ``page`` makes."""
    keys = Keys(settings.secret_key)
    database = open_database(settings, keys)
    store = _store(settings)
    webchat = page(database, clock=clock)
    telegram = _telegram(settings, database, store)
    wechat = _wechat(settings, database, keys, clock)
    channels: dict[str, Channel] = {one.name: one for one in (webchat, telegram, wechat, *extra) if one}
    owner = f"{socket.gethostname()[:32]}-{os.getpid()}-{new_token(6)}"
    delivery = Delivery(database, channels, clock=clock, owner=owner)
    beforehand = wechat.scenes.make_ready if wechat else None
    press = Press(database, _papers, Circumstances(clock, public_url=settings.public_url), beforehand=beforehand)
    fetching = [Fetching(database, one, store, clock=clock) for one in (channels, {PRESS: press})]
    schedule = Schedule(database, duties.DUTIES, clock=clock, begin=duties.begin)
    worker = Worker(database, schedule, delivery, fetching, clock=clock)
    dialogue = Dialogue(FLOWS, trigger_phrases(), DEFAULTS)
    traits = {name: channel.traits for name, channel in channels.items()}
    engine = Engine(database, dialogue, clock=clock, traits=traits, owner=owner)
    bells = {outbox.PUSHED: worker.wake, papers.ORDERED: worker.wake, library.VERSION: engine.refresh_soon}
    pulse = Pulse(database, clock if isinstance(clock, SteadyClock) else None, bells=bells, others=webchat.hear)
    metrics.expect(channels)
    return App(
        settings=settings,
        clock=clock,
        keys=keys,
        database=database,
        store=store,
        downloads=Downloads(database, store, keys, clock),
        webchat=webchat,
        telegram=telegram,
        wechat=wechat,
        engine=engine,
        delivery=delivery,
        reception=Reception(engine, delivery, database),
        fetching=fetching,
        worker=worker,
        housekeeping=Housekeeping(database, clock=clock, kept=timedelta(days=settings.retention_days)),
        pulse=pulse,
    )


def open_database(settings: Settings, keys: Keys | None = None) -> Database:
    """Open the settings' database, with the house that travels with every session."""
    house = House(
        keys=keys or Keys(settings.secret_key),
        renderer=Renderer(settings.zone),
        zone=settings.zone,
        quiet_hours=settings.quiet_hours,
        store=_store(settings),
        session_ladder=ladder_of(settings.session_reminders),
        activity_ladder=ladder_of(settings.activity_reminders),
        unasked_a_week=settings.unasked_a_week,
        public_url=settings.public_url,
        wechat_account=settings.wechat_app_id,
        weekly_report=settings.weekly_report,
        console_stay=timedelta(hours=settings.console_hours),
        console_idle=timedelta(minutes=settings.console_idle_minutes),
        hours_of_members=settings.study_hours_member,
        hours_of_secretaries=settings.study_hours_secretary,
        own_drafts=settings.own_drafts,
        broadcasts_alone=settings.broadcasts_alone,
        grid=GridDays(
            to_mend=settings.report_days,
            to_mend_above=settings.report_days_above,
            to_judge=settings.report_judge_days,
            to_reopen=settings.report_reopen_days,
            photos=settings.report_photo_days,
        ),
    )
    return Database(settings.database, info={"house": house})


def prepare(database: Database, clock: Clock) -> None:
    """Make the embedded SQLite ready by itself; insist that a PostgreSQL was migrated on purpose."""
    if database.is_sqlite:
        bring_up_to_date(database, clock)
    else:
        schema.require_current(database)


def bring_up_to_date(database: Database, clock: Clock) -> entries.ImportReport:
    """Migrate the database to this version and take in the entries it ships."""
    schema.migrate(database)
    return database.run(lambda db: entries.import_pack(db, load_entries(), now=clock.now()))


def _store(settings: Settings) -> FileStore:
    return FileStore(settings.data_dir / "files")


def _papers() -> Mapping[papers.PaperKind, Paper]:
    from bot.papers.kinds import PAPERS  # noqa: PLC0415  # what draws takes 6 MB; a process that makes no paper needs none

    return PAPERS


def _telegram(settings: Settings, database: Database, store: FileStore) -> Telegram | None:
    if not settings.telegram_token:
        return None
    from bot.channels.telegram.channel import Telegram  # noqa: PLC0415  # its library takes 20 MB; who has no bot needs none

    return Telegram(
        token=settings.telegram_token,
        api_url=settings.telegram_api_url,
        files=store,
        database=database,
        limits=limits(settings.telegram_rate, settings.telegram_paid_rate),
        carries_personal_data=settings.telegram_personal_data == "full",
    )


def _wechat(settings: Settings, database: Database, keys: Keys, clock: Clock) -> WeChat | None:
    if not settings.wechat_app_id:
        return None
    from bot.channels.wechat.service import channel_of  # noqa: PLC0415  # as Telegram's: who has no account needs none of it

    return channel_of(settings, database, store=_store(settings), keys=keys, clock=clock)

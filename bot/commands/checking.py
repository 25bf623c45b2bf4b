"""What ``hongyan check`` looks at; every finding is one line for the operator."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime

from sqlalchemy.orm import Session

from bot.app import open_database
from bot.channels.wechat.service import forms
from bot.clock import SystemClock
from bot.conversation.router import Control
from bot.domain.access import Act
from bot.domain.answers import disagreeing, topics
from bot.domain.outgoing import capabilities
from bot.errors import ContentError, HongyanError
from bot.papers import fonts, sheets
from bot.settings import Settings, require_serving, require_webhook
from content import matters
from content.loader import load_entries
from content.match import Matcher, thesaurus
from content.render import FOLDER, Renderer
from content.words import commands, entry_list, label, labels, menu_items, role_names, trigger_phrases
from db import schema
from db.engines import file_of
from db.models import Role
from db.sql import Database
from handlers import DEFAULTS, FLOWS


def problems(settings: Settings) -> list[str]:
    """Return everything that is wrong, an empty list when nothing is."""
    looks: list[Callable[[], Iterator[str]]] = [
        lambda: _settings(settings),
        _content,
        lambda: _templates(settings),
        _flows,
        _papers,
        lambda: _database(settings),
    ]
    found: list[str] = []
    for look in looks:
        try:
            found.extend(look())
        except HongyanError as error:
            found.extend(str(error).splitlines())
    return found


def _settings(settings: Settings) -> Iterator[str]:
    for requirement in (require_serving, require_webhook):
        try:
            requirement(settings)
        except HongyanError as error:
            yield str(error)
    if settings.wechat_app_id:
        forms("TEMPLATES", settings.wechat_templates)
        forms("SUBSCRIPTIONS", settings.wechat_subscriptions)


def _content() -> Iterator[str]:
    pack = load_entries()
    Matcher(pack)
    yield from thesaurus.problems()
    yield from (f"entries: {one.id} and {other.id} disagree" for one, other in disagreeing.pairs(pack))
    ids = {entry.id for entry in pack}
    yield from (
        f"menu.yaml: there is no entry {one}"
        for one in (*entry_list("popular"), *entry_list("centres"))
        if one not in ids
    )


def _templates(settings: Settings) -> Iterator[str]:
    renderer = Renderer(settings.zone)
    for path in sorted(FOLDER.rglob("*.j2")):
        name = path.relative_to(FOLDER).with_suffix("").as_posix()
        try:
            renderer.variables(name)
        except ContentError as error:
            yield from (f"{one.file}: line {one.line}: {one.advice}" for one in error.problems)


def _flows() -> Iterator[str]:
    known = {flow.name for flow in FLOWS} | set(Control)
    started = set(trigger_phrases().values())
    yield from (f"triggers.yaml: there is no flow {name}" for name in sorted(started - known))
    for audience in ("menu", "for_cadres"):
        for item in menu_items(audience):
            if item["go"] not in known:
                yield f"menu.yaml: there is no flow {item['go']}"
            if item["label"] not in labels():
                yield f"menu.yaml: there is no label {item['label']}"
    for name in (DEFAULTS.menu, DEFAULTS.search, DEFAULTS.wordless, *DEFAULTS.takers, *DEFAULTS.listeners):
        if name not in known:
            yield f"handlers: there is no flow {name}"
    said = {word for act in Act for word in commands(act)}
    yield from (f"roles.yaml: {word} starts nothing" for word in sorted(said - trigger_phrases().keys()))
    yield from (f"roles.yaml: {role} has no name" for role in Role if not role_names().get(role))
    label("service_centre")


def _papers() -> Iterator[str]:
    fonts.standing()
    yield from sheets.unknown_columns()
    yield from matters.shipped_faults()


def _database(settings: Settings) -> Iterator[str]:
    file = file_of(settings.database)
    if file and not file.exists():
        return  # it is made at the first start; looking makes nothing
    with closing(open_database(settings)) as database:
        yield from _standing(database)


def _standing(database: Database) -> Iterator[str]:
    is_made_at_start = database.is_sqlite and schema.standing(database) is schema.Standing.EMPTY
    if not is_made_at_start:
        schema.require_current(database)
        yield from (f"migrations: models and database differ: {one}" for one in schema.differences(database))
        yield from database.run(lambda db: _shut(db, SystemClock().now()), write=False)
        yield from database.run(_work, write=False)


def _shut(db: Session, now: datetime) -> list[str]:
    """Say what a platform refused an account lately."""
    return [
        f"{one.channel}: {one.capability} is shut until {one.until:%Y-%m-%d %H:%M} UTC (errcode {one.code}); "
        "docs/wechat.md says what that means"
        for one in capabilities.shut_now(db, now=now)
    ]


def _work(db: Session) -> list[str]:
    """Return what is wrong with who does what: topics whose questions go to others meanwhile."""
    return [f"topics: who minds {one.topic} in {unit.name} may not answer there" for unit, one in topics.idle(db)]

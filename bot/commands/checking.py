"""What ``hongyan check`` looks at; every finding is one line for the operator."""

from collections.abc import Callable, Iterator

from jinja2 import TemplateError

from bot.app import open_database
from bot.conversation.router import Control
from bot.errors import HongyanError
from bot.settings import Settings, require_serving, require_webhook
from content.loader import load_entries
from content.match import Matcher
from content.render import FOLDER, Renderer
from content.words import label, labels, menu_items, popular_entries, trigger_phrases
from db import schema
from handlers import DEFAULTS, FLOWS


def problems(settings: Settings) -> list[str]:
    """Return everything that is wrong, an empty list when nothing is."""
    looks: list[Callable[[], Iterator[str]]] = [
        lambda: _settings(settings),
        _content,
        lambda: _templates(settings),
        _flows,
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


def _content() -> Iterator[str]:
    pack = load_entries()
    Matcher(pack)
    ids = {entry.id for entry in pack}
    yield from (f"menu.yaml popular: there is no entry {one}" for one in popular_entries() if one not in ids)


def _templates(settings: Settings) -> Iterator[str]:
    renderer = Renderer(settings.zone)
    for path in sorted(FOLDER.rglob("*.j2")):
        name = path.relative_to(FOLDER).with_suffix("").as_posix()
        try:
            renderer.variables(name)
        except TemplateError as error:
            yield f"content/messages/{name}.j2: {error}"


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
    for name in (DEFAULTS.menu, DEFAULTS.search, DEFAULTS.wordless):
        if name not in known:
            yield f"handlers: there is no flow {name}"
    label("service_centre")


def _database(settings: Settings) -> Iterator[str]:
    database = open_database(settings)
    where = schema.standing(database)
    if where in {schema.Standing.BEHIND, schema.Standing.AHEAD}:
        yield f"The database is {where} of this version; run: hongyan migrate"
    elif where is schema.Standing.CURRENT:
        yield from (f"migrations: models and database differ: {one}" for one in schema.differences(database))
    database.close()

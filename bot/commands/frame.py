"""What every command starts with: settings, logs and a database that is ready."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import typer

from bot.app import App, compose, prepare
from bot.channels.base import Channel
from bot.clock import SteadyClock
from bot.demo.sample import load_sample
from bot.errors import CommandRefused, HongyanError
from bot.logs import set_up_logs
from bot.settings import Settings, load_settings, require_serving
from db.engines import file_of

SAMPLE_SECRET = "only for the sample: nothing real is sealed with it"  # noqa: S105  # it guards invented people only


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a command says what it has to say, in plain lines."""

    is_for_errors: bool = False

    def print(self, line: object = "") -> None:
        """Write a line, or several."""
        typer.echo(line, err=self.is_for_errors)


out, err = Terminal(), Terminal(is_for_errors=True)


def serving_settings() -> Settings:
    """Read the settings of a real installation, or refuse."""
    settings = load_settings()
    require_serving(settings)
    set_up_logs(settings.log_level)
    return settings


def ready_app(settings: Settings, *extra: Channel) -> App:
    """Compose an app whose database is ready for this version."""
    app = compose(settings, SteadyClock(), *extra)
    try:
        prepare(app.database, app.clock)
    except HongyanError:
        app.database.close()
        raise
    return app


def refuse_lost_database(settings: Settings) -> None:
    """Refuse to begin anew where something was kept before: the database was moved away, not yet made."""
    file = file_of(settings.database)
    if file is None or file.exists():
        return
    log = file.with_name(f"{file.name}-wal")
    left = next((one for one in (log, settings.data_dir / "files") if one.exists()), None)
    if left:
        raise CommandRefused(
            f"The database {file} is gone though {left} is there; put it back, or make a new one with: hongyan migrate"
        )


@contextmanager
def talking_app(*extra: Channel) -> Generator[App]:
    """Compose an app to talk to: the configured one, or the sample village where nothing is configured."""
    settings = load_settings()
    is_sample = not settings.secret_key and not settings.database_url
    if is_sample:
        settings = sample_settings(settings)
        err.print(f"(sample data in {settings.data_dir}; set HONGYAN_SECRET_KEY for your own)")
    else:
        require_serving(settings)
    set_up_logs("ERROR")
    app = ready_app(settings, *extra)
    try:
        if is_sample:
            app.database.run(lambda db: load_sample(db, now=app.clock.now()))
        yield app
    finally:
        app.database.close()


def sample_settings(settings: Settings, *, folder: str = "sample", secret: str = SAMPLE_SECRET) -> Settings:
    """Return settings for an invented village, in a folder of its own, that reaches nobody outside."""
    place = settings.data_dir / folder
    return settings.model_copy(
        update={
            "data_dir": place,
            "database_url": f"sqlite:///{place / 'hongyan.sqlite3'}",
            "secret_key": secret,
            "telegram_token": "",
            "wechat_app_id": "",
            "public_url": "",
        }
    )

"""The migrations as a ladder: where a database stands on it, and which tables each step has."""

import functools
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, create_engine

from db import migrations
from db.dump.rows import Shape, shape_of

_VERSION = "alembic_version"


class Revisions:
    """The revisions of one folder of migrations, this version's own unless told otherwise."""

    def __init__(self, folder: Path = Path(migrations.__file__).parent) -> None:
        """Know the revisions that lie in ``folder``."""
        self._folder = folder
        self._shapes: dict[str, tuple[Shape, ...]] = {}

    @functools.cached_property
    def known(self) -> frozenset[str]:
        """Every revision this version can work with."""
        script = ScriptDirectory.from_config(self._config())
        return frozenset(one.revision for one in script.walk_revisions())

    def at(self, connection: Connection) -> str | None:
        """Return where a database stands, ``None`` where nothing was ever migrated."""
        return MigrationContext.configure(connection).get_current_revision()

    def climb(self, connection: Connection, revision: str = "head") -> None:
        """Bring a database up to ``revision``, in the transaction of ``connection``."""
        command.upgrade(self._config(connection), revision)

    def clear(self, connection: Connection) -> None:
        """Take every table away, in the transaction of ``connection``."""
        command.downgrade(self._config(connection), "base")

    def shapes(self, revision: str) -> tuple[Shape, ...]:
        """Return the tables a revision has, what is referred to first; read off a database made for it in memory."""
        if revision not in self._shapes:
            self._shapes[revision] = self._read_shapes(revision)
        return self._shapes[revision]

    def _read_shapes(self, revision: str) -> tuple[Shape, ...]:
        engine = create_engine("sqlite://")
        metadata = MetaData()
        try:
            with engine.connect() as connection:
                self.climb(connection, revision)
                metadata.reflect(connection)
        finally:
            engine.dispose()
        return tuple(shape_of(table) for table in metadata.sorted_tables if table.name != _VERSION)

    def _config(self, connection: Connection | None = None) -> Config:
        config = Config()
        config.set_main_option("script_location", str(self._folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        return config

"""Commands that are imported when they are run: to list them, or to refuse one that is not there, loads nothing."""

import gc
import sys
from importlib import import_module
from types import ModuleType
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand


def add(app: typer.Typer, name: str, place: str, help_: str) -> None:
    """Add a command that is a function of a module of this package, such as ``serving:serve``."""
    app.command(name, cls=type("Later", (_Later,), {"place": place}), help=help_)(_nothing)


class _Later(TyperCommand):
    """Stands for a command until it is run or asked for its options."""

    place: ClassVar[str]

    def make_context(self, *args: Any, **extra: Any) -> Any:  # noqa: ANN401  # whatever the command itself takes
        """Import the command and leave the rest to it."""
        module, _, function = self.place.partition(":")
        app = typer.Typer(add_completion=False)
        app.command(self.name, help=self.help)(getattr(_imported(f"bot.commands.{module}"), function))
        return typer.main.get_command(app).make_context(*args, **extra)


def _imported(module: str) -> ModuleType:
    """Import a module without looking for garbage meanwhile: what it brings is much, and stays for good."""
    if module in sys.modules:
        return sys.modules[module]
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()


def _nothing() -> None:
    """Stand for the function that is not imported yet."""

"""Settings as an admin may see them: what each is, whether somebody set it, and its value unless that is a secret."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.settings import Settings
from content import console

_SECRETS = ("secret", "token", "aes_key", "password")


@dataclass(frozen=True, slots=True)
class SettingShown:
    """A setting: its name in the environment, what it is, its value in words, and whether somebody set it."""

    name: str
    about: str
    value: str
    is_own: bool


def shown_settings(settings: Settings) -> Sequence[SettingShown]:
    """Return every setting, in the order they are declared; a secret only as whether there is one."""
    return [
        SettingShown(
            name=f"HONGYAN_{name.upper()}",
            about=console.words("settings").get(name, ""),
            value=_value(name, getattr(settings, name)),
            is_own=name in settings.model_fields_set,
        )
        for name in Settings.model_fields
    ]


def _value(name: str, value: object) -> str:
    if any(mark in name for mark in _SECRETS):
        return console.word("yes_no", "hidden" if value else "unset")
    if name == "database_url":
        return str(value).partition(":")[0] if value else console.word("yes_no", "unset")
    if isinstance(value, bool):
        return console.word("yes_no", "yes" if value else "no")
    if isinstance(value, tuple):
        return "-".join(str(one)[:5] for one in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # a pair of times
    return console.word("yes_no", "unset") if value in {"", None} else str(value)

"""Messages in WeChat's own fixed forms: which of ours may go as which, and what their fields take.

What a field is called says what it takes, such as ``thing2`` or ``time3``; a value WeChat would refuse is found here
first (https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage.html).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.messages import Message
from bot.domain.splitting import cut_short
from content.words import written_moment

_FIELD = re.compile(r"([a-z_]+?)(\d*)")
_LONGEST = {"thing": 20, "short_thing": 5, "const": 20, "name": 10, "phrase": 5}
_CODE = re.compile(r"[\x21-\x7e]{1,32}")
_NUMBER = re.compile(r"\d{1,32}")


class Role(StrEnum):
    """What a template of the account is for."""

    SESSION = "session_reminder"
    SIGN_UP = "sign_up_result"
    CASE = "case_progress"


SCENES = {Role.SESSION: 1001, Role.SIGN_UP: 1002, Role.CASE: 1003}
"""What somebody may wish to be told of once, by the number that WeChat keeps the wish under."""

_LONGEST_TITLE, _LONGEST_IN_SHORT = 15, 200
_ROLES = {
    "reminders/session": Role.SESSION,
    "study/": Role.SESSION,
    "reminders/activity": Role.SIGN_UP,
    "volunteering/": Role.SIGN_UP,
    "cases/": Role.CASE,
}


class Form(BaseModel):
    """A template of the account, as the operator picked it: its id, and which of our facts each field shows.

    Facts are ``title``, ``place``, ``starts_at`` and ``text``, the first line of the message. ``is_lasting`` says that
    its wish to be told holds until it is taken back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    fields: dict[str, str]
    is_lasting: bool = False


Forms = Mapping[Role, Form]


def role_of(template: str) -> Role | None:
    """Return what kind of service a message of ours belongs to, if any."""
    return next((role for start, role in _ROLES.items() if template.startswith(start)), None)


def form_for(forms: Forms, message: Message) -> Form | None:
    """Return the template a message may go as."""
    role = role_of(message.template)
    return forms.get(role) if role else None


def wish_for(role: Role) -> str:
    """Return under which name a wish to be told once is kept."""
    return f"once:{role}"


def in_short(message: Message) -> dict[str, Any]:
    """Return a message as a one-time subscription takes it: a title of 15 characters and a text of 200."""
    first, _, rest = message.text.partition("\n")
    title = message.facts.get("title") or first
    return {
        "title": _cut(title, _LONGEST_TITLE),
        "data": {"content": {"value": _cut(message.text if rest else first, _LONGEST_IN_SHORT)}},
    }


def filled(form: Form, message: Message, zone: ZoneInfo) -> dict[str, dict[str, str]] | None:
    """Fill a template in; ``None`` when a field would be refused, so that another way is taken instead."""
    facts = {**message.facts, "text": message.text.split("\n")[0]}
    done: dict[str, dict[str, str]] = {}
    for name, fact in form.fields.items():
        value = field_value(name, facts.get(fact, ""), zone)
        if not value:
            return None
        done[name] = {"value": value}
    return done


def field_value(name: str, given: str, zone: ZoneInfo) -> str:
    """Return a value as a field takes it, cut where it is a text; nothing where the field would refuse it."""
    found = _FIELD.fullmatch(name)
    kind = found.group(1) if found else ""
    text = " ".join(given.split())
    if kind in _LONGEST:
        longest = _LONGEST[kind]
        return _cut(text, longest)
    if kind in {"time", "date"}:
        return _moment(text, zone)
    accepts = {"character_string": _CODE, "number": _NUMBER, "letter": _CODE}.get(kind)
    return text if accepts and accepts.fullmatch(text) else ""


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{cut_short(text, longest - 1)}\u2026"


def _moment(text: str, zone: ZoneInfo) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return written_moment(moment.astimezone(zone)) if moment.tzinfo else ""

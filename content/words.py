"""Short words people see or say, kept beside the messages: button labels and ways to say yes, no or a number."""

import functools
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from content.loader import load_yaml

_FOLDER = Path(__file__).parent


def label(key: str) -> str:
    """Return the words on a button; raise ``KeyError`` for one nobody wrote."""
    return labels()[key]


@functools.cache
def labels() -> dict[str, str]:
    """Return every button label by its key."""
    return _mapping("labels.yaml")


def meeting_name(kind: str) -> str:
    """Return what people call a kind of meeting; raise ``KeyError`` for one nobody named."""
    return meeting_names()[kind]


def role_name(role: str) -> str:
    """Return what people call a role; raise ``KeyError`` for one nobody named."""
    return role_names()[role]


@functools.cache
def role_names() -> dict[str, str]:
    """Return what people call each role."""
    return dict(_mapping("roles.yaml")["names"])


def commands(act: str) -> list[str]:
    """Return what somebody says who may do an act, as the help names it; nothing where nothing is said for it."""
    return list(_mapping("roles.yaml")["commands"].get(act, ()))


@functools.cache
def meeting_names() -> dict[str, str]:
    """Return what people call each kind of meeting, the usual ones first."""
    return _mapping("meetings.yaml")


@functools.cache
def answer_words() -> dict[str, Any]:
    """Return how people say yes, no, a number or none of these."""
    return _mapping("answers.yaml")


@functools.cache
def trigger_phrases() -> dict[str, str]:
    """Return phrase → flow, from ``triggers.yaml``; raise ``ValueError`` for a phrase that starts two."""
    found: dict[str, str] = {}
    for flow, phrases in _mapping("triggers.yaml").items():
        for phrase in phrases:
            if found.setdefault(phrase, flow) != flow:
                raise ValueError(f"{phrase!r} starts both {found[phrase]} and {flow}")
    return found


def on_paper(key: str, **values: object) -> str:
    """Return words that stand on papers, filled in; raise ``KeyError`` for some nobody wrote."""
    return _mapping("papers/words.yaml")[key].format(**values)


def written_moment(moment: datetime) -> str:
    """Return a moment as WeChat's forms take it, by the clock of the moment's own zone."""
    return str(_mapping("wechat.yaml")["moment"]).format(moment=moment)


def wechat_menu() -> list[dict[str, Any]]:
    """Return the menu of the service account: three buttons at most, of five below each."""
    return list(_mapping("wechat.yaml")["menu"])


def wechat_wishes() -> dict[str, dict[str, Any]]:
    """Return, by what a message of the service account is for, after which of ours it may be wished for, and how."""
    return dict(_mapping("wechat.yaml")["wishes"])


def menu_items(audience: str) -> list[dict[str, str]]:
    """Return what the menu offers an audience, in order, as ``go`` and ``label``."""
    return list(_menu()[audience])


def entry_list(name: str) -> list[str]:
    """Return the ids of the entries of a list in ``menu.yaml``, in order."""
    return list(_menu()[name])


@functools.cache
def consent_version() -> str:
    """Return which version the text people agree to has: a new one is agreed to anew."""
    return str(_mapping("consent.yaml")["version"])


@functools.cache
def _menu() -> dict[str, Any]:
    return _mapping("menu.yaml")


@functools.cache
def _mapping(name: str) -> dict[str, Any]:
    loaded = load_yaml(_FOLDER / name)
    if not isinstance(loaded, dict):
        raise TypeError(f"{name} must be a mapping")
    return cast("dict[str, Any]", loaded)

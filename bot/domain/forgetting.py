"""What is forgotten besides messages, once nobody needs it: duties that were done, tries, links, digests, counts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, and_, delete, select, tuple_
from sqlalchemy.orm import Session

from db.claims import table_of
from db.models import (
    AgendaItem,
    AgendaState,
    BindingTry,
    CardText,
    DigestItem,
    PaperLink,
    UnaskedCount,
    WechatContact,
    WechatMedia,
    WechatOnce,
    WechatProgress,
    WechatScene,
    WechatSent,
    WechatUnread,
)

PAGE = 1000
"""Rows that go in one transaction."""

TRIES_KEPT = timedelta(days=31)
"""Tries to say who one is are counted for a month at the most."""

BROUGHT_AGAIN = timedelta(days=2)
"""How long what counts once may be brought again, and WeChat may tell how a message ended."""

_AGENDA = table_of(AgendaItem)
_CARD = table_of(CardText)
_COUNT = table_of(UnaskedCount)
_DIGEST = table_of(DigestItem)
_LINK = table_of(PaperLink)
_TRY = table_of(BindingTry)
_CONTACT = table_of(WechatContact)
_MEDIA = table_of(WechatMedia)
_ONCE = table_of(WechatOnce)
_PROGRESS = table_of(WechatProgress)
_SCENE = table_of(WechatScene)
_SENT = table_of(WechatSent)
_UNREAD = table_of(WechatUnread)
_CONTACTED = (_CONTACT.c.since, _CONTACT.c.tapped_at, _CONTACT.c.shut_at)
_OVER = (AgendaState.DONE, AgendaState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rows of a table are old, by the moment before which what ended is forgotten and by now."""

    table: Table
    is_old: Callable[[datetime, datetime], ColumnElement[bool]]


RULES = (
    Rule(_AGENDA, lambda before, _now: _AGENDA.c.state.in_(_OVER) & (_AGENDA.c.done_at < before)),
    Rule(_DIGEST, lambda before, _now: _DIGEST.c.told_at < before),
    Rule(_LINK, lambda before, _now: _LINK.c.expires_at < before),
    Rule(_CARD, lambda before, _now: _CARD.c.created_at < before),
    Rule(_COUNT, lambda before, _now: _COUNT.c.week < before.date()),
    Rule(_TRY, lambda _before, now: _TRY.c.tried_at < now - TRIES_KEPT),
    Rule(_CONTACT, lambda before, _now: and_(*(one.is_(None) | (one < before) for one in _CONTACTED))),
    Rule(_MEDIA, lambda _before, now: _MEDIA.c.expires_at < now),
    Rule(_ONCE, lambda _before, now: _ONCE.c.came_at < now - BROUGHT_AGAIN),
    Rule(_SENT, lambda _before, now: _SENT.c.noted_at < now - BROUGHT_AGAIN),
    Rule(_SCENE, lambda _before, now: _SCENE.c.expires_at < now),
    Rule(_PROGRESS, lambda before, _now: _PROGRESS.c.gone_at < before),
    Rule(_UNREAD, lambda before, _now: _UNREAD.c.put_at < before),
)


def forget(db: Session, rule: Rule, *, before: datetime, now: datetime) -> int:
    """Forget the next page of what a rule calls old and return how many rows went."""
    key = tuple(rule.table.primary_key)
    old = select(*key).where(rule.is_old(before, now)).limit(PAGE)
    meant = key[0].in_(old) if len(key) == 1 else tuple_(*key).in_(old)
    return len(db.execute(delete(rule.table).where(meant).returning(key[0])).all())

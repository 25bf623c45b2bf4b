"""What a WeChat service account has to remember: its token, who may be written to, what waits for whom.

No table names a person: an ``openid`` is what WeChat calls somebody towards this account alone.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from db.types import Table, big_number, json_column, moment, where_given


class WechatToken(Table, table=True):
    """The token all replicas call with, sealed; ``taken_until`` while one of them fetches the next."""

    account: str = Field(primary_key=True, max_length=64)
    sealed: str = Field(default="", max_length=3000)
    expires_at: datetime | None = moment(default=None)
    taken_until: datetime | None = moment(default=None)


class WechatContact(Table, table=True):
    """How many messages were sent by a right somebody gave: by writing (``since``), or by a tap (``tapped_at``).

    ``shut_at`` is when WeChat said that there is no right left, whatever was counted here.
    """

    account: str = Field(primary_key=True, max_length=64)
    openid: str = Field(primary_key=True, max_length=128)
    since: datetime | None = moment(default=None)
    sent: int = 0
    tapped_at: datetime | None = moment(default=None)
    tap_sent: int = 0
    shut_at: datetime | None = moment(default=None)


class WechatGrant(Table, table=True):
    """A wish to be told: ``sends_left`` messages of a template, or for as long as it stands where that is nothing."""

    account: str = Field(primary_key=True, max_length=64)
    openid: str = Field(primary_key=True, max_length=128)
    template_id: str = Field(primary_key=True, max_length=64)
    sends_left: int | None = None
    changed_at: datetime = moment()


class WechatUnread(Table, table=True):
    """A message nobody could push: it is shown when its receiver comes next.

    ``shown_in`` is the reply it was put below, at ``shown_at``: the same reply asked for again shows it again, and no
    other does.
    """

    __table_args__ = (Index("ix_wechat_unread_chat", "account", "openid", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    account: str = Field(max_length=64)
    openid: str = Field(max_length=128)
    outbox_id: int = big_number(unique=True)
    shown_in: int | None = big_number(default=None)
    shown_at: datetime | None = moment(default=None)
    put_at: datetime = moment()


class WechatPromise(Table, table=True):
    """A turn that was slow: its reply was promised before it was done, so it is taken whatever happens.

    ``goes`` is how its reply goes to its receiver, by whoever was first to say so: by a message, or as an answer.
    """

    account: str = Field(primary_key=True, max_length=64)
    openid: str = Field(primary_key=True, max_length=128)
    message_id: str = Field(primary_key=True, max_length=128)
    inbound: dict[str, Any] = Field(sa_type=json_column())
    goes: str = Field(default="", max_length=8)
    made_at: datetime = moment(index=True)


class WechatOnce(Table, table=True):
    """What counts once however often it is brought: an event that is no turn, or somebody's way back from a page.

    ``digest`` is that of its key.
    """

    account: str = Field(primary_key=True, max_length=64)
    digest: str = Field(primary_key=True, max_length=64)
    came_at: datetime = moment(index=True)


class WechatSent(Table, table=True):
    """A message of whose end WeChat tells later, by its ``number`` there; ``trouble`` is why it was not delivered.

    The end may be told before the number is: then there is no ``outbox_id`` yet.
    """

    __table_args__ = (
        where_given("wechat_sent", "outbox_id"),
        Index(
            "ix_wechat_sent_trouble",
            "account",
            postgresql_where=text("trouble <> ''"),
            sqlite_where=text("trouble <> ''"),
        ),
    )

    account: str = Field(primary_key=True, max_length=64)
    number: str = Field(primary_key=True, max_length=24)
    outbox_id: int | None = big_number(default=None)
    trouble: str = Field(default="", max_length=40)
    noted_at: datetime = moment(index=True)


class WechatScene(Table, table=True):
    """What the code of a scene stands for in WeChat, sealed: whoever scans it there has said our own code."""

    account: str = Field(primary_key=True, max_length=64)
    code_id: int = Field(primary_key=True, foreign_key="code.id", index=True)
    sealed: str = Field(max_length=500)
    made_at: datetime = moment()
    expires_at: datetime | None = moment(default=None)


class WechatProgress(Table, table=True):
    """How many parts of a message have gone, so that what follows goes on there."""

    outbox_id: int = big_number(primary_key=True)
    parts: int = 0
    gone_at: datetime = moment(index=True)


class WechatMedia(Table, table=True):
    """Where WeChat keeps a picture for three days; ``digest`` is that of its bytes."""

    account: str = Field(primary_key=True, max_length=64)
    digest: str = Field(primary_key=True, max_length=64)
    media_id: str = Field(max_length=200)
    expires_at: datetime = moment(index=True)


class ShutCapability(Table, table=True):
    """Something a platform does not let an account do for now, and the ``code`` with which it said so."""

    channel: str = Field(primary_key=True, max_length=20)
    account: str = Field(primary_key=True, max_length=64)
    capability: str = Field(primary_key=True, max_length=24)
    code: int = 0
    shut_at: datetime = moment()
    until: datetime = moment()

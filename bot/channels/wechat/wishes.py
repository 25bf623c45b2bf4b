"""Asking somebody, on a page of WeChat's, whether they want to be told once: a link, and what they said to it.

One tap allows one message, also to who does not follow the account
(https://developers.weixin.qq.com/doc/service/guide/product/message/One-time_subscription_info.html).
"""

from functools import partial
from urllib.parse import urlencode

from bot.channels.wechat import grants
from bot.channels.wechat.errands import Outcome
from bot.channels.wechat.outbound import anchor
from bot.channels.wechat.templates import SCENES, Role, wish_for
from bot.channels.wechat.tickets import Tickets
from bot.clock import Clock
from content.words import label, wechat_wishes
from db.sql import Database

_ASK = "https://mp.weixin.qq.com/mp/subscribemsg"


class Wishes:
    """The wishes of one account's people; there are none where no template was set."""

    def __init__(self, tickets: Tickets, database: Database, *, account: str, template_id: str, clock: Clock) -> None:
        """``template_id`` is that of one-time subscriptions, as the account's console shows it."""
        self.tickets = tickets
        self._database = database
        self._account = account
        self._template_id = template_id
        self._clock = clock

    def offered(self, template: str, openid: str) -> str:
        """Return a line that offers to be told, below a message of ours after which something will follow."""
        role = next((one for one in Role if template in wechat_wishes()[one]["after"]), None)
        if role is None or not self._template_id or not self.tickets.public_url:
            return ""
        return anchor(self.tickets.link(SCENES[role], openid), wechat_wishes()[role]["say"])

    def address(self, ticket: str, state: str) -> str:
        """Return the page of WeChat's that asks somebody who holds a ticket."""
        asked = {
            "action": "get_confirm",
            "appid": self._account,
            "scene": self.tickets.subject(ticket),
            "template_id": self._template_id,
            "redirect_url": f"{self.tickets.public_url}/wechat/wished/{ticket}",
            "reserved": state,
        }
        return f"{_ASK}?{urlencode(asked)}#wechat_redirect"

    async def answered(self, ticket: str, openid: str, *, is_yes: bool) -> Outcome:
        """Keep what somebody said; raise :class:`bot.errors.DatabaseUnavailable` when that fails."""
        role = next(one for one, scene in SCENES.items() if scene == self.tickets.subject(ticket))
        if not is_yes:
            return Outcome(text=label("wish_declined"))
        key = self._account, openid, wish_for(role)
        await self._database.do(partial(grants.give_one, key=key, at=self._clock.now()))
        return Outcome(text=label("wish_kept"))

"""What an operator does with an account: publish its menu, make codes to be scanned, ask what it may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.channels.wechat.api import Api
from bot.channels.wechat.faults import MEANINGS, Meaning, WechatError
from bot.channels.wechat.outbound import size
from bot.channels.wechat.templates import Forms
from bot.domain import scenes
from bot.errors import CommandRefused, DeliveryError
from content.words import wechat_menu

_MOST, _MOST_BELOW = 3, 5
_LONGEST_NAME, _LONGEST_NAME_BELOW = 16, 60
_LONGEST_KEY = 128
_SHOWN = "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket="
_ADVICE = {
    40013: "HONGYAN_WECHAT_APP_ID is not the id of an account",
    40125: "HONGYAN_WECHAT_APP_SECRET is wrong or was reset",
    40164: "this server's address is not on the IP white list of the account",
    48001: "the account has no right to this: it is not verified, or not a service account",
    50002: "the account is frozen or limited",
}


@dataclass(frozen=True, slots=True)
class SceneCode:
    """A code to be scanned: where its picture is, and the text it stands for."""

    picture: str
    text: str


def menu_of(rows: Sequence[Mapping[str, Any]], *, public_url: str = "") -> dict[str, Any]:
    """Return a menu as WeChat takes it; raise :class:`CommandRefused` for one it would not.

    Buttons that lead to pages of ours are left out where ``public_url`` says that there are none.
    """
    if not 0 < len(rows) <= _MOST:
        raise CommandRefused(f"content/wechat.yaml: a menu has 1 to {_MOST} buttons.")
    return {"button": [_button(row, public_url) for row in rows]}


async def publish_menu(api: Api, *, public_url: str = "") -> int:
    """Publish the menu and return how many buttons it has; raise :class:`CommandRefused` when WeChat refuses it."""
    menu = menu_of(wechat_menu(), public_url=public_url)
    await _asked(api, "/cgi-bin/menu/create", menu)
    return len(menu["button"])


async def make_code(api: Api, code: str, *, lasts: timedelta | None) -> SceneCode:
    """Make a code for a scene, for a while or for ever; raise :class:`CommandRefused` when WeChat refuses it."""
    try:
        return await ask_for_code(api, code, lasts=lasts)
    except (WechatError, DeliveryError) as error:
        raise CommandRefused(f"WeChat refuses: {_advice(error)}.") from error


async def ask_for_code(api: Api, code: str, *, lasts: timedelta | None) -> SceneCode:
    """Make a code for a scene, for a while or for ever; raise as :meth:`Api.call` does."""
    scene = {"scene": {"scene_str": code}}
    if lasts is None:
        asked: dict[str, Any] = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": scene}
    else:
        seconds = int(min(lasts, scenes.LONGEST).total_seconds())
        asked = {"expire_seconds": seconds, "action_name": "QR_STR_SCENE", "action_info": scene}
    answer = await api.call("/cgi-bin/qrcode/create", asked)
    return SceneCode(_SHOWN + str(answer.get("ticket", "")), str(answer.get("url", "")))


async def lacking(api: Api, *forms: Forms) -> list[str]:
    """Return what the account lacks, an empty list when nothing."""
    try:
        await api.tokens.current()
    except (WechatError, DeliveryError) as error:
        return [f"token: {_advice(error)}"]
    found: list[str] = []
    for name, path in (("menu", "/cgi-bin/get_current_selfmenu_info"), ("templates", _TEMPLATES)):
        try:
            answer = await api.ask(path)
        except (WechatError, DeliveryError) as error:
            found.append(f"{name}: {_advice(error)}")
            continue
        if name == "templates":
            known = {str(one.get("template_id")) for one in answer.get("template_list", ())}
            wanted = {form.id: role for one in forms for role, form in one.items()}
            found += [f"{role}: the account has no template {id_}" for id_, role in wanted.items() if id_ not in known]
    return found


_TEMPLATES = "/cgi-bin/template/get_all_private_template"


async def _asked(api: Api, path: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return await api.call(path, arguments)
    except (WechatError, DeliveryError) as error:
        raise CommandRefused(f"WeChat refuses: {_advice(error)}.") from error


def _advice(error: WechatError | DeliveryError) -> str:
    if not isinstance(error, WechatError):
        return f"it could not be asked ({error})"
    if MEANINGS.get(error.code) is Meaning.SPENT:
        return f"today's calls are used up ({error})"
    return f"{_ADVICE.get(error.code, 'it says no')} ({error})"


def _button(row: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    below = [one for one in row.get("below", ()) if public_url or "page" not in one]
    if not below:
        return _leaf(row, _LONGEST_NAME, public_url)
    if len(below) > _MOST_BELOW:
        raise CommandRefused(f"content/wechat.yaml: {row['name']} has more than {_MOST_BELOW} buttons below it.")
    leaves = [_leaf(one, _LONGEST_NAME_BELOW, public_url) for one in below]
    return {"name": _named(row, _LONGEST_NAME), "sub_button": leaves}


def _leaf(row: Mapping[str, Any], longest: int, public_url: str) -> dict[str, Any]:
    name = _named(row, longest)
    if "page" in row:
        return {"type": "view", "name": name, "url": f"{public_url}/wechat/{row['page']}"}
    if "url" in row:
        return {"type": "view", "name": name, "url": str(row["url"])}
    if size(str(row["say"])) > _LONGEST_KEY:
        raise CommandRefused(f"content/wechat.yaml: what {name} says is too long.")
    return {"type": "click", "name": name, "key": str(row["say"])}


def _named(row: Mapping[str, Any], longest: int) -> str:
    name = str(row["name"])
    if size(name) > longest:
        raise CommandRefused(f"content/wechat.yaml: {name} is too long for a button.")
    return name

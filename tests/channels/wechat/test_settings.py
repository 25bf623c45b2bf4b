"""A service account is set as a whole or not at all."""

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, load_settings, require_serving
from tests.kit.processes import SECRET as HOUSE_SECRET
from tests.kit.wechat_calls import AES_KEY, APP_ID, SECRET, TOKEN

WHOLE = {
    "secret_key": HOUSE_SECRET,
    "wechat_app_id": APP_ID,
    "wechat_app_secret": SECRET,
    "wechat_token": TOKEN,
    "wechat_aes_key": AES_KEY,
}


@pytest.mark.parametrize("given", [{}, {"wechat_mode": "plain", "wechat_aes_key": ""}], ids=["safe", "plain"])
def test_a_whole_account_may_serve(given: dict[str, str]) -> None:
    settings = Settings.model_validate({**WHOLE, **given})

    require_serving(settings)

    assert (settings.wechat_app_id, settings.wechat_mode) == (WHOLE["wechat_app_id"], given.get("wechat_mode", "safe"))


@pytest.mark.parametrize("name", ["wechat_app_secret", "wechat_token", "wechat_aes_key"])
def test_half_an_account_may_not(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^HONGYAN_{name.upper()} is missing"):
        require_serving(Settings.model_validate({**WHOLE, name: ""}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wechat_aes_key", "A" * 42),
        ("wechat_aes_key_previous", "!" * 43),
        ("wechat_token", "no spaces"),
        ("wechat_mode", "open"),
        ("wechat_api_url", "api.weixin.qq.com"),
        ("wechat_app_id", "wx 1"),
        ("wechat_app_id", "公众号"),
        ("wechat_one_time", "模板"),
    ],
)
def test_a_wrong_one_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^HONGYAN_{name.upper()} is wrong"):
        load_settings(**{**WHOLE, name: value})

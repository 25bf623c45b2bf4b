"""Every ``HONGYAN_*`` setting, typed and documented; the only reader of the environment."""

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import SettingsError

_SECRET_LENGTH = 32
_QUIET = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_TOKEN = re.compile(r"(\d{1,18}:[\w-]+)?", re.ASCII)
_WEBHOOK_SECRET = re.compile(r"[\w-]{0,256}", re.ASCII)
_LADDER = r"^(([0-9]{1,3}[dhm]|eve)(,([0-9]{1,3}[dhm]|eve))*)?$"
_SERVER = re.compile(r"https?://[^\s/?#@]+/?")


class Settings(BaseSettings):
    """What an operator may set, from the environment or from ``.env``."""

    model_config = SettingsConfigDict(env_prefix="HONGYAN_", env_file=".env", extra="ignore", frozen=True)

    database_url: str = Field("", description="sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME")
    secret_key: str = Field("", description="at least 32 random characters; seals phones, signs links and cookies")
    public_url: str = Field("", description="where people reach this server, such as https://hongyan.example.cn")
    timezone: str = Field("Asia/Shanghai", description="the zone of every time shown or typed")
    data_dir: Path = Field(Path("data"), description="folder for received files and the default SQLite file")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
    quiet_hours: Annotated[tuple[time, time], NoDecode] = Field(
        (time(21, 30), time(7, 30)), description="no pushes between these, such as 21:30-07:30"
    )
    session_reminders: str = Field("3d,1d,2h", description="when the silent are reminded of a session", pattern=_LADDER)
    activity_reminders: str = Field(
        "eve,2h",
        description="when people are reminded of what they signed up for; eve: 18:00 the day before",
        pattern=_LADDER,
    )
    own_drafts: bool = Field(False, description="whether people may publish the entries they wrote themselves")
    unasked_a_week: int = Field(5, description="messages nobody asked for that one person gets in a week", ge=1, le=50)
    broadcasts_alone: int = Field(
        200, description="people one cadre may write to at once without a second cadre's approval", ge=0
    )
    report_days: int = Field(3, description="days after which a report nobody mended goes up a step", ge=1, le=90)
    report_days_above: int = Field(2, description="days after which it goes up another step", ge=1, le=90)
    report_judge_days: int = Field(7, description="days after which a mended report is over unless told", ge=1, le=90)
    report_reopen_days: int = Field(30, description="days within which it may be begun anew", ge=0, le=365)
    report_photo_days: int = Field(90, description="days after its end when its photos are forgotten", ge=1)
    study_hours_member: float = Field(
        32.0, description="hours of study a year that are meant for a member", ge=0, le=500
    )
    study_hours_secretary: float = Field(
        56.0, description="hours of study a year that are meant for a secretary", ge=0, le=500
    )
    weekly_report: Annotated[time | None, NoDecode] = Field(
        time(8, 30), description="when on Mondays whoever leads a unit gets a picture of its last week; empty: never"
    )
    console_hours: float = Field(8.0, description="hours after a log-in when one is out of the console", gt=0, le=168)
    console_idle_minutes: float = Field(
        30.0, description="minutes of doing nothing after which one is out of the console", gt=0, le=1440
    )
    retention_days: int = Field(90, description="days after which what was said is forgotten", ge=2)
    metrics_token: str = Field("", description="what a scraper of /metrics has to show; empty: this machine only")
    telegram_token: str = Field("", description="the bot's token from BotFather; empty: no Telegram")
    telegram_webhook_secret: str = Field("", description="sent back by Telegram in its secret-token header")
    telegram_rate: float = Field(28.0, description="messages a second to all chats together", gt=0, le=1000)
    telegram_paid_rate: float = Field(
        0.0, description="broadcasts a second that Telegram is paid Stars for; 0: none are", ge=0, le=1000
    )
    telegram_personal_data: Literal["masked", "full"] = Field(
        "masked",
        description="masked: no papers with personal data in chats, links to open after log-in instead; or full",
    )
    telegram_api_url: str = Field("https://api.telegram.org", description="the Bot API server to talk to")
    wechat_app_id: str = Field(
        "", description="the service account's AppID; empty: no WeChat", pattern=r"^[A-Za-z0-9_-]{0,64}$"
    )
    wechat_app_secret: str = Field("", description="its AppSecret")
    wechat_token: str = Field("", description="the Token of its server configuration", pattern=r"^[A-Za-z0-9]{0,32}$")
    wechat_aes_key: str = Field("", description="its EncodingAESKey", pattern=r"^([A-Za-z0-9]{43})?$")
    wechat_aes_key_previous: str = Field(
        "", description="the EncodingAESKey before it, while it is being replaced", pattern=r"^([A-Za-z0-9]{43})?$"
    )
    wechat_mode: Literal["plain", "compatible", "safe"] = Field(
        "safe", description="how messages are encrypted, as the server configuration says: plain, compatible or safe"
    )
    wechat_api_url: str = Field("https://api.weixin.qq.com", description="the API server to talk to")
    wechat_templates: str = Field("", description="templates of the account by what they are for, as JSON")
    wechat_one_time: str = Field(
        "", description="the template of its one-time subscriptions; empty: none", pattern=r"^[A-Za-z0-9_-]{0,64}$"
    )
    wechat_subscriptions: str = Field("", description="templates people subscribe to, in the same way")

    @field_validator("quiet_hours", mode="before")
    @classmethod
    def _read_quiet_hours(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        found = _QUIET.fullmatch(given.strip())
        if not found:
            raise ValueError("write it as 21:30-07:30")
        from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
        return time(from_hour, from_minute), time(to_hour, to_minute)

    @field_validator("weekly_report", mode="before")
    @classmethod
    def _read_weekly_report(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        found = _CLOCK.fullmatch(given.strip())
        if given.strip() and not found:
            raise ValueError("write it as 08:30, or leave it empty")
        return time(int(found[1]), int(found[2])) if found else None

    @field_validator("timezone")
    @classmethod
    def _know_timezone(cls, given: str) -> str:
        try:
            ZoneInfo(given)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # the last: a folder of zones
            raise ValueError("no such time zone, write one such as Asia/Shanghai") from error
        return given

    @field_validator("log_level")
    @classmethod
    def _know_log_level(cls, given: str) -> str:
        if given.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("use DEBUG, INFO, WARNING or ERROR")
        return given.upper()

    @field_validator("database_url")
    @classmethod
    def _know_database(cls, given: str) -> str:
        scheme, _, rest = given.partition("://")
        is_known = (scheme == "sqlite" and rest.startswith("/")) or scheme == "postgresql+psycopg"
        if given and not is_known:
            raise ValueError("use sqlite:///FILE or postgresql+psycopg://…")
        if scheme == "sqlite" and rest in {"/", "/:memory:"}:
            raise ValueError("sqlite:/// must be followed by a file")
        if scheme == "postgresql+psycopg":
            _insist_on_port(given)
        return given

    @field_validator("public_url", "telegram_api_url", "wechat_api_url")
    @classmethod
    def _know_server(cls, given: str, info: ValidationInfo) -> str:
        if (given or info.field_name != "public_url") and not _SERVER.fullmatch(given):
            raise ValueError("write it as https://hongyan.example.cn, without a path")
        _insist_on_port(given)
        return given.rstrip("/")

    @field_validator("telegram_token")
    @classmethod
    def _know_token(cls, given: str) -> str:
        if not _TOKEN.fullmatch(given):
            raise ValueError("BotFather writes it as 123456:ABC-DEF")
        return given

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _know_webhook_secret(cls, given: str) -> str:
        if not _WEBHOOK_SECRET.fullmatch(given):
            raise ValueError("use 1-256 of A-Z a-z 0-9 _ and -")
        return given

    @property
    def zone(self) -> ZoneInfo:
        """The time zone people live in."""
        return ZoneInfo(self.timezone)

    @property
    def database(self) -> str:
        """The database URL, a SQLite file in the data folder when none was set."""
        return self.database_url or f"sqlite:///{self.data_dir / 'hongyan.sqlite3'}"


def _insist_on_port(url: str) -> None:
    try:
        _ = urlsplit(url).port
    except ValueError as error:
        raise ValueError("its host or its port cannot be read; a port is a number up to 65535") from error


def load_settings(**given: object) -> Settings:
    """Read the settings; raise :class:`SettingsError` naming the first wrong one in one sentence."""
    try:
        return Settings(**given)  # pyright: ignore[reportArgumentType]  # field names are checked by pydantic
    except ValidationError as error:
        first = error.errors()[0]
        name = "HONGYAN_" + str(first["loc"][0]).upper()
        raise SettingsError(f"{name} is wrong: {first['msg'].removeprefix('Value error, ')}.") from error


def require_serving(settings: Settings) -> None:
    """Refuse to serve people with a missing secret or a half-set channel."""
    if len(settings.secret_key) < _SECRET_LENGTH:
        raise SettingsError(f"HONGYAN_SECRET_KEY is missing or shorter than {_SECRET_LENGTH} characters.")
    require_wechat(settings)


def require_wechat(settings: Settings) -> None:
    """Refuse a service account that is half set."""
    if not settings.wechat_app_id:
        return
    is_sealed = settings.wechat_mode != "plain"
    needed = {"APP_SECRET": settings.wechat_app_secret, "TOKEN": settings.wechat_token}
    needed |= {"AES_KEY": settings.wechat_aes_key} if is_sealed else {}
    for name, value in needed.items():
        if not value:
            raise SettingsError(
                f"HONGYAN_WECHAT_{name} is missing; mp.weixin.qq.com shows it under the basic settings."
            )


def require_webhook(settings: Settings) -> None:
    """Refuse a Telegram webhook that anybody could forge."""
    if settings.telegram_token and not settings.telegram_webhook_secret:
        raise SettingsError("HONGYAN_TELEGRAM_WEBHOOK_SECRET is missing; without it anybody could forge updates.")

"""What fields of WeChat's forms take, and which of our messages may go as one."""

import pytest

from bot.channels.wechat.service import forms
from bot.channels.wechat.templates import Form, Role, field_value, filled, form_for, role_of
from bot.domain.messages import Message
from bot.errors import SettingsError
from tests.kit.databases import ZONE

FIELDS = {
    "a thing": ("thing1", "学习会", "学习会"),
    "a thing of twenty": ("thing1", "字" * 20, "字" * 20),
    "a longer thing": ("thing1", "字" * 21, "字" * 19 + "…"),
    "lines in a thing": ("thing1", "一\n 二", "一 二"),
    "nothing": ("thing1", "  ", ""),
    "a short thing": ("short_thing2", "已经报名成功", "已经报名…"),
    "a phrase": ("phrase3", "已报名", "已报名"),
    "a name": ("name1", "陈大文", "陈大文"),
    "a moment": ("time2", "2026-03-05T01:00:00+00:00", "2026年3月5日 09:00"),
    "a moment somewhere": ("time2", "2026-03-05T01:00:00", ""),
    "words for a moment": ("date3", "明天", ""),
    "a number": ("number4", "12", "12"),
    "words for a number": ("number4", "十二", ""),
    "a code": ("character_string5", "W0012", "W0012"),
    "Chinese in a code": ("character_string5", "第12件", ""),
    "a long code": ("character_string5", "x" * 33, ""),
    "a kind nobody told us of": ("hologram6", "x", ""),
    "no name at all": ("", "x", ""),
}


@pytest.mark.parametrize(("name", "given", "expected"), FIELDS.values(), ids=FIELDS)
def test_a_field_takes_what_its_name_says(name: str, given: str, expected: str) -> None:
    assert field_value(name, given, ZONE) == expected


@pytest.mark.parametrize(
    ("template", "role"),
    [
        ("reminders/session", Role.SESSION),
        ("study/moved", Role.SESSION),
        ("reminders/activity", Role.SIGN_UP),
        ("volunteering/seat_offered", Role.SIGN_UP),
        ("cases/answer_for_asker", Role.CASE),
        ("identity/vouched", None),
        ("broadcasts/any", None),
    ],
)
def test_only_services_go_as_templates(template: str, role: Role | None) -> None:
    assert role_of(template) is role


def test_a_form_is_filled_from_the_facts_and_the_first_line() -> None:
    form = Form(id="T", fields={"thing1": "title", "thing2": "text"})
    message = Message(template="cases/answer", text="您的事有答复了。\n内容：…", facts={"title": "路灯"})

    assert filled(form, message, ZONE) == {"thing1": {"value": "路灯"}, "thing2": {"value": "您的事有答复了。"}}


def test_a_form_with_an_empty_field_is_not_filled() -> None:
    form = Form(id="T", fields={"thing1": "title"})

    assert filled(form, Message(template="t", text="x"), ZONE) is None
    assert form_for({Role.CASE: form}, Message(template="t", text="x")) is None


def test_forms_are_read_from_a_setting() -> None:
    text = '{"case_progress": {"id": "T-1_x", "fields": {"thing1": "text"}, "is_lasting": true}}'

    assert forms("TEMPLATES", text) == {Role.CASE: Form(id="T-1_x", fields={"thing1": "text"}, is_lasting=True)}
    assert forms("TEMPLATES", "") == {}


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "[]",
        '{"marketing": {"id": "T", "fields": {}}}',
        '{"case_progress": {"fields": {}}}',
        '{"case_progress": 1}',
    ],
)
def test_a_setting_that_is_no_form_is_named_in_one_sentence(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^HONGYAN_WECHAT_TEMPLATES is wrong at .*: write it as .*\.$"):
        forms("TEMPLATES", text)

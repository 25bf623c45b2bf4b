"""A roster on the console: looked at, taken in but for what is not right, given back to be mended, taken back."""

from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook

from tests.kit.console import PUBLIC_URL, Browser, Desk, Shown

ROWS = [["姓名", "手机", "支部"], ["陈大文", "13822362236", "潘一支部"], ["林小梅", "1382236", "潘一支部"]]


def book(rows: list[list[str]]) -> bytes:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    data = BytesIO()
    made.save(data)
    return data.getvalue()


async def looked_at(admin: Browser, data: bytes, name: str = "名册.xlsx") -> Shown:
    return await admin.fill("/admin/people/import", files={"file": (name, data)}, do="look")


async def test_a_file_is_looked_at_taken_in_and_taken_back(desk: Desk, admin: Browser) -> None:
    look = await looked_at(admin, book(ROWS))
    before = await admin.get("/admin/people")
    taken = await admin.fill("/admin/people/import", file_id="1", do="take_in")
    after = await admin.get("/admin/people")
    undone = await admin.fill("/admin/people/import", import_id="1", do="undo")
    again = await admin.get("/admin/people")

    assert "读到2行。新增1，更新0，没变0，有问题1。" in "".join(look.words.split())
    assert ["陈大文" in one.words for one in (before, after, again)] == [False, True, False]
    assert ("已导入" in taken.words, undone.said) == (True, "已还原到导入之前。")
    assert [act for act, _ in desk.audit()] == ["roster.import", "roster.undo"]


async def test_what_could_not_be_taken_comes_back_as_a_file(admin: Browser) -> None:
    look = await looked_at(admin, book(ROWS))
    token = look.text.split('name="_token" value="')[1].split('"', maxsplit=1)[0]

    answer = await admin.client.post(
        "/admin/people/import", data={"_token": token, "file_id": "1", "do": "problems"}, headers={"Origin": PUBLIC_URL}
    )

    rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert (rows[0][-1], rows[1][0]) == ("问题", "林小梅")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "没有选文件。"),
        (b"PK\x03\x04broken", "文件坏了，读不出来。请在 Excel 里打开、另存后再发。"),
        (b"<html>", "这不是 Excel（.xlsx）或 CSV 表格，我读不了。"),
        (book([["甲", "乙"], ["1", "2"]]), "没找到表头。请让表头一行写明“姓名”和“手机”“支部”等。"),
        (book(ROWS[:1]), "表头下面没有人员。"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(
    desk: Desk, admin: Browser, data: bytes, said: str
) -> None:
    shown = await looked_at(admin, data)

    assert (shown.status, shown.said) == (422, said)
    assert desk.audit() == []


async def test_somebody_elses_file_is_not_there(desk: Desk, admin: Browser) -> None:
    await looked_at(admin, book(ROWS))
    await admin.enter(desk.hire("李明"))

    shown = await admin.fill("/admin/people/import", file_id="1", do="take_in")

    assert shown.status == 404

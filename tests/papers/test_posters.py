"""Posters: what they say, codes that can be scanned, and nothing that runs over the edge however long it is."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
import segno
from PIL import Image, ImageChops
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import codes, files, scenes
from bot.domain.papers import PaperKind
from bot.domain.persons import links, vouching
from bot.domain.persons.links import Lead, Way
from bot.papers import posters, signs
from bot.papers.posters import Poster
from bot.papers.sheet import A4, WHITE
from db.models import Code, CodePurpose, Place
from db.sql import Database
from tests.kit.databases import HOUSE
from tests.kit.talk import MORNING
from tests.papers.conftest import PUBLIC, Desk, opened, seated

LONG = "关于组织开展二〇二六年新时代文明实践志愿服务活动暨村道清理、河涌巡查的招募通知" * 2
HOSTILE = ["🎉🎉🎉", "<b>粗体</b>", "=HYPERLINK(1)", "", "一", "A" * 80, "阿依古丽·买买提", LONG[:80]]


def poster(**changed: object) -> Poster:
    given: dict[str, object] = {
        "heading": "志愿服务活动",
        "title": "清理村道",
        "facts": (("时间", "11月28日 周六  9:00–11:00"), ("地点", "番村村委集合")),
        "details": "",
        "invitation": "扫码报名",
        "how": "扫一扫就能报名。\n也可以发报名码：",
        "code": "K7M4Q2RD",
        "links": (Lead(Way.WEB, "https://hongyan.example.cn/?code=K7M4Q2RD"),),
    }
    return Poster(**given | changed)


def is_scanned(picture: Image.Image, text: str) -> bool:
    """Tell whether a QR code of this text stands in the picture, module by module, whatever its size."""
    made = segno.make(text, error="q", micro=False)
    rows = [picture.crop((0, y, picture.width, y + 1)).tobytes() for y in range(picture.height)]
    return any(is_at_scale(picture, rows, made, scale) for scale in range(3, picture.width // made.symbol_size()[0]))


def is_at_scale(picture: Image.Image, rows: list[bytes], made: segno.QRCode, scale: int) -> bool:
    out = BytesIO()
    made.save(out, kind="png", scale=scale, dark="#2c241e", light="#fdfbf7")
    wanted = Image.open(BytesIO(out.getvalue())).convert("RGB")
    quiet = 4 * scale
    first = wanted.crop((0, quiet, wanted.width, quiet + 1)).tobytes()
    for y, row in enumerate(rows):
        x = row.find(first) // 3
        place = (x, y - quiet, x + wanted.width, y - quiet + wanted.height)
        if x >= 0 and picture.crop(place).tobytes() == wanted.tobytes():
            return True
    return False


def test_a_poster_leads_to_our_page_and_to_the_bot(desk: Desk) -> None:
    activity = desk.activity()
    desk.world.run(lambda db: links.know_bot(db, "hongyan_bot"))
    drawn = opened(desk.make(PaperKind.POSTER, activity))
    code = desk.world.run(lambda db: codes.standing(db, CodePurpose.POSTER, activity, now=desk.world.clock.now()))

    assert is_scanned(drawn, f"https://hongyan.example.cn/?code={code}")
    assert is_scanned(drawn, f"https://t.me/hongyan_bot?start={code}")
    assert not is_scanned(drawn, "https://hongyan.example.cn/?code=22222222")


def test_a_poster_shows_what_its_code_stands_for_in_wechat_first(database_url: str) -> None:
    database = Database(database_url, info={"house": replace(HOUSE, public_url=PUBLIC, wechat_account="wx1")})
    desk = seated(database)
    activity, now = desk.activity(), desk.world.clock.now()
    desk.order(PaperKind.POSTER, activity)
    wanted = desk.world.run(lambda db: scenes.wanted(db, CodePurpose.POSTER, activity, now=now))
    assert wanted
    scene = "http://weixin.qq.com/q/02kZgfABC"
    desk.world.run(lambda db: scenes.keep(db, wanted.code_id, scene, lasts=wanted.lasts, now=now))

    facts = desk.world.run(lambda db: posters.for_activity(db, str(activity), desk.circumstances()))
    drawn = opened(posters.picture(facts))
    later = now + timedelta(days=7)
    afterwards = desk.world.run(lambda db: scenes.address_of(db, wanted.code, now=later))
    database.close()

    assert facts.links == (Lead(Way.WECHAT, scene), Lead(Way.WEB, f"{PUBLIC}/?code={wanted.code}"))
    assert facts.how.startswith("微信扫一扫")
    assert (is_scanned(drawn, scene), is_scanned(drawn, f"{PUBLIC}/?code={wanted.code}")) == (True, True)
    assert (wanted.lasts, afterwards) == (timedelta(days=6, hours=2), "")


def test_a_poster_without_an_address_shows_the_code_itself(database: Database) -> None:
    desk = seated(database)
    activity = desk.activity()
    drawn = opened(desk.make(PaperKind.POSTER, activity))
    code = desk.world.run(lambda db: codes.standing(db, CodePurpose.POSTER, activity, now=desk.world.clock.now()))

    assert is_scanned(drawn, code)


def test_a_poster_says_when_where_who_and_how_many(desk: Desk) -> None:
    activity = desk.activity()
    desk.order(PaperKind.POSTER, activity)

    facts = desk.world.run(lambda db: posters.for_activity(db, str(activity), desk.circumstances()))

    assert facts.facts == (
        ("时间", "11月28日 周六  9:00–11:00"),
        ("地点", "番村村委集合"),
        ("组织", "潘一支部"),
        ("报名到", "11月26日 周四 9:00"),
        ("名额", "20 人"),
    )


def test_the_poster_of_a_place_takes_a_photo(desk: Desk) -> None:
    def found(db: Session) -> int:
        place = Place(unit_id=desk.unit_id, name="深村红色驿站", details="24小时开放", created_at=MORNING)
        db.add(place)
        db.flush()
        return place.id or 0

    place_id = desk.world.run(found)
    drawn = opened(desk.make(PaperKind.STATION, place_id))
    facts = desk.world.run(lambda db: posters.for_station(db, str(place_id), desk.circumstances()))

    assert (facts.heading, facts.title, facts.facts) == (
        "发一张照片，就能反映问题",
        "深村红色驿站",
        (("组织", "潘一支部"),),
    )
    assert is_scanned(drawn, f"{PUBLIC}/?code={facts.code}")
    assert desk.make(PaperKind.STATION_PDF, place_id).startswith(b"%PDF")


def test_a_poster_printed_twice_has_the_same_code(desk: Desk) -> None:
    activity = desk.activity()
    desk.order(PaperKind.POSTER, activity)
    desk.order(PaperKind.POSTER_PDF, activity)
    desk.order(PaperKind.VENUE, activity)

    made = desk.world.run(lambda db: list(db.execute(select(Code.purpose).order_by(col(Code.id))).scalars()))

    assert made == [CodePurpose.POSTER, CodePurpose.VENUE]


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_runs_over_the_edge(words: str) -> None:
    facts = tuple((label, words) for label in ("时间", "地点", "组织", "报名到", "名额"))
    drawn = opened(posters.picture(poster(title=words, facts=facts, details=words * 6)))

    assert drawn.size == A4
    for edge in ((0, 40, 100, A4[1]), (A4[0] - 100, 40, A4[0], A4[1])):
        margin = drawn.crop(edge)
        assert ImageChops.difference(margin, Image.new("RGB", margin.size, WHITE)).getbbox() is None


def test_long_words_keep_clear_of_the_code() -> None:
    usual = opened(posters.picture(poster()))
    crowded = opened(
        posters.picture(poster(title=LONG[:80], facts=(("时间", LONG[:80]),) * 5, details=(LONG * 9)[:500]))
    )

    box = (0, A4[1] - 930, A4[0], A4[1])
    assert usual.crop(box) == crowded.crop(box)


@pytest.mark.parametrize("words", ["", LONG[:80], "A" * 80])
def test_on_a_sign_nothing_runs_over_the_edge_and_its_code_is_large(words: str) -> None:
    facts = poster(heading="发一张照片，就能反映问题", title=words, facts=(("组织", words),), details=words * 6)
    drawn = opened(signs.picture(facts))

    for edge in ((0, 40, 90, A4[1]), (A4[0] - 90, 40, A4[0], A4[1])):
        margin = drawn.crop(edge)
        assert ImageChops.difference(margin, Image.new("RGB", margin.size, WHITE)).getbbox() is None
    code = drawn.crop((0, 0, A4[0], A4[1] - 620)).convert("L").point(lambda shade: 255 if shade < 60 else 0).getbbox()
    assert is_scanned(drawn, facts.links[0].address)
    assert code
    assert code[2] - code[0] > 500


def test_the_sign_of_a_place_has_no_empty_middle() -> None:
    drawn = opened(signs.picture(poster(title="深村红色驿站", facts=(("组织", "潘一支部"),), details="24小时开放")))

    written = [drawn.crop((0, y, A4[0], y + 1)).getextrema() != ((255, 255),) * 3 for y in range(A4[1])]
    empty = max(len(run) for run in "".join("x" if one else " " for one in written).split("x"))
    assert empty < 150


async def test_a_poster_of_nothing_cannot_be_made(desk: Desk) -> None:
    with pytest.raises(LookupError):
        await desk.press().fetch("poster:4711")


def test_the_same_poster_is_a_page_to_print(desk: Desk) -> None:
    made = desk.make(PaperKind.POSTER_PDF, desk.activity())

    assert (made[:5], len(made) < files.LARGEST) == (b"%PDF-", True)


@pytest.mark.parametrize("kind", [PaperKind.VENUE, PaperKind.VENUE_PDF])
def test_a_venue_has_a_paper_of_its_own(desk: Desk, kind: PaperKind) -> None:
    activity = desk.activity()

    assert desk.make(kind, activity) != desk.make(PaperKind.POSTER, activity)


def test_an_invitation_shows_a_code_and_says_whose_it_is_nowhere(desk: Desk) -> None:
    person = desk.person("陈大文")
    now = desk.world.clock.now()
    lasts = (vouching.INVITE_LASTS, vouching.SHOWN_FOR)
    _, code = desk.world.run(lambda db: [codes.make(db, CodePurpose.INVITE, person, now=now, lasts=x) for x in lasts])
    drawn = opened(desk.make(PaperKind.INVITE, person))

    facts = desk.world.run(lambda db: posters.for_invite(db, str(person), desk.circumstances()))

    assert is_scanned(drawn, f"{PUBLIC}/?code={code}")
    assert (facts.code, facts.facts) == (code, (("有效到", "9:10"),))
    assert "陈大文" not in f"{facts}"


def test_an_invitation_that_is_drawn_too_late_shows_no_code_that_lasts(desk: Desk) -> None:
    person, now = desk.person("陈大文"), desk.world.clock.now()
    desk.world.run(lambda db: codes.make(db, CodePurpose.INVITE, person, now=now, lasts=vouching.INVITE_LASTS))

    with pytest.raises(LookupError):
        desk.world.run(lambda db: posters.for_invite(db, str(person), desk.circumstances()))

"""One way through everything members and their secretary do in a week, a turn at a time, each with a name."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import TurnableClock
from bot.domain import agenda
from bot.domain.duties import DUTIES
from content.words import label
from db.models import Unit
from db.sql import Database
from tests.kit.activities import DAY, HOUR
from tests.kit.households import household
from tests.kit.talk import Heard, Talk, World
from tests.kit.township import Place

Step = Callable[[str], AbstractContextManager[object]]
"""Is entered for each turn, with its name: it measures, or listens to, what is done meanwhile."""

_MINUTE = timedelta(minutes=1)


@dataclass
class Walk:
    """A week in one branch, with a clock of its own. It ends with an error as soon as anything is not as expected."""

    database: Database
    place: Place
    step: Step
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.world = World(self.database, clock=TurnableClock(start=self.place.monday, running=False))
        number = self.place.number
        self.li, self.wang = Talk(self.world, f"li{number}"), Talk(self.world, f"wang{number}")
        self.daughter = Talk(self.world, f"daughter{number}")
        self.secretary, self.cadre = Talk(self.world, self.place.secretary), Talk(self.world, self.place.cadre)

    def go(self) -> None:
        """Do all of it, in the order of a week."""
        self._identity()
        self._my_data()
        self._rounds()
        self._sign_up()
        self._study()
        self._desk()
        self._pledges()
        self._matters()
        self._stars()
        self._posts()
        self._reminders()
        self._session()
        self._activity()
        self._leave()

    def _turn(self, name: str, talk: Talk, said: str, expected: str) -> Heard:
        with self.step(name):
            heard = talk.says(said)
        assert heard == expected, f"{name}: {said} was answered with {heard}"
        return heard

    def _listen(self, talk: Talk, expected: str) -> Heard:
        """Hear what is due, the newest of one kind last."""
        return [heard for heard in talk.hears() if heard == expected][-1]

    def _identity(self) -> None:
        for talk, name in zip((self.li, self.wang), self.place.names, strict=False):
            self._turn("identity: begin", talk, "绑定", "identity/consent")
            self._turn("identity: consent", talk, "1", "identity/your_name")
            self._turn("identity: name", talk, name, "identity/last_four")
            self._turn("identity: look-up", talk, self.place.last_four(name), "identity/is_it_you")
            self._turn("identity: bound", talk, "1", "identity/bound")
        self._turn("identity: who am I", self.li, "我是谁", "identity/you_are")
        self._turn("identity: accounts", self.li, "我的账号", "identity/addresses")

    def _my_data(self) -> None:
        self._turn("my data: glance", self.li, "我的", "my_data/mine")
        self._turn("my data: shown", self.li, "我的资料", "my_data/shown")
        self._turn("my data: exported", self.li, "导出", "my_data/exported")
        self._turn("proxies", self.li, "我的代办", "proxies/none")
        self.daughter.says(f"代我爸 {self.place.names[0]}", "女儿")
        self._turn("proxy: asked", self.daughter, "陈小红", "proxies/asked")
        self._listen(self.li, "proxies/for_elder")
        self._turn("proxy: agreed", self.li, "1", "proxies/consented")

    def _rounds(self) -> None:
        """Let a member see two households, note something, and take a visit back; a cadre looks who was not seen."""
        self.database.run(self._found_households)
        self._turn("rounds: begin", self.li, "今天走访", "visits/who_sees_what")
        self._turn("rounds: listed", self.li, "1", "visits/today")
        self._turn("rounds: picked", self.li, "1", "visits/what_for")
        self._turn("rounds: logged", self.li, "1", "visits/logged")
        self._turn("rounds: note", self.li, "写一句", "visits/say_note")
        self._turn("rounds: noted", self.li, "想问高龄津贴", "visits/noted")
        self._turn("rounds: more", self.li, label("next_household"), "visits/today")
        self.li.says("1", "2")
        code = self._turn("rounds: code", self.li, label("household_code"), "visits/code").text
        self._turn("rounds: home", self.daughter, re.findall(r"[2-9A-Z]{8}", code)[0], "visits/is_it_your_home")
        self._turn("rounds: claimed", self.daughter, "1", "visits/your_contact")
        self._turn("rounds: asked to call", self.daughter, "1", "visits/passed_on")
        self._turn("rounds: own", self.li, "我的走访", "visits/mine")
        self._turn("rounds: one", self.li, "1", "visits/one")
        self._turn("rounds: deleted", self.li, label("delete_visit"), "visits/removed")
        self._turn("rounds: all seen but one", self.li, "今天走访", "visits/today")
        self._turn("rounds: by name and phone", self.wang, "我的联系党员是谁", "visits/which_home")
        self._turn("rounds: long unseen, branch", self.secretary, "久未走访", "visits/unseen")
        self._turn("rounds: long unseen, town", self.cadre, "久未走访", "visits/unseen")

    def _found_households(self, db: Session) -> None:
        unit, contact = db.get_one(Unit, self.place.unit_id), self.li.record(db)
        for holder in ("李桂兰", "潘炳权", "何少芳"):
            household(db, unit, f"{holder}家", holder, contact=contact)

    def _sign_up(self) -> None:
        self._turn("activities", self.li, "活动", "volunteering/soon")
        self._turn("activity", self.li, "1", "volunteering/activity")
        self._turn("sign-up", self.li, "1", "volunteering/signed_up")
        self.wang.says("活动", "1")
        self._turn("sign-up: queue", self.wang, "1", "volunteering/waitlisted")
        self._turn("my sign-ups", self.li, "我的报名", "volunteering/mine")
        self._turn("cancel: check", self.li, "取消报名", "volunteering/cancel_check")
        self._turn("cancel", self.li, "1", "volunteering/cancelled")
        self._listen(self.wang, "volunteering/seat_offered")
        self._turn("offer confirmed", self.wang, "1", "volunteering/signed_up")

    def _study(self) -> None:
        self._turn("study list", self.li, "学习", "study/ahead")
        self._turn("study session", self.li, "1", "study/invitation")
        self._turn("study: coming", self.li, "1", "study/is_coming")
        self._turn("hours", self.li, "我的学时", "study/hours")
        self.wang.says("学习", "1")
        self._turn("leave: why", self.wang, "2", "leave/why")
        self._turn("leave: asked", self.wang, "1", "leave/asked_for")
        self._listen(self.secretary, "leave/asked")
        self._turn("leave: approved", self.secretary, "1", "leave/is_approved")
        self._turn("make-up", self.wang, "补学", "leave/nothing_owed")
        self._turn("home classes", self.li, "附近的家庭党校", "study/no_home_classes")

    def _desk(self) -> None:
        """Look at what a secretary looks at, and the cadre of the whole town."""
        for who, talk in (("branch", self.secretary), ("town", self.cadre)):
            self._turn(f"desk: activities, {who}", talk, "管理活动", "volunteering/held")
            self._turn(f"desk: sessions, {who}", talk, "管学习", "sessions/held")
            self._turn(f"desk: petitions, {who}", talk, "待核对", "identity/nothing_waits")
            self._turn(f"desk: cases, {who}", talk, "待办", "cases/nothing_to_do")
        self._turn("roster look-up, branch", self.secretary, "邀请 何五", "identity/invitation")
        self._turn("roster look-up, town", self.cadre, "邀请 何五", "identity/which_one")
        self.cadre.says("取消")
        self._turn("roster exported", self.secretary, "导出名册", "roster/export")
        self._turn("roster undone", self.secretary, "撤销导入", "roster/nothing_to_undo")

    def _pledges(self) -> None:
        """Promise something, say how far it is, and let a member and the town look at it."""
        self.secretary.says("承诺", "12月底前修好东巷排水")
        self._turn("pledge: made", self.secretary, "1", "pledges/published")
        self._turn("pledges: own", self.secretary, "我的承诺", "pledges/mine")
        self._turn("pledge: shown", self.secretary, "1", "pledges/shown")
        self.secretary.says("1")
        self._turn("pledge: progress", self.secretary, "管已埋好", "pledges/progress_kept")
        self._turn("pledges: of a village", self.li, "书记承诺", "pledges/of_village")
        self._turn("pledge: shown to a member", self.li, "1", "pledges/shown")

    def _matters(self) -> None:
        """Carry a matter as far as its notice, and look how far it is."""
        self.secretary.says("新事项 修水管", "1", "没有")
        self._turn("matter: begun", self.secretary, "昨天", "matters/begun")
        for _ in range(3):
            self._turn("matter: numbers", self.secretary, "应到9 实到9 赞成9", "matters/held_when")
            self._turn("matter: step", self.secretary, "昨天", "matters/written")
        self.secretary.says("事项", "1", "1", "今天", "1")
        self._turn("matter: made public", self.secretary, "1", "matters/written")
        self._turn("matter: how far", self.li, "水管的事到哪了", "matters/state")
        self._turn("matter: followed", self.li, label("follow_matter"), "matters/followed")
        self.li.says("水管的事到哪了", "1")
        self._turn("matter: opinion", self.li, "早点修", "matters/spoken")
        self._turn("matter: looked at", self.secretary, "事项", "matters/kept")
        self._turn("matter: of mine", self.li, "我关注的", "matters/you_follow")
        self._fall_due()

    def _stars(self) -> None:
        """Draft the branch's stars, decide, make them public, and let a member look at their own."""
        self._turn("stars: drafted", self.secretary, "评星", "stars/sheet")
        self._turn("stars: names", self.secretary, "1", "stars/names")
        self._turn("stars: one member", self.secretary, "1", "stars/member")
        self.secretary.says("评星", "2", self._all_rated())
        self._turn("stars: decided", self.secretary, "1", "stars/sheet")
        self.secretary.says("2")
        self._turn("stars: public", self.secretary, "1", "stars/published")
        self._fall_due()
        self._turn("stars: own", self.li, "我的星级", "stars/mine")
        self._turn("stars: notice", self.li, "星级公示", "stars/public")

    def _all_rated(self) -> str:
        """What a meeting decides that gives everybody four stars."""
        return ",".join(f"{name}4" for name in self.place.names)

    def _posts(self) -> None:
        """Set up a standing post, take a turn of it, and look for somebody else."""
        self.secretary.says("建值班", "服务岗", "每周六上午9点到11点", "村委大厅", "1人", "1", "1")
        self._turn("duty post: set up", self.secretary, "1", "volunteering/series_begun")
        self._turn("duty post: roster", self.li, "值班表", "volunteering/duty_roster")
        self.li.says("1", "1")
        self.li.says("值班表", "1")
        self._turn("duty post: swap", self.li, "1", "volunteering/swap_asked")

    def _reminders(self) -> None:
        """Let a week's ladder fall due up to the call list, and tick somebody off."""
        self._turn_to(self.place.thursday_evening - HOUR)
        self._fall_due()
        called = self._listen(self.secretary, "calls/list")
        with self.step("call list: ticked"):
            ticked = self.secretary.presses(called, called.labels[0])
        assert ticked == "calls/called"
        self._turn("call list: numbers", self.secretary, label("call_numbers"), "calls/numbers")

    def _session(self) -> None:
        self._turn_to(self.place.thursday_evening + _MINUTE)
        self._turn("presence: session", self.li, self.place.door, "study/checked_in")
        self._turn("roll call", self.secretary, "点名", "attendance/page")
        self._turn("roll call: ticked", self.secretary, "1 2", "attendance/done")
        self._turn("roll call: sheet", self.secretary, "贴名单", "attendance/paste_names")
        self._turn("roll call: pasted", self.secretary, f"{self.place.names[0]}、何三", "attendance/done")
        self._turn("roll call: correct", self.secretary, "更正", "attendance/whose")
        self.secretary.says("取消")
        self._turn("desk: how a session stands", self.secretary, "看人数", "attendance/sums")
        self.secretary.says("建学习", "主题党日", "1", "下周四晚7点半到9点半", "活动室")
        self._turn("desk: session published", self.secretary, "1", "sessions/published")
        self.secretary.says("管学习", "1", label("more_steps"), label("call_off"), "停电")
        self._turn("desk: session called off", self.secretary, "1", "sessions/called_off")

    def _activity(self) -> None:
        self._turn_to(self.place.saturday)
        self._turn("presence: in", self.wang, self.place.venue, "volunteering/checked_in")
        self._turn_to(self.place.saturday + 2 * HOUR)
        self._turn("presence: out", self.wang, self.place.venue, "volunteering/served")
        self._turn("hours of service", self.wang, "我的时长", "volunteering/my_hours")
        self._turn("points", self.wang, "我的积分", "points/mine")
        self.secretary.says("管理活动")
        self._turn("desk: activity", self.secretary, "1", "volunteering/managed")
        self._turn("presence: roll", self.secretary, label("take_roll"), "volunteering/all_noted")
        self.secretary.says(label("paste_sheet"))
        self._turn("presence: pasted", self.secretary, f"{self.place.names[1]}、何四", "volunteering/sheet_noted")
        if self.wang.says("时数不对") == "volunteering/which_record":
            self.wang.says("1")
        self._turn("service: disputed", self.wang, "应该三个小时", "volunteering/disputed")
        self.secretary.says("建活动", "清理村道", "明天上午9点到11点", "村委门口", "20人", "1", "3")
        self._turn("desk: activity published", self.secretary, "1", "volunteering/published")
        self._turn_to(self.place.saturday + DAY)
        self._fall_due()

    def _leave(self) -> None:
        """Erase somebody, with the traces they left."""
        self._turn("my data: exported", self.wang, "导出", "my_data/exported")
        self.wang.says("注销", "1")
        self._turn("my data: erased", self.wang, "确认注销", "my_data/erased")
        self._turn_to(self.place.saturday + DAY + 2 * HOUR)
        self._fall_due()

    def _turn_to(self, moment: datetime) -> None:
        self.world.clock.turn(moment - self.world.clock.now())

    def _fall_due(self) -> None:
        """Do all that is due, an item at a time."""
        now = self.world.clock.now()
        while kind := self.database.run(lambda db: _kind(db, now)):
            with self.step(kind):
                self.database.run(lambda db: _do(db, now))


def _kind(db: Session, now: datetime) -> str:
    item = agenda.take(db, now=now)
    return item.kind if item else ""


def _do(db: Session, now: datetime) -> None:
    item = agenda.take(db, now=now)
    assert item
    DUTIES[item.kind](db, item, now)
    db.flush()
    agenda.done(db, item, now=now)

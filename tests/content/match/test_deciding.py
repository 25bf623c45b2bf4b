"""Long messages, several questions at once, and what asks nothing."""

import pytest

from content.match import Decision, Matcher, Outcome, Talk
from tests.kit.topics import TOPICS, Topic

MATCHER = Matcher(TOPICS)


def entries(text: str) -> tuple[Outcome, list[str]]:
    decision = MATCHER.decide(text)
    return decision.outcome, [match.entry_id for match in decision.matches]


@pytest.mark.parametrize(
    ("message", "entry"),
    [
        ("我妈昨天在市里住院，花了好几千块钱，人现在没事了，就是想问下二次报销怎么办", "medical"),
        ("喂你好啊我系番村嘅，屋企条路黑麻麻行路都惊，路灯不亮找谁修啊，唔该晒", "lamp"),
        ("我家娃出生一个月了 一直忙没空 新生儿怎么上户口", "baby"),
    ],
)
def test_in_a_long_story_the_question_is_found(message: str, entry: str) -> None:
    assert entries(message) == (Outcome.ANSWER, [entry])


@pytest.mark.parametrize(
    ("message", "offered"),
    [
        ("党费怎么交？居住证怎么办理？", ["dues", "residence"]),
        ("想问下社保卡丢了怎么办，还有路灯不亮找谁修", ["card", "lamp"]),
        ("图书室几点开门 另外怎么当志愿者", ["library", "volunteer"]),
    ],
)
def test_several_questions_at_once_are_offered_in_turn(message: str, offered: list[str]) -> None:
    assert entries(message) == (Outcome.CANDIDATES, offered)


def test_the_questions_in_a_message_are_told_apart() -> None:
    assert MATCHER.decide("党费怎么交？居住证怎么办理？").parts == ("党费怎么交", "居住证怎么办理")


def test_one_question_said_twice_is_answered_once() -> None:
    assert entries("党费怎么交，党费交多少") == (Outcome.ANSWER, ["dues"])


@pytest.mark.parametrize(
    ("said", "talk"),
    [
        ("你好呀", Talk.GREETING),
        ("早晨，有冇人啊", Talk.GREETING),
        ("好的，谢谢你啊", Talk.THANKS),
        ("明白了多謝晒！", Talk.THANKS),
        ("拜拜", Talk.FAREWELL),
        ("你这个垃圾机器人", Talk.ABUSE),
        ("什么破玩意，谢谢了", Talk.ABUSE),
        ("哈哈哈哈", Talk.SMALL_TALK),
    ],
)
def test_what_asks_nothing_is_recognised(said: str, talk: Talk) -> None:
    decision = MATCHER.decide(said)

    assert (decision, decision.talk) == (Decision(Outcome.NONE, ()), talk)


@pytest.mark.parametrize(
    "asked", ["今晚打老虎", "垃圾没人收", "你好，党费怎么交", "股票怎么买", "", "😀", "谢谢怎么说"]
)
def test_a_question_is_not_talk(asked: str) -> None:
    assert MATCHER.decide(asked).talk is None


def test_a_greeting_that_is_the_phrase_of_an_entry_is_answered() -> None:
    assert Matcher([Topic("hello", ("你好", "打招呼"))]).decide("你好").outcome is Outcome.ANSWER


@pytest.mark.parametrize("asked", ["租房子", "我想租房子", "房子", "我要举报", "举报"])
def test_what_only_sounds_like_an_entry_is_asked_back(asked: str) -> None:
    topics = (Topic("house", ("红房子", "红房子是什么地方")), Topic("grid", ("网格事件上报", "网格事件怎么上报")))

    assert Matcher([*TOPICS, *topics]).decide(asked).outcome is not Outcome.ANSWER


@pytest.mark.parametrize(
    "asked",
    [
        "农机补贴点申请",
        "老兵补助怎么申请",
        "失业补助怎么申请",
        "我阿爷系老兵，有冇补助",
        "隔离屋养鸡好臭，补助有冇",
    ],
)
def test_another_allowance_than_the_one_that_is_known_is_not_answered(asked: str) -> None:
    assert MATCHER.decide(asked).outcome is not Outcome.ANSWER


@pytest.mark.parametrize("asked", ["我屋企间屋想加一层，要唔要报建", "想起间猪栏，报建揾边个"])
def test_a_few_words_of_a_longer_message_are_asked_back(asked: str) -> None:
    hall = Topic("hall", ("大赤坎村服务大厅", "大赤坎报建揾边个"))

    assert Matcher([*TOPICS, hall]).decide(asked).outcome is not Outcome.ANSWER


@pytest.mark.parametrize(
    ("asked", "entry"),
    [
        ("家里困难补助怎么申请", "hardship"),
        ("屋企好困难，补助点样申请", "hardship"),
        ("我个仔啱啱出世，新生儿怎么上户口", "baby"),
        ("村里边度有差佬", "police"),
        ("想带细路去玩陶泥", "ceramics"),
        ("村里对老人有什么照顾", "elders"),
    ],
)
def test_other_words_for_the_same_are_found(asked: str, entry: str) -> None:
    more = (
        Topic("police", ("番村警务室", "村里报警找谁")),
        Topic("ceramics", ("陶艺文化基地", "边度可以玩陶艺")),
        Topic("elders", ("养老福利", "老人家养老有什么福利")),
    )
    decision = Matcher([*TOPICS, *more]).decide(asked)

    assert (decision.outcome is Outcome.NONE, decision.matches[0].entry_id) == (False, entry)

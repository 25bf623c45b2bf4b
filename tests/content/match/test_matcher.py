import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.match import Decision, Matcher, Outcome
from content.match.deciding import SURE
from tests.kit.topics import TOPICS, Topic

MATCHER = Matcher(TOPICS)


def answered(text: str) -> str | None:
    """Return the entry that answers a text directly."""
    decision = MATCHER.decide(text)
    return decision.matches[0].entry_id if decision.outcome is Outcome.ANSWER else None


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_every_phrase_is_answered_by_its_entry_with_confidence(topic: Topic) -> None:
    found = [MATCHER.search(phrase, limit=1)[0] for phrase in topic.phrases]

    assert [match.entry_id for match in found] == [topic.id] * len(topic.phrases)
    assert min(match.score for match in found) >= 0.9


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("二次包销", "medical"),
        ("社宝卡丢了咋办", "card"),
        ("入挡申请", "join"),
    ],
)
def test_homophones_are_understood(question: str, entry: str) -> None:
    assert answered(question) == entry


@pytest.mark.parametrize(
    ("question", "entry"),
    [("養老金怎麼領", "pension"), ("路燈壞了", "lamp"), ("居住證要帶什麼", "residence")],
)
def test_traditional_characters_are_understood(question: str, entry: str) -> None:
    assert answered(question) == entry


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("睇病啲錢點樣再報", "medical"),
        ("社保卡唔見咗點算", "card"),
        ("起屋要辦乜嘢手續", "house"),
        ("黨費要交幾多", "dues"),
        ("喺邊度可以借書", "library"),
    ],
)
def test_cantonese_is_understood(question: str, entry: str) -> None:
    assert answered(question) == entry


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("erci baoxiao", "medical"),
        ("ercibaoxiao", "medical"),
        ("yang lao jin zen me ling", "pension"),
        ("shebaoka budiu", "card"),
        ("dangfei怎么交", "dues"),
    ],
)
def test_typed_pinyin_is_understood(question: str, entry: str) -> None:
    assert MATCHER.search(question, limit=1)[0].entry_id == entry


@pytest.mark.parametrize(
    ("pinyin", "meant", "scattered"),
    [("nian jian", "年检", "体检的年份"), ("yi zhan", "驿站", "站台驿马"), ("tu shu", "图书借阅", "书记画图")],
)
def test_syllables_that_stand_apart_in_a_phrase_are_no_word_of_it(pinyin: str, meant: str, scattered: str) -> None:
    scores = [Matcher([Topic("a", (phrase,))]).search(pinyin, 1)[0].score for phrase in (meant, scattered)]

    assert scores[0] > SURE > 0.5 > scores[1]


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("您好，我想问一下二次报销，谢谢", "medical"),
        ("唔该，居住证怎么办理，急", "residence"),
        ("请问党费怎么交呀？多谢晒", "dues"),
    ],
)
def test_politeness_around_a_question_changes_nothing(question: str, entry: str) -> None:
    assert answered(question) == entry


@pytest.mark.parametrize(
    ("question", "entry"),
    [("吃低保怎么申请", "hardship"), ("盖房子的手续", "house"), ("社保卡遗失", "card"), ("想当志愿者", "volunteer")],
)
def test_other_words_for_the_same_service_are_understood(question: str, entry: str) -> None:
    assert answered(question) == entry


@pytest.mark.parametrize("question", ["驿站在哪", "驿站", "驛站喺邊度"])
def test_what_several_entries_hold_alike_is_offered_as_candidates(question: str) -> None:
    decision = MATCHER.decide(question)

    assert decision.outcome is Outcome.CANDIDATES
    assert {match.entry_id for match in decision.matches} == {"red", "talent", "station"}


def test_a_phrase_that_two_entries_share_is_offered_as_both() -> None:
    matcher = Matcher([Topic("a", ("办证中心", "证件")), Topic("b", ("办证中心", "窗口")), Topic("c", ("图书室",))])

    decision = matcher.decide("办证中心")

    assert decision.outcome is Outcome.CANDIDATES
    assert {match.entry_id for match in decision.matches} == {"a", "b"}


@pytest.mark.parametrize(
    "question",
    [
        "今天天气怎么样",
        "你是谁",
        "村里祠堂可以摆酒吗",
        "股票怎么买",
        "讲个笑话",
        "为什么",
        "在哪里",
        "怎么办",
        "你好",
        "谢谢",
        "2024",
        "😀😀",
        "卡",
        "",
    ],
)
def test_what_no_entry_is_about_has_no_answer(question: str) -> None:
    assert MATCHER.decide(question) == Decision(Outcome.NONE, ())


def test_a_single_character_is_answered_only_when_it_is_a_phrase() -> None:
    matcher = Matcher([Topic("dog", ("狗", "养狗登记")), Topic("tree", ("砍树",))])

    assert matcher.decide("狗").matches[0].entry_id == "dog"
    assert matcher.decide("树").outcome is Outcome.NONE


@pytest.mark.parametrize("limit", [1, 3, 10])
def test_a_search_returns_entries_once_best_first_and_no_more_than_asked(limit: int) -> None:
    found = MATCHER.search("党费和入党申请在哪里办", limit)

    assert len({match.entry_id for match in found}) == len(found) <= limit
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)


def test_a_match_names_the_phrase_that_is_nearest() -> None:
    assert MATCHER.search("医保二次报销带什么材料", limit=1)[0].phrase == "医保二次报销要什么材料"


@pytest.mark.parametrize("text", ["", "二次报销", "\ud800", "问" * 100_000])
def test_without_entries_nothing_is_found(text: str) -> None:
    matcher = Matcher([])

    assert matcher.search(text) == []
    assert matcher.decide(text) == Decision(Outcome.NONE, ())


def test_an_entry_without_readable_phrases_is_never_found() -> None:
    matcher = Matcher([Topic("empty", ()), Topic("emoji", ("😀", "?")), Topic("card", ("社保卡",))])

    assert [match.entry_id for match in matcher.search("社保卡")] == ["card"]
    assert matcher.decide("😀") == Decision(Outcome.NONE, ())


def test_a_text_of_100_000_characters_is_read_only_at_its_beginning() -> None:
    assert MATCHER.search("二次报销" + "啊" * 100_000) == MATCHER.search("二次报销" + "啊" * 196)


@given(st.text())
def test_any_text_gets_a_decision_of_the_promised_shape(text: str) -> None:
    decision = MATCHER.decide(text)

    allowed = {Outcome.ANSWER: {1}, Outcome.CANDIDATES: {1, 2, 3}, Outcome.NONE: {0}}
    assert len(decision.matches) in allowed[decision.outcome]
    assert all(0 <= match.score <= 1 for match in decision.matches)


@given(st.text(alphabet="驿站养老金在哪点样abcdexiaoshi 19，？\u200b\u202e😀係冇啲", max_size=40))
def test_any_mix_of_known_words_and_noise_is_searched_without_an_error(text: str) -> None:
    found = MATCHER.search(text)

    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)


@given(st.lists(st.lists(st.text(max_size=10), max_size=3), max_size=4), st.text(max_size=10))
def test_any_entries_can_be_indexed_and_asked(entries: list[list[str]], text: str) -> None:
    matcher = Matcher([Topic(str(number), tuple(phrases)) for number, phrases in enumerate(entries)])

    assert len(matcher.decide(text).matches) <= 3

"""Entries that come, change and go while the matcher is asked."""

import threading
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from content.loader import load_entries
from content.match import Match, Matcher, Outcome
from tests.kit.topics import Topic

WORDS = (
    "养老金怎么领",
    "二次报销",
    "宅基地怎么申请",
    "社保卡丢了怎么办",
    "居住证",
    "路灯坏了",
    "红色驿站在哪里",
    "党费怎么交",
    "狗",
)
QUESTIONS = ("退休金点领", "二次包销", "起屋手续", "社宝卡不见了", "yanglaojin", "路燈壞咗", "驿站", "狗", "党费")


def found(matcher: Matcher) -> list[list[tuple[str, float]]]:
    """Return what a matcher finds for each question; equals may come in any order."""
    return [sorted((one.entry_id, round(one.score, 6)) for one in matcher.search(text, 50)) for text in QUESTIONS]


def settle() -> None:
    """Wait for matchers that are being made anew."""
    for thread in threading.enumerate():
        if thread.name == "matcher":
            thread.join(timeout=30)


@st.composite
def changes(draw: st.DrawFn) -> list[tuple[str, tuple[str, ...] | None]]:
    some = st.lists(st.sampled_from(WORDS), max_size=3).map(tuple)
    return draw(st.lists(st.tuples(st.sampled_from("abcd"), st.none() | some), max_size=12))


@settings(max_examples=40, deadline=None)
@given(changes())
def test_after_any_changes_a_matcher_finds_what_a_new_one_would(
    made: Sequence[tuple[str, tuple[str, ...] | None]],
) -> None:
    matcher = Matcher([Topic("a", WORDS[:2]), Topic("b", WORDS[2:4])])
    kept: dict[str, tuple[str, ...]] = {"a": WORDS[:2], "b": WORDS[2:4]}
    for entry_id, phrases in made:
        if phrases is None:
            matcher.remove(entry_id)
            kept.pop(entry_id, None)
        else:
            matcher.put(Topic(entry_id, phrases))
            kept[entry_id] = phrases

    assert found(matcher) == found(Matcher([Topic(*one) for one in kept.items()]))


def test_an_entry_put_into_an_empty_matcher_is_found_by_words_nobody_knew() -> None:
    matcher = Matcher([])
    matcher.put(Topic("goose", ("鸿雁传书", "大雁捎信")))

    assert matcher.decide("鸿雁传书").matches == (Match("goose", 0.99, "鸿雁传书"),)
    assert matcher.search("大雁稍信", 1)[0].entry_id == "goose"


def test_a_removed_entry_is_found_no_more_and_its_phrase_is_free_for_another() -> None:
    matcher = Matcher([Topic("a", ("办证中心",)), Topic("b", ("办证中心", "证件"))])
    matcher.remove("a")

    assert [one.entry_id for one in matcher.decide("办证中心").matches] == ["b"]
    matcher.remove("b")
    assert matcher.decide("办证中心").outcome is Outcome.NONE


def test_an_entry_that_is_changed_is_no_longer_found_by_its_old_words() -> None:
    matcher = Matcher([Topic("a", ("砍树",)), Topic("b", ("养狗登记",))])
    matcher.put(Topic("a", ("借书",)))

    assert [one.entry_id for one in matcher.search("砍树")] == []
    assert [one.entry_id for one in matcher.search("借书")] == ["a"]


def test_what_was_decided_before_a_change_is_decided_anew() -> None:
    matcher = Matcher([Topic("a", ("借书",))])
    before = matcher.decide("养狗登记").outcome
    matcher.put(Topic("b", ("养狗登记",)))

    assert (before, matcher.decide("养狗登记").outcome) == (Outcome.NONE, Outcome.ANSWER)


def test_after_very_many_changes_everything_is_still_found_and_nothing_is_left_behind() -> None:
    matcher = Matcher([])
    for number in range(1500):
        matcher.put(Topic(str(number % 20), (WORDS[number % 7], f"第{number}号窗口办什么")))
    settle()

    assert found(matcher) == found(
        Matcher([Topic(str(n % 20), (WORDS[n % 7], f"第{n}号窗口办什么")) for n in range(1480, 1500)])
    )
    assert matcher.search("第1499号窗口办什么", 1)[0].entry_id == "19"
    assert matcher.held_phrases() <= 20 * 2 + 2000


def test_an_index_that_changes_without_a_pause_is_made_anew_all_the_same() -> None:
    matcher = Matcher([])
    most = 0
    for number in range(4000):
        matcher.put(Topic(str(number % 20), (f"第{number}号窗口办什么",)))
        most = max(most, matcher.held_phrases())

    assert most < 3500
    settle()


def test_who_asks_while_entries_change_always_gets_an_answer() -> None:
    entries = load_entries()[:60]
    matcher = Matcher(entries)
    done = threading.Event()
    found_otherwise: list[str] = []

    def ask() -> None:
        while not done.is_set():
            for entry in entries[:10]:
                match = matcher.search(entry.title, 1)[0]
                if match.phrase not in entry.phrases:
                    found_otherwise.append(match.phrase)

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    for number in range(300):
        matcher.put(Topic(f"new{number % 40}", (f"新开的第{number}间铺头", f"铺头{number}几点开门")))
        matcher.remove(f"new{(number * 7) % 40}")
    done.set()
    for thread in asking:
        thread.join(timeout=30)
    settle()

    assert found_otherwise == []

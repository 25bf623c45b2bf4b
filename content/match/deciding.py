"""Whether to answer a question, to offer a few entries, or to say that there is none, by what a mistake costs."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from content.match.clauses import clauses
from content.match.normalise import LONGEST_TEXT
from content.match.outcomes import Decision, Match, Outcome
from content.match.reading import MOST_HEARD, heard, plain, read, read_typed
from content.match.talk import talk_in

if TYPE_CHECKING:
    from content.match.ranking import Ranking
    from content.match.stock import Stock

_WRONG = 3.0
"""What a wrong answer costs, in questions back: whoever is told something else goes away with it, or asks again."""

_IN_VAIN = 10 / 3
"""What it costs, in questions back, to be told that there is no answer when there is one: a cadre, a day of waiting."""

SURE = 1 - 1 / _WRONG
"""Score from which one entry is answered directly: below it a question back is cheaper."""

WORTH_OFFERING = 1 / _IN_VAIN
"""Score of the best entry from which asking 您想问哪一个 helps more than calling a person."""

TOLD_ENOUGH = 1 / 3
"""Share of what a question tells that the best entry must hold: 村里 alone does not make 村里祠堂 a known topic."""

TOLD_TO_ANSWER = 0.4
"""Share of what a question tells, and of what a phrase tells, that the other must hold for an outright answer."""

BOTH_TOLD = 1.2
"""Sum of both shares from which an entry is answered outright: 电费在哪交 is no 充电桩, 举报 is no 网格事件上报."""

_BOTH_TOLD_BY_FEW = 1.8
_FEW = 3
"""Telling characters of a question up to which none may be another: 租房子 is no 红房子, and 房子 may be."""

_EVEN = 0.5
_TOLD_AT_ALL = 0.2
"""Share from which an entry is offered whose score is at least even."""

CLOSE = 0.2
"""Share of the best entry's score from which another entry is offered beside it."""

MOST_OFFERED = 3
"""Entries offered at once: more do not fit a short message."""

SHORTEST = 2
"""Letters and digits a question needs unless it is exactly a phrase."""

EXACT = 0.99
"""Score of the only entry that has the question among its phrases."""

_OF_A_CLAUSE = 0.6
"""Share of an entry's score that counts where a clause of a message asks for it and the message as a whole hardly."""

_MOST_CLAUSES = 4  # looked at to be surer of what the whole asks

_ALL_TOLD = 0.95
"""Share of what a question tells that is held by the best entry so surely that its doubled characters are meant."""

NOTHING = Decision(Outcome.NONE, ())

_DOUBLED = re.compile(r"([^\W\d_a-z])\1")  # a finger that stayed too long, or a word that is said twice


def decide(stock: "Stock", message: str) -> Decision:
    """Decide about a message: what it asks as a whole, or else what its clauses ask."""
    whole = _about(stock, message[:LONGEST_TEXT])
    is_exact = whole.outcome is Outcome.ANSWER and whole.matches[0].score >= EXACT
    if is_exact:
        return whole
    if talk := talk_in(message):
        return Decision(Outcome.NONE, (), talk=talk)
    parts = _asking(message)
    return _about_parts(stock, whole, parts) if parts else whole


def _asking(message: str) -> list[str]:
    """Return the clauses that may ask something, none when it is the message that asks."""
    parts = clauses(message)
    asking = [part for part in parts if not talk_in(part)] if len(parts) > 1 else []
    return [] if len(asking) == 1 and plain(asking[0]) == plain(message) else asking


def search(stock: "Stock", message: str, limit: int) -> list[Match]:
    """Return the entries that a message may be about, surer of the first one where a clause asks for it as well."""
    asked = plain(message)
    found = matches_of(stock, rank(stock, asked), asked, limit)
    if not found or found[0].score >= WORTH_OFFERING:
        return found
    several = _asking(message[:LONGEST_TEXT])[:_MOST_CLAUSES]
    firsts = [matches_of(stock, rank(stock, part), part, 1) for part in map(plain, several)]
    agreeing = [_OF_A_CLAUSE * one.score for some in firsts for one in some if one.entry_id == found[0].entry_id]
    return [replace(found[0], score=max(found[0].score, *agreeing, 0.0)), *found[1:]]


def _about_parts(stock: "Stock", whole: Decision, parts: list[str]) -> Decision:
    """Offer the entries that several clauses ask for in turn, or answer the one that some of them ask for."""
    asked = [(part, _about(stock, part, ways=1, is_part=True)) for part in parts]
    answers: dict[str, tuple[str, Match]] = {}
    for part, decision in asked:
        if decision.outcome is Outcome.ANSWER:
            answers.setdefault(decision.matches[0].entry_id, (part, decision.matches[0]))
    if len(answers) > 1:
        offered = [*answers.values()][:MOST_OFFERED]
        return Decision(
            Outcome.CANDIDATES, tuple(match for _, match in offered), parts=tuple(part for part, _ in offered)
        )
    if whole.outcome is Outcome.ANSWER:
        return whole
    if answers:
        return Decision(Outcome.ANSWER, tuple(match for _, match in answers.values()))
    offers = [decision for _, decision in asked if decision.outcome is Outcome.CANDIDATES]
    return max((whole, *offers), key=_best_score) if whole.outcome is Outcome.NONE else whole


def _best_score(decision: Decision) -> float:
    return decision.matches[0].score if decision.matches else 0.0


def _about(stock: "Stock", text: str, *, ways: int = MOST_HEARD, is_part: bool = False) -> Decision:
    """Answer with the one entry that is surely meant, else offer the few that may be, else say there is none.

    Typed pinyin is read in so many ways: a message of many clauses must not cost as much as many messages.
    """
    asked = plain(text)
    spelt = stock.spelt_out(asked)
    if len(spelt) == 1:
        return Decision(Outcome.ANSWER, tuple(_exact(stock, spelt)))
    ranking = rank(stock, asked, ways=ways)
    told = ranking.told()
    if told < _TOLD_AT_ALL:
        return NOTHING
    best = matches_of(stock, ranking, asked, 1)[0]
    if best.score < (WORTH_OFFERING if told >= TOLD_ENOUGH else _EVEN):
        return NOTHING
    rivals = max(ranking.rivals(), len(spelt))
    if best.score >= SURE and rivals == 1 and _is_told(ranking, is_part=is_part):
        return Decision(Outcome.ANSWER, (best,))
    matches = matches_of(stock, ranking, asked, MOST_OFFERED)
    likely = sum(match.score >= CLOSE * matches[0].score for match in matches)
    return Decision(Outcome.CANDIDATES, tuple(matches[: max(likely, rivals)]))


def _is_told(ranking: "Ranking", *, is_part: bool) -> bool:
    """Tell whether a question and the best entry hold enough of each other for an outright answer.

    A few characters of a longer message may be about what the rest of it says: 有没有补助 behind 我阿爷是老兵.
    """
    told, back = ranking.told(), ranking.value("phrase_telling")
    question = ranking.question
    few = question.tells <= _FEW if told < _ALL_TOLD or is_part else len(question.reading.chars) < _FEW
    enough = _BOTH_TOLD_BY_FEW if few else BOTH_TOLD
    return ranking.is_spelt() or (min(told, back) >= TOLD_TO_ANSWER and told + back >= enough)


def rank(stock: "Stock", asked: str, *, ways: int = MOST_HEARD) -> "Ranking":
    """Rank by the reading that fits best: as it is written, without doubled characters, or as the pinyin it may be."""
    if len(asked.replace(" ", "")) < SHORTEST:
        return stock.ranker.rank(read(""))
    best = stock.ranker.rank(read_typed(asked))
    once, others = _DOUBLED.sub(r"\1", asked), heard(asked, most=ways)
    if once != asked and best.told() < _ALL_TOLD:
        others.append(read_typed(once))
    return max((best, *map(stock.ranker.rank, others)), key=lambda ranking: ranking.best_rank()) if others else best


def matches_of(stock: "Stock", ranking: "Ranking", asked: str, limit: int) -> list[Match]:
    """Score the best entries, never higher than the one before; a phrase spelt out comes first."""
    spelt = stock.spelt_out(asked)
    only = spelt if len(spelt) == 1 else {}
    matches = _exact(stock, only)
    ceiling = 1 - EXACT if only else EXACT
    for place, entry in enumerate(ranking.entries[: limit + len(only)]):
        if entry not in only:
            ceiling = min(ceiling, ranking.confidence(place, size=len(stock)))
            matches.append(Match(stock.ids[entry], ceiling, stock.phrases[ranking.phrase(place)]))
    return matches[:limit]


def _exact(stock: "Stock", spelt: dict[int, str]) -> list[Match]:
    return [Match(stock.ids[owner], EXACT, phrase) for owner, phrase in spelt.items()]

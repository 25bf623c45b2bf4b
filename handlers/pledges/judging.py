"""What those above say to a pledge, and how pledges are appraised, stage by stage."""

from datetime import date, timedelta
from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.messages import Choice
from bot.domain.pledges import appraising, judging
from bot.domain.pledges.appraising import Verdict
from bot.errors import DomainError
from content.pledges import grades, stage_name
from content.words import label
from db.models import Pledge
from handlers.personal import privately
from handlers.reading import short_words
from handlers.timing import day_said


class Looked(Form):
    """A pledge as it was when it was looked at."""

    pledge_id: int
    run: int


@flow("pledges.approve", Looked)
def approve(turn: Turn, form: Looked) -> Reply:
    """Let a pledge be public."""
    judging.approve(turn.db, form.pledge_id, form.run, by=turn.person, now=turn.now)
    return Reply("pledges/you_approved")


def may_judge(turn: Turn, answers: Answers) -> None:
    """Refuse who may not say no to a pledge, before anything is asked."""
    privately(turn)
    judging.for_reviewer(turn.db, answers["pledge_id"], answers["run"], turn.person)


class GivenBack(Form):
    """A pledge that is to be written anew, and why."""

    pledge_id: int
    run: int
    reason: Annotated[str, Ask("pledges/why_returned", known=may_judge, reads=short_words, takes_anything=True)]


@flow("pledges.return", GivenBack)
def give_back(turn: Turn, form: GivenBack) -> Reply:
    """Return a pledge with the reason."""
    judging.give_back(turn.db, form.pledge_id, form.run, form.reason, by=turn.person, now=turn.now)
    return Reply("pledges/you_returned")


def only_stage(turn: Turn, answers: Answers) -> str | None:
    """Return the stage somebody may enter where there is one; refuse who may enter none."""
    privately(turn)
    found = _stages(turn, answers)
    if not found:
        raise DomainError("pledges/not_yours_to_appraise")
    return found[0] if len(found) == 1 else None


def stages_offered(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer the stages somebody may enter."""
    return tuple(Choice(label=stage_name(one), fill={"value": one}) for one in _stages(turn, answers))


def stage_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Name the pledge and the stage."""
    return {"words": turn.db.get_one(Pledge, answers["pledge_id"]).words, "stage": stage_name(answers["stage"])}


def grades_offered(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer every grade."""
    return tuple(Choice(label=name, fill={"value": key}) for key, name in grades().items())


def days_offered(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer today and yesterday."""
    today = turn.now.astimezone(turn.zone).date()
    return (
        Choice(label=label("on_this_day"), fill={"value": today.isoformat()}),
        Choice(label=label("the_day_before"), fill={"value": (today - timedelta(days=1)).isoformat()}),
    )


def a_day(turn: Turn) -> str:
    """Read a day that is over, or today."""
    found = day_said(turn, turn.text)
    if found is None:
        raise InvalidAnswer("pledges/no_such_day")
    return found.isoformat()


class Appraised(Form):
    """A pledge, at which stage it was appraised, how, and on which day."""

    pledge_id: int
    stage: Annotated[str, Ask("pledges/which_stage", known=only_stage, offer=stages_offered)]
    grade: Annotated[str, Ask("pledges/which_grade", show=stage_shown, offer=grades_offered)]
    on: Annotated[date, Ask("pledges/on_which_day", offer=days_offered, reads=a_day, takes_anything=True)]


@flow("pledges.appraise", Appraised)
def appraise(turn: Turn, form: Appraised) -> Reply:
    """Enter how a pledge was appraised."""
    verdict = Verdict(form.stage, form.grade, form.on)
    appraising.enter(turn.db, form.pledge_id, verdict, by=turn.person, now=turn.now)
    return Reply("pledges/appraised")


def _stages(turn: Turn, answers: Answers) -> list[str]:
    pledge = turn.db.get(Pledge, answers["pledge_id"])
    return appraising.stages_for(turn.db, pledge, turn.person) if pledge else []

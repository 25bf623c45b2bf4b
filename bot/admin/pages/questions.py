"""Questions people asked: listed, seen, answered."""

from collections.abc import Mapping

from bot.admin.asked import Asked
from bot.admin.list_pages import ListPage
from bot.admin.tables import Column
from bot.admin.views import Go, Page, View
from bot.domain import cases
from bot.domain.access import Act
from bot.domain.answers import drafting
from bot.domain.console.visiting import Visit
from bot.domain.lists import cases as case_list
from bot.domain.lists.cases import CaseRow
from content import console
from db.models import CaseState

_FILTERS = ("state", "text")
_LONGEST_ANSWER = 2000
_MAY = frozenset({Act.ANSWER_CASES})


def _path(row: CaseRow) -> str:
    return f"/admin/questions/{row.case.id}"


COLUMNS = (
    Column("number", lambda row: row.number, sort="id", link=_path),
    Column("question", lambda row: cases.one_line(row.case.question), link=_path),
    Column("unit", lambda row: row.unit or None),
    Column("state", lambda row: console.word("case_states", row.case.state)),
    Column("opened_at", lambda row: row.case.opened_at),
    Column("answerer", lambda row: row.answerer or None),
)


def choices(_visit: Visit) -> Mapping[str, object]:
    """Return what the filters offer."""
    return {"states": list(CaseState)}


LIST = ListPage("questions", _FILTERS, case_list.listing, COLUMNS, _MAY, choices)


def show(visit: Visit, asked: Asked) -> View:
    """Show one question and, while it is open, where to write the answer."""
    case = case_list.found(visit, asked.number("case_id"))
    alike = cases.alike(visit.db, case) if case.state is CaseState.OPEN else []
    values = {"case": case, "number": cases.number(case), "alike": alike, "answer": asked.typed("reply")}
    return View("question", values)


def answer(visit: Visit, asked: Asked) -> Go:
    """Answer a question and those alike that are ticked; whoever asked is told. Or keep the answer as a draft."""
    case = case_list.found(visit, asked.number("case_id"))
    if asked.form.get("do", "") == "keep":
        draft = drafting.from_case(visit.db, case.id or 0, by=visit.person, now=visit.now)
        return Go(f"/admin/drafts/{draft.id}")
    text = asked.text("reply", most=_LONGEST_ANSWER)
    kept = set(asked.ids("with"))
    others = [one.id or 0 for one in cases.alike(visit.db, case) if one.id not in kept]
    cases.answer(visit.db, case.id or 0, text, by=visit.person, now=visit.now, without=others)
    return Go(asked.path, said="answered")


PAGES = (
    LIST.page(),
    Page("/admin/questions/{case_id}", show, takes=answer, needs=_MAY),
)

"""Looking after an installation: migrate, and entries in and out."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from content.loader import dump_entries, load_entries
from content.schema import Entry
from tests.commands.conftest import CommandLine
from tests.kit import databases

SHIPPED = load_entries()
OWN = SHIPPED[0].model_copy(
    update={
        "id": "shiwan.of_our_own",
        "title": "祠堂摆酒",
        "ask": ("祠堂可以摆酒吗", "祠堂摆酒找谁", "去祠堂摆酒"),
        "answer": "可以，先到村委登记。",
        "unstated": (),
        "figures": (),
        "related": (),
        "samples": ("摆酒", "祠堂能摆几围", "想摆酒"),
    }
)


def write(path: Path, entries: Sequence[Entry]) -> Path:
    path.write_text(dump_entries(entries), encoding="utf-8")
    return path


def reworded(entry: Entry, answer: str) -> Entry:
    return entry.model_copy(update={"answer": answer})


def test_migrating_makes_the_database_and_takes_in_what_is_shipped(hongyan: CommandLine, tmp_path: Path) -> None:
    ran = hongyan("migrate")

    assert (ran.code, ran.out.splitlines()) == (
        0,
        ["The database is at this version's schema.", f"Entries: {len(SHIPPED)} new, 0 newer, 0 unchanged."],
    )
    assert (tmp_path / "data" / "hongyan.sqlite3").is_file()


def test_migrating_again_changes_nothing(hongyan: CommandLine) -> None:
    hongyan("migrate")

    assert hongyan("migrate").out.splitlines()[1] == f"Entries: 0 new, 0 newer, {len(SHIPPED)} unchanged."


def test_a_pack_is_taken_in_and_spoken_at_once(installed: CommandLine, tmp_path: Path) -> None:
    ran = installed("entries", "import", write(tmp_path / "pack.yaml", [OWN]))

    assert (ran.code, ran.out) == (0, "Entries: 1 new, 0 newer, 0 unchanged.\n")
    assert installed("say", "祠堂可以摆酒吗").out.splitlines()[:2] == ["【祠堂摆酒】", OWN.answer]


def test_what_goes_out_comes_in_unchanged(installed: CommandLine, tmp_path: Path) -> None:
    pack = tmp_path / "pack.yaml"
    exported = installed("entries", "export", pack)

    imported = installed("entries", "import", pack)

    assert (exported.code, exported.out) == (0, f"{len(SHIPPED)} entries written to {pack}.\n")
    assert imported.out == f"Entries: 0 new, 0 newer, {len(SHIPPED)} unchanged.\n"
    assert load_entries(pack) == sorted(SHIPPED, key=lambda entry: entry.id)


def test_a_folder_of_packs_is_taken_in_together(installed: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "packs"
    folder.mkdir()
    other = OWN.model_copy(update={"id": "shiwan.another", "related": (OWN.id,), "title": "别的"})
    write(folder / "one.yaml", [OWN])
    write(folder / "two.yaml", [other.model_copy(update={"ask": ("别的一", "别的二", "别的三")})])

    assert installed("entries", "import", folder).out == "Entries: 2 new, 0 newer, 0 unchanged.\n"


def test_a_pack_may_lead_to_entries_that_are_here_already(installed: CommandLine, tmp_path: Path) -> None:
    related = OWN.model_copy(update={"related": (SHIPPED[0].id,)})

    assert installed("entries", "import", write(tmp_path / "pack.yaml", [related])).code == 0


def test_a_local_edit_stays_when_a_newer_pack_comes(installed: CommandLine, tmp_path: Path) -> None:
    installed("entries", "import", write(tmp_path / "pack.yaml", [OWN]))
    local = installed("entries", "import", "--local", write(tmp_path / "local.yaml", [reworded(OWN, "本地说法。")]))

    newer = installed("entries", "import", write(tmp_path / "newer.yaml", [reworded(OWN, "新的说法。")]))

    assert (local.code, local.out, newer.code) == (0, "1 edited here, 0 unchanged.\n", 0)
    assert newer.out.splitlines() == [
        "Entries: 0 new, 0 newer, 0 unchanged.",
        f"Edited here, so the pack's newer text was not taken: {OWN.id}",
    ]
    assert installed("say", "祠堂可以摆酒吗").out.splitlines()[1] == "本地说法。"


def test_exporting_and_importing_a_local_edit_finds_nothing_newer(installed: CommandLine, tmp_path: Path) -> None:
    installed("entries", "import", write(tmp_path / "pack.yaml", [OWN]))
    installed("entries", "import", "--local", write(tmp_path / "local.yaml", [reworded(OWN, "本地说法。")]))
    installed("entries", "export", tmp_path / "all.yaml")

    ran = installed("entries", "import", tmp_path / "all.yaml")

    assert ran.out == f"Entries: 0 new, 0 newer, {len(SHIPPED) + 1} unchanged.\n"


def test_a_malformed_pack_is_refused_with_every_problem_and_changes_nothing(
    installed: CommandLine, tmp_path: Path
) -> None:
    pack = tmp_path / "pack.yaml"
    pack.write_text(dump_entries([OWN]).replace("title: 祠堂摆酒", "titel: 祠堂摆酒").replace("shiwan.of", "Shiwan of"))

    ran = installed("entries", "import", pack)

    assert (ran.code, ran.out) == (1, "")
    assert [line.partition(" ")[2].partition(":")[0] for line in ran.complaints] == ["id", "title", "titel"]
    assert installed("say", "--json", "祠堂可以摆酒吗").out.find(OWN.answer) == -1


@pytest.mark.parametrize(
    "data",
    [b"", b"not a list", b"\xff\xfe\x00broken", b"- id: [", b"- \x00", "- id: 一\n".encode("gb18030"), b"&a [*a]"],
    ids=["empty", "no list", "binary", "broken", "zero", "gb18030", "recursive"],
)
def test_what_is_no_pack_is_refused_with_a_sentence(installed: CommandLine, tmp_path: Path, data: bytes) -> None:
    pack = tmp_path / "pack.yaml"
    pack.write_bytes(data)

    ran = installed("entries", "import", pack)

    assert (ran.code, ran.out, len(ran.complaints) >= 1) == (1, "", True)
    assert [line for line in ran.complaints if not line.startswith(str(pack))] == []


def test_an_empty_folder_is_no_pack(installed: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "packs"
    folder.mkdir()

    assert installed("entries", "import", folder).code == 1


def test_a_pack_that_is_not_there_is_a_bad_argument(installed: CommandLine, tmp_path: Path) -> None:
    assert installed("entries", "import", tmp_path / "nowhere.yaml").code == 2


def test_a_place_that_cannot_be_written_is_refused_with_a_sentence(installed: CommandLine, tmp_path: Path) -> None:
    ran = installed("entries", "export", tmp_path / "nowhere" / "all.yaml")

    assert (ran.code, ran.out, len(ran.complaints)) == (1, "", 1)


def test_a_postgresql_nobody_migrated_is_refused_until_somebody_does(
    installed: CommandLine, tmp_path: Path, postgresql_maker: databases.PostgresqlMaker
) -> None:
    url = postgresql_maker.make_empty()
    installed.set(database_url=url)
    pack = write(tmp_path / "pack.yaml", [OWN])

    refused, migrated, taken = (
        installed("entries", "import", pack),
        installed("migrate"),
        installed("entries", "import", pack),
    )
    postgresql_maker.drop(url)

    assert (refused.code, refused.complaints) == (
        1,
        ["The database is not at this version's schema; run: hongyan migrate"],
    )
    assert (migrated.code, taken.code) == (0, 0)


@pytest.mark.parametrize("command", [["migrate"], ["say", "你好"], ["entries", "export", "all.yaml"]])
def test_a_data_folder_that_cannot_be_made_is_named(installed: CommandLine, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    installed.set(data_dir=tmp_path / "file" / "data")

    ran = installed(*command)

    assert (ran.code, ran.out, len(ran.complaints)) == (1, "", 1)


@pytest.mark.parametrize("command", [["migrate"], ["check"], ["say", "你好"]])
def test_a_file_that_is_no_database_is_named(installed: CommandLine, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "hongyan.sqlite3").write_bytes(b"this is no database at all" * 100)

    ran = installed(*command)

    assert (ran.code, ran.out, len(ran.complaints)) == (1, "", 1)


def test_a_database_that_cannot_be_reached_is_named_without_its_password(installed: CommandLine) -> None:
    installed.set(database_url="postgresql+psycopg://hongyan:very-secret@127.0.0.1:1/hongyan")

    ran = installed("migrate")

    assert (ran.code, ran.out, len(ran.complaints)) == (1, "", 1)
    assert "very-secret" not in ran.err


def test_a_scope_that_several_units_are_called_by_is_named(installed: CommandLine, tmp_path: Path) -> None:
    units = tmp_path / "units.csv"
    units.write_text("名称,类型,上级\n石湾,党委,\n番村,村,石湾\n深村,村,石湾\n一支部,党支部,番村\n一支部,党支部,深村\n")
    installed("units", "import", units)

    ran = installed("entries", "import", write(tmp_path / "pack.yaml", [OWN.model_copy(update={"scope": "一支部"})]))

    assert ran.out.splitlines()[1:] == [
        "Several units are called 一支部, so it holds for each of them: 番村·一支部, 深村·一支部.",
        f"  Name one of these as the scope of: {OWN.id}",
    ]


def test_what_came_back_as_it_went_out_is_no_local_edit(installed: CommandLine, tmp_path: Path) -> None:
    installed("entries", "import", write(tmp_path / "pack.yaml", [OWN]))
    exported = tmp_path / "all.yaml"
    installed("entries", "export", exported)

    back = installed("entries", "import", "--local", exported)
    newer = installed("entries", "import", write(tmp_path / "newer.yaml", [reworded(OWN, "新的说法。")]))

    assert back.out == f"0 edited here, {len(SHIPPED) + 1} unchanged.\n"
    assert newer.out == "Entries: 0 new, 1 newer, 0 unchanged.\n"

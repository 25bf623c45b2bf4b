"""Files and functions stay small enough to be read in one go."""

from pathlib import Path
from statistics import median

from tests.kit.sources import GENERATED, PACKAGES, ROOT, sources

LONGEST_FILE = 300
LONGEST_TEST = 500
LONGEST_FUNCTION = 40
USUAL_FILE = 100


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def too_long(folders: tuple[str, ...], endings: tuple[str, ...], most: int) -> dict[str, int]:
    found = [path for folder in folders for ending in endings for path in (ROOT / folder).rglob(f"*.{ending}")]
    return {
        path.relative_to(ROOT).as_posix(): lines(path)
        for path in sorted(found)
        if GENERATED not in path.parents and lines(path) > most
    }


def test_no_file_is_too_long() -> None:
    assert too_long(PACKAGES, ("py", "js", "css", "html"), LONGEST_FILE) == {}


def test_no_test_is_too_long() -> None:
    assert too_long(("tests",), ("py",), LONGEST_TEST) == {}


def test_the_usual_file_is_short() -> None:
    assert median(len(source.text.splitlines()) for source in sources()) <= USUAL_FILE


def test_no_function_is_too_long() -> None:
    long = {
        f"{source.at(one)} {one.name}": length
        for source in sources()
        for one in source.functions()
        if (length := (one.end_lineno or one.lineno) - one.lineno + 1) > LONGEST_FUNCTION
    }

    assert long == {}

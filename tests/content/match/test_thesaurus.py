from content.match import thesaurus


def test_the_tables_are_as_they_should_be() -> None:
    assert thesaurus.problems() == []

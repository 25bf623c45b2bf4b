from content.match import thesaurus


def test_the_tables_are_as_they_should_be() -> None:
    assert thesaurus.problems() == []


def test_there_are_words_for_every_area_of_a_township() -> None:
    areas = {area.name.removesuffix(".yaml") for area in thesaurus.AREAS.iterdir()}

    assert areas == {
        "bot",
        "environment",
        "farming",
        "general",
        "household",
        "housing",
        "medical",
        "party",
        "pensions",
        "places",
        "safety",
        "schooling",
        "study",
        "village",
        "volunteering",
        "welfare",
        "work",
    }
    assert len(thesaurus.groups()) >= 600

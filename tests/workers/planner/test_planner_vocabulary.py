"""The vocabulary is data: what can be wrong with it is checked here."""

from workers.planner.vocabulary import Term, lexicon, terms


def test_a_vocabulary_is_read_with_its_kinds_values_and_continued_lines() -> None:
    text = (
        "# words\n[join]\nand | or\n  | but\n\n[environment]\ndev = dev\n  | the  dev\nprod = prd\n"
    )

    assert dict(terms(text)) == {
        "and": Term("join"),
        "or": Term("join"),
        "but": Term("join"),
        "dev": Term("environment", "dev"),
        "the dev": Term("environment", "dev"),
        "prd": Term("environment", "prod"),
    }


def test_every_phrase_is_in_lower_case_and_short_enough_to_be_found() -> None:
    assert all(phrase == phrase.lower() for phrase in lexicon())
    assert all(1 <= len(phrase.split()) <= 5 for phrase in lexicon())


def test_the_kinds_that_need_a_value_have_one() -> None:
    needy = ("unsupported", "environment", "service")

    assert all(term.value for term in lexicon().values() if term.kind in needy)
    assert {t.value for t in lexicon().values() if t.kind == "environment"} == {
        "dev",
        "staging",
        "production",
    }

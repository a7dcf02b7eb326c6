"""Singulars, names and what a service is about."""

import pytest

from workers.planner.nouns import is_name, name_problem, resource, resource_of, singular, slug

SINGULARS = """
    users:user orders:order categories:category companies:company addresses:address classes:class
    boxes:box batches:batch dishes:dish buses:bus statuses:status status:status analysis:analysis
    people:person children:child invoices:invoice houses:house cases:case licenses:license
    responses:response courses:course movies:movie cookies:cookie series:series news:news
    media:media shelves:shelf archives:archive knives:knife heroes:hero shoes:shoe quizzes:quiz
    taxes:tax caches:cache databases:database keys:key days:day purchases:purchase boss:boss
    campus:campus gas:gas bus:bus aliases:alias user:user billing:billing employees:employee
    indices:index data:data warehouses:warehouse as:as s:s
"""


@pytest.mark.parametrize("pair", SINGULARS.split())
def test_a_plural_has_a_singular(pair: str) -> None:
    plural, expected = pair.split(":")
    assert singular(plural) == expected


RESOURCES = [
    ("user-service", "user"),
    ("orders", "order"),
    ("orders-api", "order"),
    ("order-management-service", "order"),
    ("blog-posts", "blog_post"),
    ("customer-addresses-service", "customer_address"),
    ("people", "person"),
    ("service", None),
    ("api-service", None),
    ("class-service", "class"),
    ("very-long-words-for-one-resource-of-ours", "words_for_one_resource_of_our"),
]


@pytest.mark.parametrize(("name", "expected"), RESOURCES)
def test_a_service_is_about_a_noun(name: str, expected: str | None) -> None:
    assert resource_of(name) == expected


def test_words_that_make_no_resource_give_none() -> None:
    assert resource([]) is None
    assert resource(["🚀"]) is None
    assert resource(["2nd"]) is None
    assert resource(["x" * 100]) is None


SLUGS = [
    ("UserService", "user-service"),
    ("user_service", "user-service"),
    ("HTTPServer", "http-server"),
    ("User Service", "user-service"),
    ("Größe", "groe"),
    ("../x", None),
    ("🚀", None),
    ("", None),
    ("2fast", "fast"),
    ("a" * 300, "a" * 40),
]


@pytest.mark.parametrize(("text", "expected"), SLUGS)
def test_a_name_that_could_be_is_proposed(text: str, expected: str | None) -> None:
    assert slug(text) == expected
    assert expected is None or is_name(expected)


def test_a_problem_with_a_name_shows_it_short_and_proposes_none_for_nonsense() -> None:
    problem = name_problem("service name", "a" * 300)

    assert len(problem) < 250
    assert "would be" not in problem
    assert "2 to 40" in problem

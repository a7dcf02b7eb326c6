"""The rules on sentences as people write them: what is understood, and what is refused."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.planner.nouns import is_name
from workers.planner.rules import understood

PUBLIC, PRIVATE = True, False


@dataclass(frozen=True)
class Says:
    """What a sentence says. None: nothing."""

    name: str
    environment: str | None = None
    database: str | None = None
    resource: str | None = None
    buckets: dict[str, bool] = field(default_factory=dict)


UNDERSTOOD: list[tuple[str, Says]] = [
    (
        "Create a new microservice called user-service with REST API, PostgreSQL, and deploy to "
        "staging",
        Says("user-service", "staging", "postgresql"),
    ),
    (
        "Create a new microservice called user-service with REST API, PostgreSQL, a public bucket "
        "for avatars, and deploy to staging",
        Says("user-service", "staging", "postgresql", buckets={"avatars": PUBLIC}),
    ),
    (
        "Create a new microservice called user-service with REST API, PostgreSQL and a public "
        "bucket for avatars, and deploy to staging",
        Says("user-service", "staging", "postgresql", buckets={"avatars": PUBLIC}),
    ),
    (
        "create a user service with a REST API and PostgreSQL, deploy it to staging",
        Says("user-service", "staging", "postgresql"),
    ),
    (
        "cReAtE a MICROSERVICE Called orders WITH postgres ON Staging",
        Says("orders", "staging", "postgresql"),
    ),
    (
        "  A service called user-service with REST API , PostgreSQL , and deploy to staging .",
        Says("user-service", "staging", "postgresql"),
    ),
    # order
    (
        'On staging, please spin up a Python service named "billing" backed by Postgres!',
        Says("billing", "staging", "postgresql"),
    ),
    (
        "deploy to production a REST API called invoices, no database",
        Says("invoices", "production", "none"),
    ),
    (
        "Call it orders: a FastAPI microservice with postgres on dev.",
        Says("orders", "dev", "postgresql"),
    ),
    (
        "PostgreSQL, public bucket for avatars, REST API, staging: a service called accounts",
        Says("accounts", "staging", "postgresql", buckets={"avatars": PUBLIC}),
    ),
    (
        "Create a microservice with REST API and PostgreSQL called user-service",
        Says("user-service", None, "postgresql"),
    ),
    # several sentences
    (
        "I need a service. Call it payments. Use PostgreSQL. Ship it to prod.",
        Says("payments", "production", "postgresql"),
    ),
    (
        "hello flotilla! we need a new backend called ticket-desk. it should use postgres. thanks",
        Says("ticket-desk", None, "postgresql"),
    ),
    (
        "We want the microservice to be called loyalty. Its database is PostgreSQL. Deploy to "
        "production.",
        Says("loyalty", "production", "postgresql"),
    ),
    ("Build an API\n- called crm\n- Python\n- Postgres\n- dev", Says("crm", "dev", "postgresql")),
    # ways to name
    (
        "microservice: orders, database: postgres, environment: staging",
        Says("orders", "staging", "postgresql"),
    ),
    ("name: orders, database: none, env: production", Says("orders", "production", "none")),
    ("service_name=orders", Says("orders")),
    ("Build me an orders API without a database", Says("orders-api", None, "none")),
    ("Could you create a review service?", Says("review-service")),
    ("Create orders-api with PostgreSQL 16", Says("orders-api", None, "postgresql")),
    ("spin up user-service in dev w/ pg", Says("user-service", "dev", "postgresql")),
    ("Set up `catalog` microservice; Postgres; staging", Says("catalog", "staging", "postgresql")),
    ("Scaffold FastAPI backend inventory with PostgreSQL", Says("inventory", None, "postgresql")),
    ("Create python-service with Postgres", Says("python-service", None, "postgresql")),
    ("Create a service called staging-tools for production", Says("staging-tools", "production")),
    (
        "Create an employee microservice named staff, postgres, dev",
        Says("staff", "dev", "postgresql"),
    ),
    ("I’d like a backend, name it “recipe-box”, dev environment", Says("recipe-box", "dev")),
    ("Set up a service by the name of ledger", Says("ledger")),
    ("Create a Python microservice w/o DB named ping", Says("ping", None, "none")),
    ("Create a service called orders. Deploy orders to staging.", Says("orders", "staging")),
    ("deploy user service to staging", Says("user-service", "staging")),
    ("Is it possible to build a service called orders?", Says("orders")),
    ("Create a service called orders and don't make it public", Says("orders")),
    # environments and databases
    ("production-ready service called ledger, deploy to staging", Says("ledger", "staging")),
    ("Create a service called orders, staging, not production", Says("orders", "staging")),
    ("Create a service called orders but don't deploy to production", Says("orders")),
    ("Create a service called orders and go live", Says("orders", "production")),
    ("Create a service called orders in the development environment", Says("orders", "dev")),
    ("Make a stateless service named pricing", Says("pricing", None, "none")),
    ("Create a service called orders without any bucket or database", Says("orders", None, "none")),
    ("Create a service called orders, no db, on stage", Says("orders", "staging", "none")),
    (
        "Create a service called orders with postgres-backed REST API",
        Says("orders", None, "postgresql"),
    ),
    (
        "Create a service called orders instead of MongoDB use PostgreSQL",
        Says("orders", None, "postgresql"),
    ),
    ("Create a service called orders without Kafka, not in Go, no gRPC", Says("orders")),
    (
        "Create a service called orders, not a MySQL database but PostgreSQL",
        Says("orders", None, "postgresql"),
    ),
    # buckets
    (
        "Create media-api and a private bucket named invoices",
        Says("media-api", buckets={"invoices": PRIVATE}),
    ),
    (
        "Create media-api with an S3 bucket for uploads",
        Says("media-api", buckets={"uploads": PRIVATE}),
    ),
    (
        "Create a service called media with a public bucket for avatars and a private one for "
        "invoices",
        Says("media", buckets={"avatars": PUBLIC, "invoices": PRIVATE}),
    ),
    (
        "Create a service called media with two buckets: avatars and invoices",
        Says("media", buckets={"avatars": PRIVATE, "invoices": PRIVATE}),
    ),
    (
        "Create a service called media with a bucket, which must be public, for user avatars",
        Says("media", buckets={"user-avatars": PUBLIC}),
    ),
    (
        "Create a service called media with a bucket for avatars. The bucket must not be public.",
        Says("media", buckets={"avatars": PRIVATE}),
    ),
    (
        "Create a service called media with an avatars bucket that is publicly readable",
        Says("media", buckets={"avatars": PUBLIC}),
    ),
    (
        "Create a service called media with a public S3 bucket named user-avatars",
        Says("media", buckets={"user-avatars": PUBLIC}),
    ),
    ("Create a service called media and a bucket", Says("media", buckets={"files": PRIVATE})),
    ("Create a service called media, no bucket", Says("media")),
    (
        "Make an API with a public bucket for avatars and call it profiles",
        Says("profiles", buckets={"avatars": PUBLIC}),
    ),
    (
        "Create a service called shop with a bucket for receipts, and call it paper",
        Says("shop", buckets={"paper": PRIVATE}),
    ),
    # what the API is about
    ("Create a service called crm that manages customers", Says("crm", resource="customer")),
    (
        "Create a service called crm with CRUD for customer accounts",
        Says("crm", resource="customer_account"),
    ),
    ("Create a service called shop with a product resource", Says("shop", resource="product")),
    ("A service called shop, with a table called categories", Says("shop", resource="category")),
]


@pytest.mark.parametrize(("sentence", "says"), UNDERSTOOD, ids=[row[0][:60] for row in UNDERSTOOD])
def test_a_request_is_understood(sentence: str, says: Says) -> None:
    draft = understood(sentence)

    assert draft.problems == ()
    assert draft.unsupported == ()
    assert draft.unknown == ()
    assert (
        Says(
            draft.service_name or "",
            draft.environment,
            draft.database,
            draft.resource,
            {bucket.name: bucket.public for bucket in draft.buckets},
        )
        == says
    )


UNSUPPORTED: list[tuple[str, set[str]]] = [
    ("Create a Go service called orders", {"Go"}),
    ("Create a service called orders in Go", {"Go"}),
    ("Create a service called orders with Python, Go", {"Go"}),
    ("Create a golang microservice named orders", {"Go"}),
    (
        "I want a nodejs microservice called web with mysql on heroku",
        {"Node.js", "MySQL", "Heroku"},
    ),
    ("Create a service called orders with MongoDB and gRPC on Kafka", {"MongoDB", "gRPC", "Kafka"}),
    ("Create a service called orders with PostgreSQL and MySQL", {"MySQL"}),
    ("Create a microservice named payments that talks to Kafka", {"Kafka"}),
    ("Build a Kubernetes operator called scaler", {"a Kubernetes operator"}),
    ("Build a mobile app called shop", {"a mobile app"}),
    ("Create an API gateway called edge", {"an API gateway"}),
    ("Create a service called orders with authentication", {"authentication"}),
    ("Create a service called orders deployed to QA", {"environment qa"}),
    ("Create a service called orders but don't deploy it", {"a request without deployment"}),
    ("Create a service called orders not using python", {"a language other than Python"}),
    ("Set up an event-driven microservice called orders", {"an event-driven service"}),
    ("Create two services called a-one and b-two", {"several services in one request"}),
]


@pytest.mark.parametrize(("sentence", "named"), UNSUPPORTED, ids=[r[0] for r in UNSUPPORTED])
def test_what_is_not_made_here_is_named(sentence: str, named: set[str]) -> None:
    assert set(understood(sentence).unsupported) == named


UNKNOWN = [
    ("Create a service called orders with quantum teleportation", ("quantum teleportation",)),
    ("Create a service called orders written in Zig", ("Zig",)),
    ("Create a service called orders and deploy it to Mars", ("Mars",)),
    ("Create a service called orders using PostgreSQL, flux capacitors", ("flux capacitors",)),
]


@pytest.mark.parametrize(("sentence", "phrases"), UNKNOWN)
def test_what_is_asked_for_in_unknown_words_is_not_passed_over(
    sentence: str, phrases: tuple[str, ...]
) -> None:
    assert understood(sentence).unknown == phrases


LEFT_OUT = [
    ("Create a microservice called orders for our finance folks", ("finance folks",)),
    ("Create a multi-tenant microservice called orders", ("multi-tenant",)),
    ("A service called orders with a database called ledger", ("database name ledger",)),
]


@pytest.mark.parametrize(("sentence", "phrases"), LEFT_OUT)
def test_what_is_only_said_is_left_out_by_name(sentence: str, phrases: tuple[str, ...]) -> None:
    draft = understood(sentence)

    assert draft.unknown == ()
    assert draft.left_out == phrases


PROBLEMS: list[tuple[str, str, str, str]] = [
    ("Create a service", "service_name", "missing", "the service's name"),
    ("Create a microservice with PostgreSQL on staging", "service_name", "missing", "name"),
    ("need an api for users", "service_name", "missing", "name"),
    ("Create a fast, secure, production-ready service", "service_name", "missing", "name"),
    ("Create a private bucket named invoices", "service_name", "missing", "name"),
    ("asdf ghjk", "request", "missing", "what to make"),
    ("asdf-qwer", "request", "missing", "what to make"),
    ("Ich moechte einen Service namens Bestellungen", "service_name", "missing", "name"),
    ("?!", "request", "missing", "what to make"),
    ("please help", "request", "missing", "what to make"),
    ("How do I create a service called orders?", "request", "invalid", "a question"),
    ("Don't create a service called orders", "request", "invalid", "what not to do"),
    ("delete user-service", "request", "invalid", "'delete'"),
    ("I want to delete the service called orders", "request", "invalid", "'delete'"),
    ("restart user-service on staging", "request", "invalid", "'restart'"),
    ("What is the status of user-service?", "request", "invalid", "a question"),
    ("Create a service called ../x", "service_name", "invalid", "'../x' is not a valid name"),
    ("Create a service called /etc/passwd", "service_name", "invalid", "not a valid name"),
    ("Create a service called UserService", "service_name", "invalid", "'user-service' would be"),
    ("Create UserService with Postgres", "service_name", "invalid", "'user-service' would be"),
    ("CREATE A SERVICE CALLED USER-SERVICE", "service_name", "invalid", "'user-service' would be"),
    ("Create orders_service", "service_name", "invalid", "'orders-service' would be"),
    ("Create a service called user service", "service_name", "invalid", "'user-service' would be"),
    ("Create a service called 🚀", "service_name", "invalid", "'🚀' is not a valid name"),
    ("Create a service called rocket🚀", "service_name", "invalid", "'rocket' would be"),
    ("Create a service called 1password", "service_name", "invalid", "a letter first"),
    ("Create a service called x", "service_name", "invalid", "2 to 40"),
    (f"Create a service called {'a' * 300}", "service_name", "invalid", "2 to 40"),
    ("Create a service called orders and billing", "service_name", "conflict", "'orders' and 'bil"),
    ("Create user-service and order-service", "service_name", "conflict", "there are 2"),
    ("Create a-service and b-service", "service_name", "conflict", "there are 2"),
    ("A service called orders with the name billing", "service_name", "conflict", "there are 2"),
    ("Service called orders, to staging and prod", "environment", "conflict", "staging and prod"),
    ("Service called orders, staging, not staging", "environment", "conflict", "staging"),
    ("Service called orders, not on staging", "environment", "missing", "staging is excluded"),
    ("Service called orders, no database, PostgreSQL", "database", "conflict", "wants none"),
    ("Service called orders, bucket named Invoices", "buckets", "invalid", "'invoices' would be"),
    (
        "Service called orders with a public bucket for logs. The bucket is private.",
        "buckets",
        "conflict",
        "public and private",
    ),
    (
        "Service called orders with buckets for "
        + ", ".join(f"logs{'abcdefghijklm'[n]}" for n in range(11)),
        "buckets",
        "invalid",
        "11 buckets are too many",
    ),
]


@pytest.mark.parametrize(
    ("sentence", "about", "kind", "text"), PROBLEMS, ids=[row[0][:50] for row in PROBLEMS]
)
def test_what_is_not_certain_is_a_problem_and_no_guess(
    sentence: str, about: str, kind: str, text: str
) -> None:
    problems = understood(sentence).problems

    assert any((p.about, p.kind) == (about, kind) and text in p.text for p in problems), problems


@given(st.text(max_size=400))
def test_no_text_breaks_the_rules(text: str) -> None:
    draft = understood(text)

    assert draft.service_name is None or is_name(draft.service_name)
    assert draft.service_name is not None or draft.problems


WORDS = """
    create a service called orders named it with without no not and or , . : " ` bucket buckets
    public private for to store avatars one database postgres staging production go Go deploy rest
    api user-service UserService kafka the in on one
"""


@given(st.lists(st.sampled_from(WORDS.split()), max_size=40).map(" ".join))
def test_no_order_of_known_words_breaks_the_rules(text: str) -> None:
    draft = understood(text)

    assert draft.service_name is not None or draft.problems

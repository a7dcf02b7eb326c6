"""Walking a pipeline: everything in it, in document order, at any depth."""

from workers.migration.pipeline.nodes import Span, Statement
from workers.migration.pipeline.pipeline import Pipeline
from workers.migration.pipeline.steps import Block, Evaluate, Step
from workers.migration.pipeline.values import Argument, Call, Closure, Literal
from workers.migration.pipeline.walk import nodes, statements


def at(start: int) -> Span:
    return Span(start, start + 1, 1, start + 1, 1)


def test_statements_come_in_document_order_whatever_the_order_of_fields() -> None:
    pipeline = Pipeline(
        at(0),
        name="p",
        origin="test",
        source="",
        before=(Step(at(9), "sh"), Step(at(30), "echo")),
        after=(Step(at(2), "node", (), (Step(at(3), "dir"),)),),
    )

    assert [each.span.start for each in statements(pipeline)] == [2, 3, 9, 30]


def test_statements_inside_values_are_found() -> None:
    closure = Closure(at(6), (), (Step(at(7), "sh"),))
    call = Call(at(1), Literal(at(2), "x"), "each", (Argument(at(5), None, closure),))

    found = list(nodes(Evaluate(at(0), call)))

    assert [type(each).__name__ for each in found] == [
        *("Evaluate", "Call", "Literal", "Argument", "Closure", "Step"),
    ]


def test_no_depth_is_too_deep() -> None:
    deep: Statement = Step(at(9), "sh")
    for _ in range(20_000):
        deep = Block(at(0), (deep,))

    assert sum(1 for _ in statements(deep)) == 20_001


def test_a_span_is_a_piece_of_the_source() -> None:
    assert Span(3, 5, 1, 4, 1).text("sh 'a'") == "'a"

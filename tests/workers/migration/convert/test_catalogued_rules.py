"""The catalogue promises a rule only where the converter has one."""

from workers.migration.actions.catalogue import catalogue
from workers.migration.convert.answers import ANSWERED
from workers.migration.convert.block_steps import PLUGIN_BLOCKS
from workers.migration.convert.catalogued import RULES
from workers.migration.convert.surroundings import BLOCKS

# Statements of their own in the model of a pipeline.
STATEMENTS = {"parallel", "properties", "library"}


def test_every_promised_rule_exists() -> None:
    promised = {name for name, row in catalogue().items() if row.how == "rule"}

    known = RULES.keys() | BLOCKS.keys() | PLUGIN_BLOCKS.keys() | ANSWERED | STATEMENTS
    assert promised - known == set()


def test_every_rule_stands_in_the_catalogue() -> None:
    assert (RULES.keys() | BLOCKS.keys() | PLUGIN_BLOCKS.keys()) - catalogue().keys() == set()

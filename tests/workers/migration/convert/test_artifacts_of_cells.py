"""Artifacts of a matrix: no two cells give one the same name, and who needs them gets all."""

from collections.abc import Callable
from typing import Any

import pytest

from workers.migration.actions.model import Strategy
from workers.migration.convert.cells import cell

Workflow = Callable[..., dict[str, Any]]


def matrix(steps: str, after: str = "", values: str = "'x', 'y'") -> str:
    return f"""
    pipeline {{
      agent none
      stages {{
        stage('Cells') {{
          matrix {{
            agent any
            axes {{
              axis {{
                name 'A'
                values {values}
              }}
            }}
            stages {{ stage('One') {{ steps {{
{steps}
            }} }} }}
          }}
        }}
        stage('After') {{
          agent any
          steps {{
{after or "echo 'after'"}
          }}
        }}
      }}
    }}
    """


def artifacts(job: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each["with"] for each in job["steps"] if f"/{kind}-artifact@" in each.get("uses", "")]


def test_every_artifact_has_the_cell_in_its_name(workflow: Workflow) -> None:
    source = matrix("sh 'a'\nstash 's'\narchiveArtifacts 'a.txt'\npublishHTML([reportDir: 'r'])")

    names = [each["name"] for each in artifacts(workflow(source)["jobs"]["one"], "upload")]
    assert names == [
        "stash-s-${{ matrix.A }}",
        "one-artifacts-${{ matrix.A }}",
        "html-report-${{ matrix.A }}",
    ]


def test_a_name_that_says_the_cell_stays_as_it_is(workflow: Workflow) -> None:
    jobs = workflow(matrix("sh 'a'\nstash \"s-${A}\"", "unstash 's-x'"))["jobs"]

    assert artifacts(jobs["one"], "upload")[0]["name"] == "stash-s-${{ matrix.A }}"
    assert artifacts(jobs["after"], "download")[0]["name"] == "stash-s-x"


def test_another_job_gets_those_of_all_cells(workflow: Workflow) -> None:
    job = workflow(matrix("sh 'a'\nstash 's'", "unstash 's'\nsh 'b'"))["jobs"]["after"]

    (asked,) = artifacts(job, "download")
    assert asked == {"pattern": "stash-s-*", "path": "${{ runner.temp }}"}
    assert job["steps"][-2]["run"] == 'find "$RUNNER_TEMP" -name s.tar -exec tar -xf {} \\;'


def test_a_cell_gets_its_own(workflow: Workflow) -> None:
    job = workflow(matrix("sh 'a'\nstash 's'\nunstash 's'\nsh 'b'"))["jobs"]["one"]

    assert artifacts(job, "download")[0]["name"] == "stash-s-${{ matrix.A }}"


@pytest.mark.parametrize(
    ("axes", "expected"),
    [
        ({"A": ("x", "y")}, "${{ matrix.A }}"),
        ({"A": ("x",), "B": (1, 2)}, "${{ matrix.A }}-${{ matrix.B }}"),
        ({"A": ("x/y", "z")}, "${{ strategy.job-index }}"),
        ({"A": "${{ fromJSON(inputs.cells) }}"}, "${{ strategy.job-index }}"),
        (dict.fromkeys("ABCD", ("x",)), "${{ strategy.job-index }}"),
    ],
)
def test_a_cell_is_called_by_its_values_where_they_make_a_name(
    axes: dict[str, Any], expected: str
) -> None:
    assert cell(Strategy(axes)) == expected

"""Which stages share a job, which need which, and what is handed from one to the other."""

from collections.abc import Callable
from typing import Any

Workflow = Callable[..., dict[str, Any]]


PARALLEL = "stage('P') {\nparallel {\n"


def declarative(stages: str, agent: str = "any") -> str:
    return f"pipeline {{\nagent {agent}\nstages {{\n{stages}\n}}\n}}"


def stage(name: str, script: str = "make", more: str = "") -> str:
    return f"stage('{name}') {{\n{more}\nsteps {{ sh '{script}' }}\n}}\n"


def scripts(job: dict[str, Any]) -> list[str]:
    return [step["run"].strip() for step in job["steps"] if "run" in step]


def test_stages_of_one_agent_are_steps_of_one_job(workflow: Workflow) -> None:
    jobs = workflow(declarative(stage("A", "one") + stage("B", "two")))["jobs"]

    assert list(jobs) == ["a"]
    assert scripts(jobs["a"]) == ["one", "two"]


def test_a_stage_with_an_agent_of_its_own_is_a_job_that_needs_the_one_before(
    workflow: Workflow,
) -> None:
    source = declarative(stage("A") + stage("B", more="agent { label 'windows' }") + stage("C"))

    jobs = workflow(source)["jobs"]

    assert {name: job.get("needs") for name, job in jobs.items()} == {"a": None, "b": "a", "c": "b"}
    assert jobs["b"]["runs-on"] == "windows-latest"


def test_the_workspace_comes_back_to_the_agent_that_left_it(workflow: Workflow) -> None:
    source = declarative(stage("A") + stage("B", more="agent { label 'linux' }") + stage("C"))

    jobs = workflow(source)["jobs"]

    taken = [step.get("with", {}).get("name") for step in jobs["c"]["steps"]]
    assert "workspace-a" in taken and "workspace-b" not in taken
    assert "workspace-a" not in [step.get("with", {}).get("name") for step in jobs["b"]["steps"]]


def test_branches_start_together_and_are_all_needed_after(workflow: Workflow) -> None:
    source = declarative(stage("A") + PARALLEL + stage("X") + stage("Y") + "}\n}\n" + stage("Z"))

    jobs = workflow(source)["jobs"]

    needs = {name: job.get("needs") for name, job in jobs.items()}
    assert needs == {"a": None, "x": "a", "y": "a", "z": ["x", "y"]}


def test_a_workspace_that_nobody_reads_is_not_handed_over(workflow: Workflow) -> None:
    source = declarative(
        PARALLEL + stage("X") + stage("Y") + "}\n}\nstage('Z') { steps { echo 'done' } }"
    )

    jobs = workflow(source)["jobs"]

    assert scripts(jobs["z"]) == ['echo "done"']
    assert not [step for step in jobs["x"]["steps"] if "artifact" in step.get("uses", "")]


def test_a_skipped_stage_does_not_skip_what_comes_after(workflow: Workflow) -> None:
    source = declarative(
        stage("A", more="agent any\nwhen { branch 'main' }") + stage("B", more="agent any"), "none"
    )

    jobs = workflow(source)["jobs"]

    assert jobs["a"]["if"] == "github.ref_name == 'main'"
    assert jobs["b"]["if"] == "${{ !failure() && !cancelled() }}"


def test_the_post_of_several_jobs_is_a_job_that_runs_always(workflow: Workflow) -> None:
    ending = "post {\nfailure { echo 'bad' }\naborted { echo 'gone' }\n}\n}"
    source = declarative(PARALLEL + stage("X") + stage("Y") + "}\n}\n").removesuffix("}") + ending

    job = workflow(source)["jobs"]["post"]

    assert (job["needs"], job["if"]) == (["x", "y"], "always()")
    assert [step["if"] for step in job["steps"]] == [
        "contains(needs.*.result, 'cancelled')",
        "contains(needs.*.result, 'failure')",
    ]


def test_a_variable_of_one_job_reaches_another_one(workflow: Workflow) -> None:
    source = """
    def v
    node { v = sh(script: 'cat VERSION', returnStdout: true).trim() }
    node { sh "deploy ${v}" }
    """

    first, second = workflow(source)["jobs"].values()

    assert first["outputs"] == {"v": "${{ steps.set-v.outputs.v }}"}
    assert second["env"] == {"v": "${{ needs.build.outputs.v }}"}
    assert scripts(second) == ["deploy ${v}"]


def test_parallel_branches_built_in_a_loop_are_jobs(workflow: Workflow) -> None:
    source = """
    def branches = [:]
    for (x in ['a', 'b']) { branches[x] = { node { sh "run ${x}" } } }
    parallel branches
    """

    jobs = workflow(source)["jobs"]

    assert {name: scripts(job) for name, job in jobs.items()} == {"a": ["run a"], "b": ["run b"]}


def test_stash_and_unstash_are_an_artifact(workflow: Workflow) -> None:
    source = "node { stash name: 's', includes: 'a/**' }\nnode { unstash 's' }"

    first, second = workflow(source)["jobs"].values()

    up = next(step for step in first["steps"] if "upload" in step.get("uses", ""))
    down = next(step for step in second["steps"] if "download" in step.get("uses", ""))
    assert up["with"]["name"] == down["with"]["name"] == "stash-s"
    assert second["needs"] == "build"


def test_a_scripted_pipeline_checks_out_only_where_it_says_so(workflow: Workflow) -> None:
    first, second = workflow("node { sh 'a' }\nnode { checkout scm; sh 'b' }")["jobs"].values()

    assert [step.get("uses") for step in first["steps"]] == [None]
    assert second["steps"][0]["uses"].startswith("actions/checkout@")


def test_what_is_checked_out_already_is_not_checked_out_again(workflow: Workflow) -> None:
    told = "stage('A') {\nsteps {\ncheckout scm\nsh 'make'\n}\n}\n"
    late = "stage('A') {\nsteps {\nsh 'make'\ncheckout scm\n}\n}\n"

    once = workflow(declarative(told))["jobs"]["a"]["steps"]
    again = workflow(declarative(late))["jobs"]["a"]["steps"]

    assert [step.get("name") for step in once if "uses" in step] == ["Check out"]
    assert len([step for step in again if "uses" in step]) == 2

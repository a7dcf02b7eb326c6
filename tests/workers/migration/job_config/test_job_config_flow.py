"""Pipeline jobs: the script inside, or where it stands."""

from typing import Any

import pytest

from workers.migration.jenkinsfile.errors import InvalidPipeline, ParseError
from workers.migration.job_config.errors import Elsewhere
from workers.migration.job_config.job import read_job

CPS = "org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition"
SCM = "org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition"
SCRIPT = """pipeline {
  agent any
  parameters { string(name: 'OWN', defaultValue: 'y') }
  stages { stage('Build') { steps { sh 'make &amp;&amp; make test' } } }
}
"""
PARAMETERS = """<properties><hudson.model.ParametersDefinitionProperty><parameterDefinitions>
<hudson.model.StringParameterDefinition><name>OWN</name></hudson.model.StringParameterDefinition>
<hudson.model.StringParameterDefinition><name>NEW</name></hudson.model.StringParameterDefinition>
</parameterDefinitions></hudson.model.ParametersDefinitionProperty></properties>
"""
DAILY = "<triggers><hudson.triggers.TimerTrigger><spec>@daily</spec></hudson.triggers.TimerTrigger></triggers>"  # noqa: E501


def flow(script: str, before: str = "", after: str = "") -> str:
    return (
        f'<flow-definition>\n{before}<definition class="{CPS}"><script>{script}</script>'
        f"</definition>\n{after}</flow-definition>\n"
    )


@pytest.mark.parametrize("data", [False, True], ids=["references", "character data"])
def test_a_script_is_converted_and_its_lines_are_those_of_the_file(data: bool, job: Any) -> None:
    script = f"<![CDATA[{SCRIPT.replace('&amp;', '&')}]]>" if data else SCRIPT

    made = job(flow(script, PARAMETERS, DAILY))

    assert made.scripts == ["make && make test"]
    assert ("kept", "stage Build") in made.said(9)
    [entry] = [entry for entry in made.ledger.entries if entry.span.line == 12]
    assert entry.verdict == "changed"
    text = entry.span.text(made.job.pipeline.source)
    assert text.startswith("<hudson.triggers.TimerTrigger>")
    assert "schedule" in made.tree["on"]


def test_what_the_script_declares_itself_is_not_declared_again(job: Any) -> None:
    made = job(flow(SCRIPT, PARAMETERS))

    inputs = made.tree["on"]["workflow_dispatch"]["inputs"]
    assert (inputs["OWN"]["default"], set(inputs)) == ("y", {"OWN", "NEW"})
    assert made.said(3) == {("dropped", "the script declares it itself")}


def test_an_error_in_a_script_has_its_place_in_the_file() -> None:
    with pytest.raises(ParseError) as refused:
        read_job(flow("node {\n  sh 'x\n}"), "shop")
    with pytest.raises(InvalidPipeline) as invalid:
        read_job(flow("pipeline {\n  agent any\n}"), "shop")

    assert refused.value.line == 3
    assert invalid.value.problems[0].line == 2
    assert invalid.value.problems[0].column > len(f'<definition class="{CPS}"><script>')


@pytest.mark.parametrize("script", ["", "   "])
def test_an_empty_script_is_an_empty_pipeline(script: str) -> None:
    assert read_job(flow(script), "shop").pipeline.before == ()


def test_a_script_in_a_repository_is_named_with_what_only_the_job_declares() -> None:
    text = (
        f'<flow-definition>{PARAMETERS}<definition class="{SCM}">'
        '<scm class="hudson.plugins.git.GitSCM"><userRemoteConfigs><r>'
        "<url>https://example.com/shop.git</url></r></userRemoteConfigs></scm>"
        f"<scriptPath>ci/Jenkinsfile</scriptPath></definition>{DAILY}</flow-definition>"
    )
    with pytest.raises(Elsewhere) as elsewhere:
        read_job(text, "shop")

    assert elsewhere.value.path == "ci/Jenkinsfile"
    assert elsewhere.value.line == 5
    assert elsewhere.value.message == (
        "the pipeline stands in ci/Jenkinsfile of https://example.com/shop.git: migrate that file, "
        "and declare its 2 parameters and its triggers there"
    )


@pytest.mark.parametrize(
    ("factory", "path"),
    [("<factory><scriptPath>ci/Build</scriptPath></factory>", "ci/Build"), ("", "Jenkinsfile")],
)
def test_a_multibranch_project_names_the_file_of_its_branches(factory: str, path: str) -> None:
    root = "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject"
    with pytest.raises(Elsewhere) as elsewhere:
        read_job(
            f"<{root}><source><remote>https://example.com/a.git</remote></source>{factory}</{root}>",
            "shop",
        )

    assert elsewhere.value.path == path
    assert "https://example.com/a.git" in elsewhere.value.message


def test_a_definition_of_a_plugin_is_refused_by_its_name() -> None:
    with pytest.raises(ParseError, match=r"some\.Plugin"):
        read_job('<flow-definition><definition class="some.Plugin"/></flow-definition>', "shop")

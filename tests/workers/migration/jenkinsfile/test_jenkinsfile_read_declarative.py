"""Declarative pipelines as the model has them."""

from typing import TypeVar

from workers.migration.jenkinsfile.read import read
from workers.migration.pipeline import agents, conditions
from workers.migration.pipeline.nodes import Node, Value
from workers.migration.pipeline.pipeline import Pipeline
from workers.migration.pipeline.stages import Matrix, Stage
from workers.migration.pipeline.steps import Assign, ForEach, Parallel, Step
from workers.migration.pipeline.values import Argument, Call, Interpolated, Literal
from workers.migration.pipeline.walk import nodes

FILE = """#!/usr/bin/env groovy
@Library(['shared@v1', 'other']) _
import a.B
def outside = 1
pipeline {
    agent { docker { image 'maven:3'; args '-v /a:/b' } }
    environment {
        A = 'a'
        B = credentials('id')
    }
    options { timeout(time: 1, unit: 'HOURS') }
    parameters { string(name: 'P', defaultValue: 'q') }
    triggers { cron('H 4 * * *') }
    tools { maven 'Maven 3.9' }
    libraries { lib('third@main') }
    stages {
        stage('Build') {
            agent { node { label 'linux'; customWorkspace '/w' } }
            when {
                beforeAgent true
                branch pattern: 'release-*', comparator: 'GLOB'
                not { anyOf { tag 'v*'; expression { return params.P == 'q' } } }
            }
            input { message 'Go?'; parameters { booleanParam(name: 'Z') } }
            steps {
                // says hello
                sh "echo ${A} ${env.B}"
                dir('sub') { sh script: 'make', returnStatus: true }
                script {
                    for (v in [1, 2]) { echo "v" }
                }
            }
            post { failure { mail to: 'x' } }
        }
        stage('Both') {
            failFast true
            parallel {
                stage('One') { agent none; stages { stage('Inner') { steps { a() } } } }
                stage('Three') { steps { b() } }
            }
        }
        stage('Two') { steps { parallel x: { b() }, y: { c() }, failFast: false } }
        stage('Cells') {
            matrix {
                axes {
                    axis { name 'OS'; values 'linux', 'mac' }
                    axis { name 'JDK'; values 8, 11 }
                }
                excludes { exclude { axis { name 'OS'; notValues 'mac' } } }
                stages { stage('Cell') { steps { d() } } }
            }
        }
    }
    post { always { junit '**/*.xml' } }
}
def helper(String a, b = 2) { echo a }
helper('x')
"""

_T = TypeVar("_T", bound=Node)


def pipeline() -> Pipeline:
    return read(FILE, "Jenkinsfile")


def stage(name: str) -> Stage:
    return next(each for each in nodes_of(Stage) if literal(each.name) == name)


def nodes_of(kind: type[_T]) -> list[_T]:
    return [node for node in nodes(pipeline()) if isinstance(node, kind)]


def literal(value: Value | None) -> object:
    assert isinstance(value, Literal), value
    return value.value


def given(arguments: tuple[Argument, ...]) -> list[tuple[str | None, object]]:
    return [(each.name, literal(each.value)) for each in arguments]


def test_the_head_of_the_pipeline() -> None:
    found = pipeline()
    assert (found.name, found.origin, found.declarative) == ("Jenkinsfile", "jenkinsfile", True)
    assert isinstance(found.agent, agents.DockerAgent)
    assert literal(found.agent.image) == "maven:3"
    assert given(found.agent.options) == [("args", "-v /a:/b")]
    assert [(each.kind, given(each.arguments)) for each in found.options] == [
        ("timeout", [("time", 1), ("unit", "HOURS")])
    ]
    assert [(each.kind, given(each.arguments)) for each in found.parameters] == [
        ("string", [("name", "P"), ("defaultValue", "q")])
    ]
    assert [(each.kind, given(each.arguments)) for each in found.triggers] == [
        ("cron", [(None, "H 4 * * *")])
    ]
    assert [(each.kind, literal(each.name)) for each in found.tools] == [("maven", "Maven 3.9")]


def test_libraries_come_from_the_annotation_and_from_the_section() -> None:
    assert [(each.name, each.version) for each in pipeline().libraries] == [
        ("shared", "v1"),
        ("other", None),
        ("third", "main"),
    ]


def test_environment_variables_keep_what_they_are() -> None:
    plain, secret = pipeline().environment
    assert (plain.name, literal(plain.value)) == ("A", "a")
    assert secret.name == "B"
    assert isinstance(secret.value, Call)
    assert (secret.value.name, given(secret.value.arguments)) == ("credentials", [(None, "id")])


def test_what_stands_around_the_pipeline_is_kept() -> None:
    found = pipeline()
    assert [type(each).__name__ for each in found.before] == ["Import", "Assign"]
    assert [each.kind for each in found.after if isinstance(each, Step)] == ["helper"]
    (function,) = found.functions
    assert [(each.name, each.kind) for each in function.parameters] == [
        ("a", "String"),
        ("b", None),
    ]


def test_comments_are_kept_with_their_place_and_without_their_marks() -> None:
    assert [(each.text, each.span.line, each.trailing) for each in pipeline().comments] == [
        ("/usr/bin/env groovy", 1, False),
        ("says hello", 26, False),
    ]


def test_a_stage_has_its_directives() -> None:
    build = stage("Build")
    assert isinstance(build.agent, agents.LabelAgent)
    assert literal(build.agent.label) == "linux"
    assert given(build.agent.options) == [("customWorkspace", "/w")]
    assert build.input is not None
    assert given(build.input.arguments) == [("message", "Go?")]
    assert [each.kind for each in build.input.parameters] == ["booleanParam"]
    assert [each.condition for each in build.post] == ["failure"]
    assert (build.span.line, build.span.column, build.span.end_line) == (17, 9, 34)


def test_conditions_nest() -> None:
    when = stage("Build").when
    assert when is not None
    assert literal(when.before_agent) is True
    branch, negation = when.conditions
    assert isinstance(branch, conditions.Check)
    assert given(branch.arguments) == [("pattern", "release-*"), ("comparator", "GLOB")]
    assert isinstance(negation, conditions.Not)
    (either,) = negation.conditions
    assert isinstance(either, conditions.AnyOf)
    assert [type(each) for each in either.conditions] == [
        conditions.Check,
        conditions.ExpressionCheck,
    ]


def test_steps_keep_arguments_and_blocks() -> None:
    echo, inside, script = stage("Build").steps or ()
    assert isinstance(echo, Step)
    (text,) = echo.positional
    assert isinstance(text, Interpolated)
    assert [type(part).__name__ for part in text.parts] == ["str", "Variable", "str", "Property"]
    assert isinstance(inside, Step)
    assert (inside.kind, given(inside.arguments)) == ("dir", [(None, "sub")])
    (make,) = inside.body or ()
    assert isinstance(make, Step)
    assert given(make.arguments) == [("script", "make"), ("returnStatus", True)]
    assert isinstance(script, Step)
    assert [type(each) for each in script.body or ()] == [ForEach]


def test_parallel_stages_and_parallel_steps_differ() -> None:
    both = stage("Both")
    assert literal(both.fail_fast) is True
    assert both.steps is None
    assert [literal(each.name) for each in both.parallel or ()] == ["One", "Three"]
    assert isinstance(stage("One").agent, agents.NoAgent)
    assert [literal(each.name) for each in stage("One").stages or ()] == ["Inner"]
    (step,) = stage("Two").steps or ()
    assert isinstance(step, Parallel)
    assert [literal(each.name) for each in step.branches] == ["x", "y"]
    assert literal(step.fail_fast) is False


def test_a_matrix_has_axes_and_excludes() -> None:
    (matrix,) = nodes_of(Matrix)
    assert [(each.name, [literal(value) for value in each.values]) for each in matrix.axes] == [
        ("OS", ["linux", "mac"]),
        ("JDK", [8, 11]),
    ]
    (axis,) = matrix.excludes[0].axes
    assert (axis.name, axis.other) == ("OS", True)


def test_every_agent_is_told_from_the_others() -> None:
    kinds = {
        "any": agents.AnyAgent,
        "none": agents.NoAgent,
        "{ label 'a' }": agents.LabelAgent,
        "{ node { label 'a' } }": agents.LabelAgent,
        "{ label { label 'a'; customWorkspace 'b' } }": agents.LabelAgent,
        "{ docker 'a' }": agents.DockerAgent,
        "{ dockerfile true }": agents.DockerfileAgent,
        "{ dockerfile { dir 'a' } }": agents.DockerfileAgent,
        "{ kubernetes { yaml 'a' } }": agents.KubernetesAgent,
        "{ kubernetes true }": agents.KubernetesAgent,
        "{ ecs { inheritFrom 'a' } }": agents.OtherAgent,
        "{ other 'a' }": agents.OtherAgent,
    }
    for text, kind in kinds.items():
        file = f"pipeline {{ agent {text}\nstages {{ stage('a') {{ steps {{ b() }} }} }} }}"
        assert type(read(file, "Jenkinsfile").agent) is kind, text


def test_an_agent_keeps_fields_of_one_name() -> None:
    found = read(
        "pipeline { agent { kubernetes { containerTemplate { name 'a' }\n"
        "containerTemplate { name 'b' } } }\nstages { stage('a') { steps { b() } } } }",
        "Jenkinsfile",
    ).agent
    assert isinstance(found, agents.KubernetesAgent)
    assert [each.name for each in found.options] == ["containerTemplate", "containerTemplate"]


def test_another_thing_called_pipeline_in_a_library_is_no_declarative_pipeline() -> None:
    found = read("def call() {\n  pipeline { other() }\n}", "vars/x.groovy")
    assert not found.declarative
    assert [each.name for each in found.functions] == ["call"]


def test_a_pipeline_in_the_method_call_of_a_library_is_found() -> None:
    text = (
        "def call(Map config) {\n  def a = 1\n  pipeline { agent any\n"
        "  stages { stage('a') { steps { b() } } } }\n  c()\n}\ndef d() { e() }"
    )
    found = read(text, "vars/x.groovy")
    assert found.declarative
    assert [type(each) for each in found.before] == [Assign]
    assert [type(each) for each in found.after] == [Step]
    assert [each.name for each in found.functions] == ["d"]

"""The rules of declarative pipelines: what Jenkins accepts, and what it refuses and where."""

import pytest

from workers.migration.jenkinsfile.declarative_known import POST_CONDITIONS
from workers.migration.jenkinsfile.errors import InvalidPipeline
from workers.migration.jenkinsfile.read import read

STAGES = "stages { stage('a') { steps { echo 'b' } } }"
STAGE_REST = "steps { echo 'b' }"


def top(section: str) -> str:
    return f"pipeline {{ agent any\n{section}\n{STAGES} }}"


def stage(content: str) -> str:
    return f"pipeline {{ agent any\nstages {{ stage('a') {{\n{content}\n}} }} }}"


def steps(content: str) -> str:
    return stage(f"steps {{\n{content}\n}}")


def agent(content: str) -> str:
    return f"pipeline {{ agent {content}\n{STAGES} }}"


def matrix(content: str) -> str:
    return stage(f"matrix {{ {content}\n stages {{ stage('b') {{ {STAGE_REST} }} }} }}")


AXES = "axes { axis { name 'OS'; values 'linux', 'mac' } }"

VALID = [
    top(""),
    "pipeline\n{\n  agent\n  {\n    label 'x'\n  }\n  " + STAGES + "\n}",
    "@Library('x') _\nimport a.B\ndef c = 1\n" + top("") + "\ndef d() { e }",
    "def call(Map config) {\n  def x = 1\n  " + top("") + "\n}",
    "if (a) {\n " + top("") + "\n} else {\n " + top("") + "\n}",
    agent("none"),
    agent("'any'"),
    agent("{ label 'a && b' }"),
    agent('{ label "${params.X}" }'),
    agent("{ node { label 'a'; customWorkspace '/b' } }"),
    agent("{ docker 'maven:3' }"),
    agent("{ docker { image 'a'; args '-v b'; label 'c'; reuseNode true; alwaysPull false } }"),
    agent("{ dockerfile true }"),
    agent("{ dockerfile { filename 'a'; dir 'b'; additionalBuildArgs '--c' } }"),
    agent("{ kubernetes { yaml '''a'''; defaultContainer 'b'; containerTemplate { name 'c' } } }"),
    agent("{ ecs { inheritFrom 'a' } }"),
    top("environment { A = 'a'; B = \"${A}b\"; C = credentials('c'); D = 'd' + \"e\" + 'f' }"),
    top("environment { A = sh(script: 'b', returnStdout: true).trim(); B = 1; C = -1; D = true }"),
    top("environment { def A = 'a' }"),
    top(
        "options { timeout(time: 1, unit: 'HOURS'); buildDiscarder(logRotator(numToKeepStr: '5')) }"
    ),
    top("options { somePluginOption('x'); timestamps() }"),
    top("triggers { cron('H * * * *'); pollSCM 'H/5 * * * *'; somePlugin(a: 1) }"),
    top("triggers { upstream(upstreamProjects: 'a', threshold: hudson.model.Result.SUCCESS) }"),
    top("parameters { string(name: 'A', defaultValue: 'b'); booleanParam(name: 'C') }"),
    top("parameters { choice(name: 'A', choices: ['b', 'c']); gitParameter(name: 'D') }"),
    top("tools { maven 'a'; jdk \"b${c}\"; 'hudson.plugins.sonar.SonarRunnerInstallation' 'd' }"),
    top("libraries { lib('a@b'); lib 'c' }"),
    top("post { " + "\n".join(f"{name} {{ echo 'a' }}" for name in POST_CONDITIONS) + " }"),
    steps("script { a.b(); def c = 1; if (d) { e } }"),
    steps("timeout(time: 1) { retry(3) { sh 'a' } }\nnode('b') { sh 'c' }"),
    steps('unknownStep a: 1, b: [c: 2]\nsh(script: "d ${e}", returnStatus: true)'),
    steps("step([$class: 'A', b: 'c'])\nsh libraryFunction('x')\nfoo()"),
    steps("parallel a: { sh 'a' }, b: { sh 'b' }, failFast: true"),
    steps("withCredentials([string(credentialsId: 'a', variable: 'B')]) { sh 'c' }"),
    stage("when { branch 'main'; beforeAgent true }\n" + STAGE_REST),
    stage("when { not { branch pattern: 'a*', comparator: 'GLOB' } }\n" + STAGE_REST),
    stage(
        "when { anyOf { tag 'a'; buildingTag(); changeRequest target: 'b'; changeset '**/c' } }\n"
        + STAGE_REST
    ),
    stage(
        "when { allOf { environment name: 'A', value: 'b'; equals expected: 1, actual: 2;"
        " triggeredBy 'TimerTrigger'; changelog 'c.*'; isRestartedRun();"
        " expression { return d } } }\n" + STAGE_REST
    ),
    stage(
        "input { message 'a'; ok 'b'; submitter 'c'; parameters { string(name: 'D') } }\n"
        + STAGE_REST
    ),
    stage(
        "failFast true\nparallel { stage('b') { stages { stage('c') { "
        + STAGE_REST
        + " } } }\n stage('d') { "
        + STAGE_REST
        + " } }"
    ),
    stage(
        "options { timeout(1); skipDefaultCheckout() }\nagent none\ntools { jdk 'a' }\n"
        "environment { A = 'b' }\npost { always { echo 'c' } }\n" + STAGE_REST
    ),
    stage("stages { stage('b') { stages { stage('c') { " + STAGE_REST + " } } } }"),
    matrix(AXES),
    matrix(
        "agent any\nwhen { branch 'a' }\noptions { retry(2) }\npost { always { echo 'b' } }\n"
        "environment { C = 'd' }\ntools { jdk 'e' }\n"
        + AXES
        + "\nexcludes { exclude { axis { name 'OS'; notValues 'mac' } } }"
    ),
    matrix("axes { axis { name 'A'; values 1, true, 'x' } }"),
]

INVALID = [
    ("pipeline { agent any }", "1:1: the pipeline needs the section 'stages'"),
    ("pipeline { " + STAGES + " }", "1:1: the pipeline needs the section 'agent'"),
    ("pipeline 'x'", "1:1: expected a block for 'pipeline'"),
    ("node { pipeline { agent any } }", "1:8: 'pipeline' must stand at the top"),
    ("package a\npipeline { " + STAGES + " }", "2:1: the pipeline needs the section 'agent'"),
    (top("agent none"), "2:1: the section 'agent' is given twice"),
    (top("banana { }"), "2:1: unknown section 'banana' in a pipeline"),
    (top("postBuild { }"), "2:1: the section 'postBuild' is now 'post'"),
    (top("post"), "2:1: 'post' is not a section of a pipeline"),
    (top("a.b()"), "2:1: methods of objects can be called only in a 'script' block"),
    (top("matrix { }"), "2:1: unknown section 'matrix' in a pipeline"),
    ("pipeline { agent any\nstages { } }", "2:1: no stages given in 'stages'"),
    ("pipeline { agent any\nstages 'x' }", "2:1: expected a block for 'stages'"),
    ("pipeline { agent any\nstages { echo 'x' } }", "2:10: expected stage('name') { … }"),
    (
        "pipeline { agent any\nstages { stage { " + STAGE_REST + " } } }",
        "2:10: the name of a stage",
    ),
    (
        'pipeline { agent any\nstages { stage("a${b}") { ' + STAGE_REST + " } } }",
        "2:10: the name of a stage must be one string literal",
    ),
    (
        "pipeline { agent any\nstages { stage('a') { steps { b() } }\nstage('a') { steps { c() } }"
        " } }",
        "3:1: the stage 'a' is given twice",
    ),
    (agent("foo"), "1:12: expected 'agent any', 'agent none' or 'agent { … }'"),
    (agent("{ }"), "1:12: expected the type of the agent"),
    (agent("{ docker 'a'; label 'b' }"), "1:12: an agent has exactly one type"),
    (agent("{ docker { args 'a' } }"), "1:20: the agent type 'docker' needs 'image'"),
    (agent("{ docker { image 'a'; fruit 'b' } }"), "1:20: the agent type 'docker' has no 'fruit'"),
    (agent("{ label() }"), "1:20: no argument for 'label'"),
    (agent("{ label 'a', 'b' }"), "1:20: too many arguments for 'label'"),
    (top("environment { }"), "2:1: no variables given in 'environment'"),
    (top("environment { A = 'a'\nA = 'b' }"), "3:1: the variable 'A' is given twice"),
    (top("environment { sh 'x' }"), "2:15: expected NAME = value in 'environment'"),
    (top("environment { A = b }"), "2:19: the value of a variable must be a string or a function"),
    (top("environment { A = 'a' - 'b' }"), "2:19: values of variables can be joined only by '+'"),
    (top("environment { A = 'a' + b }"), "2:25: values joined by '+' must be strings in quotes"),
    (top("environment { A = credentials(b) }"), "2:19: the argument of 'credentials'"),
    (top("environment { A.B = 'c' }"), "2:15: expected NAME = value in 'environment'"),
    (top("environment { A += 'c' }"), "2:15: expected NAME = value in 'environment'"),
    (top("environment { A$B = 'c' }"), "2:15: 'A$B' cannot be the name of an environment"),
    (top("options { }"), "2:1: 'options' cannot be empty"),
    (top("options { timeout(1)\ntimeout(2) }"), "3:1: 'timeout' is given twice in 'options'"),
    (top("options { [a: 1] }"), "2:11: expected an entry of 'options', got a map"),
    (top("options { timeout(1) { } }"), "2:11: an entry of 'options' cannot have a block"),
    (top("options { parameters([]) }"), "2:11: 'parameters' is not an option"),
    (top("options { echo 'a' }"), "2:11: 'echo' is not an option"),
    (top("options { a(b: 1, 'c') }"), "2:11: named and unnamed arguments cannot be mixed"),
    (top("options { a(b: { c }) }"), "2:13: an argument here cannot be a closure"),
    (top("triggers { }"), "2:1: 'triggers' cannot be empty"),
    (top("triggers { cron() }"), "2:12: 'cron' needs the argument 'spec'"),
    (top("triggers { cron('a', 'b') }"), "2:12: the arguments of 'cron' must be named"),
    (top("triggers { upstream(what: 'a') }"), "2:21: 'upstream' has no argument 'what'"),
    (top("triggers { cron(properties([])) }"), "2:17: 'properties' is not allowed here"),
    (top("parameters { string(name: 1) }"), "2:27: 'name' must be a string, not 1"),
    (top("parameters { string(namd: 'a') }"), "2:21: 'string' has no argument 'namd'"),
    (top("tools { }"), "2:1: no tools given in 'tools'"),
    (top("tools { maven() }"), "2:9: no argument for 'maven'"),
    (top("tools { maven }"), "2:9: expected a tool and the name of its installation"),
    (top("libraries { }"), "2:1: 'libraries' cannot be empty"),
    (top("libraries { foo 'a' }"), "2:13: expected lib('name@version')"),
    (top("post { }"), "2:1: 'post' cannot be empty"),
    (top("post { echo 'a' }"), "2:8: 'post' holds only conditions with blocks"),
    (top("post { sometimes { echo 'a' } }"), "2:8: unknown condition 'sometimes' in 'post'"),
    (top("post { always { } }"), "2:8: no steps given"),
    (top("post { always { a() }\nalways { b() } }"), "3:1: the condition 'always' is given twice"),
    (stage(""), "2:10: the stage 'a' has none of 'steps', 'stages', 'parallel' or 'matrix'"),
    (stage("sh 'x'"), "3:1: unknown section 'sh' in a stage: steps belong in 'steps { … }'"),
    (stage("steps { }"), "3:1: no steps given"),
    (stage("steps { a() }\nsteps { b() }"), "4:1: the section 'steps' is given twice"),
    (
        stage(STAGE_REST + "\nstages { stage('b') { steps { c() } } }"),
        "2:10: the stage 'a' has 'steps' and 'stages': only one is allowed",
    ),
    (
        stage("agent any\nparallel { stage('b') { steps { c() } } }"),
        "3:1: a stage with 'parallel' cannot have 'agent'",
    ),
    (
        stage("parallel { stage('b') { parallel { stage('c') { steps { d() } } } } }"),
        "3:25: 'parallel' and 'matrix' cannot be nested in one another",
    ),
    (stage("failFast 'x'\n" + STAGE_REST), "3:1: 'failFast' must be true or false"),
    (steps("def a = 1"), "4:1: expected a step: other code belongs in a 'script' block"),
    (steps("a = 1"), "4:1: expected a step"),
    (steps("if (a) { b() }"), "4:1: expected a step"),
    (steps("a.b()"), "4:1: methods of objects can be called only in a 'script' block"),
    (steps("stage('x') { a() }"), "4:1: 'stage' is not allowed here"),
    (steps("a()\nparallel b: { c() }"), "5:1: 'parallel' is not allowed here"),
    (steps("parallel a: { b() }, c: 1"), "4:22: expected a closure, or 'failFast'"),
    (steps("parallel a: { b() }, failFast: 1"), "4:22: 'failFast' must be true or false"),
    (steps("script 'a'"), "4:1: expected a block for 'script'"),
    (steps("timeout { a() }"), "4:1: 'timeout' needs the argument 'time'"),
    (steps("timeout(time: 'x') { a() }"), "4:15: 'time' must be a number, not 'x'"),
    (steps("timeout(time: 1, fruit: 2) { a() }"), "4:18: 'timeout' has no argument 'fruit'"),
    (steps("dir('a') { b = 1 }"), "4:12: expected a step"),
    (steps("echo ${A}"), "4:6: ${A} is no value of its own: put it in double quotes"),
    (steps("sleep 99999999999999999999"), "4:7: the number is too large"),
    (stage("when { }\n" + STAGE_REST), "3:1: 'when' is empty"),
    (stage("when { beforeAgent true }\n" + STAGE_REST), "3:1: 'when' is empty"),
    (stage("when { a }\n" + STAGE_REST), "3:8: expected a condition in 'when'"),
    (stage("when { banana 'x' }\n" + STAGE_REST), "3:8: unknown condition 'banana' in 'when'"),
    (stage("when { branch 4 }\n" + STAGE_REST), "3:15: 'pattern' must be a string, not 4"),
    (stage("when { branch() }\n" + STAGE_REST), "3:8: 'branch' needs the argument 'pattern'"),
    (stage("when { branch { a() } }\n" + STAGE_REST), "3:8: the condition 'branch' cannot hold"),
    (stage("when { environment name: 'A' }\n" + STAGE_REST), "3:8: 'environment' needs the arg"),
    (stage("when { not { branch 'a'; tag 'b' } }\n" + STAGE_REST), "3:8: the condition 'not'"),
    (stage("when { anyOf { } }\n" + STAGE_REST), "3:8: the condition 'anyOf' holds at least one"),
    (
        stage("when { allOf('a') { tag 'b' } }\n" + STAGE_REST),
        "3:8: the condition 'allOf' takes no",
    ),
    (
        stage("when { anyOf { not { branch 1 } } }\n" + STAGE_REST),
        "3:29: 'pattern' must be a string",
    ),
    (stage("when { expression 'a' }\n" + STAGE_REST), "3:8: expected a block for 'expression'"),
    (stage("when { branch 'a'\nbeforeAgent 1 }\n" + STAGE_REST), "4:1: 'beforeAgent' must be true"),
    (stage("input { ok 'a' }\n" + STAGE_REST), "3:1: 'input' needs a message"),
    (stage("input { message 'a'\nfruit 'b' }\n" + STAGE_REST), "4:1: 'input' has no field 'fruit'"),
    (
        stage("options { buildDiscarder(a()) }\n" + STAGE_REST),
        "3:11: 'buildDiscarder' is an option",
    ),
    (matrix(""), "3:1: the matrix needs the section 'axes'"),
    (stage("matrix { " + AXES + " }"), "3:1: the matrix needs the section 'stages'"),
    (matrix("axes { }"), "3:10: no axes given in 'axes'"),
    (matrix("axes { axis { values 'a' } }"), "3:17: an axis needs a 'name'"),
    (matrix("axes { axis { name 'A' } }"), "3:17: an axis needs 'values'"),
    (
        matrix("axes { axis { name 'A-B'; values 'a' } }"),
        "3:24: 'A-B' cannot be the name of an axis",
    ),
    (matrix("axes { axis { name 'A'; values 'a', 'a' } }"), "3:46: the value 'a' is given twice"),
    (matrix("axes { axis { name 'A'; values \"${a}\" } }"), "3:41: the values of an axis must be"),
    (matrix(AXES + "\nexcludes { }"), "4:1: no 'exclude' given in 'excludes'"),
    (matrix(AXES + "\nexcludes { exclude { } }"), "4:12: no axes given in 'exclude'"),
    (
        matrix(AXES + "\nexcludes { exclude { axis { name 'OS'; values 'a'\nnotValues 'b' } } }"),
        "5:1: an axis has either 'values' or 'notValues'",
    ),
    (matrix(AXES + "\nbanana { }"), "4:1: unknown section 'banana' in a matrix"),
]


@pytest.mark.parametrize("text", VALID)
def test_what_jenkins_accepts_is_accepted(text: str) -> None:
    assert read(text, "Jenkinsfile")


@pytest.mark.parametrize(("text", "problem"), INVALID)
def test_what_jenkins_refuses_is_refused_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(InvalidPipeline) as caught:
        read(text, "Jenkinsfile")
    assert any(str(each).startswith(problem) for each in caught.value.problems)


def test_all_problems_of_a_file_are_told_in_order() -> None:
    text = "pipeline {\n banana { }\n stages {\n stage('a') { steps { b = 1 } }\n }\n}"
    with pytest.raises(InvalidPipeline) as caught:
        read(text, "Jenkinsfile")
    assert [(each.line, each.message.partition(":")[0]) for each in caught.value.problems] == [
        (1, "the pipeline needs the section 'agent'"),
        (2, "unknown section 'banana' in a pipeline"),
        (4, "expected a step"),
    ]

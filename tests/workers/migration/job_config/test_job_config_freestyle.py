"""Freestyle, Maven and matrix jobs."""

from typing import Any

import pytest

SHELL = "<hudson.tasks.Shell><command>make &amp;&amp; make test</command></hudson.tasks.Shell>"
GIT = """<scm class="hudson.plugins.git.GitSCM">
<userRemoteConfigs><r><url>https://example.com/shop.git</url></r></userRemoteConfigs>
<branches><b><name>{}</name></b></branches></scm>
"""
POLL = "<triggers><hudson.triggers.SCMTrigger><spec>H/5 * * * *</spec></hudson.triggers.SCMTrigger></triggers>\n"  # noqa: E501


def tagged(tag: str, **children: str) -> str:
    inside = "".join(f"<{name}>{text}</{name}>" for name, text in children.items())
    return f"<{tag}>{inside}</{tag}>"


BUILDERS = {
    "a shell script": (SHELL, "make && make test"),
    "a maven build": (
        tagged("hudson.tasks.Maven", targets="clean\n verify", pom="a b/pom.xml", properties="x=1"),
        'mvn -f "a b/pom.xml" -Dx=1 clean verify',
    ),
    "a maven build with memory": (
        tagged("hudson.tasks.Maven", targets="verify", jvmOptions="-Xmx1g -Xms1g"),
        'MAVEN_OPTS="-Xmx1g -Xms1g" mvn verify',
    ),
    "a property that means to run": (
        tagged("hudson.tasks.Maven", targets="verify", properties='a=`rm`"b'),
        'mvn "-Da=\\`rm\\`\\"b" verify',
    ),
    "an ant build": (
        tagged("hudson.tasks.Ant", targets="jar", buildFile="b.xml"),
        "ant -f b.xml jar",
    ),
    "a gradle build by the wrapper": (
        tagged("hudson.plugins.gradle.Gradle", tasks="build", useWrapper="true", switches="-q"),
        "./gradlew -q build",
    ),
    "a python script": (
        tagged("hudson.plugins.python.Python", command="print(1)"),
        "#!/usr/bin/env python3\nprint(1)",
    ),
}


@pytest.mark.parametrize("name", BUILDERS)
def test_a_builder_runs_as_a_step(name: str, job: Any, freestyle: Any) -> None:
    xml, script = BUILDERS[name]

    assert job(freestyle(xml)).scripts == [script]


def test_a_builder_of_windows_runs_there(job: Any, freestyle: Any) -> None:
    made = job(freestyle(tagged("hudson.tasks.BatchFile", command="build.bat")))

    assert made.tree["jobs"]["build"]["runs-on"] == "windows-latest"
    assert made.steps[-1]["shell"] == "cmd"


def test_a_builder_that_nobody_knows_is_left_to_a_person_by_its_line(
    job: Any, freestyle: Any
) -> None:
    made = job(freestyle(f"{SHELL}\n<some.plugin.Odd><x>1</x></some.plugin.Odd>"))

    assert made.said(3) == {("manual", "convert the step some.plugin.Odd")}
    assert made.scripts == ["make && make test"]


def test_a_setting_that_nothing_reads_is_left_to_a_person(job: Any, freestyle: Any) -> None:
    odd = tagged("hudson.tasks.Shell", command="make", unstableReturn="3", unset="false")

    notes = {entry.note for entry in job(freestyle(odd)).ledger.entries}

    assert "see what unstableReturn is for: nothing stands for it" in notes
    assert not any("unset" in note for note in notes)


@pytest.mark.parametrize(
    ("branch", "triggers", "expected"),
    [
        ("*/main", POLL, {"push": {"branches": ["main"]}, "workflow_dispatch": None}),
        ("**", POLL, {"push": {"branches": ["**"]}, "workflow_dispatch": None}),
        ("*/main", "", {"workflow_dispatch": None}),
    ],
)
def test_a_job_starts_as_its_triggers_say(
    branch: str, triggers: str, expected: dict[str, Any], job: Any, freestyle: Any
) -> None:
    made = job(freestyle(SHELL, GIT.format(branch) + triggers))

    assert made.tree["on"] == expected


def test_a_branch_by_a_pattern_of_jenkins_is_left_to_a_person(job: Any, freestyle: Any) -> None:
    made = job(freestyle(SHELL, GIT.format(":^(?!main$).*")))

    assert ("manual", "say which branches start it: :^(?!main$).*") in made.said(4)


def test_parameters_become_inputs_with_their_kinds(job: Any, freestyle: Any) -> None:
    definitions = "\n".join(
        [
            tagged("hudson.model.StringParameterDefinition", name="A", defaultValue="x"),
            tagged("hudson.model.BooleanParameterDefinition", name="B", defaultValue="true"),
            "<hudson.model.ChoiceParameterDefinition><name>C</name><choices><a>"
            "<string>low</string><string>high</string></a></choices>"
            "</hudson.model.ChoiceParameterDefinition>",
            tagged("some.plugin.OddParameterDefinition", name="D"),
        ]
    )
    tag = "hudson.model.ParametersDefinitionProperty"
    group = f"<parameterDefinitions>{definitions}</parameterDefinitions>"
    rest = f"<properties><{tag}>{group}</{tag}></properties>\n"

    made = job(freestyle(SHELL, rest))

    inputs = made.tree["on"]["workflow_dispatch"]["inputs"]
    assert {name: each["type"] for name, each in inputs.items()} == {
        "A": "string",
        "B": "boolean",
        "C": "choice",
        "D": "string",
    }
    assert inputs["C"]["options"] == ["low", "high"]
    assert {verdict for verdict, _ in made.said(5)} == {"manual"}


def test_publishers_run_as_they_would(job: Any, freestyle: Any) -> None:
    group = "\n".join(
        [
            tagged("hudson.tasks.junit.JUnitResultArchiver", testResults="r/*.xml"),
            tagged("hudson.tasks.ArtifactArchiver", artifacts="x.jar", onlyIfSuccessful="true"),
            tagged("hudson.tasks.Mailer", recipients="a@example.com b@example.com"),
            tagged("hudson.tasks.BuildTrigger", childProjects="deploy, docs"),
            "<some.plugin.Publisher/>",
        ]
    )
    made = job(freestyle(SHELL, f"<publishers>{group}</publishers>"))

    conditions = {step.get("name"): step.get("if") for step in made.steps}
    assert conditions["Publish test results"] == "always()"
    assert conditions["Keep artifacts"] is None
    assert "failure()" in conditions["Send mail"]
    left = [entry for entry in made.ledger.entries if entry.verdict == "manual"]
    texts = [entry.span.text(made.job.pipeline.source) for entry in left]
    assert texts == ["<some.plugin.Publisher/>"]


def test_wrappers_surround_the_steps(job: Any, freestyle: Any) -> None:
    binding = tagged(
        "org.jenkinsci.plugins.credentialsbinding.impl.StringBinding",
        credentialsId="npm-token",
        variable="NPM_TOKEN",
    )
    wrappers = "\n".join(
        [
            "<hudson.plugins.build__timeout.BuildTimeoutWrapper><strategy class='x.Abs"
            "oluteTimeOutStrategy'><timeoutMinutes>45</timeoutMinutes></strategy>"
            "</hudson.plugins.build__timeout.BuildTimeoutWrapper>",
            "<org.jenkinsci.plugins.credentialsbinding.impl.SecretBuildWrapper><bindings>"
            f"{binding}</bindings></org.jenkinsci.plugins.credentialsbinding.impl.SecretBuildWrapper>",
            "<EnvInjectBuildWrapper><info><propertiesContent>LEVEL=3</propertiesContent></info>"
            "</EnvInjectBuildWrapper>",
            "<some.plugin.Wrapper/>",
        ]
    )
    made = job(freestyle(SHELL, f"<buildWrappers>{wrappers}</buildWrappers>\n"))

    assert made.tree["jobs"]["build"]["timeout-minutes"] == 45
    assert made.steps[-1]["env"] == {"NPM_TOKEN": "${{ secrets.NPM_TOKEN }}"}
    assert made.tree["env"] == {"LEVEL": "3"}
    assert made.said(5) == {("manual", "convert the step some.plugin.Wrapper")}


def test_settings_of_the_root_are_each_accounted_for(job: Any, freestyle: Any) -> None:
    rest = (
        "<description>what it is</description>\n<disabled>true</disabled>\n"
        "<concurrentBuild>false</concurrentBuild>\n<odd.Setting>9</odd.Setting>\n"
        "<jdk>JDK 17</jdk>\n<assignedNode>linux</assignedNode>\n<keepDependencies>false"
        "</keepDependencies>\n"
    )
    made = job(freestyle(SHELL, rest))

    verdicts = {line: {verdict for verdict, _ in made.said(line)} for line in range(2, 9)}
    assert verdicts == {
        2: {"dropped"},
        3: {"manual"},
        4: {"kept"},
        5: {"manual"},
        6: {"changed"},
        7: {"changed"},
        8: set(),
    }


def test_a_matrix_job_runs_once_for_each_cell(job: Any) -> None:
    made = job(
        "<matrix-project><axes>\n"
        "<hudson.matrix.TextAxis><name>DB</name><values><string>pg</string><string>my</string>"
        "</values></hudson.matrix.TextAxis>\n"
        "<hudson.matrix.LabelAxis><name>label</name><values><string>linux</string>"
        "<string>windows</string></values></hudson.matrix.LabelAxis>\n"
        f"</axes><combinationFilter>DB==1</combinationFilter><builders>{SHELL}</builders>"
        "</matrix-project>"
    )

    [only] = made.tree["jobs"].values()
    assert only["strategy"]["matrix"] == {"DB": ["pg", "my"], "label": ["linux", "windows"]}
    assert "matrix.label == 'windows'" in only["runs-on"]
    assert made.steps[-1]["env"]["DB"] == "${{ matrix.DB }}"
    assert ("manual", "write this filter as strategy.matrix.exclude") in made.said(4)


def test_a_maven_job_runs_its_goals_between_its_steps(job: Any) -> None:
    made = job(
        f"<maven2-moduleset>\n<goals>clean deploy</goals><rootPOM>app/pom.xml</rootPOM>"
        f"<prebuilders>{SHELL}</prebuilders><postbuilders>{SHELL}</postbuilders>"
        "</maven2-moduleset>"
    )

    assert made.scripts == [
        "make && make test",
        "mvn -f app/pom.xml clean deploy",
        "make && make test",
    ]
    assert "manual" in {verdict for verdict, _ in made.said(2)}


def test_steps_under_a_condition_stay_off_until_a_person_decides(job: Any, freestyle: Any) -> None:
    package = "org.jenkinsci.plugins.conditionalbuildstep"
    made = job(
        freestyle(
            f"\n<{package}.ConditionalBuilder>"
            '<runCondition class="x.StringsMatchCondition"><arg1>a</arg1></runCondition>'
            f"<conditionalbuilders>{SHELL}</conditionalbuilders></{package}.ConditionalBuilder>\n"
            f"<{package}.singlestep.SingleConditionalBuilder>"
            '<condition class="x.FileExists"><file>pom.xml</file></condition>'
            '<buildStep class="hudson.tasks.Shell"><command>make one</command></buildStep>'
            f"</{package}.singlestep.SingleConditionalBuilder>"
        )
    )

    assert made.scripts == ["make && make test", "make one"]
    asked = sorted(task.text for task in made.ledger.tasks)
    assert ["FileExists" in asked[0], "StringsMatchCondition" in asked[1]] == [True, True]
    under = [step for step in made.steps if "run" in step]
    assert all(step["if"].startswith("env.RUN_") for step in under)


@pytest.mark.parametrize(
    "publisher",
    [
        "<jenkins.plugins.slack.SlackNotifier><room>x</room></jenkins.plugins.slack.SlackNotifier>",
        "<hudson.plugins.emailext.ExtendedEmailPublisher/>",
        "<hudson.tasks.BuildTrigger/>",
        "<htmlpublisher.HtmlPublisher/>",
    ],
)
def test_a_publisher_that_says_no_time_is_not_lost(
    publisher: str, job: Any, freestyle: Any
) -> None:
    made = job(freestyle(SHELL, f"<publishers>{publisher}</publishers>\n"))

    assert made.said(2) == {("manual", "say when this is to run: nothing in the job does")}


def test_another_job_is_started_by_name_under_its_condition(job: Any, freestyle: Any) -> None:
    tag = "hudson.plugins.parameterizedtrigger.BuildTrigger"
    config = "<c><projects>deploy</projects><condition>SUCCESS</condition></c>"
    made = job(
        freestyle(SHELL, f"<publishers>\n<{tag}><configs>{config}</configs></{tag}></publishers>")
    )

    assert "changed" in {verdict for verdict, _ in made.said(3)}


@pytest.mark.parametrize("allowed", ["true", "false"])
def test_whether_runs_may_overlap_is_said(allowed: str, job: Any, freestyle: Any) -> None:
    made = job(freestyle(SHELL, f"<concurrentBuild>{allowed}</concurrentBuild>\n"))

    assert {verdict for verdict, _ in made.said(2)} == {"changed" if allowed == "true" else "kept"}

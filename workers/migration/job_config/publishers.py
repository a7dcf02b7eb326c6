"""What a freestyle job does after its steps: publishers as `post`. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from workers.migration.job_config.elements import Element
from workers.migration.job_config.making import named, step
from workers.migration.job_config.notes import Notes
from workers.migration.pipeline.directives import Post
from workers.migration.pipeline.nodes import Span
from workers.migration.pipeline.steps import Step

# When it runs, and what.
_Published: TypeAlias = tuple[str, Step]
_Maker: TypeAlias = Callable[[Element], Iterator[_Published]]
_CONDITIONS = {
    "AlwaysTrigger": "always",
    "FailureTrigger": "failure",
    "FirstFailureTrigger": "regression",
    "StillFailingTrigger": "failure",
    "RegressionTrigger": "regression",
    "SuccessTrigger": "success",
    "FixedTrigger": "fixed",
    "UnstableTrigger": "unstable",
    "AbortedTrigger": "aborted",
    "StatusChangedTrigger": "changed",
}
# Publishers whose step in a pipeline has another name, and needs none of their settings.
_BY_STEP = {
    "hudson.plugins.ws__cleanup.WsCleanup": "cleanWs",
    "hudson.plugins.ws_cleanup.WsCleanup": "cleanWs",
    "hudson.tasks.Fingerprinter": "fingerprint",
    "com.cloudbees.jenkins.GitHubCommitNotifier": "githubNotify",
    "org.jenkinsci.plugins.github.status.GitHubCommitStatusSetter": "githubNotify",
    "com.dabsquared.gitlabjenkins.publisher.GitLabCommitStatusPublisher": "gitlabCommitStatus",
    "org.jenkinsci.plugins.stashNotifier.StashNotifier": "notifyBitbucket",
    "hudson.plugins.cobertura.CoberturaPublisher": "cobertura",
    "hudson.plugins.jacoco.JacocoPublisher": "jacoco",
    "hudson.plugins.checkstyle.CheckStylePublisher": "checkstyle",
    "io.jenkins.plugins.analysis.core.steps.IssuesRecorder": "recordIssues",
    "xunit": "xunit",
}
# When the plugin for triggers with parameters starts another job.
_RESULTS = {
    "ALWAYS": "always",
    "FAILED": "failure",
    "FAILED_OR_BETTER": "always",
    "UNSTABLE": "unstable",
    "UNSTABLE_OR_WORSE": "unsuccessful",
}
_SLACK = {
    "notifySuccess": "success",
    "notifyFailure": "failure",
    "notifyUnstable": "unstable",
    "notifyAborted": "aborted",
    "notifyBackToNormal": "fixed",
}
_NAME = re.compile(r"[^,\s](?:[^,]*[^,\s])?")


def posts(group: Element | None, notes: Notes) -> tuple[Post, ...]:
    """The `post` blocks of a group of publishers: `always` stands for the group itself."""
    if group is None:
        return ()
    found = [(each, *one) for each in group.children for one in _published(each, notes)]
    always = tuple(made for _, condition, made in found if condition == "always")
    others = (
        Post(_place(made, each), condition, (made,))
        for each, condition, made in found
        if condition != "always"
    )
    return (*((Post(group.span, "always", always),) if always else ()), *others)


def _place(made: Step, element: Element) -> Span:
    return element.opening if made.span == element.span else element.span


def _published(element: Element, notes: Notes) -> Iterator[_Published]:
    if element.name in _BY_STEP:
        yield "always", step(element, _BY_STEP[element.name])
        return
    known = _MAKERS.get(element.name)
    if known is None:
        yield "always", step(element, element.name)
        return
    make, read = known
    notes.rest(element, read)
    found = tuple(make(element))
    if not found:
        notes.manual(element, "say when this is to run: nothing in the job does")
    yield from found


def _junit(element: Element) -> Iterator[_Published]:
    arguments = named(element.span, testResults=element.said("testResults"))
    yield "always", step(element, "junit", arguments)


def _archive(element: Element) -> Iterator[_Published]:
    said: dict[str, str | bool] = {"artifacts": element.said("artifacts")}
    if excludes := element.said("excludes"):
        said["excludes"] = excludes
    if element.is_true("allowEmptyArchive"):
        said["allowEmptyArchive"] = True
    condition = "success" if element.is_true("onlyIfSuccessful") else "always"
    yield condition, step(element, "archiveArtifacts", named(element.span, **said))


def _mailer(element: Element) -> Iterator[_Published]:
    to = ", ".join(element.said("recipients").split())
    arguments = named(element.span, to=to, subject="A build failed", body="See its log.")
    yield "unsuccessful", step(element, "mail", arguments)


def _email(element: Element) -> Iterator[_Published]:
    group = element.child("configuredTriggers")
    for trigger in group.children if group else ():
        short = trigger.name.rsplit(".", 1)[-1]
        to = element.said("recipientList")
        said = {"subject": element.said("defaultSubject"), "body": element.said("defaultContent")}
        # Tokens of the plugin mean nothing to anybody else.
        kept = {key: text for key, text in said.items() if text and "$" not in text}
        given = {"to": to} if to and "$" not in to else {}
        arguments = named(trigger.span, **given, **kept)
        condition = _CONDITIONS.get(short, "always")
        yield condition, Step(trigger.span, "emailext", arguments)


def _slack(element: Element) -> Iterator[_Published]:
    room = element.said("room")
    for each in element.children:
        if each.tag in _SLACK and each.text.strip() == "true":
            message = f"{_SLACK[each.tag]}: see the run"
            said = {"message": message, **({"channel": room} if room else {})}
            yield _SLACK[each.tag], Step(each.span, "slackSend", named(each.span, **said))


def _html(element: Element) -> Iterator[_Published]:
    targets = [each for each in element.below() if each.child("reportDir")]
    for target in targets:
        said = {"reportDir": target.said("reportDir"), "reportName": target.said("reportName")}
        yield "always", Step(target.span, "publishHTML", named(target.span, **said))


def _javadoc(element: Element) -> Iterator[_Published]:
    said = {"reportDir": element.said("javadocDir"), "reportName": "Javadoc"}
    yield "always", step(element, "publishHTML", named(element.span, **said))


def _downstream(element: Element) -> Iterator[_Published]:
    condition = "always" if element.said("threshold", "name") == "FAILURE" else "success"
    names = element.child("childProjects")
    if names is None:
        return
    for found in _NAME.finditer(names.text):
        place = _within(names, found)
        yield condition, Step(place, "build", named(place, job=found.group()))


def _parameterized(element: Element) -> Iterator[_Published]:
    configs = element.child("configs")
    for each in configs.children if configs else ():
        place = (each.child("projects") or each).span
        arguments = named(place, job=each.said("projects"))
        condition = _RESULTS.get(each.said("condition"), "success")
        yield condition, Step(place, "build", arguments)


def _within(element: Element, found: re.Match[str]) -> Span:
    """A stretch of an element's text, so that each has a place of its own."""
    at = element.opening
    start, shift = at.end + found.start(), at.end - at.start + found.start()
    return Span(start, start + len(found.group()), at.line, at.column + shift, at.end_line)


_SLACK_READ = ("baseUrl", "teamDomain", "authToken", "tokenCredentialId", "botUser", "room",
               "sendAsText", "startNotification", "includeTestSummary", "commitInfoChoice",
               "includeCustomMessage", "notifyNotBuilt", "buildServerUrl", "authTokenCredentialId",
               "notifyRepeatedFailure", *_SLACK)  # fmt: skip
_EMAIL_READ = ("recipientList", "configuredTriggers", "contentType", "defaultSubject", "saveOutput",
               "defaultContent", "attachmentsPattern", "presendScript", "postsendScript",
               "attachBuildLog", "compressBuildLog", "replyTo", "from", "disabled")  # fmt: skip
_MAKERS: Mapping[str, tuple[_Maker, tuple[str, ...]]] = {
    "hudson.tasks.junit.JUnitResultArchiver": (
        _junit,
        ("testResults", "allowEmptyResults", "keepLongStdio", "healthScaleFactor"),
    ),
    "hudson.tasks.ArtifactArchiver": (
        _archive,
        ("artifacts", "excludes", "allowEmptyArchive", "onlyIfSuccessful", "fingerprint",
         "defaultExcludes", "caseSensitive", "latestOnly", "followSymlinks"),
    ),
    "hudson.tasks.Mailer": (
        _mailer,
        ("recipients", "dontNotifyEveryUnstableBuild", "sendToIndividuals"),
    ),
    "hudson.plugins.emailext.ExtendedEmailPublisher": (_email, _EMAIL_READ),
    "jenkins.plugins.slack.SlackNotifier": (_slack, _SLACK_READ),
    "htmlpublisher.HtmlPublisher": (_html, ("reportTargets",)),
    "hudson.tasks.JavadocArchiver": (_javadoc, ("javadocDir", "keepAll")),
    "hudson.plugins.parameterizedtrigger.BuildTrigger": (_parameterized, ("configs",)),
    "hudson.tasks.BuildTrigger": (_downstream, ("childProjects", "threshold")),
}  # fmt: skip

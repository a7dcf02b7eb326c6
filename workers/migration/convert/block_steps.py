"""Blocks of plugins that log in, load a key, or choose an image or a tool for what is in them."""

from collections.abc import Callable, Mapping

from workers.migration.actions.expressions import wrapped
from workers.migration.actions.model import Scalar
from workers.migration.actions.model import Step as Made
from workers.migration.convert.credentials import secret, username_and_password
from workers.migration.convert.frame import Frame
from workers.migration.convert.scope import Part, Unknown
from workers.migration.convert.scripts import script
from workers.migration.convert.shell_steps import run
from workers.migration.convert.surroundings import inside
from workers.migration.convert.tools import installed
from workers.migration.convert.work import Work
from workers.migration.pipeline.nodes import Value
from workers.migration.pipeline.steps import Assign, Evaluate, Return, Step
from workers.migration.pipeline.values import Binary, Call, ListValue, Literal, Variable
from workers.migration.replacing import replace


def ssh_agent(work: Work, step: Step, frame: Frame) -> Frame:
    """`sshagent(['id']) { … }`: the keys are loaded before the block."""
    given = step.named.get("credentials") or next(iter(step.positional), None)
    items = given.items if isinstance(given, ListValue) else (given,) if given else ()
    names = [work.fixed(each, frame) or work.record.text(each).strip("\"'${} ") for each in items]
    if not names:
        work.record.manual(step, "load the key with webfactory/ssh-agent before these steps")
        return inside(work, step, frame, frame)
    keys = [
        secret(work, f"{each}_KEY", f"the private key of the Jenkins credential `{each}`")
        for each in names
    ]
    text = keys[0] if len(keys) == 1 else "\n".join(keys) + "\n"
    made = Made(
        name="Load the SSH key", uses="webfactory/ssh-agent", inputs={"ssh-private-key": text}
    )
    return _before(work, step, frame, made)


def with_aws(work: Work, step: Step, frame: Frame) -> Frame:
    """`withAWS(credentials: …, region: …, role: …) { … }`."""
    said = {name: work.inline(value, frame) for name, value in step.named.items()}
    inputs: dict[str, Scalar] = {"aws-region": said.get("region") or _region(work)}
    if credential := said.get("credentials"):
        where = f"of the Jenkins credential `{credential}`"
        key, value = f"{credential}_ACCESS_KEY_ID", f"{credential}_SECRET_ACCESS_KEY"
        inputs["aws-access-key-id"] = secret(work, key, f"the access key {where}")
        inputs["aws-secret-access-key"] = secret(work, value, f"the secret key {where}")
    if role := said.get("role"):
        account = said.get("roleAccount")
        known = role.startswith("arn:") or account is None
        inputs["role-to-assume"] = role if known else f"arn:aws:iam::{account}:role/{role}"
    if len(inputs) == 1:
        work.record.changed(step, "AWS_REGION in the environment of each step")
        return inside(work, step, frame, frame.having({"AWS_REGION": inputs["aws-region"]}))
    action = "aws-actions/configure-aws-credentials"
    return _before(work, step, frame, Made(name="Log in to AWS", uses=action, inputs=inputs))


def with_container(work: Work, step: Step, frame: Frame) -> Frame:
    """`withDockerContainer('image') { … }`: each script runs in the image."""
    image = work.fixed(step.named.get("image") or next(iter(step.positional), None), frame)
    if image is None:
        work.record.manual(step, "run these steps in their image: in Jenkins only the run knows it")
        return inside(work, step, frame, frame)
    work.record.changed(step, f"each script runs in {image}")
    if "args" in step.named:
        work.record.manual(step, "give `docker run` of these steps the options in args")
    return inside(work, step, frame, replace(frame, image=image))


def with_registry(work: Work, step: Step, frame: Frame) -> Frame:
    """`withDockerRegistry(url: …, credentialsId: …) { … }`."""
    url = work.inline(step.named.get("url"), frame)
    credential = work.fixed(step.named.get("credentialsId"), frame)
    if credential is None:
        work.record.manual(step, "log in with docker/login-action before these steps")
        return inside(work, step, frame, frame)
    user, password = username_and_password(work, credential)
    inputs: dict[str, Scalar] = {"username": user, "password": password}
    if url:
        inputs = {"registry": url.removeprefix("https://").rstrip("/"), **inputs}
    made = Made(name="Log in to the registry", uses="docker/login-action", inputs=inputs)
    return _before(work, step, frame, made)


def node_js(work: Work, step: Step, frame: Frame) -> Frame:
    """`nodejs('NodeJS 18') { … }`."""
    name = step.named.get("nodeJSInstallationName") or next(iter(step.positional), None)
    made = None if name is None else installed(work, step, "nodejs", name, frame)
    if name is None:
        work.record.manual(step, "set Node.js up with actions/setup-node before these steps")
    if made is not None:
        work.add(step, made, replace(frame, timeout=None), works=False, reads=False)
    return inside(work, step, frame, frame)


def sonar(work: Work, step: Step, frame: Frame) -> Frame:
    """`withSonarQubeEnv('server') { … }`."""
    work.record.task("secret", "SONAR_TOKEN", "a token that may analyse the project")
    work.record.task("secret", "SONAR_HOST_URL", "where the SonarQube server is")
    work.record.changed(step, "SONAR_HOST_URL and SONAR_TOKEN in the environment of each step")
    env = {
        "SONAR_HOST_URL": wrapped("secrets.SONAR_HOST_URL"),
        "SONAR_TOKEN": wrapped("secrets.SONAR_TOKEN"),
    }
    return inside(work, step, frame, frame.having(env))


def wait_until(work: Work, step: Step, frame: Frame) -> Frame:
    """`waitUntil { … }` about the status of one script: a loop around the script."""
    asked = _asked(step)
    text: tuple[Part, ...] = () if asked is None else work.parts(asked, frame)
    if asked is None or any(isinstance(each, Unknown) for each in text):
        work.record.manual(step, "write the wait as a loop of the shell: its body stands here once")
        return inside(work, step, frame, frame)
    made = script(("until (\n", *text, "\n); do\n  sleep 15\ndone\n"), frame.scope, "sh")
    run(work, step, frame, made, name="Wait", note="a loop that asks every 15 seconds")
    for each in step.body or ():
        work.record.changed(each, "in the loop")
    return frame


def _asked(step: Step) -> Value | None:
    """The script of which the block asks whether it ended well."""
    match step.body:
        case (Return(value=last) | Evaluate(value=last),):
            call = last.left if isinstance(last, Binary) else None
        case (
            Assign(targets=(Variable(name=name),), value=call),
            Return(value=Binary() as last) | Evaluate(value=Binary() as last),
        ) if isinstance(last.left, Variable) and last.left.name == name:
            pass
        case _:
            return None
    ends_well = (
        isinstance(last, Binary)
        and last.operator == "=="
        and isinstance(last.right, Literal)
        and last.right.value == 0
    )
    if not ends_well or not isinstance(call, Call) or "returnStatus" not in call.named:
        return None
    return call.named.get("script") if call.name == "sh" else None


def _region(work: Work) -> str:
    work.record.task("secret", "AWS_REGION", "the region that Jenkins is configured with")
    return wrapped("secrets.AWS_REGION")


def _before(work: Work, step: Step, frame: Frame, made: Made) -> Frame:
    work.add(step, made, replace(frame, env={}), works=False, reads=False)
    work.record.changed(step, f"{made.uses} before these steps")
    return inside(work, step, frame, frame)


PLUGIN_BLOCKS: Mapping[str, Callable[[Work, Step, Frame], Frame]] = {
    "sshagent": ssh_agent,
    "withAWS": with_aws,
    "withDockerContainer": with_container,
    "withDockerRegistry": with_registry,
    "nodejs": node_js,
    "withSonarQubeEnv": sonar,
    "waitUntil": wait_until,
}

"""The `docker` object of scripted pipelines: build, image, inside, push, registries."""

from workers.migration.actions.model import Step as Made
from workers.migration.convert.credentials import username_and_password
from workers.migration.convert.frame import Frame
from workers.migration.convert.resolving import is_fixed
from workers.migration.convert.scope import Part, Unknown
from workers.migration.convert.scripts import script
from workers.migration.convert.shell_steps import run
from workers.migration.convert.work import Work
from workers.migration.pipeline.nodes import Node, Value
from workers.migration.pipeline.steps import Evaluate
from workers.migration.pipeline.values import Call, Closure, Variable
from workers.migration.replacing import replace

_BLOCKS = frozenset({"inside", "withRun"})
_REGISTRIES = frozenset({"withRegistry", "withServer", "withTool"})


def image_of(work: Work, node: Node, value: Value, frame: Frame) -> tuple[Part, ...] | None:
    """The image that `docker.image(…)` or `docker.build(…)` gives; building is a step."""
    match value:
        case Call(receiver=Variable(name="docker"), name="image"):
            text = work.parts(next(iter(value.positional), None), frame)
            work.record.kept(node, "the image's name")
            return text
        case Call(receiver=Variable(name="docker"), name="build"):
            return _built(work, node, value, frame)
        case _:
            return None


def evaluate(  # noqa: PLR0911 one a kind of call
    work: Work, given: Evaluate, frame: Frame
) -> Frame | None:
    """A call on `docker` or on an image; None when it is neither."""
    call = given.value
    if not isinstance(call, Call) or call.receiver is None:
        return None
    if isinstance(call.receiver, Variable) and call.receiver.name == "docker":
        if call.name in _REGISTRIES:
            return _registry(work, given, call, frame)
        return frame if image_of(work, given, call, frame) is not None else None
    image = _image(work, given, call.receiver, frame)
    if image is None:
        return None
    if call.name in _BLOCKS:
        return _inside(work, given, call, image, frame)
    if call.name in ("push", "tag", "pull"):
        return _moved(work, given, call, image, frame)
    return None


def _image(work: Work, node: Node, value: Value, frame: Frame) -> tuple[Part, ...] | None:
    if isinstance(value, Variable):
        return frame.scope.images.get(value.name)
    return image_of(work, node, value, frame)


def _built(work: Work, node: Node, call: Call, frame: Frame) -> tuple[Part, ...]:
    name = work.parts(next(iter(call.positional), None), frame)
    options = work.parts(call.positional[1], frame) if len(call.positional) > 1 else (".",)
    made = script(("docker build -t ", *_quoted(name), " ", *options), frame.scope, "sh")
    run(work, node, replace(frame, image=None), made, name="Build the image")
    return name


def _inside(work: Work, node: Evaluate, call: Call, image: tuple[Part, ...], frame: Frame) -> Frame:
    body = _body(call)
    if not is_fixed(image) or call.name == "withRun" or body is None:
        work.record.manual(node, "start this container by hand: only the run knows its image")
        after = work.emit(body.body if body else (), frame)
    else:
        work.record.changed(node, f"each script runs in {image[0]}")
        after = work.emit(body.body, replace(frame, image=image[0]))
    return replace(frame, scope=after.scope)


def _body(call: Call) -> Closure | None:
    last = call.positional[-1] if call.positional else None
    return call.body or (last if isinstance(last, Closure) else None)


def _moved(work: Work, node: Evaluate, call: Call, image: tuple[Part, ...], frame: Frame) -> Frame:
    tag = work.parts(next(iter(call.positional), None), frame)
    target = (*_untagged(image), ":", *tag) if tag else image
    if any(isinstance(each, Unknown) for each in target):
        work.by_hand(node, frame, f"{call.name} this image: its name is known to Jenkins alone")
        return frame
    lines: tuple[Part, ...] = ()
    if tag:
        lines = ("docker tag ", *_quoted(image), " ", *_quoted(target), "\n")
    if call.name != "tag":
        lines = (*lines, f"docker {call.name} ", *_quoted(target))
    made = script(lines, frame.scope, "sh")
    run(work, node, replace(frame, image=None), made, name=f"{call.name.capitalize()} the image")
    return frame


def _registry(work: Work, node: Evaluate, call: Call, frame: Frame) -> Frame:
    body = _body(call)
    given = [each for each in call.positional if not isinstance(each, Closure)]
    address = work.inline(given[0], frame) if given else None
    credential = work.fixed(given[1], frame) if len(given) > 1 else None
    if credential and address is not None:
        user, password = username_and_password(work, credential)
        registry = address.removeprefix("https://").removeprefix("http://").rstrip("/")
        inputs = {"username": user, "password": password}
        if registry and "index.docker.io" not in registry:
            inputs = {"registry": registry, **inputs}
        login = Made(name="Log in to the registry", uses="docker/login-action", inputs=inputs)
        work.add(node, login, frame, works=False)
        work.record.changed(node, "docker/login-action")
    elif len(given) > 1:
        work.record.manual(node, "log in to this registry: only Jenkins knows its credential")
    else:
        work.record.changed(node, "without a login")
    after = work.emit(body.body if body else (), frame)
    return replace(frame, scope=after.scope)


def _untagged(image: tuple[Part, ...]) -> tuple[Part, ...]:
    """The image without a tag at its end; a port in front of a slash is none."""
    *head, last = image
    for at, part in enumerate(image):
        if isinstance(part, str) and ":" in part.rpartition("/")[2]:
            place = part.rindex(":")
            return (*image[:at], part[:place])
    return (*head, last)


def _quoted(text: tuple[Part, ...]) -> tuple[Part, ...]:
    return text if is_fixed(text) else ('"', *text, '"')

"""Parameters of a job. Pure."""

from workers.migration.job_config.elements import Element
from workers.migration.job_config.making import listed, literal, named
from workers.migration.pipeline.directives import BuildParameter
from workers.migration.pipeline.nodes import Value
from workers.migration.pipeline.values import Literal

_PROPERTY = "hudson.model.ParametersDefinitionProperty"
_KINDS = {
    "StringParameterDefinition": "string",
    "BooleanParameterDefinition": "booleanParam",
    "ChoiceParameterDefinition": "choice",
    "TextParameterDefinition": "text",
    "PasswordParameterDefinition": "password",
    "CredentialsParameterDefinition": "credentials",
    "FileParameterDefinition": "file",
    "RunParameterDefinition": "run",
}


def parameters(properties: Element | None) -> tuple[BuildParameter, ...]:
    """The parameters among a job's properties, in their order."""
    definitions = properties.child(_PROPERTY, "parameterDefinitions") if properties else None
    return tuple(map(_parameter, definitions.children)) if definitions else ()


def parameter_name(parameter: BuildParameter) -> str | None:
    """The name of a parameter; None where it is no constant."""
    values = (each.value for each in parameter.arguments if each.name == "name")
    return next((str(each.value) for each in values if isinstance(each, Literal)), None)


def _parameter(element: Element) -> BuildParameter:
    short = element.name.rsplit(".", 1)[-1]
    said: dict[str, Value | str | int | bool] = {"name": element.said("name")}
    if description := element.said("description"):
        said["description"] = description
    default = element.child("defaultValue")
    if short == "ChoiceParameterDefinition":
        said["choices"] = _choices(element)
    elif short == "BooleanParameterDefinition":
        said["defaultValue"] = element.is_true("defaultValue")
    elif default is not None and not default.children:
        said["defaultValue"] = default.text
    return BuildParameter(element.span, _KINDS.get(short, short), named(element.span, **said))


def _choices(element: Element) -> Value:
    group = element.child("choices")
    found = [each for each in group.below() if each.tag == "string"] if group else []
    return listed(element.span, (literal(each.span, each.text) for each in found))

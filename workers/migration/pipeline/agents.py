"""Agents: what a pipeline or a stage runs on."""

from dataclasses import dataclass

from workers.migration.pipeline.nodes import Statement, Value
from workers.migration.pipeline.values import Argument


@dataclass(frozen=True, slots=True)
class Agent(Statement):
    """What a pipeline or a stage runs on."""


@dataclass(frozen=True, slots=True)
class AnyAgent(Agent):
    """`agent any`."""


@dataclass(frozen=True, slots=True)
class NoAgent(Agent):
    """`agent none`."""


@dataclass(frozen=True, slots=True)
class LabelAgent(Agent):
    """`agent { label 'a && b' }` and `agent { node { label 'a' } }`; `options` is the rest."""

    label: Value
    options: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class DockerAgent(Agent):
    """`agent { docker … }`; `options` holds args, label, registryUrl, reuseNode, …"""

    image: Value
    options: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class DockerfileAgent(Agent):
    """`agent { dockerfile … }`; `options` holds filename, dir, args, label, …"""

    options: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class KubernetesAgent(Agent):
    """`agent { kubernetes … }`; `options` holds yaml, yamlFile, defaultContainer, label, …"""

    options: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class OtherAgent(Agent):
    """An agent of a plugin."""

    kind: str
    options: tuple[Argument, ...] = ()

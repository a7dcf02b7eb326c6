"""Jenkinsfiles by a seed: every second one declarative, the others scripted. Pure.

What stands in them is what pipelines in public repositories are made of. The same seed gives the
same text, of exactly as many lines as asked for.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeAlias

Lines: TypeAlias = list[str]
Part: TypeAlias = Callable[[Random, str], Lines]

_TOOLS = ("mvn -B", "./gradlew", "npm run", "make", "tox -e", "go test", "docker compose", "cargo")
_GOALS = ("package", "verify", "lint", "unit", "integration", "docs", "image", "publish")
_NAMES = ("Build", "Test", "Lint", "Package", "Docs", "Image", "Scan", "Deploy", "Smoke", "Release")
_BRANCHES = ("main", "develop", "release/*", "hotfix/*")


def jenkinsfile(seed: int, lines: int) -> str:
    """A pipeline of so many lines, 20 or more."""
    random = Random(seed)  # noqa: S311 nothing to guess
    return "\n".join(_declarative(random, lines) if seed % 2 else _scripted(random, lines)) + "\n"


def _declarative(random: Random, lines: int) -> Lines:
    head = [
        "pipeline {",
        f"  agent {{ label '{random.choice(('linux', 'docker', 'maven && jdk17'))}' }}",
        f"  options {{ timeout(time: {random.randint(1, 9)}, unit: 'HOURS') }}",
        "  parameters { string(name: 'VERSION', defaultValue: 'latest') }",
        f"  environment {{ REGISTRY = 'registry{random.randint(1, 9)}.example.com' }}",
        "  stages {",
    ]
    tail = ["  }", "  post { always { junit '**/target/*.xml' } }", "}"]
    parts = (_plain, _guarded, _parallel, _secret, _shell, _scripted_block)
    room = lines - len(head) - len(tail)
    return [*head, *_filled(random, room, parts, "    "), *tail]


def _scripted(random: Random, lines: int) -> Lines:
    head = [
        "@Library('build-tools@2') _",
        "properties([buildDiscarder(logRotator(numToKeepStr: '9'))])",
        f"def image = 'registry.example.com/app{random.randint(1, 9)}'",
        "def notify(String what) {",
        '  echo "state: ${what}"',
        "}",
        "node('linux') {",
        "  checkout scm",
    ]
    parts = (_steps, _choice, _attempt, _loop, _with_secret, _branches)
    return [*head, *_filled(random, lines - len(head) - 1, parts, "  "), "}"]


def _filled(random: Random, room: int, parts: Sequence[Part], margin: str) -> Lines:
    """Parts while they fit, then comments."""
    found: Lines = []
    while True:
        name = f"{random.choice(_NAMES)} {len(found)}"
        part = [margin + line for line in random.choice(parts)(random, name)]
        if len(found) + len(part) > room:
            return found + [f"{margin}// {_command(random)}" for _ in range(room - len(found))]
        found += part


def _command(random: Random) -> str:
    return f"{random.choice(_TOOLS)} {random.choice(_GOALS)}"


def _plain(random: Random, name: str) -> Lines:
    return [
        f"stage('{name}') {{",
        "  steps {",
        f"    sh '{_command(random)}'",
        f'    sh "{_command(random)} --tag ${{REGISTRY}}/app:${{params.VERSION}}"',
        "    archiveArtifacts artifacts: 'build/**', fingerprint: true",
        "  }",
        "}",
    ]


def _guarded(random: Random, name: str) -> Lines:
    return [
        f"stage('{name}') {{",
        "  when {",
        f"    allOf {{ branch '{random.choice(_BRANCHES)}'; not {{ changeRequest() }} }}",
        "  }",
        f"  options {{ retry({random.randint(2, 4)}) }}",
        f"  steps {{ dir('module-{random.randint(1, 9)}') {{ sh '{_command(random)}' }} }}",
        "  post {",
        f"    failure {{ echo 'failed: {name}' }}",
        "  }",
        "}",
    ]


def _parallel(random: Random, name: str) -> Lines:
    inner = [
        line
        for place in range(random.randint(2, 4))
        for line in (
            f"    stage('{name} {place}') {{",
            f"      agent {{ docker {{ image 'node:{random.randint(18, 24)}' }} }}",
            f"      steps {{ sh '{_command(random)}' }}",
            "    }",
        )
    ]
    return [f"stage('{name}') {{", "  parallel {", *inner, "  }", "}"]


def _secret(random: Random, name: str) -> Lines:
    number = random.randint(1, 9)
    return [
        f"stage('{name}') {{",
        f"  environment {{ TOKEN = credentials('token-{number}') }}",
        "  steps {",
        f"    withCredentials([usernamePassword(credentialsId: 'login-{number}',",
        "        usernameVariable: 'USER', passwordVariable: 'PASS')]) {",
        '      sh \'docker login -u "$USER" -p "$PASS" "$REGISTRY"\'',
        "    }",
        "  }",
        "}",
    ]


def _shell(random: Random, name: str) -> Lines:
    script = [f"        {_command(random)} > log-{place}.txt" for place in range(5)]
    head = [f"stage('{name}') {{", "  steps {", "    sh '''", "        set -e"]
    return [*head, *script, "    '''", "  }", "}"]


def _scripted_block(random: Random, name: str) -> Lines:
    return [
        f"stage('{name}') {{",
        "  steps {",
        "    script {",
        "      def commit = sh(script: 'git rev-parse HEAD', returnStdout: true).trim()",
        f"      if (env.BRANCH_NAME == '{random.choice(_BRANCHES)}') {{",
        f'        sh "{_command(random)} --revision ${{commit}}"',
        "      }",
        "    }",
        "  }",
        "}",
    ]


def _steps(random: Random, name: str) -> Lines:
    return [
        f"stage('{name}') {{",
        f"  sh '{_command(random)}'",
        f'  sh "docker build -t ${{image}}:{random.randint(1, 99)} ."',
        "  junit allowEmptyResults: true, testResults: 'reports/*.xml'",
        "}",
    ]


def _choice(random: Random, name: str) -> Lines:
    return [
        f"if (env.BRANCH_NAME == '{random.choice(_BRANCHES)}' && !env.CHANGE_ID) {{",
        f"  stage('{name}') {{ sh '{_command(random)}' }}",
        "} else {",
        f"  echo 'not here: {name}'",
        "}",
    ]


def _attempt(random: Random, name: str) -> Lines:
    return [
        "try {",
        f"  stage('{name}') {{ timeout(time: 5, unit: 'MINUTES') {{ sh '{_command(random)}' }} }}",
        "} catch (error) {",
        f"  notify('{name} failed')",
        "  throw error",
        "} finally {",
        "  archiveArtifacts 'logs/**'",
        "}",
    ]


def _loop(random: Random, name: str) -> Lines:
    return [
        f"for (part in {random.sample(_GOALS, 2)}) {{",
        f'  stage("{name} ${{part}}") {{',
        f'    sh "{random.choice(_TOOLS)} ${{part}}"',
        "  }",
        "}",
    ]


def _with_secret(random: Random, name: str) -> Lines:
    return [
        f"withCredentials([string(credentialsId: 'key-{random.randint(1, 9)}', variable: 'KEY')])"
        " {",
        f"  stage('{name}') {{",
        f"    withEnv(['MODE=fast', \"LEVEL={random.randint(1, 5)}\"]) {{",
        f"      sh '{_command(random)} --key \"$KEY\"'",
        "    }",
        "  }",
        "}",
    ]


def _branches(random: Random, name: str) -> Lines:
    return [
        "parallel(",
        f"  '{name} one': {{ node('linux') {{ checkout scm; sh '{_command(random)}' }} }},",
        f"  '{name} two': {{ node('windows') {{ bat '{_command(random)}' }} }}",
        ")",
    ]

"""Scripted pipelines as they run."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.process
Act = Callable[..., Any]


def test_nodes_and_stages_run_in_their_order(act: Act) -> None:
    run = act(
        """
        def version = '7'
        node('linux') {
          stage('Checkout') { checkout scm }
          stage('Build') {
            sh "test -f Jenkinsfile && echo '== build ${version}'"
          }
        }
        node {
          stage('Ship') { echo "== ship ${version}" }
        }
        """
    )
    assert (run.succeeded, run.said) == (True, ["build 7", "ship 7"])


def test_methods_run_where_they_are_called(act: Act) -> None:
    run = act(
        """
        def greet(String who, times = 1) {
          echo "== hello ${who} ${times}"
          return "dear ${who}"
        }
        def twice(Closure body) {
          body()
          body()
        }
        node {
          def said = greet('you')
          greet('all', 2)
          echo "== ${said}"
          twice { echo '== again' }
        }
        """
    )
    assert run.said == ["hello you 1", "hello all 2", "dear you", "again", "again"]
    assert run.succeeded


def test_branches_of_a_map_run_apart_and_before_what_follows(act: Act) -> None:
    run = act(
        """
        node { echo '== first' }
        def branches = [:]
        for (name in ['x', 'y']) {
          def own = name
          branches[own] = {
            node { sh "echo '== branch ${own}'" }
          }
        }
        parallel branches
        node { echo '== last' }
        """
    )
    assert run.said[0] == "first"
    assert sorted(run.said[1:3]) == ["branch x", "branch y"]
    assert run.said[3:] == ["last"]
    assert run.succeeded


def test_branches_that_are_written_out_run_apart(act: Act) -> None:
    run = act(
        """
        parallel(
          one: { node { echo '== one' } },
          two: { node { echo '== two' } },
          failFast: false
        )
        node { echo '== last' }
        """
    )
    assert sorted(run.said[:2]) == ["one", "two"]
    assert run.said[2:] == ["last"]


def test_a_return_ends_what_it_stands_in(act: Act) -> None:
    run = act(
        """
        def check() {
          if (env.BRANCH_NAME == 'main') {
            echo '== main'
            return
          }
          echo '== other'
        }
        node {
          check()
          echo '== after'
        }
        """
    )
    assert (run.succeeded, run.said) == (True, ["main", "after"])


def test_parameters_of_properties_have_their_defaults(act: Act) -> None:
    run = act(
        """
        properties([
          parameters([
            string(name: 'WHO', defaultValue: "it's you"),
            booleanParam(name: 'LOUD', defaultValue: false),
          ])
        ])
        node {
          echo "== ${params.WHO}"
          if (params.LOUD) { echo '== loud' } else { echo '== quiet' }
          sh 'echo "== $WHO $LOUD"'
        }
        """
    )
    assert (run.succeeded, run.said) == (True, ["it's you", "quiet", "it's you false"])


def test_what_is_counted_up_is_known_when_it_is_used(act: Act) -> None:
    run = act(
        """
        node {
          def image = 'app'
          image += ':1'
          def parts = ['a', 'b']
          parts << 'c'
          def flag = true
          flag = false
          echo "== ${image} ${parts.join('-')}"
          if (flag) { echo '== set' } else { echo '== unset' }
        }
        """
    )
    assert (run.succeeded, run.said) == (True, ["app:1 a-b-c", "unset"])


def test_choices_take_the_default_that_the_script_names(act: Act) -> None:
    run = act(
        """
        def channel = params.CHANNEL ?: 'nightly'
        def profile = env.BRANCH_NAME == 'main' ? 'release' : 'snapshot'
        node {
          def options = '--quiet'
          if (channel == 'nightly') { options += ' --all' }
          def broken = false
          def status = sh(script: 'exit 0', returnStatus: true)
          if (status) { broken = true }
          echo "== ${channel} ${profile} ${options}"
          if (!broken) { echo '== whole' } else { echo '== broken' }
        }
        """
    )
    assert (run.succeeded, run.said) == (True, ["nightly release --quiet --all", "whole"])


LIBRARY = """
@Library('tools') _
node {
  checkout scm
  echo '== before'
  deploy name: 'shop', to: env.BRANCH_NAME
  echo '== after'
}
"""


def test_a_step_of_a_library_fails_until_its_action_is_written(act: Act) -> None:
    run = act(LIBRARY)

    assert (run.succeeded, run.said) == (False, ["before"])
    assert "The step deploy of the shared library is not written yet" in run.log


def test_an_action_that_is_written_is_called_with_its_inputs(act: Act) -> None:
    written = """
    name: deploy
    description: Deploys
    inputs:
      name: {default: ''}
      to: {default: ''}
    runs:
      using: composite
      steps:
        - shell: bash
          env:
            NAME: ${{ inputs.name }}
            TO: ${{ inputs.to }}
          run: echo "== $NAME to $TO"
    """
    run = act(LIBRARY, **{".github/actions/deploy/action.yml": written})

    assert (run.succeeded, run.said) == (True, ["before", "shop to main", "after"])

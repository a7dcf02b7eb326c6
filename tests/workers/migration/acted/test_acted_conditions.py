"""Conditions as they are decided: stages, parameters and branches of scripts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.process
Act = Callable[..., Any]

WHEN = """
pipeline {
  agent any
  environment { TIER = 'gold' }
  parameters {
    string(name: 'TARGET', defaultValue: 'staging')
    booleanParam(name: 'DEPLOY', defaultValue: true)
    booleanParam(name: 'DRY', defaultValue: false)
    choice(name: 'SIZE', choices: ['small', 'large'])
  }
  stages {
    stage('Main') {
      when { branch 'main' }
      steps { echo '== main' }
    }
    stage('Release') {
      when { branch 'release/*' }
      steps { echo '== release' }
    }
    stage('Not main') {
      when { not { branch 'main' } }
      steps { echo '== not main' }
    }
    stage('Gold') {
      when { environment name: 'TIER', value: 'gold' }
      steps { echo '== gold' }
    }
    stage('Silver') {
      when { environment name: 'TIER', value: 'silver' }
      steps { echo '== silver' }
    }
    stage('Any') {
      when {
        anyOf {
          branch 'main'
          branch 'release/*'
        }
      }
      steps { echo '== any' }
    }
    stage('All') {
      when {
        allOf {
          branch 'main'
          not { buildingTag() }
          expression { params.DEPLOY }
        }
      }
      steps { echo '== all' }
    }
    stage('Dry') {
      when { expression { return params.DRY } }
      steps { echo '== dry' }
    }
    stage('Target') {
      when { equals expected: 'production', actual: params.TARGET }
      steps { echo '== production' }
    }
    stage('Size') {
      when { expression { params.SIZE == 'small' && env.BRANCH_NAME != 'x' } }
      steps { echo "== ${params.SIZE} ${params.TARGET}" }
    }
    stage('Tag') {
      when { tag 'v*' }
      steps { echo '== tag' }
    }
  }
}
"""


def test_on_a_push_to_the_main_branch_parameters_have_their_defaults(act: Act) -> None:
    run = act(WHEN)

    assert run.said == ["main", "gold", "any", "all", "small staging"]
    assert run.succeeded


def test_on_another_branch_other_stages_run(act: Act) -> None:
    run = act(WHEN, branch="release/7")

    assert run.said == ["release", "not main", "gold", "any", "small staging"]
    assert run.succeeded


def test_a_person_who_starts_it_gives_the_parameters(act: Act) -> None:
    given = ("DEPLOY=false", "DRY=true", "TARGET=production", "SIZE=large")
    options = [each for pair in given for each in ("--input", pair)]

    run = act(WHEN, "workflow_dispatch", *options)

    assert run.said == ["main", "gold", "any", "dry", "production"]
    assert run.succeeded


def test_on_a_tag_the_stage_of_tags_runs(act: Act, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"ref": "refs/tags/v1.2"}))

    run = act(WHEN, "push", "-e", str(event))

    assert run.said == ["not main", "gold", "small staging", "tag"]


def test_the_post_of_a_stage_that_was_skipped_is_skipped_and_later_stages_run(act: Act) -> None:
    run = act(
        """
        pipeline {
          agent none
          stages {
            stage('Skipped') {
              agent any
              when { branch 'other' }
              steps { echo '== skipped' }
              post { always { echo '== skipped post' } }
            }
            stage('Next') {
              agent any
              steps { echo '== next' }
            }
          }
        }
        """
    )
    assert (run.succeeded, run.said) == (True, ["next"])


def test_if_and_else_and_switch_choose_as_the_script_says(act: Act) -> None:
    run = act(
        """
        pipeline {
          agent any
          parameters { choice(name: 'MODE', choices: ['fast', 'slow']) }
          stages {
            stage('One') {
              steps {
                script {
                  def count = 3
                  if (count > 2) { echo '== many' } else { echo '== few' }
                  if (params.MODE == 'slow') {
                    echo '== slow'
                  } else if (env.BRANCH_NAME == 'main') {
                    echo '== fast on main'
                  } else {
                    echo '== fast elsewhere'
                  }
                  switch (params.MODE) {
                    case 'slow': echo '== case slow'; break
                    case 'fast': echo '== case fast'; break
                    default: echo '== case other'
                  }
                }
              }
            }
          }
        }
        """
    )
    assert (run.succeeded, run.said) == (True, ["many", "fast on main", "case fast"])


def test_a_condition_on_what_a_script_answers_is_asked_when_it_runs(act: Act) -> None:
    run = act(
        """
        node {
          def word = sh(script: 'echo yes', returnStdout: true).trim()
          def status = sh(script: 'test -f missing', returnStatus: true)
          if (word == 'yes') { echo "== word ${word}" } else { echo '== no word' }
          if (status != 0) { echo '== missing' } else { echo '== there' }
          if (fileExists('missing')) { echo '== file' } else { echo '== no file' }
        }
        """
    )
    assert (run.succeeded, run.said) == (True, ["word yes", "missing", "no file"])

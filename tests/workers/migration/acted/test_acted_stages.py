"""Stages as they run: their order, what surrounds them, and what comes after them."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.process
Act = Callable[..., Any]


def test_stages_run_in_their_order_and_nested_ones_where_they_stand(act: Act) -> None:
    run = act(
        """
        pipeline {
          agent any
          stages {
            stage('One') { steps { echo '== 1' } }
            stage('Two') {
              stages {
                stage('Inner') { steps { sh 'echo "== 2"' } }
                stage('Other') { steps { echo '== 3' } }
              }
            }
            stage('Three') { steps { sh 'echo "== 4"; ls Jenkinsfile' } }
          }
        }
        """
    )
    assert (run.succeeded, run.said) == (True, ["1", "2", "3", "4"])


def test_the_environment_of_each_level_is_seen_below_it_and_nowhere_else(act: Act) -> None:
    run = act(
        """
        pipeline {
          agent any
          environment {
            A = 'top'
            B = "${A}-and-more"
            C = 'over'
          }
          stages {
            stage('One') {
              environment {
                C = 'inner'
                D = "${B}!"
              }
              steps {
                sh 'echo "== $A $B $C $D"'
                withEnv(['C=closest', "E=${A}"]) { sh 'echo "== $C $E"' }
                sh 'echo "== $C ${E:-none}"'
              }
            }
            stage('Two') { steps { echo "== ${env.A} ${B} ${C}" } }
            stage('Three') {
              steps {
                script { env.LATE = "set-${C}" }
                sh 'echo "== $LATE"'
              }
            }
          }
        }
        """
    )
    assert run.said == [
        "top top-and-more inner top-and-more!",
        "closest top",
        "inner none",
        "top top-and-more over",
        "set-over",
    ]
    assert run.succeeded


def test_after_success_always_comes_first_and_cleanup_last(act: Act) -> None:
    run = act(
        """
        pipeline {
          agent any
          stages {
            stage('One') {
              steps { echo '== work' }
              post {
                cleanup { echo '== stage cleanup' }
                success { echo '== stage success' }
                failure { echo '== stage failure' }
                always { echo '== stage always' }
              }
            }
            stage('Two') { steps { echo '== more' } }
          }
          post {
            success { echo '== success' }
            cleanup { echo '== cleanup' }
            unsuccessful { echo '== unsuccessful' }
            failure { echo '== failure' }
            always { echo '== always' }
          }
        }
        """
    )
    assert run.said == [
        "work",
        "stage always",
        "stage success",
        "stage cleanup",
        "more",
        "always",
        "success",
        "cleanup",
    ]
    assert run.succeeded


def test_after_a_failure_later_stages_are_skipped_and_the_post_of_failures_runs(act: Act) -> None:
    run = act(
        """
        pipeline {
          agent any
          stages {
            stage('One') {
              steps {
                sh 'echo "== work"; exit 3'
                echo '== never'
              }
              post {
                success { echo '== stage success' }
                failure { echo '== stage failure' }
                always { echo '== stage always' }
              }
            }
            stage('Two') {
              steps { echo '== skipped' }
              post { always { echo '== skipped too' } }
            }
          }
          post {
            cleanup { echo '== cleanup' }
            success { echo '== success' }
            failure { echo '== failure' }
            unsuccessful { echo '== unsuccessful' }
            always { echo '== always' }
          }
        }
        """
    )
    assert run.said == [
        "work",
        "stage always",
        "stage failure",
        "always",
        "failure",
        "unsuccessful",
        "cleanup",
    ]
    assert not run.succeeded


def test_branches_start_after_what_stands_before_them_and_all_end_before_what_follows(
    act: Act,
) -> None:
    run = act(
        """
        pipeline {
          agent none
          stages {
            stage('Before') {
              agent any
              steps { echo '== before' }
            }
            stage('Both') {
              parallel {
                stage('Left') {
                  agent any
                  steps { echo '== left' }
                }
                stage('Right') {
                  agent any
                  stages {
                    stage('First') { steps { echo '== right 1' } }
                    stage('Second') { steps { echo '== right 2' } }
                  }
                }
              }
            }
            stage('After') {
              agent any
              steps { echo '== after' }
            }
          }
          post { always { echo '== end' } }
        }
        """
    )
    assert run.said[0] == "before"
    assert sorted(run.said[1:4]) == ["left", "right 1", "right 2"]
    assert run.said.index("right 1") < run.said.index("right 2")
    assert run.said[4:] == ["after", "end"]
    assert run.succeeded


def test_a_branch_that_fails_stops_what_follows_and_not_its_neighbour(act: Act) -> None:
    run = act(
        """
        pipeline {
          agent any
          stages {
            stage('Both') {
              parallel {
                stage('Left') { steps { sh 'echo "== left"; exit 1' } }
                stage('Right') { steps { sh 'echo "== right"' } }
              }
            }
            stage('After') { steps { echo '== after' } }
          }
          post {
            failure { echo '== failure' }
            success { echo '== success' }
          }
        }
        """
    )
    assert sorted(run.said[:2]) == ["left", "right"]
    assert run.said[2:] == ["failure"]
    assert not run.succeeded


def test_files_go_on_from_job_to_job_where_the_workspace_was_one(act: Act) -> None:
    run = act(
        """
        pipeline {
          agent any
          stages {
            stage('Build') { steps { sh 'mkdir -p out && echo built > out/made.txt' } }
            stage('Checks') {
              parallel {
                stage('Left') {
                  steps { sh 'echo "== left $(cat out/made.txt)"; echo l > left.txt' }
                }
                stage('Right') {
                  steps { sh 'echo "== right $(cat out/made.txt)"; echo r > right.txt' }
                }
              }
            }
            stage('Ship') {
              steps { sh 'echo "== ship $(cat out/made.txt left.txt right.txt | xargs)"' }
            }
          }
        }
        """
    )
    assert sorted(run.said[:2]) == ["left built", "right built"]
    assert run.said[2:] == ["ship built l r"]
    assert run.succeeded


def test_what_is_stashed_is_there_after_unstash_with_its_folders(act: Act) -> None:
    run = act(
        """
        pipeline {
          agent none
          stages {
            stage('Build') {
              agent any
              steps {
                sh 'mkdir -p target/x && echo jar > target/x/a.jar && echo no > target/x/a.txt'
                stash name: 'jars', includes: 'target/**/*.jar'
              }
            }
            stage('Use') {
              agent { label 'linux' }
              steps {
                unstash 'jars'
                sh 'echo "== $(find target -type f | sort | xargs)"'
                dir('below') {
                  unstash 'jars'
                  sh 'echo "== $(cat target/x/a.jar)"'
                }
              }
            }
          }
        }
        """
    )
    assert (run.succeeded, run.said) == (True, ["target/x/a.jar", "jar"])


def test_each_cell_of_a_matrix_runs_and_an_excluded_one_does_not(act: Act) -> None:
    run = act(
        """
        pipeline {
          agent none
          stages {
            stage('Cells') {
              matrix {
                agent any
                axes {
                  axis {
                    name 'SYSTEM'
                    values 'linux', 'mac'
                  }
                  axis {
                    name 'LEVEL'
                    values '1', '2'
                  }
                }
                excludes {
                  exclude {
                    axis {
                      name 'SYSTEM'
                      values 'mac'
                    }
                    axis {
                      name 'LEVEL'
                      notValues '1'
                    }
                  }
                }
                stages {
                  stage('Build') { steps { sh 'echo "== build $SYSTEM $LEVEL"' } }
                  stage('Test') {
                    when { environment name: 'SYSTEM', value: 'linux' }
                    steps { echo "== test ${SYSTEM} ${LEVEL}" }
                  }
                }
              }
            }
            stage('After') {
              agent any
              steps { echo '== after' }
            }
          }
        }
        """
    )
    assert sorted(run.said[:-1]) == [
        "build linux 1",
        "build linux 2",
        "build mac 1",
        "test linux 1",
        "test linux 2",
    ]
    assert run.said[-1] == "after"
    assert run.succeeded


def test_files_that_cells_stash_and_keep_do_not_collide_and_all_arrive(act: Act) -> None:
    run = act(
        """
        pipeline {
          agent none
          stages {
            stage('Cells') {
              matrix {
                agent any
                axes {
                  axis {
                    name 'SYSTEM'
                    values 'linux', 'mac'
                  }
                }
                stages {
                  stage('Build') {
                    steps {
                      sh 'echo "of $SYSTEM" > "made-$SYSTEM.txt"'
                      stash name: 'made', includes: 'made-*.txt'
                      archiveArtifacts 'made-*.txt'
                    }
                  }
                }
              }
            }
            stage('Use') {
              agent any
              steps {
                unstash 'made'
                sh 'for each in made-*.txt; do echo "== $(cat "$each")"; done'
              }
            }
          }
        }
        """
    )
    assert run.said == ["of linux", "of mac"]
    assert run.succeeded


def test_a_cell_that_unstashes_gets_its_own_files(act: Act) -> None:
    run = act(
        """
        pipeline {
          agent none
          stages {
            stage('Cells') {
              matrix {
                agent any
                axes {
                  axis {
                    name 'SYSTEM'
                    values 'linux', 'mac'
                  }
                }
                stages {
                  stage('Build') {
                    steps {
                      sh 'echo "of $SYSTEM" > made.txt'
                      stash name: "made-${SYSTEM}", includes: 'made.txt'
                      sh 'rm made.txt'
                      unstash "made-${SYSTEM}"
                      sh 'echo "== $SYSTEM $(cat made.txt)"'
                    }
                  }
                }
              }
            }
          }
        }
        """
    )
    assert sorted(run.said) == ["linux of linux", "mac of mac"]
    assert run.succeeded


def test_tools_are_set_up_before_the_first_script(act: Act) -> None:
    run = act(
        """
        pipeline {
          agent any
          tools { jdk 'jdk-17.0.2' }
          stages {
            stage('Build') { steps { sh 'echo "== build"' } }
          }
        }
        """
    )
    assert run.said == ["set up 17", "build"]


def test_tools_and_the_path_of_the_pipeline_are_there_on_every_agent(act: Act) -> None:
    run = act(
        """
        pipeline {
          agent none
          tools { jdk 'jdk-21' }
          environment { PATH = "${WORKSPACE}/bin:$PATH" }
          stages {
            stage('One') {
              agent any
              steps { sh 'greet one' }
            }
            stage('Two') {
              agent { label 'linux' }
              environment { PATH = "/opt/two/bin:${env.PATH}" }
              steps { sh 'greet two && echo "== ${PATH%%:*}"' }
            }
          }
        }
        """,
        **{"bin/greet": '#!/bin/sh\necho "== greet $1"\n'},
    )
    assert run.said == ["set up 21", "greet one", "set up 21", "greet two", "/opt/two/bin"]
    assert run.succeeded


def test_nothing_is_checked_out_where_the_pipeline_says_so(act: Act) -> None:
    run = act(
        """
        pipeline {
          agent any
          options { skipDefaultCheckout() }
          stages {
            stage('One') { steps { sh 'test -e Jenkinsfile || echo "== empty"' } }
            stage('Two') {
              agent { label 'linux' }
              steps {
                sh 'test -e Jenkinsfile || echo "== empty too"'
                checkout scm
                sh 'test -e Jenkinsfile && echo "== there"'
              }
            }
          }
        }
        """
    )
    assert (run.succeeded, run.said) == (True, ["empty", "empty too", "there"])


def test_a_question_of_when_is_asked_only_where_the_conditions_before_it_hold(act: Act) -> None:
    run = act(
        """
        pipeline {
          agent any
          stages {
            stage('Never') {
              when {
                allOf {
                  branch 'other'
                  expression { sh(script: 'exit 7', returnStdout: true).trim() == 'x' }
                }
              }
              steps { echo '== never' }
            }
            stage('Asked') {
              when {
                branch 'main'
                expression { return sh(script: 'echo yes', returnStdout: true).trim() == 'yes' }
              }
              steps { echo '== asked' }
            }
          }
        }
        """
    )
    assert (run.succeeded, run.said) == (True, ["asked"])


def test_a_written_file_and_a_made_folder_have_their_parents(act: Act) -> None:
    run = act(
        """
        node {
          writeFile file: 'conf/a/settings.txt', text: 'level'
          dir('build') { sh 'cat ../conf/a/settings.txt > copy; echo "== $(cat copy)"' }
        }
        """
    )
    assert (run.succeeded, run.said) == (True, ["level"])

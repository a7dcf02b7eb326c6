"""Scripts and the blocks around them, as they run."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.process
Act = Callable[..., Any]


def steps(body: str) -> str:
    return (
        f"pipeline {{\n agent any\n stages {{\n stage('One') {{\n steps {{\n{body}\n}} }} }} }}\n"
    )


def test_loops_over_what_is_known_run_once_for_each(act: Act) -> None:
    run = act(
        steps(
            """
            script {
              for (name in ['a', 'b']) { sh "echo '== for ${name}'" }
              ['c', 'd'].each { echo "== each ${it}" }
              for (int i = 0; i < 3; i++) { echo "== count ${i}" }
              def sizes = [small: 1, large: 2]
              sizes.each { key, value -> sh "echo '== ${key}=${value}'" }
              3.times { n -> echo "== times ${n}" }
            }
            """
        )
    )
    assert run.said == [
        "for a",
        "for b",
        "each c",
        "each d",
        "count 0",
        "count 1",
        "count 2",
        "small=1",
        "large=2",
        "times 0",
        "times 1",
        "times 2",
    ]
    assert run.succeeded


def test_what_a_script_prints_and_answers_is_known_to_later_ones(act: Act) -> None:
    run = act(
        steps(
            """
            script {
              def version = sh(script: 'echo 1.2.3', returnStdout: true).trim()
              env.TAG = "v${version}"
              def code = sh(script: 'exit 4', returnStatus: true)
              echo "== ${version} ${code}"
            }
            sh 'echo "== $TAG"'
            """
        )
    )
    assert (run.succeeded, run.said) == (True, ["1.2.3 4", "v1.2.3"])


def test_what_fails_is_caught_and_finally_runs(act: Act) -> None:
    run = act(
        steps(
            """
            script {
              try {
                echo '== try'
                sh 'exit 1'
                echo '== not reached'
              } catch (Exception e) {
                echo '== caught'
              } finally {
                echo '== finally'
              }
              try {
                echo '== fine'
              } catch (e) {
                echo '== not caught'
              }
            }
            echo '== after'
            """
        )
    )
    assert run.said == ["try", "caught", "finally", "fine", "after"]
    assert run.succeeded


def test_what_is_thrown_again_fails_the_run_after_finally(act: Act) -> None:
    run = act(
        """
        node {
          try {
            stage('Build') { sh 'echo "== build"; exit 1' }
            stage('Test') { sh 'echo "== test"' }
          } catch (e) {
            echo '== caught'
            throw e
          } finally {
            echo '== finally'
          }
          echo '== after'
        }
        """
    )
    assert (run.succeeded, run.said) == (False, ["build", "caught", "finally"])


def test_a_script_is_tried_again_until_it_succeeds(act: Act) -> None:
    run = act(
        steps(
            """
            retry(3) {
              sh '''
                echo x >> tries
                echo "== try $(wc -l < tries | xargs)"
                test "$(wc -l < tries)" -ge 2
              '''
            }
            echo '== done'
            """
        )
    )
    assert (run.succeeded, run.said) == (True, ["try 1", "try 2", "done"])


def test_a_script_that_never_succeeds_fails_after_its_last_try(act: Act) -> None:
    run = act(steps("retry(2) { sh 'echo \"== try\"; false' }\necho '== never'"))

    assert (run.succeeded, run.said) == (False, ["try", "try"])


def test_folders_and_variables_hold_for_their_blocks_alone(act: Act) -> None:
    run = act(
        steps(
            """
            sh 'mkdir -p a/b'
            dir('a') {
              sh 'echo "== $(basename "$PWD")"'
              dir('b') { sh 'echo "== $(basename "$PWD")"; touch here' }
            }
            sh 'ls a/b/here && echo "== ${X:-none}"'
            withEnv(['X=1', 'PATH+TOOLS=/opt/tools']) {
              withEnv(['Y=2']) { sh 'echo "== $X$Y ${PATH%%:*}"' }
            }
            """
        )
    )
    assert (run.succeeded, run.said) == (True, ["a", "b", "none", "12 /opt/tools"])


def test_quotes_and_here_documents_reach_the_shell_as_they_are(act: Act) -> None:
    run = act(
        steps(
            r"""
            sh '''
              cat > file.txt <<EOF
== one $((1 + 1))
  == indented
EOF
              cat <<'RAW' >> file.txt
== $NOT 'expanded' "at all" \\ end
RAW
              cat file.txt
            '''
            sh "echo '== it costs \$5'"
            sh 'printf "== %s\n" "a  b" | sed "s/a/A/"'
            echo '== "quoted" $HOME `x` \\ back'
            sh 'for i in 1 2; do echo "== $i"; done'
            """
        )
    )
    assert run.said == [
        "one 2",
        "$NOT 'expanded' \"at all\" \\ end",
        "it costs $5",
        "A  b",
        '"quoted" $HOME `x` \\ back',
        "1",
        "2",
    ]
    assert run.succeeded


def test_a_script_stops_at_its_first_error_as_in_jenkins(act: Act) -> None:
    run = act(steps("sh '''\necho '== one'\nfalse\necho '== two'\n'''"))

    assert (run.succeeded, run.said) == (False, ["one"])


def test_a_pipe_fails_only_by_its_last_command_as_in_jenkins(act: Act) -> None:
    run = act(steps("sh 'false | cat'\nsh 'echo \"== on\"'"))

    assert (run.succeeded, run.said) == (True, ["on"])


def test_errors_that_are_caught_for_the_build_let_it_go_on(act: Act) -> None:
    run = act(
        steps(
            """
            catchError(buildResult: 'SUCCESS', stageResult: 'FAILURE') { sh 'exit 1' }
            echo '== on'
            """
        )
    )
    assert (run.succeeded, run.said) == (True, ["on"])


def test_error_ends_the_run(act: Act) -> None:
    run = act(steps("echo '== one'\nerror 'enough'\necho '== two'"))

    assert (run.succeeded, run.said) == (False, ["one"])
    assert "enough" in run.log


def test_a_secret_reaches_the_block_that_binds_it_and_nothing_else(act: Act) -> None:
    run = act(
        steps(
            """
            withCredentials([string(credentialsId: 'token', variable: 'TOKEN')]) {
              sh 'test "$TOKEN" = hidden && echo "== bound"'
            }
            sh 'echo "== ${TOKEN:-none}"'
            withCredentials([file(credentialsId: 'key', variable: 'KEY')]) {
              sh 'echo "== $(wc -c < "$KEY" | xargs)"; echo "$KEY" > where'
            }
            sh 'test -e "$(cat where)" || echo "== removed"'
            """
        ),
        *("-s", "TOKEN=hidden", "-s", "KEY_BASE64=aGVsbG8="),
    )
    assert (run.succeeded, run.said) == (True, ["bound", "none", "5", "removed"])


def test_files_are_written_and_read(act: Act) -> None:
    run = act(
        steps(
            """
            writeFile file: 'note.txt', text: 'first line'
            script {
              def note = readFile('note.txt').trim()
              echo "== ${note}"
            }
            """
        )
    )
    assert (run.succeeded, run.said) == (True, ["first line"])

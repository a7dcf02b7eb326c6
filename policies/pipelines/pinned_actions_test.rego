package flotilla.tests.pinned_actions

import data.flotilla.rules.pinned_actions as rule
import data.flotilla.tests.fixtures

commit := concat("", ["0a" | some _ in numbers.range(1, 20)])

using(uses) := fixtures.job({"steps": [{"uses": uses}]})

test_a_commit_passes if {
	every uses in [$"actions/checkout@{commit}", $"a/b/.github/workflows/c.yml@{commit}", "./.github/actions/x"] {
		count(rule.findings) == 0 with input as using(uses)
		count(rule.findings) == 0 with input as fixtures.job({"uses": uses})
	}
}

test_a_tag_does_not if {
	every uses in ["actions/checkout@v4", "actions/checkout", "docker://alpine:3", "", 7, [], "a/b@0a0a"] {
		found := rule.findings with input as using(uses)
		fixtures.resources(found) == {"jobs.test.steps[0]"}
		of_job := rule.findings with input as fixtures.job({"uses": uses})
		fixtures.resources(of_job) == {"jobs.test"}
	}
}

test_steps_of_an_action_are_steps if {
	action := {"runs": {"steps": [{"uses": "a/b@v1"}]}}
	count(rule.findings) == 1 with input as fixtures.workflow(action)
}

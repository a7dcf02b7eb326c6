package flotilla.tests.no_script_injection

import data.flotilla.rules.no_script_injection as rule
import data.flotilla.tests.fixtures

running(script) := fixtures.job({"steps": [{"run": script}]})

test_ordinary_scripts_pass if {
	every script in ["make test", "echo ${{ github.sha }}", "echo ${{ matrix.python }}", ""] {
		count(rule.findings) == 0 with input as running(script)
	}
}

test_text_from_outside_does_not if {
	scripts := [
		"echo ${{ github.event.issue.title }}",
		"echo '${{github.head_ref}}'",
		"echo ${{ toJSON(github) }}",
		"echo ${{ github['event'].x }}",
		"echo ${{\n  GITHUB.EVENT.x }}",
		"a ${{ github.sha }} b ${{ format('{0}', github.event.x) }}",
		7,
		["x"],
	]
	every script in scripts {
		found := rule.findings with input as running(script)
		fixtures.resources(found) == {"jobs.test.steps[0]"}
	}
}

test_the_script_of_an_action_is_one if {
	step := {"uses": "actions/github-script@v7", "with": {"script": "x(${{ github.event.x }})"}}
	count(rule.findings) == 1 with input as fixtures.job({"steps": [step]})
}

test_as_a_variable_it_is_harmless if {
	step := {"run": "echo \"$TITLE\"", "env": {"TITLE": "${{ github.event.issue.title }}"}}
	count(rule.findings) == 0 with input as fixtures.job({"steps": [step]})
}

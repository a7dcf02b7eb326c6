package flotilla.tests.run_as_non_root

import data.flotilla.rules.run_as_non_root as rule
import data.flotilla.tests.fixtures

test_a_container_or_its_pod_says_so if {
	safe := {"securityContext": {"runAsNonRoot": true}}
	count(rule.findings) == 0 with input as fixtures.deployment([object.union({"name": "a"}, safe)], {})
	count(rule.findings) == 0 with input as fixtures.deployment([{"name": "a"}], safe)
}

test_the_container_has_the_last_word if {
	container := {"name": "a", "securityContext": {"runAsNonRoot": false}}
	pod := {"securityContext": {"runAsNonRoot": true}}
	found := rule.findings with input as fixtures.deployment([container], pod)
	fixtures.resources(found) == {"Deployment/api/a"}
}

test_user_0_is_root if {
	every user in [0, "0", "${UID}", -1] {
		context := {"runAsNonRoot": true, "runAsUser": user}
		count(rule.findings) == 1 with input as fixtures.deployment([{"securityContext": context}], {})
	}
}

test_anything_else_may_be_root if {
	every context in [null, {}, "x", [], {"runAsNonRoot": "true"}, {"runAsNonRoot": 1}] {
		found := rule.findings with input as fixtures.deployment([{"securityContext": context}], {})
		count(found) == 1
	}
}

test_init_containers_are_containers if {
	pod := {"initContainers": [{"name": "i"}], "securityContext": {}}
	found := rule.findings with input as fixtures.deployment([], pod)
	fixtures.resources(found) == {"Deployment/api/i"}
}

test_what_is_no_container_may_be_root if {
	count(rule.findings) == 1 with input as fixtures.deployment(["x"], {})
}

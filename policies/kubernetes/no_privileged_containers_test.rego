package flotilla.tests.no_privileged_containers

import data.flotilla.rules.no_privileged_containers as rule
import data.flotilla.tests.fixtures

found(context) := findings if {
	findings := rule.findings with input as fixtures.deployment([{"securityContext": context}], {})
}

test_a_container_is_not_privileged_by_itself if {
	every context in [null, {}, {"privileged": false}] {
		count(found(context)) == 0
	}
}

test_anything_but_no_is_privileged if {
	every context in [{"privileged": true}, {"privileged": "false"}, {"privileged": null}, "x", []] {
		count(found(context)) == 1
	}
}

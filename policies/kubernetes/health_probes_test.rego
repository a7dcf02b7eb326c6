package flotilla.tests.health_probes

import data.flotilla.rules.health_probes as rule
import data.flotilla.tests.fixtures

probe := {"httpGet": {"path": "/health", "port": 8000}}

found(container) := findings if {
	findings := rule.findings with input as fixtures.deployment([container], {})
}

test_both_probes_are_needed if {
	count(found({"livenessProbe": probe, "readinessProbe": probe})) == 0
	count(found({"livenessProbe": probe})) == 1
	count(found({"readinessProbe": probe})) == 1
	count(found({})) == 1
}

test_a_probe_that_asks_nothing_is_none if {
	every odd in [null, {}, "x", [], {"periodSeconds": 5}, {"httpGet": 1, "exec": 2}] {
		count(found({"livenessProbe": odd, "readinessProbe": probe})) == 1
	}
}

test_what_ends_by_itself_needs_none if {
	job := {"kind": "Job", "spec": {"template": {"spec": {"containers": [{}]}}}}
	count(rule.findings) == 0 with input as fixtures.document("kubernetes", "job.yaml", [job])
}

package flotilla.tests.least_privilege_permissions

import data.flotilla.rules.least_privilege_permissions as rule
import data.flotilla.tests.fixtures

with_permissions(permissions) := fixtures.workflow({"permissions": permissions, "jobs": {"a": {}}})

with_job(permissions) := fixtures.workflow({"jobs": {"a": {"permissions": permissions}}})

test_reading_passes if {
	every permissions in [{}, {"contents": "read"}, "read-all", {"contents": "none"}] {
		count(rule.findings) == 0 with input as with_permissions(permissions)
	}
}

test_writing_everywhere_does_not if {
	every permissions in ["write-all", {"contents": "write"}, null, false, [], 7, {"contents": null}] {
		found := rule.findings with input as with_permissions(permissions)
		fixtures.resources(found) == {"permissions"}
	}
}

test_a_job_names_what_it_writes if {
	count(rule.findings) == 0 with input as with_job({"packages": "write"})
	every permissions in ["write-all", null, [], 7] {
		count(rule.findings) > 0 with input as with_job(permissions)
	}
}

test_silence_is_the_default_and_does_not_pass if {
	count(rule.findings) == 1 with input as fixtures.workflow({"jobs": {"a": {}}})
	count(rule.findings) == 1 with input as fixtures.workflow({})
}

test_an_action_has_no_permissions_to_give if {
	count(rule.findings) == 0 with input as fixtures.workflow({"runs": {"using": "composite"}})
}

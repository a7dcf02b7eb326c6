package flotilla.tests.resource_limits

import data.flotilla.rules.resource_limits as rule
import data.flotilla.tests.fixtures

found(limits) := findings if {
	findings := rule.findings with input as fixtures.deployment([{"resources": {"limits": limits}}], {})
}

test_both_limits_are_needed if {
	count(found({"cpu": "500m", "memory": "256Mi"})) == 0
	count(found({"cpu": 1, "memory": 1000000})) == 0
	count(found({"cpu": "500m"})) == 1
	count(found({"memory": "1Gi"})) == 1
}

test_what_is_no_quantity_is_no_limit if {
	every limit in [0, "0", "", "lots", null, [], {}] {
		count(found({"cpu": limit, "memory": "1Gi"})) == 1
	}
	every limits in [null, [], "x", {}] {
		count(found(limits)) == 1
	}
}

package flotilla.tests.instance_type_limit

import data.flotilla.rules.instance_type_limit as rule
import data.flotilla.tests.fixtures

sized(environment, type) := fixtures.in_environment(environment, "terraform", "main.tf", {
	"folder": ".",
	"blocks": [fixtures.resource("aws_instance", "a", {"instance_type": type})],
})

test_small_machines_pass if {
	every type in ["t4g.nano", "m7i.large"] {
		count(rule.findings) == 0 with input as sized("staging", type)
	}
	count(rule.findings) == 0 with input as sized("production", "m7i.2xlarge")
}

test_large_and_unknown_ones_do_not if {
	every type in ["m7i.xlarge", "p5.48xlarge", "${var.type}", "", 7, []] {
		count(rule.findings) == 1 with input as sized("staging", type)
	}
	count(rule.findings) == 1 with input as sized("production", "m7i.metal")
}

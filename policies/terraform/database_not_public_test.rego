package flotilla.tests.database_not_public

import data.flotilla.rules.database_not_public as rule
import data.flotilla.tests.fixtures

of_type(type, body) := fixtures.terraform([fixtures.resource(type, "a", body)])

test_what_says_no_is_private if {
	every type in ["aws_db_instance", "aws_redshift_cluster"] {
		count(rule.findings) == 0 with input as of_type(type, {"publicly_accessible": false})
	}
}

test_anything_but_no_is_public if {
	every switch in [true, "false", "${var.x}", null, 0] {
		found := rule.findings with input as of_type("aws_db_instance", {"publicly_accessible": switch})
		fixtures.resources(found) == {"aws_db_instance.a"}
	}
}

test_what_says_nothing_has_its_default if {
	count(rule.findings) == 0 with input as of_type("aws_db_instance", {})
	count(rule.findings) == 1 with input as of_type("aws_redshift_cluster", {})
}

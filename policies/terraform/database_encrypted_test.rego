package flotilla.tests.database_encrypted

import data.flotilla.rules.database_encrypted as rule
import data.flotilla.tests.fixtures

database(body) := fixtures.resource("aws_db_instance", "a", body)

test_an_encrypted_database_passes if {
	count(rule.findings) == 0 with input as fixtures.terraform([database({"storage_encrypted": true})])
}

test_anything_but_true_is_not_encrypted if {
	every switch in [false, "true", "${var.x}", null, 1] {
		found := rule.findings with input as fixtures.terraform([database({"storage_encrypted": switch})])
		fixtures.resources(found) == {"aws_db_instance.a"}
	}
	count(rule.findings) == 1 with input as fixtures.terraform([database({})])
}

test_a_replica_is_as_its_source if {
	body := {"replicate_source_db": "${aws_db_instance.b.identifier}"}
	count(rule.findings) == 0 with input as fixtures.terraform([database(body)])
}

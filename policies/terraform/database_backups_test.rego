package flotilla.tests.database_backups

import data.flotilla.rules.database_backups as rule
import data.flotilla.tests.fixtures

kept(environment, days) := fixtures.in_environment(environment, "terraform", "main.tf", {
	"folder": ".",
	"blocks": [fixtures.resource("aws_db_instance", "a", {"backup_retention_period": days})],
})

test_a_day_is_enough_before_production if {
	count(rule.findings) == 0 with input as kept("staging", 1)
	count(rule.findings) == 1 with input as kept("production", 1)
	count(rule.findings) == 0 with input as kept("production", 7)
}

test_an_unknown_environment_is_production if {
	count(rule.findings) == 1 with input as kept("moon", 1)
}

test_anything_but_a_number_is_no_backup if {
	every days in [0, -1, "7", "${var.days}", null, true, [7]] {
		count(rule.findings) == 1 with input as kept("staging", days)
	}
}

test_silence_is_no_backup if {
	blocks := [fixtures.resource("aws_db_instance", "a", {})]
	count(rule.findings) == 1 with input as fixtures.terraform(blocks)
}

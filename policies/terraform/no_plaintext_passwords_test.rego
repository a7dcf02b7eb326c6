package flotilla.tests.no_plaintext_passwords

import data.flotilla.rules.no_plaintext_passwords as rule
import data.flotilla.tests.fixtures

database(body) := fixtures.terraform([fixtures.resource("aws_db_instance", "a", body)])

test_a_reference_passes if {
	every value in ["${var.password}", "${random_password.p.result}", "", null, true] {
		count(rule.findings) == 0 with input as database({"password": value})
	}
}

test_text_does_not_and_is_not_repeated if {
	found := rule.findings with input as database({"password": "hunter2"})
	found == {{
		"path": "main.tf",
		"resource": "aws_db_instance.a",
		"message": "aws_db_instance.a holds 'password' as plain text",
	}}
}

test_a_dollar_that_is_escaped_is_text if {
	count(rule.findings) == 1 with input as database({"password": "$${hunter2"})
}

test_lists_and_environments_are_searched if {
	count(rule.findings) == 1 with input as database({"x": [{"auth_token": ["hunter2"]}]})
	pair := {"environment": [{"name": "DB_PASSWORD", "value": "hunter2"}]}
	count(rule.findings) == 1 with input as database({"container_definitions": [pair]})
}

test_a_default_is_text if {
	blocks := [fixtures.block("variable", "db_password", "db_password", "var.db_password", {"default": "x"})]
	count(rule.findings) == 1 with input as fixtures.terraform(blocks)
}

test_settings_about_passwords_are_none if {
	body := {"manage_master_user_password": true, "password_length": "20"}
	count(rule.findings) == 0 with input as database(body)
}

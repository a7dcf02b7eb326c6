package flotilla.tests.no_secrets_in_env

import data.flotilla.rules.no_secrets_in_env as rule
import data.flotilla.tests.fixtures

found(instruction) := findings if {
	findings := rule.findings with input as fixtures.document("dockerfile", "Dockerfile", [instruction])
}

test_ordinary_names_pass if {
	names := ["PATH", "PORT", "TOKENIZERS_PARALLELISM", "PUBLIC_URL"]
	count(found({"instruction": "ENV", "arguments": "", "names": names})) == 0
}

test_names_of_secrets_do_not if {
	every name in ["DB_PASSWORD", "apikey", "API_KEY", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY"] {
		every instruction in ["ENV", "ARG"] {
			count(found({"instruction": instruction, "arguments": "", "names": [name]})) == 1
		}
	}
}

test_without_names_the_whole_is_the_name if {
	count(found({"instruction": "ENV", "arguments": "DB_PASSWORD"})) == 1
}

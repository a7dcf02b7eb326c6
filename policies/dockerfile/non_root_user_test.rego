package flotilla.tests.non_root_user

import data.flotilla.rules.non_root_user as rule
import data.flotilla.tests.fixtures

found(rest) := findings if {
	findings := rule.findings with input as fixtures.dockerfile(array.concat([["FROM", "a:1"]], rest))
}

test_a_user_passes if {
	every user in ["app", "10001", "app:app", "10001:0"] {
		count(found([["USER", user]])) == 0
	}
}

test_root_and_the_unknown_do_not if {
	every user in ["root", "0", "00", "0:0", "root:root", "$UID", "+0", ""] {
		count(found([["USER", user]])) == 1
	}
	count(found([])) == 1
}

test_the_last_one_in_the_last_stage_counts if {
	count(found([["USER", "app"], ["USER", "root"]])) == 1
	count(found([["USER", "app"], ["FROM", "b:1"]])) == 1
}

test_an_empty_file_is_no_image_of_a_user if {
	count(rule.findings) == 1 with input as fixtures.dockerfile([])
}

package flotilla.tests.healthcheck_present

import data.flotilla.rules.healthcheck_present as rule
import data.flotilla.tests.fixtures

found(rest) := findings if {
	findings := rule.findings with input as fixtures.dockerfile(array.concat([["FROM", "a:1"]], rest))
}

test_a_check_passes if {
	every check in ["CMD curl -f localhost", "--interval=5s CMD [\"true\"]"] {
		count(found([["HEALTHCHECK", check]])) == 0
	}
}

test_none_does_not if {
	every rest in [[], [["HEALTHCHECK", "NONE"]], [["HEALTHCHECK", ""]]] {
		count(found(rest)) == 1
	}
}

test_a_check_of_an_earlier_stage_is_none if {
	count(found([["HEALTHCHECK", "CMD true"], ["FROM", "b:1"]])) == 1
}

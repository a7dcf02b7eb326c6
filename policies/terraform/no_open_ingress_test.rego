package flotilla.tests.no_open_ingress

import data.flotilla.rules.no_open_ingress as rule
import data.flotilla.tests.fixtures

group(ingress) := fixtures.resource("aws_security_group", "a", {"ingress": ingress})

open(range) := [{"from_port": 22, "to_port": 22, "cidr_blocks": [range]}]

test_a_narrow_range_passes if {
	every range in ["10.0.0.0/8", "192.168.1.7/32", "fd00::/8", "${aws_vpc.main.cidr_block}"] {
		count(rule.findings) == 0 with input as fixtures.terraform([group(open(range))])
	}
}

test_a_wide_or_unknown_range_does_not if {
	every range in ["0.0.0.0/0", "::/0", "0.0.0.0/1", "${var.ranges}", null, 7, ""] {
		found := rule.findings with input as fixtures.terraform([group(open(range))])
		fixtures.resources(found) == {"aws_security_group.a"}
	}
}

test_https_may_be_open if {
	ingress := [{"from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]}]
	count(rule.findings) == 0 with input as fixtures.terraform([group(ingress)])
}

test_an_ingress_that_can_not_be_read_does_not_pass if {
	count(rule.findings) == 1 with input as fixtures.terraform([group("${var.ingress}")])
}

test_rules_of_their_own_are_judged if {
	body := {"type": "ingress", "from_port": 0, "to_port": 65535, "cidr_blocks": ["0.0.0.0/0"]}
	blocks := [fixtures.resource("aws_security_group_rule", "a", body)]
	count(rule.findings) == 1 with input as fixtures.terraform(blocks)
	single := [fixtures.resource("aws_vpc_security_group_ingress_rule", "a", {"cidr_ipv4": "0.0.0.0/0"})]
	count(rule.findings) == 1 with input as fixtures.terraform(single)
}

test_the_way_out_is_no_way_in if {
	body := {"type": "egress", "cidr_blocks": ["0.0.0.0/0"]}
	blocks := [fixtures.resource("aws_security_group_rule", "a", body)]
	count(rule.findings) == 0 with input as fixtures.terraform(blocks)
}

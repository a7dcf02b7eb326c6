# METADATA
# title: Only HTTPS is open to the world
# description: No security group lets the whole internet in, except on port 443.
# custom:
#   severity: high
#   category: security
#   remedy: assisted
#   kind: terraform
package flotilla.rules.no_open_ingress

import data.flotilla.terraform
import data.flotilla.values

policy := rego.metadata.chain()[1].annotations

range_fields := ["cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"]

findings contains terraform.finding(resource, message) if {
	some [resource, ingress] in ingresses
	not is_https(ingress)
	some field in range_fields
	some range in values.as_list(object.get(ingress, field, null))
	not is_narrow(range)
	message := $"{resource.address} lets in {range} on {ports(ingress)}"
}

ingresses := array.concat(
	[[group, ingress] |
		some group in terraform.of_type({"aws_security_group", "aws_default_security_group"})
		some entry in terraform.nested(group.body, "ingress")
		ingress := fields(entry)
	],
	array.concat(
		[[rule, rule.body] |
			some rule in terraform.of_type({"aws_security_group_rule"})
			object.get(rule.body, "type", "ingress") != "egress"
		],
		[[rule, rule.body] |
			some rule in terraform.of_type({"aws_vpc_security_group_ingress_rule"})
		],
	),
)

# An ingress that can't be read may be open to everybody.
fields(entry) := entry if is_object(entry)

fields(entry) := {"cidr_blocks": [entry]} if not is_object(entry)

is_https(ingress) if {
	ingress.from_port == 443
	ingress.to_port == 443
}

# Nothing wider than a /8 is a network of one's own.
is_narrow(range) if {
	is_string(range)
	regex.match(`^[0-9.]+/([89]|[12][0-9]|3[0-2])$`, range)
}

is_narrow(range) if {
	is_string(range)
	regex.match(`^[0-9a-fA-F:.]+:[0-9a-fA-F:.]*/([89]|[1-9][0-9]|1[0-2][0-9])$`, range)
}

# The range of a network that the same configuration makes or looks up.
is_narrow(range) if regex.match(
	`^\$\{(data\.)?aws_(vpc|subnet|default_vpc|default_subnet)\.[\w-]+(\[[^\]]*\])?\.(ipv6_)?cidr_block(s)?\}$`,
	range,
)

ports(ingress) := $"ports {object.get(ingress, "from_port", "?")} to {object.get(ingress, "to_port", "?")}"

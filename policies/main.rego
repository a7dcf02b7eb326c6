# METADATA
# title: Everything that the rules object to
# description: |
#   The entrypoint: one set of violations over all documents of a bundle. Every package under
#   flotilla.rules is a rule: its name is the rule's name, its annotations say how much it matters,
#   its findings say where and why.
#
#   For who writes one: `not is_fine(x.y)` is undefined, and so passes, when x has no y. Give a
#   negated call the whole of x, or object.get(x, "y", null).
package flotilla

# METADATA
# description: Violations in the shape of schemas.policy.Violation.
# entrypoint: true
violations contains violation if {
	some name, rule in data.flotilla.rules
	some finding in rule.findings
	violation := {
		"rule": replace(name, "_", "-"),
		"severity": object.get(rule, ["policy", "custom", "severity"], "critical"),
		"category": object.get(rule, ["policy", "custom", "category"], "security"),
		"remedy": object.get(rule, ["policy", "custom", "remedy"], "advisory"),
		"message": object.get(finding, "message", "the rule gives no reason"),
		"path": object.get(finding, "path", null),
		"resource": object.get(finding, "resource", null),
	}
}

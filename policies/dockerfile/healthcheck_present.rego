# METADATA
# title: Images say how they are
# description: The last stage has a HEALTHCHECK.
# custom:
#   severity: low
#   category: operational
#   remedy: automated
#   kind: dockerfile
package flotilla.rules.healthcheck_present

import data.flotilla.dockerfile

policy := rego.metadata.chain()[1].annotations

findings contains dockerfile.finding(document, "HEALTHCHECK", message) if {
	some document in dockerfile.documents
	not has_check(document)
	message := $"{document.path} has no HEALTHCHECK"
}

has_check(document) if {
	checks := dockerfile.in_last_stage(document, "HEALTHCHECK")
	regex.match(`(?i)(^|\s)CMD\s`, checks[count(checks) - 1])
}

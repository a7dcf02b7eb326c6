# METADATA
# title: Images don't run as root
# description: The last stage ends as a user other than root.
# custom:
#   severity: high
#   category: security
#   remedy: automated
#   kind: dockerfile
package flotilla.rules.non_root_user

import data.flotilla.dockerfile

policy := rego.metadata.chain()[1].annotations

findings contains dockerfile.finding(document, "USER", message) if {
	some document in dockerfile.documents
	not is_non_root(document)
	message := $"{document.path} does not switch to a user other than root"
}

is_non_root(document) if {
	users := dockerfile.in_last_stage(document, "USER")
	user := split(users[count(users) - 1], ":")[0]
	regex.match(`^([A-Za-z_][\w.-]*|[1-9][0-9]*)$`, user)
	lower(user) != "root"
}

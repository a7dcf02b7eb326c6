# METADATA
# title: Nobody else's text is run as a script
# description: No script has text from the event put in, since whoever writes an issue or names a branch would write it.
# custom:
#   severity: critical
#   category: security
#   remedy: advisory
#   kind: github_workflow
package flotilla.rules.no_script_injection

import data.flotilla.workflows

policy := rego.metadata.chain()[1].annotations

findings contains workflows.finding(step, message) if {
	some step in workflows.steps
	some field in [["run"], ["with", "script"]]
	script := object.get(step.value, field, "")
	is_open(script)
	message := $"{step.resource} puts text from the event into its script"
}

is_open(script) if not is_string(script)

is_open(script) if regex.match(
	`(?is)\$\{\{(?:[^}]|\}[^}])*?\bgithub\s*(\.\s*(event|head_ref)\b|\[|\)|\.\s*\*)`,
	script,
)

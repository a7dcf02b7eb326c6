# METADATA
# title: Inputs for the tests of the rules
package flotilla.tests.fixtures

block(kind, type, name, address, body) := {
	"kind": kind,
	"type": type,
	"name": name,
	"address": address,
	"body": body,
}

resource(type, name, body) := block("resource", type, name, $"{type}.{name}", body)

data_block(type, name, body) := block("data", type, name, $"data.{type}.{name}", body)

provider(body) := block("provider", "aws", "aws", "provider.aws", body)

terraform(blocks) := in_environment("staging", "terraform", "main.tf", {
	"folder": ".",
	"blocks": blocks,
})

in_environment(environment, kind, path, content) := {
	"environment": environment,
	"documents": [{"kind": kind, "path": path, "content": content}],
}

document(kind, path, content) := in_environment("staging", kind, path, content)

deployment(containers, rest) := document("kubernetes", "k8s.yaml", [{
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"metadata": {"name": "api"},
	"spec": {"template": {"spec": object.union({"containers": containers}, rest)}},
}])

dockerfile(instructions) := document("dockerfile", "Dockerfile", [
{"instruction": pair[0], "arguments": pair[1]} |
	some pair in instructions
])

workflow(content) := document("github_workflow", ".github/workflows/ci.yml", content)

job(content) := workflow({"on": "push", "permissions": {}, "jobs": {"test": content}})

resources(findings) := {finding.resource | some finding in findings}

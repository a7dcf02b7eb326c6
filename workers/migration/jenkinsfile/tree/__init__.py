"""The tree of a Jenkinsfile: expressions and statements, each with its place in the source."""

"""A pipeline as typed, frozen values: what a Jenkinsfile says, in no file format's terms."""

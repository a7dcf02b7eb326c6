"""The migration worker: a Jenkins pipeline becomes a GitHub Actions workflow."""

"""The tester: runs what an artifact brings to test itself, apart from everything else."""

"""task.created (agent codegen) -> codegen.completed | task.failed"""

"""GitHub workflows as frozen values, how they are hardened, and how they are written as YAML."""

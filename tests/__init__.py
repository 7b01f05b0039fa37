"""One test module per module, the golden files, and the hostile inputs."""

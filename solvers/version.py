"""The version of gradmark: the only place that states it, and at the bottom of the imports, where everything can read it."""

VERSION = "0.1.0"

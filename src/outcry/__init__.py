"""Open Outcry: a self-hosted exchange."""

__version__ = "0.1.0"

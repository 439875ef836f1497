"""Figures, each with the command that made it. Not part of the distribution."""

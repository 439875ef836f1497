"""A venue of real processes, under load, struck at random moments. Not of the distribution."""

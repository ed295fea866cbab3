"""A sample world, created through the public APIs only."""

"""Benchmarks and the crash suite: a started product, real requests, counted results."""

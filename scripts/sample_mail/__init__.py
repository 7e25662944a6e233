"""Deterministic sample mail: real in size, structure, charsets and damage, different for every seed."""

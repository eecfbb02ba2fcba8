"""Quantities (in progress)."""

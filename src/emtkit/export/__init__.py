"""Readings to what others accept: one module or package per format, its reader beside its writer.

`registry` says what a format's module must offer; `series` puts readings on a time grid.
"""

"""Readings as columns: Parquet and Arrow, with the extra `emtkit[batch]` (pyarrow)."""

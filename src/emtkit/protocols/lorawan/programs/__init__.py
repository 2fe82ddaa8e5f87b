"""Readers of payloads that no table of fields can say; `program = "…"` in a payload file names one."""

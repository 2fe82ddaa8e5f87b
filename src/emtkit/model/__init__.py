"""The generic data model: readings, meters, diagnostics, errors. Knows no protocol and no file format."""

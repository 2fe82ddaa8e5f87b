"""Bytes with names: views that remember where they came from, checked cursors, declared headers, checksums."""

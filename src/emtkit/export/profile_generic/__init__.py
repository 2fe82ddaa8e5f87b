"""COSEM Profile Generic (IEC 62056-6-2, class 7) as XML, as A-XDR buffer and as JSON, written and read."""

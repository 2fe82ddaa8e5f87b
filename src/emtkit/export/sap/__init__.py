"""Bodies for SAP's metering services and an upload table, built from public pages, not tested against SAP."""

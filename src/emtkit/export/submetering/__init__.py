"""Submetering: due-date and monthly values of water, heat and heat-cost meters as CSV and JSON, written and read."""

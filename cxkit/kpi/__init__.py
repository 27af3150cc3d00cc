"""KPIs: what they are, how they are measured, compared and drawn."""

"""Journeys: what customers go through, as it is drawn and as the events tell it."""

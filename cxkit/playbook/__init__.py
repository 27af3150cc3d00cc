"""Playbooks: what to do when the numbers say so, who does it, and by when."""

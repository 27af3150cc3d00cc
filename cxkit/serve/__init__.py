"""One engagement's dashboard behind Voilà, for people who may see it and for nobody else."""

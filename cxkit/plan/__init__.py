"""The plan of an engagement over its weeks, and the launch gates in it."""

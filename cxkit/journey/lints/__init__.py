"""The rules that maps are held against, by what they look at."""

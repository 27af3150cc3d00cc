"""Evidence: the border that no row of a customer crosses."""

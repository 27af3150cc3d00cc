"""Boards and forms that answer when they are touched; each of them is a static block too, where no kernel runs."""

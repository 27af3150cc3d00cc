"""What the exports are good for: counted, judged for each use, drawn, and put into a message to the client."""

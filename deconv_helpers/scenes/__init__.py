"""What a picture says, and how it is drawn, moved and asked about, whatever its topic."""

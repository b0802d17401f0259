"""What values: the arithmetic of sizes and arrays, without a picture."""

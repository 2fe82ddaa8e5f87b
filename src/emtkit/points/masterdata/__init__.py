"""What a leading system knows of the meters, taken into a points file: rows, a map of them to points, a diff."""

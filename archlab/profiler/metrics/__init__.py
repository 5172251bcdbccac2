"""What is measured, one file each: `measure` of a file takes the target and returns its part of the result."""

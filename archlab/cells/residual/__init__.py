"""The shell that SNRAware's cells share: norm, operation, mixer, and how they are joined."""

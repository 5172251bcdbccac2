"""What a designer decided, as pure data: documents, their reading and writing, and what is said about them."""

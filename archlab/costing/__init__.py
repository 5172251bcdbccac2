"""Closed forms without torch: a tape that plays a module's operations on shapes, and what shared blocks cost."""

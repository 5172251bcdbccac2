"""The bases that one extends, what a layout is handed, and the catalog of all parts."""

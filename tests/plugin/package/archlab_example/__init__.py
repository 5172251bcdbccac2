"""Parts for archlab from outside: a cell, a link and a layout."""

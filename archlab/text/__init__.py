"""How numbers, sizes, tables and sentences are written: the same on a terminal, in a notebook, a report and the editor.

Plain functions from values to text. They import nothing of archlab, so that every other room may use them.
"""

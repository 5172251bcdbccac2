"""Tasks: one file each. Every `Task` defined in a module of this package is offered by itself."""

"""The editor's other side: messages, session, runner, and three thin transports.

`messages` are the requests and replies, `session` answers those that need no torch, `peer` adds the jobs (profile,
train) that `runner` drives in threads; `server` (Jupyter server extension), `comm` (kernel) and `widget` (anywidget)
carry them.
"""

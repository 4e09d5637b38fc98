"""The backends, one folder each; `webnpu.backend.load_backend` finds them by name."""

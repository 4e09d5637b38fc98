"""``python -m webnpu.cli`` is the ``webnpu`` command."""

from . import main

main()

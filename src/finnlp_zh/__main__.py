"""``python -m finnlp_zh`` is the ``finnlp`` command."""

from finnlp_zh.cli import main

main()

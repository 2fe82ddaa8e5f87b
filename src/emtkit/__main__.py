"""`python -m emtkit` is the `emtkit` command."""

import sys

from emtkit.cli import main

sys.exit(main())

#!/usr/bin/env python
"""Django's command line.

Changing the schema is the business of the database's owner; everything else signs in as the application's role,
which has no right to do so. So the commands named here take OWNER_DATABASE_URL where it is given.
"""

import os
import sys

from django.core.management import execute_from_command_line

AS_OWNER = frozenset({"migrate", "flush", "dbshell"})


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenmfg.settings")
    owner = os.environ.get("OWNER_DATABASE_URL")
    if owner and AS_OWNER.intersection(sys.argv[1:2]):
        os.environ["DATABASE_URL"] = owner
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

"""Makes Nova's databases, in the working directory's db. Argument: configuration."""

import nova.monkey_patch  # noqa: F401, must be the first

import sys

import nova.conf
from nova import config, objects
from nova.cmd import manage
from nova.db import migration

CONF = nova.conf.CONF
config.parse_args(["nova-setup", "--config-file", sys.argv[1]])
objects.register_all()
migration.db_sync(database="api")
cells = manage.CellV2Commands()
cells.map_cell0("sqlite:///db/nova_cell0.db")
cells.create_cell("cell1", "sqlite:///db/nova_cell1.db", CONF.transport_url)
if manage.DbCommands().sync():
    sys.exit("nova-manage db sync failed")
